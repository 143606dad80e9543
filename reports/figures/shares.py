"""Stacked bars: what one quantity of each aligner consists of, with its size beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.figures.style import GRID, INK, PAPER, THEME, WIDTH, axes_within, new_figure
from reports.formatting import number, percent, short

_HUES = [colour for colour, (name, _) in THEME.items() if name.startswith("hue-")]
# The last part is what is left: gray. The others are far apart for every kind of eye.
COLOURS = (_HUES[0], _HUES[4], _HUES[1], _HUES[3], GRID)
_ROW, _HEAD, _FOOT, _RIGHT = 19.0, 34.0, 34.0, 62.0  # pt
_BAR, _LEAST = 0.72, 0.075  # of a row; a share that has room for its number


@dataclass(frozen=True)
class SharesDisplay:
    """The shares of at most five parts, which add up to 1.

    Parameters
    ----------
    parts : sequence of str
        From the left; the fifth is drawn as a rest.
    shares : mapping of str to sequence of float
        Aligner → share of each part.
    sizes : mapping of str to str
        Aligner → what the whole is, printed at its bar's end.
    across, size : str
        What the shares are of, and the sizes.
    """

    parts: Sequence[str]
    shares: Mapping[str, Sequence[float]]
    sizes: Mapping[str, str]
    across: str
    size: str

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        for row, (name, shares) in enumerate(self.shares.items()):
            start = 0.0
            for share, colour in zip(shares, COLOURS, strict=False):
                ax.barh(row, share, _BAR, start, color=colour, ec=PAPER, lw=0.6)
                if share >= _LEAST:
                    style = {"ha": "center", "va": "center", "fontsize": 8.5}
                    ink = INK if colour == GRID else PAPER
                    ax.text(start + share / 2, row, number(100 * share, 0), color=ink, **style)
                start += share
            beside = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
            text = {"ha": "right", "va": "center", "fontsize": 9}
            ax.annotate(self.sizes[name], (1, row), (_RIGHT - 16, 0), **beside, **text)
        ax.set_yticks(range(len(self.shares)), [short(name) for name in self.shares])
        ax.set(xlim=(0, 1), ylim=(len(self.shares) - 0.5, -0.5), xticks=(0, 0.25, 0.5, 0.75, 1))
        ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(self.across)
        return ax

    def figure(self) -> Any:
        """The display with its keys."""
        from matplotlib.patches import Patch

        left = 14 + 5.8 * max(len(short(name)) for name in self.shares)
        height = _HEAD + _ROW * len(self.shares) + _FOOT
        drawn = new_figure(height)
        ax = self.plot(axes_within(drawn, left, _FOOT, _RIGHT, _HEAD))
        style = {"xycoords": "axes fraction", "textcoords": "offset points"}
        ax.annotate(self.size, (1, 1), (_RIGHT - 16, 3), ha="right", fontsize=8.5, **style)
        keys = [Patch(fc=c, label=p) for p, c in zip(self.parts, COLOURS, strict=False)]
        close = {"handlelength": 1.0, "handletextpad": 0.5, "columnspacing": 1.2}
        drawn.legend(
            handles=keys, loc="upper left", ncols=len(keys), borderaxespad=0.2, fontsize=9, **close
        )
        return drawn

    @property
    def width(self) -> float:
        """The figure's, pt."""
        return WIDTH
