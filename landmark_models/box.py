"""The mean face placed in the face box: what alignment by the box alone would do."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from landmark_models.boxes import LANDMARK_BOXES, usable

# Mean position of the five points, as fractions of the box's width and height, over the 102 neutral
# faces of the Face Research Lab London set and their mirror images; a test makes them again.
_MARKED = {
    "yunet": (
        (0.269, 0.384),
        (0.731, 0.384),
        (0.500, 0.545),
        (0.316, 0.752),
        (0.684, 0.752),
    ),
    "dlib-hog": (
        (0.286, 0.268),
        (0.714, 0.268),
        (0.500, 0.473),
        (0.329, 0.738),
        (0.671, 0.738),
    ),
}


def _in_landmark_box(source: str) -> tuple[tuple[float, float], ...]:
    """The same places as fractions of the box of the landmarks, which is as symmetric as they."""
    _, top, width, height = LANDMARK_BOXES[source]
    return tuple(((x - 0.5) / width + 0.5, (y - top) / height) for x, y in _MARKED[source])


LAYOUTS = {**_MARKED, "landmarks": _in_landmark_box("dlib-hog")}


class BoxTemplate:
    """Five points at fixed fractions of the face box: the no-alignment control.

    Parameters
    ----------
    layout : {"yunet", "dlib-hog", "landmarks"}
        Whose boxes the faces bring, a detector's or those of the 68 landmarks; where the five
        points lie in them on average.
    fractions : five pairs of float, optional
        Other places, (x, y) from the box's upper left corner in units of its width and height,
        in the order of scheme ``five``; instead of `layout`.
    name : str
        As it is called in results.

    Raises
    ------
    ConfigError
        An unknown layout, or fractions that are not five finite pairs.

    Examples
    --------
    >>> from align_eval.faces import Box, Modality
    >>> blank = np.zeros((100, 100), np.uint8)
    >>> face = Face("a", "A", Modality.VISIBLE, lambda: blank, Box(0, 0, 100, 100))
    >>> BoxTemplate().locate([face])[0].points[2].round(1).tolist()
    [50.0, 54.5]
    """

    box_policy = "needed"

    def __init__(
        self,
        layout: str = "yunet",
        *,
        fractions: Sequence[Sequence[float]] | None = None,
        name: str = "box",
    ) -> None:
        if layout not in LAYOUTS:
            raise UnknownNameError("box layout", layout, LAYOUTS)
        self.name = name
        self._options: dict[str, Any] = {"layout": layout, "fractions": fractions, "name": name}
        self._fractions = _five_pairs(LAYOUTS[layout] if fractions is None else fractions)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """Five points."""
        return scheme_named("five")

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The template in each face's box; None without a box that overlaps the image."""
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        box = face.box
        if box is None or not usable(box, face.load().shape):
            return None
        return Landmarks(np.array(box[:2]) + self._fractions * np.array(box[2:]), self.scheme)


def _five_pairs(fractions: Sequence[Sequence[float]]) -> FloatArray:
    try:
        array = np.array(fractions, dtype=np.float64)
    except ValueError as error:
        raise ConfigError("box: fractions wants five pairs of numbers") from error
    if array.shape != (5, 2) or not np.isfinite(array).all():
        raise ConfigError(f"box: fractions wants five pairs of numbers, got shape {array.shape}")
    return array
