"""The variance of sums over trials, two of which are correlated if they share a subject.

A trial belongs to two subjects; a genuine one to the same subject twice. With values that sum to
nearly 0, v of each trial, summed to e over the trials between two given subjects, and r over all
trials of a given subject, the variance of the sum is

    Σ r² over subjects − Σ e² over pairs of different subjects,

every product of two trials that share a subject counted once: what is between the same two subjects
is in the first sum twice. (Fafchamps and Gubert, J. Dev. Econ. 83, 2007; for face verification
Fogliato, Patil and Perona, IJCV 2024.)
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Index = NDArray[np.intp]


def sum_variance(first: Index, second: Index, values: FloatArray) -> float:
    """The variance of the sum of values of mean 0, clustered by subject.

    It is not below Σ e², which is what trials have that are correlated between the same two
    subjects only: a negative estimate of what a shared subject adds is taken for 0.

    Parameters
    ----------
    first, second : (T,) int
        Each trial's subjects, as numbers from 0.
    values : (T,) float64
        Each trial's value less the mean.

    Examples
    --------
    >>> ann, bo, cy = 0, 1, 2
    >>> sum_variance(np.array([ann, ann, bo]), np.array([ann, ann, bo]), np.array([1.0, 1.0, -2.0]))
    8.0
    >>> sum_variance(np.array([ann, ann]), np.array([bo, cy]), np.array([1.0, 1.0]))
    4.0
    """
    low, high, sums = _pair_sums(first, second, values)
    apart, count = low != high, int(high.max(initial=-1)) + 1
    by_subject = np.bincount(low, sums, count) + np.bincount(high[apart], sums[apart], count)
    shared = float(np.square(by_subject).sum() - np.square(sums[apart]).sum())
    return max(shared, float(np.square(sums).sum()))


def pair_variance(first: Index, second: Index, values: FloatArray) -> float:
    """Σ e²: the same where only trials between the same two subjects are correlated.

    >>> ann, bo, cy = 0, 1, 2
    >>> pair_variance(np.array([ann, ann, bo]), np.array([bo, cy, ann]), np.array([1.0, 1.0, 1.0]))
    5.0
    """
    return float(np.square(_pair_sums(first, second, values)[2]).sum())


def _pair_sums(first: Index, second: Index, values: FloatArray) -> tuple[Index, Index, FloatArray]:
    """Each two subjects that meet, the lower number first, with the sum over their trials."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    count = int(high.max(initial=-1)) + 1
    pairs, place = np.unique(low * count + high, return_inverse=True)
    first_of, second_of = np.divmod(pairs, max(count, 1))
    return first_of, second_of, np.bincount(place, values, len(pairs)).astype(np.float64)
