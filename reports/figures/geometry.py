"""Eye and mouth geometry of two sets of faces, one beside the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.atomic import write_bytes
from align_eval.errors import ConfigError
from reports.figures.style import looks, new_figure, png, svg

_LINE = 56  # letters that a panel's width holds


@dataclass(frozen=True, eq=False)
class GeometryDisplay:
    """Distributions of several measures in several sets.

    Parameters
    ----------
    values : mapping of str to mapping of str to (N,) float
        Measure → set's name → values; NaN is left out.
    units : mapping of str to str
        Measure → what its numbers are.
    """

    values: Mapping[str, Mapping[str, NDArray[np.float64]]]
    units: Mapping[str, str]

    def histogram(self, measure: str, bins: int = 24) -> tuple[Any, dict[str, Any]]:
        """Bin edges from the 0.5th to the 99.5th percentile of all sets, and each set's shares.

        Examples
        --------
        >>> import numpy as np
        >>> shown = GeometryDisplay({"roll": {"a": np.array([0.0, 1.0, np.nan])}}, {"roll": "°"})
        >>> edges, shares = shown.histogram("roll", 2)
        >>> len(edges), shares["a"].tolist()
        (3, [0.5, 0.5])
        """
        known = {name: own[np.isfinite(own)] for name, own in self.values[measure].items()}
        low, high = np.percentile(np.concatenate(list(known.values())), [0.5, 99.5])
        edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
        counts = {
            name: np.histogram(np.clip(own, low, high), edges)[0] for name, own in known.items()
        }
        return edges, {name: own / max(own.sum(), 1) for name, own in counts.items()}

    def figure(self) -> Any:
        """A panel for each measure, a step line for each set."""
        figure = new_figure(100.0 * len(self.values) + 30, layout="constrained")
        axes = np.atleast_1d(figure.subplots(len(self.values)))
        names = list(next(iter(self.values.values())))
        styles = looks(names, names[0])
        for ax, measure in zip(axes, self.values, strict=True):
            edges, shares = self.histogram(measure)
            for name, own in shares.items():
                look = styles[name]
                ax.stairs(own, edges, color=look.colour, ls=look.dash, label=name)
            ax.set_xlabel(fill(f"{measure}, {self.units[measure]}", _LINE), fontsize=9)
            ax.set_yticks([])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
        return figure

    def write(self, path: Path) -> Path:
        """Write the figure as SVG or PNG, by the path's ending.

        Raises
        ------
        ConfigError
            Another ending.
        """
        if path.suffix == ".svg":
            return write_bytes(path, svg(self.figure).encode())
        if path.suffix == ".png":
            return write_bytes(path, png(self.figure))
        raise ConfigError(f"a figure wants a file .svg or .png, got {path.name!r}")
