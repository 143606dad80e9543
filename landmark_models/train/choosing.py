"""Which faces a step is trained on: each once in an epoch, or by their losses."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landmark_models.train.balance import SHARE, LossBalance
from landmark_models.train.checkpoint import Checkpoint

Chosen = NDArray[np.intp]
_ORDER, _BY_LOSS = 0, 3  # streams of the training's random numbers


class Faces(Protocol):
    """The faces of a stage's steps."""

    def chosen(self, step: int) -> Chosen:
        """(B,) of a step; the steps are asked for one after the other."""
        ...

    def trained(self, losses: Tensor | None, *, last: bool) -> None:
        """Take note of (B,) losses of the step that is done, maybe the stage's last."""
        ...


class InOrder:
    """Each face once in an epoch, in an order of its own.

    Parameters
    ----------
    count, batch : int
        Faces of the store and of a step.
    seed, number : int
        Of the training, and which stage it is.
    """

    def __init__(self, count: int, batch: int, seed: int, number: int) -> None:
        self._count, self._batch, self._key = count, batch, [seed, _ORDER, number]

    def chosen(self, step: int) -> Chosen:
        """See `Faces`."""
        epoch, place = divmod(step, max(1, self._count // self._batch))
        order = np.random.default_rng([*self._key, epoch]).permutation(self._count)
        return order[place * self._batch : (place + 1) * self._batch]

    def trained(self, losses: Tensor | None, *, last: bool) -> None:
        """Nothing depends on losses."""


class ByLoss:
    """Faces by their losses, see `landmark_models.train.balance`.

    Losses, and faces that are chosen but not trained on yet, are kept in the checkpoint.

    Parameters
    ----------
    state : Checkpoint
        Of the running stage; is changed.
    count, batch, seed, number : int
        See `InOrder`.
    measure : callable, optional
        Gives (N,) the losses of all faces, wanted at the stage's beginning and every `SHARE` of an
        epoch. Left out: faces get the losses that they were trained on with.
    """

    def __init__(
        self,
        state: Checkpoint,
        count: int,
        batch: int,
        seed: int,
        number: int,
        measure: Callable[[], NDArray[np.float64]] | None,
    ) -> None:
        self._state, self._measure = state, measure
        self._batch, self._key = batch, [seed, _BY_LOSS, number]
        self._every = max(1, round(SHARE * (count // batch)))
        self._all = np.arange(count)
        if state.losses is None:
            self._balance = LossBalance.unknown(count)
            self._measured()
        else:
            self._balance = LossBalance(state.losses.numpy())
        state.losses = torch.from_numpy(self._balance.losses)  # the same memory

    def chosen(self, step: int) -> Chosen:
        """See `Faces`."""
        waiting, ahead = self._state.chosen, step - self._state.step
        if ahead == len(waiting):
            drawn = self._balance.drawn(self._batch, np.random.default_rng([*self._key, step]))
            waiting.append(torch.from_numpy(drawn))
        found: Chosen = waiting[ahead].numpy()
        return found

    def trained(self, losses: Tensor | None, *, last: bool) -> None:
        """See `Faces`; the checkpoint counts the step as done already."""
        faces = self._state.chosen.pop(0).numpy()
        if self._measure is None:
            if losses is not None:
                self._balance.note(faces, losses.double().cpu().numpy())
        elif not last and self._state.step % self._every == 0:
            self._measured()

    def _measured(self) -> None:
        if self._measure is not None:
            self._balance.note(self._all, self._measure())
