"""Training the patch-based classifier.

As Poster et al. train it: patches of 60×60 pixels whose overlap (intersection over union) with the
region of a landmark exceeds .8 are that landmark's, at any distance from the camera; Adam, 10⁻³,
128 patches a step, four epochs. What a non-landmark patch is the paper does not say: here, one that
overlaps with every landmark's region by less than .6, that is by 15 pixels of shift or more. At
range 3, regions of neighbouring landmarks overlap by .3 to .45, so that a much lower limit would
leave no such patches inside a face.

The compact configuration learns from whole maps instead of single patches: every cell is a patch,
labelled by the same overlaps. That costs no more than a dozen patches a face, and patches look in
training as they do in use. The layers' zero padding makes a difference there: in a short trial, a
network that had learnt single patches had 1.7 times the error on images that it was run over than
on the same patches one by one.

A step sees faces of one size, between those of ranges 3 and 1: the mean eye distances of 31 and 87
pixels that the paper reports are boxes of `FAR` and `NEAR` pixels.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.layers import images_tensor, per_span
from landmark_models.nets.pbc import (
    COMPACT,
    EDGE,
    LANDMARKS,
    PAPER,
    PATCH,
    STRIDE,
    Pbc,
    cells,
    patches,
)
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.store import Store
from landmark_models.train.targets import converted, eye_span
from landmark_models.train.task import Batch, Exported, Loss, Stage

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.1
FAR, NEAR = 68, 190
"""Longer side of a face's box in pixels at range 3 and at range 1."""
POSITIVE, NEGATIVE = 0.8, 0.6
"""Overlap above which a patch is a landmark's, and below which it is none's."""
NONE = LANDMARKS
_NEAR, _LOOSE = 1, 2  # patches a face near a landmark and anywhere, besides one of each landmark
_HARD = 0.1
_FARTHEST = 7  # a patch that is shifted by more along either axis overlaps by less than POSITIVE
_CHUNK = 8  # images whose maps are held at once
_TRIES = 12  # patches among which one that shows no landmark is looked for


_STAGES = {
    "paper": (Stage("patches", 4, 1e-3, 16, schedule="constant"),),
    "compact": (Stage("patches", 6, 3e-3, 24, optimiser="adamw", weight_decay=1e-4),),
}


class PbcTask:
    """See `landmark_models.train.task.Task`."""

    name = "pbc"

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of pbc", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self.stages: Sequence[Stage] = _STAGES[config]
        self._how = Augmentation(
            jitter=0, rotation=10, scale=0, shift=0.08, resolution=0.2, noise=6, erase=0.2
        )

    def network(self, store: Store) -> nn.Module:
        """A new network."""
        return Pbc(self.sizes)

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Images of faces of one size, and what patches of them show, −1 if that is undecided.

        Paper: `corners` (B, K, 2) are the first pixels of K patches in the continued images, and
        `classes` is (B, K). Compact: `classes`
        (B, h · w) are of every cell of the map.
        """
        side = float(np.exp(rng.uniform(np.log(FAR), np.log(NEAR))))
        batch = _seen(store, chosen, side, self._how, rng)
        five, size = batch["points"].numpy(), batch["images"].shape[-1]
        if self.config == "paper":
            corners = _corners(five, size, rng)
            batch["corners"] = torch.from_numpy(corners)
        else:
            corners = _grid(size)
        classes = classes_of(corners + ((PATCH - 1) / 2 - EDGE), five)
        batch["classes"] = torch.from_numpy(classes)
        return batch

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Faces at range 1, in jittered boxes."""
        return _seen(store, chosen, NEAR, IN_USE, rng)

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Loss:
        """Cross-entropy of the patches' classes. Of maps, where few cells show a landmark: the sum
        of its means over those and over the hardest of the others.

        A face's own loss is the mean of its patches that are decided, hard or not.
        """
        net, classes = cast(Pbc, network), batch["classes"].flatten()
        decided = batch["classes"] >= 0
        prepared = net.prepared(batch["images"])
        if "corners" in batch:
            scores = net.scores(patches(prepared, batch["corners"])).flatten(1)
            each = _cross_entropy(scores, classes)
            return Loss(
                functional.cross_entropy(scores.float(), classes, ignore_index=-1),
                _means(each, decided),
            )
        scores = net.scores(prepared).permute(0, 2, 3, 1).flatten(0, 2)
        each = _cross_entropy(scores, classes)
        shown = (classes >= 0) & (classes != NONE)
        hard = each[classes == NONE]
        hard = hard.topk(max(1, round(_HARD * len(hard)))).values
        total = (each * shown).sum() / shown.sum().clamp(min=1) + hard.mean()
        return Loss(total, _means(each, decided))

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) mean error of five points over the distance of the outer eye corners."""
        parts = torch.split(batch["images"], _CHUNK)
        found = torch.cat([network(part).points for part in parts])
        return per_span(found, batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file, for images of any size."""
        about = {
            "scheme": "five",
            "colour": "gray",
            "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
        }
        size = (round(NEAR * CROP),) * 2
        return [Exported("pbc", network, size, ("points", "quality"), about, free=True)]


def _cross_entropy(scores: Tensor, classes: Tensor) -> Tensor:
    """(N,) of each patch; 0 where the class is undecided."""
    return functional.cross_entropy(scores.float(), classes, ignore_index=-1, reduction="none")


def _means(each: Tensor, decided: Tensor) -> Tensor:
    """(B,) the mean of each face's patches that are decided, (B, K); NaN if none is."""
    return each.view_as(decided).sum(dim=1) / decided.sum(dim=1)


def _seen(
    store: Store, chosen: NDArray[np.intp], side: float, how: Augmentation, rng: Generator
) -> dict[str, Tensor]:
    """Faces whose boxes measure about `side` pixels."""
    seen = samples_of(store, chosen, round(side * CROP), CROP, how, rng)
    five = converted(seen.points, store.scheme, scheme_named("five"))
    return {
        "images": images_tensor(seen.images),
        "points": torch.from_numpy(five),
        "span": torch.from_numpy(eye_span(seen.points, store.scheme)),
    }


def overlaps(centres: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    """(…, K, 5) intersection over union of patches round (…, K, 2) with those round (…, 5, 2).

    Examples
    --------
    >>> overlaps(np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [15.0, 0.0], [60.0, 3.0]])).round(2)
    array([[1. , 0.6, 0. ]])
    """
    off = np.abs(centres[..., :, None, :] - points[..., None, :, :])
    shared = np.clip(PATCH - off, 0, None).prod(axis=-1)
    shares: NDArray[Any] = shared / (2 * PATCH**2 - shared)
    return shares


def classes_of(centres: NDArray[Any], points: NDArray[Any]) -> NDArray[np.int64]:
    """(…, K) what patches round (…, K, 2) show of (…, 5, 2) landmarks.

    The landmark that they overlap most with, if that is more than `POSITIVE`; `NONE` if it is less
    than `NEGATIVE`; else −1.
    """
    shares = overlaps(centres, points)
    most = shares.max(axis=-1)
    classes = np.where(most > POSITIVE, shares.argmax(axis=-1), np.where(most < NEGATIVE, NONE, -1))
    return classes.astype(np.int64)


def _grid(size: int) -> NDArray[np.int64]:
    """(h · w, 2) the first pixels of a map's patches in an image of `size` pixels, continued."""
    along = STRIDE * np.arange(cells(size + 2 * EDGE))
    return np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)


def _corners(points: NDArray[Any], size: int, rng: Generator) -> NDArray[np.int64]:
    """(B, K, 2) the first pixels of patches of landmarks, near landmarks and anywhere."""
    count = len(points)
    off = rng.uniform(-_FARTHEST, _FARTHEST, points.shape)
    own = points + off * rng.random((count, LANDMARKS, 1))
    which = rng.integers(0, LANDMARKS, (count, _NEAR * _TRIES))
    near = points[np.arange(count)[:, None], which]
    near = near + rng.uniform(-PATCH / 2, PATCH / 2, near.shape)
    loose = rng.uniform(0, size - 1, (count, _LOOSE * _TRIES, 2))
    centres = [own, _empty(near, points, _NEAR), _empty(loose, points, _LOOSE)]
    corners = np.round(np.concatenate(centres, axis=1) + (EDGE - (PATCH - 1) / 2))
    return np.clip(corners, 0, size + 2 * EDGE - PATCH).astype(np.int64)


def _empty(centres: NDArray[Any], points: NDArray[Any], keep: int) -> NDArray[Any]:
    """(B, keep, 2) of the centres, those that show no landmark first."""
    empty = overlaps(centres, points).max(axis=-1) < NEGATIVE
    order = np.argsort(~empty, axis=1, kind="stable")[:, :keep]
    return np.take_along_axis(centres, order[..., None], axis=1)
