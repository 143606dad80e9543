"""The sphere of directions on which the parametric head is drawn, and its triangles there.

A place of the head's skin is charted by the direction in which it lies from a centre inside the
skull. The lips, which touch in space, are drawn apart on the chart, so that a smooth function of
the chart can part them; the neck, which no centre sees whole, is given its own angles. Vertices
follow the lid margins and the lips in rings, lie on the midline, and fill the rest at a spacing
that grows with the distance from the features; the triangles are the sphere's Delaunay's.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._scatter import scattered
from align_eval.datasets.synthetic.heads._sphere import (
    Array,
    Indices,
    delaunay,
    for_both,
    grid_triangles,
    on_sphere,
    plane_of,
    relaxed,
    with_mirror,
    without,
)

LID_STEPS = 48
LIP_STEPS = 21
_LID_RINGS = (0.0, 0.009, 0.02, 0.032, 0.044, 0.056, 0.069, 0.085)
LIP_RINGS = (0.0, 0.14, 0.3, 0.48, 0.66, 0.84, 1.0)


def chart(places: Array, side: float | None = None) -> Array:
    """(…, 3) unit directions of places of the face; `side` tells the lips (−1 upper, 1 lower)."""
    x, y, z = np.moveaxis(places, -1, 0)
    above = np.sign(y - anatomy.STOMION) if side is None else side
    part = np.maximum(0.0, 1 - (x / anatomy.LIP_CORNER) ** 2) * (z < anatomy.CENTRE[2] - 0.5)
    shift = above * anatomy.SLIT * part * np.exp(-(((y - anatomy.STOMION) / 0.3) ** 2))
    ray = places - anatomy.CENTRE
    ray = ray + np.stack([np.zeros_like(x), shift, np.zeros_like(x)], axis=-1)
    unit: Array = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    return unit


def neck_chart(x: Array, z: Array, angle: float) -> Array:
    """(…, 3) directions of a section of the neck: `angle` degrees from straight down.

    Less in front, where the chin leaves less room.
    """
    azimuth = np.arctan2(x, z - 1.48)
    polar = np.radians(angle) * _room(azimuth)
    return np.stack(
        [np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], axis=-1
    )


def _room(azimuth: Array) -> Array:
    share: Array = 1 - 0.3 * (0.5 - 0.5 * np.cos(azimuth)) ** 2
    return share


def _above_cut(directions: Array) -> NDArray[np.bool_]:
    cut = np.radians(anatomy.NECK_CUT) * _room(np.arctan2(directions[:, 0], directions[:, 2]))
    above: NDArray[np.bool_] = directions[:, 1] < np.cos(cut) + 1e-6
    return above


@dataclass(frozen=True, eq=False)
class Chart:
    """Vertices and triangles on the sphere.

    Parameters
    ----------
    directions : (V, 3) float64
        The first `half` of them have x ≥ 0; the rest are the mirror of those off the midline.
    half : int
    mirror : (V,) int
        The mirror of each vertex; itself on the midline.
    triangles : (T, 3) int
        Outwards, symmetric about the midline.
    lids : (R, LID_STEPS) int
        Rings round the right eye, the first of which is the margin; from the inner corner over
        the upper lid.
    lips : (2, R, LIP_STEPS + 1) int
        Rings of the upper and the lower lip from the seam outwards, each from the midline to
        the right corner.
    neck : (N,) int
        The cut edge of the neck, x ≥ 0, from the front to the back.
    landmarks : (68,) int
    """

    directions: Array
    half: int
    mirror: Indices
    triangles: Indices
    lids: Indices
    lips: Indices
    neck: Indices
    landmarks: Indices


def _lid_rings() -> Array:
    """(R, LID_STEPS, 3) directions; the landmarks are among the first ring's."""
    knots = plane_of(chart(anatomy.lid_margin()))
    steps = np.arange(0, LID_STEPS + 1, LID_STEPS // len(knots))
    spline = CubicSpline(steps, np.vstack([knots, knots[:1]]), bc_type="periodic")
    margin = spline(np.arange(LID_STEPS))
    tangent = spline(np.arange(LID_STEPS), 1)
    normal = np.column_stack([tangent[:, 1], -tangent[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return on_sphere(margin + np.array(_LID_RINGS)[:, None, None] * normal)


def along(points: Array) -> Array:
    """(LIP_STEPS + 1, 3) points along a symmetric curve through four, midline first."""
    knots = np.arange(-3, 4) * (LIP_STEPS // 3)
    both = np.vstack([points[:0:-1] * [-1, 1, 1], points])
    return np.asarray(CubicSpline(knots, both)(np.arange(LIP_STEPS + 1)))


def _lip_rings() -> Array:
    """(2, R, LIP_STEPS + 1, 3) directions of the upper and the lower lip."""
    rings = []
    for side in (-1.0, 1.0):
        inner = plane_of(chart(along(anatomy.seam()), side))
        outer = plane_of(chart(along(anatomy.lip_contour(side)), side))
        share = np.array(LIP_RINGS)[:, None, None]
        plane = inner + share * (outer - inner)
        plane[:, 0, 0] = 0.0
        rings.append(on_sphere(plane))
    both = np.stack(rings)
    # Upper and lower rings meet at the corner.
    both[:, :, -1] = both[:, :, -1].mean(axis=0)
    unit: Array = both / np.linalg.norm(both, axis=-1, keepdims=True)
    return unit


def _landmarks(lids: Indices, lips: Indices, others: Indices, mirror: Indices) -> Indices:
    """The 68 from their right half: `others` are jaw 8–16, brow 22–26, nose 27–30 and 33–35."""
    right = np.full(68, -1)
    right[8:17], right[22:27] = others[:9], others[9:14]
    right[27:31], right[33:36] = others[14:18], others[18:21]
    step = LID_STEPS // 16
    right[[42, 43, 44, 45, 46, 47]] = lids[0, np.array([0, 3, 5, 8, 11, 13]) * step]
    third = LIP_STEPS // 3
    right[[51, 52, 53, 54]] = lips[0, -1, ::third]
    right[[57, 56, 55]] = lips[1, -1, : 3 * third : third]
    right[[62, 63, 64]] = lips[0, 0, [0, third, 3 * third]]
    right[[66, 65]] = lips[1, 0, [0, third]]
    left = [*range(16, 8, -1), *range(26, 21, -1), 35, 34, 45, 44, 43, 42, 47, 46, 54, 53, 52]
    of = [*range(8), *range(17, 22), 31, 32, 36, 37, 38, 39, 40, 41, 48, 49, 50]
    right[of] = mirror[right[left]]
    right[[58, 59, 60, 61, 67]] = mirror[right[[56, 55, 64, 63, 65]]]
    return right


def build() -> Chart:
    """The chart; the same every time."""
    lids, lips = _lid_rings(), _lip_rings()
    neck = neck_chart(*_rim(), anatomy.NECK_CUT)
    neck[[0, -1], 0] = 0.0
    others = chart(np.array([*anatomy.JAW, *anatomy.BROW, *anatomy.NOSE], dtype=np.float64))
    groups = [lids.reshape(-1, 3), lips[0].reshape(-1, 3), lips[1, :, :-1].reshape(-1, 3), neck]
    fixed = np.vstack([*groups, others])
    fixed[np.abs(fixed[:, 0]) < 1e-9, 0] = 0.0
    starts = np.cumsum([0, *(len(group) for group in groups)])
    lid, upper, lower, rim = (np.arange(a, b) for a, b in pairwise(starts))
    upper = upper.reshape(lips.shape[1:3])
    lower = np.hstack([lower.reshape(-1, LIP_STEPS), upper[:, -1:]])
    mouth = np.vstack([lips[0, -1], lips[1, -1, -2::-1]])
    holes = (lids[0], np.vstack([mouth, mouth[1:-1][::-1] * [-1, 1, 1]]))
    half = np.vstack([fixed, scattered(fixed, holes, _above_cut)])
    # The red of the lips has its own triangles, between its rings.
    drawn = np.ones(len(half), dtype=bool)
    drawn[[*upper[:-1].ravel(), *lower[:-1].ravel()]] = False
    half = relaxed(half, len(fixed), drawn)
    directions, mirror = with_mirror(half)
    lid_rings, lip_rings = lid.reshape(lids.shape[:2]), np.stack([upper, lower])
    triangles = _triangles(directions, mirror, drawn, holes, (lid_rings[0], lip_rings[:, -1], rim))
    lip_triangles = np.vstack([grid_triangles(upper[:, ::-1]), grid_triangles(lower)])
    right = np.vstack([triangles, lip_triangles])
    return Chart(
        directions,
        len(half),
        mirror,
        np.vstack([right, mirror[right][:, ::-1]]),
        lid_rings,
        lip_rings,
        rim,
        _landmarks(lid_rings, lip_rings, np.arange(starts[-1], len(fixed)), mirror),
    )


def _triangles(
    directions: Array,
    mirror: Indices,
    drawn: NDArray[np.bool_],
    holes: tuple[Array, Array],
    edges: tuple[Indices, Indices, Indices],
) -> Indices:
    """The right half's, but for the holes of eye and mouth and the cut of the neck."""
    triangles = delaunay(directions, for_both(drawn, mirror))
    for hole, edge in zip(holes, edges, strict=False):
        triangles = without(triangles, directions, hole, [*edge.ravel(), *mirror[edge].ravel()])
    right = triangles[(triangles < len(drawn)).all(axis=1)]
    closed: Indices = right[~np.isin(right, edges[2]).all(axis=1)]
    return closed


def _rim() -> tuple[Array, Array]:
    azimuth = np.linspace(np.pi, 0, 17)
    return np.sin(azimuth), np.cos(azimuth) + 1.48
