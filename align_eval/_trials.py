"""Measures of trials that no ROC holds: d′, accuracy over folds, and rank-1."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval._weighted import Weighted
from align_eval.curves import FloatArray, Roc, ratio
from align_eval.errors import MetricError
from align_eval.identification import search
from align_eval.scores import Scores


def decidability(genuine: FloatArray, impostor: FloatArray) -> float:
    """d′: how many pooled standard deviations lie between the two means.

    Daugman, Biometric decision landscapes, UCAM-CL-TR-482, 2000:
    ``(mean_g − mean_i) / √((var_g + var_i) / 2)``, with variances over n, of finite scores.

    Raises
    ------
    MetricError
        A side has no finite score, or neither side has any spread.

    Examples
    --------
    >>> decidability(np.array([3.0, 5.0]), np.array([0.0, 2.0, -np.inf]))
    3.0
    """
    sides = [side[np.isfinite(side)] for side in (genuine, impostor)]
    for side, kind in zip(sides, ("genuine", "impostor"), strict=True):
        if not len(side):
            raise MetricError(f"d' wants {kind} trials without failure to acquire; there are none")
    # Equal scores have no spread, whatever rounding makes of their variance.
    spread = np.sqrt(sum(side.var() for side in sides if np.ptp(side) > 0) / 2)
    if spread == 0:
        raise MetricError("d' is not defined: all genuine, and all impostor, scores are equal")
    return float((sides[0].mean() - sides[1].mean()) / spread)


def weighted_decidability(weighted: Weighted) -> FloatArray:
    """(B,) d′ under each weighting; NaN where it is not defined."""
    roc, ranked = weighted.ranked.roc, weighted.ranked
    genuine = ranked.genuine[: roc.n_genuine - roc.failed_genuine]
    impostor = ranked.impostor[: roc.n_impostor - roc.failed_impostor]
    mean_g, var_g = _moments(genuine, weighted.genuine[:, : len(genuine)])
    mean_i, var_i = _moments(impostor, weighted.impostor[:, : len(impostor)])
    return ratio(mean_g - mean_i, np.sqrt((var_g + var_i) / 2))


def _moments(values: FloatArray, weights: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    centre = values.mean()  # so that squares lose no digits
    gaps = values - centre
    total = weights.sum(axis=1)
    mean = ratio(weights @ gaps, total)
    variance = ratio(weights @ gaps**2, total) - mean**2
    rounding = 1e-13 * np.square(gaps).max()
    return mean + centre, np.where(variance <= rounding, 0.0 * mean, variance)


def fold_accuracies(scores: Scores, folds: int) -> FloatArray:
    """(k,) accuracy of each fold at the threshold that is best on the other folds.

    The threshold is one of the other folds' scores, or +∞ (accept nothing); of several that are
    equally good, the highest. A failed genuine trial counts as wrong. This is the protocol of
    LFW's View 2 (Huang et al., 2007) without its grid of thresholds.

    Raises
    ------
    MetricError
        The trials have no folds or another number of them, or the folds that give a threshold
        lack genuine or impostor trials.
    """
    numbers = scores.trials.fold
    if numbers is None:
        raise MetricError(f"{folds}-fold accuracy wants trials with folds; these have none")
    names = np.unique(numbers)
    if len(names) != folds:
        raise MetricError(
            f"{folds}-fold accuracy wants {folds} folds; the trials have {len(names)}"
        )
    return np.array([_fold_accuracy(scores, numbers == name) for name in names])


def _fold_accuracy(scores: Scores, tested: NDArray[np.bool_]) -> float:
    values, genuine = scores.values, scores.trials.genuine
    roc = Roc.from_scores(values[~tested & genuine], values[~tested & ~genuine])
    correct = roc.accepted_genuine - roc.accepted_impostor  # and n_impostor, the same for all
    threshold = roc.thresholds[np.argmax(correct)]
    return float(np.mean((values[tested] >= threshold) == genuine[tested]))


class RankOne(NamedTuple):
    """Which probes find their own subject first.

    `hit` (P,) is over the probes that have a mate in the gallery, `trial` is a trial of each,
    `left_out` counts the probes without a mate.
    """

    hit: NDArray[np.bool_]
    trial: NDArray[np.intp]
    left_out: int
    references: int


def rank_one(scores: Scores) -> RankOne:
    """Closed-set identification at rank 1 (ISO/IEC 19795-1), ties counted against the probe.

    A probe is found if a reference of its own subject has a higher score than every other
    subject's. A failed probe is a miss.

    Raises
    ------
    MetricError
        The trials are not every probe against every reference, or no probe has a mate.
    """
    found = search(scores)
    hit = found.within(1)[found.mated]
    left_out = int(np.count_nonzero(~found.mated))
    return RankOne(hit, found.trial[found.mated], left_out, found.references)
