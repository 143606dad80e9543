"""Parts that several networks share."""

import torch
from torch import Tensor, nn

_LEAST = 1.0


def standardised(images: Tensor) -> Tensor:
    """Each image with mean 0 and standard deviation 1; an even one becomes 0.

    No published configuration says how it scales its input; this makes 8-bit and 16-bit, visible
    and thermal images alike, whatever a camera's gain.

    Parameters
    ----------
    images : (B, 1, H, W)
        Gray values from 0 to 255.
    """
    mean = images.mean(dim=(2, 3), keepdim=True)
    centred = images - mean
    spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
    return centred / (spread + _LEAST)


def per_span(found: Tensor, points: Tensor, span: Tensor) -> Tensor:
    """(B,) mean distance of (B, P, 2) points from the true ones, over (B,) a distance."""
    error: Tensor = (found - points).norm(dim=2).mean(dim=1) / span
    return error


def mean_error(found: Tensor, points: Tensor, corners: tuple[int, int]) -> Tensor:
    """(B,) mean distance of (B, P, 2) points over the distance of two of the true ones."""
    span: Tensor = (points[:, corners[0]] - points[:, corners[1]]).norm(dim=1)
    return per_span(found, points, span)


def parameter_count(module: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def convolution(inputs: int, outputs: int, *, normalise: bool, kernel: int = 3) -> nn.Sequential:
    """A convolution that keeps the size, batch normalisation if wanted, and ReLU.

    Where the batch is normalised, the convolution has no bias of its own.
    """
    parts: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=not normalise)
    ]
    if normalise:
        parts.append(nn.BatchNorm2d(outputs))
    return nn.Sequential(*parts, nn.ReLU())


def images_tensor(images: object) -> Tensor:
    """(B, H, W) float32 array → (B, 1, H, W) tensor."""
    return torch.as_tensor(images)[:, None]
