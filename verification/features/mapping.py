"""Deep Perceptual Mapping: from the descriptors of one spectrum to those of the other.

Sarfraz and Stiefelhagen, IJCV 122, 2017: a multi-layer perceptron with tanh units maps a reduced
visible descriptor and its place in the face to the thermal descriptor at the same place, by mean
squared error with weight decay. It is trained on patches of pairs of training images.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.catalog import load_object
from align_eval.errors import ConfigError, DataError, UnknownNameError
from verification.features.dense import Descriptors

Layers = list[tuple[NDArray[np.float32], NDArray[np.float32]]]
"""(inputs, outputs) weights and (outputs,) biases of each layer; tanh between them."""


class Schedule(NamedTuple):
    """How a perceptron is trained.

    Parameters
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    steps : int
        Of Adam, at least; whole passes over the training patches are made.
    batch : int
        Patches a step.
    learning_rate : float
        Adam's.
    decay : float
        λ of the penalty λ/2 · ‖W‖² on the weights (not the biases), beside half the squared
        error summed over a descriptor's elements, both per patch as scikit-learn weighs them.
    seed : int
        Of the first weights and the order of patches.
    """

    hidden: tuple[int, ...] = (200, 200)
    steps: int = 2400
    batch: int = 256
    learning_rate: float = 1e-3
    decay: float = 1.0
    seed: int = 0

    def passes(self, patches: int) -> int:
        """How often so many patches are gone through.

        >>> Schedule(steps=100, batch=256).passes(60_000), Schedule().passes(1000)
        (1, 600)
        """
        return -(-self.steps // -(-patches // self.batch))


Trainer = Callable[[Descriptors, Descriptors, Schedule], Layers]
TRAINERS: Mapping[str, str] = {
    "sklearn": "verification.features.mapping:train_sklearn",
    "torch": "verification.train.mapping:train_torch",
}


@dataclass
class PerceptualMapping:
    """Maps descriptors of one spectrum to the other.

    Parameters
    ----------
    schedule : Schedule
        Of its training.
    trainer : {"sklearn", "torch"}
        What trains it; both give the same quality. torch comes with ``align-eval[train]``.
    patches : int
        At most so many are trained on, drawn from those given.

    Attributes
    ----------
    provenance : dict
        What was learned from, and the mean squared error over targets of unit variance; empty
        before `fit`.
    """

    schedule: Schedule = field(default_factory=Schedule)
    trainer: str = "sklearn"
    patches: int = 60_000
    provenance: dict[str, str | int | float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        plan = self.schedule
        if self.trainer not in TRAINERS:
            raise UnknownNameError("trainer of a perceptual mapping", self.trainer, TRAINERS)
        if not plan.hidden or min(*plan.hidden, plan.steps, plan.batch, self.patches) < 1:
            raise ConfigError(
                "a perceptual mapping wants hidden layers, and at least 1 unit, step, batch and "
                f"patch, got {plan.hidden}, {plan.steps}, {plan.batch}, {self.patches}"
            )
        if not (0 < plan.learning_rate < np.inf and 0 <= plan.decay < np.inf):
            raise ConfigError(
                "a perceptual mapping wants a positive learning rate and a decay from 0, got "
                f"{plan.learning_rate} and {plan.decay}"
            )

    def fit(self, sources: Descriptors, targets: Descriptors, positions: Descriptors) -> None:
        """Learn from pairs of crops.

        Parameters
        ----------
        sources, targets : (N, P, D) float32
            Descriptors of both spectra: crop n of one shows what crop n of the other shows.
        positions : (P, 3) float32
            Where each patch is; see `verification.features.dense.DenseDescriptor.positions`.

        Raises
        ------
        DataError
            No pairs, or descriptors that do not vary.
        MissingExtraError
            torch is wanted and not installed.
        """
        if sources.shape != targets.shape or not len(sources):
            raise DataError(
                "a perceptual mapping wants as many patches of either spectrum, at least one: "
                f"got {sources.shape} and {targets.shape}"
            )
        self._scales = float(sources.std()), float(targets.std())
        if not min(self._scales) > 0:
            raise DataError("a perceptual mapping wants descriptors that vary")
        inputs, outputs = self._inputs(sources, positions), targets / self._scales[1]
        flat = outputs.reshape(-1, outputs.shape[-1])
        drawn = np.random.default_rng(self.schedule.seed).permutation(len(flat))[: self.patches]
        train: Trainer = load_object(TRAINERS[self.trainer], "perceptual mapping", "train")
        self._layers = train(inputs[drawn], flat[drawn], self.schedule)
        predicted = _forward(self._layers, inputs[drawn])
        error = float(np.mean((predicted - flat[drawn]) ** 2))
        self.provenance = {"trainer": self.trainer, "patches": len(drawn), "mse": round(error, 4)}

    def __call__(self, sources: Descriptors, positions: Descriptors) -> Descriptors:
        """(N, P, D): what the other spectrum would show, by what was learned."""
        values = _forward(self._layers, self._inputs(sources, positions))
        return values.reshape(sources.shape) * np.float32(self._scales[1])

    def _inputs(self, sources: Descriptors, positions: Descriptors) -> Descriptors:
        """(N · P, D + 3): descriptors of unit variance beside their places."""
        places = np.broadcast_to(positions, (len(sources), *positions.shape))
        inputs = np.concatenate([sources / np.float32(self._scales[0]), places], axis=-1)
        return inputs.reshape(-1, inputs.shape[-1])


def _forward(layers: Layers, values: Descriptors) -> Descriptors:
    for number, (weights, biases) in enumerate(layers, 1):
        values = values @ weights + biases
        if number < len(layers):
            np.tanh(values, out=values)
    return values


def train_sklearn(inputs: Descriptors, targets: Descriptors, schedule: Schedule) -> Layers:
    """Train with scikit-learn's `MLPRegressor` (Adam): seconds for 60,000 patches.

    Parameters
    ----------
    inputs, targets : (M, ·) float32
        A row for each patch.
    schedule : Schedule
        How.
    """
    from sklearn.neural_network import MLPRegressor

    net = MLPRegressor(
        hidden_layer_sizes=schedule.hidden,
        activation="tanh",
        alpha=schedule.decay,
        batch_size=min(schedule.batch, len(inputs)),
        learning_rate_init=schedule.learning_rate,
        random_state=schedule.seed,
    )
    for _ in range(schedule.passes(len(inputs))):  # `fit` would warn
        net.partial_fit(inputs, targets)
    return [
        (weights.astype(np.float32), biases.astype(np.float32))
        for weights, biases in zip(net.coefs_, net.intercepts_, strict=True)
    ]
