"""CED: the share of faces whose landmark error stays within a limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.style import MUTED, Look, legend_above, new_figure
from reports.formatting import percent


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

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        right = self.limit * 1.25
        for name in self.errors:
            error, share = self.curve(name)
            end = share[error <= right][-1]
            x, y = np.append(error[error <= right], right), np.append(share[error <= right], end)
            look = self.looks[name]
            ax.plot(x, y, color=look.colour, ls=look.dash, drawstyle="steps-post", label=name)
        ax.axvline(self.limit, color=MUTED, lw=0.8, zorder=1)
        ax.annotate(
            f"limit {percent(self.limit)}",
            (self.limit, 0.03),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=MUTED,
        )
        ax.set(xlim=(0, right), ylim=(0, 1.02))
        ax.set_xlabel(f"error of a face, in % of {self.normaliser}")
        ax.set_ylabel("share of faces within the error")
        ax.xaxis.set_major_formatter(lambda value, _: percent(value))
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.grid(True)
        return ax

    def figure(self) -> Any:
        """The display with its legend."""
        figure = new_figure(290)
        legend_above(figure, self.plot(figure.subplots()))
        return figure
