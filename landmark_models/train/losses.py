"""Losses on points and on what a network says of them, each element by itself."""

from collections.abc import Callable, Mapping
from math import log

import torch
from torch import Tensor

WIDTH, CURVATURE = 10.0, 2.0


def squared(difference: Tensor) -> Tensor:
    """½ d²: the loss whose gradient is the difference itself."""
    return 0.5 * difference.square()


def wing(difference: Tensor, width: float = WIDTH, curvature: float = CURVATURE) -> Tensor:
    """Feng et al., "Wing Loss for Robust Facial Landmark Localisation with CNNs", CVPR 2018, eq. 5.

    ``w ln(1 + |d| / ε)`` up to w, and from there on |d| less what makes both meet: small errors
    weigh more than L1 has them, large ones the same.

    Parameters
    ----------
    difference : Tensor
        In pixels of the network's input.
    width, curvature : float
        w and ε.

    Examples
    --------
    >>> wing(torch.tensor([0.0, -2.0, 12.0]))
    tensor([ 0.0000,  6.9315, 19.9176])
    """
    size = difference.abs()
    beyond = width - width * log(1 + width / curvature)
    return torch.where(size < width, width * torch.log1p(size / curvature), size - beyond)


COORDINATE_LOSSES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "l2": squared,
    "l1": torch.abs,
    "wing": wing,
}


def manhattan(difference: Tensor) -> Tensor:
    """(…, 2) → (…): |x| + |y|."""
    return difference.abs().sum(dim=-1)


def euclidean(difference: Tensor) -> Tensor:
    """(…, 2) → (…): √(x² + y²)."""
    length: Tensor = torch.linalg.vector_norm(difference, dim=-1)
    return length


DISTANCES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "manhattan": manhattan,
    "euclidean": euclidean,
}


def validation_loss(signal: Tensor, difference: Tensor, distance: str = "manhattan") -> Tensor:
    """The third line of eq. 3 of Fuhl and Kasneci: ½ (distance − signal)² of each landmark.

    Its gradient is for the signal alone: the distance is a label, and is not brought down by it.

    Parameters
    ----------
    signal : (…) tensor
        The distance that the network expects.
    difference : (…, 2) tensor
        Of its points from the true ones.
    distance : str
        A name of `DISTANCES`.

    Examples
    --------
    >>> off = torch.tensor([[3.0, -4.0]])
    >>> [validation_loss(torch.tensor([6.0]), off, name).item() for name in DISTANCES]
    [0.5, 0.5]
    """
    return squared(DISTANCES[distance](difference.detach()) - signal)
