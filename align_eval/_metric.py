"""What a metric is: a name, which way is better, a value with its note, and its resampling."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval import _rates as rates
from align_eval._intervals import standard_error
from align_eval._trials import decidability, fold_accuracies, rank_one, weighted_decidability
from align_eval._weighted import Ranked, Weighted
from align_eval.curves import Curve, FloatArray, Roc, ratio
from align_eval.errors import MetricError
from align_eval.identification import (
    OpenSet,
    Searches,
    detection_rate,
    galleries,
    search,
)
from align_eval.scores import Scores

Resample = Callable[[Weighted], FloatArray]


class Measure(NamedTuple):
    """A metric's value, and what a reader must know to judge it; NaN where it is not defined.

    It is not resolved where the trials cannot show what is asked, such as a FAR below one impostor:
    what is accepted there hangs on the highest impostor score alone. The bootstrap of an extreme
    value is not consistent (Bickel and Freedman, Ann. Statist. 9, 1981): there is no interval.
    """

    value: float
    note: str = ""
    resolved: bool = True


@dataclass(frozen=True)
class Metric(ABC):
    """A number that a set of scores has.

    Parameters
    ----------
    name : str
        The canonical name, as it is printed.
    higher_is_better : bool
        Which way is an improvement.
    """

    name: str
    higher_is_better: bool

    @abstractmethod
    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        """The value and its note, or `MetricError`."""

    @abstractmethod
    def resampler(self, ranked: Ranked) -> Resample:
        """A function that gives the (B,) values under B weightings of the subjects.

        It gives NaN for a weighting that does not define the metric.

        Raises
        ------
        MetricError
            The metric is not defined on these trials, or has no such resampling.
        """

    def folds(self, scores: Scores) -> FloatArray | None:
        """(k,) values whose mean is the metric's value, for metrics over folds; else None."""
        return None

    def measure(self, scores: Scores, roc: Roc | None = None) -> Measure:
        """The value and its note; NaN, and why, where these scores do not define it.

        Parameters
        ----------
        scores : Scores
            The trials.
        roc : Roc, optional
            Their ROC, if it is known already.
        """
        try:
            return self._measure(scores, roc)
        except MetricError as error:
            return Measure(float("nan"), str(error))

    def value(self, scores: Scores) -> float:
        """The value.

        Raises
        ------
        MetricError
            These scores do not define it.
        """
        found = self._measure(scores, None)
        if not isfinite(found.value):
            raise MetricError(found.note)
        return found.value

    def note(self, scores: Scores) -> str:
        """What a reader must know to judge the value; possibly empty."""
        return self.measure(scores).note


class Point(NamedTuple):
    """A kind of operating point: ``FAR=x`` and ``FMR=x`` (a rate at most x), or ``T=t``.

    `rate` and `trials` are the rate that is kept below x and the number of trials it is over;
    None at a threshold.
    """

    find: Callable[[Curve, float], rates.Index]
    rate: Callable[[Curve, rates.Index], FloatArray] | None = None
    trials: Callable[[Roc], int] | None = None


class Form(NamedTuple):
    """A kind of ROC metric: its value at a curve and, if its name has one, the name's value."""

    summary: str
    higher_is_better: bool
    of: Callable[[Curve, float], FloatArray]
    at: Point | None = None


@dataclass(frozen=True)
class CurveMetric(Metric):
    """A metric that is a function of the ROC: a form, and the value in the name (or 0)."""

    form: Form
    target: float

    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        curve = Roc.of(scores) if roc is None else roc
        found = float(self.form.of(curve, self.target))
        if not isfinite(found):
            return Measure(found, f"{self.name}: every such trial is a failure to acquire")
        remark = self._remark(curve)
        return Measure(found, remark, not remark)

    def _remark(self, roc: Roc) -> str:
        """That the target is below one error in all trials, and what was achieved instead."""
        point = self.form.at
        if point is None or point.rate is None or point.trials is None:
            return ""
        trials = point.trials(roc)
        if self.target >= 1 / trials:
            return ""
        achieved = float(point.rate(roc, point.find(roc, self.target)))
        kind = self.name.partition("@")[2].partition("=")[0]
        return (
            f"insufficient impostors: {trials} trials resolve no {kind} below {1 / trials:.2g}; "
            f"achieved {kind} {achieved:.2g}"
        )

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        return lambda weighted: self.form.of(weighted.curve, self.target)


@dataclass(frozen=True)
class Decidability(Metric):
    """d′ of the finite scores; see `align_eval._trials.decidability`."""

    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        left_out = int(np.count_nonzero(scores.failed))
        note = f"leaves out {left_out} trials with a failure to acquire" if left_out else ""
        return Measure(decidability(scores.genuine, scores.impostor), note)

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        decidability(ranked.genuine, ranked.impostor)
        return weighted_decidability


@dataclass(frozen=True)
class RankOneRate(Metric):
    """The share of mated probes whose best reference is of their own subject.

    Resampling draws the probes' subjects and leaves the gallery as it is: a gallery drawn anew
    would hold fewer subjects, and be easier.
    """

    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        found = rank_one(scores)
        note = f"{len(found.hit)} probes, {found.references} references"
        if found.left_out:
            note += f"; {found.left_out} probes without a mate left out"
        return Measure(float(found.hit.mean()), note)

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        found = rank_one(ranked.scores)
        _, _, probe = ranked.scores.trials.clusters
        subject = probe[found.trial]

        def resample(weighted: Weighted) -> FloatArray:
            weights = weighted.subjects[:, subject]
            return ratio(weights @ found.hit.astype(np.int64), weights.sum(axis=1))

        return resample


@dataclass(frozen=True)
class Identification(Metric, ABC):
    """A rate of the searches of all probes in a gallery, or its mean over `galleries`.

    A gallery is what all trials compare, or each fold of them; see `align_eval.identification`. A
    mate counts at `rank` and before, or wherever it is found. Resampling draws the probes' subjects
    and leaves the gallery as it is: a gallery drawn anew would hold fewer subjects, and be easier.
    """

    rank: int | None
    mean: bool

    def _searches(self, scores: Scores) -> list[Searches]:
        chosen = galleries(scores) if self.mean else [None]
        return [search(scores, trials) for trials in chosen]

    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        each = [self._rate(found) for found in self._searches(scores)]
        mean = float(np.mean([one.value for one in each]))
        if not self.mean:
            return each[0]
        notes = (f"gallery {k}: {one.value:.4g}, {one.note}" for k, one in enumerate(each, 1))
        return Measure(mean, "; ".join(notes), all(one.resolved for one in each))

    def resampler(self, ranked: Ranked) -> Resample:
        """See `Metric.resampler`."""
        _, _, probe = ranked.scores.trials.clusters
        each = [self._resampled(found, probe) for found in self._searches(ranked.scores)]
        return lambda weighted: np.mean([one(weighted) for one in each], axis=0)

    @abstractmethod
    def _rate(self, found: Searches) -> Measure:
        """The rate in one gallery."""

    @abstractmethod
    def _resampled(self, found: Searches, subject: NDArray[np.intp]) -> Resample:
        """The same under weightings; `subject` (T,) is that of each trial's probe."""


@dataclass(frozen=True)
class RankRate(Identification):
    """The share of mated searches whose mate is found within the rank (closed set)."""

    def _rate(self, found: Searches) -> Measure:
        hits = found.within(self.rank)[found.mated]
        note = f"{len(hits)} probes, {found.references} references"
        left_out = len(found.mated) - len(hits)
        if left_out:
            note += f"; {left_out} probes without a mate left out"
        return Measure(float(hits.mean()), note)

    def _resampled(self, found: Searches, subject: NDArray[np.intp]) -> Resample:
        hits = found.within(self.rank)[found.mated].astype(np.int64)
        owner = subject[found.trial[found.mated]]

        def resample(weighted: Weighted) -> FloatArray:
            weights = weighted.subjects[:, owner]
            return ratio(weights @ hits, weights.sum(axis=1))

        return resample


@dataclass(frozen=True)
class DetectionRate(Identification):
    """The share of mated searches whose mate is found within the rank, and over the threshold.

    The threshold is the lowest whose FPIR is at most the target, never interpolated.
    """

    target: float

    def _rate(self, found: Searches) -> Measure:
        roc = OpenSet.of(found, self.rank).roc
        note = (
            f"{roc.n_genuine} probes with a mate, {roc.n_impostor} without, "
            f"{found.references} references"
        )
        resolved = self.target >= 1 / roc.n_impostor
        if not resolved:
            achieved = float(rates.far(roc, rates.at_far(roc, self.target)))
            note += (
                f"; insufficient probes without a mate: they resolve no FPIR below "
                f"{1 / roc.n_impostor:.2g}; achieved FPIR {achieved:.2g}"
            )
        return Measure(float(detection_rate(roc, self.target)), note, resolved)

    def _resampled(self, found: Searches, subject: NDArray[np.intp]) -> Resample:
        searches = OpenSet.of(found, self.rank)
        return lambda weighted: detection_rate(searches.weighted(weighted, subject), self.target)


@dataclass(frozen=True)
class FoldAccuracy(Metric):
    """Mean accuracy over k folds; see `align_eval._trials.fold_accuracies`."""

    count: int

    def _measure(self, scores: Scores, roc: Roc | None) -> Measure:
        found = fold_accuracies(scores, self.count)
        error = standard_error(found)
        return Measure(float(found.mean()), f"standard error {error:.4f} over {self.count} folds")

    def resampler(self, ranked: Ranked) -> Resample:
        """There is none.

        Raises
        ------
        MetricError
            Always: its spread is that of its folds.
        """
        raise MetricError(f"{self.name} is not resampled: its folds give its standard error")

    def folds(self, scores: Scores) -> FloatArray | None:
        """(k,) accuracy of each fold."""
        return fold_accuracies(scores, self.count)
