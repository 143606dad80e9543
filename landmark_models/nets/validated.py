"""The residual network of Fuhl and Kasneci, which says of each landmark how far off it may be.

"Learning to Validate the Quality of Detected Landmarks", ICMV 2019. The text names a first
convolution and a max pooling, three residual blocks of 64, 128 and 256 channels, batch
normalisation and a rectifier after each convolution, and two fully connected layers, the last with
three outputs a landmark: x, y and the distance that the network expects between them and the truth
(two where nothing is validated). What it leaves to its figure 3 is chosen here as in dlib's own
residual networks, with which the authors work: a first convolution of 7×7 with a step of 2 and a
pooling of 3×3 with a step of 2; two convolutions of 3×3 a block, the first of which halves the size
in the second and third block; a convolution of 1×1 beside them where size or channels change; the
sum before the block's last rectifier. Input (128×128, as of the wing loss's CNN-7), channels of the
first convolution (64) and width of the first fully connected layer (512) are not in the text
either. Convolutions have no biases, as each is followed by a normalisation. Answers start at the
mean of the training shapes.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from landmark_models.nets.layers import standardised


@dataclass(frozen=True)
class ValidatedSize:
    """Sizes of the network.

    Parameters
    ----------
    points : int
        Landmarks.
    size : int
        Side of the input in pixels.
    stem : int
        Channels of the first convolution.
    widths : tuple of int
        Channels of each residual block.
    hidden : int
        Width of the first fully connected layer.
    signal : bool
        Whether each landmark has a third output.
    """

    points: int = 68
    size: int = 128
    stem: int = 64
    widths: tuple[int, ...] = (64, 128, 256)
    hidden: int = 512
    signal: bool = True


PAPER = ValidatedSize()
COMPACT = ValidatedSize(size=96, stem=24, widths=(32, 64, 128), hidden=256)


class Found(NamedTuple):
    """Points (B, P, 2) in pixels of the input, and the distances (B, P) from the truth that are
    expected, in the same pixels; None of a network without a validation signal.
    """

    points: Tensor
    signal: Tensor | None


class ResidualBlock(nn.Module):
    """Two convolutions, and a way past them.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    step : int
        Of the first convolution, and of the way past.
    """

    def __init__(self, inputs: int, outputs: int, step: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, step, padding=1, bias=False)
        self.first_even = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_even = nn.BatchNorm2d(outputs)
        self.past: nn.Module = nn.Identity()
        if step > 1 or inputs != outputs:
            self.past = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, step, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, maps: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, ⌈H / step⌉, ⌈W / step⌉)."""
        inner = functional.relu(self.first_even(self.first(maps)))
        return functional.relu(self.past(maps) + self.second_even(self.second(inner)))


class ValidatedNet(nn.Module):
    """The network.

    Parameters
    ----------
    sizes : ValidatedSize
        `PAPER`, `COMPACT` or others.
    canonical : (P, 2) tensor, optional
        The shape that answers start at, in pixels of the input; it is part of the weights, but not
        learnt. Zeros if it is loaded later.
    """

    canonical: Tensor

    def __init__(self, sizes: ValidatedSize, canonical: Tensor | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        shape = torch.zeros(sizes.points, 2) if canonical is None else canonical
        self.register_buffer("canonical", shape.clone())
        parts: list[nn.Module] = [
            nn.Conv2d(1, sizes.stem, 7, 2, padding=3, bias=False),
            nn.BatchNorm2d(sizes.stem),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
        ]
        channels, side = sizes.stem, -(-sizes.size // 4)
        for number, width in enumerate(sizes.widths):
            step = 2 if number else 1
            parts.append(ResidualBlock(channels, width, step))
            channels, side = width, -(-side // step)
        self.blocks = nn.Sequential(*parts)
        self.hidden = nn.Linear(channels * side**2, sizes.hidden)
        self.answer = nn.Linear(sizes.hidden, (3 if sizes.signal else 2) * sizes.points)
        nn.init.normal_(self.answer.weight, std=1e-2)
        nn.init.zeros_(self.answer.bias)

    def forward(self, images: Tensor) -> Found:
        """(B, 1, S, S) gray values from 0 to 255 → points and signals."""
        hidden = functional.relu(self.hidden(self.blocks(standardised(images)).flatten(1)))
        # x, y and the signal of a landmark are neighbours, as in eq. 3.
        rows = self.answer(hidden).float().unflatten(1, (self.sizes.points, -1))
        points = cast(Tensor, self.canonical + rows[..., :2])
        return Found(points, rows[..., 2] if self.sizes.signal else None)
