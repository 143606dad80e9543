"""Where the free vertices of the parametric head lie on its chart: closer about the features."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial import cKDTree

from align_eval.datasets.synthetic.heads._sphere import (
    Array,
    Mask,
    inside,
    on_sphere,
    plane_of,
)

# Discs on the plane before the face: middle, radius, spacing within.
_FINE = [
    (0.44, -0.3, 0.2, 0.017),
    (0.06, 0.1, 0.13, 0.0095),
    (0.09, 0.2, 0.075, 0.0065),
    (0.065, 0.18, 0.035, 0.0036),
    (0.1, 0.44, 0.22, 0.017),
    (0.0, 0.0, 0.75, 0.032),
]
_COARSE = 0.085


def _spacing(directions: Array) -> Array:
    """Wanted distance between neighbours at each direction."""
    plane = plane_of(np.where(directions[:, 2:] < -0.05, directions, [1.0, 0.0, -0.05]))
    spacing = np.full(len(directions), _COARSE)
    for a, b, radius, fine in _FINE:
        away = np.linalg.norm(plane - [a, b], axis=1) - radius
        spacing = np.minimum(spacing, fine + 0.16 * np.maximum(away, 0.0))
    return spacing


def _candidates() -> Array:
    """Directions that fill the sphere finer than the vertices, finest about the nose's base."""
    count = 60_000
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - height**2)
    spiral = np.column_stack([flat * np.cos(turn), height, flat * np.sin(turn)])
    across, down = np.meshgrid(np.arange(0.0015, 0.22, 0.0024), np.arange(-0.04, 0.3, 0.0021))
    across[1::2] += 0.0012
    return np.vstack([spiral, on_sphere(np.stack([across.ravel(), down.ravel()], axis=1))])


def scattered(fixed: Array, holes: Sequence[Array], allowed: Callable[[Array], Mask]) -> Array:
    """Directions with x ≥ 0 that fill what is allowed of the half sphere, midline first.

    They keep clear of the fixed ones and out of the holes, which are polygons of directions.
    """
    angle = np.arange(0, 2 * np.pi, 0.002)
    midline = np.column_stack([np.zeros_like(angle), np.cos(angle), np.sin(angle)])
    off = np.random.default_rng(0).permutation(_candidates())
    free = np.vstack([midline, off[off[:, 0] > 0.6 * _spacing(off)]])
    front = free[:, 2] < -0.2
    for hole in holes:
        front[front] &= inside(plane_of(free[front]), plane_of(hole))
        free, front = free[~front], (free[:, 2] < -0.2)[~front]
    everything = np.vstack([fixed, free[allowed(free)]])
    # Denser on the midline, so that no edge crosses it.
    spacing = _spacing(everything) * np.where(everything[:, 0] == 0, 0.6, 0.85)
    spacing[: len(fixed)] *= 0.6
    taken = _apart(everything, spacing, len(fixed))
    return everything[taken][len(fixed) :]


def _apart(points: Array, spacing: Array, fixed: int) -> Mask:
    """Which points to take, in their order, so that none is closer to another than its spacing."""
    tree = cKDTree(points)
    taken = np.zeros(len(points), dtype=bool)
    dropped = taken.copy()
    for i in range(len(points)):
        if i < fixed or not dropped[i]:
            taken[i] = True
            dropped[tree.query_ball_point(points[i], spacing[i])] = True
    return taken
