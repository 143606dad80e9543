"""How every figure looks, without touching matplotlib's global state for longer than a drawing.

A figure is 360 pt wide with 10 pt type, so that it is read as it is on a telephone and at a
column's width in print; a page shows it larger. Colours come as pairs (on white, on dark paper):
files are drawn for white, and a page swaps them by name, see `THEME`.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reports.figures.terse import terse

WIDTH = 360.0  # pt
INK, MUTED, GRID, SHADE, PAPER = "#1c2127", "#5c6670", "#d5dade", "#eef1f3", "#fefefe"

# Blue, vermilion, green, purple, ochre, brown-red, teal: after Okabe and Ito, made darker where
# the original falls below 3 : 1 against white. The baseline is ink.
_HUES = (
    ("#0068ab", "#62b8f2"),
    ("#c94f00", "#ff9a55"),
    ("#00805c", "#3fcfa2"),
    ("#a3448a", "#ee9bd0"),
    ("#9a7400", "#e5bb46"),
    ("#7a3b2e", "#d79b8c"),
    ("#4b4fa8", "#a9adff"),
)
_DASHES: tuple[Any, ...] = ((0, (5, 1.6)), (0, (1.3, 1.3)), (0, (7, 1.6, 1.3, 1.6)), (0, (2.6, 1)))
_MARKERS = ("s", "^", "D", "v", "P", "X", "<")

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


def looks(names: Sequence[str], baseline: str | None = None) -> dict[str, Look]:
    """A look for each aligner: ink and a full line for the baseline, a hue and dashes for others.

    The hues repeat after seven, the pairs of hue and dash after 28.

    >>> looks(["a", "base"], "base")["base"].colour == INK
    True
    """
    others = [name for name in names if name != baseline]
    found = {
        name: Look(_HUES[i % len(_HUES)][0], _DASHES[i % len(_DASHES)], _MARKERS[i % len(_MARKERS)])
        for i, name in enumerate(others)
    }
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


def new_figure(height: float, width: float = WIDTH) -> Any:
    """An empty matplotlib Figure, sizes in pt, of no window and no pyplot."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), layout="constrained")


def svg(draw: Callable[[], Any]) -> str:
    """The drawing as SVG: text as text, the same bytes every time."""
    buffer = io.StringIO()
    with house_style():
        draw().savefig(buffer, format="svg", metadata={"Date": None, "Creator": "align-eval"})
    return terse(re.sub(r"[ \t]+$", "", buffer.getvalue(), flags=re.MULTILINE))


def png(draw: Callable[[], Any], dpi: int = 200) -> bytes:
    """The drawing as PNG."""
    buffer = io.BytesIO()
    with house_style():
        draw().savefig(buffer, format="png", dpi=dpi, metadata={"Software": "align-eval"})
    return buffer.getvalue()


def legend_above(figure: Any, ax: Any) -> None:
    """The legend of `ax`, outside the data, above it, filled row by row."""
    handles, labels = ax.get_legend_handles_labels()
    widths = [50 + 5.6 * len(label) for label in labels]  # pt: line, gaps, type
    columns = len(labels)
    if sum(widths) > WIDTH:
        columns = max(int(WIDTH // max(widths)), 1)
    order = [i for first in range(columns) for i in range(first, len(labels), columns)]
    figure.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="outside upper left",
        ncols=columns,
        borderaxespad=0.2,
    )
