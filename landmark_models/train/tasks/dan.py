"""Training the Deep Alignment Network: the stages one after the other, as its authors do."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.dan import COMPACT, PAPER, Dan
from landmark_models.nets.layers import per_span
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.store import Store
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.25
_STAGES = {
    # Kowalski et al.: Adam, 1e-3, batches of 64, each stage until the validation error stays.
    "paper": (
        Stage("stage1", 150, 1e-3, trained=("first",), schedule="constant", patience=10),
        Stage("stage2", 150, 1e-3, trained=("second", "feature"), schedule="constant", patience=10),
    ),
    "compact": (
        Stage("stage1", 10, 2e-3, trained=("first",), optimiser="adamw", weight_decay=1e-4),
        Stage(
            "stage2",
            8,
            2e-3,
            trained=("second", "feature"),
            optimiser="adamw",
            weight_decay=1e-4,
        ),
    ),
}


class DanTask:
    """See `landmark_models.train.task.Task`."""

    name = "dan"

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of dan", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self.stages: Sequence[Stage] = _STAGES[config]
        self._how = Augmentation()
        self._scheme = scheme_named("five" if self.sizes.points == 5 else "ibug68")

    def network(self, store: Store) -> nn.Module:
        """A new network, with the mean of the training shapes as its canonical shape."""
        shape = mean_shape(store, self._scheme, self.sizes.size, CROP)
        return Dan(self.sizes, torch.from_numpy(shape))

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
        """(B,) mean point error over the distance of the outer eye corners, as DAN's loss is."""
        return self.error(network, batch, stage)

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) that error."""
        dan = cast(Dan, network)
        found = dan.begin(batch["images"]) if stage == "stage1" else dan(batch["images"]).second
        return per_span(found, batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: both stages, and the turn between them."""
        about = {
            "scheme": self._scheme.name,
            "input_size": self.sizes.size,
            "colour": "gray",
            "decode": "pixels",
            "output": "points",
            "batch_size": 32,
            "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
        }
        size = (self.sizes.size, self.sizes.size)
        return [Exported("dan", _Points(cast(Dan, network)), size, ("points",), about)]


class _Points(nn.Module):
    """A DAN that gives its last points only."""

    def __init__(self, dan: Dan) -> None:
        super().__init__()
        self.dan = dan

    def forward(self, images: Tensor) -> Tensor:
        return cast(Tensor, self.dan(images).second)
