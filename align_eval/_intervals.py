"""Intervals and p-values from resampled values or from folds, and Holm's adjustment."""

from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

FloatArray = NDArray[np.float64]

_FEWEST_USABLE = 0.9
_NAN = float("nan")


class Interval(NamedTuple):
    """Bounds, a two-sided p of 0 being the true value, and what to say about them."""

    low: float = _NAN
    high: float = _NAN
    p: float = _NAN
    note: str = ""


def percentile(samples: FloatArray, tail: float, clusters: float = inf) -> Interval:
    """The interval of resampled values, and the two-sided p of 0 lying outside of them.

    Percentiles of n resampled clusters are too narrow for two reasons that the mean has as well:
    the variance of a resample is (n − 1) / n of what it stands for, and it is itself uncertain.
    The tails are moved outwards by what Student's interval of a mean has more, √(n / (n − 1)) and
    the quantile of t with n − 1 degrees of freedom instead of the normal one (the expanded
    percentile interval: Hesterberg, The American Statistician 69, 2015, section 5.3).

    B resamples cannot show a p below 2 / (B + 1), which Holm's factors would lift over any level
    in a table of many. Where none of them reaches 0, the tail beyond the outermost one is taken
    for a normal one with their mean and standard deviation; p is never above what they show.

    Parameters
    ----------
    samples : (B,) float64
        Resampled values; those that are not finite are left out.
    tail : float
        The share left out on either side.
    clusters : float
        How many clusters were resampled, at least 2; of infinitely many, plain percentiles.
    """
    usable = samples[np.isfinite(samples)]
    lost = len(samples) - len(usable)
    note = f"{lost} of {len(samples)} resamples leave it undefined" if lost else ""
    if len(usable) < _FEWEST_USABLE * len(samples):
        return Interval(note=f"no interval: {note}")
    outer = expanded(tail, clusters)
    low, high = np.quantile(usable, [outer, 1 - outer])
    return Interval(float(low), float(high), _contracted(_beyond_zero(usable), clusters), note)


def _beyond_zero(samples: FloatArray) -> float:
    """Twice the share of the resampled values at or beyond 0, at most 1."""
    crossing = min(np.count_nonzero(samples <= 0), np.count_nonzero(samples >= 0))
    shown = 2 * (crossing + 1) / (len(samples) + 1)
    spread = float(samples.std())
    if crossing or spread == 0:
        return min(shown, 1.0)
    return min(shown, 2 * float(ndtr(-abs(float(samples.mean())) / spread)))


def expanded(tail: float, clusters: float) -> float:
    """The tail of resampled values that stands for a tail of the truth; see `percentile`.

    >>> [round(expanded(0.025, clusters), 4) for clusters in (10, 50, 200, float("inf"))]
    [0.0086, 0.0212, 0.024, 0.025]
    """
    return tail if clusters == inf else float(ndtr(-critical(tail, clusters)))


def critical(tail: float, clusters: float) -> float:
    """How many standard deviations of resampled values leave out a tail of the truth."""
    if clusters == inf:
        return -float(ndtri(tail))
    return -float(stdtrit(clusters - 1, tail)) * sqrt(clusters / (clusters - 1))


def _contracted(p: float, clusters: float) -> float:
    """The p whose interval, once expanded, just ends at 0: the reverse of `expanded`."""
    if clusters == inf or p >= 1:
        return p
    return 2 * float(stdtr(clusters - 1, ndtri(p / 2) * sqrt((clusters - 1) / clusters)))


def drawn_in(samples: FloatArray, factor: float) -> FloatArray:
    """The values, their distances to the median multiplied by a factor.

    >>> drawn_in(np.array([0.0, 1.0, 5.0]), 0.5).tolist()
    [0.5, 1.0, 3.0]
    """
    if factor == 1 or not np.isfinite(samples).any():
        return samples
    middle = np.nanmedian(samples)
    return np.asarray(middle + factor * (samples - middle), dtype=np.float64)


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
