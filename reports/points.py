"""The same few faces with the points that each aligner puts on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from align_eval.image import Image, shrink
from align_eval.result import TRUTH, Overlay
from reports.pngs import packed

SIDES = (192, 160, 128, 96, 64)  # px
BUDGET = 600_000  # bytes of PNG in all figures of one report, each face once


@dataclass(frozen=True, eq=False)
class PointGrid:
    """A grid of one data set: faces across, and down the truth, if any is known, and aligners.

    Parameters
    ----------
    dataset : str
        Of all its faces.
    faces : tuple of Overlay
        The columns, with images of the size that is drawn.
    rows : tuple of str
        Names of points: `align_eval.result.TRUTH` and aligners.
    exact : tuple of str
        Aligners without a row, since their points are the truth.
    """

    dataset: str
    faces: tuple[Overlay, ...]
    rows: tuple[str, ...]
    exact: tuple[str, ...]


def point_grids(overlays: Sequence[Overlay], budget: int = BUDGET) -> list[PointGrid]:
    """The grids of a result's overlays, in the order in which they come.

    All images are as large as the budget allows, and no larger than `SIDES` says.
    """
    drawn = _within(overlays, budget)
    return [
        _grid(dataset, tuple(one for one in drawn if one.dataset == dataset))
        for dataset in dict.fromkeys(one.dataset for one in overlays)
    ]


def _grid(dataset: str, faces: tuple[Overlay, ...]) -> PointGrid:
    names = list(dict.fromkeys(name for face in faces for name in face.points))
    exact = tuple(name for name in names if name != TRUTH and _is_truth(name, faces))
    rows = [name for name in names if name not in exact]
    rows.sort(key=lambda name: name != TRUTH)
    return PointGrid(dataset, faces, tuple(rows), exact)


def _is_truth(name: str, faces: Sequence[Overlay]) -> bool:
    pairs = [(face.points.get(TRUTH), face.points.get(name)) for face in faces]
    return all(
        true is not None and found is not None and np.array_equal(true, found, equal_nan=True)
        for true, found in pairs
    )


def _within(overlays: Sequence[Overlay], budget: int) -> list[Overlay]:
    for side in SIDES:
        smaller = [_shrunk(one, side) for one in overlays]
        if side == SIDES[-1] or _fits((one.image for one in smaller), budget):
            return smaller
    return list(overlays)


def _fits(images: Iterable[Image], budget: int) -> bool:
    for image in images:
        budget -= len(packed(image))
        if budget < 0:
            return False
    return True


def _shrunk(overlay: Overlay, side: int) -> Overlay:
    image: Image = shrink(overlay.image, side)
    factor = max(image.shape[:2]) / max(overlay.image.shape[:2])
    points = {
        name: None if found is None else (found + 0.5) * factor - 0.5
        for name, found in overlay.points.items()
    }
    return overlay._replace(image=image, points=points)
