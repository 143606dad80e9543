"""What is known exactly about a rendered image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.mesh import Mesh
from align_eval.datasets.synthetic.ranges import View
from align_eval.datasets.synthetic.raster import Surface
from align_eval.datasets.synthetic.raster import visible as unhidden
from align_eval.datasets.synthetic.scene import Scene
from align_eval.datasets.synthetic.variations import Shot
from align_eval.faces import Box
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

FloatArray = NDArray[np.float64]

NOTHING = 255  # the parts mask where no surface is seen


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth about one image.

    Parameters
    ----------
    points : (68, 2) float64
        iBUG's points in pixels, x right and y down, integers at pixel centres; never rounded. A
        point that is hidden or outside of the image is where it would be.
    visible : (68,) bool
        Whether the camera sees the point: it lies in the image, and neither the head itself nor
        anything worn or held hides it. Clear glass hides nothing from a visible camera, and
        everything from a thermal one.
    parts : (H, W) uint8
        `mesh.Part` of what each pixel sees; `NOTHING` for the backdrop.
    occluded : float
        The share of the 68 points that the shot's occluder hides, from 0 to 1.
    shot : Shot
        Every parameter, pose angles included.
    eye_distance : float
        The nominal distance between the eyes of the mean head, in pixels.
    """

    points: FloatArray
    visible: NDArray[np.bool_]
    parts: NDArray[np.uint8]
    occluded: float
    shot: Shot
    eye_distance: float

    @property
    def landmarks(self) -> Landmarks:
        """The 68 points as landmarks of the scheme ``ibug68``."""
        return Landmarks(self.points, scheme_named("ibug68"))

    @property
    def five(self) -> Landmarks:
        """Eye centres, nose tip and mouth corners, as landmarks of the scheme ``five``."""
        return self.landmarks.to(scheme_named("five"))

    @property
    def box(self) -> Box:
        """The face's boundary B of DMSL; see `boundary`."""
        return boundary(self.points)

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees; see `camera.Pose`."""
        return self.shot.yaw, self.shot.pitch, self.shot.roll

    def to_json(self) -> dict[str, Any]:
        """Everything but the mask, in plain types."""
        return {
            "landmarks": self.points.tolist(),
            "visible": self.visible.tolist(),
            "five": self.five.points.tolist(),
            "box": list(self.box),
            "occluded": self.occluded,
            "eye_distance": self.eye_distance,
            "shot": self.shot.to_json(),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any], parts: NDArray[np.uint8]) -> "Truth":
        """The truth of what `to_json` gave, and a mask."""
        return cls(
            np.array(given["landmarks"], dtype=np.float64),
            np.array(given["visible"], dtype=bool),
            parts,
            float(given["occluded"]),
            Shot.from_json(given["shot"]),
            float(given["eye_distance"]),
        )

    def mirrored(self) -> "Truth":
        """The truth about the image flipped left to right; the shot stays that of the original."""
        width = self.parts.shape[1]
        order = list(scheme_named("ibug68").mirror)
        return Truth(
            self.landmarks.mirrored(width).points,
            self.visible[order],
            np.ascontiguousarray(self.parts[:, ::-1]),
            self.occluded,
            self.shot,
            self.eye_distance,
        )


def boundary(points: FloatArray, margin: float = 0.0) -> Box:
    """The face's boundary B of DMSL (Keong et al. 2021): the tight box around its 68 points.

    Parameters
    ----------
    points : (68, 2) float
        In pixels.
    margin : float
        Share of width and height that is added on every side; the paper adds none.

    Examples
    --------
    >>> boundary(np.array([[10.0, 20.0], [30.0, 60.0]]), margin=0.1)
    Box(x=8.0, y=16.0, width=24.0, height=48.0)
    """
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low - margin * (high - low)).tolist()
    width, height = ((1 + 2 * margin) * (high - low)).tolist()
    return Box(x, y, width, height)


def outline_of(
    scene: Scene, camera: Camera, occluder: Mesh
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The 68 points of a scene in pixels, and which of them an occluder hides; no rendering.

    Parameters
    ----------
    scene : Scene
        Before `camera`.
    camera : Camera
        It.
    occluder : Mesh
        ``scene.held`` for a thermal camera, ``scene.opaque`` for a visible one.
    """
    return camera.project(scene.places), hidden_by(occluder, camera, scene.places)


def truth_of(surface: Surface, camera: Camera, scene: Scene, occluder: Mesh, view: View) -> Truth:
    """The truth about what a camera sees.

    Parameters
    ----------
    surface : Surface
        What it sees, occluder included.
    camera, scene, occluder
        See `outline_of`.
    view : View
        The image's resolution.
    """
    points, hidden = outline_of(scene, camera, occluder)
    parts = np.full(surface.mask.shape, NOTHING, dtype=np.uint8)
    parts[surface.mask] = surface.parts
    seen = unhidden(surface, camera, scene.places) & ~hidden
    share = float(hidden.mean())
    return Truth(points, seen, parts, share, scene.shot, view.eye_distance)


def hidden_by(occluder: Mesh, camera: Camera, places: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(N,) bool: which (N, 3) places lie behind a triangle of a mesh; all in camera space.

    Exact, whatever the image's resolution.
    """
    if not len(occluder.triangles):
        return np.zeros(len(places), dtype=bool)
    points = camera.project(places)
    on_screen = camera.project(occluder.vertices)[occluder.triangles]
    low, high = on_screen.min(axis=1), on_screen.max(axis=1)
    near = np.all((high >= points.min(axis=0)) & (low <= points.max(axis=0)), axis=1)
    depth = occluder.vertices[occluder.triangles[near], 2].astype(np.float64)
    covers = np.all((points[:, None] >= low[near]) & (points[:, None] <= high[near]), axis=2)
    which, triangle = np.nonzero(covers)
    weights = _barycentric(on_screen[near][triangle], points[which])
    inside = (weights >= 0).all(axis=1)
    # 1/z, not z, is linear on the screen.
    ahead = (weights / depth[triangle]).sum(axis=1) > 1 / np.asarray(places)[which, 2]
    hidden = np.zeros(len(places), dtype=bool)
    hidden[which[inside & ahead]] = True
    return hidden


def _barycentric(corners: FloatArray, points: FloatArray) -> FloatArray:
    """(K, 3) weights of (K, 3, 2) corners that make (K, 2) points; −1 where they are in line."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    off = points - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    flat = np.abs(area) < 1e-12
    area = np.where(flat, 1.0, area)
    u = (off[:, 0] * second[:, 1] - off[:, 1] * second[:, 0]) / area
    v = (first[:, 0] * off[:, 1] - first[:, 1] * off[:, 0]) / area
    weights: FloatArray = np.where(flat[:, None], -1.0, np.stack([1 - u - v, u, v], axis=1))
    return weights
