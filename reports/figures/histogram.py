"""Score histograms: how far genuine and impostor trials lie apart, an aligner a panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.scores import Scores
from reports.figures.style import INK, MUTED, SHADE, Look, new_figure
from reports.formatting import count, number, percent

BINS = 48


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
        """How many trials have no score, in words."""
        if not any(self.failed):
            return "every trial has a score"
        each = zip(self.failed, self.trials, ("genuine", "impostor"), strict=True)
        return "no score: " + ", ".join(
            f"{count(lost)} of {count(total)} {kind}" for lost, total, kind in each
        )

    def plot(self, ax: Any, colour: str) -> Any:
        """Draw into a matplotlib Axes, genuine trials in the aligner's colour, and return it."""
        ax.stairs(self.impostor, self.edges, fill=True, fc=SHADE, ec=MUTED, hatch="/////", lw=0.7)
        ax.stairs(self.genuine, self.edges, fill=True, color=colour, alpha=0.3, lw=0)
        ax.stairs(self.genuine, self.edges, color=colour, lw=1.4)
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.xaxis.set_major_formatter(lambda value, _: number(value, 1) if value else "0")
        ax.locator_params(axis="y", nbins=3)
        ax.set_title(self.name, loc="left", fontweight="bold", color=colour, pad=4)
        ax.set_title(self.failures, loc="right", fontsize=8.5, color=MUTED, pad=4)
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
    """The panels one below the other, so that scores line up.

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

    drawn = new_figure(60 + 88 * len(displays))
    axes = np.atleast_1d(drawn.subplots(len(displays), sharex=True, sharey=True))
    for ax, display in zip(axes, displays, strict=True):
        display.plot(ax, looks[display.name].colour)
    highest = max(max(d.genuine.max(), d.impostor.max()) for d in displays)
    axes[0].set_ylim(0, 1.08 * highest or 1.0)
    keys = [
        Patch(fc=INK, alpha=0.3, label="genuine (in the aligner's colour)"),
        Patch(fc=SHADE, ec=MUTED, hatch="/////", lw=0.7, label="impostor"),
    ]
    drawn.legend(handles=keys, loc="outside upper left", ncols=2, borderaxespad=0.2)
    axes[-1].set_xlabel(f"{score}, higher is more alike")
    drawn.supylabel("share of trials of each kind", fontsize=10)
    return drawn
