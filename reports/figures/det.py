"""DET: both error rates against each other on normal-deviate axes (Martin et al., 1997)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from reports.figures.style import GRID, MUTED, SHADE, Look, charted, legend_above
from reports.formatting import percent

# Rates that may be labelled, the round ones first.
_TICKS = (0.01, 0.1, 1e-3, 1e-4, 1e-5, 0.4, 0.05, 0.2, 0.8, 0.02, 5e-3, 2e-3, 0.6, 0.9)


@dataclass(frozen=True, eq=False)
class DetDisplay:
    """FRR against FAR where normal scores make straight lines.

    Parameters
    ----------
    curves : mapping of str to (far, frr)
        Per aligner two arrays of fractions, FAR ascending.
    n_genuine, n_impostor : int
        Rates below one trial are shaded, and curves are cut there.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    curves: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    n_genuine: int
    n_impostor: int
    looks: Mapping[str, Look]

    @property
    def top(self) -> float:
        """The largest rate shown: four times the worst equal error rate, from 20 % to 90 %."""
        worst = 0.0
        for far, frr in self.curves.values():
            middle = int(np.argmin(np.abs(far - frr)))
            worst = max(worst, float(far[middle] + frr[middle]) / 2)
        return min(max(4 * worst, 0.2), 0.9)

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        top = self.top
        floors = {"x": 1 / self.n_impostor, "y": 1 / self.n_genuine}
        low = {axis: ndtri(min(floor / 1.6, top / 4)) for axis, floor in floors.items()}
        diagonal = [max(low.values()), ndtri(top)]
        ax.plot(diagonal, diagonal, color=GRID, lw=0.9, zorder=1)
        ax.annotate(
            "EER", (ndtri(top * 0.93),) * 2, ha="right", va="bottom", fontsize=8.5, color=MUTED
        )
        for name, (far, frr) in self.curves.items():
            last_of_run = np.append(far[1:] > far[:-1], True)
            inside = (far >= floors["x"]) & (frr >= floors["y"]) & (far < 1) & (frr < 1)
            inside &= last_of_run | (far > floors["x"] * (1 + 1e-9))
            look = self.looks[name]
            x, y = ndtri(far[inside]), ndtri(frr[inside])
            ax.plot(x, y, color=look.colour, ls=look.dash, label=name)
        ax.axvspan(low["x"], ndtri(min(floors["x"], top)), color=SHADE, lw=0, zorder=0)
        ax.axhspan(low["y"], ndtri(min(floors["y"], top)), color=SHADE, lw=0, zorder=0)
        for axis, lowest, gap in ((ax.xaxis, low["x"], 0.12), (ax.yaxis, low["y"], 0.05)):
            shown = ticks(lowest, float(ndtri(top)), gap)
            axis.set_ticks(ndtri(shown), [percent(tick) for tick in shown])
        ax.set(xlim=(low["x"], ndtri(top)), ylim=(low["y"], ndtri(top)))
        ax.set_xlabel("FAR (normal deviate)")
        ax.set_ylabel("FRR (normal deviate)")
        ax.grid(True)
        return ax

    def figure(self) -> Any:
        """The display with its legend."""
        figure, ax = charted(list(self.curves))
        legend_above(figure, self.plot(ax))
        return figure


def ticks(low: float, high: float, gap: float) -> NDArray[np.float64]:
    """Rates to label on an axis from `low` to `high` (deviates), ascending.

    No two are closer than `gap` of the axis; the rounder one stays.

    >>> ticks(-3.2, 0.0, 0.12).tolist()
    [0.001, 0.01, 0.1, 0.2, 0.4]
    """
    shown: list[float] = []
    for rate in _TICKS:
        place = ndtri(rate)
        near = any(abs(place - ndtri(other)) < gap * (high - low) for other in shown)
        if low <= place <= high and not near:
            shown.append(rate)
    return np.sort(shown)
