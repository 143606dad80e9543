"""How light falls on a drawn head: a height field, its normals, and a lamp.

The map is upright (yaw and pitch are in it, roll is not) and covers ± `REACH` eye distances
around a point `MIDDLE` below the eyes; `frame` says where it lies in the image.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.geometry import Geometry

FloatArray = NDArray[np.float64]

REACH = 1.9
MIDDLE = 0.25
CELLS = 128

_AXIS = ((np.arange(CELLS) + 0.5) / CELLS * 2 - 1) * REACH


class _Hill(NamedTuple):
    """A Gaussian on the head: where (x, y, z), how wide, how tall, and how high or strong."""

    at: tuple[float, float, float]
    wide: float
    tall: float
    height: float


@dataclass(frozen=True)
class Shading:
    """The light on one face in one image."""

    face: Geometry

    @cached_property
    def light(self) -> FloatArray:
        """(CELLS, CELLS): about 1 where the lamp shines straight on, ambient light included."""
        shot = self.face.shot
        slope_y, slope_x = np.gradient(self._height, _AXIS[1] - _AXIS[0])
        c, s = np.cos(shot.roll), np.sin(shot.roll)
        lx, ly, lz = shot.light
        lamp = (c * lx + s * ly, -s * lx + c * ly, lz)
        facing = (lamp[2] - lamp[0] * slope_x - lamp[1] * slope_y) / np.sqrt(
            1 + slope_x**2 + slope_y**2
        )
        lit: FloatArray = shot.ambient + (1.1 - shot.ambient) * np.clip(facing, 0, None)
        return lit * (1 - self._hills(self._hollows))

    @cached_property
    def skin(self) -> FloatArray:
        """(CELLS, CELLS, 3): the lit skin, RGB from 0 to 255."""
        who = self.face.who
        blush = self._hills([_Hill((x, 0.62, 0.1), 0.28, 0.22, 0.22) for x in (-0.62, 0.62)])
        stubble = who.beard * np.clip(self._hills(self._beard), 0, 0.8)
        base = np.array(who.skin) * np.ones((CELLS, CELLS, 1))
        base = base + blush[..., None] * (np.array(who.lips) - who.skin)
        base = base + stubble[..., None] * (0.9 * np.array(who.hair) - base)
        lit: FloatArray = base * self.light[..., None] * np.array(self.face.shot.tint)
        return lit

    def at(self, x: float, y: float, z: float = 0.0) -> float:
        """The light at a point of the face."""
        place = (self.face.upright(np.array([[x, y, z]]))[0] - [0, MIDDLE] + REACH) / (2 * REACH)
        column, row = np.clip(place * CELLS, 0, CELLS - 1).astype(int)
        return float(self.light[row, column])

    def frame(self, size: float) -> FloatArray:
        """The (2, 3) affine matrix from the map's pixels to those of a square image."""
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) * CELLS - 0.5
        places = (corners + 0.5) / CELLS * 2 * REACH - REACH + [0, MIDDLE]
        c, s = np.cos(self.face.shot.roll), np.sin(self.face.shot.roll)
        turned = places @ np.array([[c, -s], [s, c]]).T
        origin = self.face.project(np.zeros((1, 3)), size)
        pixels = origin + size * self.face.shot.scale * turned
        matrix = cv2.getAffineTransform(corners.astype(np.float32), pixels.astype(np.float32))
        return np.asarray(matrix, dtype=np.float64)

    @cached_property
    def _height(self) -> FloatArray:
        who = self.face.who
        cx, cy = self.face.upright(np.array([[0.0, 0.25, -0.35]]))[0]
        x, y = (_AXIS - cx) / (1.28 * who.width), (_AXIS + MIDDLE - cy) / (1.0 * who.chin)
        round_ = 1.15 * np.sqrt(np.clip(1 - y[:, None] ** 2 - x[None] ** 2, 0.02, None))
        return np.asarray(round_ + self._hills(self._hills_of_face), dtype=np.float64)

    def _hills(self, hills: list[_Hill]) -> FloatArray:
        """The sum of Gaussians, each the product of a column and a row."""
        places = self.face.upright(np.array([hill.at for hill in hills]))
        sizes = np.array([[hill.wide, hill.tall] for hill in hills])
        x = np.exp(-(((_AXIS - places[:, :1]) / sizes[:, :1]) ** 2))
        y = np.exp(-(((_AXIS + MIDDLE - places[:, 1:]) / sizes[:, 1:]) ** 2))
        heights = np.array([hill.height for hill in hills])
        return np.asarray((y * heights[:, None]).T @ x, dtype=np.float64)

    @property
    def _hills_of_face(self) -> list[_Hill]:
        who = self.face.who
        n, w, h = who.nose_length, who.nose_width, who.nose_height
        mouth = n + who.mouth_drop
        pairs = [
            _Hill((0.5, -0.02, 0.0), 0.26, 0.16, -0.10),  # eye sockets
            _Hill((0.52, -0.30, 0.0), 0.34, 0.13, 0.07),  # brow ridges
            _Hill((0.72, 0.52, 0.0), 0.30, 0.26, 0.03 + 0.07 * who.cheek),
            _Hill((0.78 * w, n - 0.12, 0.2), 0.45 * w, 0.09, 0.07 * h),  # wings of the nose
        ]
        mirrored = [hill._replace(at=(-hill.at[0], *hill.at[1:])) for hill in pairs]
        return [
            *pairs,
            *mirrored,
            _Hill((0.0, n - 0.42, 0.25), 0.50 * w, 0.30, 0.16 * h),  # ridge
            _Hill((0.0, n - 0.17, 0.40), 0.62 * w, 0.13, 0.15 * h),  # tip
            _Hill((0.0, mouth, 0.1), 0.42, 0.20, 0.07),
            _Hill((0.0, mouth + 0.28, 0.1), 0.30, 0.07, -0.05),
            _Hill((0.0, who.chin - 0.18, 0.0), 0.26, 0.16, 0.10),
        ]

    @property
    def _hollows(self) -> list[_Hill]:
        """Where light does not reach: corners of the eyes, below the nose and the lower lip."""
        who = self.face.who
        mouth = who.nose_length + who.mouth_drop
        return [
            *(_Hill((x, -0.03, 0.05), 0.14, 0.12, 0.20) for x in (-0.26, 0.26)),
            *(_Hill((x, -0.10, 0.02), 0.26, 0.10, 0.12) for x in (-0.52, 0.52)),
            _Hill((0.0, who.nose_length + 0.05, 0.1), 1.1 * who.nose_width, 0.07, 0.25),
            _Hill((0.0, mouth + who.lower_lip + 0.08, 0.1), 0.28, 0.06, 0.18),
        ]

    @property
    def _beard(self) -> list[_Hill]:
        who = self.face.who
        mouth = who.nose_length + who.mouth_drop
        return [
            _Hill((0.0, who.chin - 0.12, 0.0), 0.55, 0.22, 0.9),
            *(_Hill((x, mouth + 0.1, -0.2), 0.22, 0.45, 0.6) for x in (-0.85, 0.85)),
            *(_Hill((x, mouth - 0.20, 0.1), 0.28, 0.08, 0.5) for x in (-0.2, 0.2)),
        ]
