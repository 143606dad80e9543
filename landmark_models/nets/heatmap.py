"""Sub-pixel heat maps: a backbone, a stack of upscaling layers, and a map for each landmark.

Earp et al., Sub-pixel face landmarks using heatmaps and a bag of tricks, 2020. The stack is spelled
as there, see `landmark_models.nets.upscale`; the maps come of a last 1×1 convolution.

The paper says neither where its backbones end nor how large its kernels are. Its tables of sizes
and costs do. 2,304 ways to build the eleven networks of Table 3 were compared with it: with or
without the convolution to 1280 channels, with or without a 1×1 convolution before the stack,
kernels of 1 to 4 pixels, shuffles that leave a quarter, half or all of the channels, maps made
before or after the last layer, with or without some biases and normalisation. But for the latter,
which hardly count, one way comes within 0.6 % of every figure but one; all others miss at least
five of the eleven networks by more than 3 %. It is `PAPER`: GluonCV's MobilePose (the authors used
GluonCV) with the paper's layers:

- The backbone ends before its pooling, so with the convolution to 1280 channels.
- A linear 1×1 convolution to 256 channels follows, also where the stack has 128 filters.
- D is a 4×4 deconvolution. The 3×3 convolution of S has as many filters as a D, so that the
  shuffle leaves a quarter of them.
- The maps are made after the last layer. (Section 4.2 has them made before the last S; its cost
  could not be 0.56 then.)
- What is called GFLOPS is 10⁹ multiply–accumulates; an MB is 2²⁰ bytes, without batch statistics.

Biases, and batch normalisation after the 1×1 convolution, are left out as in MobilePose, but for
the maps' bias; they change no size by more than 0.05 %. The paper's GFLOPS and MB and ours, for
MobileNetV2 of width 0.25 and 1.0 and for the ResNets, each with its stack and filters:

====================  ===========  ===============
network               paper        ours
====================  ===========  ===============
0.25, SSSS/256        0.56  6.12   0.562   6.123
0.25, DSSS/256        0.64  9.56   0.643   9.561
0.25, DDSS/256        0.96  12.00  0.963   12.998
0.25, DSSD/256        1.10  10.08  1.094   10.076
0.25, DSDS/256        1.73  11.69  1.728   11.686
0.25, DDDS/256        2.25  16.44  2.247   16.436
0.25, SSSD/256        1.02  6.64   1.014   6.638
0.25, SDSD/256        1.29  8.76   1.285   8.763
0.25, SSDD/256        2.90  10.08  2.892   10.076
0.25, SDDD/256        3.36  13.51  3.362   13.513
0.25, DDDD/256        3.50  18.26  3.491   18.263
1.0, SSD/128          0.32         0.317
1.0, SDD/128          0.43  12.16  0.434   12.163
1.0, SSSD/128         0.55         0.545
1.0, SDDSD/128        0.61         1.847
ResNet-18, SDD/128    1.13  45.56  1.539   45.565
ResNet-50, SDD/128    3.23  94.10  3.224   94.106
====================  ===========  ===============

Three figures differ, and look like slips of the paper:

- DDSS has 12.00 MB. A D before an S costs 3.44 MB more than an S there (SSSS and DSSS), which
  leads from DSSS's 9.56 to 13.00, and from there to DDDS's 16.44.
- SDDSD has 0.61. Five layers make maps of 192 pixels and cost three times that. SDSD, which may
  be meant, costs 0.613.
- ResNet-18 has 1.13, less than its backbone alone (1.33 for 192 pixels, from the 1.8 of He et al.
  for 224). Ours times (192/224)² is 1.131: scaled to the input twice, it seems.

Three layers make maps of 48 pixels, four maps of 96.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

from torch import Tensor, nn

from align_eval.errors import ConfigError, UnknownNameError
from landmark_models.nets.backbone import Backbone
from landmark_models.nets.layers import standardised
from landmark_models.nets.mobilenet import MobileNetV2
from landmark_models.nets.resnet import ResNet
from landmark_models.nets.upscale import Stack, Upscale

STRIDE = 32
"""Pixels of the image that a pixel of each backbone's output stands for."""
_DEPTHS = {"resnet18": 18, "resnet50": 50}
BACKBONES = ("mobilenetv2", *_DEPTHS)


@dataclass(frozen=True)
class HeatmapSize:
    """Sizes of a heat-map network.

    Parameters
    ----------
    points : int
        Landmarks: 68 (iBUG), 98 (WFLW), 106 (JD) or others.
    inputs : int
        Channels of the image.
    size : int
        Side of the input in pixels. The weights fit any multiple of 32.
    backbone : str
        One of `BACKBONES`.
    width : float
        Multiplier of the channels of MobileNetV2.
    stack : str
        Upscaling layers: a word of the letters D and S.
    filters : int
        Of each D, and of the convolution of each S, of which the shuffle leaves a quarter.
    neck : int
        Channels of a linear 1×1 convolution between backbone and stack; 0: none.
    last : bool
        Whether MobileNetV2 keeps its convolution to 1280 channels.
    laterals : bool
        Whether the backbone's features of the same resolution are added to each upscaling layer's
        output (Lin et al., Feature Pyramid Networks for Object Detection, CVPR 2017), through a
        1×1 convolution with batch normalisation. The paper's networks have none, and must tell the
        place within 32 pixels from channels alone. With them, `size` is a multiple of 32.
    """

    points: int = 68
    inputs: int = 1
    size: int = 192
    backbone: str = "mobilenetv2"
    width: float = 1.0
    stack: str = "SDD"
    filters: int = 128
    neck: int = 256
    last: bool = False
    laterals: bool = False

    @property
    def cells(self) -> int:
        """Side of the maps.

        Examples
        --------
        >>> HeatmapSize().cells, HeatmapSize(stack="DDDD").cells
        (48, 96)
        """
        return -(-self.size // STRIDE) << len(self.stack)


PAPER = HeatmapSize(points=106, inputs=3, width=0.25, stack="DDDD", filters=256, last=True)
COMPACT = HeatmapSize(laterals=True)
"""The paper's final MobileNetV2 for 68 points and gray images, less what only a classifier needs,
the convolution to 1280 channels, and with the backbone's finer features.
"""
_FINAL = replace(PAPER, width=1.0, stack="SDD", filters=128)
PAPERS: Mapping[str, HeatmapSize] = MappingProxyType(
    {
        "baseline": PAPER,
        "mobilenetv2": _FINAL,
        "resnet18": replace(_FINAL, backbone="resnet18", last=False),
        "resnet50": replace(_FINAL, backbone="resnet50", last=False),
    }
)
"""The paper's baseline (Table 1) and its three final models (Tables 5 and 6)."""


class HeatmapNet(nn.Module):
    """The network.

    Parameters
    ----------
    sizes : HeatmapSize
        `PAPER`, one of `PAPERS`, `COMPACT` or others.

    Raises
    ------
    UnknownNameError
        An unknown backbone.
    ConfigError
        A stack of other letters than D and S, or sizes that do not fit together.
    """

    def __init__(self, sizes: HeatmapSize = PAPER) -> None:
        super().__init__()
        self.sizes = sizes
        self.backbone = _backbone(sizes)
        channels = self.backbone.channels
        self.neck = nn.Conv2d(channels, sizes.neck, 1, bias=False) if sizes.neck else nn.Identity()
        self.stack = Stack(sizes.stack, sizes.neck or channels, sizes.filters)
        self.laterals = nn.ModuleList(
            _laterals(self.backbone, self.stack) if sizes.laterals else []
        )
        self.maps = nn.Conv2d(self.stack.channels, sizes.points, 1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, S, S) values from 0 to 255 → logits (B, P, M, M), M = S/32 · 2**layers.

        Each channel is standardised by itself.
        """
        *finer, coarsest = self.backbone.levels(standardised(images))
        features = self.neck(coarsest)
        for k, layer in enumerate(self.stack):
            features = layer(features)
            if k < len(self.laterals):
                features = features + self.laterals[k](finer[-1 - k])
        return cast(Tensor, self.maps(features))


def _laterals(backbone: Backbone, stack: Stack) -> list[nn.Module]:
    """From the coarsest on, as far as there are features and layers to add them to."""
    pairs = zip(reversed(backbone.widths[:-1]), stack, strict=False)
    return [
        nn.Sequential(
            nn.Conv2d(width, cast(Upscale, layer).channels, 1, bias=False),
            nn.BatchNorm2d(cast(Upscale, layer).channels),
        )
        for width, layer in pairs
    ]


def _backbone(sizes: HeatmapSize) -> Backbone:
    if sizes.backbone not in BACKBONES:
        raise UnknownNameError("backbone", sizes.backbone, BACKBONES)
    if sizes.backbone == "mobilenetv2":
        return MobileNetV2(sizes.inputs, sizes.width, last=sizes.last)
    if sizes.width != 1 or sizes.last:
        raise ConfigError(
            f"{sizes.backbone} wants width 1 and last False, got {sizes.width:g} and {sizes.last}"
        )
    return ResNet(sizes.inputs, _DEPTHS[sizes.backbone])
