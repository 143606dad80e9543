"""Intervals of error rates at a fixed threshold, in closed form and aware of identities.

Wilson's score interval wants independent trials. Trials that share a subject are not, so the
number of trials n gives way to an effective one, n* = p (1 − p) / V, with V the variance of the
rate p as `align_eval._dyads` clusters it by subject (Fogliato, Patil and Perona, Confidence
intervals for error rates in 1:1 matching tasks, IJCV 2024; their package ``cimat`` is the reference
of the tests). A genuine trial belongs to one subject, an impostor trial to two.

What is here and not there: n* is at most n; the quantile is Student's for few subjects, as in
`align_eval._intervals.critical`; and where no trial or every trial errs, so that V has no estimate,
n* is the number of trials that share no subject: of S subjects, S genuine and ⌊S / 2⌋ impostor
trials at most (``cimat`` takes all n there, as if trials were independent). Their different lower
bound at exactly one error is left out.

A threshold that was chosen on the same trials is not fixed: for ``TAR@FAR=x`` and the EER use the
bootstrap (`align_eval.resample`).
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval._dyads import sum_variance
from align_eval._intervals import critical
from align_eval.errors import ConfigError, MetricError
from align_eval.scores import Scores


class RateInterval(NamedTuple):
    """A rate with its interval.

    `error` is the standard error, NaN where no trial or every trial counts; `trials` is how many
    there are, and `effective` how many independent ones they are worth.
    """

    value: float
    low: float
    high: float
    error: float
    trials: int
    effective: float

    def complement(self) -> "RateInterval":
        """The interval of 1 − the rate: TAR from FRR."""
        return self._replace(value=1 - self.value, low=1 - self.high, high=1 - self.low)


class ErrorRates(NamedTuple):
    """Both error rates at a threshold; failures to acquire are rejected trials."""

    frr: RateInterval
    far: RateInterval

    @property
    def tar(self) -> RateInterval:
        """1 − FRR."""
        return self.frr.complement()


def error_rates(scores: Scores, threshold: float, *, confidence: float = 0.95) -> ErrorRates:
    """FRR and FAR of accepting scores from a threshold on, with identity-aware intervals.

    Parameters
    ----------
    scores : Scores
        The trials. The threshold must not have been chosen on them.
    threshold : float
        A score at or above it is accepted.
    confidence : float
        Of the intervals, between 0 and 1.

    Raises
    ------
    MetricError
        There are no genuine or no impostor trials, or those of a side involve one subject only.
    ConfigError
        A confidence outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"a confidence lies between 0 and 1, got {confidence}")
    accepted, genuine = scores.values >= threshold, scores.trials.genuine
    tail = (1 - confidence) / 2
    return ErrorRates(
        _rate(scores, genuine, ~accepted, tail), _rate(scores, ~genuine, accepted, tail)
    )


def _rate(
    scores: Scores, side: NDArray[np.bool_], wrong: NDArray[np.bool_], tail: float
) -> RateInterval:
    _, reference, probe = scores.trials.clusters
    first, second, errors = reference[side], probe[side], wrong[side].astype(np.float64)
    subjects = len(np.unique(np.concatenate([first, second])))
    if subjects < 2:
        kind = "genuine" if side is scores.trials.genuine else "impostor"
        raise MetricError(f"an interval wants {kind} trials of at least 2 subjects, got {subjects}")
    trials, rate = len(errors), float(errors.mean())
    variance = sum_variance(first, second, errors - rate) / trials**2
    disjoint = subjects if np.array_equal(first, second) else subjects // 2
    effective = min(rate * (1 - rate) / variance if variance > 0 else disjoint, trials)
    error = sqrt(variance) if variance > 0 else float("nan")
    low, high = wilson(rate, effective, critical(tail, subjects))
    return RateInterval(rate, low, high, error, trials, effective)


def wilson(rate: float, trials: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval (J. Am. Stat. Assoc. 22, 1927) of a rate over some trials.

    >>> [round(bound, 4) for bound in wilson(0.1, 100, 1.959964)]
    [0.0552, 0.1744]
    """
    square = quantile**2 / trials
    middle = (rate + square / 2) / (1 + square)
    half = quantile * sqrt((rate * (1 - rate) + square / 4) / trials) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)
