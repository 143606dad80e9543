"""Training the cascaded CNN: all heat maps and all regressors at once.

As Mahpod et al. train it: every heat map, that of the second base included, by the squared
distance from Gaussians round the points, and every regressor by the squared distance of its
offsets from what its heat map has missed. The paper names the learning rates and their 2500 epochs,
but neither optimiser nor batch. Momentum and decay of the weights are here those that MatConvNet,
which the authors used, trains with unless told otherwise. Squared distances are sums over cells and
points, offsets are in cells. How far the paper turns, scales and shifts its images it does not say.

The compact configuration is to learn in ten passes. Its heat maps are shares of all cells, and
their loss is the cross-entropy with the Gaussians' shares, which tells every cell from the first
step on; its regressors minimise the mean distance of their points, in cells, which is what they are
judged by.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.ccnn import COMPACT, PAPER, Ccnn, Found, to_cells
from landmark_models.nets.layers import per_span
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.maps import gaussians, share_loss, square_loss
from landmark_models.train.store import Store
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.35
"""Side of the crop in longer sides of the face box: no box that is off by a tenth cuts a point off,
which a heat map could not show.
"""
UNITS = 4
"""The longest cascade of the paper's ablation."""
_PAPER_RATES = ((30, 1e-5), (5, 5e-6), (2465, 1e-6))


class CcnnTask:
    """See `landmark_models.train.task.Task`.

    Parameters
    ----------
    config : {"compact", "paper"}
        Sizes, losses and stages.
    units : int, optional
        K, from 1 to `UNITS`: how many units each cascade has; the configuration's by default.

    Raises
    ------
    UnknownNameError
        Another configuration.
    ConfigError
        Another number of units.
    """

    name = "ccnn"

    def __init__(self, config: str = "compact", units: int | None = None) -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of ccnn", config, CONFIGS)
        if units is not None and units not in range(1, UNITS + 1):
            raise ConfigError(f"units of ccnn wants a whole number from 1 to {UNITS}, got {units}")
        self.config = config
        own = CONFIGS[config]
        self.sizes = own if units is None else replace(own, units=units)
        self.stages: Sequence[Stage] = _stages(config, self.sizes.units)
        self._how = Augmentation()
        self._scheme = scheme_named("ibug68")

    def network(self, store: Store) -> nn.Module:
        """A new network."""
        return Ccnn(self.sizes)

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
        """(B,) the sum over all heat maps and all regressors, see the module."""
        found: Found = network(batch["images"])
        wanted = to_cells(batch["points"])
        axes = gaussians(wanted, self.sizes.side, self.sizes.sigma)
        apart = [to_cells(points) - wanted for points in found.points]
        if self.sizes.softmax:
            drawing = [share_loss(scores, axes).mean(dim=1) for scores in found.scores]
            missing = [off.norm(dim=2).mean(dim=1) for off in apart]
        else:
            drawing = [square_loss(maps, axes).sum(dim=1) for maps in found.maps]
            missing = [off.square().sum(dim=(1, 2)) for off in apart]
        return torch.stack(drawing + missing).sum(dim=0)

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) the mean error of the last unit's points over the distance of the eye corners."""
        found: Found = network(batch["images"])
        return per_span(found.points[-1], batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: the last unit's points and the heights of its heat maps, and all units' points.

        The latter are fractions of the crop's side, for `landmark_models.ccnn.Ccnn`.
        """
        size = self.sizes.size
        about = {
            "scheme": self._scheme.name,
            "input_size": size,
            "colour": "gray",
            "decode": "pixels",
            "output": "points",
            "quality": "quality",
            "batch_size": 32,
            "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
        }
        outputs = ("points", "quality", "units")
        return [Exported(self.name, _Points(cast(Ccnn, network)), (size, size), outputs, about)]


class _Points(nn.Module):
    """A CCNN that gives points and heights, and no maps."""

    def __init__(self, ccnn: Ccnn) -> None:
        super().__init__()
        self.ccnn = ccnn

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        found: Found = self.ccnn(images)
        units = torch.stack(found.points, dim=1) / self.ccnn.sizes.size
        return found.points[-1], found.maps[-1].amax(dim=(2, 3)), units


def _stages(config: str, units: int) -> tuple[Stage, ...]:
    """A stage's name tells K, so that no checkpoint of another K is gone on with."""
    if config == "paper":
        return tuple(
            Stage(
                f"cascade of {units}, {rate:g}",
                epochs,
                rate,
                16,
                schedule="constant",
                optimiser="sgd",
                weight_decay=5e-4,
                warmup=0,
                clip=0,
            )
            for epochs, rate in _PAPER_RATES
        )
    return (Stage(f"cascade of {units}", 10, 3e-3, optimiser="adamw", weight_decay=1e-4),)
