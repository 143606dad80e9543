"""The multi-class patch-based classifier of Poster et al. (CVPR Workshops 2019), Table 4.

A patch of 60×60 pixels is one of five landmarks (in scheme ``five``'s order) or none of them. The
paper's 1,016,390 parameters come out exactly with one input channel, a 3×3 kernel in the fourth
convolution (Table 4 says 2×2) and six outputs with bias (it says 10).

With Table 4's paddings, 60×60 pixels become 58, 29, 27, 13, 13, 6 and then 6×6 cells of logits a
class, of which the paper says that they are a single vector: here it is their mean. Run over an
image, the means of all windows of 6×6 cells are the logits of patches at every eighth pixel: cell
(i, j) of the map is the patch with x from 8j to 8j + 60 and y from 8i to 8i + 60 in edge
coordinates (see `landmark_models.nets.mtcnn`), whose centre is the pixel (8j + 29.5, 8i + 29.5).

Four of the convolutions pad their maps with zeros. A patch that is classified alone therefore sees
zeros where the same patch in an image sees its neighbours: their logits differ, and are the same
only where the image ends with the patch. Of cells farther than that from any border, the logits
move with the image.

The input is an image at the resolution at which the face was taken: patches have a size in pixels,
not in faces, which is why the error grows with the distance from the camera.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from landmark_models.nets.layers import standardised

PATCH, STRIDE = 60, 8
CELLS = 6
"""Cells of logits on each side of a patch."""
EDGE = PATCH // 2
"""Pixels by which an image is continued on each side, so that patches lie round every pixel."""
LANDMARKS = 5


@dataclass(frozen=True)
class PbcSize:
    """Sizes of a PBC.

    Parameters
    ----------
    widths : tuple of int
        Channels of the six convolutions before the classes.
    """

    widths: tuple[int, int, int, int, int, int] = (32, 64, 64, 128, 256, 256)


PAPER = PbcSize()
COMPACT = PbcSize((16, 32, 32, 64, 128, 128))


class Found(NamedTuple):
    """Points (B, 5, 2) in pixels of the images, and the probability (B, 5) of their patches."""

    points: Tensor
    quality: Tensor


class Pbc(nn.Module):
    """The classifier.

    Parameters
    ----------
    sizes : PbcSize
        `PAPER`, `COMPACT` or others.
    """

    def __init__(self, sizes: PbcSize = PAPER) -> None:
        super().__init__()
        self.sizes = sizes
        a, b, c, d, e, f = sizes.widths
        self.layers = nn.Sequential(
            nn.Conv2d(1, a, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(a, b, 3), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            nn.Conv2d(c, d, 3, padding=1), nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1), nn.ReLU(),
            nn.Conv2d(e, f, 3, padding=1), nn.ReLU(),
            nn.Conv2d(f, LANDMARKS + 1, 1),
        )  # fmt: skip
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(cast(Tensor, layer.bias))

    def prepared(self, images: Tensor) -> Tensor:
        """(B, 1, H, W) gray values → standardised images, continued by `EDGE` on each side."""
        return functional.pad(standardised(images), (EDGE,) * 4, mode="replicate")

    def scores(self, prepared: Tensor) -> Tensor:
        """(B, 1, H, W) of `prepared` images or patches of them → (B, 6, h, w) logits.

        h is ``cells(H)``, and w likewise. The last class is none.
        """
        every = self.layers(prepared)
        means: Tensor = functional.avg_pool2d(every, CELLS, stride=1)
        return means

    def forward(self, images: Tensor) -> Found:
        """(B, 1, H, W) gray values from 0 to 255 → where each landmark's patch is likeliest.

        The probabilities are compared, not the logits, so that a patch that looks like two
        landmarks is neither's best.
        """
        # Logarithms, since several probabilities may be rounded to 1.
        scores = self.scores(self.prepared(images)).float()
        chances = torch.log_softmax(scores, dim=1)[:, :LANDMARKS]
        quality, row = chances.amax(dim=3).max(dim=2)
        line = chances.gather(2, row[..., None, None].expand(-1, -1, 1, chances.shape[3]))
        column = line[:, :, 0].argmax(dim=2)
        at = torch.stack([column, row], dim=2).float()
        return Found(at * STRIDE + ((PATCH - 1) / 2 - EDGE), quality.exp())


def cells(length: int) -> int:
    """How many patches a map has along an axis of `Pbc.prepared` pixels.

    The last one may lack up to four of its pixels: Table 4's poolings do not look at them.

    Examples
    --------
    >>> cells(60), cells(63), cells(64)
    (1, 1, 2)
    """
    return (length - (PATCH - 4)) // STRIDE + 1


def patches(prepared: Tensor, corners: Tensor) -> Tensor:
    """Cut patches out of `Pbc.prepared` images.

    Parameters
    ----------
    prepared : (B, 1, H, W)
        The images.
    corners : (B, K, 2) int64
        x and y of each patch's first pixel.

    Returns
    -------
    (B · K, 1, 60, 60) tensor
    """
    along = torch.arange(PATCH, device=corners.device)
    columns, rows = (corners[..., k, None] + along for k in (0, 1))
    image = torch.arange(len(prepared), device=corners.device).view(-1, 1, 1, 1)
    cut = prepared[image, 0, rows[..., :, None], columns[..., None, :]]
    return cut.flatten(0, 1)[:, None]
