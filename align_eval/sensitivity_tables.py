"""What moved landmarks cost: curves over the level, alignment budgets, contrasts, replays.

A value at a level is the mean over the repeats. Its interval resamples subjects, the same for all
sweeps of the same people, and with each of these draws the repeats: what is paired cancels in every
difference, between levels, kinds, and spectra.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._intervals import percentile
from align_eval.contrast import subjects_of
from align_eval.dataset import Dataset
from align_eval.metrics import Metric, parse_metric
from align_eval.parts import divided
from align_eval.perturbation import PARTS, POINTS
from align_eval.resample import Estimate, estimates, interval
from align_eval.result import (
    BUDGET_COLUMNS,
    CONTRAST_COLUMNS,
    CURVE_COLUMNS,
    RANK_COLUMNS,
    REPLAY_COLUMNS,
)
from align_eval.scores import Scores
from align_eval.sensitivity import BASIC, REPLAY, Sweep
from align_eval.study import Study

FloatArray = NDArray[np.float64]
WHOLE = ""
"""The part of all trials, which is of no attribute."""
_STREAM = 0x73656E73
_GROUPS = {"point": POINTS, "direction": BASIC[1:]}


class Place(NamedTuple):
    """Where something was measured: a data set and a pipeline; of which probes."""

    dataset: str
    pipeline: str
    attribute: str = WHOLE
    part: str = WHOLE


class Way(NamedTuple):
    """A kind of perturbation, or an aligner's residuals (`align_eval.sensitivity.Sweep`)."""

    kind: str
    aligner: str


class Loss(NamedTuple):
    """A metric at a level, and its difference to the baseline."""

    value: Estimate
    delta: Estimate
    spread: float
    """Standard deviation of the difference over the repeats; NaN for one."""


Curve = Mapping[float, Loss]
"""Level → loss, in ascending order."""


@dataclass
class Sensed:
    """Collects the scores of sweeps, data set by data set, and makes tables of them.

    Parameters
    ----------
    study : Study
        With a sensitivity; its metrics, baseline, seed, resamples and confidence count, and its
        first policy says what failures to acquire do (with ``"exclude"`` a trial counts where
        the sweep and the baseline succeed).
    """

    study: Study
    _curves: dict[tuple[Place, Way, str], dict[float, Loss]] = field(default_factory=dict)
    _real: dict[tuple[Place, str, str], Estimate] = field(default_factory=dict)
    _people: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(
        self,
        key: tuple[str, str],
        dataset: Dataset,
        scores: Mapping[str, Scores],
        swept: Mapping[Sweep, Scores],
    ) -> None:
        """Take in one data set and pipeline.

        Parameters
        ----------
        key : tuple of str
            Their names.
        dataset : Dataset
            Whose probes have attributes.
        scores : mapping
            Aligner → scores, of the baseline and of what is replayed.
        swept : mapping
            Sweep → scores on the same trials.
        """
        base = scores[self.study.baseline]
        self._people[key[0]] = subjects_of(base.trials)
        place = Place(*key)
        self._measure(place, base, swept)
        table = self.study.sensitivity
        for aligner in table.replay if table else ():
            for name, gap in self._gap(scores[aligner], base).items():
                self._real[place, aligner, name] = gap[1]
        jitter = {sweep: one for sweep, one in swept.items() if sweep.kind == "jitter"}
        for attribute, part, mask in self._parts(dataset, base):
            own = {sweep: one.only(mask) for sweep, one in jitter.items()}
            self._measure(Place(*key, attribute, part), base.only(mask), own)

    def _parts(
        self, dataset: Dataset, base: Scores
    ) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
        trials, table = base.trials, self.study.sensitivity
        for attribute in table.by if table else ():
            first = [trials.faces_of_probe(name)[0] for name in trials.probes]
            parts = divided(map(dataset.face, first), attribute)
            names = np.array([parts.of[face] for face in first], dtype=object)
            for part in parts.order if parts.given else ():
                mask = (names == part)[trials.probe_index]
                genuine = np.count_nonzero(trials.genuine & mask)
                if 0 < genuine < np.count_nonzero(mask):
                    yield attribute, part, mask

    @property
    def _metrics(self) -> dict[str, Metric]:
        return {one.name: one for one in map(parse_metric, self.study.metrics)}

    def _estimates(self, scores: Scores) -> dict[str, Estimate]:
        return estimates(scores, self._metrics, self.study.resamples, self.study.seed)

    def _gap(self, one: Scores, base: Scores) -> dict[str, tuple[Estimate, Estimate]]:
        """Each metric, and its difference to the baseline."""
        if self.study.policies[:1] == ("exclude",):
            both = ~(one.failed | base.failed)
            one, base = one.only(both), base.only(both)
        own, other = self._estimates(one), self._estimates(base)
        return {name: (own[name], own[name].minus(other[name])) for name in own}

    def _measure(self, place: Place, base: Scores, swept: Mapping[Sweep, Scores]) -> None:
        found: dict[tuple[Way, float], list[dict[str, tuple[Estimate, Estimate]]]] = {}
        for sweep, scores in swept.items():
            own = found.setdefault((Way(sweep.kind, sweep.aligner), sweep.level), [])
            own.append(self._gap(scores, base))
        for (way, level), repeats in found.items():
            for name in self._metrics:
                values = [one[name][0] for one in repeats]
                deltas = [one[name][1] for one in repeats]
                spread = float(np.std([d.value for d in deltas], ddof=1)) if deltas[1:] else nan
                loss = Loss(self._mean(values), self._mean(deltas), spread)
                self._curves.setdefault((place, way, name), {})[level] = loss

    def _mean(self, repeats: Sequence[Estimate]) -> Estimate:
        """The mean over repeats, which are drawn anew in each resample."""
        if len(repeats) == 1:
            return repeats[0]
        note = next((one.note for one in repeats if one.note), "")
        # Redrawn, they would have the repeats' spread, too, which is none of pairs of people.
        pairs = [one.pairs for one in repeats if one.pairs is not None]
        return repeats[0]._replace(
            value=float(np.mean([one.value for one in repeats])),
            note=note,
            samples=self._drawn([one.samples for one in repeats]),
            pairs=np.mean(pairs, axis=0) if len(pairs) == len(repeats) else None,
        )

    def _drawn(self, repeats: Sequence[FloatArray | None]) -> FloatArray | None:
        known = [one for one in repeats if one is not None]
        if len(known) < len(repeats):
            return None
        stacked = np.stack(known)
        rng = np.random.default_rng([self.study.seed, _STREAM])
        drawn = rng.integers(len(stacked), size=stacked.shape)
        mean: FloatArray = np.take_along_axis(stacked, drawn, axis=0).mean(axis=0)
        return mean

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of `align_eval.result.Result` that are about sensitivity."""
        return {
            "sensitivity": _frame(self._curve_rows(), CURVE_COLUMNS),
            "budgets": _frame(self._budget_rows(), BUDGET_COLUMNS),
            "contrasts": _frame(self._contrast_rows(), CONTRAST_COLUMNS),
            "ranks": _frame(self._rank_rows(), RANK_COLUMNS),
            "replays": _frame(self._replay_rows(), REPLAY_COLUMNS),
        }

    @property
    def _tail(self) -> float:
        return (1 - self.study.confidence) / 2

    def _curve_rows(self) -> Iterator[tuple[Any, ...]]:
        for (place, way, metric), curve in self._curves.items():
            for level, loss in sorted(curve.items()):
                own, gap = (interval(one, self._tail) for one in (loss.value, loss.delta))
                yield (
                    *place,
                    *way,
                    level,
                    metric,
                    loss.value.value,
                    own.low,
                    own.high,
                    loss.delta.value,
                    gap.low,
                    gap.high,
                    loss.spread,
                    loss.value.note or own.note or gap.note,
                )

    def _budget_rows(self) -> Iterator[tuple[Any, ...]]:
        for (place, way, metric), curve in self._curves.items():
            if not way.aligner:
                one = budget(curve, self._allowed(metric))
                numbers = percentile_or_beyond(one.samples, self._tail)
                yield (*place, *way, metric, self._loss, one.value, *numbers, max(curve), one.note)

    @property
    def _loss(self) -> float:
        return self.study.sensitivity.loss if self.study.sensitivity else nan

    def _allowed(self, metric: str) -> float:
        """The difference that is the loss: negative where higher is better."""
        return -self._loss if self._metrics[metric].higher_is_better else self._loss

    def _contrast_rows(self) -> Iterator[tuple[Any, ...]]:
        """Data sets against each other, way by way and level by level."""
        for (place, way, metric), (other, theirs) in self._pairs():
            mine = self._curves[place, way, metric]
            for level in mine:
                if level in theirs:
                    gap = self._between(
                        (place.dataset, mine[level].delta), (other.dataset, theirs[level].delta)
                    )
                    bounds = interval(gap, self._tail)
                    yield (
                        place.dataset,
                        other.dataset,
                        place.pipeline,
                        *way,
                        level,
                        metric,
                        gap.value,
                        bounds.low,
                        bounds.high,
                        bounds.p,
                        gap.note or bounds.note,
                    )

    def _pairs(self) -> Iterator[tuple[tuple[Place, Way, str], tuple[Place, Curve]]]:
        for (first, one), (second, _) in combinations(self._curves.items(), 2):
            place, other = first[0], second[0]
            alike = first[1:] == second[1:] and place[1:] == other[1:]
            if alike and place.attribute == WHOLE and one:
                yield first, (other, self._curves[second])

    def _between(self, one: tuple[str, Estimate], other: tuple[str, Estimate]) -> Estimate:
        """A difference of differences: paired where both data sets have the same people."""
        (first, mine), (second, theirs) = one, other
        if self._people[first] == self._people[second] or theirs.samples is None:
            return mine.minus(theirs)
        rng = np.random.default_rng([self.study.seed, _STREAM, 2])
        return mine.minus(theirs._replace(samples=rng.permutation(theirs.samples)))

    def _rank_rows(self) -> Iterator[tuple[Any, ...]]:
        """Points, and directions, by what they cost at the reference level."""
        table = self.study.sensitivity
        level = table.reference if table else nan
        places = dict.fromkeys(key[0] for key in self._curves if key[0].attribute == WHOLE)
        for place in places:
            for metric, one in self._metrics.items():
                sign = -1 if one.higher_is_better else 1
                for group, kinds in _GROUPS.items():
                    curves = {
                        kind: self._curves.get((place, Way(kind, ""), metric), {}) for kind in kinds
                    }
                    found = {k: own[level].delta for k, own in curves.items() if level in own}
                    yield from self._ranked((*place[:2], group), level, metric, found, sign)

    def _ranked(
        self,
        place: tuple[str, ...],
        level: float,
        metric: str,
        found: Mapping[str, Estimate],
        sign: int,
    ) -> Iterator[tuple[Any, ...]]:
        order = sorted(found, key=lambda kind: -sign * found[kind].value)
        for kind in order:
            behind = found[order[0]].minus(found[kind])
            bounds = interval(behind, self._tail)
            if kind == order[0]:
                bounds = bounds._replace(low=0.0, high=0.0, p=1.0)
            told = self._told(found[kind])
            yield (*place, kind, level, metric, *told, behind.value, *bounds[:3])

    def _replay_rows(self) -> Iterator[tuple[Any, ...]]:
        """What aligners really lose, beside their residuals replayed, and each part of them."""
        for (place, aligner, metric), real in self._real.items():
            yield (*place[:2], aligner, "real", 1.0, metric, *self._told(real), nan, nan, nan)
            for kind in (REPLAY, *PARTS):
                curve = self._curves.get((place, Way(kind, aligner), metric), {})
                for level, loss in sorted(curve.items()):
                    gap = loss.delta.minus(real)
                    told = self._told(loss.delta)
                    yield (*place[:2], aligner, kind, level, metric, *told, *self._told(gap))

    def _told(self, one: Estimate) -> tuple[float, float, float]:
        bounds = interval(one, self._tail)
        return one.value, bounds.low, bounds.high


def budget(curve: Curve, allowed: float) -> Estimate:
    """The level at which a loss is reached, and on every resample; ∞ where it is not reached.

    Between levels the difference is taken to be linear, from 0 at level 0, and never to shrink
    again: what a level costs, all higher ones cost at least.

    Parameters
    ----------
    curve : Curve
        The losses.
    allowed : float
        The difference that is the loss: positive for an error, negative for a rate of success.
    """
    levels = np.array([0.0, *sorted(curve)])
    losses = [curve[level].delta for level in levels[1:]]
    value = _crossing(levels, np.array([[one.value for one in losses]]) / allowed)[0]
    note = next((one.note for one in losses if one.note), "")
    samples = [one.corrected for one in losses]
    known = [one for one in samples if one is not None]
    if len(known) < len(losses):
        return Estimate(float(value), note)
    drawn = np.stack(known, axis=1)
    return Estimate(float(value), note, _crossing(levels, drawn / allowed))


def _crossing(levels: FloatArray, losses: FloatArray) -> FloatArray:
    """(N,) where each of (N, L) losses, in units of what is allowed, first reaches 1."""
    grown = np.maximum.accumulate(np.pad(losses, ((0, 0), (1, 0))), axis=1)
    reached = grown >= 1
    last = np.argmax(reached, axis=1)
    rows = np.arange(len(grown))
    before = grown[rows, np.maximum(last - 1, 0)]
    step = np.where(reached.any(axis=1), grown[rows, last] - before, nan)
    share = np.divide(1 - before, step, out=np.full(len(grown), nan), where=step > 0)
    found = levels[np.maximum(last - 1, 0)] + share * (levels[last] - levels[last - 1])
    undefined = np.isnan(losses).any(axis=1)
    return np.where(undefined, nan, np.where(reached.any(axis=1), found, inf))


def percentile_or_beyond(samples: FloatArray | None, tail: float) -> tuple[float, float]:
    """The interval of values that may be ∞: a bound is ∞ where so many of them are.

    >>> percentile_or_beyond(np.array([1.0, 2.0, np.inf, np.inf]), 0.25)
    (1.0, inf)
    """
    if samples is None or np.isnan(samples).mean() > 0.1:
        return nan, nan
    usable = np.sort(samples[~np.isnan(samples)])
    if np.isfinite(usable).all():
        one = percentile(usable, tail)
        return one.low, one.high
    low = int(np.floor(tail * (len(usable) - 1)))
    return float(usable[low]), float(usable[len(usable) - 1 - low])


def _frame(rows: Iterable[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))
