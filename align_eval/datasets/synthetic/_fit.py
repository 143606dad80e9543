"""What things that people wear must know of an unposed head."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part

FloatArray = NDArray[np.float64]

_CELL = 0.1
_LOW, _HIGH = np.array([-1.5, -1.9]), np.array([1.5, 2.1])


class Fit:
    """Measures of a person's unposed head, in eye distances.

    Parameters
    ----------
    head : HeadModel
        The model that it is made of.
    shape : Mesh
        The person's head, not posed.
    """

    def __init__(self, head: HeadModel, shape: Mesh) -> None:
        self._mean = head.anchors.astype(np.float64)
        self.landmarks: FloatArray = shape.vertices[head.landmarks].astype(np.float64)
        on_skin = np.unique(head.triangles[head.parts == Part.SKIN])
        self.skin: FloatArray = shape.vertices[on_skin].astype(np.float64)

    @property
    def eyes(self) -> FloatArray:
        """(3,) the place midway between the eyes."""
        middle: FloatArray = self.landmarks[36:48].mean(axis=0)
        return middle

    @property
    def width(self) -> float:
        """How wide the face is at the eyes, the mean head being 1."""
        return float(_span(self.landmarks, 0, 16) / _span(self._mean, 0, 16))

    @property
    def ear_top(self) -> FloatArray:
        """(2,) y and z of where a temple of glasses rests."""
        widest = np.abs(self.skin[:, 0] - self.eyes[0])
        near = (np.abs(self.skin[:, 1] - self.eyes[1]) < 0.8) & (self.skin[:, 2] > self.eyes[2])
        ear = self.skin[near & (widest > 0.97 * widest[near].max())]
        return np.array([self.eyes[1] - 0.06, float(np.median(ear[:, 2])) - 0.2])

    def half_width(self, z: FloatArray) -> FloatArray:
        """(N,) how far the head reaches sideways just above the ears, at each depth."""
        level = self.skin[np.abs(self.skin[:, 1] - self.eyes[1] + 0.38) < 0.2]
        away = np.abs(level[:, 0] - self.eyes[0])
        near = np.abs(level[:, 2] - np.asarray(z)[:, None]) < 0.15
        reach: FloatArray = np.where(near, away, 0.0).max(axis=1)
        return reach

    def front(self, flat: FloatArray) -> FloatArray:
        """(N,) the nearest z of the skin around each (N, 2) place; far away beside the head."""
        cells = np.rint((flat - _LOW) / _CELL).astype(int)
        size = np.array(self._front.shape)
        i, j = np.clip(cells, 0, size - 1).T
        return np.where(((cells >= 0) & (cells < size)).all(axis=1), self._front[i, j], np.inf)

    @cached_property
    def _front(self) -> FloatArray:
        size = np.rint((_HIGH - _LOW) / _CELL).astype(int) + 1
        cells = np.rint((self.skin[:, :2] - _LOW) / _CELL).astype(int)
        within = ((cells >= 0) & (cells < size)).all(axis=1)
        near = np.full(size, np.inf)
        np.minimum.at(near, tuple(cells[within].T), self.skin[within, 2])
        padded = np.pad(near, 1, constant_values=np.inf)
        around = [padded[i : i + size[0], j : j + size[1]] for i in range(3) for j in range(3)]
        filled: FloatArray = np.where(np.isfinite(near), near, np.min(around, axis=0))
        return filled


def _span(points: FloatArray, first: int, last: int) -> float:
    return float(np.linalg.norm(points[last] - points[first]))
