"""Score histograms: how far genuine and impostor trials lie apart, an aligner a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.scores import Scores
from reports.figures.style import GRID, INK, MUTED, SHADE, Look, axes_within, keyed, new_figure
from reports.formatting import count, number, short

BINS = 48
_LINE = 32.0  # pt from one aligner's baseline to the next
_HATCH = "/////"


@dataclass(frozen=True, eq=False)
class HistogramDisplay:
    """One aligner's scores.

    Parameters
    ----------
    name : str
        The aligner.
    edges : (B+1,) float
        Bin edges in units of the score, the same for every aligner of a figure.
    genuine, impostor : (B,) float
        Share of all genuine (impostor) trials in each bin; with the failures they sum to 1.
    failed : tuple of int
        Genuine and impostor trials without a score.
    trials : tuple of int
        Genuine and impostor trials in all.
    """

    name: str
    edges: NDArray[np.float64]
    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]
    failed: tuple[int, int]
    trials: tuple[int, int]

    @classmethod
    def of(cls, name: str, scores: Scores, edges: NDArray[np.float64]) -> "HistogramDisplay":
        """Count the scores of one aligner."""
        sides = (scores.genuine, scores.impostor)
        genuine, impostor = (
            np.histogram(side[np.isfinite(side)], edges)[0] / max(len(side), 1) for side in sides
        )
        failed = int(np.isneginf(sides[0]).sum()), int(np.isneginf(sides[1]).sum())
        return cls(name, edges, genuine, impostor, failed, (len(sides[0]), len(sides[1])))

    @property
    def failures(self) -> str:
        """How many trials have no score, in words; "" where all have one."""
        if not any(self.failed):
            return ""
        each = zip(self.failed, self.trials, ("genuine", "impostor"), strict=True)
        return "no score: " + ", ".join(
            f"{count(lost)} of {count(total)} {kind}" for lost, total, kind in each
        )

    @property
    def highest(self) -> float:
        """The share of the fullest bin."""
        return float(max(self.genuine.max(), self.impostor.max()))

    def plot(self, ax: Any, colour: str, base: float = 0.0, scale: float = 1.0) -> Any:
        """Draw into a matplotlib Axes, genuine trials in the aligner's colour, and return it.

        Parameters
        ----------
        ax : Axes
            Where it is drawn.
        colour : str
            Of genuine trials.
        base : float
            The ordinate of bins without trials.
        scale : float
            Of a share of 1 on the axis.
        """
        impostor, genuine = (base + scale * side for side in (self.impostor, self.genuine))
        filled = {"baseline": base, "fill": True}
        ax.stairs(impostor, self.edges, fc=SHADE, ec=MUTED, hatch=_HATCH, lw=0.7, **filled)
        ax.stairs(genuine, self.edges, color=colour, alpha=0.3, lw=0, **filled)
        ax.stairs(genuine, self.edges, baseline=base, color=colour, lw=1.4)
        if self.failures:
            place = (1.0, base + 0.9), ("axes fraction", "data")
            style = {"ha": "right", "va": "top", "fontsize": 8, "color": MUTED}
            ax.annotate(self.failures, place[0], xycoords=place[1], **style)
        return ax


def shared_edges(values: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Bin edges that hold every aligner's finite scores, from their (least, greatest) values.

    >>> shared_edges([(0.0, 1.0), (-1.0, 0.5)])[[0, -1]].tolist()
    [-1.0, 1.0]
    """
    low, high = min(v[0] for v in values), max(v[1] for v in values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def figure(displays: Sequence[HistogramDisplay], looks: Mapping[str, Look], score: str) -> Any:
    """The aligners one below the other on one axis, so that scores line up.

    Parameters
    ----------
    displays : sequence of HistogramDisplay
        One for each aligner.
    looks : mapping of str to Look
        Colours the aligners' names.
    score : str
        What the score is: ``"cosine"``.
    """
    from matplotlib.patches import Patch

    drawn = new_figure(74 + _LINE * len(displays))
    names = [short(display.name) for display in displays]
    ax = axes_within(drawn, 12 + 5.8 * max(map(len, names)), 38, 14, 28)
    scale = 0.92 / (max(display.highest for display in displays) or 1.0)
    bases = [float(len(displays) - 1 - i) for i in range(len(displays))]
    ax.hlines(bases, 0, 1, transform=ax.get_yaxis_transform(), color=GRID, lw=0.6, zorder=0)
    for base, display in zip(bases, displays, strict=True):
        display.plot(ax, looks[display.name].colour, base, scale)
    ax.set_yticks([base + 0.3 for base in bases], names)
    for label, display in zip(ax.get_yticklabels(), displays, strict=True):
        label.set(color=looks[display.name].colour, fontweight="bold")
    ax.set(xlim=tuple(displays[0].edges[[0, -1]]), ylim=(-0.06, len(displays)))
    decimals = 0 if np.ptp(displays[0].edges) >= 8 else 1
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(lambda value, _: number(value, decimals) if value else "0")
    ax.set_xlabel(f"{score}, higher is more alike")
    keys = [
        Patch(fc=INK, alpha=0.3, label="genuine (in the colour of the row)"),
        Patch(fc=SHADE, ec=MUTED, hatch=_HATCH, lw=0.7, label="impostor"),
    ]
    keyed(drawn, keys, 2)
    return drawn
