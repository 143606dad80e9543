"""The Deep Alignment Network in the two-stage form of Poster et al. (CVPR Workshops 2019).

After Kowalski, Naruniec and Trzcinski, Deep Alignment Network, CVPR Workshops 2017. Each stage is
a small VGG that regresses how a shape must change. Between them, the image is turned so that the
shape found so far lies on the canonical (mean) shape; the second stage also sees where its points
are (a heat map) and what the first stage has made of the image (a feature image).

The paper's 23,022,592 parameters come out exactly with five landmarks, one input channel, 64, 128,
256 and 512 channels, convolutions with biases and no batch normalisation, and fully connected
layers (256 wide; a feature image of 56×56) without biases: `PAPER`. The original DAN normalises
batches; that would add 7,690 numbers, so Poster's did not, or did not count them.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from landmark_models.nets.layers import convolution, standardised


@dataclass(frozen=True)
class DanSize:
    """Sizes of a DAN.

    Parameters
    ----------
    points : int
        Landmarks.
    size : int
        Side of the input in pixels; ``2 ** len(widths)`` divides it.
    widths : tuple of int
        Channels of each block of two convolutions and a pooling.
    hidden : int
        Width of the fully connected layer.
    normalise : bool
        Batch normalisation after each convolution, and of the hidden layer. Without the latter,
        the second stage's hidden layer tends to die: its inputs are all positive.
    """

    points: int = 5
    size: int = 112
    widths: tuple[int, ...] = (64, 128, 256, 512)
    hidden: int = 256
    normalise: bool = False


PAPER = DanSize()
COMPACT = DanSize(points=68, size=80, widths=(16, 32, 64, 128), normalise=True)


class Found(NamedTuple):
    """Points (B, P, 2) in pixels of the input after the first and the second stage."""

    first: Tensor
    second: Tensor


class DanStage(nn.Module):
    """One VGG: (B, C, S, S) → the change of the shape, in canonical pixels."""

    def __init__(self, channels: int, sizes: DanSize) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for width in sizes.widths:
            blocks += [
                convolution(channels, width, normalise=sizes.normalise),
                convolution(width, width, normalise=sizes.normalise),
                nn.MaxPool2d(2),
            ]
            channels = width
        self.blocks = nn.Sequential(*blocks)
        cells = (sizes.size // 2 ** len(sizes.widths)) ** 2
        self.hidden = nn.Linear(channels * cells, sizes.hidden, bias=False)
        self.even = nn.BatchNorm1d(sizes.hidden) if sizes.normalise else nn.Identity()
        self.change = nn.Linear(sizes.hidden, 2 * sizes.points, bias=False)
        nn.init.normal_(self.change.weight, std=1e-2)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The change (B, P, 2), and the hidden layer (B, hidden) that it comes from."""
        hidden = functional.relu(self.even(self.hidden(self.blocks(images).flatten(1))))
        return self.change(hidden).float().unflatten(1, (-1, 2)), hidden


class Dan(nn.Module):
    """A two-stage DAN.

    Parameters
    ----------
    sizes : DanSize
        `PAPER`, `COMPACT` or others.
    canonical : (P, 2) tensor, optional
        The canonical shape in pixels of the input; it is part of the weights, but not learnt.
        Zeros if it is loaded later.
    """

    canonical: Tensor

    def __init__(self, sizes: DanSize, canonical: Tensor | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        shape = torch.zeros(sizes.points, 2) if canonical is None else canonical
        self.register_buffer("canonical", shape.clone())
        self.first = DanStage(1, sizes)
        self.second = DanStage(3, sizes)
        self.feature = nn.Linear(sizes.hidden, (sizes.size // 2) ** 2, bias=False)

    def begin(self, images: Tensor) -> Tensor:
        """The first stage alone: (B, 1, S, S) gray values → points (B, P, 2) in pixels."""
        change, _ = self.first(standardised(images))
        return cast(Tensor, self.canonical + change)

    def forward(self, images: Tensor) -> Found:
        """(B, 1, S, S) gray values from 0 to 255 → points of both stages."""
        even = standardised(images)
        change, hidden = self.first(even)
        found = self.canonical + change
        turn, shift = similarity(found, self.canonical)
        placed = apply(turn, shift, found)
        view = torch.cat(
            [
                resampled(even, turn, shift),
                heat_map(placed, self.sizes.size),
                self._feature_image(hidden),
            ],
            dim=1,
        )
        change, _ = self.second(view)
        return Found(found, undo(turn, shift, placed + change))

    def _feature_image(self, hidden: Tensor) -> Tensor:
        half = self.sizes.size // 2
        small = functional.relu(self.feature(hidden)).float().view(-1, 1, half, half)
        return functional.interpolate(small, scale_factor=2.0, mode="nearest")


def similarity(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Least-squares similarities, (B, P, 2) → (P, 2).

    Returns
    -------
    turn : (B, 2)
        a and b of ``x' = a·x − b·y + c, y' = b·x + a·y + d``.
    shift : (B, 2)
        c and d.
    """
    centre, aim = source.mean(dim=1, keepdim=True), target.mean(dim=0)
    off, wanted = source - centre, target - aim
    a = (off * wanted).sum(dim=(1, 2))
    b = (off[..., 0] * wanted[:, 1] - off[..., 1] * wanted[:, 0]).sum(dim=1)
    turn = torch.stack([a, b], dim=1) / off.square().sum(dim=(1, 2)).clamp(min=1e-6)[:, None]
    zero = torch.zeros_like(turn)
    return turn, aim - apply(turn, zero, centre)[:, 0]


def apply(turn: Tensor, shift: Tensor, points: Tensor) -> Tensor:
    """(B, P, 2) points under similarities of `similarity`."""
    a, b = turn[:, :1], turn[:, 1:]
    x, y = points[..., 0], points[..., 1]
    return torch.stack([a * x - b * y, b * x + a * y], dim=2) + shift[:, None]


def undo(turn: Tensor, shift: Tensor, points: Tensor) -> Tensor:
    """(B, P, 2) points under the inverse similarities."""
    square = turn.square().sum(dim=1, keepdim=True).clamp(min=1e-12)
    back = turn * torch.tensor([1.0, -1.0], device=turn.device) / square
    return apply(back, torch.zeros_like(shift), points - shift[:, None])


def resampled(images: Tensor, turn: Tensor, shift: Tensor) -> Tensor:
    """(B, C, S, S) images under similarities, bilinear; outside, the nearest pixel."""
    size = images.shape[-1]
    axis = torch.arange(size, device=images.device, dtype=torch.float32)
    rows, columns = axis.view(-1, 1).expand(size, size), axis.view(1, -1).expand(size, size)
    grid = torch.stack([columns, rows], dim=2).reshape(1, -1, 2)
    source = undo(turn, shift, grid.expand(images.shape[0], -1, -1))
    unit = (source + 0.5) * (2.0 / size) - 1
    return functional.grid_sample(
        images.float(),
        unit.view(-1, size, size, 2),
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )


def heat_map(points: Tensor, size: int) -> Tensor:
    """(B, 1, S, S) of ``1 / (1 + distance to the nearest point)``, as the original DAN draws it."""
    axis = torch.arange(size, device=points.device, dtype=torch.float32)
    off_x = (axis - points[..., :1]).square()
    off_y = (axis - points[..., 1:]).square()
    nearest = (off_y[..., :, None] + off_x[..., None, :]).amin(dim=1, keepdim=True)
    return 1 / (1 + (nearest + 1e-6).sqrt())
