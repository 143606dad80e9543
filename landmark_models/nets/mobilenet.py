"""MobileNetV2 without its classifier, as the backbone of heat maps.

Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018, Table 2. As in
the authors' own network, the first bottleneck, whose expansion is 1, has no expanding convolution.
(Gluon's has one; the costs in the paper of the heat maps, Table 4, come out without.)
With 3 input channels and width 1, 2,223,872 parameters including the convolution to 1280 channels.
"""

from typing import NamedTuple

from torch import Tensor, nn

from align_eval.errors import ConfigError
from landmark_models.nets.backbone import Backbone


class Bottlenecks(NamedTuple):
    """A row of the paper's Table 2: t, c, n and s."""

    expansion: int
    channels: int
    repeats: int
    stride: int


BLOCKS = (
    Bottlenecks(1, 16, 1, 1),
    Bottlenecks(6, 24, 2, 2),
    Bottlenecks(6, 32, 3, 2),
    Bottlenecks(6, 64, 4, 2),
    Bottlenecks(6, 96, 3, 1),
    Bottlenecks(6, 160, 3, 2),
    Bottlenecks(6, 320, 1, 1),
)
STEM, LAST = 32, 1280


class MobileNetV2(Backbone):
    """(B, C, H, W) → (B, `channels`, H/32, W/32), rounded up.

    Parameters
    ----------
    inputs : int
        Channels of the images.
    width : float
        Multiplier of every number of channels, rounded down as in Gluon, which the paper of the
        heat maps uses. (TensorFlow's network rounds to multiples of 8.)
    last : bool
        Whether the convolution to 1280 channels (more where the width is above 1), which prepares
        for the classifier, is kept.

    Raises
    ------
    ConfigError
        A width that leaves a layer without channels.
    """

    def __init__(self, inputs: int, width: float = 1.0, *, last: bool = False) -> None:
        if not width * BLOCKS[0].channels >= 1:
            raise ConfigError(f"MobileNetV2 wants a width of 1/16 at least, got {width:g}")
        channels = int(STEM * width)
        parts: list[nn.Module] = [_convolution(inputs, channels, 3, stride=2)]
        widths = []
        for row in BLOCKS:
            outputs = int(row.channels * width)
            if row.stride > 1:
                widths.append(channels)
            for k in range(row.repeats):
                stride = row.stride if k == 0 else 1
                parts.append(InvertedResidual(channels, outputs, row.expansion, stride))
                channels = outputs
        if last:
            outputs = max(LAST, int(LAST * width))
            parts.append(_convolution(channels, outputs, 1))
            channels = outputs
        super().__init__(parts, [*widths, channels])


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, and project linearly; a shortcut where it fits."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        parts = [_convolution(inputs, wide, 1)] if expansion > 1 else []
        parts.append(_convolution(wide, wide, 3, stride=stride, groups=wide))
        project = (nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.parts = nn.Sequential(*parts, *project)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, h, w) → (B, outputs, h/stride, w/stride)."""
        made: Tensor = self.parts(features)
        return features + made if self.shortcut else made


def _convolution(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )
