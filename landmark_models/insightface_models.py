"""insightface's 106 points, and the five of its detectors, run by insightface itself.

Guo et al., Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022 (SCRFD);
the 106 points are insightface's own (``alignment/coordinate_reg``). The weights are insightface's
``2d106det.onnx`` and ``det_*.onnx`` or ``scrfd_*.onnx``, single files or a pack's folder such as
``~/.insightface/models/buffalo_l``; nothing is ever downloaded, and their licence is the user's
to keep. Crop, normalisation and decoding are the package's code, so that a study measures what
its users get; here ONNX Runtime is opened with explicit threads on a named provider, images become
the package's BGR, and points get their scheme. BGR does not leave this file.

Checked with networks of the same inputs and outputs, not with insightface's weights; for the order
of the 106 points see `align_eval.schemes.insightface106`.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.detection import choose
from align_eval.errors import ConfigError
from align_eval.faces import Box, Face
from align_eval.image import Image, to_rgb
from align_eval.interfaces import Detection
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.onnx_session import first_line, open_session
from align_eval.schemes import scheme_named
from align_eval.weights import sha256, weights_file
from landmark_models.boxes import usable
from landmark_models.insightface_pack import (
    fitted_into,
    import_insightface,
    manifest_file,
    swapped,
)

_LANDMARK_FILES = ("2d106det.onnx",)
_DETECTOR_FILES = ("det_*.onnx", "scrfd_*.onnx")


class _Insightface:
    """What both have: the file, the session that runs it, and the package's name for it."""

    name: str
    _label: str
    _scheme: str
    _patterns: Sequence[str]
    _task: str

    def _open(self, path: str | None, name: str | None, workers: int, providers: Any) -> None:
        self.name = name or self._label
        needed_by = f"landmark model {self.name!r}"
        self._package = import_insightface(needed_by)
        self._path, self._manifest = _file(path, needed_by, self._patterns, self._task)
        label = f"{needed_by} ({self._path.name})"
        self._threads = workers
        self._session = open_session(self._path, label, threads=workers, providers=providers)

    @property
    def scheme(self) -> LandmarkScheme:
        """The scheme of every result."""
        return scheme_named(self._scheme)

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, insightface's version, and how ONNX Runtime runs it."""
        return {
            "weights": self._path.name,
            "sha256": sha256(self._path),
            "insightface": self._package.__version__,
            "provider": self._session.get_providers()[0],
            "threads": self._threads,
        }

    def _tried(self, run: Callable[[], Any], wanted: str) -> Any:
        """What `run` gives; a file that insightface runs as something else fails in many ways."""
        try:
            return run()
        except Exception as error:
            reason = first_line(error)
            raise ConfigError(
                f"insightface cannot use {self._path.name} as {wanted}: {reason}"
            ) from error


class Insightface106(_Insightface):
    """insightface's 106 points in a square of one and a half boxes, without rotation.

    Parameters
    ----------
    path : str
        ``2d106det.onnx``, or the folder of a pack that holds it.
    workers : int
        Threads of ONNX Runtime.
    providers : str or list of str, optional
        ONNX Runtime's execution providers; the CPU by default.
    name : str, optional
        As it is called in results.

    Raises
    ------
    MissingExtraError
        insightface is not installed.
    ConfigError
        No such file, or one that insightface cannot use as a model of 106 points.
    """

    box_policy = "needed"
    _label, _scheme, _patterns = "insightface_106", "insightface106", _LANDMARK_FILES
    _task = "landmark_2d_106"

    def __init__(
        self,
        path: str | None = None,
        *,
        workers: int = 1,
        providers: str | Sequence[str] | None = None,
        name: str | None = None,
    ) -> None:
        self._open(path, name, workers, providers)
        self._options: dict[str, Any] = {
            "path": path,
            "workers": workers,
            "providers": providers,
            "name": name,
        }
        wanted = "a model of 106 points"
        self._model = self._tried(self._made, wanted)
        if self._model.taskname != "landmark_2d_106":
            raise ConfigError(
                f"insightface runs {self._path.name} as {self._model.taskname}; {wanted} is wanted"
            )
        middle = Box(0.0, 0.0, 64.0, 64.0)
        self._tried(lambda: self._points(np.zeros((64, 64, 3), np.uint8), middle), wanted)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    def _made(self) -> Any:
        from insightface.model_zoo.landmark import Landmark

        return Landmark(model_file=str(self._path), session=self._session)

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The points of each face.

        None without a box that overlaps the image, or where the model's output is not finite.
        """
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        points = self._points(_bgr(image), face.box)
        return Landmarks(points, self.scheme) if np.isfinite(points).all() else None

    def _points(self, pixels: NDArray[np.uint8], box: Box) -> NDArray[np.float64]:
        from insightface.app.common import Face as Found

        edges = np.array([box.x, box.y, box.x + box.width, box.y + box.height], np.float64)
        points: NDArray[np.float64] = self._model.get(pixels, Found(bbox=edges)).astype(np.float64)
        return points


class InsightfaceDetector(_Insightface):
    """SCRFD's boxes and five points, as a detector and as a landmark model.

    Parameters
    ----------
    path : str
        A detector of insightface that gives key points, or the folder of a pack with one.
    size : int or (width, height)
        The square's side, or the sides, in pixels that images are fitted into, multiples of 32,
        unless the file fixes them; insightface calls them ``det_size``.
    score_threshold, nms_threshold : float
        The least score of a detection; the overlap above which the weaker of two is dropped.
    pick : {"central", "largest", "score"}
        Which detection counts, as a landmark model, where the face brings no box (see
        `align_eval.detection.choose`). A face's box picks the detection that overlaps it most.
    workers, providers, name
        As of `Insightface106`.

    Raises
    ------
    MissingExtraError
        insightface is not installed.
    ConfigError
        No such file, or one that insightface cannot use as a detector with key points.
    """

    box_policy = "ignored"
    _label, _scheme, _patterns = "insightface_kps", "five", _DETECTOR_FILES
    _task = "detection"

    def __init__(
        self,
        path: str | None = None,
        *,
        size: int | Sequence[int] = 640,
        score_threshold: float = 0.5,
        nms_threshold: float = 0.4,
        pick: str = "central",
        workers: int = 1,
        providers: str | Sequence[str] | None = None,
        name: str | None = None,
    ) -> None:
        choose((), (1, 1), pick)
        sides = fitted_into(size, "size")
        self._open(path, name, workers, providers)
        self._pick = pick
        self._options: dict[str, Any] = {
            "path": path,
            "size": size,
            "score_threshold": score_threshold,
            "nms_threshold": nms_threshold,
            "pick": pick,
            "workers": workers,
            "providers": providers,
            "name": name,
        }
        wanted = "a detector with five key points"
        self._model = self._tried(self._made, wanted)
        self._model.prepare(
            0, input_size=sides, det_thresh=score_threshold, nms_thresh=nms_threshold
        )
        if not self._model.use_kps:
            raise ConfigError(f"{self._path.name} gives no key points; {wanted} is wanted")
        self._tried(lambda: self.detect(np.zeros((64, 64, 3), np.uint8)), wanted)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    def _made(self) -> Any:
        from insightface.model_zoo import get_model
        from insightface.model_zoo.scrfd import SCRFD

        # One session for every size: the default rewrites the graph and opens another.
        if self._manifest is None:
            return SCRFD(str(self._path), self._session, static_shape_sessions=False)
        made = get_model(  # also checks the digest, and takes the manifest's mean and scale
            str(self._manifest),
            model_task=self._task,
            providers=["CPUExecutionProvider"],
            static_shape_sessions=False,
        )
        made.session = self._session
        return made

    def detect(self, image: Image) -> list[Detection]:
        """Every face found, the most certain first, with its five points."""
        width, height = self._model.input_size
        if not _fits(image, width, height):
            return []
        rows, points = self._model.detect(_bgr(image))
        pairs = zip(rows.astype(np.float64), points.astype(np.float64), strict=True)
        return [
            Detection(
                Box(left, top, right - left, bottom - top), score, Landmarks(five, self.scheme)
            )
            for (left, top, right, bottom, score), five in ((row.tolist(), p) for row, p in pairs)
            if np.isfinite([left, top, right, bottom, score]).all()
            and np.isfinite(five).all()
            and right > left
            and bottom > top
        ]

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The five points of each face; None where no detection fits it."""
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        found = choose(self.detect(image), image.shape, self._pick, face.box)
        return None if found is None else found.landmarks


def _bgr(image: Image) -> NDArray[np.uint8]:
    return swapped(to_rgb(image))


def _fits(image: Image, width: float, height: float) -> bool:
    """Whether a whole pixel of both sides is left when the image is shrunk to fit."""
    rows, columns = image.shape[:2]
    return bool(min(rows, columns) * min(width / columns, height / rows) >= 1)


def _file(
    path: str | None, needed_by: str, patterns: Sequence[str], task: str
) -> tuple[Path, Path | None]:
    """The weights at `path`: a file, or that of a pack's folder for a task.

    The folder's manifest names it, where there is one with this task; it is the second result.
    Else it is the one file whose name fits.
    """
    folder = Path(path).expanduser() if path else None
    if folder is None or not folder.is_dir():
        kind = f"insightface's ONNX file ({' or '.join(patterns)})"
        return weights_file(path, needed_by, kind), None
    named = manifest_file(folder, task) if task == "detection" else None
    if named is not None:
        return named, folder
    found = sorted({file for pattern in patterns for file in folder.glob(pattern)})
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise ConfigError(
            f"{needed_by} wants one {' or '.join(patterns)} in the folder {str(path)!r}, "
            f"got {names}"
        )
    return found[0], None
