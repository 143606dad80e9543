"""Geometry of face boxes, shared by the models that start from one."""

from typing import Literal

import numpy as np

from align_eval.errors import UnknownNameError
from align_eval.faces import Box
from align_eval.similarity import Affine

Side = Literal["max", "mean", "width", "height"]

_LONGEST = 1e6

# The box of a face's landmarks in a detector's box: left edge, upper edge, width and height as
# fractions of the latter's. Medians over rendered faces; a test makes them again, and sets them
# beside photographs.
LANDMARK_BOXES = {
    "landmarks": (0.0, 0.0, 1.0, 1.0),
    "yunet": (-0.013, 0.260, 1.020, 0.745),
    "dlib-hog": (0.051, 0.142, 0.911, 0.962),
}


def square(
    box: Box, side: Side = "mean", scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Box:
    """The square that a model looks at, from a detector's box.

    Parameters
    ----------
    box : Box
        The face box, in pixels.
    side : {"max", "mean", "width", "height"}
        What of the box is its side: the longer side, the mean of both, or one of them.
    scale : float
        How many sides of the box the square's side measures.
    shift : (float, float)
        How far the square's centre lies right of and below the box's, in sides of the box.

    Examples
    --------
    >>> square(Box(10, 10, 20, 40), "max", scale=0.5, shift=(0, 0.25))
    Box(x=10.0, y=30.0, width=20.0, height=20.0)
    """
    length = {
        "max": max(box.width, box.height),
        "mean": (box.width + box.height) / 2,
        "width": box.width,
        "height": box.height,
    }[side]
    x, y = box.centre
    half = length * scale / 2
    return Box(x + shift[0] * length - half, y + shift[1] * length - half, 2 * half, 2 * half)


def landmark_box(box: Box, source: str) -> Box:
    """The box of the landmarks, which our models were trained on, from a detector's box.

    Parameters
    ----------
    box : Box
        The detector's.
    source : str
        A key of `LANDMARK_BOXES`.

    Raises
    ------
    UnknownNameError
        An unknown source.

    Examples
    --------
    >>> landmark_box(Box(10, 10, 100, 200), "yunet")
    Box(x=8.7, y=62.0, width=102.0, height=149.0)
    """
    if source not in LANDMARK_BOXES:
        raise UnknownNameError("box_from", source, LANDMARK_BOXES)
    left, top, width, height = LANDMARK_BOXES[source]
    return Box(
        box.x + left * box.width, box.y + top * box.height, width * box.width, height * box.height
    )


def box_round(box: Box, source: str) -> Box:
    """A detector's box as it would lie round the box of the landmarks; undoes `landmark_box`.

    Examples
    --------
    >>> box = box_round(landmark_box(Box(10, 10, 100, 200), "dlib-hog"), "dlib-hog")
    >>> [round(side, 9) for side in box]
    [10.0, 10.0, 100.0, 200.0]
    """
    left, top, width, height = LANDMARK_BOXES[source]
    wide, high = box.width / width, box.height / height
    return Box(box.x - left * wide, box.y - top * high, wide, high)


def usable(box: Box | None, image_shape: tuple[int, ...]) -> bool:
    """Whether a box can hold a face of this image: finite, at least a pixel wide and high, and
    with some part inside.

    Examples
    --------
    >>> usable(Box(-5, -5, 10, 10), (8, 8)), usable(Box(9, 9, 10, 10), (8, 8)), usable(None, (8, 8))
    (True, False, False)
    """
    if box is None or not np.isfinite(box).all():
        return False
    height, width = image_shape[:2]
    inside = (
        box.x < width - 0.5
        and box.y < height - 0.5
        and box.x + box.width > -0.5
        and box.y + box.height > -0.5
    )
    return inside and min(box.width, box.height) >= 1.0 and max(map(abs, box)) <= _LONGEST


def moved(box: Box, transform: Affine) -> Box:
    """A box under a transform that does not turn: the box of its moved corners.

    Examples
    --------
    >>> moved(Box(1, 2, 3, 4), Affine([[2, 0, 1], [0, 2, 0]]))
    Box(x=3.0, y=4.0, width=6.0, height=8.0)
    """
    corners = transform([[box.x, box.y], [box.x + box.width, box.y + box.height]])
    (left, top), (right, bottom) = corners.tolist()
    return Box(left, top, right - left, bottom - top)
