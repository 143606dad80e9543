"""What is left of weighted trials when those of the lowest quality are rejected.

The unit of rejection is a probe, a reference or a single trial; all trials of a unit go with it.
A share of n units is the whole number of them below it. Units of the same quality go in a random
order, and what is computed is expected over that order: all of them are kept in the same part. So a
constant quality is chance exactly, and a subject that was drawn thrice is three units of one
quality. Under chance every count falls in the same proportion, and every rate stays what it is.

The parts are multiples of one over the weight of those units that are divided. Counts are
multiplied by it, so that they stay whole numbers and rates compare exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from align_eval import _rates as rates
from align_eval._metric import Measure, Metric, Resample
from align_eval._weighted import Ranked, Weighted, WeightedRoc
from align_eval.curves import Curve, FloatArray, ratio
from align_eval.scores import Scores

Index = NDArray[np.intp]
NOTHING_LEFT = "no genuine or no impostor trial is left"
_WHOLE = 1e-9  # 0.3 * 10 is 3


class Units(NamedTuple):
    """What is rejected as one, and its quality.

    Parameters
    ----------
    kind : str
        ``"probe"``, ``"reference"`` or ``"trial"``.
    of : (T,) int
        The unit of each trial.
    quality : (U,) float64
        Higher is kept longer; −∞ is rejected first.
    failed : int
        How many units are failures to acquire.
    """

    kind: str
    of: Index
    quality: FloatArray
    failed: int = 0


def n_rejected(share: ArrayLike, count: ArrayLike) -> Any:
    """How many of a number of units a share is: the whole number at or below it.

    >>> float(n_rejected(0.3, 10)), float(n_rejected(0.05, 19))
    (3.0, 0.0)
    """
    return np.floor(np.asarray(share) * np.asarray(count) + _WHOLE)


class Queue:
    """Trials in the order in which their units are rejected, under any weights.

    Its metrics ask for the same weighted trials one after the other: the last ones are kept.
    """

    def __init__(self, units: Units) -> None:
        self.units = units
        levels, self.level = np.unique(units.quality, return_inverse=True)
        self.n_levels = len(levels)
        self._line: _Line | None = None
        self._standing: Standing | None = None
        self._alone: Weighted | None = None

    def under(self, weighted: Weighted) -> "Standing":
        """The queue with weighted trials."""
        if self._standing is None or self._standing.weighted is not weighted:
            if self._line is None or self._line.ranked is not weighted.ranked:
                self._line = _Line(self, weighted.ranked)
            self._standing = Standing(self._line, weighted)
        return self._standing

    def alone(self, scores: Scores) -> "Standing":
        """The queue with every trial counted once."""
        if self._alone is None or self._alone.ranked.scores is not scores:
            ranked = Ranked.of(scores)
            self._alone = Weighted(ranked, np.ones((1, ranked.n_subjects), dtype=np.int64))
        return self.under(self._alone)


class _Line:
    """Where the trials of a queue stand, sorted by their scores."""

    def __init__(self, queue: Queue, ranked: Ranked) -> None:
        self.ranked, units = ranked, queue.units
        trials = ranked.scores.trials
        order = np.argsort(-ranked.scores.values, kind="stable")  # as `Ranked.of`
        mated = trials.genuine[order]
        self.genuine, self.impostor = (
            queue.level[units.of[order[which]]] for which in (mated, ~mated)
        )
        self.sums = [_summing(side, queue.n_levels) for side in (self.genuine, self.impostor)]
        self.by_subject: Any = None  # how many units of each level each subject has
        if units.kind != "trial":
            _, reference, probe = trials.clusters
            owner = np.zeros(len(units.quality), dtype=np.intp)
            owner[units.of] = probe if units.kind == "probe" else reference
            held = np.ones(len(owner), dtype=np.int64)
            shape = queue.n_levels, ranked.n_subjects
            self.by_subject = csr_array((held, (queue.level, owner)), shape=shape)


def _summing(levels: Index, count: int) -> Any:
    """(L, N) what sums trials by their levels."""
    ones = np.ones(len(levels), dtype=np.int64)
    return csr_array((ones, (levels, np.arange(len(levels)))), shape=(count, len(levels)))


class _Cut(NamedTuple):
    """Where a share ends, for each of B weightings: the level that it divides.

    `before` is the weight of all levels below, `size` that of the level, `rejected` of all that is
    rejected.
    """

    level: Index
    before: FloatArray
    size: FloatArray
    rejected: FloatArray


class _Fixed(NamedTuple):
    """At a threshold that stays: (B, L + 1) running sums by level, from 0.

    Of genuine trials that fail, of all of them, and the same of impostor trials.
    """

    failing: FloatArray
    genuine: FloatArray
    accepted: FloatArray
    impostor: FloatArray


class Standing:
    """B weightings of the trials of a queue."""

    def __init__(self, line: _Line, weighted: Weighted) -> None:
        self.line, self.weighted = line, weighted
        self._curves: dict[float, Curve] = {}
        self._fixed: dict[float, _Fixed] = {}

    @cached_property
    def ends(self) -> FloatArray:
        """(B, L) weight of the units of each level and those below."""
        if self.line.by_subject is None:
            both = (self.weighted.genuine, self.weighted.impostor)
            sizes = sum(s @ side.T for s, side in zip(self.line.sums, both, strict=True))
        else:
            sizes = self.line.by_subject @ self.weighted.subjects.T
        return np.cumsum(np.asarray(sizes, dtype=np.float64).T, axis=1)

    def _cut(self, share: float) -> _Cut:
        rejected = n_rejected(share, self.ends[:, -1])
        level = np.count_nonzero(self.ends <= rejected[:, None], axis=1)
        level = np.minimum(level, self.ends.shape[1] - 1)  # of no units at all
        rows = np.arange(len(level))
        before = np.where(level > 0, self.ends[rows, level - 1], 0.0)
        return _Cut(level, before, self.ends[rows, level] - before, rejected)

    def curve(self, share: float) -> Curve:
        """The ROCs of what is left; counts are those of trials times a number of each weighting."""
        if share == 0:
            return self.weighted.curve
        if share not in self._curves:
            cut = self._cut(share)
            levels = np.arange(self.ends.shape[1])
            above, there = levels > cut.level[:, None], levels == cut.level[:, None]
            kept = cut.before + cut.size - cut.rejected
            factors = np.where(above, cut.size[:, None], np.where(there, kept[:, None], 0.0))
            sums = []
            for place, weights in (
                (self.line.genuine, self.weighted.genuine),
                (self.line.impostor, self.weighted.impostor),
            ):
                part = np.take(factors, place, axis=1)
                part *= weights
                sums.append(cast(Any, _running(part)))
            self._curves[share] = WeightedRoc(self.line.ranked.roc, *sums)
        return self._curves[share]

    def fixed(self, target: float) -> _Fixed:
        """Sums at the lowest threshold at which the FAR of all trials is at most `target`."""
        if target not in self._fixed:
            curve, weighted = self.weighted.curve, self.weighted
            index = rates.at_far(curve, target)
            sides = []
            for sums, weights, counts in zip(
                self.line.sums,
                (weighted.genuine, weighted.impostor),
                (curve.roc.accepted_genuine, curve.roc.accepted_impostor),
                strict=True,
            ):
                accepted = np.arange(weights.shape[1]) < counts[index][:, None]
                sides += [(sums @ (weights * accepted).T).T, (sums @ weights.T).T]
            passing, genuine, wrong, impostor = map(_running, sides)
            self._fixed[target] = _Fixed(genuine - passing, genuine, wrong, impostor)
        return self._fixed[target]

    def frr(self, target: float, share: float) -> FloatArray:
        """(B,) FRR of what is left at the threshold of all trials."""
        sums, cut = self.fixed(target), self._cut(share)
        found = ratio(_left(sums.failing, cut), _left(sums.genuine, cut))
        return np.where(sums.impostor[:, -1] > 0, found, np.nan)  # else there is no threshold

    def far(self, target: float, share: float) -> FloatArray:
        """(B,) FAR of what is left at the threshold of all trials."""
        sums, cut = self.fixed(target), self._cut(share)
        return ratio(_left(sums.accepted, cut), _left(sums.impostor, cut))

    def area(self, target: float, limit: float) -> FloatArray:
        """(B,) mean of `frr` over the shares up to a limit, exactly: it is a step function."""
        sums, ends = self.fixed(target), np.pad(self.ends, ((0, 0), (1, 0)))
        rows = zip(ends, sums.failing, sums.genuine, strict=True)
        return np.array([_area(*row, limit) for row in rows])


def _running(values: Any) -> FloatArray:
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _left(sums: FloatArray, cut: _Cut) -> FloatArray:
    """What running sums by level leave above a cut."""
    rows = np.arange(len(sums))
    below, own = sums[rows, cut.level], sums[rows, cut.level + 1] - sums[rows, cut.level]
    left: FloatArray = sums[:, -1] - below - own * ratio(cut.rejected - cut.before, cut.size)
    return left


def _area(ends: FloatArray, failing: FloatArray, genuine: FloatArray, limit: float) -> float:
    steps = np.arange(n_rejected(limit, ends[-1]) + 1)
    lost = [sums[-1] - np.interp(steps, ends, sums) for sums in (failing, genuine)]
    return stepped(ratio(*lost), limit * ends[-1])


def stepped(values: FloatArray, width: float) -> float:
    """Mean height of steps of width 1, the last of which ends at `width`.

    >>> stepped(np.array([0.4, 0.2]), 1.5)
    0.333...
    """
    if len(values) == 1:
        return float(values[0])
    widths = np.ones(len(values))
    widths[-1] = width - (len(values) - 1)
    return float(widths @ values / width)


@dataclass(frozen=True)
class Left(Metric):
    """An error of what is left when a share is rejected.

    Parameters
    ----------
    queue : Queue
        Who goes first.
    share : float
        From 0.
    target : float or None
        FRR at this FAR; None is the EER.
    fixed : bool
        Whether the threshold is that of all trials; else it is found anew.
    """

    queue: Queue
    share: float
    target: float | None
    fixed: bool

    def _of(self, standing: Standing) -> FloatArray:
        if self.target is None:
            return rates.eer(standing.curve(self.share))
        if self.fixed:
            return standing.frr(self.target, self.share)
        curve = standing.curve(self.share)
        index = rates.at_far(curve, self.target)
        known = rates.far(curve, index) <= self.target  # without impostors there is no FAR
        return np.where(known, rates.frr(curve, index), np.nan)

    def _measure(self, scores: Scores, roc: Any) -> Measure:
        return _measured(self._of(self.queue.alone(scores)))

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        return lambda weighted: self._of(self.queue.under(weighted))


@dataclass(frozen=True)
class Area(Metric):
    """Mean FRR over the shares up to a limit, at the threshold of all trials.

    Parameters
    ----------
    queue : Queue
        Who goes first.
    limit : float
        The largest share.
    target : float
        The FAR of the threshold.
    """

    queue: Queue
    limit: float
    target: float

    def _measure(self, scores: Scores, roc: Any) -> Measure:
        return _measured(self.queue.alone(scores).area(self.target, self.limit))

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        return lambda weighted: self.queue.under(weighted).area(self.target, self.limit)


def _measured(values: FloatArray) -> Measure:
    value = float(values[0])
    return Measure(value, "" if np.isfinite(value) else NOTHING_LEFT)
