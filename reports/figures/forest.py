"""Forest plot: what each aligner costs or gains beside the baseline, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.figures.style import INK, MUTED, PAPER, Look, new_figure
from reports.formatting import decimals_for, defined, short, signed, span
from reports.measures import Measure

_ROW, _PANEL = 19.0, 54.0  # pt


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
        decimals = decimals_for(scale * (row.high - row.low) / 2 for row in self.rows)
        ax.axvline(0, color=INK, lw=1.4, zorder=1)
        for place, row in enumerate(self.rows):
            look = looks[row.aligner]
            if defined(row.low, row.high):
                ends = [scale * row.low, scale * row.high]
                ax.plot(ends, [place, place], color=look.colour, lw=2.0, solid_capstyle="butt")
            fill = look.colour if row.decided else PAPER
            ax.plot(
                [scale * row.delta],
                [place],
                marker=look.marker,
                ms=6.5,
                mfc=fill,
                mec=look.colour,
                mew=1.4,
                ls="",
            )
            text = f"{signed(scale * row.delta, decimals)}\n" + span(
                scale * row.low, scale * row.high, decimals, sign=True
            )
            ax.annotate(
                text.replace("\n", "  [") + "]",
                (1.02, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8.5,
                annotation_clip=False,
            )
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
        ax.locator_params(axis="x", nbins=5)
        ax.xaxis.set_major_formatter(lambda value, _: signed(value, _tick_decimals(reach)))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.grid(True, axis="x")
        unit = f", {self.measure.gap_unit}" if self.measure.gap_unit else ""
        ax.set_title(f"{self.measure.name}{unit}", loc="left", fontweight="bold", pad=4)
        if self.measure.higher_is_better is not None:
            better = "right" if self.measure.higher_is_better else "left"
            arrow = "better →" if better == "right" else "← better"
            ax.set_title(arrow, loc="right", fontsize=8.5, color=MUTED, pad=4)


def _tick_decimals(reach: float) -> int:
    return 0 if reach >= 8 else 1 if reach >= 0.8 else 2 if reach >= 0.08 else 3


def figure(displays: Sequence[ForestDisplay], looks: Mapping[str, Look]) -> Any:
    """The metrics' panels one below the other."""
    heights = [_PANEL + _ROW * len(display.rows) for display in displays]
    drawn = new_figure(sum(heights) + 16)
    ratios = [_ROW * len(display.rows) + 4 for display in displays]
    axes = drawn.subplots(len(displays), height_ratios=ratios, squeeze=False)[:, 0]
    for ax, display in zip(axes, displays, strict=True):
        display.plot(ax, looks)
    drawn.supxlabel(f"difference to {displays[0].baseline} (0), with its interval", fontsize=10)
    return drawn
