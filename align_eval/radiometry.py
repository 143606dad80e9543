"""Radiometric thermal frames: from a camera's counts to °C, and to the 8 bits that models read.

A radiometric camera stores 16-bit counts that are linear in temperature. Left alone, each model
stretches them by the frame's own minimum and maximum, so that one hot lamp darkens a face. Here a
frame is windowed before any model sees it: by a fixed range in °C, which makes gray levels
comparable between frames, or by the frame's own percentiles.

Nothing is windowed unless it is asked for: a thermal image keeps its bit depth until then.

Sources of the units: FLIR's TemperatureLinear 10 mK and Lepton's TLinear (counts of 0.01 K), FLIR's
TemperatureLinear 100 mK (counts of 0.1 K).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import ConfigError, ImageError, UnknownNameError
from align_eval.image import Image


class Scale(NamedTuple):
    """How counts become °C: ``gain · count + offset``.

    Parameters
    ----------
    gain : float
        °C for each count, above 0.
    offset : float
        °C of the count 0.
    zero_is_missing : bool
        Whether the count 0 says that a pixel has no reading: on a scale in kelvins, where it
        would be absolute zero.
    """

    gain: float
    offset: float
    zero_is_missing: bool = False


SCALES: Mapping[str, Scale] = {
    "counts": Scale(1.0, 0.0),
    "centikelvin": Scale(0.01, -273.15, zero_is_missing=True),
    "decikelvin": Scale(0.1, -273.15, zero_is_missing=True),
}
_LEVELS = 255


def scale_of(unit: str | Sequence[float]) -> Scale:
    """What a unit says of counts.

    Parameters
    ----------
    unit : str or (gain, offset)
        A key of `SCALES`, or the two numbers of °C = gain · count + offset.

    Raises
    ------
    UnknownNameError
        Another name.
    ConfigError
        No two finite numbers, or a gain that is not above 0.

    Examples
    --------
    >>> scale_of([0.04, -273.15])
    Scale(gain=0.04, offset=-273.15, zero_is_missing=False)
    """
    if isinstance(unit, str):
        if unit not in SCALES:
            raise UnknownNameError("unit of thermal counts", unit, SCALES)
        return SCALES[unit]
    gain, offset = _two(unit, "a unit wants a name or [gain, offset]")
    if gain <= 0:
        raise ConfigError(f"a unit wants a gain above 0, got {gain:g}")
    return Scale(gain, offset)


def celsius(image: ArrayLike, unit: str | Sequence[float]) -> NDArray[np.float64]:
    """The temperatures of a radiometric frame.

    Parameters
    ----------
    image : (H, W) array_like
        Counts of any real type.
    unit : str or (gain, offset)
        See `scale_of`; ``counts`` leaves them as they are.

    Returns
    -------
    (H, W) float64
        °C; NaN where there is no reading.

    Raises
    ------
    ImageError
        A frame of several channels, or without pixels.
    ConfigError, UnknownNameError
        See `scale_of`.

    Examples
    --------
    >>> celsius([[30715, 0]], "centikelvin").round(2).tolist()
    [[34.0, nan]]
    """
    scale, counts = scale_of(unit), np.asarray(image, dtype=np.float64)
    if counts.ndim != 2 or counts.size == 0:
        raise ImageError(f"a thermal frame wants one channel (H, W), got {counts.shape}")
    degrees = scale.gain * counts + scale.offset
    return np.where(counts == 0, np.nan, degrees) if scale.zero_is_missing else degrees


def frame_window(
    values: ArrayLike, percentiles: tuple[float, float] = (0.0, 100.0)
) -> tuple[float, float]:
    """Two percentiles of a frame, of the pixels that have a reading.

    Parameters
    ----------
    values : (H, W) array_like
        Counts or °C; what is not finite has no reading.
    percentiles : (low, high)
        From 0 to 100; minimum and maximum by default.

    Raises
    ------
    ImageError
        No pixel has a reading.
    ConfigError
        Percentiles that are not 0 ≤ low < high ≤ 100.

    Examples
    --------
    >>> frame_window([[20.0, 30.0], [40.0, float("nan")]])
    (20.0, 40.0)
    """
    low, high = _two(percentiles, "percentiles want [low, high]")
    if not 0 <= low < high <= 100:
        raise ConfigError(f"percentiles want 0 ≤ low < high ≤ 100, got {low:g} and {high:g}")
    array = np.asarray(values, dtype=np.float64)
    known = array[np.isfinite(array)]
    if known.size == 0:
        raise ImageError("no pixel of the thermal frame has a reading")
    found = np.percentile(known, [low, high])
    return float(found[0]), float(found[1])


def windowed(values: ArrayLike, low: float, high: float) -> NDArray[np.uint8]:
    """8 bits of a frame: `low` and what is below becomes 0, `high` and what is above 255.

    Parameters
    ----------
    values : (H, W) array_like
        Counts or °C. A pixel without a reading (NaN) becomes 0.
    low, high : float
        In the unit of `values`. Where they are equal, as they are for the window of a constant
        frame, every pixel becomes 0.

    Raises
    ------
    ConfigError
        Bounds that are not finite, or in the wrong order.

    Examples
    --------
    >>> windowed([[15.0, 20.0, 30.0, 41.0]], 20, 40).tolist()
    [[0, 0, 128, 255]]
    """
    if not (np.isfinite([low, high]).all() and low <= high):
        raise ConfigError(f"a window wants finite low ≤ high, got {low} and {high}")
    array = np.asarray(values, dtype=np.float64)
    if low == high:
        return np.zeros(array.shape, dtype=np.uint8)
    with np.errstate(over="ignore"):
        share = np.clip((array - low) / (high - low), 0.0, 1.0)
    return np.rint(_LEVELS * np.nan_to_num(share, nan=0.0)).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Radiometric:
    """A picklable `Face.load` that windows what another one reads.

    Parameters
    ----------
    load : callable
        Reads the frame: gray, uint16 unless the unit is ``counts``.
    unit : str or (gain, offset)
        See `scale_of`.
    range : str or (low, high)
        Fixed bounds in the unit's degrees (counts where the unit is ``counts``); or ``frame``,
        the frame's own minimum and maximum; or ``frame:1:99``, two of its percentiles.

    Raises
    ------
    UnknownNameError, ConfigError
        See `scale_of`, `frame_window` and `windowed`.
    """

    load: Callable[[], Image]
    unit: str | tuple[float, float] = "counts"
    range: str | tuple[float, float] = "frame"
    _percentiles: tuple[float, float] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scale_of(self.unit)
        percentiles = _percentiles(self.range) if isinstance(self.range, str) else None
        if percentiles is None:
            low, high = _two(self.range, "a range wants 'frame' or [low, high]")
            if low >= high:
                raise ConfigError(f"a range wants low < high, got {low:g} and {high:g}")
        object.__setattr__(self, "_percentiles", percentiles)

    def __call__(self) -> Image:
        """Read the frame, as uint8 (H, W).

        Raises
        ------
        ImageError
            See `align_eval.image.read_image`; also colour, 8 bits where the unit is of 16, or no
            pixel with a reading.
        """
        image = self.load()
        if image.ndim != 2 or (self.unit != "counts" and image.dtype != np.uint16):
            wanted = "gray" if self.unit == "counts" else "gray uint16"
            raise ImageError(
                f"a thermal frame in {self.unit} wants {wanted} (H, W), got {image.dtype} "
                f"{image.shape}"
            )
        values = celsius(image, self.unit)
        if self._percentiles is not None:
            return windowed(values, *frame_window(values, self._percentiles))
        return windowed(values, float(self.range[0]), float(self.range[1]))


def _percentiles(given: str) -> tuple[float, float]:
    """The percentiles of ``frame`` or ``frame:1:99``."""
    name, *numbers = given.split(":")
    try:
        low, high = (float(number) for number in numbers or ("0", "100"))
    except ValueError:
        low, high = np.nan, np.nan
    if name != "frame" or not 0 <= low < high <= 100:
        raise ConfigError(
            "a range wants 'frame', 'frame:1:99' (percentiles from 0 to 100) or [low, high], "
            f"got {given!r}"
        )
    return low, high


def _two(given: object, wanted: str) -> tuple[float, float]:
    """Two finite numbers of a list or tuple."""
    if (
        isinstance(given, (list, tuple))
        and len(given) == 2
        and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in given)
        and np.isfinite(given).all()
    ):
        return float(given[0]), float(given[1])
    raise ConfigError(f"{wanted} of two finite numbers, got {given!r}")
