"""Brushes for textures on the chart: noise, blobs, soft lines and hairs."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Plane = NDArray[np.float32]
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Plane:
    """(H, W) smooth noise of about unit variance with bumps about `cell` pixels wide."""
    height, width = (max(2, round(side / cell) + 1) for side in shape)
    coarse = rng.standard_normal((height, width), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def clouds(rng: np.random.Generator, shape: tuple[int, int], cell: float, octaves: int) -> Plane:
    """(H, W) noise of several octaves, each half as strong and twice as fine as the one before."""
    total = noise(rng, shape, cell)
    for k in range(1, octaves):
        total += noise(rng, shape, cell / 2**k) / 2**k
    return total


def blob(shape: tuple[int, int], centre: ArrayLike, radii: ArrayLike) -> Plane:
    """(H, W) Gaussian bump of height 1; `centre` and `radii` are (x, y) pixels."""
    (x, y), (wide, high) = np.asarray(centre), np.asarray(radii)
    across = np.exp(-0.5 * ((np.arange(shape[1]) - x) / wide) ** 2)
    along = np.exp(-0.5 * ((np.arange(shape[0]) - y) / high) ** 2)
    bump: Plane = np.outer(along, across).astype(np.float32)
    return bump


def blurred(plane: NDArray[np.floating] | NDArray[np.uint8], sigma: float) -> Plane:
    """A plane after a Gaussian blur of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (0, 0), sigma), np.float32)


def filled(shape: tuple[int, int], outline: NDArray[np.floating]) -> Plane:
    """(H, W) 1 inside a closed outline of (N, 2) pixels, with a smoothed edge."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [_fixed(outline)], 255, cv2.LINE_AA, _SHIFT)
    return np.multiply(canvas, 1 / 255, dtype=np.float32)


def lines(
    shape: tuple[int, int], paths: Sequence[NDArray[np.floating]], thickness: int = 1
) -> Plane:
    """(H, W) 0 to 1: open paths of (N, 2) pixels each."""
    canvas = np.zeros(shape, np.uint8)
    cv2.polylines(
        canvas, [_fixed(path) for path in paths], False, 255, thickness, cv2.LINE_AA, _SHIFT
    )
    return np.multiply(canvas, 1 / 255, dtype=np.float32)


def smooth(points: ArrayLike, count: int = 40, closed: bool = False) -> NDArray[np.float64]:
    """(count, 2) places along a smooth curve through (N, 2) points."""
    from scipy.interpolate import CubicSpline

    given = np.asarray(points, dtype=np.float64)
    knots = np.concatenate([given, given[:1]]) if closed else given
    steps = np.linalg.norm(np.diff(knots, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(np.maximum(steps, 1e-6))])
    spline = CubicSpline(at, knots, bc_type="periodic" if closed else "natural")
    curve: NDArray[np.float64] = spline(np.linspace(0, at[-1], count, endpoint=not closed))
    return curve


def smoothstep(low: float, high: float, values: NDArray[np.floating]) -> Plane:
    """0 below `low`, 1 above `high`, smooth between (either may be the larger)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    step: Plane = (t * t * (3 - 2 * t)).astype(np.float32)
    return step


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
    return fixed
