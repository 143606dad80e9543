"""From linear light to an 8-bit photograph: exposure, lens, sensor, tone and JPEG."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

_GREY = 0.20  # where automatic exposure brings the image's log mean
_LARGEST_GAIN = 4.0
_BRIGHTEST, _STEPS = 4.0, 40_000  # a step is a third of a grey level where the curve is steepest
_FULL_WELL = 9000.0  # electrons at white


@dataclass(frozen=True)
class VisibleCamera:
    """How a photograph is taken.

    Parameters
    ----------
    exposure : float
        Stops above (positive) or below what the meter says.
    metering : float
        How much automatic exposure corrects, 0 (none) to 1 (wholly).
    balance : (r, b)
        Gains of red and blue beside green.
    blur : float
        Standard deviation of the lens's blur as a fraction of the image's height.
    gain : float
        Sensor gain: noise grows with it.
    contrast : float
        Strength of the tone curve, 0 (plain sRGB) to 1.
    saturation : float
        1 keeps colours, 0 makes them grey.
    quality : int
        JPEG quality, 0 for none.
    """

    exposure: float = 0.0
    metering: float = 0.6
    balance: tuple[float, float] = (1.0, 1.0)
    blur: float = 0.0024
    gain: float = 1.0
    contrast: float = 0.4
    saturation: float = 0.85
    quality: int = 92


def camera_of(rng: np.random.Generator) -> VisibleCamera:
    """A camera with its own chance: small errors of exposure, balance, focus and noise."""
    a, b, c = rng.normal(size=3).tolist()
    return VisibleCamera(
        exposure=0.15 * a,
        metering=float(rng.uniform(0.45, 0.75)),
        balance=(1 + 0.03 * b, 1 - 0.03 * b + 0.015 * c),
        blur=float(rng.uniform(0.0019, 0.0032)),
        gain=float(np.exp(rng.normal(0.0, 0.5))),
        contrast=float(rng.uniform(0.25, 0.6)),
        saturation=float(rng.uniform(0.74, 0.96)),
        quality=int(rng.integers(82, 97)),
    )


def develop(linear: Values, settings: VisibleCamera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 sRGB of (H, W, 3) linear RGB.

    A scene without light comes out black but for noise: automatic exposure has an end.
    """
    image = linear * np.float32(2.0**settings.exposure * _metered(linear, settings.metering))
    image = image * np.array([settings.balance[0], 1.0, settings.balance[1]], np.float32)
    if settings.blur > 0:
        image = cv2.GaussianBlur(image, (0, 0), settings.blur * len(image))
    image = _toned(_noisy(image, settings.gain, rng), settings)
    encoded = np.rint(image * 255).astype(np.uint8)
    return _compressed(encoded, settings.quality) if settings.quality else encoded


def _metered(linear: Values, metering: float) -> float:
    """The gain of automatic exposure, weighted to the image's middle as cameras are."""
    height, width = linear.shape[:2]
    middle = linear[height // 5 : -(height // 5) or None, width // 4 : -(width // 4) or None, 1]
    level = float(np.exp(np.log(np.maximum(middle, 1e-4)).mean()))
    return float(min((_GREY / level) ** metering, _LARGEST_GAIN))


def _noisy(image: Values, gain: float, rng: np.random.Generator) -> Values:
    """Shot noise, which grows with the root of the light, and read noise."""
    variance = gain * np.clip(image, 0, 2) / np.float32(_FULL_WELL) + np.float32(gain * 4e-6)
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    noisy: Values = image + grain * np.sqrt(variance)
    return noisy


def _toned(image: Values, settings: VisibleCamera) -> Values:
    """The tone curve, by table, then saturation; 0 to 1."""
    index = np.clip(image, 0, _BRIGHTEST) * np.float32(_STEPS / _BRIGHTEST) + np.float32(0.5)
    toned: Values = _tones(settings.contrast)[index.astype(np.int32)]
    if settings.saturation != 1:
        grey = (toned @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
        toned = np.clip(grey + np.float32(settings.saturation) * (toned - grey), 0, 1)
    return toned


@lru_cache(maxsize=64)
def _tones(contrast: float) -> Values:
    """(_STEPS + 1,) of light 0 to _BRIGHTEST: highlights rolled off, gamma, an S-shaped curve."""
    light = np.linspace(0, _BRIGHTEST, _STEPS + 1)
    light = np.where(light > 0.6, 1 - 0.4 * np.exp(-(light - 0.6) / 0.4), light)
    bright = 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055
    curve = np.where(light < 0.0031308, 12.92 * light, bright)
    curve = curve + contrast * (curve * curve * (3 - 2 * curve) - curve)
    tones: Values = curve.astype(np.float32)
    return tones


def _compressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
