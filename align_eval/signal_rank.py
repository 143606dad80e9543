"""How a model's quality signal goes with the true error: rank correlation, and bins to draw.

The signal is minus the quality, so that a signal that knows rises with the error. Ranks, since a
quality has no fixed range (`align_eval.landmarks.Landmarks`).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from align_eval._intervals import Interval, percentile
from align_eval.discard import RatedPoints
from align_eval.landmarks import FloatArray
from align_eval.resample import FEWEST_SUBJECTS, identity_weights

COLUMNS = ("normaliser", "level", "rho", "low", "high", "n", "note")
BIN_COLUMNS = ("normaliser", "rank", "error", "low", "signal", "high", "n")
LEVELS = {"point": "all points of all faces", "face": "means over the points of each face"}
CONSTANT = "the signal or the error is the same everywhere"
_BINS, _FEWEST = 50, 20


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's rank correlation of (N,) values, ties at their mean rank; NaN of a constant.

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [10, 30, 20, 40])
    0.8
    """
    return _Ranks.of(np.asarray(first, float), np.asarray(second, float)).correlation()


class _Ranks:
    """Two lists by the numbers of their distinct values, whose ranks any weights give at once."""

    def __init__(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        self.sides = first, second

    @classmethod
    def of(cls, first: FloatArray, second: FloatArray) -> "_Ranks":
        """Of two (N,) lists."""
        one, two = (np.unique(values, return_inverse=True)[1] for values in (first, second))
        return cls(one, two)

    def correlation(self, weights: FloatArray | None = None) -> float:
        """Each item counted as often as its weight says; NaN where a side is constant."""
        times = np.ones(len(self.sides[0])) if weights is None else weights
        ranks = []
        for codes in self.sides:
            held = np.bincount(codes, times)
            ranks.append((np.cumsum(held) - held / 2)[codes] - times.sum() / 2)
        over, under = (float(np.sum(times * rank * rank)) for rank in ranks)
        if not over * under > 0:
            return float("nan")
        return float(np.sum(times * ranks[0] * ranks[1]) / np.sqrt(over * under))


def signal_rows(
    points: RatedPoints,
    *,
    subjects: Sequence[str],
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Spearman's correlation of signal and error, over points and over faces.

    Parameters
    ----------
    points : RatedPoints
        Of one aligner on one data set. Points without quality are left out.
    subjects : sequence of str
        The (F,) faces' people, who are resampled for the intervals.
    seed, resamples, confidence
        Of the intervals.

    Returns
    -------
    DataFrame
        `COLUMNS` without the normaliser, a row for each of `LEVELS`; ``n`` counts points, or
        faces. No rows for no faces.
    """
    rows = []
    for level, error, signal, owner in _levels(points, subjects) if len(points) else ():
        ranks = _Ranks.of(signal, error)
        rho = ranks.correlation()
        if np.isnan(rho):
            found, note = Interval(), CONSTANT
        else:
            found = _interval(ranks, owner, len(set(subjects)), resamples, seed, confidence)
            note = found.note
        rows.append((level, rho, found.low, found.high, len(error), note))
    return pd.DataFrame(rows, columns=list(COLUMNS[1:]))


def _levels(
    points: RatedPoints, subjects: Sequence[str]
) -> Iterator[tuple[str, FloatArray, FloatArray, NDArray[np.intp]]]:
    """Level, (N,) errors, signals, and whose they are by the place of the sorted name."""
    owner = np.unique(np.array(subjects, dtype=object).astype(str), return_inverse=True)[1]
    known = ~np.isnan(points.signal)
    at = np.nonzero(known)
    yield "point", points.errors[at], points.signal[at], owner[at[0]]
    counts = known.sum(axis=1)
    sums = [np.where(known, values, 0.0).sum(axis=1) for values in (points.errors, points.signal)]
    yield "face", sums[0] / counts, sums[1] / counts, owner


def _interval(
    ranks: _Ranks,
    owner: NDArray[np.intp],
    n_subjects: int,
    resamples: int,
    seed: int,
    confidence: float,
) -> Interval:
    if n_subjects < FEWEST_SUBJECTS:
        few = f"no interval: {n_subjects} subjects, at least {FEWEST_SUBJECTS} wanted"
        return Interval(note=few)
    drawn = identity_weights(n_subjects, resamples, seed).astype(np.float64)
    samples = np.array([ranks.correlation(weights[owner]) for weights in drawn])
    return percentile(samples, (1 - confidence) / 2)


def signal_bins(points: RatedPoints) -> pd.DataFrame:
    """The signal where the error is small, and where it is large: figure 4 of the paper, in bins.

    All points go by their error into at most 50 bins of the same size.

    Returns
    -------
    DataFrame
        `BIN_COLUMNS` without the normaliser. ``rank``: the share of points with a smaller error
        than the bin's middle one; ``error``: the median in the bin; ``low``, ``signal`` and
        ``high``: 10, 50 and 90 % of the signals in it, on a scale on which 1 % of all signals are
        below 0 and 1 % above 1. No rows for no points, or a signal that does not vary.
    """
    known = ~np.isnan(points.signal)
    errors, signal = points.errors[known], points.signal[known]
    if not len(errors):
        return pd.DataFrame(columns=list(BIN_COLUMNS[1:]))
    least, most = np.quantile(signal, [0.01, 0.99])
    if not (np.isfinite([least, most]).all() and most > least):
        return pd.DataFrame(columns=list(BIN_COLUMNS[1:]))
    ordered = np.argsort(errors, kind="stable")
    rows, start = [], 0
    for own in np.array_split(ordered, max(1, min(_BINS, len(errors) // _FEWEST))):
        rank = (start + len(own) / 2) / len(errors)
        spread = (np.quantile(signal[own], [0.1, 0.5, 0.9]) - least) / (most - least)
        rows.append((rank, float(np.median(errors[own])), *map(float, spread), len(own)))
        start += len(own)
    return pd.DataFrame(rows, columns=list(BIN_COLUMNS[1:]))
