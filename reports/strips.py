"""The same few faces as each aligner presents them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.image import Image, encode_png, to_rgb, warp
from align_eval.result import Sample
from align_eval.similarity import Similarity

LONGEST_SIDE = 128  # px in the page


@dataclass(frozen=True, eq=False)
class Strip:
    """A grid of samples of one data set and pipeline: aligners down, faces across.

    Parameters
    ----------
    dataset, pipeline : str
        Of all its samples.
    faces : tuple of str
        The columns.
    rows : tuple of (aligner, samples)
        A sample for each face, in order; None where the result has none.
    """

    dataset: str
    pipeline: str
    faces: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Sample | None, ...]], ...]

    def first(self, faces: int) -> "Strip":
        """The strip with its first columns only."""
        rows = tuple((aligner, samples[:faces]) for aligner, samples in self.rows)
        return Strip(self.dataset, self.pipeline, self.faces[:faces], rows)


def strips(samples: Sequence[Sample]) -> list[Strip]:
    """The grids of a result's samples, in the order in which they come."""
    found = []
    for dataset, pipeline in dict.fromkeys((s.dataset, s.pipeline) for s in samples):
        own = [s for s in samples if (s.dataset, s.pipeline) == (dataset, pipeline)]
        faces = tuple(dict.fromkeys(s.face for s in own))
        at = {(s.aligner, s.face): s for s in own}
        rows = tuple(
            (aligner, tuple(at.get((aligner, face)) for face in faces))
            for aligner in dict.fromkeys(s.aligner for s in own)
        )
        found.append(Strip(dataset, pipeline, faces, rows))
    return found


def shrunk(crop: Image, longest: int = LONGEST_SIDE) -> NDArray[np.uint8]:
    """RGB uint8 of a crop, no side longer than `longest` pixels; never enlarged.

    >>> import numpy as np
    >>> shrunk(np.zeros((150, 110), np.uint8), 75).shape
    (75, 55, 3)
    """
    image = to_rgb(crop)
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return image
    # pixel centres are integers, so that the corner at −½ has to stay in place
    transform = Similarity.make(factor, shift=((factor - 1) / 2, (factor - 1) / 2))
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    return warp(image, transform, size)


def png_of(crop: Image) -> bytes:
    """A shrunk crop as PNG."""
    return encode_png(shrunk(crop))
