"""The ear: rings from the concha to the helix, and back behind it to the head."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, RBFInterpolator

from align_eval.datasets.synthetic.heads._sphere import grid_triangles
from align_eval.datasets.synthetic.heads._surface import Piece
from align_eval.datasets.synthetic.mesh import Part

Array = NDArray[np.float64]

# Seen from the side, u backwards and v down, in eye distances; from the front upwards.
_OUTLINE = [
    (-0.02, -0.1), (0.0, -0.24), (0.07, -0.4), (0.2, -0.48), (0.35, -0.46), (0.48, -0.35),
    (0.54, -0.18), (0.53, 0.0), (0.46, 0.16), (0.37, 0.29), (0.29, 0.41), (0.18, 0.48),
    (0.07, 0.43), (0.01, 0.3), (-0.02, 0.16), (-0.03, 0.04),
]  # fmt: skip
_MIDDLE = (0.2, 0.05)
# How far places of the ear stand out from its plane: (u, v, height).
_RELIEF = [
    # concha, ear canal behind the tragus
    (0.2, 0.05, -0.1), (0.13, 0.03, -0.13), (0.22, -0.06, -0.08), (0.24, 0.13, -0.07),
    (0.17, -0.13, -0.03),
    # tragus and antitragus, and the notch between
    (0.03, 0.04, 0.07), (0.03, 0.12, 0.05), (0.11, 0.2, -0.03), (0.2, 0.24, 0.06),
    # antihelix and its fork
    (0.35, 0.08, 0.07), (0.34, -0.06, 0.075), (0.31, 0.19, 0.065), (0.3, -0.2, 0.07),
    (0.22, -0.22, 0.04), (0.24, -0.33, 0.05),
    # scapha
    (0.44, 0.04, 0.025), (0.43, -0.12, 0.02), (0.37, -0.28, 0.02), (0.28, -0.38, 0.02),
    (0.38, 0.18, 0.03), (0.16, -0.32, 0.01), (0.08, -0.24, 0.0),
    # helix
    (0.01, -0.22, 0.04), (0.09, -0.38, 0.07), (0.2, -0.45, 0.085), (0.34, -0.43, 0.09),
    (0.46, -0.33, 0.09), (0.51, -0.17, 0.085), (0.5, 0.0, 0.08), (0.44, 0.15, 0.07),
    (0.1, -0.1, 0.02), (0.06, -0.16, 0.045),
    # lobule
    (0.36, 0.27, 0.06), (0.25, 0.37, 0.06), (0.15, 0.4, 0.05), (0.07, 0.35, 0.02),
    # where it meets the cheek
    (-0.02, -0.1, 0.0), (-0.03, 0.04, 0.01), (-0.02, 0.2, 0.0), (0.01, 0.32, 0.0),
]  # fmt: skip
_AROUND = 56
_RINGS = np.array([0.12, 0.25, 0.38, 0.5, 0.6, 0.69, 0.77, 0.84, 0.9, 0.95, 0.985])
# Behind the rim: share of the way from the middle, height relative to the rim.
_BEHIND = [(1.01, -0.02), (1.0, -0.05), (0.9, -0.08), (0.7, -0.16), (0.6, -0.32)]
_PLACE = np.array([1.11, 0.225, 0.985])
_FLARE, _TILT = np.radians(25.0), np.radians(10.0)


def _outline() -> Array:
    knots = np.array([*_OUTLINE, _OUTLINE[0]])
    spline = CubicSpline(np.arange(len(knots)), knots, bc_type="periodic")
    return np.asarray(spline(np.arange(_AROUND) * len(_OUTLINE) / _AROUND))


def _placed(plane: Array, height: Array) -> Array:
    """(…, 3) places on the right side of the head."""
    u, v = plane[..., 0], plane[..., 1]
    back, down = u * np.cos(_TILT) - v * np.sin(_TILT), u * np.sin(_TILT) + v * np.cos(_TILT)
    out = back * np.sin(_FLARE) + height * np.cos(_FLARE)
    deep = back * np.cos(_FLARE) - height * np.sin(_FLARE)
    placed: Array = _PLACE + np.stack([out, down, deep], axis=-1)
    return placed


def ear() -> Piece:
    """The ear on the image's right."""
    relief = np.array(_RELIEF)
    height = RBFInterpolator(relief[:, :2], relief[:, 2], kernel="cubic", smoothing=1e-5)
    spokes = _outline() - _MIDDLE
    front = np.array(_MIDDLE) + _RINGS[:, None, None] * spokes
    raised = height(front.reshape(-1, 2)).reshape(front.shape[:2])
    rim = raised[-1]
    places = [_placed(np.array([_MIDDLE]), height(np.array([_MIDDLE])))]
    places += list(_placed(front, raised))
    places += [_placed(_MIDDLE + share * spokes, rim + drop) for share, drop in _BEHIND]
    rows = 1 + np.arange((len(places) - 1) * _AROUND).reshape(-1, _AROUND)
    fan = np.stack([np.zeros(_AROUND, dtype=np.intp), np.roll(rows[0], -1), rows[0]], axis=1)
    triangles = np.vstack([fan, grid_triangles(rows, closed=True)[:, ::-1]])
    return Piece(np.vstack(places), triangles, np.full(len(triangles), Part.SKIN, dtype=np.uint8))
