"""The heat maps that networks learn: Gaussians round the points, and losses against them.

A Gaussian is the product of one along each axis; these are kept as logarithms, so that a point that
lies outside of a map still has a nearest cell.
"""

import torch
from torch import Tensor

Axes = tuple[Tensor, Tensor]


def gaussians(cells: Tensor, side: int, sigma: float) -> Axes:
    """Gaussians of height 1 along either axis; their products are the wanted heat maps.

    Parameters
    ----------
    cells : (B, P, 2)
        Points in cells; may lie outside.
    side : int
        Cells along an axis.
    sigma : float
        Standard deviation in cells.

    Returns
    -------
    across, down : (B, P, side)
        Logarithms.
    """
    axis = torch.arange(side, device=cells.device, dtype=torch.float32)
    off = -(axis - cells[..., None]).square() / (2 * sigma**2)
    return off[:, :, 0], off[:, :, 1]


def square_loss(maps: Tensor, axes: Axes) -> Tensor:
    """(B, P) squared distance of (B, P, h, w) maps from `gaussians`, as a sum over cells."""
    across, down = axes
    wanted = (down[..., :, None] + across[..., None, :]).exp()
    return (maps - wanted).square().sum(dim=(2, 3))


def share_loss(scores: Tensor, axes: Axes) -> Tensor:
    """(B, P) cross-entropy of a softmax over the cells of (B, P, h, w) with the shares of
    `gaussians`.

    Where a map shows a point, every cell of it learns from the first step on, which most cells of a
    squared distance do not: they are to be 0, and are.
    """
    across, down = (axis.softmax(dim=2) for axis in axes)
    logs = scores.float().flatten(2).log_softmax(dim=2).view_as(scores)
    return -((logs * across[..., None, :]).sum(dim=3) * down).sum(dim=2)
