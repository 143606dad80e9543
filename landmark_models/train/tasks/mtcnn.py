"""Training MTCNN: three stages, each on its own windows.

As Zhang et al. and Poster et al. train it: a window is a face from an overlap (intersection over
union with the face's own window) of .65, a part of one from .4 and none below .3; faces and parts
tell where the box lies, faces where the points are; of the windows that are faces or none, the 70 %
with the largest losses count. The paper's configuration draws for each batch which of the three
losses it minimises; the compact one minimises all at once, which takes a third of the steps.

Windows come from the stored crops, which show a face and what is next to it: the background is
what lies in their corners.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.layers import images_tensor, per_span
from landmark_models.nets.mtcnn import (
    COMPACT,
    PAPER,
    SIZES,
    WINDOW,
    Answer,
    Mtcnn,
    MtcnnPoints,
    MtcnnProposals,
    MtcnnRefined,
)
from landmark_models.train.augment import IN_USE, Augmentation
from landmark_models.train.store import Store
from landmark_models.train.targets import converted, eye_span
from landmark_models.train.task import Batch, Exported, Loss, Stage
from landmark_models.train.windows import windows_of

CONFIGS = {"paper": PAPER, "compact": COMPACT}
FACE, PART, NONE = 0.65, 0.4, 0.3
"""Overlaps from which a window is a face or a part of one, and below which it is none."""
_KINDS = ("face", "box", "points")
_HARD = 0.7
_STAGES = {
    # Zhang et al. print neither rates nor batches nor epochs; these are usual ones.
    "paper": tuple(Stage(f"stage{k}", 60, 1e-3, 128, (f"stage{k}",)) for k in (1, 2, 3)),
    "compact": (
        Stage("stage1", 10, 4e-3, 256, ("stage1",), "cosine", "adamw", 1e-4),
        Stage("stage2", 12, 3e-3, 256, ("stage2",), "cosine", "adamw", 1e-4),
        Stage("stage3", 24, 3e-3, 128, ("stage3",), "cosine", "adamw", 1e-4),
    ),
}


@dataclass(frozen=True)
class Mixture:
    """What the windows of a stage are drawn from; the rest of them lie in the crop at random.

    Parameters
    ----------
    faces : float
        Share that shows the face as augmentation moves it.
    near : float
        Share of the others that lies near the face: many of these are parts of a face.
    weights : (float, float, float)
        Of the losses of face, box and points.
    """

    faces: float
    near: float
    weights: tuple[float, float, float]


_MIXTURES = {
    "stage1": Mixture(0.4, 0.4, (1.0, 0.5, 0.5)),
    "stage2": Mixture(0.4, 0.4, (1.0, 0.5, 0.5)),
    "stage3": Mixture(0.6, 0.4, (1.0, 0.5, 4.0)),
}


class MtcnnTask:
    """See `landmark_models.train.task.Task`."""

    name = "mtcnn"

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of mtcnn", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self.stages: Sequence[Stage] = _STAGES[config]
        self._how = Augmentation(erase=0.2)

    def network(self, store: Store) -> nn.Module:
        """A new network."""
        return Mtcnn(self.sizes)

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """One window a face, and what it shows.

        `counts` (B, 3) says which windows each loss knows: face, box, points.
        """
        mixture = _MIXTURES[stage]
        shown = rng.random(len(chosen))
        near = np.where(shown < mixture.faces, 1.0, mixture.near)
        batch = _batch(store, chosen, _size(stage), near, self._how, rng)
        if self.config == "paper":
            kind = int(rng.integers(len(_KINDS)))
            only = torch.arange(len(_KINDS)) == kind
            batch["counts"] = batch["counts"] & only
        return batch

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Stage 3: each face in a jittered box. Else: half of them, and as many random windows."""
        near = np.ones(len(chosen))
        if stage != "stage3":
            near[1::2] = 0
        return _batch(store, chosen, _size(stage), near, IN_USE, rng)

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Loss:
        """Weighted sum of the cross-entropy of faces and the errors of boxes and points.

        The paper's configuration squares the latter (Euclidean losses); the compact one does so
        for small errors only. A window's own loss is the same sum whether it is hard or not; of
        one that no loss counts, nothing is known.
        """
        answer = _answer(network, batch, stage)
        counts = batch["counts"]
        weights = (1.0, 1.0, 1.0) if self.config == "paper" else _MIXTURES[stage].weights
        each = (
            _cross_entropy(answer, batch),
            self._regression(answer.box, batch["box"]),
            self._regression(answer.points, batch["points"]),
        )
        parts = (
            _hard(each[0], counts[:, 0]),
            _mean(each[1], counts[:, 1]),
            _mean(each[2], counts[:, 2]),
        )
        total = torch.stack([w * part for w, part in zip(weights, parts, strict=True)]).sum()
        own = torch.stack(each, dim=1) * counts * torch.tensor(weights, device=counts.device)
        unknown = torch.full_like(own[:, 0], torch.nan)
        return Loss(total, torch.where(counts.any(dim=1), own.sum(dim=1), unknown))

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) stage 3: mean error of five points over the distance of the outer eye corners.
        The others: how far the probability of a face is from the truth, 0 for parts of a face.
        """
        answer = _answer(network, batch, stage)
        if stage != "stage3":
            return (torch.sigmoid(answer.face) - batch["face"]).abs() * batch["counts"][:, 0]
        found, wanted = (part.view(-1, 5, 2) for part in (answer.points, batch["points"]))
        return per_span(found, wanted, batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """Stage 3 as a landmark model, and the two stages before it for the cascade."""
        net = cast(Mtcnn, network)
        first, second, third = ((size, size) for size in SIZES)
        outputs = ("face", "box")
        return [
            Exported("mtcnn", MtcnnPoints(net), third, ("points", *outputs), _about()),
            Exported("mtcnn-stage1", MtcnnProposals(net), first, outputs, {}, free=True),
            Exported("mtcnn-stage2", MtcnnRefined(net), second, outputs, {}),
        ]

    def _regression(self, found: Tensor, wanted: Tensor) -> Tensor:
        if self.config == "paper":
            return (found - wanted).square().sum(dim=1)
        return functional.smooth_l1_loss(found, wanted, reduction="none", beta=0.03).sum(dim=1)


def _batch(
    store: Store,
    chosen: NDArray[np.intp],
    size: int,
    near: NDArray[np.floating],
    how: Augmentation,
    rng: Generator,
) -> dict[str, Tensor]:
    seen = windows_of(store, chosen, size, WINDOW, near, how, rng)
    five = converted(seen.points, store.scheme, scheme_named("five"))
    points = (five + np.float32(0.5)) / np.float32(size) - np.float32(0.5)
    face = seen.overlap >= FACE
    counts = [face | (seen.overlap < NONE), seen.overlap >= PART, face | (near >= 1)]
    return {
        "images": images_tensor(seen.images),
        "face": torch.from_numpy(face.astype(np.float32)),
        "box": torch.from_numpy(seen.edges - np.array([0, 0, 1, 1], np.float32)),
        "points": torch.from_numpy(points.reshape(len(points), -1)),
        "span": torch.from_numpy(eye_span(seen.points, store.scheme) / np.float32(size)),
        "counts": torch.from_numpy(np.stack(counts, axis=1)),
    }


def _size(stage: str) -> int:
    return SIZES[int(stage[-1]) - 1]


def _answer(network: nn.Module, batch: Batch, stage: str) -> Answer:
    """What the stage says of a batch of single windows."""
    answer = network.get_submodule(stage)(batch["images"])
    count = len(batch["images"])
    face, box, points = (part.float().reshape(count, -1) for part in answer)
    return Answer(face[:, 0], box, points)


def _cross_entropy(answer: Answer, batch: Batch) -> Tensor:
    return functional.binary_cross_entropy_with_logits(answer.face, batch["face"], reduction="none")


def _hard(each: Tensor, counts: Tensor) -> Tensor:
    """The mean cross-entropy of the hardest windows, Zhang et al.'s online mining."""
    counted = each[counts]
    if not len(counted):
        return each.sum() * 0
    return counted.topk(max(1, round(_HARD * len(counted)))).values.mean()


def _mean(each: Tensor, counts: Tensor) -> Tensor:
    """Over the windows that count; 0 if none does."""
    return (each * counts).sum() / counts.sum().clamp(min=1)


def _about() -> dict[str, object]:
    return {
        "scheme": "five",
        "input_size": SIZES[2],
        "colour": "gray",
        "decode": "pixels",
        "output": "points",
        "batch_size": 32,
        "crop": {"kind": "square", "side": "max", "scale": WINDOW, "border": "replicate"},
    }
