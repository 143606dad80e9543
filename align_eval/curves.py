"""The exact ROC: every distinct score is a threshold, no grid, no dropped points.

A trial is accepted when its score is at or above the threshold, so tied scores move together. A
failure to acquire has the score −∞ and is never accepted. FAR, FRR and TAR keep such trials in
their denominators; FMR and FNMR leave them out (ISO/IEC 19795-1, matching and whole system).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from align_eval._merge import Counts, count
from align_eval.errors import MetricError
from align_eval.scores import Scores

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Curve(Protocol):
    """What a metric may ask of a ROC, or of many at once that share their thresholds.

    Totals are numbers for one ROC, and (B,) arrays for B weightings of the same trials.
    """

    @property
    def roc(self) -> "Roc":
        """The unweighted ROC, whose thresholds these are."""
        ...

    @property
    def n_genuine(self) -> Any:
        """Weight of all genuine trials, failures to acquire included."""
        ...

    @property
    def n_impostor(self) -> Any:
        """Weight of all impostor trials, failures to acquire included."""
        ...

    @property
    def failed_genuine(self) -> Any:
        """Weight of the genuine trials with a failure to acquire."""
        ...

    @property
    def failed_impostor(self) -> Any:
        """Weight of the impostor trials with a failure to acquire."""
        ...

    def accepted(self, indices: NDArray[np.intp]) -> tuple[IntArray, IntArray]:
        """Accepted genuine and impostor weight at M thresholds: (M,), or (B, M)."""
        ...

    def accepted_each(self, index: NDArray[np.intp]) -> tuple[IntArray, IntArray]:
        """The same where every weighting has a threshold of its own: (), or (B,)."""
        ...


@dataclass(frozen=True, eq=False)
class Roc:
    """The exact receiver operating characteristic of genuine and impostor scores.

    Parameters
    ----------
    thresholds : (K + 1,) float64
        +∞ (accept nothing), then every distinct finite score, descending.
    accepted_genuine, accepted_impostor : (K + 1,) int
        How many trials have a score at or above each threshold.
    n_genuine, n_impostor : int
        All trials, failures to acquire included.
    failed_genuine, failed_impostor : int
        The trials with a failure to acquire (score −∞), which no threshold accepts.

    Examples
    --------
    >>> roc = Roc.from_scores([0.9, 0.8, 0.5, -np.inf], [0.5, 0.2])
    >>> roc.thresholds.tolist(), roc.accepted_genuine.tolist(), roc.accepted_impostor.tolist()
    ([inf, 0.9, 0.8, 0.5, 0.2], [0, 1, 2, 3, 3], [0, 0, 0, 1, 2])
    >>> roc.far.tolist(), roc.frr.tolist()
    ([0.0, 0.0, 0.0, 0.5, 1.0], [1.0, 0.75, 0.5, 0.25, 0.25])
    >>> float(roc.fnmr[-1]), roc.auc
    (0.0, 0.6875)
    """

    thresholds: FloatArray
    accepted_genuine: Counts
    accepted_impostor: Counts
    n_genuine: int
    n_impostor: int
    failed_genuine: int = 0
    failed_impostor: int = 0

    @classmethod
    def of(cls, scores: Scores) -> "Roc":
        """The ROC of trials with their scores.

        Raises
        ------
        MetricError
            There are no genuine or no impostor trials.
        """
        return cls.from_scores(scores.genuine, scores.impostor)

    @classmethod
    def from_scores(cls, genuine: ArrayLike, impostor: ArrayLike) -> "Roc":
        """The ROC of (G,) genuine and (I,) impostor scores; −∞ is a failure to acquire.

        Raises
        ------
        MetricError
            A side is empty, or holds NaN or +∞.
        """
        counted = count(genuine, impostor)
        for array in counted[:3]:
            array.flags.writeable = False
        return cls(*counted)

    def __len__(self) -> int:
        return len(self.thresholds)

    @property
    def roc(self) -> "Roc":
        """The ROC itself: it is one `Curve`."""
        return self

    @property
    def far(self) -> FloatArray:
        """(K + 1,) false accept rate: accepted impostors / all impostor trials."""
        return ratio(self.accepted_impostor, self.n_impostor)

    @property
    def tar(self) -> FloatArray:
        """(K + 1,) true accept rate, 1 − FRR."""
        return ratio(self.accepted_genuine, self.n_genuine)

    @property
    def frr(self) -> FloatArray:
        """(K + 1,) false reject rate: rejected or failed genuine trials / all of them."""
        return ratio(self.n_genuine - self.accepted_genuine, self.n_genuine)

    @property
    def fmr(self) -> FloatArray:
        """(K + 1,) false match rate: FAR over the trials without failure to acquire."""
        return ratio(self.accepted_impostor, self.n_impostor - self.failed_impostor)

    @property
    def fnmr(self) -> FloatArray:
        """(K + 1,) false non-match rate: FRR over the trials without failure to acquire."""
        acquired = self.n_genuine - self.failed_genuine
        return ratio(acquired - self.accepted_genuine, acquired)

    @property
    def det(self) -> tuple[FloatArray, FloatArray]:
        """FMR and FNMR, the two axes of a detection error trade-off graph (Martin, 1997)."""
        return self.fmr, self.fnmr

    @property
    def auc(self) -> float:
        """Area under the ROC: see `auc`."""
        return float(auc(self))

    def index(self, threshold: float) -> int:
        """Position of the lowest threshold that is still at or above a given score."""
        ascending = self.thresholds[::-1]
        return len(self) - 1 - int(np.searchsorted(ascending, threshold, side="left"))

    def accepted(self, indices: NDArray[np.intp]) -> tuple[IntArray, IntArray]:
        """Accepted genuine and impostor trials at the thresholds of `indices`."""
        genuine = np.asarray(self.accepted_genuine[indices], dtype=np.int64)
        return genuine, np.asarray(self.accepted_impostor[indices], dtype=np.int64)

    accepted_each = accepted

    def thinned(self, points: int = 1000) -> "Roc":
        """At most `points` of the thresholds, for drawing only: metrics of it are not exact.

        They are spread over the logarithm of FAR and evenly over TAR; the ends are kept.

        Raises
        ------
        MetricError
            Fewer than four points.
        """
        if points < 4:
            raise MetricError(f"a drawn ROC wants at least 4 points, got {points}")
        half = points // 2 - 1
        by_far = np.geomspace(1, max(int(self.accepted_impostor[-1]), 1), half)
        by_tar = np.linspace(0, int(self.accepted_genuine[-1]), half)
        ends = np.array([0, len(self) - 1])
        far = np.searchsorted(self.accepted_impostor, by_far)
        tar = np.searchsorted(self.accepted_genuine, by_tar)
        keep = np.unique(np.minimum(np.concatenate([ends, far, tar]), ends[1]))
        return replace(
            self,
            thresholds=self.thresholds[keep],
            accepted_genuine=self.accepted_genuine[keep],
            accepted_impostor=self.accepted_impostor[keep],
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per threshold: counts, FAR, FRR, TAR, FMR and FNMR."""
        names = ("accepted_genuine", "accepted_impostor", "far", "frr", "tar", "fmr", "fnmr")
        columns = {name: getattr(self, name) for name in names}
        return pd.DataFrame({"threshold": self.thresholds, **columns})

    def to_csv(self, path: str | Path) -> None:
        """Write `to_frame` as CSV; the first threshold is written ``inf``."""
        self.to_frame().to_csv(path, index=False)


def auc(curve: Curve) -> FloatArray:
    """Area under the ROC, exactly: the chance that a genuine score beats an impostor score.

    Ties count half, and a failure to acquire ties with a failure (the Mann–Whitney statistic;
    Bamber, J. Math. Psychol. 12, 1975).

    Returns
    -------
    () or (B,) float64
        NaN where a weighting leaves no genuine or no impostor trials.

    Examples
    --------
    >>> float(auc(Roc.from_scores([2, 1], [1, 0])))
    0.875
    """
    roc, total = curve.roc, np.asarray(curve.n_impostor, dtype=np.int64)
    steps = np.flatnonzero(np.diff(roc.accepted_genuine)) + 1
    genuine, lost = curve.accepted(steps)
    # Twice the impostor weight that genuine scores lose to; a tie is one of two.
    tied = np.flatnonzero(roc.accepted_impostor[steps] != roc.accepted_impostor[steps - 1])
    ties = lost[..., tied] - curve.accepted(steps[tied] - 1)[1]
    lost *= 2
    lost[..., tied] -= ties
    won = np.subtract(2 * total[..., None], lost, out=lost)
    wins = np.einsum("...k,...k->...", np.diff(genuine, axis=-1, prepend=0), won)
    wins = wins + np.multiply(curve.failed_genuine, curve.failed_impostor, dtype=np.int64)
    return ratio(wins, 2.0 * total * np.asarray(curve.n_genuine))


def ratio(part: ArrayLike, whole: ArrayLike) -> FloatArray:
    """``part / whole``, NaN where the whole is 0: a rate over no trials is not defined."""
    below = np.asarray(whole, dtype=np.float64)
    below = np.where(below == 0, np.nan, below)
    return np.asarray(np.divide(part, below), dtype=np.float64)
