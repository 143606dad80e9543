"""Training DMSL: each of its two models first draws a mask, then reads it."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.dmsl import COMPACT, PAPER, Dmsl, blacked_out, box_fractions, covered
from landmark_models.nets.layers import per_span, standardised
from landmark_models.nets.unet import fractions, pixels
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.masks import glow
from landmark_models.train.store import Store
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.4
"""Side of the crop in longer sides of the face box: the box of a tenth of jitter stays inside."""
UNIT = 100.0
"""Losses on coordinates are taken in hundredths of the crop's side: eqs 1 and 2 times UNIT²."""
HOW = Augmentation(scale=0.05, shift=0.03)
_BOX_JITTER = 0.05

# The paper names neither optimiser nor rates nor lengths.
_STAGES = {
    "paper": (
        Stage("boundary-unet", 60, 1e-4, 32, ("boundary.unet",), patience=10),
        Stage("boundary-head", 60, 1e-4, 32, ("boundary.reader",), patience=10),
        Stage("landmark-unet", 100, 1e-4, 32, ("landmark.unet",), patience=10),
        Stage("landmark-head", 100, 1e-4, 32, ("landmark.reader",), patience=10),
    ),
    "compact": (
        Stage("boundary-unet", 2, 4e-3, 64, ("boundary.unet",)),
        Stage("boundary-head", 3, 2e-3, 64, ("boundary.reader",)),
        Stage("landmark-unet", 10, 4e-3, 64, ("landmark.unet",)),
        Stage("landmark-head", 14, 1e-3, 64, ("landmark.reader",)),
    ),
}


class DmslTask:
    """See `landmark_models.train.task.Task`.

    While M_l learns, half of the faces are blacked out outside of the box that M_b finds, as in
    use and in the paper, and half outside of a jittered true one, lest M_l learn the errors that
    M_b makes on the training faces.
    """

    name = "dmsl"

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of dmsl", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self.stages: Sequence[Stage] = _STAGES[config]
        self._scheme = scheme_named("ibug68")

    def network(self, store: Store) -> nn.Module:
        """A new network, whose answers start at the mean of the training shapes."""
        shape = torch.from_numpy(mean_shape(store, self._scheme, self.sizes.size, CROP))
        return Dmsl(self.sizes, fractions(shape, self.sizes.size))

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Images, points, their boxes and eye distances, and what to black out in training."""
        batch = self._batch(store, chosen, HOW, rng)
        jitter = rng.uniform(-_BOX_JITTER, _BOX_JITTER, (len(chosen), 4)).astype(np.float32)
        extent = batch["boxes"][:, 2:].repeat(1, 2)
        batch["given"] = batch["boxes"] + torch.from_numpy(jitter) * extent
        batch["own"] = torch.from_numpy(rng.random(len(chosen)) < 0.5)
        return batch

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """The same with jittered crops only; M_b's own box is used."""
        return self._batch(store, chosen, IN_USE, rng)

    def _batch(
        self, store: Store, chosen: NDArray[np.intp], how: Augmentation, rng: Generator
    ) -> dict[str, Tensor]:
        seen = samples_of(store, chosen, self.sizes.size, CROP, how, rng)
        marks = marked(seen, store.scheme, self._scheme)
        low, high = marks["points"].amin(dim=1), marks["points"].amax(dim=1)
        return {**marks, "boxes": torch.cat([low, high - low], dim=1)}

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """Eq. 4 for the U-Nets (B,), eq. 1 for the box (B, 4), eq. 2 for the points (B, P)."""
        dmsl = cast(Dmsl, network)
        if stage.endswith("-unet"):
            return self._drawing(dmsl, batch, stage)
        if stage == "boundary-head":
            masks = dmsl.boundary.mask(standardised(batch["images"]))
            with full_precision(masks):
                box = dmsl.boundary.reader(masks)
            return boundary_loss(box, box_fractions(batch["boxes"], self.sizes.size))
        masks = dmsl.landmark.mask(blacked_out(batch["images"], self._boxes(dmsl, batch)))
        with full_precision(masks):
            found = pixels(dmsl.landmark.reader(masks), self.sizes.size)
        return landmark_loss(found, batch["points"], self.sizes.size)

    def _drawing(self, dmsl: Dmsl, batch: Batch, stage: str) -> Tensor:
        """(B,) eq. 4 of either U-Net."""
        if stage == "boundary-unet":
            logits = dmsl.boundary.unet(standardised(batch["images"]))
            return mask_loss(logits, covered(batch["boxes"], self.sizes.size))
        seen = blacked_out(batch["images"], self._boxes(dmsl, batch))
        return mask_loss(dmsl.landmark.unet(seen), glow(batch["points"], self.sizes.size))

    def _boxes(self, dmsl: Dmsl, batch: Batch) -> Tensor:
        """M_b's boxes, or the given ones where there are any and M_b's own is not wanted."""
        with torch.no_grad():
            found = dmsl.box(batch["images"])
        if "given" not in batch:
            return found
        return torch.where(batch["own"][:, None], found, batch["given"])

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) the cross-entropy of a U-Net, 1 − IoU of the box, or the error of the points."""
        dmsl = cast(Dmsl, network)
        if stage.endswith("-unet"):
            return self._drawing(dmsl, batch, stage)
        boxes = self._boxes(dmsl, batch)
        if stage == "boundary-head":
            return 1 - overlap(boxes, batch["boxes"])
        return per_span(dmsl.points(batch["images"], boxes), batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: M_b, the blacking out, and M_l."""
        size = self.sizes.size
        return [Exported(self.name, network, (size, size), ("points",), described(size))]


def described(size: int) -> dict[str, object]:
    """What `landmark_models.onnx_description` must know of DMSL, or of Chu's network."""
    return {
        "scheme": "ibug68",
        "input_size": size,
        "colour": "gray",
        "decode": "pixels",
        "output": "points",
        "batch_size": 32,
        "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
    }


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """(B,) eq. 4, the cross-entropy of (B, 1, S, S) masks, as a mean over pixels."""
    every = functional.binary_cross_entropy_with_logits(logits.float(), masks, reduction="none")
    return every.mean(dim=(1, 2, 3))


def boundary_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """(B, 4) eq. 1 on fractions of the crop's side, in hundredths."""
    return (UNIT * (found - wanted)).square()


def landmark_loss(found: Tensor, points: Tensor, side: int) -> Tensor:
    """(B, P) eq. 2 on (B, P, 2) pixels, in hundredths of the crop's side."""
    return (UNIT / side * (found - points)).square().sum(dim=2)


def overlap(found: Tensor, boxes: Tensor) -> Tensor:
    """(B,) intersection over union of (B, 4) boxes.

    Examples
    --------
    >>> overlap(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 2.0, 2.0]])).item()
    0.3333333432674408
    """
    low = torch.maximum(found[:, :2], boxes[:, :2])
    high = torch.minimum(found[:, :2] + found[:, 2:], boxes[:, :2] + boxes[:, 2:])
    both = (high - low).clamp(min=0).prod(dim=1)
    return both / (found[:, 2:].prod(dim=1) + boxes[:, 2:].prod(dim=1) - both)


def full_precision(like: Tensor) -> torch.autocast:
    """A coordinate in bfloat16 would be off by a quarter of a pixel."""
    return torch.autocast(like.device.type, enabled=False)
