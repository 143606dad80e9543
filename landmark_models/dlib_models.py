"""dlib's shape predictors (68 and 5 points) and its frontal HOG detector.

Kazemi and Sullivan, One Millisecond Face Alignment with an Ensemble of Regression Trees, CVPR
2014; King, Dlib-ml, JMLR 10, 2009. The weights come from the package face-recognition-models.
The 68-point predictor was trained on the whole iBUG 300-W set, so its error on HELEN, LFPW, AFW
and iBUG is flattered.

The predictors start from dlib's own HOG boxes, which are square. Another detector's box must be
brought to that layout, which `box_from` does. NME of `dlib68` over the outer eye distance, in %,
as the packaged study ``helen_landmarks`` prints it (the last row with
``--set 'boxes="dlib-hog"'``):

============================== ===== ===================
boxes                          NME   faces found, of 330
============================== ===== ===================
YuNet as they are              4.34  330
YuNet, ``box_from = "yunet"``  2.70  330
dlib-hog                       2.45  319
============================== ===== ===================
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from align_eval.errors import MissingExtraError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.image import Image, to_uint8
from align_eval.interfaces import Detection
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.weights import packaged_weights, sha256
from landmark_models.boxes import box_round, moved, square, usable
from landmark_models.crops import cut, resized

BoxFrom = Literal["as-is", "dlib-hog", "yunet", "landmarks"]

# Where HOG boxes lie beside YuNet's, as far as dlib's error on HELEN can tell shifts and scales
# apart; making the box square does most of it.
_YUNET_TO_HOG = partial(square, side="mean", scale=1.0, shift=(0.0, 0.03))
_LAYOUTS: Mapping[str, Any] = {
    "as-is": lambda box: box,
    "dlib-hog": lambda box: box,
    "yunet": _YUNET_TO_HOG,
    "landmarks": partial(box_round, source="dlib-hog"),
}


class _ShapePredictor:
    """One of dlib's shape predictors; see `Dlib68` and `Dlib5`."""

    box_policy = "needed"
    _scheme: str
    _weights: str
    _label: str

    def __init__(
        self, *, box_from: BoxFrom = "as-is", enlarge_to: int = 0, name: str | None = None
    ) -> None:
        if box_from not in _LAYOUTS:
            raise UnknownNameError("box_from", str(box_from), _LAYOUTS)
        self.name = name or self._label
        self._dlib = _import_dlib(f"landmark model {self._label!r}")
        self._options: dict[str, Any] = {
            "box_from": box_from,
            "enlarge_to": enlarge_to,
            "name": self.name,
        }
        self._layout, self._enlarge_to = _LAYOUTS[box_from], enlarge_to
        self._path = packaged_weights(
            "face_recognition_models",
            f"models/{self._weights}",
            "dlib",
            f"landmark model {self._label!r}",
        )
        self._predictor = self._dlib.shape_predictor(str(self._path))

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """The scheme of every result."""
        return scheme_named(self._scheme)

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, and dlib's version."""
        return {
            "weights": self._path.name,
            "sha256": sha256(self._path),
            "dlib": self._dlib.__version__,
        }

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face; None without a box that overlaps the image."""
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        box: Box = self._layout(face.box)
        return Landmarks(self._points(np.ascontiguousarray(to_uint8(image)), box), self.scheme)

    def _points(self, image: Image, box: Box) -> FloatArray:
        if max(box.width, box.height) >= self._enlarge_to:
            return self._predict(image, box)
        around = square(box, "max", scale=2.0)
        crop, back = cut(image, around, (2 * self._enlarge_to, 2 * self._enlarge_to))
        points: FloatArray = back(self._predict(crop, moved(box, back.inverse)))
        return points

    def _predict(self, image: Image, box: Box) -> FloatArray:
        shape = self._predictor(image, self._dlib.rectangle(*_pixels(box)))
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)


class Dlib68(_ShapePredictor):
    """dlib's 68 points, in whole pixels as dlib gives them.

    Parameters
    ----------
    box_from : {"as-is", "dlib-hog", "yunet", "landmarks"}
        Whose boxes the faces bring: ``yunet`` is brought to the layout that dlib was trained
        on; ``dlib-hog`` and ``as-is`` leave the box as it is.
    enlarge_to : int
        Enlarge the image round a face whose box is smaller than this many pixels before dlib
        sees it, so that its whole pixels are fractions of the image's. 0, the default, is dlib
        as everyone runs it: on small faces its rounding is a good part of its error.
    name : str, optional
        As it is called in results.

    Raises
    ------
    MissingExtraError
        dlib-bin or face-recognition-models is not installed.
    """

    _scheme, _weights, _label = "ibug68", "shape_predictor_68_face_landmarks.dat", "dlib68"


class Dlib5(_ShapePredictor):
    """dlib's four eye corners and nose base; parameters and errors as of `Dlib68`.

    The scheme ``dlib5`` translates dlib's order, which starts at the image's right.
    """

    _scheme, _weights, _label = "dlib5", "shape_predictor_5_face_landmarks.dat", "dlib5"


class DlibHog:
    """dlib's detector of frontal faces: five HOG filters; boxes are square.

    Parameters
    ----------
    upsample : int
        How often the image is doubled first. The smallest face is about 80 px, 40 px if 1.
    threshold : float
        The least score. 0 is dlib's own; scores are margins of a classifier, about −1 to 3.
    max_side : int
        Larger images are shrunk to this longer side first, which bounds time and memory.
    name : str
        As it is called in results.

    Raises
    ------
    MissingExtraError
        dlib-bin is not installed.
    """

    def __init__(
        self,
        *,
        upsample: int = 1,
        threshold: float = 0.0,
        max_side: int = 1600,
        name: str = "dlib-hog",
    ) -> None:
        self.name = name
        self._options: dict[str, Any] = {
            "upsample": upsample,
            "threshold": threshold,
            "max_side": max_side,
            "name": name,
        }
        self._upsample, self._threshold, self._max_side = upsample, threshold, max_side
        self._dlib = _import_dlib("detector 'dlib-hog'")
        self._detector = self._dlib.get_frontal_face_detector()

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The package's version and what was set."""
        return {"dlib": self._dlib.__version__, "upsample": self._upsample}

    def detect(self, image: Image) -> list[Detection]:
        """Every face found, the most certain first; without landmarks."""
        small, back = resized(image, min(self._max_side, max(image.shape[:2])))
        pixels = np.ascontiguousarray(to_uint8(small))
        found, scores, _ = self._detector.run(pixels, self._upsample, self._threshold)
        boxes = [moved(_box(rectangle), back) for rectangle in found]
        pairs = zip(boxes, scores, strict=True)
        detections = [Detection(box, float(score)) for box, score in pairs]
        return sorted(detections, key=lambda detection: -detection.score)


def _box(rectangle: Any) -> Box:
    """A dlib rectangle names its first and last pixel; the box covers both wholly."""
    return Box(
        rectangle.left() - 0.5,
        rectangle.top() - 0.5,
        float(rectangle.width()),
        float(rectangle.height()),
    )


def _pixels(box: Box) -> tuple[int, int, int, int]:
    """The first and last pixels under a box: the inverse of `_box`, rounded.

    Halves go up, not to even numbers, so that a shifted box gives the shifted pixels.
    """
    edges = (box.x + 0.5, box.y + 0.5, box.x + box.width - 0.5, box.y + box.height - 0.5)
    left, top, right, bottom = (math.floor(edge + 0.5) for edge in edges)
    return left, top, right, bottom


def _import_dlib(needed_by: str) -> Any:
    try:
        import dlib
    except ModuleNotFoundError as error:
        raise MissingExtraError("dlib", "dlib", needed_by) from error
    return dlib
