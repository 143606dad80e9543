"""Operating points and error rates, as functions of one `Curve` or of many weightings at once.

An operating point is a position in ``curve.roc.thresholds``: ``()`` for one ROC, ``(B,)`` for B
weightings. Counts are integers, so that comparing rates is exact.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.curves import Curve, FloatArray, ratio

Index = NDArray[np.intp]


def last_where(curve: Curve, holds: Callable[[Index], Any]) -> Index:
    """The last threshold at which a condition holds that only ever turns from true to false.

    It is taken to hold at the first threshold, +∞.
    """
    low = np.zeros(np.shape(curve.n_genuine), dtype=np.intp)
    high = np.full_like(low, len(curve.roc))
    while np.any(high - low > 1):
        middle = (low + high) // 2
        true = holds(middle)
        low, high = np.where(true, middle, low), np.where(true, high, middle)
    return low


def at_far(curve: Curve, target: float) -> Index:
    """The lowest threshold whose FAR is at most `target`."""
    return last_where(curve, lambda k: far(curve, k) <= target)


def at_fmr(curve: Curve, target: float) -> Index:
    """The lowest threshold whose FMR is at most `target`."""
    return last_where(curve, lambda k: fmr(curve, k) <= target)


def at_threshold(curve: Curve, threshold: float) -> Index:
    """The operating point that accepts scores at or above `threshold`."""
    return np.full(np.shape(curve.n_genuine), curve.roc.index(threshold), dtype=np.intp)


def at_equal_error(curve: Curve) -> Index:
    """The threshold that brings FAR and FRR nearest; of several, the one with the smallest mean.

    FAR − FRR never falls from one threshold to the next, so the minimum lies beside its change
    of sign. Breaking a tie by the mean keeps the result when both sides and all signs are
    swapped.
    """
    genuine_total, impostor_total = curve.n_genuine, curve.n_impostor

    def errors(k: Index) -> tuple[Any, Any]:
        genuine, impostor = curve.accepted_each(k)
        return impostor * genuine_total, (genuine_total - genuine) * impostor_total

    def gap(k: Index) -> Any:
        accepts, rejects = errors(k)
        return accepts - rejects

    low = last_where(curve, lambda k: gap(k) <= 0)
    high = np.minimum(low + 1, len(curve.roc) - 1)
    nearer = np.abs(gap(high)) - np.abs(gap(low))
    cheaper = sum(errors(high)) - sum(errors(low))
    return np.where((nearer < 0) | ((nearer == 0) & (cheaper < 0)), high, low)


def far(curve: Curve, k: Index) -> FloatArray:
    """False accepts over all impostor trials."""
    return ratio(curve.accepted_each(k)[1], curve.n_impostor)


def tar(curve: Curve, k: Index) -> FloatArray:
    """Accepted over all genuine trials."""
    return ratio(curve.accepted_each(k)[0], curve.n_genuine)


def frr(curve: Curve, k: Index) -> FloatArray:
    """Genuine trials that are rejected or failed, over all genuine trials."""
    return ratio(curve.n_genuine - curve.accepted_each(k)[0], curve.n_genuine)


def fmr(curve: Curve, k: Index) -> FloatArray:
    """False accepts over the impostor trials without failure to acquire."""
    return ratio(curve.accepted_each(k)[1], curve.n_impostor - curve.failed_impostor)


def fnmr(curve: Curve, k: Index) -> FloatArray:
    """False rejects over the genuine trials without failure to acquire."""
    acquired = curve.n_genuine - curve.failed_genuine
    return ratio(acquired - curve.accepted_each(k)[0], acquired)


def eer(curve: Curve) -> FloatArray:
    """(FAR + FRR) / 2 at `at_equal_error`."""
    k = at_equal_error(curve)
    return (far(curve, k) + frr(curve, k)) / 2
