"""The two-stage multi-task U-Net that DMSL is compared with.

Chu and Liu, Thermal Facial Landmark Detection by Deep Multi-Task Learning, MMSP 2019, known here
only through DMSL's description of it: a U-Net first learns to outline the face's landmarks; then a
fully connected network reads the coordinates from the outline, and an auxiliary output says the
expression. There is no boundary model, so the network sees the whole crop.

All sizes are those of DMSL's M_l, so that a comparison tells what the boundary model is worth; the
auxiliary layer reads the hidden layer that the coordinates come from.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from landmark_models.nets import dmsl
from landmark_models.nets.layers import standardised
from landmark_models.nets.unet import PAPER_MASK, MaskRegressor, MaskSize, pixels


@dataclass(frozen=True)
class ChuSize:
    """Sizes of the network.

    Parameters
    ----------
    points : int
        Landmarks.
    expressions : int
        Classes of the auxiliary output.
    size : int
        Side of the input in pixels.
    landmark : MaskSize
        Of the U-Net and the fully connected layers.
    """

    points: int = 68
    expressions: int = 7
    size: int = 128
    landmark: MaskSize = PAPER_MASK


PAPER = ChuSize()
COMPACT = ChuSize(size=dmsl.COMPACT.size, landmark=dmsl.COMPACT.landmark)


class Answers(NamedTuple):
    """Points (B, P, 2) in pixels, and logits (B, E) of the expressions."""

    points: Tensor
    expression: Tensor


class Chu(nn.Module):
    """The network.

    Parameters
    ----------
    sizes : ChuSize
        `PAPER`, `COMPACT` or others.
    shape : (P, 2) tensor, optional
        Mean landmarks as fractions of the crop's side; the answer starts there.
    """

    def __init__(self, sizes: ChuSize = PAPER, shape: Tensor | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        mean = torch.full((sizes.points, 2), 0.5) if shape is None else shape
        self.landmark = MaskRegressor(sizes.size, sizes.landmark, mean.flatten())
        self.expression = nn.Linear(sizes.landmark.hidden, sizes.expressions)

    def mask(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) gray values from 0 to 255 → the landmark mask, from 0 to 1."""
        return self.landmark.mask(standardised(images))

    def read(self, masks: Tensor) -> Answers:
        """What the fully connected layers say of masks."""
        hidden = self.landmark.reader.seen(masks)
        values = torch.sigmoid(self.landmark.reader.answer(hidden))
        return Answers(pixels(values, self.sizes.size), cast(Tensor, self.expression(hidden)))

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, S, S) gray values from 0 to 255 → points (B, P, 2) in pixels."""
        return pixels(self.landmark(standardised(images)), self.sizes.size)
