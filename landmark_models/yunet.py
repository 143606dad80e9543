"""YuNet through OpenCV, as a detector and as a landmark model.

Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 20,
2023. BGR, which OpenCV wants, does not leave this file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import cv2
import numpy as np

from align_eval.detection import choose
from align_eval.errors import ConfigError
from align_eval.faces import Box, Face
from align_eval.image import Image, to_rgb
from align_eval.interfaces import Detection
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine
from align_eval.weights import sha256, weights_file
from landmark_models.boxes import moved
from landmark_models.crops import resized

_SMALL = 320
_CANDIDATES = 5000


class YuNet:
    """YuNet's boxes and five points.

    YuNet names the subject's right eye first, which is the left one of an upright image: its
    order is that of scheme ``five``.

    Parameters
    ----------
    path : str
        ``yunet_n_dynamic.onnx``, ``yunet_n_640_640.onnx`` or another version of it.
    score_threshold, nms_threshold : float
        The least score of a detection; the overlap above which the weaker of two is dropped.
    max_side : int
        Larger images are shrunk to this longer side for detection.
    upscale : bool
        Where nothing is found in an image whose longer side is under 320 px, try again on a
        copy enlarged to 320 px.
    pick : {"central", "largest", "score"}
        Which detection counts, as a landmark model, where the face brings no box (see
        `align_eval.detection.choose`). A face's box picks the detection that overlaps it most.
    name : str
        As it is called in results.

    Raises
    ------
    ConfigError
        No model file at `path`, or one that OpenCV cannot use as YuNet.
    """

    box_policy = "ignored"

    def __init__(
        self,
        path: str | None = None,
        *,
        score_threshold: float = 0.6,
        nms_threshold: float = 0.3,
        max_side: int = 640,
        upscale: bool = True,
        pick: str = "central",
        name: str = "yunet",
    ) -> None:
        choose((), (1, 1), pick)
        self.name = name
        self._path = weights_file(path, "landmark model or detector 'yunet'", "YuNet's ONNX file")
        self._options: dict[str, Any] = {
            "path": path,
            "score_threshold": score_threshold,
            "nms_threshold": nms_threshold,
            "max_side": max_side,
            "upscale": upscale,
            "pick": pick,
            "name": name,
        }
        self._max_side, self._upscale, self._pick = max_side, upscale, pick
        with _quiet():
            self._net = _net(str(self._path), score_threshold, nms_threshold)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """Five points."""
        return scheme_named("five")

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, and OpenCV's version and threads."""
        return {
            "weights": self._path.name,
            "sha256": sha256(self._path),
            "opencv": cv2.__version__,
            "threads": cv2.getNumThreads(),
        }

    def detect(self, image: Image) -> list[Detection]:
        """Every face found, the most certain first, with its five points."""
        longest = max(image.shape[:2])
        found = self._at(image, min(longest, self._max_side))
        if not found and self._upscale and longest < _SMALL:
            found = self._at(image, _SMALL)
        return found

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The five points of each face; None where no detection fits it."""
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        found = choose(self.detect(image), image.shape, self._pick, face.box)
        return None if found is None else found.landmarks

    def _at(self, image: Image, longest: int) -> list[Detection]:
        copy, back = resized(to_rgb(image), longest)
        self._net.setInputSize((copy.shape[1], copy.shape[0]))
        _, rows = self._net.detect(cv2.cvtColor(copy, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        finite = rows[np.isfinite(rows).all(axis=1)].astype(np.float64)
        ordered = finite[np.argsort(-finite[:, 14], kind="stable")]
        return [self._detection(row, back) for row in ordered]

    def _detection(self, row: Any, back: Affine) -> Detection:
        points = Landmarks(back(row[4:14].reshape(5, 2)), self.scheme)
        return Detection(moved(Box(*row[:4].tolist()), back), float(row[14]), points)


def _net(path: str, score_threshold: float, nms_threshold: float) -> Any:
    try:
        net = cv2.FaceDetectorYN.create(
            path, "", (_SMALL, _SMALL), score_threshold, nms_threshold, _CANDIDATES
        )
        net.detect(np.zeros((_SMALL, _SMALL, 3), np.uint8))
    except (cv2.error, SystemError) as error:
        raise ConfigError(f"OpenCV cannot use {path!r} as YuNet") from error
    return net


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide OpenCV 5's warning that its new engine ignores the target it was never asked for."""
    log = cv2.utils.logging
    level = log.getLogLevel()
    log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)
