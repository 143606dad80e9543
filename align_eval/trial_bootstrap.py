"""Intervals where no subject is known: trials are drawn, each for itself, and systems in pairs.

Genuine and impostor trials are drawn with replacement, as many of each side as there are, and every
system sees the same draws. That is right where no two trials share a subject, and else gives
intervals that are too short: who knows the subjects uses `align_eval.resample`.

How a million trials are drawn in no time is told in `align_eval._trial_draws`.

AUC and d′ have no operating point. Their variance is that of the mean of what each trial adds to
them (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988, for the AUC), and their intervals are
normal, that of the AUC on the logit scale. Where all genuine trials are accepted, or all rejected,
every draw says the same; the bound is then the exact binomial one (Clopper and Pearson, Biometrika
26, 1934). Accuracy over folds has Student's interval over the folds, as everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr, ndtri

from align_eval._influence import influence
from align_eval._intervals import Interval, percentile, student
from align_eval._metric import CurveMetric, Metric
from align_eval._trial_draws import DrawnRoc, draws, kept_thresholds
from align_eval.curves import FloatArray, Roc
from align_eval.errors import MetricError
from align_eval.metrics import parse_metric
from align_eval.resample import adjusted, require_same_trials
from align_eval.scores import Scores

_NAN = float("nan")


def compare_trials(
    scores: Mapping[str, Scores],
    baseline: str,
    metrics: Sequence[str],
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Every metric of every system, and its paired difference to a baseline, drawing trials.

    Parameters
    ----------
    scores : mapping of str to Scores
        The systems' scores on the same trials.
    baseline : str
        One of the systems.
    metrics : sequence of str
        See `align_eval.metrics.METRICS`.
    resamples : int
        Number of draws.
    confidence : float
        Coverage of the intervals, between 0 and 1.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        `align_eval.resample.COLUMNS`; the policy is ``"reject"``, and ``n_subjects`` and
        ``detectable`` are NaN.

    Raises
    ------
    DataError
        The scores are not over the same trials.
    """
    require_same_trials(scores, baseline)
    parsed = {metric.name: metric for metric in map(parse_metric, metrics)}
    tail = (1 - confidence) / 2
    found = _estimates(scores, parsed, resamples, seed)
    trials = scores[baseline].trials
    shared = {"policy": "reject", "n_genuine": trials.n_genuine, "n_impostor": trials.n_impostor}
    rows = [
        {"aligner": name, "metric": metric, **shared}
        | _row(found[name][metric], found[baseline][metric], tail)
        for name in scores
        for metric in parsed
    ]
    frame = adjusted(rows, baseline)
    frame[["detectable", "n_subjects"]] = _NAN
    return frame


@dataclass(frozen=True, eq=False)
class _Found:
    """One system and metric: its value, and what its interval is made of, one of three.

    `samples` are values of draws, `folds` those of folds, and `adds` (T,) what each trial adds to
    the error of the value. `sure` is how many trials the value is 0 or 1 over.
    """

    value: float
    note: str = ""
    samples: FloatArray | None = None
    folds: FloatArray | None = None
    adds: FloatArray | None = None
    is_auc: bool = False
    sure: int = 0

    def interval(self, tail: float) -> Interval:
        """Of the value."""
        if self.folds is not None:
            return student(self.value, self.folds, tail)
        if self.adds is not None:
            return _normal(self.value, self.adds, tail, on_logit=self.is_auc)
        if self.samples is None:
            return Interval()
        if self.sure and np.ptp(self.samples) == 0:
            return _exact(self.value, self.sure, tail)
        return percentile(self.samples, tail)

    def gap(self, base: "_Found", tail: float) -> Interval:
        """Of the difference to another system, draw by draw, fold by fold or trial by trial."""
        if self is base:
            return Interval(0.0, 0.0, 1.0) if isfinite(self.value) else Interval()
        delta = self.value - base.value
        if self.folds is not None and base.folds is not None:
            return student(delta, self.folds - base.folds, tail)
        if self.adds is not None and base.adds is not None:
            return _normal(delta, self.adds - base.adds, tail)
        if self.samples is not None and base.samples is not None:
            return percentile(self.samples - base.samples, tail)
        return Interval()


def _row(one: _Found, base: _Found, tail: float) -> dict[str, float | str]:
    own, gap = one.interval(tail), one.gap(base, tail)
    notes = (one.note, own.note, gap.note if gap.note != own.note else "")
    return {
        "value": one.value,
        "low": own.low,
        "high": own.high,
        "delta": one.value - base.value,
        "delta_low": gap.low,
        "delta_high": gap.high,
        "p": gap.p,
        "note": "; ".join(note for note in notes if note),
    }


def _normal(value: float, adds: FloatArray, tail: float, *, on_logit: bool = False) -> Interval:
    error = sqrt(float(np.square(adds).sum()))
    if error == 0:
        known = Interval(value, value, 1.0 if value == 0 else _NAN)
        return Interval(note="no interval: every trial adds the same") if on_logit else known
    half = -float(ndtri(tail)) * error
    p = 2 * float(ndtr(-abs(value) / error))
    if not on_logit:
        return Interval(value - half, value + half, p)
    half /= value * (1 - value)
    low, high = expit(logit(value) + np.array([-half, half]))
    return Interval(float(low), float(high), p)


def _exact(value: float, trials: int, tail: float) -> Interval:
    """The exact binomial interval of a share of none or of all trials."""
    bound = 1 - tail ** (1 / trials)
    note = f"the same in every draw: exact binomial bound over {trials} trials"
    return Interval(0.0, bound, note=note) if value == 0 else Interval(1 - bound, 1.0, note=note)


def _estimates(
    scores: Mapping[str, Scores], metrics: Mapping[str, Metric], resamples: int, seed: int
) -> dict[str, dict[str, _Found]]:
    try:
        whole = {name: Roc.of(one) for name, one in scores.items()}
    except MetricError:  # a side is empty: what there is has no interval
        return {
            name: {key: _Found(*metric.measure(one)[:2]) for key, metric in metrics.items()}
            for name, one in scores.items()
        }
    curved = [metric for metric in metrics.values() if isinstance(metric, CurveMetric)]
    curved = [metric for metric in curved if metric.name != "AUC"]
    kept = {name: kept_thresholds(roc, curved) for name, roc in whole.items()}
    drawn = draws(scores, kept, resamples, seed) if curved else {}
    return {
        name: {
            key: _found(one, whole[name], metric, drawn.get(name))
            for key, metric in metrics.items()
        }
        for name, one in scores.items()
    }


def _found(scores: Scores, roc: Roc, metric: Metric, drawn: DrawnRoc | None) -> _Found:
    value, note, resolved = metric.measure(scores, roc)
    if not isfinite(value):
        return _Found(value, note)
    if not resolved:
        return _Found(value, f"{note}; no interval")
    folds = metric.folds(scores)
    if folds is not None:
        note += "; interval and p by Student's t over the folds"
        return _Found(value, note, folds=folds)
    if metric.name in ("AUC", "d'"):
        return _Found(
            value, note, adds=influence(metric.name, scores, roc), is_auc=metric.name == "AUC"
        )
    if isinstance(metric, CurveMetric) and drawn is not None:
        samples = metric.form.of(drawn, metric.target)
        return _Found(value, note, samples=samples, sure=_sure(metric, value, roc))
    return _Found(value, f"{note}; no interval".lstrip("; "))


def _sure(metric: CurveMetric, value: float, roc: Roc) -> int:
    """Over how many trials a rate is 0 or 1; 0 for others."""
    of = metric.name.partition("@")[0]
    if metric.form.at is None or value not in (0.0, 1.0):
        return 0
    lost = (roc.failed_genuine, roc.failed_impostor) if of in ("FMR", "FNMR") else (0, 0)
    return roc.n_impostor - lost[1] if of in ("FAR", "FMR") else roc.n_genuine - lost[0]
