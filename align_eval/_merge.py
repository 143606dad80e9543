"""Sorting both sides of the trials and counting them, in little time and memory."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import MetricError

FloatArray = NDArray[np.float64]
Counts = NDArray[np.signedinteger[Any]]


def count(
    genuine: ArrayLike, impostor: ArrayLike
) -> tuple[FloatArray, Counts, Counts, int, int, int, int]:
    """Every distinct finite score, and how many trials have a score at or above it.

    Parameters
    ----------
    genuine, impostor : (G,), (I,) array_like
        Scores; −∞ is a failure to acquire.

    Returns
    -------
    thresholds : (K + 1,) float64
        +∞, then the distinct finite scores, descending.
    accepted_genuine, accepted_impostor : (K + 1,) int32, or int64 where it takes that
        Trials at or above each threshold.
    n_genuine, n_impostor, failed_genuine, failed_impostor : int
        All trials of each side, and those with a failure to acquire.

    Raises
    ------
    MetricError
        A side is empty, or holds NaN or +∞.
    """
    mated, others = _side(genuine, "genuine"), _side(impostor, "impostor")
    # One array holds both sides, negated: sorting it in place is what keeps memory low.
    merged = np.empty(1 + len(mated) + len(others))
    merged[0] = -np.inf
    start = 1 + len(mated)
    failed_genuine = _sort_negated(mated, merged[1:start], "genuine")
    failed_impostor = _sort_negated(others, merged[start:], "impostor")
    curve = _merge(merged, start, failed_genuine, failed_impostor)
    return (*curve, len(mated), len(others), failed_genuine, failed_impostor)


def _side(values: ArrayLike, kind: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise MetricError(f"{kind} scores want one dimension, got shape {array.shape}")
    if not array.size:
        raise MetricError(
            f"no {kind} trials: a ROC wants at least one genuine and one impostor trial"
        )
    return array


def _sort_negated(values: FloatArray, out: FloatArray, kind: str) -> int:
    """Fill `out` with the negated scores, ascending; how many are failures to acquire."""
    np.negative(values, out=out)
    out.sort()
    # Sorting leaves NaN at the end and a score of +inf, negated, at the start.
    if np.isnan(out[-1]) or np.isneginf(out[0]):
        raise MetricError(f"a {kind} score is NaN or +inf; a failure to acquire is -inf")
    return len(out) - int(np.searchsorted(out, np.inf, side="left"))


def _merge(
    merged: FloatArray, start: int, failed_genuine: int, failed_impostor: int
) -> tuple[FloatArray, Counts, Counts]:
    """Thresholds and accepted counts of negated scores.

    `merged` holds −∞, the genuine scores and, from `start`, the impostor scores, each side
    ascending with its failures at the end. It is overwritten.
    """
    sides = merged[1 : start - failed_genuine], merged[start : len(merged) - failed_impostor]
    swap = len(sides[0]) > len(sides[1])
    few, many = sides[::-1] if swap else sides
    size = 1 + len(few) + len(many)
    of_few = _running_count(few, many)
    merged[1:].sort(kind="stable")  # a merge, as both runs are in order
    merged = merged[:size]
    of_many = np.arange(size, dtype=of_few.dtype)
    of_many -= of_few
    # Only the last of a run of equal scores is a threshold: the run moves together.
    last = np.ones(size, dtype=bool)
    np.not_equal(merged[1:], merged[:-1], out=last[:-1])
    if not last.all():
        merged = merged[last]
        of_few = of_few[last]
        of_many = of_many[last]
    np.negative(merged, out=merged)
    return (merged, of_many, of_few) if swap else (merged, of_few, of_many)


def _running_count(few: FloatArray, many: FloatArray) -> Counts:
    """How many of `few` stand at or before each place of both sides merged, from 0."""
    places = np.searchsorted(many, few, side="right")
    places += np.arange(1, len(few) + 1)
    size = 1 + len(few) + len(many)
    counts: Counts = np.zeros(size, dtype=np.int32 if size < np.iinfo(np.int32).max else np.int64)
    counts[places] = 1
    np.cumsum(counts, dtype=counts.dtype, out=counts)
    return counts
