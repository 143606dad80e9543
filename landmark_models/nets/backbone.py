"""What the backbones of heat maps share: features at each resolution, from fine to coarse."""

from collections.abc import Sequence

from torch import Tensor, nn


class Backbone(nn.Module):
    """Parts in a row, some of which halve the size.

    Parameters
    ----------
    parts : sequence of nn.Module
        The first one halves the size.
    widths : sequence of int
        Channels at each resolution, from the finest (half of the image's) to the coarsest: what
        each part that halves the size is given, but for the first, and what comes out at last.
    """

    def __init__(self, parts: Sequence[nn.Module], widths: Sequence[int]) -> None:
        super().__init__()
        self.parts = nn.Sequential(*parts)
        self.widths = tuple(widths)

    @property
    def channels(self) -> int:
        """Of the coarsest features."""
        return self.widths[-1]

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, `channels`, H/32, W/32), rounded up."""
        features: Tensor = self.parts(images)
        return features

    def levels(self, images: Tensor) -> list[Tensor]:
        """The features at each resolution, with `widths` channels; the last are `forward`'s."""
        found = []
        features = images
        for part in self.parts:
            made = part(features)
            if made.shape[-1] < features.shape[-1] and features is not images:
                found.append(features)
            features = made
        return [*found, features]
