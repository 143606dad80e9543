"""The peaks of heat maps as functions that gradients pass: `landmark_models.peaks` for training.

Positions are x and y in cells, whose centres are at integers, as there. What that module says of
odd maps holds here too, and where it puts something in place of a value, no gradient flows.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from landmark_models._log_surface import CURVATURE, FLOOR, UPRIGHT


class Moments(NamedTuple):
    """Mean positions (B, P, 2) in cells and variances (B, P, 2) in squared cells, as x and y."""

    mean: Tensor
    variance: Tensor


def pixels(at: Tensor, stride: float) -> Tensor:
    """Positions in cells as pixels of a crop that has `stride` pixels a cell."""
    return (at + 0.5) * stride - 0.5


def soft_argmax(maps: Tensor, sharpness: float | None = None, window: int | None = None) -> Tensor:
    """(B, P, 2) mean positions under maps (B, P, h, w); see `moments`."""
    return moments(maps, sharpness, window).mean


def moments(maps: Tensor, sharpness: float | None = None, window: int | None = None) -> Moments:
    """Means and variances of maps taken as distributions.

    The variance is what Nibali, He, Morgan and Prendergast (Numerical Coordinate Regression with
    Convolutional Neural Networks, 2018) hold to a target beside the mean's error.

    Parameters
    ----------
    maps : (B, P, h, w)
        Heat maps.
    sharpness : float, optional
        The distribution is the softmax of ``sharpness · map``, so 1 for logits; left out, it is
        the map's positive part over its sum.
    window : int, optional
        Only cells at most half as far from the highest one count; left out, all of them.
    """
    shares = _shares(maps, sharpness)
    if window is not None:
        shares = shares * _near(maps, window // 2)
    shares = shares / shares.sum(dim=(2, 3), keepdim=True)
    means, variances = [], []
    for across, length in ((2, maps.shape[3]), (3, maps.shape[2])):
        places = torch.arange(length, dtype=maps.dtype, device=maps.device)
        marginal = shares.sum(dim=across)
        mean = (marginal * places).sum(dim=2, keepdim=True)
        means.append(mean)
        variances.append((marginal * (places - mean).square()).sum(dim=2, keepdim=True))
    return Moments(torch.cat(means, dim=2), torch.cat(variances, dim=2))


def taylor(maps: Tensor) -> Tensor:
    """(B, P, 2) vertices of the logarithms of maps (B, P, h, w) expanded at the highest cells.

    The cell itself has no gradient; the step from it to the vertex has.
    """
    around, place = _around(maps)
    height = around[..., 1:2, 1:2]
    logs = (around / torch.where(height > 0, height, 1.0)).clamp_min(FLOOR).log()
    (nw, n, ne), (w, c, e), (sw, s, se) = (row.unbind(dim=2) for row in logs.unbind(dim=2))
    step = _vertex((e - w) / 2, (s - n) / 2, e + w - 2 * c, s + n - 2 * c, (se - sw - ne + nw) / 4)
    lost = torch.where(height[..., 0].isfinite(), 0.0, torch.nan).to(maps)
    return place + step.clamp(-1.0, 1.0) + lost


def _shares(maps: Tensor, sharpness: float | None) -> Tensor:
    if sharpness is not None:
        return (sharpness * maps).flatten(2).softmax(dim=2).view_as(maps)
    positive = maps.clamp_min(0.0)
    none = (maps <= 0).all(dim=3, keepdim=True).all(dim=2, keepdim=True)
    return torch.where(none, torch.ones_like(maps), positive)


def _highest(maps: Tensor) -> tuple[Tensor, Tensor]:
    """(B, P) rows and columns of the highest cells."""
    cell = maps.detach().flatten(2).argmax(dim=2)
    return cell // maps.shape[3], cell % maps.shape[3]


def _near(maps: Tensor, radius: int) -> Tensor:
    """(B, P, h, w): 1 round the highest cell, elsewhere 0."""
    sides = [
        (torch.arange(length, device=maps.device) - at[..., None]).abs() <= radius
        for at, length in zip(_highest(maps), maps.shape[2:], strict=True)
    ]
    return (sides[0][..., :, None] & sides[1][..., None, :]).to(maps)


def _around(maps: Tensor) -> tuple[Tensor, Tensor]:
    """(B, P, 3, 3) values round the highest cells, mirrored at the border, and these (B, P, 2)."""
    row, column = _highest(maps)
    steps = torch.arange(-1, 2, device=maps.device)
    rows, columns = (
        (last - (last - (at[..., None] + steps).abs()).abs()).clamp(0, last)
        for at, last in ((row, maps.shape[2] - 1), (column, maps.shape[3] - 1))
    )
    index = rows[..., :, None] * maps.shape[3] + columns[..., None, :]
    around = maps.flatten(2).gather(2, index.flatten(2)).view(*row.shape, 3, 3)
    return around, torch.stack([column, row], dim=2).to(maps)


def _vertex(x: Tensor, y: Tensor, xx: Tensor, yy: Tensor, xy: Tensor) -> Tensor:
    """(B, P, 2) steps to the vertices of surfaces with these derivatives, each (B, P)."""
    bent_x, bent_y = xx < -CURVATURE, yy < -CURVATURE
    whole = bent_x & bent_y & (xy * xy < (1 - UPRIGHT) * (xx * yy))
    xy = torch.where(whole, xy, 0.0)
    x, y = torch.where(bent_x, x, 0.0), torch.where(bent_y, y, 0.0)
    xx, yy = torch.where(bent_x, xx, -1.0), torch.where(bent_y, yy, -1.0)
    minus = xy * xy - xx * yy
    return torch.stack([(yy * x - xy * y) / minus, (xx * y - xy * x) / minus], dim=2)
