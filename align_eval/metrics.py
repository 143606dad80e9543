"""Verification metrics by name; a name means one thing in code, studies, tables and files.

>>> parse_metric("TAR@FAR=0.001").name
'TAR@FAR=1e-3'
>>> parse_metric("TAR@FAR")
Traceback (most recent call last):
    ...
align_eval.errors.MetricError: metric 'TAR@FAR' wants a value, such as TAR@FAR=1e-3
>>> parse_metric("ERR")
Traceback (most recent call last):
    ...
align_eval.errors.UnknownNameError: unknown metric 'ERR'. Did you mean 'EER'? Known: ...

FAR, FRR and TAR are over all trials: a failure to acquire, of a reference or of a probe, is never
accepted and stays in the denominator. They are thereby the generalized rates (GFAR, GFRR) of
ISO/IEC 19795-1, for which failures to enrol and to acquire are rejections. FMR and FNMR are over
the trials without such failures.
``TAR@FAR=x`` is at the lowest threshold whose FAR is at most x, never interpolated, and ``FAR@T=t``
accepts scores at or above t.

Identification is of probes in a gallery (`align_eval.identification`): ``rank-k`` in a closed set,
``DIR@FPIR=x`` at rank 1 in an open one, ``rank-5 DIR@FPIR=x`` at rank 5, and ``TPIR@FPIR=x`` at any
rank. With ``over galleries`` behind it, each is the mean over the folds of the trials, each fold a
gallery of its own, as IJB-B and IJB-C have it.

>>> parse_metric("rank-5 DIR@FPIR=0.01 over galleries").name
'rank-5 DIR@FPIR=1e-2 over galleries'
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite

import numpy as np

from align_eval import _rates as rates
from align_eval._metric import (
    CurveMetric,
    Decidability,
    DetectionRate,
    FoldAccuracy,
    Form,
    Measure,
    Metric,
    Point,
    RankOneRate,
    RankRate,
    Resample,
)
from align_eval.curves import Curve, FloatArray, auc
from align_eval.errors import MetricError, UnknownNameError

__all__ = ["METRICS", "Measure", "Metric", "Resample", "parse_metric"]

_FAR = Point(rates.at_far, rates.far, lambda roc: roc.n_impostor)
_FMR = Point(rates.at_fmr, rates.fmr, lambda roc: roc.n_impostor - roc.failed_impostor)
_T = Point(rates.at_threshold)


def _at(point: Point, rate: Callable[[Curve, rates.Index], FloatArray], summary: str) -> Form:
    def of(curve: Curve, x: float) -> FloatArray:
        k = point.find(curve, x)
        found = rate(curve, k)
        # Without trials there is no rate to keep below x, and no operating point.
        return found if point.rate is None else np.where(point.rate(curve, k) <= x, found, np.nan)

    return Form(summary, rate is rates.tar, of, point)


# A metric of a ROC is one line here.
_FORMS: Mapping[str, Form] = {
    "EER": Form("(FAR + FRR) / 2 where they are nearest", False, lambda c, _: rates.eer(c)),
    "AUC": Form("area under the ROC, ties counted half", True, lambda c, _: auc(c)),
    "TAR@FAR": _at(_FAR, rates.tar, "largest TAR with FAR at most x"),
    "FRR@FAR": _at(_FAR, rates.frr, "smallest FRR with FAR at most x"),
    "FNMR@FMR": _at(_FMR, rates.fnmr, "smallest FNMR with FMR at most x"),
    "FAR@T": _at(_T, rates.far, "FAR when accepting scores from t on"),
    "FRR@T": _at(_T, rates.frr, "FRR when accepting scores from t on"),
    "TAR@T": _at(_T, rates.tar, "TAR when accepting scores from t on"),
    "FMR@T": _at(_T, rates.fmr, "FMR when accepting scores from t on"),
    "FNMR@T": _at(_T, rates.fnmr, "FNMR when accepting scores from t on"),
}
_FOLDS = re.compile(r"([0-9]+)-fold accuracy")
_IDENTIFICATION = re.compile(
    r"(?:rank-(?P<rank>[0-9]+))?\s*(?:(?P<rate>DIR|TPIR)@FPIR(?:\s*=(?P<x>.*?))?)?"
    r"(?P<mean>\s+over galleries)?"
)
_OTHERS: Mapping[str, Metric] = {
    metric.name: metric for metric in (Decidability("d'", True), RankOneRate("rank-1", True))
}


def _example(stem: str) -> str:
    at = _FORMS[stem].at
    return stem if at is None else f"{stem}={'0.5' if at is _T else '1e-3'}"


METRICS: Mapping[str, str] = {
    **{_example(stem): form.summary for stem, form in _FORMS.items()},
    "d'": "pooled standard deviations between the means of the finite scores",
    "10-fold accuracy": "mean accuracy, each fold at the threshold of the others; any number",
    "rank-1": "share of probes whose best reference is their own subject's; any rank",
    "DIR@FPIR=1e-2": "share of mates found at rank 1 and over the threshold; or rank-5 DIR@FPIR=x",
    "TPIR@FPIR=1e-2": "share of mates over the threshold, at any rank",
    "rank-1 over galleries": "mean over folds that are galleries; for every rate of identification",
}
"""Every kind of metric, by an example of its name, with what it is in one line."""


def parse_metric(name: str) -> Metric:
    """The metric of a name.

    Parameters
    ----------
    name : str
        As in `METRICS`, with any value: ``"EER"``, ``"TAR@FAR=1e-3"``, ``"FNMR@T=0.35"``,
        ``"10-fold accuracy"``. A FAR or FMR is between 0 and 1.

    Raises
    ------
    UnknownNameError
        No such metric.
    MetricError
        A metric without the value it needs, or with one that it does not take.

    Examples
    --------
    >>> parse_metric("TAR@FAR=0.01") == parse_metric("TAR@FAR=1e-2")
    True
    >>> parse_metric("5-fold accuracy").name
    '5-fold accuracy'
    """
    stem, equals, text = name.strip().partition("=")
    stem = "d'" if stem == "d′" else stem.strip()
    searched = _IDENTIFICATION.fullmatch(name.strip())
    if searched and (searched["rate"] or searched["rank"]) and stem not in _OTHERS:
        return _identification(**searched.groupdict())
    if stem in _FORMS and _FORMS[stem].at is not None:
        return _valued(stem, text.strip())
    folds = _FOLDS.fullmatch(stem)
    if not folds and stem not in _FORMS and stem not in _OTHERS:
        raise UnknownNameError("metric", name, METRICS)
    if equals:
        raise MetricError(f"metric {stem!r} takes no value, got {name!r}")
    if folds:
        return _folds(int(folds[1]))
    return _OTHERS[stem] if stem in _OTHERS else _curve_metric(stem, stem, 0.0)


def _identification(rank: str | None, rate: str | None, x: str | None, mean: str | None) -> Metric:
    if rank is not None and int(rank) < 1:
        raise MetricError(f"a rank is at least 1, got {rank}")
    over = " over galleries" if mean else ""
    if rate is None and rank is not None and int(rank) == 1 and not mean:
        return _OTHERS["rank-1"]
    if rate is None:
        return RankRate(f"rank-{int(rank or 1)}{over}", True, int(rank or 1), bool(mean))
    if rate == "TPIR" and rank is not None:
        raise MetricError(f"TPIR@FPIR is at any rank: name DIR@FPIR for rank {rank}")
    target = _number(f"{rate}@FPIR", x or "", f"{rate}@FPIR=1e-2", is_rate=True)
    limit = None if rate == "TPIR" else int(rank or 1)
    prefix = f"rank-{limit} " if limit not in (None, 1) else ""
    name = f"{prefix}{rate}@FPIR={_printed(target, True)}{over}"
    return DetectionRate(name, True, limit, bool(mean), target)


def _folds(count: int) -> Metric:
    if count < 2:
        raise MetricError(f"accuracy over folds wants at least 2 folds, got {count}")
    return FoldAccuracy(f"{count}-fold accuracy", True, count)


def _valued(stem: str, text: str) -> Metric:
    is_rate = _FORMS[stem].at is not _T
    value = _number(stem, text, _example(stem), is_rate)
    return _curve_metric(stem, f"{stem}={_printed(value, is_rate)}", value)


def _number(stem: str, text: str, example: str, is_rate: bool) -> float:
    """The value in a metric's name."""
    if not text.strip():
        raise MetricError(f"metric {stem!r} wants a value, such as {example}")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or (is_rate and not 0 <= value <= 1):
        wanted = "between 0 and 1" if is_rate else "that is finite"
        raise MetricError(f"metric {stem!r} wants a number {wanted}, got {text!r}")
    return value


def _curve_metric(stem: str, name: str, value: float) -> Metric:
    return CurveMetric(name, _FORMS[stem].higher_is_better, _FORMS[stem], value)


def _printed(value: float, is_rate: bool) -> str:
    """The shortest decimal; a rate of one digit as ``1e-3``, whatever its size.

    >>> [_printed(x, True) for x in (0.001, 0.05, 0.025, 1.5e-5, 1.0, 0.0)]
    ['1e-3', '5e-2', '0.025', '1.5e-5', '1', '0']
    >>> [_printed(x, False) for x in (0.5, -12.0, 1e-7)]
    ['0.5', '-12', '1e-7']
    """
    number = Decimal(repr(value)).normalize()
    _, digits, exponent = number.as_tuple()
    if is_rate and len(digits) == 1 and 0 < value < 1:
        return f"{digits[0]}e{exponent}"
    if value == 0 or 1e-4 <= abs(value) < 1e16:
        return f"{number + 0:f}"
    return repr(value).replace("e-0", "e-").replace("e+", "e")
