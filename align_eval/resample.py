"""How sure the numbers are: aligners compared on the same resamples of the same subjects.

Trials of one subject are not independent, so subjects are resampled, not trials: the vertex
bootstrap (Snijders and Borgatti, Connections 22, 1999; for face verification Fogliato et al.,
IJCV 2024). A resample draws as many subjects as there are, with replacement. A genuine trial then
counts as often as its subject was drawn, an impostor trial as often as the product of both. Every
aligner sees the same resamples, so that the interval of a difference is that of paired values.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._intervals import Interval, holm, percentile, student
from align_eval._weighted import Ranked, Weighted
from align_eval.curves import FloatArray, IntArray
from align_eval.dataset import Trials
from align_eval.errors import ConfigError, DataError, MetricError, UnknownNameError
from align_eval.metrics import Metric, Resample, parse_metric
from align_eval.scores import Scores

__all__ = [
    "COLUMNS",
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

_CHUNK_WEIGHTS = 2**21  # int64 weights at a time: 16 MiB, and about four such arrays at once


Seed = int | Sequence[int]
"""Of resamples; (seed, k) with k from 1 gives draws that are independent of those of the seed."""


class Estimate(NamedTuple):
    """One aligner and metric: the value, and its resampled values or its folds' values."""

    value: float
    note: str = ""
    samples: FloatArray | None = None
    folds: FloatArray | None = None

    def times(self, factor: float) -> "Estimate":
        """The same, all of it multiplied."""
        samples, folds = (None if x is None else factor * x for x in (self.samples, self.folds))
        return Estimate(factor * self.value, self.note, samples, folds)

    def minus(self, other: "Estimate") -> "Estimate":
        """The difference, resample by resample or fold by fold, which must be the same of both."""
        samples, folds = (
            None if x is None or y is None else x - y
            for x, y in ((self.samples, other.samples), (self.folds, other.folds))
        )
        note = _joined(self.note, other.note if other.note != self.note else "")
        return Estimate(self.value - other.value, note, samples, folds)


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

    Intervals are percentiles over the resamples. ``p`` is two-sided: twice the smaller share of
    resampled differences on either side of 0, with one added to both counts, so never 0.
    ``p_holm`` adjusts it over the aligners other than the baseline, metric by metric. The
    baseline's difference to itself is 0, with the interval [0, 0] and p = 1.

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
    found = {name: estimates(one, parsed, resamples, seed) for name, one in used.items()}
    trials = used[baseline].trials
    shared = {"policy": policy, "n_genuine": trials.n_genuine, "n_impostor": trials.n_impostor}
    shared["n_subjects"] = trials.clusters[0]
    rows = [
        {"aligner": name, "metric": metric, **shared}
        | _row(found[name][metric], found[baseline][metric], tail)
        for name in used
        for metric in parsed
    ]
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
    scores: Scores, metrics: Mapping[str, Metric], resamples: int, seed: Seed
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
            name: _joined(note, "" if note == str(error) else f"no interval: {error}")
            for name, (_, note) in measures.items()
        }
        return {name: Estimate(one.value, notes[name]) for name, one in measures.items()}
    found: dict[str, Estimate] = {}
    resamplers: dict[str, Resample] = {}
    for name, metric in metrics.items():
        value, note = metric.measure(scores, ranked.roc)
        folds = metric.folds(scores) if isfinite(value) else None
        if folds is not None:
            note += "; interval and p by Student's t over the folds"
        elif isfinite(value) and ranked.n_subjects < FEWEST_SUBJECTS:
            few = f"no interval: {ranked.n_subjects} subjects, at least {FEWEST_SUBJECTS} wanted"
            note = _joined(note, few)
        elif isfinite(value):
            resamplers[name] = metric.resampler(ranked)
        found[name] = Estimate(value, note, None, folds)
    samples = _resampled(ranked, resamplers, resamples, seed)
    return {name: one._replace(samples=samples.get(name)) for name, one in found.items()}


def _resampled(
    ranked: Ranked, resamplers: Mapping[str, Resample], resamples: int, seed: Seed
) -> dict[str, FloatArray]:
    if not resamplers:
        return {}
    parts: dict[str, list[FloatArray]] = {name: [] for name in resamplers}
    size = int(np.clip(_CHUNK_WEIGHTS // len(ranked.scores.trials), 1, 64))
    for subjects in _weight_chunks(ranked.n_subjects, resamples, seed, size):
        weighted = Weighted(ranked, subjects)
        for name, resample in resamplers.items():
            parts[name].append(resample(weighted))
    return {name: np.concatenate(part) for name, part in parts.items()}


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
        "note": _joined(one.note, own.note, gap.note if gap.note != own.note else ""),
    }


def interval(one: Estimate, tail: float) -> Interval:
    """The interval that leaves out `tail` on either side; NaN where there is none."""
    if one.folds is not None:
        return student(one.value, one.folds, tail)
    return Interval() if one.samples is None else percentile(one.samples, tail)


def _difference(one: Estimate, base: Estimate, tail: float) -> Interval:
    if one is base and isfinite(one.value):
        return Interval(0.0, 0.0, 1.0)
    return interval(one.minus(base), tail)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
