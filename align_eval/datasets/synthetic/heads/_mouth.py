"""Inside of the mouth: the cavity behind the lips, two rows of teeth, the tongue."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._sphere import Indices, grid_triangles
from align_eval.datasets.synthetic.heads._surface import Piece
from align_eval.datasets.synthetic.mesh import Part

Array = NDArray[np.float64]

# Rings of the cavity: scale of x, parting from the seam, how far behind the lips.
_CAVITY = [
    (1.0, 0.012, 0.03), (1.03, 0.09, 0.045), (1.1, 0.2, 0.06), (1.15, 0.28, 0.14),
    (1.15, 0.3, 0.4), (0.95, 0.26, 0.7), (0.5, 0.12, 0.95),
]  # fmt: skip
_TEETH_X, _TEETH_FRONT, _TEETH_DEPTH = 0.37, -0.245, 0.5
_TEETH_COLUMNS = 49


def cavity(seam: Array) -> tuple[Array, Indices, NDArray[np.uint8]]:
    """The bag behind the (N, 3) closed seam of the lips: the upper, from midline to corner, first.

    Returns
    -------
    Places of the new vertices; triangles among the seam's N and then the new ones; parts.
    """
    quarter = len(seam) // 4
    step = np.arange(len(seam))
    side = np.where((step > quarter) & (step < 3 * quarter), 1.0, -1.0)
    width = np.maximum(0.0, 1 - (seam[:, 0] / 0.39) ** 2) ** 0.5
    rings = []
    for scale, parting, behind in _CAVITY:
        ring = seam.copy()
        ring[:, 0] *= scale
        ring[:, 1] = anatomy.STOMION + side * parting * np.maximum(width, 0.1)
        ring[:, 2] += behind
        rings.append(ring)
    end = rings[-1].mean(axis=0)
    count, rows = len(seam), np.arange(len(seam) * (len(rings) + 1)).reshape(-1, len(seam))
    last = rows[-1]
    fan = np.stack([np.roll(last, -1), last, np.full(count, rows.size)], axis=1)
    triangles = np.vstack([grid_triangles(rows, closed=True), fan])
    lip = (triangles < 2 * count).all(axis=1)
    parts = np.where(lip, Part.SKIN, Part.MOUTH).astype(np.uint8)
    return np.vstack([*rings, [end]]), triangles, parts


def _arch(heights: Array, inset: float) -> Array:
    """(R, C, 3) places on the dental arch at (R,) heights, in scallops one tooth wide."""
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, _TEETH_COLUMNS)
    scallop = 0.010 * np.abs(np.sin(angle * 7)) ** 0.5
    x = (_TEETH_X - inset - 0.01) * np.sin(angle)
    z = _TEETH_FRONT + inset + _TEETH_DEPTH * (1 - np.cos(angle)) - scallop
    sheet = np.empty((len(heights), _TEETH_COLUMNS, 3))
    sheet[..., 0], sheet[..., 1], sheet[..., 2] = x, heights[:, None], z
    return sheet


def teeth(*, upper: bool) -> Piece:
    """A row of teeth: a front and a back sheet that meet at the biting edge."""
    root, edge = (0.87, 1.058) if upper else (1.23, 1.048)
    inset = 0.0 if upper else 0.035
    front = np.linspace(root, edge, 5)
    sheet = _arch(front, inset)
    sheet[-1, :, 2] += 0.02
    back = _arch(np.array([edge, root]), inset + 0.06)
    places = np.concatenate([sheet, back])
    rows = np.arange(places.shape[0] * places.shape[1]).reshape(places.shape[:2])
    triangles = grid_triangles(rows)
    triangles = triangles if upper else triangles[:, ::-1]
    parts = np.full(len(triangles), Part.TEETH, dtype=np.uint8)
    return Piece(places.reshape(-1, 3), triangles, parts)


def tongue() -> Piece:
    """A flattened ellipsoid that lies behind the lower teeth."""
    polar, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, 9), np.arange(20) * np.pi / 10, indexing="ij"
    )
    ball = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), -np.cos(polar)], axis=-1
    )
    places = (ball * [0.26, 0.07, 0.42]).reshape(-1, 3) + [0.0, 1.15, 0.31]
    rows = np.arange(polar.size).reshape(polar.shape)
    triangles = grid_triangles(rows, closed=True)[:, ::-1]
    return Piece(places, triangles, np.full(len(triangles), Part.TONGUE, dtype=np.uint8))
