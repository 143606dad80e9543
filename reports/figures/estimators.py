"""Ways of alignment against landmarks, as tables whose cells are tinted by what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports.figures.style import INK, MUTED, PAPER, WIDTH, axes_within, looks, new_figure
from reports.formatting import defined, short
from reports.measures import Measure

_ROW, _HEAD, _GAP, _NARROW = 16.0, 34.0, 12.0, 34.0  # pt
_MOST, _LABEL = 0.62, 26  # opacity of the farthest cell; characters of a row's name


class Square(NamedTuple):
    """A cell: its text, the difference that tints it, whether that is decided, if it is first."""

    text: str
    delta: float
    decided: bool
    first: bool = False


@dataclass(frozen=True)
class CrossDisplay:
    """A panel a metric, one beneath the other.

    Parameters
    ----------
    panels : tuple of (Measure, mapping of (row, column) to Square)
        In the order in which rows and columns are drawn.
    """

    panels: tuple[tuple[Measure, Mapping[tuple[str, str], Square]], ...]

    @property
    def _rows(self) -> list[str]:
        return list(dict.fromkeys(row for _, squares in self.panels for row, _ in squares))

    @property
    def _columns(self) -> list[str]:
        return list(dict.fromkeys(column for _, squares in self.panels for _, column in squares))

    @property
    def _left(self) -> float:
        return 12 + 5.4 * max(len(short(row, _LABEL)) for row in self._rows)

    @property
    def width(self) -> float:
        """Of the drawing, pt."""
        return max(WIDTH, self._left + 8 + _NARROW * len(self._columns))

    def plot(self, ax: Any, panel: int) -> Any:
        """Draw one metric into a matplotlib Axes, and return it."""
        from matplotlib.patches import Rectangle

        what, squares = self.panels[panel]
        rows, columns = self._rows, self._columns
        worse, better = (looks(["a", "b", "c"])[name].colour for name in ("b", "c"))
        known = [abs(one.delta) for one in squares.values() if defined(one.delta)]
        farthest = max(known, default=0.0) or 1.0
        for (row, column), one in squares.items():
            x, y = columns.index(column), rows.index(row)
            good = (one.delta > 0) == bool(what.higher_is_better)
            tint = PAPER if what.higher_is_better is None else better if good else worse
            opacity = _MOST * abs(one.delta) / farthest if defined(one.delta) else 0.0
            ax.add_patch(Rectangle((x, y), 1, 1, facecolor=tint, alpha=opacity, lw=0))
            style = {"color": MUTED if one.first else INK, "fontsize": 9}
            weight = "bold" if one.decided and not one.first else "normal"
            ax.text(
                x + 0.5, y + 0.52, one.text, ha="center", va="center", fontweight=weight, **style
            )
        self._frame(ax, what)
        return ax

    def _frame(self, ax: Any, what: Measure) -> None:
        rows, columns = self._rows, self._columns
        ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        ax.set_yticks([i + 0.5 for i in range(len(rows))], [short(row, _LABEL) for row in rows])
        most = int(self._across / len(columns) / 4.7)
        names = [short(column, max(most, 4)) for column in columns]
        ax.set_xticks([i + 0.5 for i in range(len(columns))], names)
        ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False, pad=2)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        for edge in range(len(rows) + 1):
            ax.axhline(edge, color=MUTED, lw=0.8 if edge == 1 else 0.25)
        unit = f", {what.unit}; differences in {what.gap_unit}" if what.unit else ""
        style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
        ax.annotate(f"{what.name}{unit}", (0, 1), (0, 17), fontweight="bold", fontsize=9, **style)

    @property
    def _across(self) -> float:
        return self.width - self._left - 8

    def figure(self) -> Any:
        """All panels."""
        inner = _ROW * len(self._rows)
        height = len(self.panels) * (_HEAD + inner + _GAP)
        drawn = new_figure(height, self.width)
        for i in range(len(self.panels)):
            top = i * (_HEAD + inner + _GAP) + _HEAD
            self.plot(axes_within(drawn, self._left, height - top - inner, 8, top), i)
        return drawn
