"""A canvas that takes curves of a face in space and fills or strokes their projections."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.geometry import Geometry
from align_eval.datasets.synthetic.identity import Colour
from align_eval.datasets.synthetic.shading import Shading

FloatArray = NDArray[np.float64]
Mask = NDArray[np.uint8]

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel


@dataclass(frozen=True)
class Brush:
    """Draws on a square RGB canvas of `size` pixels."""

    face: Geometry
    size: int
    canvas: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "canvas", np.zeros((self.size, self.size, 3), dtype=np.uint8))

    @cached_property
    def shading(self) -> Shading:
        """The light on this face."""
        return Shading(self.face)

    def lit(self, colour: Colour, at: FloatArray) -> tuple[int, int, int]:
        """A colour under the light at the middle of a curve."""
        return self.exposed(colour, self.shading.at(*at.mean(axis=0).tolist()))

    def exposed(self, colour: Colour, light: float = 1.0) -> tuple[int, int, int]:
        """A colour under a given light, as the camera's tint renders it."""
        r, g, b = np.clip(np.array(colour) * self.face.shot.tint * light, 0, 255).astype(int)
        return int(r), int(g), int(b)

    def fill(self, curve: FloatArray, colour: tuple[int, int, int]) -> None:
        """Fill a closed (N, 3) curve."""
        cv2.fillPoly(self.canvas, [self._fixed(curve)], colour, cv2.LINE_AA, _SHIFT)

    def stroke(
        self, curve: FloatArray, colour: tuple[int, int, int], width: float, closed: bool = False
    ) -> None:
        """Draw along an (N, 3) curve, `width` eye distances wide."""
        thickness = max(1, round(width * self.size * self.face.shot.scale))
        line = self._fixed(curve)
        cv2.polylines(self.canvas, [line], closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def ball(self, centre: FloatArray, radius: float, colour: tuple[int, int, int]) -> None:
        """A disc around a (1, 3) point, `radius` eye distances."""
        x, y = self._fixed(centre)[0].tolist()
        across = round(radius * self.size * self.face.shot.scale * 2**_SHIFT)
        cv2.circle(self.canvas, (x, y), across, colour, -1, cv2.LINE_AA, _SHIFT)

    def mask(self, *curves: FloatArray) -> Mask:
        """255 inside the closed curves."""
        mask: Mask = np.zeros((self.size, self.size), dtype=np.uint8)
        for curve in curves:
            cv2.fillPoly(mask, [self._fixed(curve)], 255, cv2.LINE_AA, _SHIFT)
        return mask

    def keep(self, before: NDArray[np.uint8], mask: Mask) -> None:
        """Bring an earlier canvas back outside of a mask."""
        cv2.copyTo(before, cv2.bitwise_not(mask), self.canvas)

    def _fixed(self, curve: FloatArray) -> NDArray[np.int32]:
        pixels = self.face.project(curve, self.size)
        fixed: NDArray[np.int32] = np.rint(pixels * 2**_SHIFT).astype(np.int32)
        return fixed
