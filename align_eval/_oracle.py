"""The rejection that leaves the fewest errors at a threshold: no order of rejecting does better."""

from typing import NamedTuple

import numpy as np

from align_eval._left import Units
from align_eval._rates import at_equal_error, at_far
from align_eval.curves import FloatArray, Roc, ratio
from align_eval.errors import MetricError
from align_eval.scores import Scores

_MOST = 100  # of a search that takes a few


class Oracle(NamedTuple):
    """Genuine trials of each unit of rejection, and how many of them fail.

    Parameters
    ----------
    failing, genuine : (U,) float64
        Counts.
    """

    failing: FloatArray
    genuine: FloatArray

    @classmethod
    def of(cls, scores: Scores, units: Units, target: float | None) -> "Oracle":
        """At the threshold of all trials: that of a FAR, or of the equal error."""
        mated, count = scores.trials.genuine, len(units.quality)
        threshold = _threshold(scores, target)
        fails = np.where(np.isnan(threshold), np.nan, scores.genuine < threshold)
        sides = (np.bincount(units.of[mated], times, count) for times in (fails, None))
        return cls(*(side.astype(np.float64) for side in sides))

    @property
    def start(self) -> float:
        """The FRR of all trials."""
        return float(ratio(self.failing.sum(), self.genuine.sum()))

    @property
    def cost(self) -> FloatArray:
        """(U,) what each unit adds to the errors of all trials; see `least`."""
        return self.failing - self.start * self.genuine

    def least(self, steps: FloatArray) -> FloatArray:
        """(K,) the least FRR that rejecting so many units leaves.

        A ratio of sums over a subset of a known size is least without the units that are largest
        in failing − λ · genuine, λ being that very ratio: it is found by repeating this
        (Dinkelbach, Management Science 13(7), 1967). Units with the same two counts are alike.

        Parameters
        ----------
        steps : (K,) float64
            Whole numbers below U.
        """
        counts = np.stack(self, axis=1)
        kinds, many = np.unique(counts, axis=0, return_counts=True)
        failing, genuine = kinds.T
        best = np.full(len(steps), self.start)
        for _ in range(_MOST):
            cost = failing - best[:, None] * genuine
            order = np.lexsort((np.broadcast_to(genuine, cost.shape), -cost), axis=-1)
            held = many[order]
            gone = np.clip(steps[:, None] - (np.cumsum(held, axis=1) - held), 0, held)
            less, fewer = (np.sum(gone * side[order], axis=1) for side in (failing, genuine))
            found = ratio(self.failing.sum() - less, self.genuine.sum() - fewer)
            if np.array_equal(found, best, equal_nan=True):
                break
            best = found
        return best


def _threshold(scores: Scores, target: float | None) -> float:
    """NaN without genuine or impostor trials."""
    try:
        roc = Roc.of(scores)
    except MetricError:
        return float("nan")
    return float(roc.thresholds[at_equal_error(roc) if target is None else at_far(roc, target)])
