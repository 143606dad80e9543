"""The same faces as each aligner presents them, for files; the page has them as a table."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from align_eval.result import Sample
from reports.figures.style import MUTED, SHADE, WIDTH, Look, axes_within, new_figure
from reports.formatting import short
from reports.strips import Strip, shrunk

_MOST_COLUMNS = 8
_GAP = 0.04  # of a cell


@dataclass(frozen=True)
class StripDisplay:
    """A grid of aligned faces, aligners down; an empty cell says why it is empty.

    Parameters
    ----------
    strip : Strip
        The faces; the first eight are drawn.
    looks : mapping of str to Look
        Colours the aligners' names.
    """

    strip: Strip
    looks: Mapping[str, Look]

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, a unit square a cell, and return it."""
        shown = self.strip.first(_MOST_COLUMNS)
        for row, (_, samples) in enumerate(shown.rows):
            for column, sample in enumerate(samples):
                _cell(ax, row, column, sample)
        cell, margin = self._sizes
        for row, (aligner, _) in enumerate(shown.rows):
            style = {"color": self.looks[aligner].colour, "fontweight": "bold", "fontsize": 8}
            ax.text(-0.08, row + 0.5, short(aligner), ha="right", va="center", **style)
        ax.set(xlim=(-margin / cell, len(shown.faces)), ylim=(len(shown.rows), 0), aspect="equal")
        ax.set_axis_off()
        return ax

    @property
    def _sizes(self) -> tuple[float, float]:
        """A cell's side and the margin that the longest name needs, pt."""
        margin = 8 + 6 * max((len(short(aligner)) for aligner, _ in self.strip.rows), default=0)
        columns = max(min(len(self.strip.faces), _MOST_COLUMNS), 1)
        return max(WIDTH - 10 - margin, WIDTH / 2) / columns, margin

    def figure(self) -> Any:
        """The grid as a figure."""
        drawn = new_figure(self._sizes[0] * max(len(self.strip.rows), 1) + 10)
        self.plot(axes_within(drawn, 5, 5, 5, 5))
        return drawn


def _cell(ax: Any, row: int, column: int, sample: Sample | None) -> None:
    left, right, top, bottom = column + _GAP, column + 1 - _GAP, row + _GAP, row + 1 - _GAP
    if sample is not None and sample.crop is not None:
        crop = shrunk(sample.crop)
        height, width = crop.shape[:2]
        across = (right - left) * min(width / height, 1)
        down = (bottom - top) * min(height / width, 1)
        middle = column + 0.5
        extent = (middle - across / 2, middle + across / 2, top + down, top)
        ax.imshow(crop, extent=extent, interpolation="bilinear", aspect="auto")
        return
    ax.fill([left, right, right, left], [top, top, bottom, bottom], color=SHADE, lw=0)
    reason = "not sampled" if sample is None else sample.reason or "no reason recorded"
    text = "\n".join(textwrap.wrap(reason, 11)[:5])
    ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=5.5, color=MUTED)
