"""What each trial adds to the error of a metric that has no operating point: AUC and d′.

The value is, to first order, its expectation plus a sum over the trials. The variance is the sum of
the squares, and that of a difference between two systems on the same trials the sum of the squared
differences (the infinitesimal jackknife; for the AUC the structural components of DeLong, DeLong
and Clarke-Pearson, Biometrics 44, 1988).
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from align_eval.curves import FloatArray, Roc
from align_eval.scores import Scores


def influence(name: str, scores: Scores, roc: Roc) -> FloatArray:
    """(T,) what each trial adds to the error of ``"AUC"`` or ``"d'"``.

    Examples
    --------
    >>> from align_eval.score_tables import scores_of_sides
    >>> scores = scores_of_sides([2, 1], [1, 0])
    >>> influence("AUC", scores, Roc.of(scores)).tolist()
    [0.0883..., -0.0883..., -0.0883..., 0.0883...]
    """
    added = np.empty(len(scores.values))
    genuine = scores.trials.genuine
    sides = _of_auc(scores, roc) if name == "AUC" else _of_decidability(scores)
    added[genuine], added[~genuine] = sides
    return added


def _of_auc(scores: Scores, roc: Roc) -> tuple[FloatArray, FloatArray]:
    """A trial's share of the other side that it is told from rightly, less the mean of these."""
    before_genuine, before_impostor = (
        (np.append(counts, total) + np.concatenate([[0], counts])) / 2
        for counts, total in (
            (roc.accepted_genuine, roc.n_genuine),
            (roc.accepted_impostor, roc.n_impostor),
        )
    )
    genuine, impostor = (places(side, roc) for side in (scores.genuine, scores.impostor))
    won = 1 - before_impostor[genuine] / roc.n_impostor
    lost = before_genuine[impostor] / roc.n_genuine
    return _centred(won), _centred(lost)


def places(values: FloatArray, roc: Roc) -> NDArray[np.intp]:
    """(T,) the first threshold that accepts each score; their number for a failure to acquire.

    Examples
    --------
    >>> places(np.array([0.2, 0.9, 0.5, -np.inf]), Roc.from_scores([0.9], [0.4])).tolist()
    [3, 1, 2, 3]
    """
    order = np.argsort(values)  # in order, searching keeps to memory that is near
    found = np.empty(len(values), dtype=np.intp)
    found[order] = np.searchsorted(roc.thresholds[:0:-1], values[order], side="right")
    return len(roc) - found


def _centred(parts: FloatArray) -> FloatArray:
    """Parts of a mean, scaled so that their squares sum to its variance (ddof 1)."""
    count = len(parts)
    if count == 1:
        return np.zeros(1)
    return np.asarray((parts - parts.mean()) / sqrt(count * (count - 1)))


def _of_decidability(scores: Scores) -> tuple[FloatArray, FloatArray]:
    """From the means and variances of the finite scores of both sides."""
    sides = scores.genuine, scores.impostor
    finite = [np.isfinite(side) for side in sides]
    gaps, variances, means = [], [], []
    for side, known in zip(sides, finite, strict=True):
        mean = side[known].mean()
        gaps.append(np.where(known, side - mean, 0.0))
        variances.append(float(np.square(gaps[-1][known]).mean()))
        means.append(float(mean))
    spread = sqrt(sum(variances) / 2)
    value = (means[0] - means[1]) / spread
    added = []
    for sign, gap, known, variance in zip((1, -1), gaps, finite, variances, strict=True):
        bend = value * (np.square(gap) - variance) / (4 * spread**2)
        added.append(np.where(known, (sign * gap / spread - bend) / np.count_nonzero(known), 0.0))
    return added[0], added[1]
