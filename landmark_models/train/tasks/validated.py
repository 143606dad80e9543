"""Training landmarks with a validation signal, and batches balanced by the faces' losses.

As Fuhl and Kasneci train (section 5): coordinates by L2, then L1, then the wing loss, in pixels of
the input; beside them, with every coordinate loss, the signal by eq. 3. Their four networks are the
`VARIANTS`. Where the text cannot be followed to the letter:

* The weight decay is printed as 5·10⁴, which would leave no weight: 5·10⁻⁴, dlib's own, is meant.
* The coordinate losses' gradients are those of sums over a face's outputs, and their rates fit
  that: a face's loss is such a sum in the paper's configuration, and a mean over its landmarks in
  the compact one.
* Of the augmentation, chances are not given: blur for half of the images, an occlusion for all.
  Noise of "up to 20 %" is a standard deviation of up to a fifth of 255, and a contrast of ±30 has
  no unit: a factor of exp ±0.3.
* Box shifts of up to a fifth of the image and turns of up to one radian leave some points of some
  faces outside of the crop. They are learnt all the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.layers import per_span
from landmark_models.nets.validated import COMPACT, PAPER, ValidatedNet
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.balance import Balance
from landmark_models.train.losses import COORDINATE_LOSSES, DISTANCES, validation_loss
from landmark_models.train.store import Store
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.25
SIGNAL_WEIGHTS = {
    "paper": {"l2": 1.0, "l1": 1.0, "wing": 1.0},
    "compact": {"l2": 0.02, "l1": 0.02, "wing": 0.3},
}
"""Of eq. 3's loss of the signal, beside each loss of x and y. In the compact configuration's short
training, the paper's equal weights let the layers that both share learn little but the signal at
first: the first distances are of many pixels, and their squares outweigh the other losses by far.
"""


class Variant(NamedTuple):
    """Whether landmarks have a validation signal, and how batches are balanced."""

    signal: bool
    balance: Balance


VARIANTS = {
    "NON": Variant(False, "none"),
    "NOBB": Variant(True, "none"),
    "BBO": Variant(True, "online"),
    "BB": Variant(True, "full"),
}

PAPER_AUGMENTATION = Augmentation(
    jitter=0,
    rotation=float(np.rad2deg(1)),
    scale=0,
    shift=0.2,
    flip=False,
    resolution=0,
    blur=0.5,
    gain=0.3,
    offset=0,
    gamma=0,
    invert=0,
    noise=0.2 * 255,
    erase=1,
    blurs=(1.0, 1.3),
    erased=(0.0, 0.5),
    shades=((0.0, 30.0), (200.0, 255.0), (0.0, 255.0)),
    grain=0,
)


def _slowly(name: str, epochs: float, rate: float) -> Stage:
    return Stage(name, epochs, rate, 10, (), "constant", "sgd", weight_decay=5e-4, warmup=0, clip=0)


# A stage's name begins with the loss of its coordinates.
_STAGES = {
    "paper": (
        _slowly("l2", 2000, 1e-8),
        _slowly("l2-faster", 2000, 1e-7),
        _slowly("l1", 2000, 1e-7),
        _slowly("l1-faster", 2000, 1e-6),
        _slowly("wing", 300, 1e-6),
        _slowly("wing-slower", 300, 1e-7),
        _slowly("wing-slowest", 300, 1e-8),
    ),
    "compact": (
        Stage("l1", 1, 2e-3, 32, (), "constant", "adamw", weight_decay=1e-4, warmup=0.1),
        Stage("wing", 11, 2e-3, 32, (), "cosine", "adamw", weight_decay=1e-4),
    ),
}


class ValidatedTask:
    """See `landmark_models.train.task.Task`.

    Parameters
    ----------
    config : str
        ``"compact"`` or ``"paper"``.
    variant : str
        One of `VARIANTS`, the paper's names of its four networks.
    distance : str
        What the signal expects, one of `landmark_models.train.losses.DISTANCES`.

    Raises
    ------
    UnknownNameError
        Another one.
    """

    name = "validated"

    def __init__(
        self, config: str = "compact", variant: str = "BB", distance: str = "manhattan"
    ) -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of validated", config, CONFIGS)
        if variant not in VARIANTS:
            raise UnknownNameError("variant of validated", variant, VARIANTS)
        if distance not in DISTANCES:
            raise UnknownNameError("distance of validated", distance, DISTANCES)
        self.config, self.variant, self.distance = config, variant, distance
        signal, balance = VARIANTS[variant]
        self.sizes = replace(CONFIGS[config], signal=signal)
        self.stages: Sequence[Stage] = tuple(
            replace(stage, balance=balance) for stage in _STAGES[config]
        )
        self._how = PAPER_AUGMENTATION if config == "paper" else Augmentation()
        self._scheme = scheme_named("ibug68")

    def network(self, store: Store) -> nn.Module:
        """A new network, whose answers start at the mean of the training shapes."""
        shape = mean_shape(store, self._scheme, self.sizes.size, CROP)
        return ValidatedNet(self.sizes, torch.from_numpy(shape))

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Images, points, and the distance of the outer eye corners."""
        return self._batch(store, chosen, self._how, rng)

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """The same with jittered boxes only."""
        return self._batch(store, chosen, IN_USE, rng)

    def _batch(
        self, store: Store, chosen: NDArray[np.intp], how: Augmentation, rng: Generator
    ) -> Batch:
        seen = samples_of(store, chosen, self.sizes.size, CROP, how, rng)
        return marked(seen, store.scheme, self._scheme)

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) or (B, P): the stage's loss of x and y, and eq. 3 of the signal."""
        points, signal = cast(ValidatedNet, network)(batch["images"])
        difference = points - batch["points"]
        name = stage.partition("-")[0]
        each = COORDINATE_LOSSES[name](difference).sum(dim=2)
        if signal is not None:
            expected = validation_loss(signal, difference, self.distance)
            each = each + SIGNAL_WEIGHTS[self.config][name] * expected
        return each.sum(dim=1) if self.config == "paper" else each

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) mean point error over the distance of the outer eye corners."""
        return per_span(network(batch["images"]).points, batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: points and, but for the variant NON, their quality."""
        size, net = self.sizes.size, cast(ValidatedNet, network)
        about = {
            "scheme": self._scheme.name,
            "input_size": size,
            "colour": "gray",
            "decode": "pixels",
            "output": "points",
            "batch_size": 32,
            "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
        }
        if not self.sizes.signal:
            return [Exported("validated", _Points(net), (size, size), ("points",), about)]
        about["quality"] = "quality"
        outputs = ("points", "quality")
        return [Exported("validated", _Graded(net), (size, size), outputs, about)]


class _Points(nn.Module):
    """The points alone."""

    def __init__(self, net: ValidatedNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        return cast(Tensor, self.net(images).points)


class _Graded(nn.Module):
    """Points, and minus the distance that is expected of each, in sides of the image."""

    def __init__(self, net: ValidatedNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        points, signal = self.net(images)
        return points, -signal / images.shape[-1]
