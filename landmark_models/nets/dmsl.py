"""Deep Multi-Spectral Learning: a face boundary, then landmarks on what lies inside.

Keong, Dong, Jin, Mallat and Dugelay, Multi-spectral Facial Landmark Detection, WIFS 2020. The
auxiliary model M_b finds the box B = (x, y, width, height) of the landmarks; everything outside is
blacked out; the main model M_l finds 68 points on the rest. Both are a `MaskRegressor`: a U-Net on
128×128 pixels, 16384 → 1024 → 4 or 136.

What the paper leaves open:

- How images are scaled. M_b sees `standardised` images. M_l sees pixels inside B less their mean,
  over their standard deviation, and 0 outside, so that nothing outside B has any influence.
- A pixel that B cuts is blacked out by the share that lies outside: the answer does not jump when
  an edge passes a pixel's centre. `covered` is that share, and also the mask that M_b's U-Net
  learns.

`PAPER` has 47,812,933 parameters in M_b and 47,948,233 in M_l; the paper gives no counts. `COMPACT`
has fewer channels, resolutions and pixels, averages masks before they are read, and normalises
batches.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from landmark_models.nets.layers import standardised
from landmark_models.nets.unet import PAPER_MASK, MaskRegressor, MaskSize, pixels

_LEAST = 1.0


@dataclass(frozen=True)
class DmslSize:
    """Sizes of a DMSL.

    Parameters
    ----------
    points : int
        Landmarks.
    size : int
        Side of the input in pixels.
    boundary, landmark : MaskSize
        Of M_b and of M_l.
    """

    points: int = 68
    size: int = 128
    boundary: MaskSize = PAPER_MASK
    landmark: MaskSize = PAPER_MASK


PAPER = DmslSize()
COMPACT = DmslSize(
    size=64,
    boundary=MaskSize((4, 8, 16, 32), hidden=128, pool=4, normalise=True),
    landmark=MaskSize((8, 16, 32, 64), hidden=1024, pool=2, normalise=True),
)


class Dmsl(nn.Module):
    """Both models.

    Parameters
    ----------
    sizes : DmslSize
        `PAPER`, `COMPACT` or others.
    shape : (P, 2) tensor, optional
        Mean landmarks as fractions of the crop's side; the answers start there and at their box.
    """

    def __init__(self, sizes: DmslSize = PAPER, shape: Tensor | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        mean = torch.full((sizes.points, 2), 0.5) if shape is None else shape
        low, high = mean.amin(dim=0), mean.amax(dim=0)
        self.boundary = MaskRegressor(sizes.size, sizes.boundary, torch.cat([low, high - low]))
        self.landmark = MaskRegressor(sizes.size, sizes.landmark, mean.flatten())

    def box(self, images: Tensor) -> Tensor:
        """M_b: (B, 1, S, S) gray values from 0 to 255 → B, (B, 4) x, y, width, height in pixels.

        x and y are those of the outermost landmarks, integers at pixel centres.
        """
        return box_pixels(self.boundary(standardised(images)), self.sizes.size)

    def points(self, images: Tensor, boxes: Tensor) -> Tensor:
        """M_l: gray values, and boxes as `box` gives → points (B, P, 2) in pixels."""
        return pixels(self.landmark(blacked_out(images, boxes)), self.sizes.size)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) gray values from 0 to 255 → points (B, P, 2) in pixels."""
        return self.points(images, self.box(images))


def covered(boxes: Tensor, size: int) -> Tensor:
    """The share of each pixel that a box covers.

    Parameters
    ----------
    boxes : (B, 4)
        x, y, width, height in pixels, integers at pixel centres.
    size : int
        Side of the images.

    Returns
    -------
    (B, 1, size, size) from 0 to 1.

    Examples
    --------
    >>> covered(torch.tensor([[0.0, 0.5, 1.5, 1.0]]), 3)[0, 0].tolist()
    [[0.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    axis = torch.arange(size, device=boxes.device, dtype=torch.float32)
    start, extent = boxes[:, :2, None], boxes[:, 2:, None]
    low = torch.maximum(start, axis - 0.5)
    high = torch.minimum(start + extent, axis + 0.5)
    share = (high - low).clamp(min=0)
    return (share[:, 1, :, None] * share[:, 0, None, :])[:, None]


def blacked_out(images: Tensor, boxes: Tensor) -> Tensor:
    """F̂: images standardised by what lies inside a box, and 0 outside of it.

    Parameters
    ----------
    images : (B, 1, S, S)
        Gray values from 0 to 255.
    boxes : (B, 4)
        See `covered`.
    """
    inside = covered(boxes.float(), images.shape[-1])
    area = inside.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    mean = (inside * images).sum(dim=(2, 3), keepdim=True) / area
    centred = inside * (images - mean)
    spread = (centred.square().sum(dim=(2, 3), keepdim=True) / area).sqrt()
    return centred / (spread + _LEAST)


def box_fractions(boxes: Tensor, side: int) -> Tensor:
    """(B, 4) boxes in pixels as fractions of a crop's side: what M_b learns.

    Examples
    --------
    >>> box_fractions(torch.tensor([[31.5, -0.5, 64.0, 32.0]]), 128).tolist()
    [[0.25, 0.0, 0.5, 0.25]]
    """
    corner = torch.tensor([0.5, 0.5, 0.0, 0.0], device=boxes.device)
    return (boxes + corner) / side


def box_pixels(values: Tensor, side: int) -> Tensor:
    """The inverse of `box_fractions`.

    Examples
    --------
    >>> box_pixels(torch.tensor([[0.25, 0.0, 0.5, 0.25]]), 128).tolist()
    [[31.5, -0.5, 64.0, 32.0]]
    """
    corner = torch.tensor([0.5, 0.5, 0.0, 0.0], device=values.device)
    return values.float() * side - corner
