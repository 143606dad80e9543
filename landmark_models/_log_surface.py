"""The logarithm of a heat map as a quadratic surface, which for a Gaussian it is."""

from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.landmarks import FloatArray

FLOOR = 1e-4
"""The least value, as a part of the peak's, whose logarithm is taken."""
CURVATURE = 1e-9
"""Logarithms that bend less than this a squared cell are flat."""
UPRIGHT = 1e-6
"""The least 1 − ρ² of a Gaussian that is not taken for a ridge."""


class Vertex(NamedTuple):
    """Steps (2, n) and variances (2, n) along x and y, and where both axes have one (n,)."""

    step: FloatArray
    variance: FloatArray
    whole: NDArray[np.bool_]


def _relative(values: FloatArray, height: FloatArray) -> FloatArray:
    """Values as parts of a height, at least `FLOOR`; a height that is not positive is that too."""
    parts: FloatArray = np.maximum(values / np.where(height > 0, height, 1.0), FLOOR)
    return parts


def _vertex(x: FloatArray, y: FloatArray, xx: FloatArray, yy: FloatArray, xy: FloatArray) -> Vertex:
    """The vertex of a quadratic surface with these first and second derivatives, each (n,)."""
    bent_x, bent_y = xx < -CURVATURE, yy < -CURVATURE
    whole = bent_x & bent_y & (xy * xy < (1 - UPRIGHT) * (xx * yy))
    if not whole.all():
        xy = np.where(whole, xy, 0.0)
        x, y = np.where(bent_x, x, 0.0), np.where(bent_y, y, 0.0)
        xx, yy = np.minimum(xx, -CURVATURE), np.minimum(yy, -CURVATURE)
    minus = xy * xy - xx * yy
    step = np.stack([yy * x - xy * y, xx * y - xy * x]) / minus
    return Vertex(step, np.stack([yy, xx]) / minus, whole)


def reach(blur: float) -> int:
    """Cells on each side that a blur of this standard deviation looks at: three deviations."""
    return ceil(3 * blur)


def expanded(values: FloatArray, blur: float = 0.0) -> Vertex:
    """The second-order Taylor expansion in the middle of windows.

    Parameters
    ----------
    values : (k, k, n)
        Windows of maps; k is 3, and more by twice the `reach` of a blur.
    blur : float
        Standard deviation of a Gaussian that smoothes the maps first. It is taken off the
        variances.
    """
    around, own = (values, 0.0) if blur == 0 else _blurred(values, blur)
    (nw, n, ne), (w, c, e), (sw, s, se) = np.log(_relative(around, around[1, 1]))
    found = _vertex((e - w) / 2, (s - n) / 2, e + w - 2 * c, s + n - 2 * c, (se - sw - ne + nw) / 4)
    return found._replace(variance=np.maximum(found.variance - own, 0.0))


def _blurred(values: FloatArray, deviation: float) -> tuple[FloatArray, float]:
    """The inner (3, 3, n) of windows smoothed, and the variance that the kernel really has."""
    away = np.arange(-reach(deviation), reach(deviation) + 1)
    weights = np.exp(-0.5 * np.square(away / deviation))
    weights /= weights.sum()
    band = np.stack([np.pad(weights, (k, 2 - k)) for k in range(3)])
    known = np.maximum(values, np.finfo(np.float32).min)  # 0 · ∞ is no number
    rows = (band @ known.reshape(len(known), -1)).reshape(3, len(known), -1)
    return band @ rows, float(weights @ np.square(away))


def fitted(values: FloatArray, height: FloatArray) -> Vertex:
    """The least squares of a surface to the logarithms of windows, seen from their middle.

    Each cell weighs the square of its value.

    Parameters
    ----------
    values : (k, k, n)
        Windows of maps that hold the highest cells.
    height : (n,)
        The value of these.
    """
    parts = _relative(values, height).reshape(len(values) ** 2, -1)
    terms, products = _surface(len(values))
    weights = np.square(parts)
    normal = (products @ weights).T.reshape(-1, 6, 6)
    right = (terms @ (weights * np.log(parts))).T
    solved = np.linalg.solve(normal, right[..., None])[..., 0].T
    return _vertex(*solved[1:])


@lru_cache(maxsize=8)
def _surface(side: int) -> tuple[FloatArray, FloatArray]:
    """A quadratic surface over a window: its six terms (6, side²), and their products (36, side²).

    The coefficients of the terms are the value and the derivatives at the window's centre.
    """
    steps = np.arange(side) - side // 2.0
    y, x = (part.ravel() for part in np.meshgrid(steps, steps, indexing="ij"))
    terms = np.stack([np.ones_like(x), x, y, x * x / 2, y * y / 2, x * y])
    return terms, (terms[:, None] * terms).reshape(36, -1)
