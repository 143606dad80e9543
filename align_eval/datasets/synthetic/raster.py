"""From a mesh to what each pixel sees of it: one rasterising pass, then everything by gathering.

OpenCV's rasteriser interpolates three numbers per vertex. With every triangle given its own three
vertices, those numbers are the triangle's index and two barycentric weights; any attribute of the
mesh follows from them for each pixel, exactly, and one pass serves both spectra.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.mesh import Mesh

_FAR = 1000.0
_NEAR = 0.1


@dataclass(frozen=True, eq=False)
class Surface:
    """What the pixels of an image see. M is the number of pixels that see something.

    Parameters
    ----------
    mask : (H, W) bool
        Which pixels do.
    triangles : (M,) int
        Which triangle of the mesh.
    weights : (M, 3) float32
        Barycentric weights of its corners.
    depth : (H, W) float32
        z in camera space; ∞ where nothing is seen.
    mesh : Mesh
        The mesh, in camera space.
    """

    mask: NDArray[np.bool_]
    triangles: NDArray[np.intp]
    weights: NDArray[np.float32]
    depth: NDArray[np.float32]
    mesh: Mesh

    def of(self, attribute: NDArray[np.floating]) -> NDArray[np.float32]:
        """(M, K) values of a (V, K) vertex attribute at the pixels."""
        corners = attribute[self.mesh.triangles[self.triangles]]
        values: NDArray[np.float32] = np.einsum(
            "mk,mkd->md", self.weights, corners.astype(np.float32, copy=False)
        )
        return values

    @cached_property
    def parts(self) -> NDArray[np.uint8]:
        """(M,) `Part` of each pixel."""
        return self.mesh.parts[self.triangles]

    @cached_property
    def canonical(self) -> NDArray[np.float32]:
        """(M, 3) canonical places."""
        return self.of(self.mesh.canonical)

    @cached_property
    def positions(self) -> NDArray[np.float32]:
        """(M, 3) places in camera space."""
        return self.of(self.mesh.vertices)

    def normals(self) -> NDArray[np.float32]:
        """(M, 3) unit normals in camera space."""
        return self._normals

    @cached_property
    def _normals(self) -> NDArray[np.float32]:
        normals = self.of(self.mesh.normals())
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        unit: NDArray[np.float32] = normals / np.maximum(length, 1e-12)
        return unit

    def image(self, values: NDArray[np.floating], background: float = 0.0) -> NDArray[np.float32]:
        """(H, W, …) image of (M, …) values."""
        full = np.full((*self.mask.shape, *values.shape[1:]), background, dtype=np.float32)
        full[self.mask] = values
        return full


def rasterise(mesh: Mesh, camera: Camera) -> Surface:
    """What each pixel's centre sees of a mesh in camera space; back faces are not seen."""
    corners = mesh.vertices[mesh.triangles]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.flatnonzero(np.einsum("td,td->t", outward, corners[:, 0]) < 0)
    colours = np.zeros((len(facing), 3, 3), dtype=np.float32)
    scale = 1 << 17
    colours[:, :, 0] = ((np.arange(len(facing)) + 0.5) / scale)[:, None]
    colours[:, 1, 1] = colours[:, 2, 2] = 1.0
    width, height = camera.size
    seen = np.full((height, width, 3), -1.0, dtype=np.float32)
    depth = np.full((height, width), _FAR, dtype=np.float32)
    if len(facing):
        _draw(corners[facing], colours, seen, depth, 2 * np.arctan(height / 2 / camera.focal))
    mask = seen[..., 0] >= 0
    found = seen[mask]
    second, third = found[:, 1], found[:, 2]
    return Surface(
        mask,
        facing[(found[:, 0] * scale).astype(np.intp)],
        np.stack([1 - second - third, second, third], axis=1),
        np.where(mask, depth, np.float32(np.inf)),
        mesh,
    )


def _draw(
    corners: NDArray[np.float32],
    colours: NDArray[np.float32],
    seen: NDArray[np.float32],
    depth: NDArray[np.float32],
    field_of_view: float,
) -> None:
    settings = cv2.TriangleRasterizeSettings()
    settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    # OpenCV's camera space has y up and z towards the viewer.
    vertices = corners.reshape(-1, 3) * np.array([1, -1, -1], dtype=np.float32)
    indices = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    cv2.triangleRasterize(
        np.ascontiguousarray(vertices),
        indices,
        colours.reshape(-1, 3),
        seen,
        depth,
        np.eye(4),
        float(field_of_view),
        _NEAR,
        _FAR,
        settings,
    )


def visible(
    surface: Surface, camera: Camera, points: NDArray[np.floating], slack: float = 0.06
) -> NDArray[np.bool_]:
    """(N,) bool: which (N, 3) places in camera space no nearer surface hides.

    Parameters
    ----------
    surface : Surface
        What the camera sees.
    camera : Camera
        It.
    points : (N, 3) float
        Places in camera space.
    slack : float
        How much nearer, in eye distances, a surface must be to hide a point that lies on it.
    """
    columns, rows = np.rint(camera.project(points)).astype(int).T
    width, height = camera.size
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    seen = np.zeros(len(points), dtype=bool)
    depth = surface.depth[rows[inside], columns[inside]]
    seen[inside] = points[inside, 2] <= depth + slack
    return seen
