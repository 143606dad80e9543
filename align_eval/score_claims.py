"""Whether a claim on verification metrics holds: by the interval of each difference.

Every two neighbouring terms are compared by their difference, factors applied, on the same draws of
subjects where they share them. A difference whose interval holds 0 decides nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from align_eval._intervals import Interval
from align_eval.contrast import Bench, Side, contrast
from align_eval.quantity import Quantity
from align_eval.result import Key
from align_eval.scores import Scores
from align_eval.statements import FAILED, HELD, UNKNOWN, Claim
from align_eval.study import Study
from align_eval.terms import COMPARES, Term


class Figure(NamedTuple):
    """What a term stands for, and how the term before it differs from it, factors applied.

    Faces are counted for landmark errors, differences taken for verification metrics.
    """

    part: str
    value: float
    n_faces: int = 0
    missed: int = 0
    pipeline: str = ""
    difference: float = np.nan
    low: float = np.nan
    high: float = np.nan


class Judged(NamedTuple):
    """What became of a claim, and the figures of each of its terms."""

    outcome: str
    reason: str
    found: Sequence[Sequence[Figure]]
    group: str = ""


def bench(study: Study, scores: Mapping[Key, Scores]) -> Bench:
    """The figures that a study's claims on verification metrics are about."""
    wanted: dict[Key, set[str]] = {}
    for claim in study.claims:
        if claim.quantity is None:
            continue
        keys = [claim.key(term) for term in claim.terms]
        if claim.quantity.gap:
            keys += [key._replace(aligner=study.baseline) for key in keys]
        for key in keys:
            wanted.setdefault(key, set()).add(claim.quantity.metric)
    policy = next(iter(study.policies), "reject")
    return Bench(scores, wanted, study.baseline, policy, study.resamples, study.seed)


def by_scores(claim: Claim, quantity: Quantity, figures: Bench, confidence: float) -> Judged:
    """Judge a claim on a verification metric.

    Parameters
    ----------
    claim : Claim
        The claim.
    quantity : Quantity
        What it compares.
    figures : Bench
        Of its study; see `bench`.
    confidence : float
        Of the intervals of the differences.
    """
    keys = [claim.key(term) for term in claim.terms]
    plain = figures.sides(keys, quantity)
    sides = [
        one._replace(estimate=one.estimate.times(term.factor))
        for term, one in zip(claim.terms, plain, strict=True)
    ]
    judge = _Judge(quantity, confidence, several=len(claim.signs) > 1)
    neighbours = zip(claim.signs, pairwise(claim.terms), pairwise(sides), strict=True)
    pairs = [judge.pair(sign, terms, both) for sign, terms, both in neighbours]
    outcome, reason = _together(pairs)
    before = [_Pair(""), *pairs]
    figures_found = [
        Figure("", one.estimate.value, 0, 0, key.pipeline, pair.gap, *pair.interval[:2])
        for key, one, pair in zip(keys, plain, before, strict=True)
    ]
    return Judged(outcome, reason, [[figure] for figure in figures_found])


class _Pair(NamedTuple):
    """One comparison of two neighbouring terms."""

    outcome: str
    reason: str = ""
    gap: float = np.nan
    interval: Interval = Interval()


def _together(pairs: Sequence[_Pair]) -> tuple[str, str]:
    """The outcome of a whole claim, and the reason where it cannot be told."""
    if any(pair.outcome == FAILED for pair in pairs):
        return FAILED, ""
    open_ones = [pair for pair in pairs if pair.outcome == UNKNOWN]
    return (UNKNOWN, open_ones[0].reason) if open_ones else (HELD, "")


class _Judge(NamedTuple):
    """How comparisons of one claim are judged; with `several`, reasons name the two terms."""

    quantity: Quantity
    confidence: float
    several: bool

    def pair(self, sign: str, terms: tuple[Term, Term], sides: tuple[Side, Side]) -> _Pair:
        for term, side in zip(terms, sides, strict=True):
            if side.trials is None:
                return _Pair(UNKNOWN, side.estimate.note)
            if np.isnan(side.estimate.value):
                why = f"the {self.quantity} of {term} is not defined: {side.estimate.note}"
                return _Pair(UNKNOWN, why)
        gap, interval = contrast(*sides, self.confidence)
        if np.isnan(interval.low):
            why = f"{self._difference(terms)} has no interval: {interval.note}"
            return _Pair(UNKNOWN, why.replace(": no interval: ", ": "), gap)
        outcome = _told(sign, gap, interval)
        reason = self._undecided(interval, terms) if outcome == UNKNOWN else ""
        return _Pair(outcome, reason, gap, interval)

    def _undecided(self, interval: Interval, terms: tuple[Term, Term]) -> str:
        span = self.quantity.span(interval.low, interval.high)
        of = f"{100 * self.confidence:g} % interval"
        if interval.low <= 0 <= interval.high:
            return f"the {of} of {self._difference(terms)}, {span}, includes 0"
        return f"{self._difference(terms)} and its {of}, {span}, have different signs"

    def _difference(self, terms: tuple[Term, Term]) -> str:
        return f"the difference of {terms[0]} and {terms[1]}" if self.several else "the difference"


def _told(sign: str, gap: float, interval: Interval) -> str:
    """The outcome of one comparison with an interval."""
    compare = COMPARES[sign]
    if gap == interval.low == interval.high == 0:
        return HELD if compare(0, 0) else FAILED
    if interval.low <= 0 <= interval.high or gap * interval.low <= 0:
        return UNKNOWN
    return HELD if compare(gap, 0) else FAILED
