"""Surfaces swept along a path, spanned by a grid, or wrapped around a solid given by a formula."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.mesh import Mesh, Part

FloatArray = NDArray[np.float64]
Solid = Callable[[FloatArray], FloatArray]


def grid_triangles(rows: int, columns: int, closed: bool) -> NDArray[np.int32]:
    """Triangles of a (rows, columns) grid of vertices; `closed` joins the last column to the first.

    Outward is columns' direction × rows' direction.

    >>> grid_triangles(2, 2, closed=False).tolist()
    [[0, 1, 2], [1, 3, 2]]
    """
    last = columns if closed else columns - 1
    i, j = (axis.ravel() for axis in np.mgrid[0 : rows - 1, 0:last])
    k = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + k, (i + 1) * columns + j, (i + 1) * columns + k
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.int32)


def grid(places: FloatArray, part: Part, closed: bool = False) -> Mesh:
    """A surface through a (rows, columns, 3) grid of places; see `grid_triangles`."""
    rows, columns, _ = places.shape
    triangles = grid_triangles(rows, columns, closed)
    return solid_mesh(places.reshape(-1, 3), triangles, part)


def solid_mesh(places: FloatArray, triangles: NDArray[np.int32], part: Part) -> Mesh:
    """A mesh of one part whose canonical places are the places themselves."""
    vertices = np.ascontiguousarray(places, dtype=np.float32)
    return Mesh(vertices, vertices, triangles, np.full(len(triangles), part, dtype=np.uint8))


def empty() -> Mesh:
    """No surface at all."""
    none = np.zeros((0, 3), dtype=np.float32)
    return Mesh(none, none, np.zeros((0, 3), dtype=np.int32), np.zeros(0, dtype=np.uint8))


def tube(
    path: FloatArray,
    radius: FloatArray | float,
    part: Part,
    *,
    up: tuple[float, float, float],
    closed: bool = False,
    sides: int = 8,
) -> Mesh:
    """A tube around a path.

    Parameters
    ----------
    path : (N, 3) float
        Its middle.
    radius : float, (N,) or (N, 2)
        Half-thickness, along `up` and across it.
    part : Part
        What it is.
    up : tuple of float
        A direction that the path never takes.
    closed : bool
        Whether the end joins the start; ends that do not are closed by a point.
    sides : int
        Corners of the cross-section.
    """
    size = np.broadcast_to(np.asarray(radius, dtype=np.float64).T, (2, len(path)))
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    first = np.array(up) - ahead * (ahead @ np.array(up))[:, None]
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(ahead, first)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    around = (
        np.cos(angle)[None, :, None] * (size[0][:, None] * first)[:, None]
        + np.sin(angle)[None, :, None] * (size[1][:, None] * second)[:, None]
    )
    places = path[:, None] + around
    ends = [places[:1]] if closed else [np.broadcast_to(path[-1], (1, sides, 3))]
    starts = [] if closed else [np.broadcast_to(path[0], (1, sides, 3))]
    return grid(np.concatenate([*starts, places, *ends]), part, closed=True)


def wrap(solid: Solid, low: FloatArray, high: FloatArray, step: float, part: Part) -> Mesh:
    """The surface of a solid by surface nets (Gibson, MICCAI 1998).

    Parameters
    ----------
    solid : callable
        Signed distance, negative inside, of (N, 3) places.
    low, high : (3,) float
        The box to look in; where it cuts the solid, the surface stays open.
    step : float
        The cells' side.
    part : Part
        What it is.
    """
    axes = [np.arange(a, b + step, step) for a, b in zip(low, high, strict=True)]
    at = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    value = solid(at.reshape(-1, 3)).reshape(at.shape[:3])
    number, places = _net_vertices(value, at, step)
    return solid_mesh(places, _net_triangles(value < 0, number), part)


_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_EDGES = [(a, b) for a in range(8) for b in range(a) if abs(_CORNERS[a] - _CORNERS[b]).sum() == 1]


def _net_vertices(
    value: FloatArray, at: FloatArray, step: float
) -> tuple[NDArray[np.int32], FloatArray]:
    """A number for each cell that the surface crosses, and the mean of its crossings."""
    shape = tuple(n - 1 for n in value.shape)
    corner = np.stack(
        [value[i : i + shape[0], j : j + shape[1], k : k + shape[2]] for i, j, k in _CORNERS], -1
    )
    inside = corner < 0
    cells = inside.any(-1) & ~inside.all(-1)
    corner = corner[cells]
    total, count = np.zeros((len(corner), 3)), np.zeros((len(corner), 1))
    for a, b in _EDGES:
        crossed = ((corner[:, a] < 0) != (corner[:, b] < 0))[:, None]
        t = corner[:, a] / np.where(crossed[:, 0], corner[:, a] - corner[:, b], 1.0)
        total += crossed * (_CORNERS[a] + t[:, None] * (_CORNERS[b] - _CORNERS[a]))
        count += crossed
    number = np.full(shape, -1, dtype=np.int32)
    number[cells] = np.arange(len(corner))
    return number, at[:-1, :-1, :-1][cells] + step * total / count


def _net_triangles(inside: NDArray[np.bool_], number: NDArray[np.int32]) -> NDArray[np.int32]:
    """Two triangles for each grid edge that the surface crosses, around the four cells of it."""
    found = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        turned = np.moveaxis(inside, (axis, u, v), (0, 1, 2))
        cell = np.moveaxis(number, (axis, u, v), (0, 1, 2))
        leaves = turned[:-1, 1:-1, 1:-1] & ~turned[1:, 1:-1, 1:-1]
        enters = ~turned[:-1, 1:-1, 1:-1] & turned[1:, 1:-1, 1:-1]
        a, b, c, d = cell[:, :-1, :-1], cell[:, 1:, :-1], cell[:, 1:, 1:], cell[:, :-1, 1:]
        for crossing, quad in ((leaves, (a, b, c, d)), (enters, (a, d, c, b))):
            w, x, y, z = (corner[crossing] for corner in quad)
            found += [np.stack([w, x, y], 1), np.stack([w, y, z], 1)]
    return np.concatenate(found).astype(np.int32)
