"""ResNet-18 and ResNet-50 without their classifier, as backbones of heat maps.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016, Table 1. With 3 input channels,
11,176,512 and 23,508,032 parameters. A bottleneck that halves the size does so in its 3×3
convolution, not in its first one: the cost in the paper of the heat maps is that of this variant
(Gluon's "v1b"). Where input and output differ, the shortcut is a 1×1 convolution (option B).
"""

from typing import NamedTuple, cast

from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import ConfigError
from landmark_models.nets.backbone import Backbone

STEM = 64
WIDTHS = (64, 128, 256, 512)
_EXPANSION = 4


class Residuals(NamedTuple):
    """A column of the paper's Table 1.

    Parameters
    ----------
    repeats : tuple of int
        Blocks at each of the four resolutions.
    bottleneck : bool
        Three convolutions a block (1×1, 3×3, and 1×1 to four times the width) in place of two.
    """

    repeats: tuple[int, int, int, int]
    bottleneck: bool


DEPTHS = {18: Residuals((2, 2, 2, 2), False), 50: Residuals((3, 4, 6, 3), True)}


class ResNet(Backbone):
    """(B, C, H, W) → (B, `channels`, H/32, W/32), rounded up.

    Convolutions start as He et al. (ICCV 2015) start them, with a variance of 2 over their number
    of outputs, as in Gluon and torch.

    Parameters
    ----------
    inputs : int
        Channels of the images.
    depth : {18, 50}
        Layers with weights, the classifier among them.

    Raises
    ------
    ConfigError
        Another depth.
    """

    def __init__(self, inputs: int, depth: int = 18) -> None:
        if depth not in DEPTHS:
            raise ConfigError(f"a ResNet wants 18 or 50 layers, got {depth}")
        column = DEPTHS[depth]
        channels = STEM
        parts: list[nn.Module] = [
            *_normalised(inputs, STEM, 7, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        ]
        widths = [STEM]
        for level, (width, repeats) in enumerate(zip(WIDTHS, column.repeats, strict=True)):
            if level > 0:
                widths.append(channels)
            for k in range(repeats):
                stride = 2 if k == 0 and level > 0 else 1
                block = Residual(channels, width, stride, bottleneck=column.bottleneck)
                parts.append(block)
                channels = block.channels
        super().__init__(parts, [*widths, channels])
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")


class Residual(nn.Module):
    """Two or three convolutions, and what they are added to; ReLU after the sum.

    Parameters
    ----------
    inputs : int
        Channels.
    width : int
        Channels within the block; those of its output, or a quarter of them in a bottleneck.
    stride : int
        By how much the size shrinks.
    bottleneck : bool
        See `Residuals`.
    """

    def __init__(self, inputs: int, width: int, stride: int, *, bottleneck: bool) -> None:
        super().__init__()
        self.channels = width * _EXPANSION if bottleneck else width
        if bottleneck:
            layers = [
                *_normalised(inputs, width, 1),
                nn.ReLU(),
                *_normalised(width, width, 3, stride),
                nn.ReLU(),
                *_normalised(width, self.channels, 1),
            ]
        else:
            layers = [
                *_normalised(inputs, width, 3, stride),
                nn.ReLU(),
                *_normalised(width, width, 3),
            ]
        self.parts = nn.Sequential(*layers)
        fits = stride == 1 and inputs == self.channels
        self.shortcut = nn.Sequential(
            *(() if fits else _normalised(inputs, self.channels, 1, stride))
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, h, w) → (B, `channels`, h/stride, w/stride)."""
        return functional.relu(cast(Tensor, self.parts(features) + self.shortcut(features)))


def _normalised(
    inputs: int, outputs: int, kernel: int, stride: int = 1
) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    return (
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )
