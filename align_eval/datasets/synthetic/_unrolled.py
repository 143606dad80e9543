"""The skin of a head laid flat, so that a temperature field is one small image.

The head is seen from a vertical axis inside it, which leans back below the chin to follow the neck.
Across runs the angle about that axis, down run the height and, above the eyes, the elevation
towards the crown; both are scaled to be about eye distances on the surface of a face.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.datasets.synthetic.mesh import HeadModel

FloatImage = NDArray[np.float32]

TEXELS = 56.0
"""Texels per eye distance."""

_RADIUS = 1.4  # of the surface on which lengths are true
# Whole numbers of texels, also at a quarter of the resolution.
_ACROSS = 3.5  # half width in eye distances: 143°, enough for everything that faces a camera
_UP, _DOWN = 2.25, 3.75
_BEHIND = 0.35  # the axis lies so far behind the ends of the jaw's outline
_LEAN = 0.4  # and so much further behind them in the neck


@dataclass(frozen=True)
class Unrolled:
    """The flat map of one head model.

    Parameters
    ----------
    axis : float
        z of the axis in the head, in canonical eye distances.
    chin : float
        y of the chin.
    """

    axis: float
    chin: float

    @classmethod
    def of(cls, head: HeadModel) -> "Unrolled":
        """The map of a head model, from its landmarks."""
        anchors = head.anchors
        ears = float(anchors[0, 2] + anchors[16, 2]) / 2
        return cls(ears + _BEHIND, float(anchors[8, 1]))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of a map."""
        return round((_UP + _DOWN) * TEXELS), round(2 * _ACROSS * TEXELS)

    def __call__(self, places: ArrayLike) -> NDArray[np.float32]:
        """(…, 3) canonical places to (…, 2) flat coordinates in eye distances.

        >>> Unrolled(1.2, 1.7)([0.0, 0.5, -0.2]).tolist()
        [0.0, 0.5]
        """
        x, y, z = np.moveaxis(np.asarray(places, dtype=np.float32), -1, 0)
        lean = np.clip(y - np.float32(self.chin - 0.5), 0, 1)
        ahead = np.float32(self.axis) + np.float32(_LEAN) * lean - z
        flat = np.empty((*np.shape(x), 2), dtype=np.float32)
        flat[..., 0] = _RADIUS * np.arctan2(x, ahead)
        over = np.minimum(y, 0)
        up = _RADIUS * np.arctan2(over, np.sqrt(x * x + ahead * ahead))
        flat[..., 1] = np.where(y < 0, up, y)
        return flat

    def texels(self, flat: ArrayLike) -> NDArray[np.float32]:
        """(…, 2) flat coordinates to (…, 2) texels (column, row); integers are texel centres."""
        start = np.array([_ACROSS, _UP], dtype=np.float32)
        return (np.asarray(flat, dtype=np.float32) + start) * np.float32(TEXELS) - np.float32(0.5)

    def grid(self, step: int) -> NDArray[np.float32]:
        """(rows, columns, 2) flat coordinates of a map that is `step` times coarser."""
        rows, columns = (n // step for n in self.shape)
        x = (np.arange(columns, dtype=np.float32) + 0.5) * (step / TEXELS) - _ACROSS
        y = (np.arange(rows, dtype=np.float32) + 0.5) * (step / TEXELS) - _UP
        return np.stack(np.meshgrid(x, y), axis=-1)

    def cells(self, density: float) -> tuple[int, int]:
        """(rows, columns) of a coarse map that has so many cells an eye distance."""
        return round((_UP + _DOWN) * density), round(2 * _ACROSS * density)

    def enlarged(self, coarse: FloatImage) -> FloatImage:
        """A coarse map, of whatever number of cells, at full size."""
        full: FloatImage = cv2.resize(coarse, self.shape[::-1], interpolation=cv2.INTER_CUBIC)
        return full
