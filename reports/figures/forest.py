"""Forest plot: what each aligner costs or gains beside the baseline, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.figures.style import INK, MUTED, PAPER, WIDTH, Look, axes_within, new_figure
from reports.formatting import defined, short, signed
from reports.measures import Measure

_ROW, _HEAD, _FOOT, _GAP = 15.0, 32.0, 20.0, 14.0  # pt
_ACROSS = 3  # panels


@dataclass(frozen=True)
class Difference:
    """One aligner's paired difference to the baseline, in the metric's own units."""

    aligner: str
    delta: float
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """Whether the interval leaves 0 out."""
        return defined(self.low, self.high) and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class ForestDisplay:
    """One metric's differences.

    Parameters
    ----------
    measure : Measure
        The metric: its name, unit and which direction is better.
    rows : tuple of Difference
        One for each aligner but the baseline.
    baseline : str
        Whom the zero line stands for.
    """

    measure: Measure
    rows: tuple[Difference, ...]
    baseline: str

    def plot(self, ax: Any, looks: Mapping[str, Look]) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        scale = self.measure.scale
        ax.axvline(0, color=INK, lw=1.2, zorder=1)
        for place, row in enumerate(self.rows):
            look = looks[row.aligner]
            if defined(row.low, row.high):
                ends = [scale * row.low, scale * row.high]
                ax.plot(ends, [place, place], color=look.colour, lw=1.8, solid_capstyle="butt")
            fill = look.colour if row.decided else PAPER
            style = {"marker": look.marker, "ms": 5.5, "mfc": fill, "mec": look.colour, "mew": 1.2}
            ax.plot([scale * row.delta], [place], ls="", **style)
        self._frame(ax)
        return ax

    def _frame(self, ax: Any) -> None:
        ax.set_yticks(range(len(self.rows)), [short(row.aligner) for row in self.rows])
        ax.set_ylim(len(self.rows) - 0.4, -0.6)
        ends = [self.measure.scale * end for row in self.rows for end in (row.low, row.high)]
        reach = max((abs(end) for end in ends if defined(end)), default=1.0) or 1.0
        low, high = min([0.0, *filter(defined, ends)]), max([0.0, *filter(defined, ends)])
        margin = 0.12 * (high - low or 2 * reach)
        ax.set_xlim(min(low, -0.15 * reach) - margin, max(high, 0.15 * reach) + margin)
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda value, _: signed(value, _tick_decimals(reach)))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.grid(True)
        self._heading(ax)

    def _heading(self, ax: Any) -> None:
        """The metric, and beneath it the unit and where the better side is."""
        right = self.measure.higher_is_better
        better = "" if right is None else "better →" if right else "← better"
        beneath = ", ".join(filter(None, (self.measure.gap_unit, better)))
        style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
        ax.annotate(self.measure.name, (0, 1), (0, 15), fontsize=9, fontweight="bold", **style)
        ax.annotate(beneath, (0, 1), (0, 4), fontsize=8.5, color=MUTED, **style)


def _tick_decimals(reach: float) -> int:
    return 0 if reach >= 8 else 1 if reach >= 0.8 else 2 if reach >= 0.08 else 3


def figure(displays: Sequence[ForestDisplay], looks: Mapping[str, Look]) -> Any:
    """The metrics' panels side by side, three across; the aligners' names stand once a line."""
    names = max(len(short(row.aligner)) for display in displays for row in display.rows)
    left = 12 + 5.8 * names
    across = min(len(displays), _ACROSS)
    width = (WIDTH - left - 10 - _GAP * (across - 1)) / across
    inner = _ROW * max(len(display.rows) for display in displays) + 4
    line = _HEAD + inner + _FOOT
    height = line * -(-len(displays) // across) + 18
    drawn = new_figure(height)
    shown: list[str] = []
    for i, display in enumerate(displays):
        row, column = divmod(i, across)
        start = left + column * (width + _GAP)
        top = row * line + _HEAD
        margins = start, height - top - inner, WIDTH - start - width, top
        ax = display.plot(axes_within(drawn, *margins), looks)
        own = [row.aligner for row in display.rows]
        if column and own == shown:
            ax.set_yticklabels([])
        shown = own
    words = f"difference to {displays[0].baseline} (0), with its interval"
    drawn.text(0.5, 4 / height, words, ha="center", va="bottom")
    return drawn
