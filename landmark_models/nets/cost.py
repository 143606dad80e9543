"""What a network costs: multiply–accumulates for one input, and the size of its weights.

As in the tables of papers, the convolutions and linear layers are counted, each weight once for
each place where it is applied (those that fall on padding too); biases, normalisation, activations
and pooling are left out.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from align_eval.errors import ConfigError

_COUNTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
_BYTES = 4


@dataclass(frozen=True)
class Cost:
    """Of one network.

    Parameters
    ----------
    macs : int
        Multiply–accumulates for one input. (Papers call them FLOPs; an honest count of those is
        twice as high.)
    parameters : int
        Numbers that are learnt.
    statistics : int
        Running means and variances of batch normalisation, which are stored with the weights but
        vanish when it is folded into the convolutions.
    """

    macs: int
    parameters: int
    statistics: int

    @property
    def gmacs(self) -> float:
        """Thousands of millions of multiply–accumulates."""
        return self.macs / 1e9

    @property
    def megabytes(self) -> float:
        """Of the parameters as float32, in units of 2²⁰ bytes; without the statistics."""
        return self.parameters * _BYTES / 2**20


def cost(module: nn.Module, size: tuple[int, ...]) -> Cost:
    """Count by running a module once, on zeros; a layer that runs twice counts twice.

    A module on torch's "meta" device costs no memory and hardly any time.

    Parameters
    ----------
    module : nn.Module
        Takes one tensor. It is left as it was found.
    size : tuple of int
        Of the input without the batch: (C, H, W) of an image.

    Raises
    ------
    ConfigError
        A layer with weights of a kind that is not counted.

    Examples
    --------
    >>> cost(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), (3, 10, 10))
    Cost(macs=5400, parameters=216, statistics=0)
    """
    _refuse_others(module)
    macs: list[int] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        macs.append(_macs(layer, inputs[0], output))

    layers = [layer for layer in module.modules() if isinstance(layer, _COUNTED)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    modes = {layer: layer.training for layer in module.modules()}
    try:
        module.eval()
        with torch.no_grad():
            module(_zeros(module, size))
    finally:
        for hook in hooks:
            hook.remove()
        for layer, mode in modes.items():
            layer.training = mode
    return Cost(sum(macs), sum(p.numel() for p in module.parameters()), _statistics(module))


def _macs(layer: nn.Module, image: Tensor, output: Tensor) -> int:
    """Each weight of a convolution is applied at each place of its output, of a deconvolution at
    each of its input.
    """
    weight: Any = layer.weight
    if isinstance(layer, nn.Linear):
        return int(weight.numel()) * output[..., 0].numel()
    places = image if isinstance(layer, nn.ConvTranspose2d) else output
    return int(weight.numel()) * places[..., 0, :, :].numel()


def _refuse_others(module: nn.Module) -> None:
    for layer in module.modules():
        matrices = any(p.ndim > 1 for p in layer.parameters(recurse=False))
        if matrices and not isinstance(layer, _COUNTED):
            raise ConfigError(
                "a cost wants 2-D convolutions and linear layers, "
                f"got weights in {type(layer).__name__}"
            )


def _statistics(module: nn.Module) -> int:
    return sum(
        2 * layer.num_features
        for layer in module.modules()
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and layer.track_running_stats
    )


def _zeros(module: nn.Module, size: tuple[int, ...]) -> Tensor:
    first = next(module.parameters(), torch.zeros(()))
    return torch.zeros(1, *size, device=first.device, dtype=first.dtype)
