"""The training of a perceptual mapping with torch; see `verification.features.mapping`."""

from itertools import pairwise

import torch

from verification.features.dense import Descriptors
from verification.features.mapping import Layers, Schedule


def train_torch(inputs: Descriptors, targets: Descriptors, schedule: Schedule) -> Layers:
    """Train the same perceptron by the same loss with torch's Adam.

    The first weights are scikit-learn's kind (uniform, after Glorot and Bengio 2010), drawn by
    torch's generator, so that the result differs by the draw only.

    Parameters
    ----------
    inputs, targets : (M, ·) float32
        A row for each patch.
    schedule : Schedule
        How.
    """
    generator = torch.Generator().manual_seed(schedule.seed)
    sizes = [inputs.shape[1], *schedule.hidden, targets.shape[1]]
    layers = [_drawn(*pair, generator) for pair in pairwise(sizes)]
    net = [tensor for layer in layers for tensor in layer]
    optimiser = torch.optim.Adam(net, lr=schedule.learning_rate)
    given, wanted = torch.from_numpy(inputs), torch.from_numpy(targets)
    for _ in range(schedule.passes(len(given))):
        order = torch.randperm(len(given), generator=generator)
        for chosen in torch.split(order, schedule.batch):
            optimiser.zero_grad()
            error = _forward(layers, given[chosen]) - wanted[chosen]
            penalty = torch.stack([weights.square().sum() for weights, _ in layers]).sum()
            # What scikit-learn descends: the sum over a descriptor's elements, the mean of patches.
            loss = 0.5 * (error.square().sum() + schedule.decay * penalty) / len(chosen)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return [(w.detach().numpy(), b.detach().numpy()) for w, b in layers]


def _drawn(
    inputs: int, outputs: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    bound = (6.0 / (inputs + outputs)) ** 0.5
    weights = (2 * torch.rand(inputs, outputs, generator=generator) - 1) * bound
    biases = (2 * torch.rand(outputs, generator=generator) - 1) * bound
    return weights.requires_grad_(), biases.requires_grad_()


def _forward(layers: list[tuple[torch.Tensor, torch.Tensor]], values: torch.Tensor) -> torch.Tensor:
    for weights, biases in layers[:-1]:
        values = torch.tanh(values @ weights + biases)
    weights, biases = layers[-1]
    return values @ weights + biases
