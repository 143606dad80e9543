"""The same few faces as each aligner presents them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.image import Image, to_rgb, warp
from align_eval.result import Sample
from align_eval.similarity import Similarity
from reports.formatting import listing

LONGEST_SIDE = 128  # px in the page


@dataclass(frozen=True, eq=False)
class Strip:
    """A grid of samples of one data set, aligners down, faces across.

    Parameters
    ----------
    dataset : str
        Of all its samples.
    pipelines : tuple of str
        Those that are shown these very crops, since they share a template.
    faces : tuple of str
        The columns.
    rows : tuple of (aligner, samples)
        A sample for each face, in order; None where the result has none.
    """

    dataset: str
    pipelines: tuple[str, ...]
    faces: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Sample | None, ...]], ...]

    @property
    def heading(self) -> str:
        """The data set and who is shown the crops."""
        return f"{self.dataset}, {listing(self.pipelines)}"

    def first(self, faces: int) -> "Strip":
        """The strip with its first columns only."""
        rows = tuple((aligner, samples[:faces]) for aligner, samples in self.rows)
        return Strip(self.dataset, self.pipelines, self.faces[:faces], rows)


def strips(samples: Sequence[Sample]) -> list[Strip]:
    """The grids of a result's samples, in the order in which they come.

    Pipelines of one data set whose crops are all equal share a grid.
    """
    every: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        every.setdefault((sample.dataset, sample.pipeline), []).append(sample)
    pipelines: dict[tuple[str, object], list[str]] = {}
    for (dataset, pipeline), own in every.items():
        pipelines.setdefault((dataset, frozenset(map(_shown, own))), []).append(pipeline)
    found = []
    for (dataset, _), names in pipelines.items():
        own = every[dataset, names[0]]
        faces = tuple(dict.fromkeys(s.face for s in own))
        at = {(s.aligner, s.face): s for s in own}
        rows = tuple(
            (aligner, tuple(at.get((aligner, face)) for face in faces))
            for aligner in dict.fromkeys(s.aligner for s in own)
        )
        found.append(Strip(dataset, tuple(names), faces, rows))
    return found


def _shown(sample: Sample) -> tuple[object, ...]:
    """What a cell of a grid shows: equal for equal pictures."""
    if sample.crop is None:
        return sample.aligner, sample.face, sample.reason
    crop = sample.crop
    return sample.aligner, sample.face, crop.shape, crop.dtype.str, crop.tobytes()


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
