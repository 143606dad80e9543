"""A U-Net that draws a mask, and fully connected layers that read numbers from it.

The common part of DMSL (Keong, Dong, Jin, Mallat and Dugelay, Multi-spectral Facial Landmark
Detection, WIFS 2020) and of Chu and Liu (MMSP 2019), after Ronneberger, Fischer and Brox, U-Net,
MICCAI 2015. A U-Net has one output channel of the size of its input. In a first stage of training
it learns a mask; in a second it is frozen, and its flattened output is regressed through a hidden
layer. ReLU inside the U-Net, sigmoid in the fully connected layers.

What the papers leave open:

- Convolutions are padded by one pixel, since the output has the size of the input.
- What is flattened is the mask itself, the sigmoid of the U-Net's output, which is what the first
  stage has trained. (Its logits are unbounded, and a ReLU would lose all that is below one half.)
- All results of the last sigmoid are fractions of the input's side.
- 3×3 convolutions start as Ronneberger's do, with a variance of 2 over their number of inputs.
- Fully connected weights start as TensorFlow 2, which the paper used, starts them (Glorot and
  Bengio, AISTATS 2010); the last biases at the mean answer, because a sigmoid that starts far from
  it learns slowly.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from landmark_models.nets.layers import convolution


@dataclass(frozen=True)
class MaskSize:
    """Sizes of a U-Net and of the fully connected layers behind it.

    Parameters
    ----------
    widths : tuple of int
        Channels at each resolution, from the finest.
    hidden : int
        Width of the hidden fully connected layer.
    pool : int
        The mask is averaged over squares of this side before it is flattened. 1: not at all, as
        in the paper.
    normalise : bool
        Not in the paper: batch normalisation after each 3×3 convolution, and of the flattened
        mask (without weights), for short trainings.
    """

    widths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    hidden: int = 1024
    pool: int = 1
    normalise: bool = False


PAPER_MASK = MaskSize()


class UNet(nn.Module):
    """(B, 1, S, S) standardised images → logits of a mask of the same shape.

    Parameters
    ----------
    widths : tuple of int
        See `MaskSize`; S must be a multiple of ``2 ** (len(widths) − 1)``.
    normalise : bool
        Batch normalisation after each 3×3 convolution.
    """

    def __init__(self, widths: tuple[int, ...], *, normalise: bool = False) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _double(inputs, outputs, normalise) for inputs, outputs in pairwise((1, *widths))
        )
        steps = list(pairwise(reversed(widths)))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, stride=2) for a, b in steps)
        self.up = nn.ModuleList(_double(2 * b, b, normalise) for _, b in steps)
        self.last = nn.Conv2d(widths[0], 1, 1)
        for layer in (*self.down.modules(), *self.up.modules()):
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        skipped: list[Tensor] = []
        seen = images
        for level, block in enumerate(self.down):
            seen = block(functional.max_pool2d(seen, 2) if level else seen)
            skipped.append(seen)
        skipped.pop()
        for grow, block in zip(self.grow, self.up, strict=True):
            seen = block(torch.cat([skipped.pop(), grow(seen)], dim=1))
        return cast(Tensor, self.last(seen))


class Reader(nn.Module):
    """(B, 1, S, S) masks from 0 to 1 → numbers from 0 to 1, through a hidden layer.

    Parameters
    ----------
    side : int
        S.
    sizes : MaskSize
        Hidden width, pooling, normalisation.
    mean : (O,) tensor
        The mean answer, from 0 to 1: what an untrained reader says, about.
    """

    def __init__(self, side: int, sizes: MaskSize, mean: Tensor) -> None:
        super().__init__()
        self.pool = sizes.pool
        inputs = (side // sizes.pool) ** 2
        # A pixel at which masks hardly vary must not be amplified to the scale of the others.
        self.even = (
            nn.BatchNorm1d(inputs, eps=1e-3, affine=False) if sizes.normalise else nn.Identity()
        )
        self.hidden = nn.Linear(inputs, sizes.hidden)
        self.answer = nn.Linear(sizes.hidden, len(mean))
        nn.init.xavier_uniform_(self.hidden.weight)
        nn.init.zeros_(self.hidden.bias)
        nn.init.normal_(self.answer.weight, std=1e-2)
        with torch.no_grad():
            # Hidden units start at one half each.
            start = 0.5 * self.answer.weight.sum(dim=1)
            self.answer.bias.copy_(torch.logit(mean.float(), eps=1e-2) - start)

    def seen(self, masks: Tensor) -> Tensor:
        """(B, hidden) the hidden layer."""
        pooled = functional.avg_pool2d(masks, self.pool) if self.pool > 1 else masks
        return torch.sigmoid(self.hidden(self.even(pooled.flatten(1))))

    def forward(self, masks: Tensor) -> Tensor:
        """(B, O), see the class."""
        return torch.sigmoid(self.answer(self.seen(masks)))


class MaskRegressor(nn.Module):
    """A U-Net and the reader of its mask: one of the sub-models of DMSL.

    Parameters
    ----------
    side : int
        S.
    sizes : MaskSize
        Of both.
    mean : (O,) tensor
        See `Reader`.
    """

    def __init__(self, side: int, sizes: MaskSize, mean: Tensor) -> None:
        super().__init__()
        self.unet = UNet(sizes.widths, normalise=sizes.normalise)
        self.reader = Reader(side, sizes, mean)

    def mask(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) the mask, from 0 to 1."""
        return torch.sigmoid(self.unet(images).float())

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) standardised images → (B, O) numbers from 0 to 1."""
        return cast(Tensor, self.reader(self.mask(images)))


def _double(inputs: int, outputs: int, normalise: bool) -> nn.Sequential:
    """Two 3×3 convolutions with stride 1."""
    return nn.Sequential(
        convolution(inputs, outputs, normalise=normalise),
        convolution(outputs, outputs, normalise=normalise),
    )


def fractions(points: Tensor, side: int) -> Tensor:
    """Pixel coordinates, integers at pixel centres, as fractions of a crop's side.

    Examples
    --------
    >>> fractions(torch.tensor([-0.5, 63.5]), 128).tolist()
    [0.0, 0.5]
    """
    return (points + 0.5) / side


def pixels(values: Tensor, side: int) -> Tensor:
    """(B, 2·P) fractions of a crop's side, x and y in turn → (B, P, 2) pixel coordinates.

    Examples
    --------
    >>> pixels(torch.tensor([[0.0, 0.5]]), 128).tolist()
    [[[-0.5, 63.5]]]
    """
    return values.float().view(-1, values.shape[1] // 2, 2) * side - 0.5
