"""The quality signal of points in the order of their errors: one that knows rises with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.panels import panels
from reports.figures.style import INK, MUTED, Look, keyed
from reports.formatting import number, percent

_ERROR_DASH: Any = (0, (4, 2))


@dataclass(frozen=True, eq=False)
class SignalCurve:
    """One aligner's points in bins of the same size, in the order of their errors.

    Parameters
    ----------
    rank : (B,) float
        Where each bin lies, from 0 to 1.
    error : (B,) float
        The median error in it.
    low, signal, high : (B,) float
        10, 50 and 90 % of the signals in it; 1 % of all signals are below 0, 1 % above 1.
    """

    rank: NDArray[np.float64]
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    signal: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class SignalDisplay:
    """Signals and errors of several aligners, each on a scale of its own.

    Parameters
    ----------
    curves : mapping of str to SignalCurve
        Per aligner.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    curves: Mapping[str, SignalCurve]
    looks: Mapping[str, Look]

    def plot(self, ax: Any, name: str) -> Any:
        """Draw one aligner into a matplotlib Axes, and return it."""
        curve, colour = self.curves[name], self.looks[name].colour
        ax.fill_between(curve.rank, curve.low, curve.high, color=colour, alpha=0.22, lw=0)
        ax.plot(curve.rank, curve.signal, color=colour, lw=1.6)
        ax.plot(curve.rank, curve.error / curve.error.max(), color=MUTED, ls=_ERROR_DASH, lw=1.2)
        ax.set(xlim=(0, 1), ylim=(-0.04, 1.04), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        ax.yaxis.set_major_formatter(
            lambda value, _: number(value, 1) if value % 1 else f"{value:g}"
        )
        return ax

    def figure(self) -> Any:
        """A panel an aligner, and the keys of signal and error."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        names = list(self.curves)
        drawn, axes = panels(
            names, self.looks, "points by their error, least first", "both, scaled"
        )
        for name, ax in zip(names, axes, strict=True):
            self.plot(ax, name)
        keys = [
            Line2D([], [], color=INK, lw=1.6, label="signal, median"),
            Patch(fc=INK, alpha=0.22, label="10 to 90 %"),
            Line2D([], [], color=MUTED, ls=_ERROR_DASH, lw=1.2, label="error"),
        ]
        keyed(drawn, keys, 3)
        return drawn
