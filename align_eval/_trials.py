"""Measures of trials that no ROC holds: d′, accuracy over folds, and rank-1."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval._weighted import Weighted
from align_eval.curves import FloatArray, Roc, ratio
from align_eval.dataset import Trials
from align_eval.errors import MetricError
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
    trials, values = scores.trials, scores.values
    _, first, row = np.unique(trials.probe_index, return_index=True, return_inverse=True)
    references = _require_cross(trials, np.bincount(row))
    genuine = trials.genuine
    best = np.full((2, len(first)), -np.inf)
    np.maximum.at(best[0], row[genuine], values[genuine])
    np.maximum.at(best[1], row[~genuine], values[~genuine])
    mated = np.zeros(len(first), dtype=bool)
    mated[row[genuine]] = True
    if not mated.any():
        raise MetricError("rank-1 wants probes whose subject is in the gallery; there are none")
    hit = np.isfinite(best[0]) & (best[0] > best[1])
    return RankOne(hit[mated], first[mated], int(np.count_nonzero(~mated)), references)


def _require_cross(trials: Trials, met: NDArray[np.intp]) -> int:
    """The number of references, if every probe meets each that it is not enrolled in."""
    used = np.unique(trials.reference_index)
    probes = {trials.probes[j]: i for i, j in enumerate(np.unique(trials.probe_index))}
    own = np.zeros(len(met), dtype=np.intp)
    for index in used:
        for face in trials.faces_of(trials.references[index]):
            if face in probes:
                own[probes[face]] += 1
    if not len(used) or np.any(met + own != len(used)):
        raise MetricError(
            "rank-1 wants every probe compared with every reference; a pair is missing"
        )
    return len(used)
