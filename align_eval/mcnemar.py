"""McNemar's test: which trials one aligner wins and loses against another at one threshold.

The threshold is the baseline's own at a stated FAR, for both. A genuine trial is won if the aligner
accepts what the baseline rejects, an impostor trial if it rejects what the baseline accepts; lost
the other way round. Only these disagree, and without a difference each is a fair coin: the exact
test is binomial (McNemar, Psychometrika 12, 1947).

That wants independent trials. Trials of one subject are won and lost together, so that the exact p
is too small; it is printed for comparison. The clustered test is Obuchowski's (Statistics in
Medicine 17, 1998). With d the trials won less those lost of a cluster, K clusters,

    X² = (K − 1) / K · (Σ d)² / Σ d²,

here held against F with 1 and K − 1 degrees of freedom, its χ² for few clusters. Of the clustered
tests it is the one that counts every trial alike, and so tests the very difference of rates that
tables print; that of Durkalski et al. (Statistics in Medicine 22, 2003) counts every cluster alike.
Genuine trials cluster by subject. An impostor trial belongs to two subjects, which takes another
variance: that of such dyads about the mean (`align_eval._dyads`), and at least Σ d² with a cluster
for each pair of subjects. K is the number of subjects. Neither test wants many trials, but many
subjects of whom some trial is won or lost.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtr, fdtrc

from align_eval._dyads import pair_variance, sum_variance
from align_eval._intervals import holm
from align_eval._rates import at_far
from align_eval.curves import Roc
from align_eval.errors import MetricError, UnknownNameError
from align_eval.resample import require_same_trials, under
from align_eval.scores import Scores

COLUMNS = (
    "aligner",
    "policy",
    "far",
    "threshold",
    "side",
    "won",
    "lost",
    "n_trials",
    "n_subjects",
    "p_exact",
    "p",
    "p_holm",
)
SIDES = ("genuine", "impostor")


class Disagreement(NamedTuple):
    """Trials on which two aligners decide differently.

    `p_exact` takes trials for independent, `p` is clustered by subject; NaN with one subject.
    """

    won: int
    lost: int
    n_trials: int
    n_subjects: int
    p_exact: float
    p: float


def mcnemar(one: Scores, baseline: Scores, threshold: float) -> dict[str, Disagreement]:
    """Trials that an aligner wins and loses against a baseline at one threshold.

    Parameters
    ----------
    one, baseline : Scores
        On the same trials.
    threshold : float
        Scores from it on are accepted, of both.

    Returns
    -------
    dict of str to Disagreement
        Of each of `SIDES`.

    Raises
    ------
    DataError
        The scores are over different trials.
    """
    require_same_trials({"the aligner": one, "the baseline": baseline}, "the baseline")
    accepted, before = (np.greater_equal(own.values, threshold) for own in (one, baseline))
    gained = accepted.astype(np.int64) - before
    genuine = one.trials.genuine
    sides = ((genuine, gained), (~genuine, -gained))
    return {
        name: _disagreement(one, side, won) for name, (side, won) in zip(SIDES, sides, strict=True)
    }


def _disagreement(scores: Scores, side: NDArray[np.bool_], won: NDArray[np.int64]) -> Disagreement:
    _, reference, probe = scores.trials.clusters
    first, second, net = reference[side], probe[side], won[side]
    wins, losses = int(np.count_nonzero(net > 0)), int(np.count_nonzero(net < 0))
    subjects = len(np.unique(np.concatenate([first, second])))
    exact = min(2 * float(bdtr(min(wins, losses), wins + losses, 0.5)), 1.0)
    clustered = _clustered(first, second, net.astype(np.float64), subjects)
    return Disagreement(wins, losses, len(net), subjects, exact, clustered)


def _clustered(
    first: NDArray[np.intp], second: NDArray[np.intp], net: NDArray[np.float64], subjects: int
) -> float:
    if subjects < 2:
        return float("nan")
    variance = pair_variance(first, second, net)  # of genuine trials: by subject
    if not np.array_equal(first, second):
        variance = max(variance, sum_variance(first, second, net - net.mean()))
    if variance == 0:  # no disagreement, or as many won as lost between any two subjects
        return 1.0
    statistic = (subjects - 1) / subjects * net.sum() ** 2 / variance
    return float(fdtrc(1, subjects - 1, statistic))


def mcnemar_rows(
    scores: Mapping[str, Scores], baseline: str, fars: Sequence[float], *, policy: str = "reject"
) -> pd.DataFrame:
    """Every aligner against the baseline at the baseline's threshold, for each FAR.

    Parameters
    ----------
    scores : mapping of str to Scores
        The aligners' scores on the same trials.
    baseline : str
        One of the aligners.
    fars : sequence of float
        The baseline's threshold is the lowest whose FAR is at most this.
    policy : str
        What failures to acquire do; see `align_eval.resample.POLICIES`.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row for each aligner but the baseline, FAR and side. ``p`` is clustered by
        subject, ``p_holm`` is adjusted over the aligners of one FAR and side.

    Raises
    ------
    UnknownNameError
        The baseline or the policy is not known.
    DataError
        The scores are not over the same trials.
    MetricError
        A FAR outside [0, 1], or no genuine or no impostor trials.
    """
    if baseline not in scores:
        raise UnknownNameError("baseline", baseline, scores)
    for far in fars:
        if not 0 <= far <= 1:
            raise MetricError(f"a FAR lies between 0 and 1, got {far}")
    require_same_trials(scores, baseline)
    used = under(policy, scores)
    roc = Roc.of(used[baseline])
    rows = []
    for far in fars:
        threshold = float(roc.thresholds[at_far(roc, far)])
        for aligner, one in used.items():
            if aligner == baseline:
                continue
            found = mcnemar(one, used[baseline], threshold)
            shared = {"aligner": aligner, "policy": policy, "far": far, "threshold": threshold}
            rows += [{**shared, "side": side, **found[side]._asdict()} for side in SIDES]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["p_holm"] = frame.groupby(["far", "side"])["p"].transform(holm)
    return frame
