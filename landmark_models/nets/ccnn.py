"""The cascaded CNN of Mahpod et al., Facial Landmark Point Localization using Coarse-to-Fine Deep
Recurrent Neural Network, arXiv:1805.01760, 2018.

Two base subnetworks of one architecture (A1–A12) turn an image into feature maps F_1, F_2 and heat
maps. From F_2 and its heat maps H_0, a cascade of units (B1–B4) draws better and better heat maps
H_1 … H_K; beside it, a cascade of regressors (C1–C6) says how far the true points are from those
that H_k shows. The points of unit k are those that H_k shows plus ΔP̂_k. The first base learns from
the regressors, the second from the heat maps ("different losses and backpropagation paths"): what
the regressors see of F_2 and H_k passes no gradient on.

Tables 2–4 contradict themselves in places. The sizes that they state come out if they are read so:

- The last column is the padding of both sides together: it is the kernel less the stride in every
  row. Where that is odd, convolutions have one more before the map, and poolings behind it.
- A row that names a convolution or a pooling states the size of its input.
- B1 sees 136 channels, and C1 332: that is 68 + 68, and 128 + 68 + 68 + 68. So F_2 has 68 channels
  and F_1 the 128 of Table 2. The input that Table 3 calls F_1 is F_2, as its text says.
- H_E of equation 2, which its text calls "a baseline heatmap estimate H_0", is the first base's
  heat map: else nothing would read or train that base's layers A8–A12. The H_0 that the cascade
  starts from is the second base's.
- C4 sees E_k and E_{k−1}, 512 channels. Nothing comes before the first unit: its C4 sees 256.
- C6 takes 2×2 cells to 1×1, so its kernel is 2×2; the table's 1×1 would give four answers.
- Table 4 lists no ReLU, where Tables 2 and 3 list every one: C1–C5 have only the poolings' maxima.
- Batches are normalised after every convolution but C6, whose answer is no feature but an offset,
  in cells of the heat map. A convolution has a bias only where no normalisation follows.

Gray images are repeated for the three channels of A1, and standardised where the paper brings
pixels to [−0.5, 0.5]. It does not say how a heat map's location is read. Here it is the centre of
mass of the map's fourth power: finer than a cell, unlike the highest cell, and deaf to a low
background.

`COMPACT` differs from `PAPER` in more than widths, so that it can learn in minutes: kernels wider
than 3×3 have nine taps, spread over the same area (on a processor, a depthwise convolution of the
full size learns more slowly than that), and heat maps are a softmax over the cells, scaled so that
the wanted map is the same Gaussian of height 1. Nothing is dropped.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from align_eval.errors import ConfigError
from landmark_models.nets.layers import standardised

STRIDE = 4
"""Pixels of the input on each side of a cell of the heat maps."""
_TOO_SMALL = 64
_SHARPNESS = 4
_NOTHING = 1e-12  # an empty map shows the middle


@dataclass(frozen=True)
class CcnnSize:
    """Sizes of a CCNN.

    Parameters
    ----------
    points : int
        Landmarks.
    size : int
        Side of the input in pixels, a multiple of 4 and more than 64.
    channels : int
        Of the input of A1; gray images are repeated.
    units : int
        K, the units of each cascade.
    base : tuple of int
        Channels of A1–A6.
    features : (int, int)
        Channels of F_1 and F_2: of A7 of each base.
    heads : tuple of int
        Channels of A8–A11.
    heat : tuple of int
        Channels of B1–B3.
    regression : tuple of int
        Channels of C1–C5.
    dropout : float
        Behind A11.
    sigma : float
        Standard deviation of the wanted heat maps' Gaussians, in cells.
    spread : bool
        Kernels wider than 3×3 have nine taps: dilated ones of 3×3 that reach as far.
    softmax : bool
        Heat maps are a softmax over their cells instead of a ReLU of normalised scores.

    Raises
    ------
    ConfigError
        A size of other pixels. At 64, C5 would see a single cell, and in bfloat16, PyTorch's
        gradients of 3×3 kernels on single cells are garbage.
    """

    points: int = 68
    size: int = 256
    channels: int = 3
    units: int = 4
    base: tuple[int, int, int, int, int, int] = (64, 64, 64, 128, 128, 128)
    features: tuple[int, int] = (128, 68)
    heads: tuple[int, int, int, int] = (128, 128, 256, 256)
    heat: tuple[int, int, int] = (64, 64, 128)
    regression: tuple[int, int, int, int, int] = (64, 128, 256, 512, 1024)
    dropout: float = 0.5
    sigma: float = 1.3
    spread: bool = False
    softmax: bool = False

    def __post_init__(self) -> None:
        if self.size <= _TOO_SMALL or self.size % STRIDE:
            raise ConfigError(
                f"size of a CCNN wants a multiple of {STRIDE} above {_TOO_SMALL}, got {self.size}"
            )

    @property
    def side(self) -> int:
        """Cells on each side of a heat map."""
        return self.size // STRIDE


PAPER = CcnnSize()
COMPACT = CcnnSize(
    size=112,
    channels=1,
    units=2,
    base=(8, 8, 24, 32, 48, 64),
    features=(48, 48),
    heads=(48, 48, 64, 64),
    heat=(48, 48, 64),
    regression=(64, 64, 96, 192, 256),
    dropout=0.0,
    sigma=1.0,
    spread=True,
    softmax=True,
)


class Found(NamedTuple):
    """What a CCNN says of images.

    Parameters
    ----------
    scores : K + 1 tensors (B, P, h, w)
        What H_0 … H_K are made of, see `Ccnn.maps`.
    maps : K + 1 tensors (B, P, h, w)
        H_0 … H_K, float32: about 1 at a landmark.
    points : K tensors (B, P, 2)
        Of the units 1 … K, in pixels of the input; they pass gradients to the regressors only.
    """

    scores: tuple[Tensor, ...]
    maps: tuple[Tensor, ...]
    points: tuple[Tensor, ...]


class Base(nn.Module):
    """Table 2: (B, C, S, S) standardised images → features F and scores of a heat map H.

    Parameters
    ----------
    features : int
        Channels of F.
    sizes : CcnnSize
        All others.
    """

    def __init__(self, features: int, sizes: CcnnSize) -> None:
        super().__init__()
        a1, a2, a3, a4, a5, a6 = sizes.base
        a8, a9, a10, a11 = sizes.heads
        thin = sizes.spread
        self.features = nn.Sequential(
            *layer(sizes.channels, a1, 3), nn.ReLU(),
            *layer(a1, a2, 3), nn.ReLU(), nn.MaxPool2d(2),
            *layer(a2, a3, 3), nn.ReLU(),
            *layer(a3, a4, 3), nn.ReLU(), nn.MaxPool2d(2),
            *layer(a4, a5, 3), nn.ReLU(),
            *layer(a5, a6, 3), nn.ReLU(),
            *layer(a6, features, 1),
        )  # fmt: skip
        self.heat = nn.Sequential(
            *layer(features, a8, 9, spread=thin), nn.ReLU(),
            *layer(a8, a9, 9, spread=thin), nn.ReLU(),
            *layer(a9, a10, 1), nn.ReLU(),
            *layer(a10, a11, 1), nn.ReLU(), nn.Dropout(sizes.dropout),
            *_scores(a11, sizes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """F (B, C, h, w) and scores (B, P, h, w)."""
        features = self.features(images)
        return features, self.heat(features)


class Regressor(nn.Module):
    """Table 4: maps (B, C, h, w) and E_{k−1} → ΔP̂_k in cells of a heat map, and E_k.

    Parameters
    ----------
    before : bool
        Whether there is an E_{k−1}.
    sizes : CcnnSize
        Of the maps and of C1–C5.
    """

    def __init__(self, before: bool, sizes: CcnnSize) -> None:
        super().__init__()
        c1, c2, c3, c4, c5 = sizes.regression
        seen = sum(sizes.features) + 2 * sizes.points
        thin, last = sizes.spread, -(-sizes.side // 2**5)
        self.seen = nn.Sequential(
            *layer(seen, c1, 7, stride=2, spread=thin), *_maximum(),
            *layer(c1, c2, 5, stride=2, spread=thin), *_maximum(),
            *layer(c2, c3, 3, stride=2), *_maximum(),
        )  # fmt: skip
        self.change = nn.Sequential(
            *layer(2 * c3 if before else c3, c4, 3, stride=2), *_maximum(),
            *layer(c4, c5, 3, stride=2), *_maximum(),
        )  # fmt: skip
        self.answer = nn.Conv2d(c5, 2 * sizes.points, last)
        nn.init.normal_(self.answer.weight, std=1e-3)
        nn.init.zeros_(cast(Tensor, self.answer.bias))

    def forward(self, maps: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """ΔP̂_k (B, P, 2) and E_k."""
        seen = self.seen(maps)
        both = seen if before is None else torch.cat([seen, before], dim=1)
        change = self.answer(self.change(both)).flatten(1)
        return change.float().unflatten(1, (-1, 2)), seen


class Ccnn(nn.Module):
    """The network.

    Parameters
    ----------
    sizes : CcnnSize
        `PAPER`, `COMPACT` or others.
    """

    def __init__(self, sizes: CcnnSize = PAPER) -> None:
        super().__init__()
        self.sizes = sizes
        b1, b2, b3 = sizes.heat
        thin = sizes.spread
        self.base = nn.ModuleList(Base(features, sizes) for features in sizes.features)
        self.heat = nn.ModuleList(
            nn.Sequential(
                *layer(sizes.features[1] + sizes.points, b1, 7, spread=thin), nn.ReLU(),
                *layer(b1, b2, 13, spread=thin), nn.ReLU(),
                *layer(b2, b3, 1), nn.ReLU(),
                *_scores(b3, sizes),
            )
            for _ in range(sizes.units)
        )  # fmt: skip
        self.regression = nn.ModuleList(Regressor(k > 0, sizes) for k in range(sizes.units))

    def maps(self, scores: Tensor) -> Tensor:
        """Scores (B, P, h, w) as a heat map: about 1 at a landmark, 0 far from it."""
        if not self.sizes.softmax:
            return functional.relu(scores).float()
        height = 2 * math.pi * self.sizes.sigma**2
        shares = scores.float().flatten(2).softmax(dim=2)
        return height * shares.view_as(scores)

    def forward(self, images: Tensor) -> Found:
        """(B, 1, S, S) gray values from 0 to 255 → all heat maps, and the points of all units."""
        even = standardised(images).expand(-1, self.sizes.channels, -1, -1)
        own, baseline = self.base[0](even)
        features, score = self.base[1](even)
        shared = [own, features.detach(), self.maps(baseline).to(own.dtype)]
        scores, maps, points = [score], [self.maps(score)], []
        before: Tensor | None = None
        for heat, regressor in zip(self.heat, self.regression, strict=True):
            scores.append(heat(torch.cat([features, maps[-1].to(own.dtype)], dim=1)))
            maps.append(self.maps(scores[-1]))
            shown = maps[-1].detach()
            change, before = regressor(torch.cat([*shared, shown.to(own.dtype)], dim=1), before)
            points.append(to_pixels(location(shown) + change))
        return Found(tuple(scores), tuple(maps), tuple(points))


def layer(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, spread: bool = False
) -> list[nn.Module]:
    """A convolution whose maps are the input's side over its stride, and batch normalisation.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel, stride : int
        Of it; an odd kernel.
    spread : bool
        A kernel wider than 3×3 has nine taps only.
    """
    taps, apart = (3, kernel // 2) if spread and kernel > 3 else (kernel, 1)
    convolution = nn.Conv2d(inputs, outputs, taps, stride, kernel // 2, dilation=apart, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]


def _maximum() -> list[nn.Module]:
    """Table 4's poolings, whose maps have the size of the input."""
    return [nn.ConstantPad2d((0, 1, 0, 1), -math.inf), nn.MaxPool2d(2, 1)]


def _scores(inputs: int, sizes: CcnnSize) -> list[nn.Module]:
    """A12 or B4 before its ReLU. A softmax wants scores of any size, so they are not normalised."""
    if sizes.softmax:
        return [nn.Conv2d(inputs, sizes.points, 1, bias=False)]
    return layer(inputs, sizes.points, 1)


def location(maps: Tensor) -> Tensor:
    """Where heat maps show their points, see the module.

    Parameters
    ----------
    maps : (B, P, h, w)
        Not negative.

    Returns
    -------
    (B, P, 2) tensor
        x and y in cells.

    Examples
    --------
    >>> location(torch.tensor([[[[0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]]])).round(decimals=3)
    tensor([[[1.5000, 0.0000]]])
    """
    weights = maps.float().pow(_SHARPNESS) + _NOTHING
    columns, rows = weights.sum(dim=2), weights.sum(dim=3)
    across, down = (torch.arange(n.shape[2], device=maps.device).float() for n in (columns, rows))
    middle = torch.stack([(columns * across).sum(dim=2), (rows * down).sum(dim=2)], dim=2)
    return middle / columns.sum(dim=2, keepdim=True)


def to_pixels(cells: Tensor) -> Tensor:
    """Coordinates in cells of a heat map as pixels of the input; integers are centres of both.

    Examples
    --------
    >>> to_pixels(torch.tensor([0.0, 31.0])).tolist()
    [1.5, 125.5]
    """
    return (cells + 0.5) * STRIDE - 0.5


def to_cells(pixels: Tensor) -> Tensor:
    """Pixels of the input as coordinates in cells: what `to_pixels` takes back.

    Examples
    --------
    >>> to_cells(torch.tensor([1.5, 125.5])).tolist()
    [0.0, 31.0]
    """
    return (pixels + 0.5) / STRIDE - 0.5
