"""Small panels with one pair of axes in common, an aligner each, side by side and below."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.figures.style import WIDTH, Look, axes_within, new_figure
from reports.formatting import short

_ACROSS, _INNER, _GAP = 2, 104.0, 30.0  # panels; pt
_LEFT, _RIGHT, _HEAD, _FOOT = 58.0, 18.0, 22.0, 38.0  # pt


def panels(
    names: Sequence[str], looks: Mapping[str, Look], across: str, up: str
) -> tuple[Any, Any]:
    """A figure with a panel for each name, and room above for one line of keys.

    Parameters
    ----------
    names : sequence of str
        Aligners; each stands above its panel, in its colour.
    looks : mapping of str to Look
        How they are drawn.
    across, up : str
        What the axes are; said once for all panels.

    Returns
    -------
    figure, axes : Figure, list of Axes
        Numbers stand at the left and lowest panels alone: set the same limits to all.
    """
    columns = min(len(names), _ACROSS)
    lines = -(-len(names) // columns)
    height = _HEAD + lines * (_INNER + _HEAD) + _FOOT
    width = (WIDTH - _LEFT - _RIGHT - _GAP * (columns - 1)) / columns
    figure = new_figure(height)
    axes = []
    for i, name in enumerate(names):
        line, column = divmod(i, columns)
        left = _LEFT + column * (width + _GAP)
        top = _HEAD + line * (_INNER + _HEAD) + _HEAD
        ax = axes_within(figure, left, height - top - _INNER, WIDTH - left - width, top)
        style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
        words = {"fontsize": 9, "fontweight": "bold", "color": looks[name].colour}
        ax.annotate(short(name, 24), (0, 1), (0, 4), **style, **words)
        ax.grid(True)
        ax.tick_params(labelleft=column == 0, labelbottom=i + columns >= len(names))
        axes.append(ax)
    middle = 0.5 * (_LEFT + WIDTH - _RIGHT) / WIDTH
    figure.text(middle, 5 / height, across, ha="center", va="bottom")
    centre = 0.5 * (_FOOT + height - 2 * _HEAD) / height
    figure.text(4 / WIDTH, centre, up, ha="left", va="center", rotation=90)
    return figure, axes
