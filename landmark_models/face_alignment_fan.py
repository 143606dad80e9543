"""FAN, the heat maps of the package face-alignment: 68 points in two dimensions.

Bulat and Tzimiropoulos, How far are we from solving the 2D & 3D Face Alignment problem?, ICCV
2017. The package runs its own network with its own crop, on the box that the face brings; its
detectors are never used. The package would fetch the weights from the network when it is first
made: a study never does, and says where to put the file instead.
"""

import inspect
from collections.abc import Sequence
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlparse

import numpy as np

from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.image import to_rgb
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.weights import sha256
from landmark_models.boxes import box_round, usable

BoxFrom = Literal["as-is", "landmarks"]
_LAYOUTS = ("as-is", "landmarks")
_NETWORK = "2DFAN-4"


class Fan:
    """FAN's 68 points in whole pixels, as the package gives them; quality is each peak's height.

    Parameters
    ----------
    box_from : {"as-is", "landmarks"}
        Whose boxes the faces bring. FAN was trained on a detector's boxes, which reach up the
        forehead; a box of the landmarks is enlarged as YuNet's boxes, learnt from the same
        pictures as those of face-alignment's detector, lie round it.
    flip : bool
        Also run the mirrored crop, and add both heat maps.
    device : str
        Where torch runs: ``"cpu"``, ``"cuda"``.
    name : str
        As it is called in results.

    Raises
    ------
    MissingExtraError
        face-alignment is not installed.
    ConfigError
        Its weights are not where torch keeps them, or the package cannot be used.
    """

    box_policy = "needed"

    def __init__(
        self,
        *,
        box_from: BoxFrom = "as-is",
        flip: bool = False,
        device: str = "cpu",
        name: str = "fan",
    ) -> None:
        if box_from not in _LAYOUTS:
            raise UnknownNameError("box_from", str(box_from), _LAYOUTS)
        self.name = name
        self._options: dict[str, Any] = {
            "box_from": box_from,
            "flip": flip,
            "device": device,
            "name": name,
        }
        self._box_from = box_from
        package = _import_package(f"landmark model {name!r}")
        self._path = _weights(package, name)
        self._model = _made(package, flip, device)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """The 68 points of iBUG."""
        return scheme_named("ibug68")

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, the package's version, and the device."""
        return {
            "weights": self._path.name,
            "sha256": sha256(self._path),
            "face-alignment": _version(),
            "device": self._options["device"],
        }

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face; None without a box that overlaps the image."""
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        box = face.box if self._box_from == "as-is" else box_round(face.box, "yunet")
        points, scores, _ = self._model.get_landmarks_from_image(
            to_rgb(image).copy(), detected_faces=[_edges(box)], return_landmark_score=True
        )
        found = np.asarray(points[0], np.float64)[:, :2]
        if not np.isfinite(found).all():
            return None
        return Landmarks(found, self.scheme, np.asarray(scores[0], np.float64).ravel())


def _edges(box: Box) -> list[float]:
    return [box.x, box.y, box.x + box.width, box.y + box.height]


def _made(package: Any, flip: bool, device: str) -> Any:
    """The package's model; its detector is the one that has no weights."""
    options: dict[str, Any] = {"device": device, "flip_input": flip, "face_detector": "folder"}
    if "compile" in inspect.signature(package.FaceAlignment).parameters:
        options["compile"] = False  # it would compile for a minute, and cache what it compiled
    try:
        return package.FaceAlignment(package.LandmarksType.TWO_D, **options)
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"the package face-alignment cannot be used: {said}") from error


def _weights(package: Any, name: str) -> Path:
    """The file that the package would load, if it is there."""
    url = package.api.models_urls[_NETWORK]
    folder = Path(package.utils.get_dir()) / "checkpoints"
    path = folder / Path(urlparse(url).path).name
    if not path.is_file():
        raise ConfigError(
            f"landmark model {name!r}: nothing is downloaded, and {path.name} is not in "
            f"{str(folder)!r}; put it there from {url}"
        )
    return path


def _version() -> str:
    try:
        return version("face-alignment")
    except PackageNotFoundError:
        return "unknown"


def _import_package(needed_by: str) -> Any:
    try:
        import face_alignment
        import face_alignment.api
        import face_alignment.utils
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "face_alignment", "fan", needed_by) from error
    return face_alignment
