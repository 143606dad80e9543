"""The state of a stopped training; nothing but tensors and plain values is ever loaded."""

import io
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from align_eval.atomic import write_bytes
from align_eval.errors import ConfigError

Weights = dict[str, Any]


@dataclass
class Checkpoint:
    """Where a training stands.

    Parameters
    ----------
    identity : dict
        What training it is.
    stage, step : int
        The running stage, and the steps that are done in it.
    network, best_network : dict, optional
        Weights now, and at the stage's best validation.
    optimiser : dict, optional
        The optimiser's state in a running stage.
    best, waited
        The stage's lowest error, and the validations since.
    errors : dict
        Of the best validation, by spectrum.
    stages : list of dict
        The record of finished stages.
    stage_seconds : float
        Spent in the running stage.
    losses : (N,) tensor, optional
        Of the training faces, where a running stage balances its batches.
    chosen : list of (B,) tensor
        The faces of the next steps, where they have been chosen by losses of that time.
    """

    identity: dict[str, Any]
    stage: int = 0
    step: int = 0
    network: Weights | None = None
    best_network: Weights | None = None
    optimiser: dict[str, Any] | None = None
    best: float = inf
    waited: int = 0
    errors: dict[str, dict[str, float]] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)
    stage_seconds: float = 0.0
    losses: Tensor | None = None
    chosen: list[Tensor] = field(default_factory=list)

    @classmethod
    def new(cls, identity: dict[str, Any]) -> "Checkpoint":
        """The beginning."""
        return cls(identity)

    def close_stage(self, name: str, network: Weights) -> None:
        """Note a finished stage, and stand before the next."""
        self.stages.append(
            {"name": name, "steps": self.step, "error": self.best, "seconds": self.stage_seconds}
        )
        self.stage, self.step, self.network, self.optimiser = self.stage + 1, 0, network, None
        self.best, self.waited, self.best_network, self.stage_seconds = inf, 0, None, 0.0
        self.losses, self.chosen = None, []


def save_checkpoint(path: Path, state: Checkpoint) -> None:
    """Write a checkpoint; a reader sees the old one or the whole new one."""
    buffer = io.BytesIO()
    torch.save({part.name: getattr(state, part.name) for part in fields(state)}, buffer)
    write_bytes(path, buffer.getvalue())


def load_checkpoint(path: Path, identity: dict[str, Any]) -> Checkpoint | None:
    """The checkpoint of a training, or None if there is none.

    Raises
    ------
    ConfigError
        A file that cannot be read, or one of another training; what differs is named.
    """
    if not path.is_file():
        return None
    try:
        state = Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds, from pickle's to zip's
        raise ConfigError(f"the checkpoint {path} cannot be read: {error}") from error
    other = [key for key in identity if state.identity.get(key) != identity[key]]
    if other:
        raise ConfigError(
            f"{path} is the checkpoint of another training: {', '.join(other)} differ; "
            "choose another folder, or delete it"
        )
    return state
