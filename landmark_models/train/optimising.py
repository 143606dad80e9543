"""What learns in a stage, with which optimiser, and how fast."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from landmark_models.train.task import Stage


def freeze(network: nn.Module, trained: Sequence[str]) -> list[nn.Parameter]:
    """Let only the named submodules learn, all of them if none is named: what learns."""
    chosen = [network.get_submodule(name) for name in trained] or [network]
    network.requires_grad_(False)
    for module in chosen:
        module.requires_grad_(True)
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def train_mode(network: nn.Module, trained: Sequence[str]) -> None:
    """Frozen parts stay in evaluation mode, so that batch statistics do not move either."""
    network.train(not trained)
    for name in trained:
        network.get_submodule(name).train()


def optimiser_of(stage: Stage, learning: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """A stage's optimiser, new."""
    if stage.optimiser == "sgd":
        return torch.optim.SGD(learning, stage.rate, momentum=0.9, weight_decay=stage.weight_decay)
    kind = torch.optim.AdamW if stage.optimiser == "adamw" else torch.optim.Adam
    return kind(learning, stage.rate, weight_decay=stage.weight_decay)


def rate_of(stage: Stage, step: int, steps: int) -> float:
    """The learning rate of a step.

    Examples
    --------
    >>> stage = Stage("all", 1, 1.0, warmup=0.5)
    >>> [round(rate_of(stage, step, 8), 2) for step in (0, 3, 4, 6)]
    [0.25, 1.0, 1.0, 0.5]
    """
    warm = max(1, round(stage.warmup * steps))
    if step < warm:
        return stage.rate * (step + 1) / warm
    if stage.schedule == "constant":
        return stage.rate
    return stage.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
