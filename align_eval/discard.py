"""Whether a model's own quality tells which of its points are wrong: what is left is better then.

Of every face a share of the points is discarded, by the model's signal (those of the lowest
quality), at random, or by the true error, and the NME taken over the rest: Fuhl and Kasneci,
"Learning to Validate the Quality of Detected Landmarks", 2020, Table 5. Chance is what a
signal has to beat; the true error is the most that any signal can do.

A face counts if its model gives a quality, all of its points were found and its normaliser is
known: the same faces for every order and share, so that their means compare. A point whose truth
is not known is neither counted nor discarded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from align_eval._intervals import Interval, percentile
from align_eval._normalisers import NORMALISERS, combined
from align_eval._shared_points import Batch, batches
from align_eval.errors import ConfigError, LandmarkError, UnknownNameError
from align_eval.faces import Box
from align_eval.landmarks import FloatArray, Landmarks
from align_eval.resample import FEWEST_SUBJECTS, identity_weights

ORDERS: Mapping[str, str] = {
    "signal": "lowest quality first",
    "random": "at random",
    "oracle": "largest error first",
}
COLUMNS = (
    "normaliser",
    "order",
    "share",
    "nme",
    "change",
    "low",
    "high",
    "to_random",
    "to_random_low",
    "to_random_high",
    "n",
)
_STREAM = 0x64697363


@dataclass(frozen=True, eq=False)
class RatedPoints:
    """The points of faces whose model says how sure of them it is.

    Parameters
    ----------
    faces : (F,) int
        Which of the given faces they are.
    errors : (F, M) float64
        Distance of every shared point over the normaliser; NaN where there is no such point, or
        no truth.
    signal : (F, M) float64
        Minus the quality: higher is less trusted. NaN where there is none.
    """

    faces: NDArray[np.intp]
    errors: FloatArray
    signal: FloatArray

    def __len__(self) -> int:
        return len(self.faces)


def rated_points(
    predicted: Sequence[Landmarks | None],
    truth: Sequence[Landmarks],
    normaliser: str,
    boxes: Sequence[Box | None] | None = None,
) -> RatedPoints:
    """The errors and signals of all faces that count, see the module.

    A point that is made of several has the mean of their qualities, with the weights of its place.

    Parameters
    ----------
    predicted : sequence of Landmarks or None
        A face that was missed is None.
    truth : sequence of Landmarks
        In the same order.
    normaliser : str
        One of `align_eval.landmark_error.NORMALISERS`.
    boxes : sequence of Box or None, optional
        For the normalisers ``box`` and ``diagonal``.

    Raises
    ------
    LandmarkError
        Lists of different or no length, or schemes without shared points or without the
        normaliser's.
    UnknownNameError
        No such normaliser.
    """
    if normaliser not in NORMALISERS:
        raise UnknownNameError("normaliser", normaliser, NORMALISERS)
    if not truth or len(predicted) != len(truth):
        raise LandmarkError(
            f"discarding wants a truth for every prediction; got {len(predicted)} predictions and "
            f"{len(truth)} truths"
        )
    sizes = np.full((len(truth), 2), np.nan)
    for i, box in enumerate(boxes or ()):
        if box is not None:
            sizes[i] = box.width, box.height
    parts = [_rated(batch, predicted, normaliser, sizes) for batch in batches(predicted, truth)]
    most = max(part.errors.shape[1] for part in parts)
    return RatedPoints(
        np.concatenate([part.faces for part in parts]),
        np.concatenate([_widened(part.errors, most) for part in parts]),
        np.concatenate([_widened(part.signal, most) for part in parts]),
    )


def _rated(
    batch: Batch, predicted: Sequence[Landmarks | None], normaliser: str, sizes: FloatArray
) -> RatedPoints:
    shared = batch.shared
    lengths = NORMALISERS[normaliser].lengths(batch.truth, shared.truth, sizes[batch.faces])
    lengths = np.where(np.isfinite(lengths) & (lengths > 0), lengths, np.nan)
    errors = shared.errors(batch.predicted, batch.truth) / lengths[:, None]
    nothing = np.full(len(shared.predicted), np.nan)
    given = [predicted[face] for face in batch.faces]
    qualities = [one.quality if one and one.quality is not None else nothing for one in given]
    signal = -combined(shared.ours, np.stack(qualities)[..., None])[..., 0]
    signal[np.isnan(errors)] = np.nan
    whole = ~np.isinf(errors).any(axis=1) & ~np.isnan(errors).all(axis=1)
    kept = whole & ~np.isnan(signal).all(axis=1)
    return RatedPoints(batch.faces[kept], errors[kept], signal[kept])


def _widened(values: FloatArray, most: int) -> FloatArray:
    return np.pad(values, ((0, 0), (0, most - values.shape[1])), constant_values=np.nan)


def n_discarded(share: float, n_points: ArrayLike) -> NDArray[np.intp]:
    """How many of a face's points a share is: the nearest number, halves up; one always stays.

    >>> n_discarded(0.1, [68, 5, 1]).tolist(), n_discarded(0.3, 68).tolist()
    ([7, 1, 0], 20)
    """
    counts = np.asarray(n_points)
    nearest = np.floor(share * counts + 0.5 + 1e-9)
    dropped: NDArray[np.intp] = np.minimum(nearest, np.maximum(counts - 1, 0)).astype(np.intp)
    return dropped


def discarding_order(
    points: RatedPoints, order: str, ids: Sequence[str], seed: int
) -> NDArray[np.intp]:
    """(F, M) the place of every point in its face's order: 0 is discarded first.

    What is equally trusted goes in the random order, so that a constant signal is chance. A point
    without a finite quality is trusted least. Points without truth come last.

    Parameters
    ----------
    points : RatedPoints
        The points.
    order : str
        One of `ORDERS`.
    ids : sequence of str
        The (F,) faces' ids: a face's chance depends on the seed and its id alone.
    seed : int
        The study's, from 0.

    Raises
    ------
    UnknownNameError
        No such order.
    """
    if order not in ORDERS:
        raise UnknownNameError("order of discarding", order, ORDERS)
    chance = np.stack([_chance(face, seed, points.errors.shape[1]) for face in ids])
    trusted = {
        "signal": -np.where(np.isnan(points.signal), np.inf, points.signal),
        "random": np.zeros_like(chance),
        "oracle": -points.errors,
    }[order]
    unknown = np.isnan(points.errors)
    by = np.lexsort((chance, np.where(unknown, 0.0, trusted), unknown), axis=-1)
    return np.argsort(by, axis=-1)


def _chance(face: str, seed: int, count: int) -> FloatArray:
    key = (_STREAM, *face.encode("utf-8", "backslashreplace"))
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=key)
    return np.random.default_rng(sequence).random(count)


def kept_errors(points: RatedPoints, places: NDArray[np.intp], share: float) -> FloatArray:
    """(F,) the mean error of each face's points that are left when a share is discarded."""
    known = ~np.isnan(points.errors)
    left = known & (places >= n_discarded(share, known.sum(axis=1))[:, None])
    means: FloatArray = np.where(left, points.errors, 0.0).sum(axis=1) / left.sum(axis=1)
    return means


def discard_rows(
    points: RatedPoints,
    shares: Sequence[float],
    *,
    ids: Sequence[str],
    subjects: Sequence[str],
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The NME that discarding leaves, for every order and share, and for nothing discarded.

    Parameters
    ----------
    points : RatedPoints
        Of one aligner on one data set.
    shares : sequence of float
        In (0, 1), of each face's points; see `n_discarded`.
    ids, subjects : sequence of str
        The (F,) faces' ids and people.
    seed, resamples, confidence
        Of the intervals, for which subjects are resampled, the same for all orders and shares.

    Returns
    -------
    DataFrame
        `COLUMNS` without the normaliser: ``change`` is the NME over that of nothing discarded,
        minus 1, ``to_random`` over that of as many discarded at random, minus 1, each with its
        interval; ``n`` counts faces. Share 0 comes first. No rows for no faces.

    Raises
    ------
    ConfigError
        A share that is not in (0, 1).
    """
    for share in shares:
        check_share(share)
    if not len(points):
        return pd.DataFrame(columns=list(COLUMNS[1:]))
    pairs = [(share, order) for share in (0.0, *shares) for order in ORDERS]
    places = {order: discarding_order(points, order, ids, seed) for order in ORDERS}
    means = np.stack([kept_errors(points, places[order], share) for share, order in pairs], axis=1)
    drawn = _resampled(means, subjects, resamples, seed)
    against = _Ratios(means.mean(axis=0), drawn, (1 - confidence) / 2)
    rows = []
    for column, (share, order) in enumerate(pairs):
        chance = pairs.index((share, "random"))
        numbers = (*against.of(column, 0), *against.of(column, chance))
        rows.append((order, share, against.means[column], *numbers, len(points)))
    return pd.DataFrame(rows, columns=list(COLUMNS[1:]))


@dataclass(frozen=True, eq=False)
class _Ratios:
    """Means, (C,), and on every resample, (R, C) or None, to be divided by each other."""

    means: FloatArray
    drawn: FloatArray | None
    tail: float

    def of(self, column: int, other: int) -> tuple[float, float, float]:
        """A mean over another, minus 1, with its interval."""
        if self.means[other] == 0:
            return (np.nan,) * 3
        ratio = float(self.means[column] / self.means[other]) - 1
        if self.drawn is None:
            return ratio, np.nan, np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            samples = self.drawn[:, column] / self.drawn[:, other] - 1
        found: Interval = percentile(samples, self.tail)
        return ratio, found.low, found.high


def _resampled(
    values: FloatArray, subjects: Sequence[str], resamples: int, seed: int
) -> FloatArray | None:
    """(R, C) the mean of (F, C) values on every resample of the subjects; None for too few."""
    names, owner = np.unique(np.array(subjects, dtype=object).astype(str), return_inverse=True)
    if len(names) < FEWEST_SUBJECTS:
        return None
    sums = np.stack([np.bincount(owner, column, len(names)) for column in values.T], axis=1)
    weights = identity_weights(len(names), resamples, seed).astype(np.float64)
    means: FloatArray = (weights @ sums) / (weights @ np.bincount(owner))[:, None]
    return means


def check_share(share: float) -> None:
    """Refuse what is no share of points to discard.

    Raises
    ------
    ConfigError
        It is not in (0, 1).
    """
    if not 0 < share < 1:
        raise ConfigError(f"a share of points to discard wants a number in (0, 1), got {share}")
