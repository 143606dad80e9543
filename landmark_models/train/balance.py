"""Loss-probability batch balancing: faces that are hard now are trained on more often.

Fuhl and Kasneci, "Learning to Validate the Quality of Detected Landmarks", ICMV 2019, eq. 1: a face
comes into a batch with a probability in proportion to its loss. The losses are laid end to end, a
place on that line is drawn uniformly, and whose loss lies there is chosen; a face may come twice.
"""

from typing import Literal, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import ConfigError

Balance = Literal["none", "online", "full"]
BALANCES: tuple[Balance, ...] = get_args(Balance)
"""No balancing: each face once in an epoch. Online (the paper's BBO): a face's loss is noted when
it is trained on. Full (its BB): the losses of all faces are found anew every `SHARE` of an epoch.
"""
SHARE = 0.1


class LossBalance:
    """What is known of each face's loss, and batches drawn by it.

    A face without a known loss counts as the mean of those that are known; while none is known, or
    all are 0, every face is as likely as any other.

    Parameters
    ----------
    losses : (N,) array_like
        Of each face; NaN: not known.

    Raises
    ------
    ConfigError
        A loss below 0 or without a bound.

    Examples
    --------
    >>> balance = LossBalance([0.0, 4.0, 1.0])
    >>> drawn = balance.drawn(4000, np.random.default_rng(0))
    >>> (np.bincount(drawn, minlength=3) / 4000).round(1).tolist()
    [0.0, 0.8, 0.2]
    """

    def __init__(self, losses: ArrayLike) -> None:
        self.losses: NDArray[np.float64] = np.array(losses, dtype=np.float64)
        _check(self.losses)

    @classmethod
    def unknown(cls, count: int) -> "LossBalance":
        """Of faces whose losses are not known yet."""
        return cls(np.full(count, np.nan))

    def note(self, chosen: NDArray[np.intp], losses: ArrayLike) -> None:
        """Replace the losses of some faces.

        Parameters
        ----------
        chosen : (B,) int
            Which; of one that comes twice, the last loss counts.
        losses : (B,) array_like
            NaN: nothing new is known of this one.
        """
        found = np.asarray(losses, dtype=np.float64)
        _check(found)
        known = ~np.isnan(found)
        self.losses[chosen[known]] = found[known]

    def drawn(self, count: int, rng: Generator) -> NDArray[np.intp]:
        """(count,) faces, with eq. 1."""
        line = np.cumsum(self._weights())
        # What lies beyond a face's end is the next face's, so that no place is one's of loss 0.
        places = rng.random(count) * line[-1]
        found: NDArray[np.intp] = np.searchsorted(line, places, side="right")
        return found

    def _weights(self) -> NDArray[np.float64]:
        """Losses over the largest: however small or large they are, their sum is a number."""
        known = ~np.isnan(self.losses)
        largest = self.losses[known].max(initial=0.0)
        if not largest:
            return np.ones(len(self.losses))
        weights: NDArray[np.float64] = self.losses / largest
        weights[~known] = weights[known].mean()
        return weights


def _check(losses: NDArray[np.float64]) -> None:
    wrong = losses[(losses < 0) | np.isinf(losses)]
    if len(wrong):
        raise ConfigError(f"batch balancing wants losses from 0 up, got {wrong[0]:g}")
