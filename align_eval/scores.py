"""Trials with their scores: the sufficient statistics of every verification metric."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.dataset import Trials
from align_eval.errors import DataError


@dataclass(frozen=True, eq=False)
class Scores:
    """A score for every trial; higher is more alike.

    Parameters
    ----------
    trials : Trials
        Who was compared with whom.
    values : (T,) array_like
        The scores. A failure to acquire is −∞: such a trial is never accepted, and stays in
        every denominator unless a policy takes it out.

    Raises
    ------
    DataError
        A wrong number of values, NaN, or +∞.

    Examples
    --------
    >>> import numpy as np
    >>> from align_eval.dataset import Trials
    >>> trials = Trials.pairs(["a1", "a1"], ["a2", "b1"], {"a1": "a", "a2": "a", "b1": "b"})
    >>> scores = Scores(trials, [0.9, -np.inf])
    >>> scores.genuine.tolist(), scores.impostor.tolist(), scores.failed.tolist()
    ([0.9], [-inf], [False, True])
    """

    trials: Trials
    values: NDArray[np.float64]

    def __init__(self, trials: Trials, values: ArrayLike) -> None:
        array = np.array(values, dtype=np.float64)
        if array.shape != (len(trials),):
            raise DataError(f"{len(trials)} trials want as many scores, got {array.shape}")
        if np.isnan(array).any() or np.isposinf(array).any():
            raise DataError("a score is NaN or +inf; a failure to acquire is written as -inf")
        array.flags.writeable = False
        object.__setattr__(self, "trials", trials)
        object.__setattr__(self, "values", array)

    @property
    def genuine(self) -> NDArray[np.float64]:
        """Scores of the genuine trials."""
        return self.values[self.trials.genuine]

    @property
    def impostor(self) -> NDArray[np.float64]:
        """Scores of the impostor trials."""
        return self.values[~self.trials.genuine]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """(T,) which trials have a failure to acquire on either side."""
        return np.isneginf(self.values)

    def only(self, keep: NDArray[np.bool_]) -> "Scores":
        """The same on a subset of the trials, (T,) bool."""
        return Scores(self.trials.only(keep), self.values[keep])
