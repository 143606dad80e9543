"""How sure the numbers are: aligners compared on the same resamples of the same subjects.

Trials of one subject are not independent, so subjects are resampled, not trials: the vertex
bootstrap (Snijders and Borgatti, Connections 22, 1999; for face verification Fogliato et al.,
IJCV 2024). A resample draws as many subjects as there are, with replacement. A genuine trial then
counts as often as its subject was drawn, an impostor trial as often as the product of both. Every
aligner sees the same resamples, so that the interval of a difference is that of paired values.

Intervals are percentiles, the tails moved outwards for few subjects
(`align_eval._intervals.percentile`). Differences have one more correction. The product of two
weights of variance 1 has the variance 3, so that what belongs to a pair of subjects and to neither
of them alone (noise of their trials) counts three times in the variance of a resample; where every
subject meets few others, this is most of it. A second bootstrap, of the pairs alone, measures that
part, and two of the three are taken off by drawing the resampled differences in towards their
median. So the variance of the subjects is that of dyadic data, each pair counted once (Fafchamps
and Gubert, J. Dev. Econ. 83, 2007). It is left on the values themselves, whose resamples are skewed
near 0 and 1, and under `FEWEST_CORRECTED` subjects, where the shorter intervals would be too short.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._intervals import (
    Interval,
    drawn_in,
    holm,
    percentile,
    standard_error,
    student,
)
from align_eval._weighted import PairWeighted, Ranked, Weighted, pair_words
from align_eval.curves import FloatArray, IntArray
from align_eval.dataset import Trials
from align_eval.errors import ConfigError, DataError, MetricError, UnknownNameError
from align_eval.metrics import Metric, Resample, parse_metric
from align_eval.power import Resolution
from align_eval.scores import Scores

__all__ = [
    "COLUMNS",
    "FEWEST_CORRECTED",
    "FEWEST_SUBJECTS",
    "POLICIES",
    "Estimate",
    "Seed",
    "bootstrap",
    "compare",
    "estimates",
    "holm",
    "identity_weights",
    "interval",
    "require_same_trials",
    "resolution",
    "same_trials",
    "under",
]

COLUMNS = (
    "aligner",
    "policy",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "p",
    "p_holm",
    "detectable",
    "n_genuine",
    "n_impostor",
    "n_subjects",
    "note",
)
POLICIES = {
    "reject": "a trial with a failure to acquire scores -inf and stays in every denominator",
    "exclude": "only the trials on which every compared aligner succeeded",
}
FEWEST_SUBJECTS = 5
"""With fewer subjects there are too few distinct resamples for an interval."""

FEWEST_CORRECTED = 20
"""With fewer subjects the variance of a difference is left too large rather than made too small."""

_PAIRS_ALONE = 1 / 3  # of the variance is left where it is that of pairs only
_PAIR_RESAMPLES = 320  # they give one variance, to 8 %
_CHUNK_WEIGHTS = 2**21  # int64 weights at a time: 16 MiB, and about four such arrays at once


Seed = int | Sequence[int]
"""Of resamples; (seed, k) with k from 1 gives draws that are independent of those of the seed."""


class Estimate(NamedTuple):
    """One aligner and metric: the value, and its resampled values or its folds' values.

    `samples` are values on resamples of `n_subjects` subjects, `pairs` those on resamples of
    pairs of subjects, and `is_gap` tells differences from values. Without a number of subjects
    the samples are taken as they are.
    """

    value: float
    note: str = ""
    samples: FloatArray | None = None
    folds: FloatArray | None = None
    pairs: FloatArray | None = None
    n_subjects: int = 0
    is_gap: bool = False

    def times(self, factor: float) -> "Estimate":
        """The same, all of it multiplied."""
        samples, folds, pairs = (
            None if x is None else factor * x for x in (self.samples, self.folds, self.pairs)
        )
        return self._replace(value=factor * self.value, samples=samples, folds=folds, pairs=pairs)

    def minus(self, other: "Estimate") -> "Estimate":
        """The difference, resample by resample or fold by fold, which must be the same of both."""
        samples, folds, pairs = (
            None if x is None or y is None else x - y
            for x, y in zip(self[2:5], other[2:5], strict=True)
        )
        note = _joined(self.note, other.note if other.note != self.note else "")
        fewer = min(self.n_subjects, other.n_subjects)
        return Estimate(self.value - other.value, note, samples, folds, pairs, fewer, True)

    @property
    def corrected(self) -> FloatArray | None:
        """(B,) the samples, those of a difference with the corrected spread; see the module."""
        if self.samples is None or self.pairs is None or not self.is_gap:
            return self.samples
        both, pairs = _variance(self.samples), _variance(self.pairs)
        if self.n_subjects < FEWEST_CORRECTED or not both:
            return self.samples
        return drawn_in(self.samples, sqrt(max(1 - 2 * pairs / both, _PAIRS_ALONE)))


def compare(
    scores: Mapping[str, Scores],
    baseline: str,
    metrics: Sequence[str],
    *,
    policy: str = "reject",
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Every metric of every aligner, with intervals and paired differences to a baseline.

    Intervals are percentiles over the resamples, corrected as the module says. ``p`` is two-sided:
    twice the smaller share of resampled differences on either side of 0, with one added to both
    counts, so never 0, and corrected like the interval. ``p_holm`` adjusts it over the aligners
    other than the baseline, metric by metric. The baseline's difference to itself is 0, with the
    interval [0, 0] and p = 1. ``detectable`` is the smallest true difference, of either sign, whose
    interval would leave 0 out in four of five such studies (`align_eval.power.Resolution`), before
    Holm; NaN for the baseline and where no resample or fold differs.

    Accuracy over folds is not resampled: its interval is mean ± t · standard error over the
    folds, and its difference and p are those of a paired t test over the folds.

    Parameters
    ----------
    scores : mapping of str to Scores
        The aligners' scores on the same trials.
    baseline : str
        One of the aligners.
    metrics : sequence of str
        See `align_eval.metrics.METRICS`.
    policy : str
        What failures to acquire do; see `POLICIES`.
    resamples : int
        Number of resamples.
    confidence : float
        Coverage of the intervals, between 0 and 1.
    seed : int
        Of the resamples; the same subjects, seed and number give the same ones.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row for each aligner and metric. What is not defined is NaN, and ``note``
        says why.

    Raises
    ------
    UnknownNameError
        The baseline, the policy or a metric is not known.
    DataError
        The scores are not over the same trials.
    ConfigError
        No resamples, or a confidence outside (0, 1).
    """
    parsed = {metric.name: metric for metric in map(parse_metric, metrics)}
    _check(scores, baseline, resamples, confidence)
    used = under(policy, scores)
    tail = (1 - confidence) / 2
    found = {
        name: estimates(one, parsed, resamples, seed, differences=len(used) > 1)
        for name, one in used.items()
    }
    trials = used[baseline].trials
    shared = {"policy": policy, "n_genuine": trials.n_genuine, "n_impostor": trials.n_impostor}
    shared["n_subjects"] = trials.clusters[0]
    rows = [
        {"aligner": name, "metric": metric, **shared}
        | _row(found[name][metric], found[baseline][metric], tail)
        for name in used
        for metric in parsed
    ]
    return adjusted(rows, baseline)


def adjusted(rows: Sequence[Mapping[str, Any]], baseline: str) -> pd.DataFrame:
    """Rows as a frame of `COLUMNS`, their p adjusted by Holm over each metric's other aligners."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    others = frame["aligner"] != baseline
    frame["p_holm"] = frame["p"]
    frame.loc[others, "p_holm"] = frame[others].groupby("metric")["p"].transform(holm)
    return frame


def bootstrap(
    scores: Scores, metrics: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> dict[str, FloatArray]:
    """Each metric's value on every resample of the subjects.

    Returns
    -------
    dict of str to (resamples,) float64
        By canonical name. NaN where a resample does not define the metric.

    Raises
    ------
    MetricError
        The scores do not define a metric, or it is not resampled.
    """
    ranked = Ranked.of(scores)
    parsed = [parse_metric(name) for name in metrics]
    resamplers = {metric.name: metric.resampler(ranked) for metric in parsed}
    return _resampled(ranked, resamplers, resamples, seed)


def identity_weights(n_subjects: int, resamples: int, seed: Seed) -> IntArray:
    """(resamples, n_subjects): how often each resample draws each subject.

    Examples
    --------
    >>> weights = identity_weights(4, 3, seed=0)
    >>> weights.sum(axis=1).tolist()
    [4, 4, 4]
    """
    return np.concatenate(list(_weight_chunks(n_subjects, resamples, seed, resamples)))


def _weight_chunks(n_subjects: int, resamples: int, seed: Seed, size: int) -> Iterator[IntArray]:
    """Weights of the resamples, at most `size` at a time; the size changes no draw."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, size):
        weights = np.empty((min(size, resamples - start), n_subjects), dtype=np.int64)
        for row in weights:
            drawn = generator.integers(n_subjects, size=n_subjects)
            row[:] = np.bincount(drawn, minlength=n_subjects)
        yield weights


def _check(scores: Mapping[str, Scores], baseline: str, resamples: int, confidence: float) -> None:
    if baseline not in scores:
        raise UnknownNameError("baseline", baseline, scores)
    if resamples < 1:
        raise ConfigError(f"intervals want at least one resample, got {resamples}")
    if not 0 < confidence < 1:
        raise ConfigError(f"a confidence lies between 0 and 1, got {confidence}")
    require_same_trials(scores, baseline)


def require_same_trials(scores: Mapping[str, Scores], first: str) -> None:
    """Refuse scores that cannot be paired with those of the name `first`.

    Raises
    ------
    DataError
        They are over other trials.
    """
    for name, one in scores.items():
        if not same_trials(one.trials, scores[first].trials):
            raise DataError(f"the scores of {name!r} and {first!r} are over different trials")


def same_trials(one: Trials, other: Trials) -> bool:
    """Whether both compare the same names in the same order, as genuine, and in the same folds."""
    return one is other or (
        one.same_pairs(other)
        and np.array_equal(one.genuine, other.genuine)
        and np.array_equal(_folds(one), _folds(other))
    )


def _folds(trials: Trials) -> NDArray[np.intp]:
    return np.empty(0, dtype=np.intp) if trials.fold is None else trials.fold


def under(policy: str, scores: Mapping[str, Scores]) -> Mapping[str, Scores]:
    """Scores on the same trials, as one of `POLICIES` counts them.

    Raises
    ------
    UnknownNameError
        No such policy.
    """
    if policy not in POLICIES:
        raise UnknownNameError("policy", policy, POLICIES)
    failed = np.any([one.failed for one in scores.values()], axis=0)
    if policy == "reject" or not failed.any():
        return scores
    return {name: one.only(~failed) for name, one in scores.items()}


def estimates(
    scores: Scores,
    metrics: Mapping[str, Metric],
    resamples: int,
    seed: Seed,
    *,
    differences: bool = True,
) -> dict[str, Estimate]:
    """Each metric of some scores with what its interval, and that of a difference, is made of.

    Subjects are drawn by their place among the sorted names of the subjects of the trials: scores
    over the same subjects see the same draws, whatever their trials are.

    Parameters
    ----------
    scores : Scores
        The trials.
    metrics : mapping of str to Metric
        By name.
    resamples : int
        Number of resamples.
    seed : int or sequence of int
        Of the resamples.
    differences : bool
        Whether differences to others are wanted, too; what only they are made of is not resampled
        otherwise.

    Returns
    -------
    dict of str to Estimate
        Under the metrics' names. What is not defined is NaN, or has no samples, and the note says
        why.
    """
    try:
        ranked = Ranked.of(scores)
    except MetricError as error:  # a side is empty
        measures = {name: metric.measure(scores) for name, metric in metrics.items()}
        notes = {
            name: _joined(one.note, "" if one.note == str(error) else f"no interval: {error}")
            for name, one in measures.items()
        }
        return {name: Estimate(one.value, notes[name]) for name, one in measures.items()}
    found: dict[str, Estimate] = {}
    resamplers: dict[str, Resample] = {}
    for name, metric in metrics.items():
        value, note, resolved = metric.measure(scores, ranked.roc)
        folds = metric.folds(scores) if isfinite(value) else None
        if folds is not None:
            note += "; interval and p by Student's t over the folds"
        elif isfinite(value) and ranked.n_subjects < FEWEST_SUBJECTS:
            few = f"no interval: {ranked.n_subjects} subjects, at least {FEWEST_SUBJECTS} wanted"
            note = _joined(note, few)
        elif isfinite(value) and not resolved:
            note = _joined(note, "no interval")
        elif isfinite(value):
            resamplers[name] = metric.resampler(ranked)
        found[name] = Estimate(value, note, None, folds)
    samples = _resampled(ranked, resamplers, resamples, seed)
    pairs: dict[str, FloatArray] = {}
    if differences:
        pairs = _pair_resampled(ranked, resamplers, min(resamples, _PAIR_RESAMPLES), seed)
    return {
        name: one._replace(
            samples=samples.get(name), pairs=pairs.get(name), n_subjects=ranked.n_subjects
        )
        for name, one in found.items()
    }


def _resampled(
    ranked: Ranked, resamplers: Mapping[str, Resample], resamples: int, seed: Seed
) -> dict[str, FloatArray]:
    chunks = _weight_chunks(ranked.n_subjects, resamples, seed, _chunk(ranked))
    return _values(resamplers, (Weighted(ranked, subjects) for subjects in chunks))


def _pair_resampled(
    ranked: Ranked, resamplers: Mapping[str, Resample], resamples: int, seed: Seed
) -> dict[str, FloatArray]:
    words, size = pair_words(resamples, seed), _chunk(ranked)
    chunks = (words[start : start + size] for start in range(0, resamples, size))
    return _values(resamplers, (PairWeighted.of(ranked, chunk) for chunk in chunks))


def _chunk(ranked: Ranked) -> int:
    return int(np.clip(_CHUNK_WEIGHTS // len(ranked.scores.trials), 1, 64))


def _values(
    resamplers: Mapping[str, Resample], weightings: Iterable[Weighted]
) -> dict[str, FloatArray]:
    if not resamplers:
        return {}
    parts: dict[str, list[FloatArray]] = {name: [] for name in resamplers}
    for weighted in weightings:
        for name, resample in resamplers.items():
            parts[name].append(resample(weighted))
    return {name: np.concatenate(part) for name, part in parts.items()}


def _variance(samples: FloatArray) -> float:
    usable = samples[np.isfinite(samples)]
    return float(usable.var()) if len(usable) else 0.0


def _row(one: Estimate, base: Estimate, tail: float) -> dict[str, float | str]:
    own = interval(one, tail)
    gap = _difference(one, base, tail)
    return {
        "value": one.value,
        "low": own.low,
        "high": own.high,
        "delta": one.value - base.value,
        "delta_low": gap.low,
        "delta_high": gap.high,
        "p": gap.p,
        "detectable": _detectable(one.minus(base), gap, tail),
        "note": _joined(one.note, own.note, gap.note if gap.note != own.note else ""),
    }


def interval(one: Estimate, tail: float) -> Interval:
    """The interval that leaves out `tail` on either side; NaN where there is none."""
    if one.folds is not None:
        return student(one.value, one.folds, tail)
    samples = one.corrected
    return Interval() if samples is None else percentile(samples, tail, one.n_subjects or inf)


def resolution(gap: Estimate, tail: float) -> Resolution | None:
    """What a study can tell about a difference; None where its resamples or folds do not differ.

    Parameters
    ----------
    gap : Estimate
        A difference; see `Estimate.minus`.
    tail : float
        What its interval leaves out on either side.
    """
    if gap.folds is not None:
        error, units = standard_error(gap.folds), len(gap.folds)
    elif gap.corrected is None:
        return None
    else:
        units = gap.n_subjects
        error = sqrt(_variance(gap.corrected) * units / (units - 1))
    return Resolution(error, units, 1 - 2 * tail) if error > 0 else None


def _detectable(gap: Estimate, found: Interval, tail: float) -> float:
    known = resolution(gap, tail) if isfinite(found.low) else None
    return float("nan") if known is None else known.detectable


def _difference(one: Estimate, base: Estimate, tail: float) -> Interval:
    if one is base and isfinite(one.value):
        return Interval(0.0, 0.0, 1.0)
    return interval(one.minus(base), tail)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
