"""A long-wave infrared camera: from apparent temperatures to the centikelvin that it stores.

An uncooled microbolometer camera blurs (optics and detector), averages over its detectors, adds
temporal noise (stated as NETD, the noise-equivalent temperature difference) and a fixed pattern of
columns, rows and pixels that its calibration has left, and drifts slowly, most in the corners.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import ConfigError, ImageError

FloatImage = NDArray[np.float32]

_ZERO = 273.15
_STREAM = 72
_FIXED_LIMITS = (0.5, 99.7)  # percentiles that a camera's automatic gain maps to black and white


@dataclass(frozen=True)
class ThermalCamera:
    """A camera. Temperatures are in °C, standard deviations unless said otherwise.

    Parameters
    ----------
    sensor : tuple of int, optional
        (width, height) of the detector array; none: that of the image that it is given.
    restore : bool
        Whether an image of fewer detectors is enlarged to the size that was given.
    blur : float
        Standard deviation of the point spread in detectors.
    netd : float
        Temporal noise of each detector.
    columns, rows, pixels : float
        Fixed pattern: the same in every image of one camera.
    vignette : float
        How much the corners read below the middle.
    drift : float
        Of the whole image's offset and of a slow gradient, from image to image.
    seed : int
        Which camera of its kind; it makes the fixed pattern.

    Raises
    ------
    ConfigError
        A negative number, or a sensor without detectors.
    """

    sensor: tuple[int, int] | None = None
    restore: bool = False
    blur: float = 1.0
    netd: float = 0.05
    columns: float = 0.03
    rows: float = 0.02
    pixels: float = 0.02
    vignette: float = 0.25
    drift: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        amounts = ("blur", "netd", "columns", "rows", "pixels", "vignette", "drift", "seed")
        for name in amounts:
            if not getattr(self, name) >= 0:
                raise ConfigError(f"a thermal camera wants {name} ≥ 0, got {getattr(self, name)}")
        if self.sensor is not None and min(self.sensor) < 1:
            raise ConfigError(f"a thermal camera wants a sensor of at least 1×1, got {self.sensor}")

    @property
    def ideal(self) -> "ThermalCamera":
        """The same optics and resolution without noise, pattern and drift."""
        return replace(self, netd=0.0, columns=0.0, rows=0.0, pixels=0.0, vignette=0.0, drift=0.0)


CAMERAS: Mapping[str, ThermalCamera] = {
    # A good uncooled camera, for images such as 256 × 256.
    "generic": ThermalCamera(),
    # ARL's set (Hu et al., A Polarimetric Thermal Database for Face Recognition Research, CVPR
    # Workshops 2016): a cooled 640 × 480 instrument, at 2.5, 5 and 7.5 m.
    **dict.fromkeys(
        ("R1", "R2", "R3"),
        ThermalCamera(
            blur=0.9, netd=0.03, columns=0.01, rows=0.01, pixels=0.01, vignette=0.15, drift=0.05
        ),
    ),
    # VIS-TH (Mallat and Dugelay, BIOSIG 2018): a small uncooled 160 × 120 one.
    "VIS-TH": ThermalCamera(blur=0.8, netd=0.08, columns=0.05, rows=0.03, pixels=0.03),
}
"""Cameras by the names of the published sets that they resemble, for images at the resolution of
their own detectors."""


def expose(celsius: FloatImage, settings: ThermalCamera, rng: Generator) -> NDArray[np.uint16]:
    """Take an image.

    Parameters
    ----------
    celsius : (H, W) float32
        Apparent temperatures.
    settings : ThermalCamera
        The camera.
    rng : Generator
        The image's own noise; the fixed pattern comes from the camera's seed.

    Returns
    -------
    (H, W) uint16, or (h, w) of the sensor
        Centikelvin: ``round(100 · (T + 273.15))``.

    Raises
    ------
    ConfigError
        A sensor with more detectors than the image has pixels in a row or column.
    """
    height, width = celsius.shape
    across, down = settings.sensor or (width, height)
    if across > width or down > height:
        raise ConfigError(
            f"a sensor of {across}×{down} wants an image of at least that, got {width}×{height}"
        )
    image = celsius.astype(np.float32, copy=False)
    if settings.blur > 0:
        spread = (settings.blur * width / across, settings.blur * height / down)
        image = cv2.GaussianBlur(image, (0, 0), sigmaX=spread[0], sigmaY=spread[1])
    if (across, down) != (width, height):
        image = cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA)
    image = image + _pattern(settings, (across, down))
    if settings.drift > 0:
        image += _drift(settings.drift, (across, down), rng)
    if settings.netd > 0:
        image += np.float32(settings.netd) * rng.standard_normal(image.shape, dtype=np.float32)
    if settings.restore and (across, down) != (width, height):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return to_centikelvin(image)


def to_centikelvin(celsius: ArrayLike) -> NDArray[np.uint16]:
    """°C as uint16 centikelvin, rounded; clipped to the 0 to 655.35 K that it can hold.

    >>> to_centikelvin([0.0, 34.567]).tolist()
    [27315, 30772]
    """
    kelvin = np.asarray(celsius, dtype=np.float64) + _ZERO
    return np.clip(np.rint(100 * kelvin), 0, 65535).astype(np.uint16)


def to_celsius(centikelvin: NDArray[np.uint16]) -> FloatImage:
    """uint16 centikelvin as °C.

    >>> to_celsius(np.array([27315, 30765], dtype=np.uint16)).tolist()
    [0.0, 34.5]
    """
    celsius: FloatImage = (centikelvin / 100 - _ZERO).astype(np.float32)
    return celsius


def to_8bit(
    centikelvin: NDArray[np.uint16], low: float | None = None, high: float | None = None
) -> NDArray[np.uint8]:
    """An 8-bit image: a linear range of temperatures from black to white.

    Parameters
    ----------
    centikelvin : (H, W) uint16
        As `expose` gives it.
    low, high : float, optional
        °C that become 0 and 255; both, or neither for the frame's own 0.5th and 99.7th
        percentiles, as a camera's automatic gain does.

    Raises
    ------
    ConfigError
        One limit only, or a low one that is not below the high one.
    ImageError
        An image that is not uint16.

    Examples
    --------
    >>> to_8bit(to_centikelvin([20.0, 30.0, 40.0]), 20, 40).tolist()
    [0, 128, 255]
    """
    if centikelvin.dtype != np.uint16:
        raise ImageError(f"centikelvin are uint16, got {centikelvin.dtype}")
    if (low is None) != (high is None):
        raise ConfigError(f"an 8-bit range wants both limits or neither, got {low} and {high}")
    if low is None or high is None:
        bottom, top = _percentiles(centikelvin)
    else:
        bottom, top = (100 * (limit + _ZERO) for limit in (low, high))
        if not bottom < top:
            raise ConfigError(f"an 8-bit range wants low < high, got {low} and {high}")
    steps = np.arange(65536, dtype=np.float64)
    table = np.clip(np.rint((steps - bottom) * (255 / max(top - bottom, 1.0))), 0, 255)
    eight: NDArray[np.uint8] = table.astype(np.uint8)[centikelvin]
    return eight


def _percentiles(centikelvin: NDArray[np.uint16]) -> tuple[float, float]:
    counts = np.cumsum(np.bincount(centikelvin.ravel()))
    low, high = (np.searchsorted(counts, share / 100 * counts[-1]) for share in _FIXED_LIMITS)
    return float(low), float(high)


def rescaled(
    points: ArrayLike, size: tuple[int, int], sensor: tuple[int, int]
) -> NDArray[np.float64]:
    """(…, 2) pixels of an image of one (width, height) as pixels of another of the same view.

    Integers are pixel centres in both: the outer edges, at −0.5, coincide.

    >>> rescaled([[0.0, 0.0], [-0.5, 119.5]], (160, 120), (640, 480)).tolist()
    [[1.5, 1.5], [-0.5, 479.5]]
    """
    factor = np.array(sensor, dtype=np.float64) / np.array(size, dtype=np.float64)
    moved: NDArray[np.float64] = (np.asarray(points, dtype=np.float64) + 0.5) * factor - 0.5
    return moved


@lru_cache(maxsize=4)
def _pattern(camera: ThermalCamera, size: tuple[int, int]) -> FloatImage:
    """(H, W) what the camera adds to every image; do not write to it."""
    rng = default_rng(SeedSequence(entropy=camera.seed, spawn_key=(_STREAM,)))
    width, height = size
    pattern = camera.pixels * rng.standard_normal((height, width))
    pattern += camera.columns * rng.standard_normal(width)
    pattern += camera.rows * rng.standard_normal((height, 1))
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    off_x, off_y = rng.normal(0, 0.15, 2)
    pattern -= camera.vignette * ((x - off_x) ** 2 + (y - off_y) ** 2) / 2
    return pattern.astype(np.float32)


def _drift(celsius: float, size: tuple[int, int], rng: Generator) -> FloatImage:
    offset, right, down = (celsius * rng.standard_normal(3)).astype(np.float32)
    x = np.linspace(-0.5, 0.5, size[0], dtype=np.float32) * right
    y = np.linspace(-0.5, 0.5, size[1], dtype=np.float32) * down
    plane: FloatImage = offset + x + y[:, None]
    return plane
