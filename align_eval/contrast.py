"""Verification figures of one study set against each other, across data sets and pipelines too.

Within one table, aligners are compared on the same trials (`align_eval.resample.compare`). Two
figures of different tables have trials of their own; what they may share is the people. Where the
subjects of both are the same by name, both see the same draws of subjects, so that what is easy or
hard about a person cancels in the difference. Elsewhere their draws are independent of each other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from align_eval._intervals import Interval
from align_eval.dataset import Trials
from align_eval.metrics import parse_metric
from align_eval.quantity import Quantity
from align_eval.resample import (
    Estimate,
    estimates,
    interval,
    require_same_trials,
    same_trials,
    under,
)
from align_eval.result import Key
from align_eval.scores import Scores


class Side(NamedTuple):
    """A figure with the trials that it is over; no trials where there are no scores."""

    estimate: Estimate
    trials: Trials | None = None


@dataclass(frozen=True, eq=False)
class Bench:
    """Figures of a study's scores. Scores are looked up, and resampled, once at most.

    Parameters
    ----------
    scores : mapping of Key to Scores
        Of every aligner behind every pipeline, on the same trials within a data set and pipeline.
    wanted : mapping of Key to names
        Which metrics will be asked of which scores, by their canonical names; what is asked
        together is resampled together.
    baseline : str
        The aligner that differences are to.
    policy : str
        What failures to acquire do; see `align_eval.resample.POLICIES`. ``"exclude"`` looks at
        every aligner of the same data set and pipeline.
    resamples, seed : int
        Of the bootstrap. Figures over the same subjects as the first one have the intervals of
        `align_eval.resample.compare` with this seed.
    """

    scores: Mapping[Key, Scores]
    wanted: Mapping[Key, Collection[str]]
    baseline: str
    policy: str = "reject"
    resamples: int = 1000
    seed: int = 0
    _used: dict[Key, Scores] = field(default_factory=dict, init=False, repr=False)
    _known: dict[tuple[Key, int], dict[str, Estimate]] = field(
        default_factory=dict, init=False, repr=False
    )

    def sides(self, keys: Iterable[Key], quantity: Quantity) -> list[Side]:
        """One figure each, to be compared with one another.

        Draws are those of the seed for the subjects of the first figure, and for each further
        set of subjects other ones.

        Raises
        ------
        DataError
            The scores of an aligner and the baseline are over different trials.
        """
        streams: dict[frozenset[str], int] = {}
        return [self._side(key, quantity, streams) for key in keys]

    def _side(self, key: Key, quantity: Quantity, streams: dict[frozenset[str], int]) -> Side:
        base = key._replace(aligner=self.baseline)
        for needed in (key, base) if quantity.gap else (key,):
            if needed not in self.scores:
                return Side(Estimate(float("nan"), f"there are no scores of {_named(needed)}"))
        trials = self._scores(key).trials
        stream = streams.setdefault(subjects_of(trials), len(streams))
        own = self._estimates(key, stream)[quantity.metric]
        if quantity.gap:
            own = own.minus(self._estimates(base, stream)[quantity.metric])
        return Side(own, trials)

    def _scores(self, key: Key) -> Scores:
        """As the policy counts them; read with all that belong to the same table."""
        if key not in self._used:
            having = self.wanted if self.policy == "reject" else self.scores
            table = [one for one in having if one[:2] == key[:2] and one in self.scores]
            found = {one.aligner: self.scores[one] for one in table}
            require_same_trials(found, key.aligner)
            counted = under(self.policy, found)
            self._used.update({one: counted[one.aligner] for one in table if one in self.wanted})
        return self._used[key]

    def _estimates(self, key: Key, stream: int) -> dict[str, Estimate]:
        if (key, stream) not in self._known:
            metrics = {name: parse_metric(name) for name in self.wanted[key]}
            seed = (self.seed, stream) if stream else self.seed
            found = estimates(self._scores(key), metrics, self.resamples, seed)
            self._known[key, stream] = found
        return self._known[key, stream]


def contrast(left: Side, right: Side, confidence: float) -> tuple[float, Interval]:
    """The difference left − right, and its interval; both of the same `Bench.sides`.

    A metric over folds has an interval only where both sides have the same trials, and so the
    same folds. Where there is no interval, its note says why.
    """
    gap, note = _paired(left, right)
    found = interval(gap, (1 - confidence) / 2)
    if np.isfinite(found.low):
        return gap.value, found
    return gap.value, found._replace(note=found.note or note or gap.note)


def _paired(left: Side, right: Side) -> tuple[Estimate, str]:
    (one, own), (other, others) = left, right
    over_folds = one.folds is not None and other.folds is not None
    if not over_folds or own is None or others is None or same_trials(own, others):
        return one.minus(other), ""
    gap = one._replace(folds=None).minus(other._replace(folds=None))
    return gap, "the metric's interval is that of its folds, and the two have different trials"


def subjects_of(trials: Trials) -> frozenset[str]:
    """The subjects that some trial involves.

    Examples
    --------
    >>> trials = Trials.pairs(["a", "a"], ["b", "c"], {"a": "Ann", "b": "Ann", "c": "Bo"})
    >>> sorted(subjects_of(trials)), sorted(subjects_of(trials.only(trials.genuine)))
    (['Ann', 'Bo'], ['Ann'])
    """
    sides = (
        (trials.reference_subjects, trials.reference_index),
        (trials.probe_subjects, trials.probe_index),
    )
    return frozenset(owners[i] for owners, index in sides for i in np.unique(index))


def _named(key: Key) -> str:
    return f"{key.dataset}/{key.pipeline}:{key.aligner}"
