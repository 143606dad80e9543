"""What the training loop must know of a model: its network, its stages, its losses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from torch import Tensor, nn

from landmark_models.train.balance import Balance
from landmark_models.train.store import Store

Schedule = Literal["constant", "cosine"]
Optimiser = Literal["adam", "adamw", "sgd"]


@dataclass(frozen=True)
class Stage:
    """One part of a training, with its own loss.

    Parameters
    ----------
    name : str
        Tells the task which loss and which samples are meant.
    epochs : float
        Passes over the training faces.
    rate : float
        Learning rate.
    batch : int
        Faces a step.
    trained : tuple of str
        Submodules of the network that learn; the others are frozen and in evaluation mode.
        Empty: all of it.
    schedule : {"cosine", "constant"}
        How the rate goes on after a warm-up of `warmup` of the stage: a half cosine down to
        nothing, or no change.
    optimiser : {"adam", "adamw", "sgd"}
        SGD has momentum 0.9.
    weight_decay : float
        As torch's optimisers understand it.
    warmup : float
        Share of the steps in which the rate rises linearly.
    patience : int
        Validations without a new best after which the stage ends; 0: never.
    balance : {"none", "online", "full"}
        How faces are chosen, see `landmark_models.train.balance`.
    clip : float
        Largest norm of a step's gradient, which is brought down to it; 0: any.
    """

    name: str
    epochs: float
    rate: float
    batch: int = 64
    trained: tuple[str, ...] = ()
    schedule: Schedule = "cosine"
    optimiser: Optimiser = "adam"
    weight_decay: float = 0.0
    warmup: float = 0.02
    patience: int = 0
    balance: Balance = "none"
    clip: float = 5.0


Batch = Mapping[str, Tensor]


class Loss(NamedTuple):
    """A loss that is not the mean of what each face has.

    Parameters
    ----------
    total : scalar tensor
        What a step minimises.
    faces : (B,) tensor, optional
        By which batches are balanced, from 0 up; NaN where nothing is known of a face.
    """

    total: Tensor
    faces: Tensor | None


def as_loss(given: Tensor | Loss) -> Loss:
    """What `Task.loss` gives, as both of its parts.

    Examples
    --------
    >>> import torch
    >>> [part.tolist() for part in as_loss(torch.tensor([[1.0, 3.0], [4.0, 8.0]]))]
    [4.0, [2.0, 6.0]]
    """
    if isinstance(given, Loss):
        faces = given.faces
        return Loss(given.total, None if faces is None else faces.detach())
    if given.dim() == 0:
        return Loss(given, None)
    return Loss(given.mean(), given.detach().reshape(len(given), -1).mean(dim=1))


class Exported(NamedTuple):
    """One ONNX file to write.

    Parameters
    ----------
    name : str
        Of the file, without suffix.
    module : nn.Module
        (B, 1, H, W) gray values from 0 to 255 → what `outputs` names.
    size : (int, int)
        (width, height) of its input.
    outputs : tuple of str
        Names of the outputs.
    about : mapping
        What `landmark_models.onnx_description` must know to run it; empty for parts that are no
        landmark model of their own.
    free : bool
        Whether height and width may differ from `size`.
    """

    name: str
    module: nn.Module
    size: tuple[int, int]
    outputs: tuple[str, ...]
    about: Mapping[str, Any]
    free: bool = False


class Task(Protocol):
    """How one model is trained. A task is made by ``task(config)``, see `landmark_models.train`.

    A task without stages learns nothing by gradient: its network is judged as it is made, as stage
    ``""``. One whose faces must be stored with more pixels says so in an attribute `side`.
    """

    name: str
    config: str
    stages: Sequence[Stage]

    def network(self, store: Store) -> nn.Module:
        """A new network, with random weights of torch's global generator.

        What is no weight, such as a mean shape, is taken from the training faces at once.
        """
        ...

    def sample(
        self, store: Store, chosen: np.ndarray, stage: str, rng: np.random.Generator
    ) -> Batch:
        """A training batch of the chosen faces, augmented; tensors on the CPU."""
        ...

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor | Loss:
        """What the stage minimises: a tensor (B, …) of which the mean is taken, a scalar, or both
        parts of a `Loss`. A scalar alone says nothing of single faces, so that batches cannot be
        balanced by it.
        """
        ...

    def check(
        self, store: Store, chosen: np.ndarray, stage: str, rng: np.random.Generator
    ) -> Batch:
        """A validation batch: as `sample`, but as faces come in use (box jitter only)."""
        ...

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) what a stage is judged by, lower is better: for landmarks, the mean error of the
        points over the distance of the outer eye corners.
        """
        ...

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """What is written as ONNX."""
        ...
