"""Eyeballs, and the strip that joins the lid margin to them."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._sphere import Indices, grid_triangles
from align_eval.datasets.synthetic.heads._surface import Piece
from align_eval.datasets.synthetic.mesh import Part

Array = NDArray[np.float64]

_POLAR = np.radians([0, 6, 12, 18, 24, 30, 37, 45, 55, 66, 78, 92, 108])
_AROUND = 32
_CORNEA = 0.013
_IRIS_ANGLE = np.radians(28.0)


def eyeball() -> Piece:
    """The right eye's ball: a sphere about its front pole, with the bulge of the cornea."""
    polar, around = np.meshgrid(_POLAR[1:], np.arange(_AROUND) * 2 * np.pi / _AROUND, indexing="ij")
    bulge = _CORNEA * np.maximum(0.0, np.cos(0.5 * np.pi * np.minimum(polar / _IRIS_ANGLE, 1.0)))
    radius = anatomy.EYEBALL_RADIUS + bulge
    ball = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), -np.cos(polar)], axis=-1
    )
    pole = [0.0, 0.0, -anatomy.EYEBALL_RADIUS - _CORNEA]
    places = np.vstack([[pole], (radius[..., None] * ball).reshape(-1, 3)]) + anatomy.EYEBALL
    rows = 1 + np.arange(polar.size).reshape(polar.shape)
    fan = np.stack([np.zeros(_AROUND, dtype=np.intp), np.roll(rows[0], -1), rows[0]], axis=1)
    triangles = np.vstack([fan, grid_triangles(rows, closed=True)[:, ::-1]])
    return Piece(places, triangles, np.full(len(triangles), Part.EYEBALL, dtype=np.uint8))


def rim(margin: Array) -> tuple[Array, Indices, NDArray[np.uint8]]:
    """Rings that join the (N, 3) lid margin to the eyeball.

    Returns
    -------
    (2N, 3) places; triangles among N + 2N vertices, the margin's first; parts: the lid's edge is
    skin, the rest is socket.
    """
    away = margin - anatomy.EYEBALL
    length = np.linalg.norm(away, axis=1, keepdims=True)
    under = anatomy.EYEBALL + away * np.minimum(1.0, (anatomy.EYEBALL_RADIUS - 0.008) / length)
    middle = 0.45 * margin + 0.55 * under
    count = len(margin)
    triangles = grid_triangles(np.arange(3 * count).reshape(3, count), closed=True)
    skin = (triangles < 2 * count).all(axis=1)
    parts = np.where(skin, Part.SKIN, Part.EYE_SOCKET).astype(np.uint8)
    return np.vstack([middle, under]), triangles, parts
