"""Filters that leave of a face what both spectra show: its edges, not its brightness."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from align_eval.image import Image

Planes = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_REACH = 4.0  # where a Gaussian is cut off, in standard deviations


def gray(crop: Image) -> Planes:
    """(H, W) float32: the luma of an RGB crop, or the values of a gray one as they are.

    Examples
    --------
    >>> gray(np.full((2, 2, 3), 100, np.uint8)).tolist(), gray(np.array([[30000]], np.uint16))
    ([[100.0, 100.0], [100.0, 100.0]], array([[30000.]], dtype=float32))
    """
    plane: Planes = crop.astype(np.float32)
    return plane @ _LUMA if plane.ndim == 3 else plane


def smoothed(planes: Planes, sigma: float) -> Planes:
    """Gaussian smoothing of (N, H, W) planes, which are mirrored at their edges.

    Parameters
    ----------
    planes : (N, H, W) float32
        Any number of them.
    sigma : float
        Standard deviation in pixels; 0 changes nothing.

    Examples
    --------
    >>> float(smoothed(np.full((1, 9, 9), 5.0, np.float32), 2.0).round(5).max())
    5.0
    """
    if sigma == 0:
        return planes
    height, width = planes.shape[1:]
    down: Planes = np.matmul(_gaussian(height, sigma), planes)
    across: Planes = np.matmul(down, _gaussian(width, sigma).T)
    return across


def difference_of_gaussians(planes: Planes, inner: float, outer: float) -> Planes:
    """The band between two Gaussian smoothings, (N, H, W).

    It takes away what varies slowly, such as light and skin temperature, and what varies fast,
    such as noise (Tan and Triggs, IEEE TIP 19(6), 2010, use the same band against light).

    Parameters
    ----------
    planes : (N, H, W) float32
        In any unit: the result is linear in it.
    inner, outer : float
        Standard deviations in pixels, 0 ≤ inner < outer.

    Raises
    ------
    ConfigError
        Standard deviations of another order.

    Examples
    --------
    >>> ramp = np.broadcast_to(np.arange(40, dtype=np.float32), (1, 40, 40))
    >>> bool(np.abs(difference_of_gaussians(ramp, 1.0, 2.0)[0, :, 10:-10]).max() < 1e-4)
    True
    """
    check_band(inner, outer)
    return smoothed(planes, inner) - smoothed(planes, outer)


def check_band(inner: float, outer: float) -> None:
    """Refuse standard deviations that make no band.

    Raises
    ------
    ConfigError
        Not 0 ≤ inner < outer, or not finite.
    """
    if not 0 <= inner < outer < np.inf:
        raise ConfigError(
            f"a difference of Gaussians wants 0 ≤ inner < outer, got {inner}, {outer}"
        )


@lru_cache(maxsize=32)
def _gaussian(length: int, sigma: float) -> Planes:
    """(length, length): smoothing along one axis as a matrix; its rows sum to 1."""
    reach = int(np.ceil(_REACH * sigma))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    places = (np.arange(length)[:, None] + offsets) % (2 * length)
    places = np.where(places < length, places, 2 * length - 1 - places)
    matrix = np.zeros((length, length))
    rows = np.broadcast_to(np.arange(length)[:, None], places.shape)
    np.add.at(matrix, (rows, places), weights / weights.sum())
    return matrix.astype(np.float32)
