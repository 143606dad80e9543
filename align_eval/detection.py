"""Which of several detections is the face that a study means."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import UnknownNameError
from align_eval.faces import Box
from align_eval.interfaces import Detection

LEAST_IOU = 0.1
_NEARLY = 0.1

Cost = Callable[[Sequence[Detection], tuple[int, int]], NDArray[np.float64]]


def choose(
    detections: Sequence[Detection],
    image_shape: tuple[int, ...],
    rule: str = "central",
    near: Box | None = None,
) -> Detection | None:
    """The detection of the face that is meant, or None if there is none.

    Parameters
    ----------
    detections : sequence of Detection
        What a detector found; of equals the earlier one wins.
    image_shape : tuple of int
        (height, width, …) of the image in pixels.
    rule : {"central", "largest", "score"}
        ``central``: the centre nearest to the image's centre, in units of the face's own size
        (the square root of its area), so that a small false alarm in the middle does not beat a
        large face; among those within a tenth of a face's size of the nearest, the highest
        score. ``largest``: the largest area. ``score``: the highest score.
    near : Box, optional
        The data set's own box. If given, it decides alone: the detection with the largest
        intersection over union, at least `LEAST_IOU`, else None.

    Raises
    ------
    UnknownNameError
        A rule that is none of the three.

    Examples
    --------
    >>> big, small = Detection(Box(0, 0, 60, 60), 0.7), Detection(Box(70, 70, 20, 20), 0.9)
    >>> [choose([small, big], (100, 100), rule).score for rule in ("central", "largest", "score")]
    [0.7, 0.7, 0.9]
    >>> choose([big, small], (100, 100), near=Box(72, 72, 20, 20)).score
    0.9
    """
    if rule not in _COSTS:
        raise UnknownNameError("rule for choosing a detection", rule, _COSTS)
    if not detections:
        return None
    if near is not None:
        overlaps = [iou(found.box, near) for found in detections]
        best = int(np.argmax(overlaps))
        return detections[best] if overlaps[best] >= LEAST_IOU else None
    height, width = image_shape[:2]
    return detections[int(np.argmin(_COSTS[rule](detections, (height, width))))]


def iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]; 0 where both are empty.

    Examples
    --------
    >>> iou(Box(0, 0, 2, 2), Box(1, 0, 2, 2)) == 1 / 3
    True
    """
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    shared = max(width, 0.0) * max(height, 0.0)
    union = first.area + second.area - shared
    return shared / union if union > 0 else 0.0


def _central(detections: Sequence[Detection], shape: tuple[int, int]) -> NDArray[np.float64]:
    middle = (np.array(shape[::-1]) - 1) / 2
    centres = np.array([found.box.centre for found in detections])
    sizes = np.sqrt([found.box.area for found in detections])
    distance = np.hypot(*(centres - middle).T) / np.maximum(sizes, 1e-6)
    return np.where(distance <= distance.min() + _NEARLY, _by_score(detections, shape), np.inf)


def _largest(detections: Sequence[Detection], shape: tuple[int, int]) -> NDArray[np.float64]:
    return -np.array([found.box.area for found in detections])


def _by_score(detections: Sequence[Detection], shape: tuple[int, int]) -> NDArray[np.float64]:
    return -np.array([found.score for found in detections])


_COSTS: Mapping[str, Cost] = {"central": _central, "largest": _largest, "score": _by_score}
