"""The pinhole camera, and the pose of a head before it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks along +z from the origin of camera space.

    Parameters
    ----------
    focal : float
        Focal length in pixels.
    size : tuple of int
        (width, height) of the image in pixels. The axis goes through the image's middle,
        ``((width − 1) / 2, (height − 1) / 2)``: integers are pixel centres.
    """

    focal: float
    size: tuple[int, int]

    def project(self, points: ArrayLike) -> FloatArray:
        """(…, 3) places in camera space to (…, 2) pixels.

        >>> Camera(100.0, (64, 64)).project([0.5, 0.0, 10.0]).tolist()
        [36.5, 31.5]
        """
        places = np.asarray(points, dtype=np.float64)
        middle = (np.array(self.size) - 1) / 2
        pixels: FloatArray = self.focal * places[..., :2] / places[..., 2:] + middle
        return pixels


@dataclass(frozen=True)
class Pose:
    """Where a head is and how it is turned, before a camera.

    Parameters
    ----------
    yaw, pitch, roll : float
        Degrees. Positive yaw turns the face to the image's right, positive pitch down, positive
        roll clockwise on screen. Applied in the order roll, pitch, yaw about `pivot`.
    shift : tuple of float
        Where the pivot goes in camera space, in eye distances; z is the distance.
    pivot : tuple of float
        The place in the head about which it turns, in canonical coordinates; the default lies
        inside the neck, behind and below the mouth.
    """

    yaw: float
    pitch: float
    roll: float
    shift: tuple[float, float, float]
    pivot: tuple[float, float, float] = (0.0, 1.0, 1.4)

    @property
    def rotation(self) -> FloatArray:
        """(3, 3) rotation matrix."""
        a, b, c = np.radians([self.yaw, self.pitch, self.roll])
        turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
        nod = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
        tilt = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        matrix: FloatArray = turn @ nod @ tilt
        return matrix

    def __call__(self, places: ArrayLike) -> NDArray[np.float32]:
        """(…, 3) places of the head to camera space."""
        local = np.asarray(places, dtype=np.float64) - self.pivot
        moved: NDArray[np.float32] = (local @ self.rotation.T + self.shift).astype(np.float32)
        return moved
