"""Trials weighted by their subjects, many weightings at once.

A genuine trial carries its subject's weight and an impostor trial the product of both
subjects' weights: what repeating each subject's faces that many times does to the trials between
distinct faces. Weights are integers, so that every count is exact.

`PairWeighted` weighs pairs of subjects instead: for what belongs to a pair of subjects and to
neither of them alone (see `align_eval.resample`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from align_eval.curves import FloatArray, IntArray, Roc
from align_eval.scores import Scores

Index = NDArray[np.intp]
Words = NDArray[np.uint64]

_STREAM = (1,)  # of the seeds of pairs, apart from the draws of subjects


@dataclass(frozen=True, eq=False)
class Ranked:
    """One aligner's trials, sorted once by descending score.

    Parameters
    ----------
    scores : Scores
        The trials.
    roc : Roc
        Their ROC. Its counts are positions in the two sorted lists.
    n_subjects : int
        How many subjects the trials name.
    genuine, impostor : (G,), (I,) float64
        Sorted scores; failures to acquire (−∞) come last.
    owner : (G,) int
        The subject of each genuine trial, in sorted order.
    pair : two of (I,) int
        Both subjects of each impostor trial, in sorted order.
    """

    scores: Scores
    roc: Roc
    n_subjects: int
    genuine: FloatArray
    impostor: FloatArray
    owner: Index
    pair: tuple[Index, Index]

    @classmethod
    def of(cls, scores: Scores) -> "Ranked":
        """Sort the trials.

        Raises
        ------
        MetricError
            There are no genuine or no impostor trials.
        """
        count, reference, probe = scores.trials.clusters
        order = np.argsort(-scores.values, kind="stable")
        mated = scores.trials.genuine[order]
        first, second = order[mated], order[~mated]
        return cls(
            scores,
            Roc.of(scores),
            count,
            scores.values[first],
            scores.values[second],
            reference[first],
            (reference[second], probe[second]),
        )

    @cached_property
    def pairs(self) -> tuple[Index, Index]:
        """Each pair of subjects that meet, (P,) as a number, and (I,) the place of each trial's."""
        low, high = np.minimum(*self.pair), np.maximum(*self.pair)
        found, place = np.unique(low * self.n_subjects + high, return_inverse=True)
        return found.astype(np.intp), place.astype(np.intp)


@dataclass(frozen=True, eq=False)
class Weighted:
    """Ranked trials under B weightings of their subjects.

    Parameters
    ----------
    ranked : Ranked
        The trials.
    subjects : (B, S) int64
        Each subject's weight, a whole number ≥ 0.
    """

    ranked: Ranked
    subjects: IntArray

    @cached_property
    def genuine(self) -> IntArray:
        """(B, G) weight of each genuine trial, in sorted order."""
        return np.take(self.subjects, self.ranked.owner, axis=1)

    @cached_property
    def impostor(self) -> IntArray:
        """(B, I) weight of each impostor trial, in sorted order."""
        weights = np.take(self.subjects, self.ranked.pair[0], axis=1)
        weights *= np.take(self.subjects, self.ranked.pair[1], axis=1)
        return weights

    @cached_property
    def curve(self) -> "WeightedRoc":
        """The B weighted ROCs, as one `Curve`."""
        return WeightedRoc(self.ranked.roc, _running(self.genuine), _running(self.impostor))


@dataclass(frozen=True, eq=False)
class PairWeighted(Weighted):
    """Ranked trials under B weightings of pairs of subjects; no subject's own weight changes.

    Every pair counts twice or not at all, with equal chance (Owen and Eckles, Ann. Appl. Stat. 6,
    2012): a weight of mean 1 and variance 1. Genuine trials count once.

    Parameters
    ----------
    ranked : Ranked
        The trials.
    subjects : (B, S) int64
        Ones.
    words : (B,) uint64
        The seed of each weighting. A pair's weight follows from it and from the numbers of the
        two subjects alone: other trials of the same subjects see the same weights.
    """

    words: Words

    @classmethod
    def of(cls, ranked: Ranked, words: Words) -> "PairWeighted":
        """As many weightings as there are words; see `pair_words`."""
        ones = np.ones((len(words), ranked.n_subjects), dtype=np.int64)
        return cls(ranked, ones, words)

    @cached_property
    def impostor(self) -> IntArray:
        """(B, I) weight of each impostor trial, 0 or 2, in sorted order."""
        pairs, place = self.ranked.pairs
        chance = _mixed(_mixed(pairs.astype(np.uint64)) ^ self.words[:, None])
        return np.take((chance >> np.uint64(63)).astype(np.int64) * 2, place, axis=1)


def pair_words(count: int, seed: int | Sequence[int]) -> Words:
    """(count,) seeds of as many weightings of pairs; the first ones do not depend on the count."""
    return (
        np.random.SeedSequence(seed, spawn_key=_STREAM)
        .generate_state(count, np.uint64)
        .astype(np.uint64)
    )


def _mixed(words: Words) -> Words:
    """Each word's bits mixed: the generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@dataclass(frozen=True, eq=False)
class WeightedRoc:
    """B ROCs of the same trials under different weights; they share their thresholds.

    Parameters
    ----------
    roc : Roc
        The unweighted ROC.
    genuine, impostor : (B, G + 1), (B, I + 1) int64
        Running sums of the weights in descending order of score, from 0.
    """

    roc: Roc
    genuine: IntArray
    impostor: IntArray

    @property
    def n_genuine(self) -> IntArray:
        """(B,) weight of all genuine trials."""
        return self.genuine[:, -1]

    @property
    def n_impostor(self) -> IntArray:
        """(B,) weight of all impostor trials."""
        return self.impostor[:, -1]

    @property
    def failed_genuine(self) -> IntArray:
        """(B,) weight of the genuine trials with a failure to acquire."""
        return self.n_genuine - self.genuine[:, self.roc.accepted_genuine[-1]]

    @property
    def failed_impostor(self) -> IntArray:
        """(B,) weight of the impostor trials with a failure to acquire."""
        return self.n_impostor - self.impostor[:, self.roc.accepted_impostor[-1]]

    def accepted(self, indices: Index) -> tuple[IntArray, IntArray]:
        """(B, M) accepted weights at M thresholds."""
        genuine = np.take(self.genuine, self.roc.accepted_genuine[indices], axis=1)
        return genuine, np.take(self.impostor, self.roc.accepted_impostor[indices], axis=1)

    def accepted_each(self, index: Index) -> tuple[IntArray, IntArray]:
        """(B,) accepted weights, each weighting at its own threshold."""
        rows = np.arange(len(self.genuine))
        genuine = self.genuine[rows, self.roc.accepted_genuine[index]]
        return genuine, self.impostor[rows, self.roc.accepted_impostor[index]]


def _running(weights: IntArray) -> IntArray:
    sums = np.zeros((weights.shape[0], weights.shape[1] + 1), dtype=np.int64)
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums
