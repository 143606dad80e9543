"""Intervals and p-values from resampled values or from folds, and Holm's adjustment."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

FloatArray = NDArray[np.float64]

_FEWEST_USABLE = 0.9
_NAN = float("nan")


class Interval(NamedTuple):
    """Bounds, a two-sided p of 0 being the true value, and what to say about them."""

    low: float = _NAN
    high: float = _NAN
    p: float = _NAN
    note: str = ""


def percentile(samples: FloatArray, tail: float) -> Interval:
    """The interval of resampled values, and the two-sided p of 0 lying outside of them."""
    usable = samples[np.isfinite(samples)]
    lost = len(samples) - len(usable)
    note = f"{lost} of {len(samples)} resamples leave it undefined" if lost else ""
    if len(usable) < _FEWEST_USABLE * len(samples):
        return Interval(note=f"no interval: {note}")
    low, high = np.quantile(usable, [tail, 1 - tail])
    below, above = np.count_nonzero(usable <= 0), np.count_nonzero(usable >= 0)
    p = 2 * (min(below, above) + 1) / (len(usable) + 1)
    return Interval(float(low), float(high), min(p, 1.0), note)


def student(value: float, folds: FloatArray, tail: float) -> Interval:
    """The interval of a mean over folds, and the two-sided p of it being 0."""
    freedom, error = len(folds) - 1, standard_error(folds)
    half = float(stdtrit(freedom, 1 - tail)) * error
    if np.ptp(folds) > 0:
        p = 2 * float(stdtr(freedom, -abs(value) / error))
        return Interval(value - half, value + half, p)
    if value == 0:
        return Interval(0.0, 0.0, 1.0)
    return Interval(value, value, note="no p: the same in every fold")


def holm(p: ArrayLike) -> FloatArray:
    """Holm's step-down adjustment (Scand. J. Statist. 6, 1979) of (N,) p-values; NaN stays NaN.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = values.copy()
    defined = np.flatnonzero(~np.isnan(values))
    order = defined[np.argsort(values[defined], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def standard_error(values: FloatArray) -> float:
    """Standard error of a mean: the standard deviation with ddof 1, over √k.

    >>> standard_error(np.array([0.9, 0.8, 0.7]))
    0.0577...
    """
    return float(values.std(ddof=1)) / sqrt(len(values))
