"""What stands behind a person: a plain wall, or a blurred room or garden."""

import cv2
import numpy as np
from numpy.typing import NDArray

_STREAM = 37


def backdrop_of(
    seed: int, subject: int, session: int, size: tuple[int, int]
) -> NDArray[np.float32]:
    """(H, W, 3) float32 linear RGB reflectance of the backdrop of a session.

    Parameters
    ----------
    seed, subject, session : int
        Whose; the same for every variation in the session.
    size : (width, height)
        Pixels.
    """
    key = np.random.SeedSequence(entropy=seed, spawn_key=(_STREAM, subject, session))
    rng = np.random.default_rng(key)
    small = (64, max(2, round(64 * size[1] / size[0])))
    wall = _wall(rng, small)
    if rng.random() < 0.5:
        wall = _room(rng, wall)
    made = cv2.resize(wall, size, interpolation=cv2.INTER_CUBIC)
    clipped: NDArray[np.float32] = np.clip(made, 0.003, 1.0).astype(np.float32)
    return clipped


def _wall(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    level = rng.uniform(0.06, 0.75)
    colour = level * rng.uniform(0.75, 1.1, 3)
    slope = rng.normal(0, 0.16, 2)
    fall = 1 + slope[0] * x + slope[1] * y - 0.18 * (x * x + y * y)
    wall: NDArray[np.float32] = (fall[..., None] * colour).astype(np.float32)
    return wall


def _room(rng: np.random.Generator, wall: NDArray[np.float32]) -> NDArray[np.float32]:
    """Furniture, windows and plants, far out of focus."""
    height, width = wall.shape[:2]
    for _ in range(rng.integers(3, 9)):
        colour = rng.uniform(0.02, 0.9) * rng.uniform(0.35, 1.0, 3)
        place = rng.uniform((-0.1, -0.1), (1.0, 1.0)) * (width, height)
        extent = rng.uniform((0.08, 0.15), (0.35, 0.8)) * (width, height)
        low, high = np.rint(place).astype(int), np.rint(place + extent).astype(int)
        cv2.rectangle(wall, low.tolist(), high.tolist(), colour.tolist(), -1)
    blurred = cv2.GaussianBlur(wall, (0, 0), float(rng.uniform(1.6, 4.0)))
    return np.asarray(blurred, np.float32)
