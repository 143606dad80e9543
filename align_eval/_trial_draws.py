"""Draws of millions of trials with replacement, as the ROCs that they make.

A draw of a million trials is one multinomial vector. Most trials matter to it only by whether they
lie above or below a few thresholds, so that they are drawn as counts of classes of trials that no
threshold in question tells apart. In question are all thresholds of a small ROC; of a large one
those that lie within `_REACH` standard deviations of a metric's operating point, at most
`_POINTS` for each metric: the draws are exact, and an operating point is at worst
2 · `_REACH` / `_POINTS` = 0.07 standard deviations too strict.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from align_eval import _rates as rates
from align_eval._influence import places
from align_eval._metric import CurveMetric
from align_eval.curves import IntArray, Roc
from align_eval.scores import Scores

_REACH = 8.0  # standard deviations on either side of an operating point
_POINTS = 240
_FEW = 2048  # thresholds of a ROC that is small
_CROWDED = 10  # trials of a class from which on it is drawn as one count


def kept_thresholds(roc: Roc, metrics: Sequence[CurveMetric]) -> Roc:
    """The ROC at the thresholds in question; the lowest is among them."""
    if len(roc) <= _FEW:
        return roc
    last = len(roc) - 1
    spans = [_span(roc, metric) for metric in metrics]
    ends = [(max(low, 0), min(high, last)) for low, high in spans]
    inside = [
        np.linspace(low, high, min(_POINTS, high - low + 1)).round().astype(np.intp)
        for low, high in ends
    ]
    keep = np.unique(np.concatenate([np.array([0, last]), *inside]))
    return replace(
        roc,
        thresholds=roc.thresholds[keep],
        accepted_genuine=roc.accepted_genuine[keep],
        accepted_impostor=roc.accepted_impostor[keep],
    )


def _span(roc: Roc, metric: CurveMetric) -> tuple[int, int]:
    """Between which thresholds draws may put a metric's operating point."""
    point = metric.form.at
    if point is None:
        return _equal_error_span(roc)
    k = int(point.find(roc, metric.target))
    if point.rate is None:
        return k, k
    accepted = roc.accepted_impostor
    most = metric.target * (point.trials(roc) if point.trials else 0)
    reach = _REACH * sqrt(most + 4)
    low, high = np.searchsorted(accepted, [most - reach, most + reach])
    return min(int(low) - 1, k), max(int(high) + 1, k)


def _equal_error_span(roc: Roc) -> tuple[int, int]:
    middle = int(rates.at_equal_error(roc))
    gap = roc.far - roc.frr
    far, frr = roc.far[middle], roc.frr[middle]
    variance = (far + 4 / roc.n_impostor) / roc.n_impostor + (frr + 4 / roc.n_genuine) / (
        roc.n_genuine
    )
    reach = _REACH * sqrt(variance)
    low, high = np.searchsorted(gap, [-reach, reach])
    return min(int(low) - 1, middle), max(int(high) + 1, middle)


@dataclass(frozen=True, eq=False)
class DrawnRoc:
    """The ROCs of B draws of the trials, as one `align_eval.curves.Curve`.

    Parameters
    ----------
    roc : Roc
        That of the trials themselves, whose thresholds these are.
    genuine, impostor : (B, K) int64
        How many drawn trials are accepted at each threshold.
    """

    roc: Roc
    genuine: IntArray
    impostor: IntArray

    @cached_property
    def n_genuine(self) -> IntArray:
        """(B,) all of the side, always as many as there are."""
        return np.full(len(self.genuine), self.roc.n_genuine, dtype=np.int64)

    @cached_property
    def n_impostor(self) -> IntArray:
        """(B,) all of the side."""
        return np.full(len(self.impostor), self.roc.n_impostor, dtype=np.int64)

    @property
    def failed_genuine(self) -> IntArray:
        """(B,) drawn trials with a failure to acquire."""
        return self.n_genuine - self.genuine[:, -1]

    @property
    def failed_impostor(self) -> IntArray:
        """(B,) drawn trials with a failure to acquire."""
        return self.n_impostor - self.impostor[:, -1]

    def accepted(self, indices: NDArray[np.intp]) -> tuple[IntArray, IntArray]:
        """(B, M) accepted trials at M thresholds."""
        return self.genuine[:, indices], self.impostor[:, indices]

    def accepted_each(self, index: NDArray[np.intp]) -> tuple[IntArray, IntArray]:
        """(B,) accepted trials, each draw at its own threshold."""
        rows = np.arange(len(self.genuine))
        return self.genuine[rows, index], self.impostor[rows, index]


def draws(
    scores: Mapping[str, Scores], kept: Mapping[str, Roc], resamples: int, seed: int
) -> dict[str, DrawnRoc]:
    """Each system's ROCs, over the same draws for all."""
    generators = [np.random.default_rng([seed, side]) for side in range(2)]
    sizes = [len(kept[name]) for name in scores]
    sides = []
    for kind, generator in zip(("genuine", "impostor"), generators, strict=True):
        levels = [places(getattr(scores[name], kind), kept[name]) for name in scores]
        classes = _Classes.of(levels)
        sides.append(_counts(classes, sizes, resamples, generator))
    return {
        name: DrawnRoc(kept[name], genuine, impostor)
        for name, genuine, impostor in zip(scores, *sides, strict=True)
    }


@dataclass(frozen=True, eq=False)
class _Classes:
    """Trials by their levels in every system: crowded classes, and trials on their own.

    Parameters
    ----------
    crowded : (C,) int
        How many trials each crowded class has.
    of_crowded : tuple of (C,) int
        For each system the level of each class.
    of_single : tuple of (S,) int
        For each system the level of each other trial.
    """

    crowded: IntArray
    of_crowded: tuple[NDArray[np.intp], ...]
    of_single: tuple[NDArray[np.intp], ...]

    @classmethod
    def of(cls, levels: Sequence[NDArray[np.intp]]) -> "_Classes":
        """Classes of trials with (T,) levels in each system."""
        number = np.zeros(len(levels[0]), dtype=np.intp)
        for level in levels:
            number = _renumbered(number * (int(level.max()) + 1) + level)
        sizes = np.bincount(number)
        first = np.zeros(len(sizes), dtype=np.intp)
        first[number] = np.arange(len(number))
        many = sizes > _CROWDED
        alone = np.flatnonzero(~many[number])
        return cls(
            sizes[many],
            tuple(level[first[many]] for level in levels),
            tuple(level[alone] for level in levels),
        )

    @property
    def trials(self) -> int:
        """How many there are."""
        return int(self.crowded.sum()) + len(self.of_single[0])

    def drawn(
        self, resamples: int, generator: np.random.Generator
    ) -> Iterator[tuple[IntArray, NDArray[np.intp]]]:
        """For each draw: how many of each crowded class, and which of the other trials."""
        singles = len(self.of_single[0])
        shares = np.append(self.crowded, singles) / self.trials
        for _ in range(resamples):
            counts = generator.multinomial(self.trials, shares)
            yield counts[:-1], generator.integers(max(singles, 1), size=counts[-1])


def _renumbered(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Numbers from 0 instead, with none left out; without sorting where they are not too large."""
    size = int(numbers.max()) + 1
    if size > 8 * len(numbers) + _FEW:
        return np.unique(numbers, return_inverse=True)[1].astype(np.intp)
    used = np.zeros(size, dtype=bool)
    used[numbers] = True
    return (np.cumsum(used) - 1)[numbers]


def _counts(
    classes: _Classes, sizes: Sequence[int], resamples: int, generator: np.random.Generator
) -> list[IntArray]:
    """For each system (B, K) accepted trials of each draw at its K thresholds."""
    found = [np.empty((resamples, size), dtype=np.int64) for size in sizes]
    for row, (crowd, single) in enumerate(classes.drawn(resamples, generator)):
        for system, size in enumerate(sizes):
            some = np.bincount(classes.of_crowded[system], crowd, size + 1)
            own = np.bincount(classes.of_single[system][single], minlength=size + 1)
            found[system][row] = np.cumsum((some + own)[:size])
    return found
