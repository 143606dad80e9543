"""Labels beside marks that cover neither each other nor, where there is room, anything else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]  # (N, 4) left, bottom, right, top

_STEP = 3.0  # pt between places that are tried
_GAP = 1.0  # pt kept free round every label
SIZE = 8.5  # pt, of a label's type
_COVERED = 9.0  # pt of distance that a pt² on top of something counts as, over its label's height


def place(
    marks: NDArray[np.float64], sizes: NDArray[np.float64], bounds: Sequence[float], taken: Boxes
) -> Boxes:
    """A place for each label: near its mark, within bounds, on no other label.

    Labels with the most marks around them choose first. Where no place is left that is on no
    other label, the one that overlaps least is taken.

    Parameters
    ----------
    marks : (N, 2) float
        What is labelled, pt.
    sizes : (N, 2) float
        Width and height of each label, pt.
    bounds : (left, bottom, right, top)
        Where labels may stand.
    taken : (M, 4) float
        What had better not be covered: marks, intervals, lines.

    Returns
    -------
    (N, 4) float64
        Left, bottom, right, top of each label, in the order of the marks.

    Examples
    --------
    >>> import numpy as np
    >>> two = np.array([[20.0, 20.0], [21.0, 20.0]])
    >>> found = place(two, np.full((2, 2), 10.0), (0, 0, 60, 60), np.empty((0, 4)))
    >>> bool(abs(found[0, :2] - found[1, :2]).max() >= 10)
    True
    """
    found = np.zeros((len(marks), 4))
    done: list[int] = []
    gaps = np.linalg.norm(marks[:, None] - marks[None], axis=2)
    crowded = (gaps < 40).sum(axis=1) if len(marks) else np.empty(0)
    for i in np.argsort(-crowded, kind="stable"):
        x, y = _grid(sizes[i], bounds)
        cost = _distance(x, y, sizes[i], marks[i])
        cost += _COVERED * _shared(x, y, sizes[i], taken) / max(sizes[i][1], 1.0)
        grown = found[done] + np.array([-_GAP, -_GAP, _GAP, _GAP])
        cost += 1e6 * _shared(x, y, sizes[i], grown)
        row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
        corner = np.array([x[column], y[row]])
        found[i] = np.concatenate([corner, corner + sizes[i]])
        done.append(int(i))
    return found


def _grid(
    size: NDArray[np.float64], bounds: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left and bottom sides of the places that are tried; every pair of them is one."""
    left, bottom, right, top = bounds
    x = np.arange(left, max(right - size[0], left) + 1e-6, _STEP)
    y = np.arange(bottom, max(top - size[1], bottom) + 1e-6, _STEP)
    return x, y


def _shared(
    x: NDArray[np.float64], y: NDArray[np.float64], size: NDArray[np.float64], boxes: Boxes
) -> NDArray[np.float64]:
    """(Y, X) area that a label at each place shares with all boxes together."""
    across = _overlap(x, size[0], boxes[:, 0], boxes[:, 2])
    upright = _overlap(y, size[1], boxes[:, 1], boxes[:, 3])
    # no matrix product: threads of BLAS wait for each other longer than this takes
    area: NDArray[np.float64] = np.einsum("ym,xm->yx", upright, across)
    return area


def _overlap(
    start: NDArray[np.float64],
    length: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    ends = np.minimum(start[:, None] + length, high) - np.maximum(start[:, None], low)
    shared: NDArray[np.float64] = np.maximum(ends, 0.0)
    return shared


def _distance(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    size: NDArray[np.float64],
    mark: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(Y, X) from a mark to the nearest point of each label; on the mark itself counts as far."""
    across = np.clip(mark[0], x, x + size[0]) - mark[0]
    upright = np.clip(mark[1], y, y + size[1]) - mark[1]
    gap: NDArray[np.float64] = np.hypot(upright[:, None], across)
    # a label just beside its mark is read as its own; one that touches it hides it
    return np.where(gap < 4, 60.0 - gap, gap)


def labelled(
    ax: Any,
    values: Sequence[tuple[float, float]],
    names: Sequence[str],
    colours: Sequence[str],
    taken: Boxes,
    unled: Sequence[str] = (),
) -> None:
    """Set a name beside each mark of a matplotlib Axes whose limits are set.

    Parameters
    ----------
    ax : Axes
        Where the marks are.
    values : sequence of (x, y)
        Where they stand, in the data's units.
    names, colours : sequence of str
        Of each mark.
    taken : (M, 4) float
        See `place`.
    unled : sequence of str
        Names that get no line to their mark, however far it is.
    """
    frame = ax.get_window_extent().extents * 72.0 / ax.figure.dpi
    places = places_of(ax, values)
    sizes = np.array([(0.56 * SIZE * len(name) + 2, SIZE + 2) for name in names])
    found = place(places, sizes, frame, taken)
    for name, at, box, colour in zip(names, places, found, colours, strict=True):
        _label(ax, name, at, box, colour, name not in unled)


def _label(
    ax: Any,
    name: str,
    at: NDArray[np.float64],
    box: NDArray[np.float64],
    colour: str,
    led: bool,
) -> None:
    inside = ax.transData.inverted().transform
    points = ax.figure.dpi / 72.0
    nearest = np.clip(at, box[:2], box[2:])
    away = float(np.linalg.norm(nearest - at))
    if away > 9 and led:
        start = at + (nearest - at) * min(5 / away, 1)
        x, y = inside(np.array([start, nearest]) * points).T
        ax.plot(x, y, color=colour, lw=0.6, zorder=2, scalex=False, scaley=False)
    # set to the side of its mark, so that other type than the measured one stays there
    side = "right" if box[2] <= at[0] + 1 else "left"
    corner = np.array([box[2] - 1 if side == "right" else box[0] + 1, box[1] + 2])
    x, y = inside(corner * points)
    ax.text(x, y, name, ha=side, va="bottom", fontsize=SIZE, color=colour)


def places_of(ax: Any, values: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """(N, 2) places in points of the figure."""
    if not len(values):
        return np.empty((0, 2))
    shown: NDArray[np.float64] = ax.transData.transform(np.array(values, dtype=float))
    return shown * np.float64(72.0 / ax.figure.dpi)
