"""Triangle meshes that carry their canonical coordinates, and the head models that make them.

Everything is in *eye distances*: the unit is the distance between the mean head's eye centres, the
origin lies midway between them, x points to the image's right, y down, and z away from the viewer
(a face looks along −z). A vertex has a place in the posed scene and a *canonical* place on the mean
neutral head; textures and temperatures are functions of the canonical place, so that they stay on
the skin whatever the identity, expression and pose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]


class Part(IntEnum):
    """What a triangle belongs to."""

    SKIN = 0
    MOUTH = 1
    TEETH = 2
    TONGUE = 3
    EYE_SOCKET = 4
    EYEBALL = 5
    HAIR = 6
    CLOTH = 7
    FRAME = 8
    LENS = 9
    HAT = 10
    HAND = 11


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface in a scene.

    Parameters
    ----------
    vertices : (V, 3) float32
        Places in the scene, in eye distances.
    canonical : (V, 3) float32
        Places on the mean head (for a head), or in the object's own frame.
    triangles : (T, 3) int32
        Counter-clockwise seen from outside, on screen (y down: clockwise in numbers).
    parts : (T,) uint8
        `Part` of each triangle.
    """

    vertices: Points
    canonical: Points
    triangles: NDArray[np.int32]
    parts: NDArray[np.uint8]

    @classmethod
    def join(cls, meshes: Sequence["Mesh"]) -> "Mesh":
        """Several meshes as one."""
        starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])[:-1]
        shifted = [mesh.triangles + start for mesh, start in zip(meshes, starts, strict=True)]
        return cls(
            np.concatenate([mesh.vertices for mesh in meshes]),
            np.concatenate([mesh.canonical for mesh in meshes]),
            np.concatenate(shifted).astype(np.int32),
            np.concatenate([mesh.parts for mesh in meshes]),
        )

    def moved(self, vertices: Points) -> "Mesh":
        """The same surface with its vertices elsewhere."""
        return Mesh(vertices, self.canonical, self.triangles, self.parts)

    def normals(self) -> Points:
        """(V, 3) unit vertex normals, pointing out, weighted by the area of the triangles."""
        corners = self.vertices[self.triangles]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        total = np.zeros_like(self.vertices)
        for k in range(3):
            for axis in range(3):
                total[:, axis] += np.bincount(
                    self.triangles[:, k], faces[:, axis], minlength=len(total)
                )
        length = np.linalg.norm(total, axis=1, keepdims=True)
        unit: Points = (total / np.maximum(length, 1e-12)).astype(np.float32)
        return unit


@dataclass(frozen=True, eq=False)
class HeadModel:
    """A linear head: mean, identity and expression bases, and its 68 landmarks.

    Parameters
    ----------
    name : str
        As the catalogue calls it.
    vertices : (V, 3) float32
        The mean neutral head, in eye distances; these are the canonical places.
    triangles : (T, 3) int32
        As in `Mesh`.
    parts : (T,) uint8
        `Part` of each triangle.
    landmarks : (68,) int
        Vertices of the iBUG points, in their order (0 is the image's left end of the jaw).
    identity : (I, V, 3) float16 or float32
        Modes; a person is ``vertices + Σ w·identity`` with w standard normal.
    expression : (E, V, 3) float16 or float32
        Blend shapes, weights 0 to 1.
    expression_names : tuple of str
        ARKit's names (``jawOpen``, ``mouthSmile_L``, …; L and R are the subject's sides).
    """

    name: str
    vertices: Points
    triangles: NDArray[np.int32]
    parts: NDArray[np.uint8]
    landmarks: NDArray[np.intp]
    identity: NDArray[np.floating]
    expression: NDArray[np.floating]
    expression_names: tuple[str, ...]

    @property
    def anchors(self) -> Points:
        """(68, 3) canonical places of the landmarks, to which textures are tied."""
        return self.vertices[self.landmarks]

    def mesh(self, identity: NDArray[np.floating], expression: Mapping[str, float]) -> Mesh:
        """The head of a person with an expression, not yet posed.

        Parameters
        ----------
        identity : (I,) float
            Weights of the first I modes; fewer than the model has are allowed.
        expression : mapping
            Blend shape name to weight; a name that the model lacks is a KeyError.
        """
        shape = self.vertices + np.tensordot(
            identity.astype(np.float32), self.identity[: len(identity)].astype(np.float32), 1
        )
        place = {name: i for i, name in enumerate(self.expression_names)}
        for name, weight in expression.items():
            shape = shape + np.float32(weight) * self.expression[place[name]].astype(np.float32)
        return Mesh(shape.astype(np.float32), self.vertices, self.triangles, self.parts)
