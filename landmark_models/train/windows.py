"""Windows of a detector, drawn from stored crops: on the face, near it, and anywhere."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from align_eval.faces import Box
from landmark_models.crops import cut
from landmark_models.train.augment import Augmentation, samples_of
from landmark_models.train.store import MARGIN, Store

Floats = NDArray[np.float32]
_WIDE = 160
_SIDES = (0.06, 0.9)  # of a random window, in sides of the stored crop
_OFF, _GROWTH = 0.45, 0.4  # of a window near the face: shift in sides, log of the scale


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
        area = _near(wide.boxes[k], crop, rng) if rng.random() < near[row] else _anywhere(rng)
        images[row], back = cut(wide.images[k], area, (size, size), "replicate")
        points[row] = back.inverse(wide.points[k])
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


def _anywhere(rng: Generator) -> Box:
    low, high = np.log(_SIDES)
    side = _WIDE * float(np.exp(rng.uniform(low, high)))
    left, top = rng.uniform(0, _WIDE - side, 2) - 0.5
    return Box(left, top, side, side)


def _near(box: Floats, crop: float, rng: Generator) -> Box:
    """Round a box x, y, width, height."""
    side = float(max(box[2], box[3])) * crop * float(np.exp(rng.uniform(-_GROWTH, _GROWTH)))
    x, y = box[:2] + box[2:] / 2 + rng.uniform(-_OFF, _OFF, 2) * side - side / 2
    return Box(float(x), float(y), side, side)
