"""What a few TOML keys say of an ONNX landmark model.

::

    scheme = "wflw98"             # the points it gives
    input_size = 112              # or [width, height]; from the model's input if that is fixed
    colour = "BGR"                # "RGB" (default), "BGR", "gray"
    mean = 0.0                    # pixel → (pixel − mean) · scale; a number, or one per channel
    scale = 0.00392156862745098
    layout = "NCHW"               # "NHWC"; from the model's input shape
    crop = {side = "max", scale = 1.1, shift = [0.0, 0.0], border = "constant"}
    output = 0                    # name or position of the output
    quality = "scores"            # name or position of one with a number a point; left out: none
    decode = "normalised"         # "pixels", "centred": see landmark_models.decode
                                  # heat maps: "argmax", "quarter" (or "heatmap"), "taylor",
                                  # "gaussian", "softargmax": see landmark_models.peaks
    reading = {}                  # of some of them: window, blur, sharpness: see the latter
    grade = "height"              # a map's quality, unless an output is; or minus its "spread"
    order = "xy"                  # "yx", "xyz"
    flip_average = false          # also run the mirrored crop, and average
    batch_size = 1                # more only helps where the model's batch is free
    threads = 1                   # of ONNX Runtime; the study's workers if not set
    providers = ["CPUExecutionProvider"]
    sha256 = "…"                  # refuse any other file
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import scheme_named
from landmark_models.boxes import Side
from landmark_models.crops import Border
from landmark_models.decode import DECODES, GRADES, ORDERS, READS
from landmark_models.peaks import PLAIN, Reading

COLOURS = {"RGB": 3, "BGR": 3, "gray": 1}


@dataclass(frozen=True)
class Crop:
    """The part of the image that the model sees: a square round the face box.

    See `landmark_models.boxes.square` for `side`, `scale` and `shift`. An input that is no
    square gets a rectangle of its proportions, whose longer side is the square's.
    """

    kind: str = "square"
    side: str = "max"
    scale: float = 1.1
    shift: tuple[float, float] = (0.0, 0.0)
    border: str = "constant"

    def __post_init__(self) -> None:
        _one_of("crop.kind", self.kind, ("square",))
        _one_of("crop.side", self.side, get_args(Side))
        _one_of("crop.border", self.border, get_args(Border))
        if not _number(self.scale) or self.scale <= 0:
            raise ConfigError(f"crop.scale wants a positive number, got {self.scale!r}")
        if len(_numbers("crop.shift", self.shift)) != 2:
            raise ConfigError(f"crop.shift wants [x, y], got {self.shift!r}")


@dataclass(frozen=True)
class Description:
    """The keys of a model; see the module. `scheme` is the only one that is always needed."""

    scheme: str
    input_size: int | tuple[int, int] | None = None
    colour: str = "RGB"
    mean: float | tuple[float, ...] = 0.0
    scale: float | tuple[float, ...] = 1.0
    layout: str | None = None
    crop: Crop = field(default_factory=Crop)
    output: int | str = 0
    quality: int | str | None = None
    decode: str = "normalised"
    reading: Reading = PLAIN
    grade: str = "height"
    order: str = "xy"
    flip_average: bool = False
    batch_size: int = 1
    threads: int | None = None
    providers: tuple[str, ...] = ("CPUExecutionProvider",)
    sha256: str | None = None

    def __post_init__(self) -> None:
        scheme_named(self.scheme)
        _one_of("colour", self.colour, COLOURS)
        _one_of("decode", self.decode, DECODES)
        _one_of("grade", self.grade, GRADES)
        _one_of("order", self.order, ORDERS)
        self.reading.suit(READS.get(self.decode, self.decode))
        if self.grade != "height" and (self.decode not in READS or self.quality is not None):
            raise ConfigError(
                f"grade {self.grade!r} wants a decode of heat maps and no output as quality, got "
                f"{self.decode!r} and {self.quality!r}"
            )
        if self.layout is not None:
            _one_of("layout", self.layout, ("NCHW", "NHWC"))
        for key, value in (("mean", self.mean), ("scale", self.scale)):
            if len(_numbers(key, value)) not in (1, self.channels):
                raise ConfigError(f"{key} wants one number, or one per channel, got {value!r}")
        for key, count in (
            ("batch_size", self.batch_size),
            ("threads", 1 if self.threads is None else self.threads),
        ):
            if not _positive(count):
                raise ConfigError(f"{key} wants a positive whole number, got {count!r}")
        if not self.providers or not all(isinstance(name, str) for name in self.providers):
            raise ConfigError(f"providers wants a list of names, got {self.providers!r}")
        for key, place in (("output", self.output), ("quality", self.quality)):
            if not isinstance(place, int | str) and not (key == "quality" and place is None):
                raise ConfigError(f"{key} wants a name or a position, got {place!r}")
        if self.input_size is not None:
            self.fixed_size()

    @classmethod
    def from_keys(cls, keys: Mapping[str, Any]) -> "Description":
        """A description from TOML keys.

        Raises
        ------
        ConfigError
            An unknown key, no scheme, or a value that its key cannot have.

        Examples
        --------
        >>> Description.from_keys({"scheme": "five", "colour": "BRG"})
        Traceback (most recent call last):
            ...
        align_eval.errors.UnknownNameError: unknown colour 'BRG'. Did you mean 'RGB'? Known: ...
        """
        _known("key of an ONNX landmark model", keys, cls)
        if "scheme" not in keys:
            raise ConfigError("an ONNX landmark model wants the key scheme: what its points are")
        values = {key: _frozen(value) for key, value in keys.items()}
        for key, owner in (("crop", Crop), ("reading", Reading)):
            values[key] = owner(**_table(key, keys.get(key, {}), owner))
        return cls(**values)

    @property
    def points(self) -> LandmarkScheme:
        """The scheme itself."""
        return scheme_named(self.scheme)

    @property
    def channels(self) -> int:
        """1 for gray, else 3."""
        return COLOURS[self.colour]

    def fixed_size(self) -> tuple[int, int]:
        """`input_size` as (width, height)."""
        size = self.input_size
        pair = (size, size) if isinstance(size, int) else size
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(map(_positive, pair)):
            raise ConfigError(f"input_size wants a number or [width, height], got {size!r}")
        return pair

    def normalised(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(…, C) pixels as the model wants their values."""
        mean, scale = (np.asarray(v, dtype=np.float32) for v in (self.mean, self.scale))
        values: NDArray[np.float32] = (pixels.astype(np.float32) - mean) * scale
        return values


def read_keys(config: str) -> dict[str, Any]:
    """The keys of a packaged description or of a TOML file.

    Raises
    ------
    ConfigError
        Neither is there, or the file is no TOML.

    Examples
    --------
    >>> read_keys("pfld_ghostone98")["scheme"]
    'wflw98'
    """
    packaged = {
        item.name[:-5]: item
        for item in (files("landmark_models") / "configs").iterdir()
        if item.name.endswith(".toml")
    }
    if config in packaged:
        return tomllib.loads(packaged[config].read_text(encoding="utf-8"))
    path = Path(config).expanduser()
    if not path.is_file():
        raise UnknownNameError("description of an ONNX landmark model (or file)", config, packaged)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is no TOML: {error}") from error


def _table(key: str, given: Any, owner: type[Any]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"{key} wants a table of keys, got {given!r}")
    _known(f"key of {key}", given, owner)
    return {name: _frozen(value) for name, value in given.items()}


def _known(kind: str, keys: Mapping[str, Any], owner: type[Any]) -> None:
    names = [part.name for part in fields(owner)]
    for key in keys:
        if key not in names:
            raise UnknownNameError(kind, key, names)


def _one_of(key: str, value: Any, known: Any) -> None:
    if value not in known:
        raise UnknownNameError(key, str(value), known)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _number(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _numbers(key: str, value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if not all(_number(item) for item in values):
        raise ConfigError(f"{key} wants numbers, got {value!r}")
    return values
