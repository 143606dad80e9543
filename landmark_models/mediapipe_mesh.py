"""MediaPipe's face mesh from its ``.tflite`` file, run by OpenCV: 468 points.

Kartynnik, Ablavatski, Grishchenko and Grundmann, Real-time Facial Surface Geometry from Monocular
Video on Mobile GPUs, CVPRW 2019. The file is ``face_landmark.tflite`` of MediaPipe, in its first
or its second version; the one with attention has operations that OpenCV does not know.

As in MediaPipe, the network sees one and a half times a box, turned so that the eyes lie level. A
face brings a box and no angle, and every detector draws its boxes differently: so a first pass
looks at the upright square round the box, and each further one at the turned square round the
points before, which is how MediaPipe follows a face through a video.
"""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import cv2
import numpy as np

from align_eval.errors import ConfigError
from align_eval.faces import Face
from align_eval.image import Image, to_rgb
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine, Similarity
from align_eval.weights import sha256, weights_file
from landmark_models.boxes import square, usable
from landmark_models.crops import resized

_SIDE = 192
_POINTS = 468
_OUTER_CORNERS = (33, 263)
_LONGEST = 1e6


class _Area(NamedTuple):
    """The square that the network sees: its centre and side in pixels, its turn in radians."""

    centre: FloatArray
    side: float
    angle: float


class MediapipeMesh:
    """MediaPipe's 468 points; their depth is left out.

    The quality of every point is the face's presence as the network says it: a logit, 0 where it
    is as likely as not that the crop shows a face.

    Parameters
    ----------
    path : str
        ``face_landmark.tflite``.
    passes : int
        How often the network looks; each look after the first is at the points of the one
        before. 1 is a single look at the upright box.
    crop : float
        The side of what it sees, in sides of the box (the mean of both) or of the points' box
        (the longer).
    threshold : float
        The least probability, 0 to 1, that the last look shows a face; below it the face has no
        landmarks. MediaPipe's own is 0.5.
    name : str
        As it is called in results.

    Raises
    ------
    ConfigError
        No file at `path`, one that OpenCV cannot use as the mesh, or an option out of range.
    """

    box_policy = "needed"

    def __init__(
        self,
        path: str | None = None,
        *,
        passes: int = 2,
        crop: float = 1.5,
        threshold: float = 0.5,
        name: str = "mediapipe_mesh",
    ) -> None:
        if passes < 1 or crop <= 0 or not 0 <= threshold <= 1:
            raise ConfigError(
                "passes wants 1 or more, crop a positive number and threshold one from 0 to 1, "
                f"got {passes!r}, {crop!r} and {threshold!r}"
            )
        self.name = name
        self._options: dict[str, Any] = {
            "path": path,
            "passes": passes,
            "crop": crop,
            "threshold": threshold,
            "name": name,
        }
        needed_by = f"landmark model {name!r}"
        self._path = weights_file(path, needed_by, "MediaPipe's face_landmark.tflite")
        self._passes, self._crop, self._threshold = passes, crop, threshold
        self._net, self._mesh, self._presence = _net(str(self._path), self._path.name)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """MediaPipe's 468 points."""
        return scheme_named("mediapipe468")

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, and OpenCV's version and threads."""
        return {
            "weights": self._path.name,
            "sha256": sha256(self._path),
            "opencv": cv2.__version__,
            "threads": cv2.getNumThreads(),
        }

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face.

        None without a box that overlaps the image, or where the network sees no face.
        """
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        first = square(face.box, "mean", self._crop)
        return self._seen(to_rgb(image), _Area(np.array(first.centre), first.width, 0.0))

    def _seen(self, pixels: Image, area: _Area) -> Landmarks | None:
        points = self._look(pixels, area)
        for _ in range(self._passes - 1):
            if points is not None:
                points = self._look(pixels, _round_points(points, self._crop))
        if points is None:
            return None
        logit = float(np.ravel(self._net.forward(self._presence))[0])
        if not _probability(logit) >= self._threshold:
            return None
        return Landmarks(points, self.scheme, np.full(_POINTS, logit))

    def _look(self, pixels: Image, area: _Area) -> FloatArray | None:
        """The points that the network sees in a square, in image pixels; None if it is unsound."""
        if not _sound(area):
            return None
        crop, back = _turned(pixels, area)
        self._net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255))
        output = np.array(self._net.forward(self._mesh), np.float64).reshape(_POINTS, 3)
        # MediaPipe counts from the crop's edge, where the first pixel's centre is at ½.
        points = back(output[:, :2] - 0.5)
        return points if np.isfinite(points).all() else None


def _turned(image: Image, area: _Area) -> tuple[Image, Affine]:
    """The network's view, and the transform from it to the image; beyond the edge, the nearest.

    An image at least twice as large as the view wants is first shrunk by averaging.
    """
    step = area.side / _SIDE
    longest = max(image.shape[:2])
    small, to_image = resized(image, max(1, round(longest / max(1, int(step)))))
    turn = Similarity.make(1 / step, -area.angle)
    middle = (_SIDE - 1) / 2
    to_crop = Similarity.make(shift=middle - turn([area.centre])[0]) @ turn
    crop: Image = cv2.warpAffine(
        small,
        (to_crop @ to_image).matrix,
        (_SIDE, _SIDE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return crop, to_crop.inverse


def _round_points(points: FloatArray, crop: float) -> _Area:
    """The square round the points in the direction of the outer eye corners."""
    left, right = points[list(_OUTER_CORNERS)]
    angle = float(np.arctan2(*(right - left)[::-1]))
    level = Similarity.make(1.0, -angle)
    turned = level(points)
    low, high = turned.min(axis=0), turned.max(axis=0)
    return _Area(level.inverse([(low + high) / 2])[0], crop * float((high - low).max()), angle)


def _sound(area: _Area) -> bool:
    numbers = np.array([*area.centre, area.side, area.angle])
    return bool(np.isfinite(numbers).all() and np.abs(numbers).max() <= _LONGEST) and area.side >= 1


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -500, 500))))


def _net(path: str, name: str) -> tuple[Any, str, str]:
    """The network, and the names of its outputs: the mesh, and the presence listed before it.

    OpenCV names only the first of the file's outputs as one.
    """
    try:
        net = cv2.dnn.readNetFromTFLite(path)
        layers = list(net.getLayerNames())
        mesh = net.getUnconnectedOutLayersNames()[0]
        presence = layers[layers.index(mesh) - 1]
        net.setInput(np.zeros((1, 3, _SIDE, _SIDE), np.float32))
        sizes = (net.forward(mesh).size, net.forward(presence).size)
    except (cv2.error, ValueError, IndexError) as error:
        raise ConfigError(f"OpenCV cannot use {name} as MediaPipe's face mesh") from error
    if sizes != (3 * _POINTS, 1):
        raise ConfigError(
            f"{name} gives {sizes[0]} and {sizes[1]} numbers; MediaPipe's face mesh wants "
            f"{3 * _POINTS} and the face's presence"
        )
    return net, mesh, presence
