"""Stacks of layers that each double the size of feature maps, spelled as Earp et al. spell them.

``D`` is a deconvolution of stride 2 (4×4, as in Xiao et al., Simple Baselines for Human Pose
Estimation and Tracking, ECCV 2018); ``S`` a 3×3 convolution whose output is shuffled, four channels
into four pixels (Shi et al., CVPR 2016). Batch normalisation and ReLU follow each deconvolution and
precede each shuffle.
"""

from torch import Tensor, nn

from align_eval.errors import ConfigError

KINDS = ("D", "S")
_SHUFFLED = 4


class Upscale(nn.Module):
    """(B, inputs, h, w) → (B, `channels`, 2h, 2w).

    Parameters
    ----------
    kind : {"D", "S"}
        See the module.
    inputs : int
        Channels.
    filters : int
        Of the (de)convolution. An S leaves a quarter of them as channels.

    Raises
    ------
    ConfigError
        Another kind, or an S whose filters no shuffle takes.
    """

    def __init__(self, kind: str, inputs: int, filters: int) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ConfigError(f"an upscaling layer is D or S, got {kind!r}")
        if kind == "S" and filters % _SHUFFLED:
            raise ConfigError(f"pixel shuffle wants a multiple of 4 filters, got {filters}")
        layer = (
            nn.ConvTranspose2d(inputs, filters, 4, stride=2, padding=1, bias=False)
            if kind == "D"
            else nn.Conv2d(inputs, filters, 3, padding=1, bias=False)
        )
        shuffle = () if kind == "D" else (nn.PixelShuffle(2),)
        self.up = nn.Sequential(layer, nn.BatchNorm2d(filters), nn.ReLU(), *shuffle)
        self.channels = filters if kind == "D" else filters // _SHUFFLED

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.up(features)
        return made


class Stack(nn.Sequential):
    """(B, inputs, h, w) → (B, `channels`, 2**n · h, 2**n · w) with a word of n letters.

    Parameters
    ----------
    word : str
        Of the letters D and S, from the coarsest layer.
    inputs : int
        Channels.
    filters : int
        Of each layer.

    Raises
    ------
    ConfigError
        A word that is empty or has other letters.
    """

    def __init__(self, word: str, inputs: int, filters: int) -> None:
        if not word or set(word) - set(KINDS):
            raise ConfigError(f"a stack wants letters D and S, such as 'SDD', got {word!r}")
        layers: list[Upscale] = []
        for kind in word:
            layers.append(Upscale(kind, inputs, filters))
            inputs = layers[-1].channels
        super().__init__(*layers)
        self.channels = inputs
