"""Making an active appearance model: nothing is learnt by descent, all is worked out at once."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.aam import COMPACT, PAPER
from landmark_models.nets.layers import per_span
from landmark_models.train.appearance import aam_of
from landmark_models.train.augment import IN_USE, Augmentation, samples_of
from landmark_models.train.store import Store
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Batch, Exported, Stage
from landmark_models.train.tasks._marked import marked

CONFIGS = {"paper": PAPER, "compact": COMPACT}
CROP = 1.4
"""Side of the crop in longer sides of the face box: the box of a tenth of jitter stays inside."""
FACES = 2500
"""More training faces than these change little; they are spread evenly over the store."""
HOW = Augmentation(jitter=0.1, rotation=5.0, scale=0, shift=0, invert=0, erase=0)


class AamTask:
    """See `landmark_models.train.task.Task`. There are no stages."""

    name = "aam"
    stages: Sequence[Stage] = ()

    def __init__(self, config: str = "compact") -> None:
        if config not in CONFIGS:
            raise UnknownNameError("configuration of aam", config, CONFIGS)
        self.config = config
        self.sizes = CONFIGS[config]
        self._scheme = scheme_named("ibug68")

    def network(self, store: Store) -> nn.Module:
        """The model of the training faces; which way they are turned and displaced is random."""
        rng = np.random.default_rng(int(torch.randint(2**31, ()).item()))
        chosen = np.linspace(0, len(store) - 1, min(FACES, len(store))).round().astype(np.intp)
        batch = self._batch(store, chosen, HOW, rng)
        start = torch.from_numpy(mean_shape(store, self._scheme, self.sizes.size, CROP))
        return aam_of(self.sizes, batch["images"], batch["points"], start)

    def sample(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """Images, points, and the distance of the outer eye corners."""
        return self._batch(store, chosen, HOW, rng)

    def check(self, store: Store, chosen: NDArray[np.intp], stage: str, rng: Generator) -> Batch:
        """The same with jittered boxes only."""
        return self._batch(store, chosen, IN_USE, rng)

    def _batch(
        self, store: Store, chosen: NDArray[np.intp], how: Augmentation, rng: Generator
    ) -> Batch:
        seen = samples_of(store, chosen, self.sizes.size, CROP, how, rng)
        return marked(seen, store.scheme, self._scheme)

    def loss(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) what it is judged by; nothing descends it."""
        return self.error(network, batch, stage)

    def error(self, network: nn.Module, batch: Batch, stage: str) -> Tensor:
        """(B,) that error."""
        return per_span(network(batch["images"]), batch["points"], batch["span"])

    def exported(self, network: nn.Module) -> Sequence[Exported]:
        """One file: all levels, their iterations unrolled."""
        size = self.sizes.size
        about = {
            "scheme": self._scheme.name,
            "input_size": size,
            "colour": "gray",
            "decode": "pixels",
            "output": "points",
            "batch_size": 32,
            "crop": {"kind": "square", "side": "max", "scale": CROP, "border": "replicate"},
        }
        return [Exported(self.name, network, (size, size), ("points",), about)]
