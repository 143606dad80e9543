"""MTCNN in the form of Poster et al. (CVPR Workshops 2019): Tables 1 to 3, one input channel.

After Zhang, Zhang, Li and Qiao, Joint face detection and alignment using multitask cascaded
convolutional networks, IEEE Signal Processing Letters 2016. Three small networks look at windows
of 12, 24 and 48 pixels; each says whether the window shows a face, where the face's box lies, and
where its five points are.

The paper's counts, 387,648 parameters in stage 3 and 494,924 in all, come out exactly if

- stages 2 and 3 have biases everywhere but in their heads,
- stage 2 has no third pooling (after Table 2's, 1×1×64 would be left: 57,344 parameters less),
- stage 1's heads have biases, and its face head is a two-way softmax, as in the original
  (Table 1 says one output),
- no activation has parameters: the original's PReLU is a ReLU here.

The layers are so few that the compact configuration has all of them; only its training is cheaper.

Conventions. A window is a square [left, left + side) × [top, top + side) in *edge coordinates*, in
which the pixel with centre x covers [x, x + 1): an edge coordinate less ½ is a coordinate whose
integers are pixel centres. The windows of faces, in training and in use, are
``square(B, "max", WINDOW)`` of the box B of all landmarks; window edge + d · side is the edge of B
itself, not of the square, for d of `Answer.box`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from landmark_models.nets.layers import standardised

WINDOW = 1.1
"""Side of a face's window in longer sides of its box B."""
SIZES = (12, 24, 48)
"""Sides of the windows of the three stages in pixels."""
_POINTS = 5


@dataclass(frozen=True)
class MtcnnSize:
    """Channels of the layers that Tables 1 to 3 name "conv" and "fc".

    Parameters
    ----------
    first, second, third : tuple of int
        Of the three stages.
    """

    first: tuple[int, int, int] = (10, 16, 32)
    second: tuple[int, int, int, int] = (28, 48, 64, 128)
    third: tuple[int, int, int, int, int] = (32, 64, 64, 128, 256)


PAPER = MtcnnSize()
COMPACT = PAPER


class Answer(NamedTuple):
    """What a stage says of each window.

    Parameters
    ----------
    face : (B, …)
        Logit of the chance that it shows a face.
    box : (B, 4, …)
        Left, top, right and bottom edge of B less those of the window, in sides of the window.
    points : (B, 10, …)
        x and y of each point less those of the window's centre, in sides of the window.
    """

    face: Tensor
    box: Tensor
    points: Tensor


class Stage1(nn.Module):
    """Table 1, fully convolutional: 12×12 pixels a window, a window every second pixel.

    Gray values are scaled alike everywhere, (v − 127.5)/128, since the network runs on whole
    images and the other stages' standardisation knows windows only.
    """

    def __init__(self, sizes: MtcnnSize) -> None:
        super().__init__()
        a, b, c = sizes.first
        self.body = nn.Sequential(
            nn.Conv2d(1, a, 3), nn.ReLU(), nn.MaxPool2d(2, 2, ceil_mode=True),
            nn.Conv2d(a, b, 3), nn.ReLU(),
            nn.Conv2d(b, c, 3), nn.ReLU(),
        )  # fmt: skip
        self.face = nn.Conv2d(c, 2, 1)
        self.box = nn.Conv2d(c, 4, 1)
        self.points = nn.Conv2d(c, 2 * _POINTS, 1)

    def forward(self, images: Tensor) -> Answer:
        """(B, 1, H, W) gray values → maps (B, h, w), (B, 4, h, w) and (B, 10, h, w).

        h is ``ceil((H − 2) / 2) − 4``, and w likewise. Cell (i, j)
        sees x from 2j to 2j + 12 and y from 2i to 2i + 12 in edge coordinates; where H or W is
        odd, the last row or column lacks its last pixel.
        """
        seen = self.body((images - 127.5) / 128)
        two = self.face(seen)
        return Answer(two[:, 1] - two[:, 0], self.box(seen), self.points(seen))


class _Heads(nn.Module):
    """Fully connected layer and heads of stages 2 and 3: (B, C, 3, 3) → `Answer`."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(9 * channels, hidden)
        self.face = nn.Linear(hidden, 1, bias=False)
        self.box = nn.Linear(hidden, 4, bias=False)
        self.points = nn.Linear(hidden, 2 * _POINTS, bias=False)

    def forward(self, seen: Tensor) -> Answer:
        hidden = torch.relu(self.hidden(seen.flatten(1)))
        return Answer(self.face(hidden)[:, 0], self.box(hidden), self.points(hidden))


class Stage2(nn.Module):
    """Table 2: windows of 24×24 pixels, each standardised."""

    def __init__(self, sizes: MtcnnSize) -> None:
        super().__init__()
        a, b, c, hidden = sizes.second
        self.body = nn.Sequential(
            nn.Conv2d(1, a, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(a, b, 3), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 2), nn.ReLU(),
        )  # fmt: skip
        self.heads = _Heads(c, hidden)

    def forward(self, images: Tensor) -> Answer:
        """(B, 1, 24, 24) gray values → (B,), (B, 4) and (B, 10)."""
        answer: Answer = self.heads(self.body(standardised(images)))
        return answer


class Stage3(nn.Module):
    """Table 3: windows of 48×48 pixels, each standardised."""

    def __init__(self, sizes: MtcnnSize) -> None:
        super().__init__()
        a, b, c, d, hidden = sizes.third
        self.body = nn.Sequential(
            nn.Conv2d(1, a, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(a, b, 3), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 3), nn.ReLU(), nn.MaxPool2d(2, 2, ceil_mode=True),
            nn.Conv2d(c, d, 2), nn.ReLU(),
        )  # fmt: skip
        self.heads = _Heads(d, hidden)

    def forward(self, images: Tensor) -> Answer:
        """(B, 1, 48, 48) gray values → (B,), (B, 4) and (B, 10)."""
        answer: Answer = self.heads(self.body(standardised(images)))
        return answer


class Mtcnn(nn.Module):
    """The three stages; they share no weights and are trained one by one.

    Parameters
    ----------
    sizes : MtcnnSize
        `PAPER`, which `COMPACT` equals, or others.
    """

    def __init__(self, sizes: MtcnnSize = PAPER) -> None:
        super().__init__()
        self.sizes = sizes
        self.stage1 = Stage1(sizes)
        self.stage2 = Stage2(sizes)
        self.stage3 = Stage3(sizes)

    def forward(self, images: Tensor) -> Tensor:
        """Stage 3 on a given window: (B, 1, 48, 48) gray values → points (B, 5, 2) in pixels."""
        return pixels(self.stage3(images).points)


class MtcnnProposals(nn.Module):
    """Stage 1 as it is served: gray values (B, 1, H, W) → probability and box of each cell."""

    def __init__(self, net: Mtcnn) -> None:
        super().__init__()
        self.stage = net.stage1

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, h, w) and (B, 4, h, w), see `Stage1` and `Answer`."""
        answer = self.stage(images)
        return torch.sigmoid(answer.face), answer.box


class MtcnnRefined(nn.Module):
    """Stage 2 as it is served: gray values (B, 1, 24, 24) → probability and box."""

    def __init__(self, net: Mtcnn) -> None:
        super().__init__()
        self.stage = net.stage2

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) and (B, 4), see `Answer`."""
        answer = self.stage(images)
        return torch.sigmoid(answer.face), answer.box


class MtcnnPoints(nn.Module):
    """Stage 3 as it is served: gray values (B, 1, 48, 48) → points, probability and box."""

    def __init__(self, net: Mtcnn) -> None:
        super().__init__()
        self.stage = net.stage3

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 5, 2) in pixels of the window, integers at pixel centres; (B,) and (B, 4)."""
        answer = self.stage(images)
        return pixels(answer.points), torch.sigmoid(answer.face), answer.box


def pixels(points: Tensor, size: int = SIZES[2]) -> Tensor:
    """(B, 10) of `Answer.points` → (B, 5, 2) in pixels of a window of `size` pixels.

    Examples
    --------
    >>> pixels(torch.tensor([[0.0, -0.5] * 5]))[0, 0].tolist()
    [23.5, -0.5]
    """
    return (points + 0.5).float().view(-1, _POINTS, 2) * size - 0.5
