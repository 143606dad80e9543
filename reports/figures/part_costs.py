"""What aligners cost on each part of the probes: a row a part, a mark with interval an aligner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.figures.forest import Difference
from reports.figures.style import GRID, INK, PAPER, Look, charted, legend_above
from reports.formatting import defined, short, signed
from reports.measures import Measure

_LANE, _GAP, _FRAME = 7.0, 8.0, 50.0  # pt


@dataclass(frozen=True)
class PartCostsDisplay:
    """One metric's differences to the baseline.

    Parameters
    ----------
    measure : Measure
        The metric.
    parts : sequence of str
        From the top.
    rows : mapping of str to sequence of Difference
        Aligner → its difference on each part; one that is not defined is not drawn.
    baseline : str
        Whom the zero line stands for.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    measure: Measure
    parts: Sequence[str]
    rows: Mapping[str, Sequence[Difference]]
    baseline: str
    looks: Mapping[str, Look]

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        lane = _LANE / self._row
        ax.axvline(0, color=INK, lw=1.2, zorder=1)
        for place in range(1, len(self.parts)):
            ax.axhline(place - 0.5, color=GRID, lw=0.6, zorder=0)
        for number, (name, differences) in enumerate(self.rows.items()):
            offset = (number - (len(self.rows) - 1) / 2) * lane
            self._mark(ax, name, differences, offset)
        ax.set_yticks(range(len(self.parts)), [short(part) for part in self.parts])
        ax.set_ylim(len(self.parts) - 0.5, -0.5)
        ends = [self.measure.scale * e for e in self._ends]
        reach = max((abs(end) for end in ends), default=1.0) or 1.0
        low, high = min([-0.1 * reach, *ends]), max([0.1 * reach, *ends])
        ax.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        ax.xaxis.set_major_formatter(lambda value, _: signed(value, 0 if reach >= 5 else 1))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        right = self.measure.higher_is_better
        better = "" if right is None else "better →" if right else "← better"
        label = f"Δ{self.measure.name} to {short(self.baseline)}"
        ax.set_xlabel(", ".join(filter(None, (label, self.measure.gap_unit, better))))
        return ax

    @property
    def _row(self) -> float:
        """The height of a part, pt."""
        return _LANE * len(self.rows) + _GAP

    @property
    def _ends(self) -> list[float]:
        every = (one for own in self.rows.values() for one in own)
        return [end for one in every for end in (one.low, one.delta, one.high) if defined(end)]

    def _mark(self, ax: Any, name: str, rows: Sequence[Difference], offset: float) -> None:
        look, scale, label = self.looks[name], self.measure.scale, name
        for place, row in enumerate(rows):
            if not defined(row.delta):
                continue
            at = place + offset
            if defined(row.low, row.high):
                ax.plot([scale * row.low, scale * row.high], [at, at], color=look.colour, lw=1.4)
            fill = look.colour if row.decided else PAPER
            style = {"marker": look.marker, "ms": 4.5, "mfc": fill, "mec": look.colour, "mew": 1.1}
            ax.plot([scale * row.delta], [at], ls="", color=look.colour, label=label, **style)
            label = "_"  # named once

    def figure(self) -> Any:
        """The display with its legend."""
        left = 14 + 5.6 * max((len(short(part)) for part in self.parts), default=0)
        figure, ax = charted(list(self.rows), _FRAME + self._row * len(self.parts), left)
        legend_above(figure, self.plot(ax))
        return figure
