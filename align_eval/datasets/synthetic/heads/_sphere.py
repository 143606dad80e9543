"""Points on the unit sphere: planes before it, Delaunay triangles, mirror images, grids."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


def plane_of(directions: Array) -> Array:
    """(…, 2) where directions with z < 0 meet the plane z = −1."""
    met: Array = directions[..., :2] / -directions[..., 2:]
    return met


def on_sphere(plane: Array) -> Array:
    """(…, 3) directions of (…, 2) points of that plane."""
    ray = np.concatenate([plane, -np.ones((*plane.shape[:-1], 1))], axis=-1)
    unit: Array = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    return unit


def inside(plane: Array, polygon: Array) -> Mask:
    """Whether (N, 2) points lie in a polygon, by the parity of the sides to their right."""
    x, y = plane[:, :1], plane[:, 1:]
    (x0, y0), (x1, y1) = polygon.T, np.roll(polygon, -1, axis=0).T
    crosses = (y0 > y) != (y1 > y)
    slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
    odd: Mask = (crosses & (x < x0 + (y - y0) * slope)).sum(axis=1) % 2 == 1
    return odd


def delaunay(directions: Array, drawn: Mask) -> Indices:
    """The Delaunay triangles on the sphere of those directions that are `drawn`, outwards."""
    triangles: Indices = np.flatnonzero(drawn)[ConvexHull(directions[drawn]).simplices]
    corners = directions[triangles]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.einsum("td,td->t", outward, corners[:, 0]) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return triangles


def with_mirror(half: Array) -> tuple[Array, Indices]:
    """All directions, and the mirror of each."""
    off = np.flatnonzero(half[:, 0] > 0)
    mirror = np.arange(len(half) + len(off))
    mirror[off] = np.arange(len(half), len(mirror))
    mirror[len(half) :] = off
    return np.vstack([half, half[off] * [-1, 1, 1]]), mirror


def for_both(of_half: Mask, mirror: Indices) -> Mask:
    """A property of the half's vertices, for all."""
    return of_half[np.minimum(mirror, np.arange(len(mirror)))]


def relaxed(half: Array, fixed: int, drawn: Mask) -> Array:
    """The free directions moved to the middle of their neighbours, a few times."""
    for _ in range(4):
        everything, mirror = with_mirror(half)
        edges = delaunay(everything, for_both(drawn, mirror))[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        total = np.zeros_like(everything)
        for axis in range(3):
            total[:, axis] = np.bincount(
                edges[:, 0], everything[edges[:, 1], axis], minlength=len(everything)
            )
        free = (np.arange(len(half)) >= fixed) & (half[:, 0] > 0)
        moved = total[: len(half)][free]
        half = half.copy()
        half[free] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return half


def without(triangles: Indices, directions: Array, hole: Array, edge: Sequence[int]) -> Indices:
    """The triangles but those between vertices of a hole's edge that lie inside it."""
    filled = np.flatnonzero(np.isin(triangles, edge).all(axis=1))
    middles = directions[triangles[filled]].mean(axis=1)
    kept: Indices = np.delete(triangles, filled[inside(plane_of(middles), plane_of(hole))], axis=0)
    return kept


def grid_triangles(rows: Indices, *, closed: bool = False) -> Indices:
    """Two triangles for each cell of an (R, C) grid of vertices; columns may wrap.

    They face the viewer of a grid whose rows go down and whose columns go right.
    """
    right = np.roll(rows, -1, axis=1) if closed else rows[:, 1:]
    left = rows if closed else rows[:, :-1]
    a, b, c, d = left[:-1], right[:-1], right[1:], left[1:]
    first, second = np.stack([a, c, b], axis=-1), np.stack([a, d, c], axis=-1)
    cells: Indices = np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])
    distinct: Indices = cells[(cells != np.roll(cells, 1, axis=1)).all(axis=1)]
    return distinct
