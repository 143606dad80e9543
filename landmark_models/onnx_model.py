"""Any ONNX landmark model that a few keys describe; see `landmark_models.onnx_description`.

The packaged description ``pfld_ghostone98`` was found by measurement. Its NME over the outer eye
distance is 4.38 % on YuNet's boxes and 4.44 % on dlib's, as the packaged study
``helen_landmarks`` prints it (the latter with ``--set 'boxes="dlib-hog"'``); a part of it is that
WFLW and iBUG mark differently.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.image import Image, to_gray, to_rgb
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.onnx_session import first_line, open_session
from align_eval.similarity import Affine
from align_eval.weights import sha256, weights_file
from landmark_models.boxes import Side, square, usable
from landmark_models.crops import Border, cut
from landmark_models.decode import Decode, Decoded, Grade, Order, decode
from landmark_models.onnx_description import Description, read_keys

_DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class OnnxModel:
    """A landmark model that runs on ONNX Runtime.

    Parameters
    ----------
    path : str
        The ONNX file.
    config : str, optional
        A packaged description (``"pfld_ghostone98"``) or a TOML file.
    name : str
        As it is called in results.
    workers : int
        Threads of ONNX Runtime, unless the key ``threads`` says otherwise.
    **keys
        Keys of `landmark_models.onnx_description`; they overrule those of `config`.

    Raises
    ------
    ConfigError
        No file, a description that cannot be used, or one that does not fit the model. The
        model is run once on a black crop, so that a misfit shows at once.
    """

    box_policy = "needed"

    def __init__(
        self,
        path: str | None = None,
        config: str | None = None,
        *,
        name: str = "onnx",
        workers: int = 1,
        **keys: Any,
    ) -> None:
        self.name = name
        self._options = {"path": path, "config": config, "name": name, "workers": workers, **keys}
        self._path = weights_file(path, f"landmark model {name!r}")
        self._about = Description.from_keys(
            merged({} if config is None else read_keys(config), keys)
        )
        self._digest = _checked_digest(self._path, self._about.sha256)
        self._threads = self._about.threads or workers
        self._session = open_session(
            self._path,
            f"landmark model {name!r} ({self._path.name})",
            threads=self._threads,
            providers=self._about.providers,
        )
        self._input = self._session.get_inputs()[0]
        self._dtype = _dtype(self._input.type)
        self._nchw, self._size, self._batch = _geometry(self._input.shape, self._about)
        self._output = _output_name(self._session, self._about.output)
        quality = self._about.quality
        self._quality = None if quality is None else _output_name(self._session, quality)
        self._try_out()

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """What the description says."""
        return self._about.points

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The weight file, its digest, and how ONNX Runtime really runs it."""
        return {
            "weights": self._path.name,
            "sha256": self._digest,
            "provider": self._session.get_providers()[0],
            "threads": self._threads,
        }

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face.

        None without a box that overlaps the image, or where the model's output is not finite.
        """
        found: list[Landmarks | None] = [None] * len(faces)
        cuts = ((i, self._cut(face)) for i, face in enumerate(faces))
        waiting = [(i, pair) for i, pair in cuts if pair is not None]
        for start in range(0, len(waiting), self._batch):
            part = waiting[start : start + self._batch]
            points, quality = self._run(np.stack([crop for _, (crop, _) in part]))
            for k, (i, (_, back)) in enumerate(part):
                if np.isfinite(points[k]).all():
                    grade = None if quality is None else quality[k]
                    found[i] = Landmarks(back(points[k]), self.scheme, grade)
        return found

    def _try_out(self) -> None:
        """Run once on black, so that a description that does not fit is refused at once."""
        black = np.zeros((1, *self._size[::-1], self._about.channels), np.uint8)
        try:
            self._raw(black)
        except ConfigError:
            raise
        except Exception as error:  # onnxruntime's errors have no common base
            raise ConfigError(
                f"{self._path.name} does not run on one crop of {self._size}: {first_line(error)}"
            ) from error

    def _cut(self, face: Face) -> tuple[Image, Affine] | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        about = self._about.crop
        area = square(face.box, cast(Side, about.side), about.scale, about.shift)
        pixels = to_gray(image) if self._about.channels == 1 else to_rgb(image)
        return cut(pixels, _proportioned(area, self._size), self._size, cast(Border, about.border))

    def _run(self, crops: Image) -> Decoded:
        pixels = crops[..., None] if self._about.channels == 1 else crops
        found = self._raw(pixels)
        if not self._about.flip_average:
            return found
        other, order = self._raw(pixels[:, :, ::-1]), list(self.scheme.mirror)
        mirrored = other.points[:, order]
        mirrored[..., 0] = pixels.shape[2] - 1 - mirrored[..., 0]
        quality = None
        if found.quality is not None and other.quality is not None:
            quality = (found.quality + other.quality[:, order]) / 2
        return Decoded((found.points + mirrored) / 2, quality)

    def _raw(self, pixels: NDArray[np.uint8]) -> Decoded:
        """Run (B, H, W, C) pixels, in RGB or gray."""
        ordered = pixels[..., ::-1] if self._about.colour == "BGR" else pixels
        values = self._about.normalised(ordered)
        values = values.transpose(0, 3, 1, 2) if self._nchw else values
        feed = np.ascontiguousarray(values, dtype=self._dtype)
        names = [self._output] if self._quality is None else [self._output, self._quality]
        output, *quality = self._session.run(names, {self._input.name: feed})
        found = decode(
            np.asarray(output),
            len(self.scheme),
            (pixels.shape[2], pixels.shape[1]),
            cast(Decode, self._about.decode),
            cast(Order, self._about.order),
            self._about.reading,
            cast(Grade, self._about.grade),
        )
        return Decoded(found.points, self._graded(quality[0])) if quality else found

    def _graded(self, quality: NDArray[np.floating]) -> NDArray[np.float64]:
        if quality.shape[1:] != (len(self.scheme),):
            raise ConfigError(
                f"the output {self._quality!r} has shape {quality.shape[1:]} a face; a quality of "
                f"{len(self.scheme)} points wants ({len(self.scheme)},)"
            )
        return quality.astype(np.float64)


def merged(base: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of a description with others that overrule them, and single ones of its tables."""
    both = {**base, **keys}
    for table in ("crop", "reading"):
        if isinstance(base.get(table), Mapping) and isinstance(keys.get(table), Mapping):
            both[table] = {**base[table], **keys[table]}
    return both


def _checked_digest(path: Path, wanted: str | None) -> str:
    digest = sha256(path)
    if wanted is not None and digest != wanted:
        raise ConfigError(f"{path.name} has sha256 {digest}; the description wants {wanted}")
    return digest


def _geometry(
    shape: Sequence[int | str | None], about: Description
) -> tuple[bool, tuple[int, int], int]:
    """Whether channels come first, the input's (width, height), and faces per run."""
    if len(shape) != 4:
        raise ConfigError(f"a landmark model wants an image input of 4 dimensions, got {shape}")
    nchw = about.layout != "NHWC" if about.layout else shape[3] != about.channels
    height, width = shape[2:] if nchw else shape[1:3]
    channels = shape[1] if nchw else shape[3]
    if isinstance(channels, int) and channels != about.channels:
        raise ConfigError(
            f"the model's input {shape} has {channels} channels; colour {about.colour!r} has "
            f"{about.channels}"
        )
    if about.input_size is not None:
        size = about.fixed_size()
    elif isinstance(width, int) and isinstance(height, int):
        size = (width, height)
    else:
        raise ConfigError(f"the model's input {shape} is of no fixed size: input_size is wanted")
    return nchw, size, 1 if shape[0] == 1 else about.batch_size


def _dtype(kind: str) -> Any:
    if kind not in _DTYPES:
        raise ConfigError(f"a landmark model wants an input of {', '.join(_DTYPES)}, got {kind}")
    return _DTYPES[kind]


def _output_name(session: Any, wanted: int | str) -> str:
    names: list[str] = [output.name for output in session.get_outputs()]
    if isinstance(wanted, str):
        if wanted not in names:
            raise UnknownNameError("output of the model", wanted, names)
        return wanted
    if not 0 <= wanted < len(names):
        raise ConfigError(f"the model has {len(names)} outputs; output {wanted} is none of them")
    return names[wanted]


def _proportioned(area: Box, size: tuple[int, int]) -> Box:
    """The box round the same centre with the input's proportions and the same longer side."""
    longest = max(size)
    width, height = area.width * size[0] / longest, area.height * size[1] / longest
    x, y = area.centre
    return Box(x - width / 2, y - height / 2, width, height)
