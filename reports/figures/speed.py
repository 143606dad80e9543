"""Accuracy against time: one mark a model, and the models that no other one beats in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from reports.figures.labels import labelled, places_of
from reports.figures.style import MUTED, PAPER, WIDTH, Look, axes_within, keyed, new_figure
from reports.figures.ticks import round_ticks
from reports.formatting import number, short

_HEIGHT = 290.0  # pt
_FACTOR = 5.0  # from the least to the greatest error, beyond which the axis is logarithmic


@dataclass(frozen=True)
class SpeedMark:
    """One aligner: milliseconds a face, and its error in per cent."""

    aligner: str
    ms: float
    error: float


def front(marks: Sequence[SpeedMark]) -> list[SpeedMark]:
    """The marks that no other is as fast and as accurate as, and better in one; fastest first.

    >>> [one.aligner for one in front([SpeedMark("a", 1, 5), SpeedMark("b", 9, 2),
    ...                                SpeedMark("c", 9, 3), SpeedMark("d", 20, 2)])]
    ['a', 'b']
    """
    found: list[SpeedMark] = []
    for mark in sorted(marks, key=lambda one: (one.ms, one.error)):
        if not found or mark.error < found[-1].error:
            found.append(mark)
    return found


@dataclass(frozen=True)
class SpeedDisplay:
    """Errors against time.

    Parameters
    ----------
    marks : tuple of SpeedMark
        Of finite numbers; the times are positive.
    across, up : str
        What the axes are, without their scales.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    marks: tuple[SpeedMark, ...]
    across: str
    up: str
    looks: Mapping[str, Look]

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, without labels, and return it."""
        self._frame(ax)
        best = front(self.marks)
        ax.plot(*zip(*self._stairs(), strict=True), color=MUTED, lw=1.0, zorder=2)
        for mark in self.marks:
            colour = self.looks[mark.aligner].colour
            face = colour if mark in best else PAPER
            style = {"ls": "", "marker": "o", "ms": 6.5, "mew": 1.4, "mec": colour, "mfc": face}
            ax.plot([mark.ms], [mark.error], zorder=3, **style)
        return ax

    def figure(self) -> Any:
        """The display with its labels and key."""
        from matplotlib.lines import Line2D

        drawn = new_figure(_HEIGHT)
        ax = self.plot(axes_within(drawn, 54, 38, 14, 26))
        key = Line2D([], [], color=MUTED, lw=1.0, label="none is both faster and more accurate")
        keyed(drawn, [key], 1)
        values = [(mark.ms, mark.error) for mark in self.marks]
        taken = [(x - 4.5, y - 4.5, x + 4.5, y + 4.5) for x, y in places_of(ax, values)]
        for start, end in pairwise(places_of(ax, self._stairs())):
            taken.append((*np.minimum(start, end) - 1, *np.maximum(start, end) + 1))
        names = [short(mark.aligner) for mark in self.marks]
        colours = [self.looks[mark.aligner].colour for mark in self.marks]
        labelled(ax, values, names, colours, np.array(taken))
        return drawn

    def _stairs(self) -> list[tuple[float, float]]:
        """The corners of the line through the front."""
        best = front(self.marks)
        turns = [((a.ms, a.error), (b.ms, a.error)) for a, b in pairwise(best)]
        return [*(corner for turn in turns for corner in turn), (best[-1].ms, best[-1].error)]

    @property
    def width(self) -> float:
        """The figure's, pt."""
        return WIDTH

    def _frame(self, ax: Any) -> None:
        times = [mark.ms for mark in self.marks]
        errors = [mark.error for mark in self.marks]
        left, right = min(times) / 1.6, max(times) * 1.6
        ax.set_xscale("log")
        ax.set_xlim(left, right)
        ax.set_xticks(round_ticks(left, right))
        low, high = min(errors), max(errors)
        if low > 0 and high > _FACTOR * low:
            ax.set_yscale("log")
            ax.set_ylim(low / 1.35, high * 1.35)
            ax.set_yticks(round_ticks(low / 1.35, high * 1.35))
        else:
            ax.set_ylim(0, 1.12 * (high or 1.0))
        ax.minorticks_off()
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        if ax.get_yscale() != "log":
            decimals = 0 if high >= 4 else 1 if high >= 0.4 else 2
            ax.yaxis.set_major_formatter(lambda value, _: number(value, decimals))
        ax.set_xlabel(f"{self.across}, log")
        ax.set_ylabel(f"{self.up}{', log' if ax.get_yscale() == 'log' else ''}")
        ax.grid(True)
