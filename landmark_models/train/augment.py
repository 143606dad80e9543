"""Augmentation: from stored crops to what a network sees, with its landmarks.

What moves points (box jitter, rotation, scale, shift, flip) is one similarity, applied once; what
changes gray values (resolution, blur, gain and offset, noise, erasing) follows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from landmark_models.train.store import Store

Floats = NDArray[np.float32]
Place = Callable[[Floats, Generator], NDArray[np.float64]]
"""(P, 2) points of a stored crop → the (2, 3) matrix, without flip, that places it in the image."""


@dataclass(frozen=True)
class Augmentation:
    """How much training images differ from the stored ones. Ranges are half-widths of uniform
    distributions, chances are per image.

    Parameters
    ----------
    jitter : float
        Of the box: of its width and height as fractions of themselves, and of its centre as a
        fraction of them.
    rotation : float
        Degrees.
    scale, shift : float
        Of the crop, as fractions of its side.
    flip : bool
        Mirror half of the images, and their points with them.
    resolution : float
        Chance that the image is shrunk, to at least a third, and enlarged again.
    blur : float
        Chance of a Gaussian blur, with a standard deviation of `blurs` pixels.
    gain, offset : float
        Gray values become g · v + o: log g and o (in gray values) are drawn.
    gamma : float
        Log of the exponent on gray values as fractions of 255.
    invert : float
        Chance that black and white change places, for thermal images only ("white hot", "black
        hot").
    noise : float
        Largest standard deviation of white noise, in gray values.
    erase : float
        Chance that a rectangle is filled with a gray value.
    blurs, erased : (float, float)
        From where to where the blur's standard deviation and the rectangle's share of the crop go.
    shades : tuple of (float, float)
        Ranges of the rectangle's gray value; each of them is as likely.
    grain : float
        Chance that there is noise on the rectangle.
    """

    jitter: float = 0.12
    rotation: float = 12.0
    scale: float = 0.08
    shift: float = 0.04
    flip: bool = True
    resolution: float = 0.3
    blur: float = 0.2
    gain: float = 0.2
    offset: float = 15.0
    gamma: float = 0.25
    invert: float = 0.05
    noise: float = 8.0
    erase: float = 0.3
    blurs: tuple[float, float] = (0.3, 1.5)
    erased: tuple[float, float] = (0.02, 0.15)
    shades: tuple[tuple[float, float], ...] = ((0.0, 255.0),)
    grain: float = 0.5


NONE = Augmentation(0, 0, 0, 0, False, 0, 0, 0, 0, 0, 0, 0, 0)
IN_USE = Augmentation(0.10, 0, 0, 0, False, 0, 0, 0, 0, 0, 0, 0, 0)
"""What a model must put up with in use: boxes that are off by a tenth."""


class Samples(NamedTuple):
    """What a network is trained on.

    Parameters
    ----------
    images : (B, S, S) float32
        Gray, 0 to 255.
    points : (B, P, 2) float32
        In pixels of the images.
    boxes : (B, 4) float32
        x, y, width, height of the points' box in pixels of the images.
    thermal : (B,) bool
        Which spectrum.
    expression : (B,) int64
        See `Store`.
    """

    images: Floats
    points: Floats
    boxes: Floats
    thermal: NDArray[np.bool_]
    expression: NDArray[np.int64]


def samples_of(
    store: Store,
    chosen: NDArray[np.intp],
    size: int,
    crop: float,
    augmentation: Augmentation,
    rng: Generator,
    place: Place | None = None,
) -> Samples:
    """Augmented images of the chosen faces.

    Parameters
    ----------
    store : Store
        The faces.
    chosen : (B,) int
        Which of them.
    size : int
        Side of the images in pixels.
    crop : float
        How many longer sides of the (jittered) box the image measures.
    augmentation : Augmentation
        How much they vary.
    rng : Generator
        The only source of randomness.
    place : callable, optional
        How a face is placed, in place of its jittered box; rotation, scale and shift follow.
    """
    images = np.empty((len(chosen), size, size), np.float32)
    points = np.empty((len(chosen), *store.points.shape[1:]), np.float32)
    mirror = list(store.scheme.mirror)
    flipped = rng.random(len(chosen)) < 0.5 if augmentation.flip else np.zeros(len(chosen), bool)
    for k, i in enumerate(chosen):
        marks = store.points[i]
        if place is None:
            matrix = _transform(marks, size, crop, augmentation, bool(flipped[k]), rng)
        else:
            matrix = _moved(place(marks, rng), size, augmentation, bool(flipped[k]), rng)
        image = _warped(store.images[i], matrix, size)
        images[k] = _degraded(image, augmentation, bool(store.thermal[i]), rng)
        moved = marks @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
        points[k] = moved[mirror] if flipped[k] else moved
    low, high = points.min(axis=1), points.max(axis=1)
    boxes = np.concatenate([low, high - low], axis=1)
    return Samples(images, points, boxes, store.thermal[chosen], store.expression[chosen])


def _warped(image: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """Resampled bilinearly; averaged first where pixels would be skipped, as in `crops.cut`."""
    step = int(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if step > 1:
        longest = image.shape[0]
        side = round(longest / step)
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        pixel = longest / side
        matrix = matrix @ np.array(
            [[pixel, 0, (pixel - 1) / 2], [0, pixel, (pixel - 1) / 2], [0, 0, 1]]
        )
    warped: NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped


def _transform(
    marks: Floats, size: int, crop: float, how: Augmentation, flip: bool, rng: Generator
) -> NDArray[np.float64]:
    """(2, 3): stored crop → image."""
    low, high = marks.min(axis=0).astype(np.float64), marks.max(axis=0).astype(np.float64)
    extent, centre = high - low, (low + high) / 2
    jitter = rng.uniform(-how.jitter, how.jitter, 4)
    side = float((extent * (1 + jitter[:2])).max()) * crop
    centre = centre + jitter[2:] * extent
    side *= float(np.exp(rng.uniform(-how.scale, how.scale)))
    centre = centre + rng.uniform(-how.shift, how.shift, 2) * side
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation))
    factor = size / side
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (size - 1) / 2)
    if flip:
        turn = np.diag([-1.0, 1.0]) @ turn
    return np.concatenate([turn, (middle - turn @ centre)[:, None]], axis=1)


def _moved(
    matrix: NDArray[np.float64], size: int, how: Augmentation, flip: bool, rng: Generator
) -> NDArray[np.float64]:
    """(2, 3): stored crop → image, for a crop that is placed already."""
    factor = float(np.exp(rng.uniform(-how.scale, how.scale)))
    shift = rng.uniform(-how.shift, how.shift, 2) * size
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation))
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if flip:
        turn = np.diag([-1.0, 1.0]) @ turn
    middle = np.full(2, (size - 1) / 2)
    made = turn @ matrix
    made[:, 2] += middle - turn @ middle + shift
    return made


def _degraded(image: NDArray[np.uint8], how: Augmentation, thermal: bool, rng: Generator) -> Floats:
    size = image.shape[0]
    chance = rng.random(4)
    if chance[0] < how.resolution:
        small = max(8, round(size * float(rng.uniform(1 / 3, 1))))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
    values: Floats = image.astype(np.float32)
    if chance[1] < how.blur:
        values = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(*how.blurs)))
    if thermal and chance[2] < how.invert:
        values = 255 - values
    gain, gamma = np.exp(rng.uniform(-1, 1, 2) * (how.gain, how.gamma))
    offset, spread = rng.uniform(-how.offset, how.offset), rng.uniform(0, how.noise)
    if how.gamma:
        values = np.clip(values, 0, 255)  # a blur ends a hair below 0, which has no power
        values = np.power(values / np.float32(255), gamma, dtype=np.float32) * np.float32(255)
    values = values * np.float32(gain) + np.float32(offset)
    if spread:
        values += np.float32(spread) * rng.standard_normal(values.shape, dtype=np.float32)
    if chance[3] < how.erase:
        _erase(values, how, rng)
    return np.clip(values, 0, 255)


def _erase(values: Floats, how: Augmentation, rng: Generator) -> None:
    size = values.shape[0]
    area, ratio = rng.uniform(*how.erased) * size**2, np.exp(rng.uniform(-1, 1))
    height = int(np.clip(np.sqrt(area * ratio), 1, size))
    width = int(np.clip(area / height, 1, size))
    y, x = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
    patch = values[y : y + height, x : x + width]
    shade = rng.integers(len(how.shades)) if len(how.shades) > 1 else 0
    patch[:] = rng.uniform(*how.shades[shade])
    if rng.random() < how.grain:
        patch += 40 * rng.standard_normal(patch.shape, dtype=np.float32)
