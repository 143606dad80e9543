"""Training Chu and Liu's network: as DMSL's M_l, with the expression as a second task."""

from collections.abc import Sequence
from typing import cast

import torch
from numpy import intp
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.chu import COMPACT, PAPER, Chu
from landmark_models.nets.layers import per_span, standardised
from landmark_models.nets.unet import fractions
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.masks import glow
from landmark_models.train.store import Store
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Batch, Exported, Loss, Stage
from landmark_models.train.tasks._marked import marked
from landmark_models.train.tasks.dmsl import (
    CROP,
    HOW,
    described,
    full_precision,
    landmark_loss,
    mask_loss,
)

CONFIGS = {"paper": PAPER, "compact": COMPACT}
EXPRESSION_WEIGHT = 0.5
"""Of the expression's cross-entropy beside `landmark_loss`; small, as it is there to help."""

# Rates, batches and lengths are those of DMSL's M_l.
_STAGES = {
    "paper": (
        Stage("unet", 100, 1e-4, 32, ("landmark.unet",), patience=10),
        Stage("head", 100, 1e-4, 32, ("landmark.reader", "expression"), patience=10),
    ),
    "compact": (
        Stage("unet", 10, 4e-3, 64, ("landmark.unet",)),
        Stage("head", 14, 1e-3, 64, ("landmark.reader", "expression")),
    ),
}


class ChuTask:
    """See `landmark_models.train.task.Task`."""

    name = "chu"

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of chu", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self.stages: Sequence[Stage] = _STAGES[config]
        self._scheme = scheme_named("ibug68")

    def network(self, store: Store) -> nn.Module:
        """A new network, whose answer starts at the mean of the training shapes."""
        shape = torch.from_numpy(mean_shape(store, self._scheme, self.sizes.size, CROP))
        return Chu(self.sizes, fractions(shape, self.sizes.size))

    def sample(self, store: Store, chosen: NDArray[intp], stage: str, rng: Generator) -> Batch:
        """Images, points, eye distances and expressions."""
        return self._batch(store, chosen, HOW, rng)

    def check(self, store: Store, chosen: NDArray[intp], stage: str, rng: Generator) -> Batch:
        """The same with jittered crops only."""
        return self._batch(store, chosen, IN_USE, rng)

    def _batch(
        self, store: Store, chosen: NDArray[intp], how: Augmentation, rng: Generator
    ) -> Batch:
        seen = samples_of(store, chosen, self.sizes.size, CROP, how, rng)
        marks = marked(seen, store.scheme, self._scheme)
        return {**marks, "expression": torch.from_numpy(seen.expression)}

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor | Loss:
        """The mask's cross-entropy, then that of the points and the expressions that are known.

        A face counts by its mask and its points alone: not every expression is known.
        """
        chu = cast(Chu, network)
        if stage == "unet":
            return self._outline(chu, batch)
        masks = chu.mask(batch["images"])
        with full_precision(masks):
            found = chu.read(masks)
        marks = landmark_loss(found.points, batch["points"], self.sizes.size)
        expressed = expression_loss(found.expression, batch["expression"])
        return Loss(marks.mean() + EXPRESSION_WEIGHT * expressed, marks.mean(dim=1))

    def _outline(self, chu: Chu, batch: Batch) -> Tensor:
        logits = chu.landmark.unet(standardised(batch["images"]))
        return mask_loss(logits, glow(batch["points"], self.sizes.size))

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) the cross-entropy of the mask, or the error of the points."""
        chu = cast(Chu, network)
        if stage == "unet":
            return self._outline(chu, batch)
        return per_span(chu(batch["images"]), batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file, without the auxiliary output."""
        size = self.sizes.size
        return [Exported(self.name, network, (size, size), ("points",), described(size))]


def expression_loss(logits: Tensor, expression: Tensor) -> Tensor:
    """The mean cross-entropy of the faces whose expression is known; 0 if none is.

    Parameters
    ----------
    logits : (B, E)
        Of each class.
    expression : (B,)
        Positions in `landmark_models.train.store.EXPRESSIONS`; −1: unknown.
    """
    total = functional.cross_entropy(logits.float(), expression, ignore_index=-1, reduction="sum")
    return total / (expression >= 0).sum().clamp(min=1)
