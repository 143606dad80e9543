"""MTCNN as a detector: three networks, each on what the one before has left.

Zhang, Zhang, Li and Qiao, Joint face detection and alignment using multitask cascaded
convolutional networks, IEEE Signal Processing Letters 2016, with the layers of Poster et al. (CVPR
Workshops 2019). Stage 1 looks at every window of 12 pixels of an image pyramid, stages 2 and 3 at
squares of 24 and 48 pixels round the boxes that are left; the box is that of all landmarks.

The packaged weights have seen rendered people only, and little that is no face. The default
threshold of stage 3 is high for that reason; on photographs, hair, ears and collars still raise
false alarms (a test bounds them), which `align_eval.detection.choose` passes over where a study
means one face. For detection alone, YuNet is the better choice.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from align_eval.errors import ConfigError
from align_eval.image import Image, to_gray
from align_eval.interfaces import Detection
from align_eval.landmarks import FloatArray, Landmarks
from align_eval.weights import sha256
from landmark_models.boxes import Side, square
from landmark_models.card import read_card
from landmark_models.crops import Border, cut, resized
from landmark_models.mtcnn_stages import SIZES, Found, Stage, box_of, placed, sound
from landmark_models.nms import suppressed
from landmark_models.onnx_description import Crop, Description
from landmark_models.packaged import card_path

_STRIDE = 2
_SMALLEST = 8  # for a smaller face the image would have to be enlarged much
_SAME_SCALE, _ACROSS, _FINAL = 0.5, 0.7, 0.7  # overlaps, as in Zhang et al.'s own program
_CANDIDATES = 1000  # of one scale, and of all: bounds the work where everything looks like a face


class MtcnnDetector:
    """The cascade: boxes of all landmarks, with five points.

    Parameters
    ----------
    weights : str, optional
        As of `landmark_models.trained.TrainedModel`; the card names ``*-stage1.onnx`` and
        ``*-stage2.onnx`` besides the model.
    thresholds : (float, float, float)
        The least probability of a face after each stage.
    min_face : float
        The longer side of the smallest box that is looked for, in pixels of the image as it is
        after `max_side`.
    factor : float
        How much smaller each image of the pyramid is than the one before.
    max_side : int
        Larger images are shrunk to this longer side first, which bounds time and memory.
    workers : int
        Threads of ONNX Runtime.
    name : str
        As it is called in results.

    Raises
    ------
    ConfigError
        A value out of its range, or weights that are missing or no such cascade.
    """

    def __init__(
        self,
        weights: str | None = None,
        *,
        thresholds: Sequence[float] = (0.6, 0.7, 0.98),
        min_face: float = 40.0,
        factor: float = 0.709,
        max_side: int = 1024,
        workers: int = 1,
        name: str = "mtcnn",
    ) -> None:
        _check(thresholds, min_face, factor, max_side)
        self.name = name
        self._options: dict[str, Any] = {
            "weights": weights,
            "thresholds": list(thresholds),
            "min_face": min_face,
            "factor": factor,
            "max_side": max_side,
            "workers": workers,
            "name": name,
        }
        place = card_path(weights or "mtcnn", "detector 'mtcnn'")
        self.card = read_card(place)
        self._digest = sha256(place)
        self._about = Description.from_keys(self.card.description)
        files = (self.card.part("stage1"), self.card.part("stage2"), self.card.model)
        outputs = (("face", "box"), ("face", "box"), ("face", "box", "points"))
        self._stages = [
            Stage(self.card, place.parent, *part, workers)
            for part in zip(files, SIZES, outputs, strict=True)
        ]

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The card's file and digest, which pin the weights, and what they were trained on."""
        return {
            "weights": f"{self.card.name}.json",
            "sha256": self._digest,
            "trained on": self.card.trained_on,
            "threads": self._options["workers"],
        }

    def detect(self, image: Image) -> list[Detection]:
        """Every face found, the most certain first, with its five points."""
        gray = to_gray(image)
        found = self._refined(gray, self._proposed(gray))
        return self._marked(gray, found) if len(found.scores) else []

    def _marked(self, gray: Image, found: Found) -> list[Detection]:
        """Stage 3."""
        windows = self._windows(found.boxes)
        crops, backs = self._crops(gray, windows, SIZES[2])
        face, box, points = self._stages[2](crops)
        judged = Found(placed(box, windows), face)
        finite = np.isfinite(points).all(axis=(1, 2))
        rows = np.flatnonzero(sound(judged, self._options["thresholds"][2]) & finite)
        left = judged.chosen(rows)
        detections = []
        for k in rows[suppressed(left.boxes, left.scores, _FINAL, "smaller")]:
            marks = Landmarks(backs[k](points[k]), self._about.points)
            detections.append(Detection(box_of(judged.boxes[k]), float(face[k]), marks))
        return detections

    @property
    def _crop(self) -> Crop:
        return self._about.crop

    def _proposed(self, gray: Image) -> Found:
        """Stage 1 on the pyramid."""
        parts = [Found(np.empty((0, 4)), np.empty(0))]
        for longest in self._pyramid(gray.shape):
            small, back = resized(gray, longest)
            if min(small.shape) < SIZES[0]:
                break
            face, box = self._stages[0](small[None])
            found = self._cells(face[0], box[0])
            corners = back(found.boxes.reshape(-1, 2)).reshape(-1, 4)
            parts.append(self._fewer(Found(corners, found.scores), _SAME_SCALE))
        boxes, scores = (np.concatenate(values) for values in zip(*parts, strict=True))
        return self._fewer(Found(boxes, scores), _ACROSS)

    def _pyramid(self, shape: tuple[int, ...]) -> Iterator[int]:
        """The longer sides of its images."""
        longest = max(shape)
        scale = min(1.0, self._options["max_side"] / longest)
        scale *= SIZES[0] / (self._options["min_face"] * self._crop.scale)
        while min(shape) * scale >= SIZES[0] - 0.5:
            yield max(1, round(longest * scale))
            scale *= self._options["factor"]

    def _cells(self, face: FloatArray, box: FloatArray) -> Found:
        """The cells of stage 1's maps that may show a face, in pixels of the scaled image."""
        with np.errstate(invalid="ignore"):
            rows, columns = np.nonzero(face >= self._options["thresholds"][0])
        corner = _STRIDE * np.stack([columns, rows], axis=1) - 0.5
        windows = np.concatenate([corner, corner + SIZES[0]], axis=1)
        return Found(placed(box[:, rows, columns].T, windows), face[rows, columns])

    def _refined(self, gray: Image, found: Found) -> Found:
        """Stage 2."""
        if not len(found.scores):
            return found
        windows = self._windows(found.boxes)
        face, box = self._stages[1](self._crops(gray, windows, SIZES[1])[0])
        judged = Found(placed(box, windows), face)
        return self._fewer(judged.chosen(sound(judged, self._options["thresholds"][1])), _ACROSS)

    def _fewer(self, found: Found, limit: float) -> Found:
        """The best of those that are boxes at all, one of each heap."""
        left = found.chosen(sound(found, 0.0))
        left = left.chosen(np.argsort(-left.scores, kind="stable")[:_CANDIDATES])
        return left.chosen(suppressed(left.boxes, left.scores, limit))

    def _windows(self, boxes: FloatArray) -> FloatArray:
        """(N, 4) the squares that stages 2 and 3 look at."""
        how = self._crop
        made = [square(box_of(box), cast(Side, how.side), how.scale, how.shift) for box in boxes]
        return np.array([(x, y, x + width, y + height) for x, y, width, height in made])

    def _crops(self, gray: Image, windows: FloatArray, side: int) -> tuple[Image, list[Any]]:
        border = cast(Border, self._crop.border)
        pairs = [cut(gray, box_of(window), (side, side), border) for window in windows]
        return np.stack([crop for crop, _ in pairs]), [back for _, back in pairs]


def _check(thresholds: Any, min_face: Any, factor: Any, max_side: Any) -> None:
    label = "detector 'mtcnn'"
    if (
        isinstance(thresholds, str)
        or not isinstance(thresholds, Sequence)
        or len(thresholds) != len(SIZES)
        or not all(0 <= t <= 1 for t in thresholds)
    ):
        raise ConfigError(f"{label}: thresholds wants three numbers from 0 to 1, got {thresholds}")
    if not _SMALLEST <= min_face < np.inf:
        raise ConfigError(f"{label}: min_face wants at least {_SMALLEST} pixels, got {min_face}")
    if not 0 < factor <= 0.95:
        raise ConfigError(f"{label}: factor wants more than 0 and at most 0.95, got {factor}")
    if max_side < SIZES[0]:
        raise ConfigError(f"{label}: max_side wants at least {SIZES[0]} pixels, got {max_side}")
