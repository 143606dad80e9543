"""CED: the share of faces whose landmark error stays within a limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.style import MUTED, Look, charted, legend_above
from reports.formatting import percent

_STEPS = 300  # of a curve: each is less than a pt high


@dataclass(frozen=True, eq=False)
class CedDisplay:
    """Cumulative error distribution.

    Parameters
    ----------
    errors : mapping of str to (N,) float
        Per aligner each face's normalised error; a missed face is ∞ and stays in the count.
    normaliser : str
        What the errors are fractions of.
    looks : mapping of str to Look
        How each aligner is drawn.
    limit : float
        The limit t of AUC_t, marked by a line; the axis goes a quarter beyond.
    """

    errors: Mapping[str, NDArray[np.float64]]
    normaliser: str
    looks: Mapping[str, Look]
    limit: float

    def curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Errors in ascending order, and the share of all faces that stay within each.

        Examples
        --------
        >>> import numpy as np
        >>> shown = CedDisplay({"a": np.array([np.inf, 0.2, 0.1, 0.1])}, "ion", {}, 0.08)
        >>> error, share = shown.curve("a")
        >>> error.tolist(), share.tolist()
        ([0.0, 0.1, 0.2], [0.0, 0.5, 0.75])
        """
        values = self.errors[name]
        found, times = np.unique(values[np.isfinite(values)], return_counts=True)
        return np.append(0.0, found), np.append(0.0, np.cumsum(times)) / max(len(values), 1)

    def _drawn(self, name: str, right: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The curve up to the right edge, of as many steps as can be told apart."""
        error, share = self.curve(name)
        inside = error <= right
        error, share = error[inside], share[inside]
        kept = np.unique(
            np.linspace(0, len(error) - 1, min(len(error), _STEPS)).round().astype(int)
        )
        return np.append(error[kept], right), np.append(share[kept], share[-1])

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        right = self.limit * 1.25
        for name in self.errors:
            error, share = self._drawn(name, right)
            look = self.looks[name]
            ax.plot(
                error, share, color=look.colour, ls=look.dash, drawstyle="steps-post", label=name
            )
        ax.axvline(self.limit, color=MUTED, lw=0.8, zorder=1)
        style = {"ha": "center", "va": "bottom", "fontsize": 8.5, "color": MUTED}
        place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        ax.annotate(f"limit {percent(self.limit)}", (self.limit, 1), (0, 2), **place, **style)
        ax.set(xlim=(0, right), ylim=(0, 1.02))
        ax.set_xlabel(f"error of a face, in % of {self.normaliser}")
        ax.set_ylabel("share of faces within the error")
        ax.xaxis.set_major_formatter(lambda value, _: percent(value))
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.grid(True)
        return ax

    def figure(self) -> Any:
        """The display with its legend."""
        figure, ax = charted(list(self.errors))
        legend_above(figure, self.plot(ax))
        return figure
