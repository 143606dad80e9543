"""A training task that is small enough to run in a test."""

import torch
from torch import nn

from landmark_models.nets.layers import images_tensor, mean_error, standardised
from landmark_models.train.augment import IN_USE, NONE, samples_of
from landmark_models.train.targets import mean_shape
from landmark_models.train.task import Exported, Stage

SIZE = 16
ABOUT = {
    "scheme": "ibug68",
    "input_size": SIZE,
    "colour": "gray",
    "decode": "pixels",
    "output": "points",
    "batch_size": 4,
    "crop": {"side": "max", "scale": 1.2, "border": "replicate"},
}


class TinyNet(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.register_buffer("shape", shape)
        self.base = nn.Sequential(nn.Flatten(), nn.Linear(SIZE * SIZE, 8), nn.BatchNorm1d(8))
        self.head = nn.Linear(8, 136)

    def forward(self, images):
        return self.shape + self.head(self.base(standardised(images))).float().unflatten(1, (-1, 2))


class TinyTask:
    name = "tiny"
    config = "compact"

    def __init__(self, *stages):
        self.stages = stages or (
            Stage("base", 2, 1e-3, batch=4, trained=("base",)),
            Stage("head", 2, 1e-3, batch=4, trained=("head",)),
        )

    @classmethod
    def as_made(cls):
        """One that learns nothing."""
        task = cls()
        task.stages = ()
        return task

    def network(self, store):
        return TinyNet(torch.from_numpy(mean_shape(store, store.scheme, SIZE, 1.2)))

    def sample(self, store, chosen, stage, rng):
        return self._batch(store, chosen, NONE, rng)

    def check(self, store, chosen, stage, rng):
        return self._batch(store, chosen, IN_USE, rng)

    def _batch(self, store, chosen, how, rng):
        seen = samples_of(store, chosen, SIZE, 1.2, how, rng)
        return {"images": images_tensor(seen.images), "points": torch.from_numpy(seen.points)}

    def loss(self, network, batch, stage):
        return self.error(network, batch, stage)

    def error(self, network, batch, stage):
        return mean_error(network(batch["images"]), batch["points"], (36, 45))

    def exported(self, network):
        return [Exported("tiny", network, (SIZE, SIZE), ("points",), ABOUT)]
