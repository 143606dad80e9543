"""Light that does not arrive: ambient occlusion of the mean head, and soft shadows of lamps."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.light import Lamp
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part
from align_eval.datasets.synthetic.raster import rasterise, visible

Values = NDArray[np.float32]

_DIRECTIONS = 40
_MAP = 112
_REACH = 3.4  # half the side of a shadow map, in eye distances
_INSIDE = (Part.MOUTH, Part.TEETH, Part.TONGUE, Part.EYE_SOCKET)
_TAPS = np.array([(0.9, 0.3), (-0.7, 0.6), (-0.2, -0.9)], np.float32)
_NOTHING = np.float32(-100)
_CASTS = ~np.isin(np.arange(max(Part) + 1), _INSIDE)


@lru_cache(maxsize=2)
def openness(head: HeadModel) -> Values:
    """(V,) 0 to 1: the share of the sky that each vertex of the mean head sees, cosine-weighted.

    Distant views from a fixed set of directions count as rays; about a second, once a head.
    """
    outer = ~np.isin(head.parts, (Part.MOUTH, Part.TEETH, Part.TONGUE))
    mesh = Mesh(head.vertices, head.vertices, head.triangles[outer], head.parts[outer])
    normals = mesh.normals()
    camera = Camera(160 * 40 / 7.0, (160, 160))
    seen = np.zeros(len(head.vertices))
    whole = np.full(len(head.vertices), 1e-6)
    for yaw, pitch in _spread(_DIRECTIONS):
        pose = Pose(yaw, pitch, 0.0, (0.0, 0.0, 40.0), (0.0, 0.6, 1.2))
        moved = mesh.moved(pose(mesh.vertices))
        facing = np.maximum(-(normals @ pose.rotation.T)[:, 2], 0)
        found = visible(rasterise(moved, camera), camera, moved.vertices, 0.07)
        seen += facing * found
        whole += facing
    share: Values = (seen / whole).astype(np.float32)
    return share


def _spread(count: int) -> list[tuple[float, float]]:
    """Yaws and pitches spread over the sphere of views (a Fibonacci lattice)."""
    k = np.arange(count) + 0.5
    pitch = np.degrees(np.arcsin(1 - 2 * k / count)) * 0.85
    yaw = np.degrees(k * np.pi * (1 + 5**0.5)) % 360 - 180
    return list(zip(yaw.tolist(), pitch.tolist(), strict=True))


class ShadowCaster:
    """What stands between a scene and its lamps: points on its surface, splatted into a map.

    Parameters
    ----------
    mesh : Mesh
        The scene, in camera space.
    """

    def __init__(self, mesh: Mesh) -> None:
        kept = _CASTS[mesh.parts]
        kept[1::2] &= mesh.parts[1::2] != Part.SKIN  # skin's triangles are small
        outer = mesh.triangles[kept]
        a, b, c = (mesh.vertices[outer[:, k]] for k in range(3))
        self._places: Values = (a + b + c) / np.float32(3)
        self._centre: Values = self._places.mean(axis=0)

    def light(self, lamp: Lamp, positions: Values) -> Values:
        """(M,) 0 (in shadow) to 1 (lit) at (M, 3) places in camera space."""
        towards = lamp.towards
        side = np.cross(towards, (0.0, 0.0, 1.0) if abs(towards[2]) < 0.9 else (0.0, 1.0, 0.0))
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(towards, side), towards]).astype(np.float32)
        axes[:2] *= np.float32(_MAP / (2 * _REACH))
        nearest = self._map(axes)
        x, y, height = axes @ (positions - self._centre).T
        spread = np.float32(0.5 + 1.6 * lamp.softness)
        bias, width = np.float32(0.07), np.float32(0.06 + 0.16 * lamp.softness)
        limit = height + bias
        shadow = np.zeros(len(positions), np.float32)
        for right, down in _TAPS * spread + _MAP / 2:
            index = _cells(x + right, y + down)
            shadow += np.clip(nearest[index] - limit, 0, width)
        return 1 - shadow / (len(_TAPS) * width)

    def _map(self, axes: Values) -> Values:
        """(_MAP²,) how near the lamp the nearest surface of each cell comes."""
        x, y, height = axes @ (self._places - self._centre).T
        nearest = np.full(_MAP * _MAP, _NOTHING, np.float32)
        middle = np.float32(_MAP / 2)
        np.maximum.at(nearest, _cells(x + middle, y + middle), height)
        grid = nearest.reshape(_MAP, _MAP)
        filled = cv2.dilate(grid, np.ones((3, 3), np.uint8))
        return np.where(grid > _NOTHING, grid, filled).ravel()


def _cells(x: Values, y: Values) -> NDArray[np.int32]:
    """(M,) numbers of the cells of a map; what lies outside counts to its edge."""
    top = np.float32(_MAP - 0.5)
    column = np.clip(x, 0, top).astype(np.int32)
    return np.clip(y, 0, top).astype(np.int32) * np.int32(_MAP) + column


def contact(surface_depth: Values, mask: NDArray[np.bool_], sigma: float) -> Values:
    """(M,) 0 to 1: how open each seen pixel is towards nearer surfaces beside it on screen."""
    far = np.where(mask, surface_depth, np.float32(0))
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    around = cv2.GaussianBlur(far, (0, 0), sigma) / np.maximum(weight, 1e-3)
    behind = np.clip((far - around)[mask] - np.float32(0.02), 0, 0.5)
    open_: Values = 1 / (1 + 2.2 * behind)
    return open_
