"""An active appearance model: a linear model of shape, another of appearance, and Gauss–Newton.

After Cootes, Edwards and Taylor, Active Appearance Models, PAMI 2001; Matthews and Baker, Active
Appearance Models Revisited, IJCV 2004; and, for features instead of gray values, Antonakos et al.,
Feature-Based Lucas–Kanade and Active Appearance Models, TIP 2015. The baseline of DMSL's table 2.

The current shape warps the image's features, triangle by triangle, to the frame of the mean shape
(a piecewise affine warp), where the mean appearance is subtracted. What is left, r, is explained by
a shape that is off by Δ (J Δ) and by appearance: Gauss–Newton minimises

    (r − J Δ)ᵀ Σ⁻¹ (r − J Δ) / n + |p − Δ|²

over Δ, where Σ has the modes of appearance and white noise for the rest, so that appearance is
projected out (in the form of Alabort-i-Medina and Zafeiriou, A Unified Framework for Compositional
Fitting of Active Appearance Models, IJCV 2017), n is how many values of features count as one
independent one, and p are the coefficients of the shape's modes in standard deviations, which a
prior keeps near the mean. J is fixed for each level, so Δ is a constant matrix times r, plus
another times p. The shape is changed by the inverse of Δ, to the first order (Matthews and Baker,
section 4.1), and brought back to the model: a similarity, and coefficients within three standard
deviations. Nothing here is learnt by descent; `landmark_models.train.appearance` works it all out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, pi
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from landmark_models.nets.layers import standardised

_HELD = 3.0
_STEP = 2.0
_SCALES = (0.7, 1.4)
_TURN = 0.6
_AWAY = 0.3
_FLAT = 1e-3
_LEAST = 0.02


@dataclass(frozen=True)
class LevelSize:
    """One level of resolution.

    Parameters
    ----------
    frame : int
        Pixels from side to side of the mean shape's box in the reference frame.
    iterations : int
        Of Gauss–Newton.
    before, after : float
        Standard deviations, in pixels of the input, of the Gaussians that blur the gray values
        and the features.
    reach : float
        How far off the shapes are from which J is taken, in the spread of the parameters (of the
        modes over the training faces; of the similarity, at the start).
    """

    frame: int
    iterations: int
    before: float
    after: float
    reach: float


@dataclass(frozen=True)
class AamSize:
    """Sizes of an active appearance model.

    Parameters
    ----------
    points : int
        Landmarks.
    size : int
        Side of the input in pixels.
    directions : int
        Channels of features: edges in so many directions. 0: the gray values themselves.
    modes : int
        Of the shape, besides the four of a similarity.
    appearance : int
        Modes of appearance at each level; fewer where the training faces are too few.
    levels : tuple of LevelSize
        From coarse to fine.
    together : float
        How many values of features count as one independent one.
    stride : float
        Share of Gauss–Newton's step that is taken. The whole of it tends to go too far, and where
        there is no face, to and fro.
    """

    points: int = 68
    size: int = 96
    directions: int = 8
    modes: int = 20
    appearance: int = 300
    levels: tuple[LevelSize, ...] = (
        LevelSize(frame=23, iterations=3, before=1.5, after=4.0, reach=0.6),
        LevelSize(frame=23, iterations=4, before=1.5, after=2.5, reach=0.4),
        LevelSize(frame=34, iterations=6, before=0.7, after=1.5, reach=0.2),
    )
    together: float = 100.0
    stride: float = 0.7


PAPER = AamSize(
    directions=0,
    levels=(
        LevelSize(frame=34, iterations=6, before=1.0, after=0.0, reach=0.6),
        LevelSize(frame=68, iterations=6, before=0.0, after=0.0, reach=0.3),
    ),
    stride=0.2,
)
"""Gray values at half and at full resolution. DMSL names only "the optimal AAM" of another paper;
this is the model of Cootes et al. and of Matthews and Baker, with two levels. Gray values of unseen
people make whole steps go to and fro, so a fifth of each is taken."""
COMPACT = AamSize()


class Shapes(nn.Module):
    """A point distribution model: similarities of a mean shape that its modes deform.

    Parameters
    ----------
    mean : (P, 2) tensor
        In pixels of the input; a fit starts with it.
    modes : (n, 2P) tensor
        Orthonormal, and orthogonal to what similarities do to the mean.
    spread : (n,) tensor
        Standard deviations of their coefficients.
    slopes : (2P, P) tensor
        Takes a value at each point to its gradient at each point, of the piecewise linear
        interpolation: x and y of the first point, x and y of the second, and so on.
    """

    slopes: Tensor

    def __init__(self, mean: Tensor, modes: Tensor, spread: Tensor, slopes: Tensor) -> None:
        super().__init__()
        self.mean, self.modes, self.spread = map(_fixed, (mean, modes, spread))
        self.register_buffer("slopes", slopes.clone())

    def composed(self, shapes: Tensor, change: Tensor) -> Tensor:
        """Shapes (B, P, 2) after a change (B, P, 2) of the mean, which their warps carry over.

        A point lies in several triangles; their affine maps are averaged by area.
        """
        slopes = (self.slopes @ shapes).reshape(-1, shapes.shape[1], 2, 2)
        return shapes + (slopes * change[..., None]).sum(dim=2)

    def held(self, shapes: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest shapes of the model: (B, P, 2), and (B, n) coefficients over their spread.

        Size times cosine of the turn is within 0.7 to 1.4, and times sine within 0.6; the centre
        is off by at most 0.3 widths of the mean; the coefficients are within three.
        """
        mean = self.mean - self.mean.mean(dim=0)
        centre = shapes.mean(dim=1, keepdim=True)
        off, square = shapes - centre, mean.square().sum()
        middle, far = self.mean.mean(dim=0), _AWAY * (mean.amax(dim=0) - mean.amin(dim=0))[0]
        centre = middle + torch.minimum(torch.maximum(centre - middle, -far), far)
        a = (off * mean).sum(dim=(1, 2)) / square
        b = (off[..., 1] * mean[:, 0] - off[..., 0] * mean[:, 1]).sum(dim=1) / square
        a, b = a.clamp(*_SCALES), b.clamp(-_TURN, _TURN)
        upright = _turned(off, a, -b) / (a * a + b * b)[:, None, None]
        coefficients = (upright - mean).flatten(1) @ self.modes.T / self.spread
        coefficients = coefficients.clamp(-_HELD, _HELD)
        made = mean + pairs(coefficients * self.spread @ self.modes)
        return _turned(made, a, b) + centre, coefficients


def pairs(flat: Tensor) -> Tensor:
    """(B, 2P) x and y by turns → (B, P, 2)."""
    return flat.reshape(-1, flat.shape[1] // 2, 2)


def _turned(points: Tensor, a: Tensor, b: Tensor) -> Tensor:
    x, y = points[..., 0], points[..., 1]
    a, b = a[:, None], b[:, None]
    return torch.stack([a * x - b * y, b * x + a * y], dim=2)


class Features(nn.Module):
    """Edges in several directions, or gray values, whatever a camera's gain.

    The gradient over itself plus the image's mean gradient is that of Cootes and Taylor, On
    representing edge structure for model matching, CVPR 2001; what of it points into each
    direction is one channel, as in descriptors of histograms of gradients. Which side of an edge
    is the brighter one is thus kept, and faces of both spectra are modes of one model.
    """

    before: Tensor
    after: Tensor
    compass: Tensor

    def __init__(self, directions: int, before: float, after: float) -> None:
        super().__init__()
        angle = 2 * pi * torch.arange(directions) / max(directions, 1)
        compass = torch.stack([angle.cos(), angle.sin()], dim=1)[:, :, None, None]
        self.register_buffer("compass", compass)
        self.register_buffer("before", gaussian(before))
        self.register_buffer("after", gaussian(after))
        self.directions = directions

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) gray values from 0 to 255 → (B, C, S, S)."""
        even = blurred(standardised(images), self.before)
        if not self.directions:
            return blurred(even, self.after)
        wide = functional.pad(even, (1, 1, 1, 1), mode="replicate")
        across = (wide[:, :, 1:-1, 2:] - wide[:, :, 1:-1, :-2]) / 2
        down = (wide[:, :, 2:, 1:-1] - wide[:, :, :-2, 1:-1]) / 2
        slope = (across.square() + down.square() + _FLAT**2).sqrt()
        edges = torch.cat([across, down], dim=1) / (slope + slope.mean(dim=(2, 3), keepdim=True))
        return blurred(functional.relu(functional.conv2d(edges, self.compass)), self.after)


def gaussian(deviation: float) -> Tensor:
    """(K,) weights of a Gaussian to three standard deviations, which sum to 1.

    Examples
    --------
    >>> gaussian(0.0)
    tensor([1.])
    """
    if not deviation:
        return torch.ones(1)
    reach = ceil(3 * deviation)
    weights = torch.exp(-torch.arange(-reach, reach + 1).square() / (2 * deviation**2))
    return weights / weights.sum()


def blurred(images: Tensor, weights: Tensor) -> Tensor:
    """(B, C, H, W) images, each row and column of each channel convolved with (K,) weights."""
    reach, channels = len(weights) // 2, images.shape[1]
    if not reach:
        return images
    kernel = weights.expand(channels, 1, 1, -1)
    wide = functional.pad(images, (reach, reach, reach, reach), mode="replicate")
    rows = functional.conv2d(wide, kernel, groups=channels)
    return functional.conv2d(rows, kernel.transpose(2, 3), groups=channels)


class Level(nn.Module):
    """One level of a fit.

    Parameters
    ----------
    features : Features
        What is compared.
    places : (Q, P) tensor
        Barycentric coordinates of the frame's pixels: times a shape, where they lie in the image.
    moves : (m, 2P) tensor
        What each parameter does to the mean shape: modes, then the four of a similarity.
    mean : (C·Q,) tensor
        Mean appearance.
    update : (m, C·Q) tensor
        From what is left of the appearance to the parameters.
    pull : (m, n) tensor
        The same from the coefficients of the modes.
    iterations : int
        Of Gauss–Newton.
    """

    places: Tensor
    moves: Tensor

    def __init__(
        self,
        features: Features,
        places: Tensor,
        moves: Tensor,
        mean: Tensor,
        update: Tensor,
        pull: Tensor,
        iterations: int,
    ) -> None:
        super().__init__()
        self.features, self.iterations = features, iterations
        self.register_buffer("places", places.clone())
        self.register_buffer("moves", moves.clone())
        self.mean, self.update, self.pull = map(_fixed, (mean, update, pull))

    def fit(
        self, images: Tensor, shapes: Tensor, coefficients: Tensor, model: Shapes
    ) -> tuple[Tensor, Tensor]:
        """Shapes (B, P, 2) and coefficients (B, n) after this level, from those before it.

        A step is at most two spreads of each parameter.
        """
        seen = self.features(images)
        for _ in range(self.iterations):
            step = self.left(seen, shapes) @ self.update.T + coefficients @ self.pull.T
            change = pairs(step.clamp(-_STEP, _STEP) @ self.moves)
            shapes, coefficients = model.held(model.composed(shapes, -change))
        return shapes, coefficients

    def left(self, seen: Tensor, shapes: Tensor) -> Tensor:
        """(B, C·Q) what features have at shapes (B, P, 2), less the mean appearance."""
        return normalised(appearance(seen, self.places, shapes)) - self.mean


def appearance(seen: Tensor, places: Tensor, shapes: Tensor) -> Tensor:
    """(B, C·Q) what (B, C, S, S) features show at (Q, P) places of (B, P, 2) shapes.

    Bilinear; outside, the nearest pixel.
    """
    unit = (places @ shapes + 0.5) * (2.0 / seen.shape[-1]) - 1
    found = functional.grid_sample(
        seen, unit[:, :, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return found.flatten(1)


def normalised(values: Tensor) -> Tensor:
    """(B, D) with mean 0 and variance 1, as of Cootes et al.: contrast within the face counts.

    Values that are all alike become 0.
    """
    even = values - values.mean(dim=1, keepdim=True)
    return even / (even.square().mean(dim=1, keepdim=True).sqrt() + _LEAST)


class Aam(nn.Module):
    """An active appearance model and its fit.

    Parameters
    ----------
    sizes : AamSize
        `PAPER`, `COMPACT` or others.
    shapes : Shapes
        The model of the shape.
    levels : sequence of Level
        From coarse to fine.
    """

    def __init__(self, sizes: AamSize, shapes: Shapes, levels: Sequence[Level]) -> None:
        super().__init__()
        self.sizes = sizes
        self.shapes = shapes
        self.levels = nn.ModuleList(levels)

    def fits(self, images: Tensor) -> list[Tensor]:
        """Points (B, P, 2) in pixels of (B, 1, S, S) images: the start, and after each level."""
        found = [self.shapes.mean.expand(len(images), -1, -1)]
        coefficients = images.new_zeros(len(images), len(self.shapes.spread))
        for level in self.levels:
            points, coefficients = cast(Level, level).fit(
                images, found[-1], coefficients, self.shapes
            )
            found.append(points)
        return found

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) gray values from 0 to 255 → points (B, P, 2) in pixels."""
        return self.fits(images)[-1]


def _fixed(values: Tensor) -> nn.Parameter:
    """Part of the model, and counted as such, but not for descent to change."""
    return nn.Parameter(values.detach().clone().float(), requires_grad=False)
