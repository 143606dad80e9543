"""The multi-class patch-based classifier of Poster et al. (CVPR Workshops 2019).

It looks at patches of 60×60 pixels whatever the size of the face, and so finds less of a near face
in each than of a far one. The network is `landmark_models.nets.pbc`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from align_eval.faces import Box, Face
from align_eval.image import Image, to_gray
from align_eval.similarity import Affine
from landmark_models.boxes import Side, square, usable
from landmark_models.crops import Border, cut
from landmark_models.trained import TrainedModel

NEAREST = 190
"""Longer side in pixels of the largest face box that is seen in the image's own resolution."""
_LEAST = 60


class Pbc(TrainedModel):
    """Five points, each with the probability of its patch as its quality.

    The crop has the image's own resolution, unless the box's longer side exceeds `NEAREST`, in
    which case it is shrunk to that; it is never enlarged, but at least one patch wide. Parameters
    and errors as of `TrainedModel`; the keys ``input_size`` and ``batch_size`` have no effect.
    """

    weights = "pbc"
    own_sizes = True
    implied: ClassVar[Mapping[str, Any]] = {
        "input_size": NEAREST,
        "colour": "gray",
        "decode": "pixels",
        "output": "points",
        "quality": "quality",
    }

    def _cut(self, face: Face) -> tuple[Image, Affine] | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        about = self._about.crop
        area = square(face.box, cast(Side, about.side), about.scale, about.shift)
        side, area = unenlarged(area, max(face.box.width, face.box.height))
        return cut(to_gray(image), area, (side, side), cast(Border, about.border))


def unenlarged(area: Box, longest: float) -> tuple[int, Box]:
    """Pixels on each side of a crop, and the part of the image that has just as many.

    Parameters
    ----------
    area : Box
        A square round the face.
    longest : float
        The longer side of the face's box in pixels.

    Examples
    --------
    >>> unenlarged(Box(10, 10, 99.8, 99.8), 90)[0]
    100
    >>> unenlarged(Box(10, 10, 400, 400), 380)
    (200, Box(x=10.0, y=10.0, width=400.0, height=400.0))
    >>> unenlarged(Box(10, 10, 20, 20), 18)
    (60, Box(x=-10.0, y=-10.0, width=60.0, height=60.0))
    """
    factor = min(1.0, NEAREST / longest)
    side = max(_LEAST, round(area.width * factor))
    x, y = area.centre
    width = side / factor
    return side, Box(x - width / 2, y - width / 2, width, width)
