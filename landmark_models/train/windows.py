"""Windows of a detector, drawn from stored crops: on the face, near it, and anywhere."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from align_eval.faces import Box
from landmark_models.crops import cut
from landmark_models.train.augment import Augmentation, samples_of
from landmark_models.train.store import MARGIN, Store

Floats = NDArray[np.float32]
_WIDE = 160
_ELSEWHERE = 9.0  # where the face of a window without any is said to be, in sides
_SIDES = (0.05, 0.9)  # of a random window, in sides of the stored crop
_CLUTTER = 0.3  # share of the random windows that show no part of any image
_OFF, _GROWTH = 0.45, 0.4  # of a window near the face: shift in sides, log of the scale
_FAR, _FARTHER = 0.3, 1.0  # share of the windows near the face that lie farther off, and how far


class Windows(NamedTuple):
    """What a detector is trained on.

    Parameters
    ----------
    images : (B, S, S) float32
        Gray, 0 to 255.
    points : (B, P, 2) float32
        The face's landmarks in pixels of the window; they may lie outside.
    edges : (B, 4) float32
        Left, top, right and bottom edge of the landmarks' box, in sides of the window from its
        left or top edge.
    overlap : (B,) float32
        See `overlap`.
    """

    images: Floats
    points: Floats
    edges: Floats
    overlap: Floats


def windows_of(
    store: Store,
    chosen: NDArray[np.intp],
    size: int,
    crop: float,
    near: NDArray[np.floating],
    how: Augmentation,
    rng: Generator,
) -> Windows:
    """One window a face.

    Parameters
    ----------
    store, chosen
        The faces.
    size : int
        Side of the windows in pixels.
    crop : float
        Side of a face's own window in longer sides of its box.
    near : (B,) float
        1: the face's own window as `how` moves it; between 0 and 1: a window near it, with the
        chance `near`, or else one anywhere in the stored crop.
    how : Augmentation
        How much the images differ from the stored ones.
    rng : Generator
        The only source of randomness.
    """
    own = near >= 1
    images = np.empty((len(chosen), size, size), np.float32)
    points = np.empty((len(chosen), *store.points.shape[1:]), np.float32)
    seen = samples_of(store, chosen[own], size, crop, how, rng)
    images[own], points[own] = seen.images, seen.points
    still = replace(how, jitter=0, scale=0, shift=0)
    wide = samples_of(store, chosen[~own], _WIDE, MARGIN, still, rng)
    for k, row in enumerate(np.flatnonzero(~own)):
        by_face = rng.random() < near[row]
        area = _near(wide.boxes[k], crop, rng) if by_face else _anywhere(rng)
        images[row], back = cut(wide.images[k], area, (size, size), "replicate")
        points[row] = back.inverse(wide.points[k])
        if not by_face and rng.random() < _CLUTTER:
            images[row] = clutter(size, rng)
            points[row] += _ELSEWHERE * size
    edges = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    edges = (edges + np.float32(0.5)) / np.float32(size)
    return Windows(images, points, edges, overlap(edges, crop))


def overlap(edges: Floats, crop: float) -> Floats:
    """(B,) intersection over union of windows with the faces' own windows.

    Parameters
    ----------
    edges : (B, 4)
        As in `Windows`.
    crop : float
        Side of a face's own window in longer sides of its box.

    Examples
    --------
    >>> overlap(np.array([[0.0, 0.0, 1.0, 0.8], [0.5, 0.1, 1.5, 0.9]]), 1.0).round(3).tolist()
    [0.818, 0.333]
    """
    low, high = edges[:, :2], edges[:, 2:]
    side = crop * (high - low).max(axis=1, keepdims=True)
    centre = (low + high) / 2
    first, last = centre - side / 2, centre + side / 2
    shared = np.clip(np.minimum(last, 1) - np.maximum(first, 0), 0, None).prod(axis=1)
    shares: Floats = shared / (side[:, 0] ** 2 + 1 - shared)
    return shares


def clutter(size: int, rng: Generator) -> Floats:
    """(size, size) gray values of nothing: noise of several scales, and strokes.

    Stored crops show little beside a face; a detector must know more that is none.
    """
    image = np.full((size, size), rng.uniform(0, 255), np.float32)
    cells = 2
    while cells <= size:
        noise = rng.standard_normal((cells, cells), dtype=np.float32)
        image += rng.uniform(0, 60) * cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
        cells *= 2
    for _ in range(rng.integers(0, 8)):
        ends = rng.integers(-size // 4, size + size // 4, 4).tolist()
        gray, width = float(rng.uniform(0, 255)), int(rng.integers(1, max(2, size // 8)))
        if rng.random() < 0.5:
            cv2.line(image, tuple(ends[:2]), tuple(ends[2:]), gray, width)
        else:
            axes = rng.integers(1, size // 2, 2).tolist()
            cv2.ellipse(image, tuple(ends[:2]), axes, float(ends[2]), 0, 360, gray, width)
    return np.clip(image, 0, 255)


def _anywhere(rng: Generator) -> Box:
    low, high = np.log(_SIDES)
    side = _WIDE * float(np.exp(rng.uniform(low, high)))
    left, top = rng.uniform(0, _WIDE - side, 2) - 0.5
    return Box(left, top, side, side)


def _near(box: Floats, crop: float, rng: Generator) -> Box:
    """Round a box x, y, width, height."""
    side = float(max(box[2], box[3])) * crop * float(np.exp(rng.uniform(-_GROWTH, _GROWTH)))
    off = _FARTHER if rng.random() < _FAR else _OFF
    x, y = box[:2] + box[2:] / 2 + rng.uniform(-off, off, 2) * side - side / 2
    return Box(float(x), float(y), side, side)
