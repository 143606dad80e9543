"""How every figure looks, without touching matplotlib's global state for longer than a drawing.

A figure is 360 pt wide with 10 pt type, so that it is read as it is on a telephone and at a
column's width in print; a page shows it larger. Colours come as pairs (on white, on dark paper):
files are drawn for white, and a page swaps them by name, see `THEME`.
"""

import io
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from reports.figures.terse import terse

WIDTH = 360.0  # pt
_LEGEND_ROW = 14.6  # pt
INK, MUTED, GRID, SHADE, PAPER = "#1c2127", "#5c6670", "#d5dade", "#eef1f3", "#fefefe"

# Blue, vermilion, green, purple, ochre, brown-red, indigo, rose: after Okabe and Ito, made darker
# where the original falls below 3 : 1 against white. The baseline is ink, a yardstick gray.
_HUES = (
    ("#0068ab", "#62b8f2"),
    ("#c94f00", "#ff9a55"),
    ("#00805c", "#3fcfa2"),
    ("#a3448a", "#ee9bd0"),
    ("#9a7400", "#e5bb46"),
    ("#7a3b2e", "#d79b8c"),
    ("#4b4fa8", "#a9adff"),
    ("#d6175e", "#ff6f9c"),
)
_DASHES: tuple[Any, ...] = ((0, (5, 1.6)), (0, (1.3, 1.3)), (0, (7, 1.6, 1.3, 1.6)), (0, (2.6, 1)))
_MARKERS = ("s", "^", "D", "v", "P", "X", "<")
_YARDSTICKS: tuple[Any, ...] = ((0, (1, 1)), (0, (3, 1.2)), (0, (8, 1.5)))

THEME = {
    INK: ("ink", "#e6e9ec"),
    MUTED: ("muted", "#a3adb7"),
    GRID: ("grid", "#39414a"),
    SHADE: ("shade", "#23292f"),
    PAPER: ("paper", "#14181c"),
    **{light: (f"hue-{i}", dark) for i, (light, dark) in enumerate(_HUES)},
}

_RC = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 10.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.5,
    "text.parse_math": False,  # an aligner may be called $x$
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.columnspacing": 1.6,
    "legend.labelspacing": 0.35,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.6,
    "figure.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "align-eval",
    "path.simplify": True,
}


@dataclass(frozen=True)
class Look:
    """An aligner's colour (on white), line style and marker, the same in every figure."""

    colour: str
    dash: Any
    marker: str


def looks(
    names: Sequence[str], baseline: str | None = None, yardsticks: Collection[str] = ()
) -> dict[str, Look]:
    """A look for each aligner: ink and a full line for the baseline, a hue and dashes for others.

    Yardsticks are gray, and have dashes that are the longer the later they come: they are no
    models, and take no hue from one. The hues repeat after eight, with other dashes, their pairs
    after 32.

    >>> looks(["a", "base"], "base")["base"].colour == INK
    True
    >>> looks(["moved", "a"], yardsticks=["moved"])["a"] == looks(["a"])["a"]
    True
    """
    models = [name for name in names if name != baseline and name not in yardsticks]
    found = {
        name: Look(
            _HUES[i % len(_HUES)][0],
            _DASHES[(i + i // len(_HUES)) % len(_DASHES)],
            _MARKERS[i % len(_MARKERS)],
        )
        for i, name in enumerate(models)
    }
    gray = [name for name in names if name in yardsticks]
    for i, name in enumerate(gray):
        found[name] = Look(MUTED, _YARDSTICKS[i % len(_YARDSTICKS)], _MARKERS[i % len(_MARKERS)])
    if baseline in names:
        found[str(baseline)] = Look(INK, "-", "o")
    return {name: found[name] for name in names}


@contextmanager
def house_style() -> Iterator[None]:
    """The settings of matplotlib for one drawing; restored afterwards."""
    import matplotlib as mpl

    with mpl.rc_context(_RC), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes in PNG, and is right in SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def new_figure(
    height: float, width: float = WIDTH, layout: Literal["constrained"] | None = None
) -> Any:
    """An empty matplotlib Figure, sizes in pt, of no window and no pyplot."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), layout=layout)


def axes_within(figure: Any, left: float, bottom: float, right: float, top: float) -> Any:
    """Axes with such margins in pt: known beforehand, since to measure type takes seconds."""
    width, height = figure.get_size_inches() * 72
    inside = (width - left - right) / width, (height - bottom - top) / height
    return figure.add_axes((left / width, bottom / height, *inside))


def svg(draw: Callable[[], Any]) -> str:
    """The drawing as SVG: text as text, the same bytes every time."""
    buffer = io.StringIO()
    with house_style():
        figure = draw()
        _empty_repeats(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "align-eval"})
    return terse(re.sub(r"[ \t]+$", "", buffer.getvalue(), flags=re.MULTILINE))


def _empty_repeats(figure: Any) -> None:
    """Take the pixels out of pictures whose gid an earlier one of their size has.

    `terse` makes references of them, and matplotlib need not pack them all.
    """
    seen = set()
    for ax in figure.axes:
        for picture in ax.images:
            left, right, bottom, top = picture.get_extent()
            key = picture.get_gid(), round(right - left, 6), round(top - bottom, 6)
            if picture.get_gid() and key in seen:
                picture.set_data(np.zeros((1, 1, 3), np.uint8))
            seen.add(key)


def png(draw: Callable[[], Any], dpi: int = 200) -> bytes:
    """The drawing as PNG."""
    buffer = io.BytesIO()
    with house_style():
        draw().savefig(buffer, format="png", dpi=dpi, metadata={"Software": "align-eval"})
    return buffer.getvalue()


def charted(names: Sequence[str], height: float = 250.0, left: float = 54.0) -> tuple[Any, Any]:
    """A figure with one Axes and room above it for a legend of `names`, sizes in pt."""
    head = _LEGEND_ROW * -(-len(names) // _legend_columns(names)) + 12
    figure = new_figure(height + head)
    return figure, axes_within(figure, left, 38, 18, head)


def legend_above(figure: Any, ax: Any) -> None:
    """The legend of `ax`, outside the data, above it, filled row by row."""
    handles, labels = ax.get_legend_handles_labels()
    columns = _legend_columns(labels)
    order = [i for first in range(columns) for i in range(first, len(labels), columns)]
    keyed(figure, [handles[i] for i in order], columns, [labels[i] for i in order])


def keyed(
    figure: Any, handles: Sequence[Any], columns: int, labels: Sequence[str] | None = None
) -> None:
    """A legend in the upper left corner of a figure."""
    named = {} if labels is None else {"labels": labels}
    figure.legend(handles=handles, loc="upper left", ncols=columns, borderaxespad=0.2, **named)


def _legend_columns(labels: Sequence[str]) -> int:
    widths = [50 + 5.6 * len(label) for label in labels]  # pt: line, gaps, type
    if sum(widths) <= WIDTH:
        return max(len(labels), 1)
    return max(int(WIDTH // max(widths)), 1)
