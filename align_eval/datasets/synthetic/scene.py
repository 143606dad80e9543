"""A person as a shot shows them: head, hair, clothes and what hides the face, before a camera."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.clothes import clothes_mesh
from align_eval.datasets.synthetic.hair import hair_mesh
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Points
from align_eval.datasets.synthetic.occluders import is_clear, occluder_mesh, pressed_hair
from align_eval.datasets.synthetic.person import Person, person_of
from align_eval.datasets.synthetic.ranges import View
from align_eval.datasets.synthetic.variations import Shot
from align_eval.errors import ConfigError


@dataclass(frozen=True)
class Scene:
    """A shot before one of the two cameras; meshes and places are in camera space.

    Parameters
    ----------
    head : HeadModel
        What the person's head is made of.
    shot : Shot
        Everything else.
    aside : float
        How far to the right of the visible camera this one stands, in eye distances. It looks at
        the place between the eyes of a frontal face.
    """

    head: HeadModel
    shot: Shot
    aside: float = 0.0

    @property
    def person(self) -> Person:
        """Who it is."""
        return person_of(self.shot.seed, self.shot.subject)

    def camera(self, view: View) -> Camera:
        """The camera that makes eyes as far apart as the view and the shot's scale say."""
        focal = view.eye_distance * self.shot.scale * self.shot.distance
        return Camera(focal, (view.size, view.size))

    @cached_property
    def solid(self) -> Mesh:
        """All but clear glass; the head's own vertices come first."""
        neutral = _neutral(self.head, self.person)
        hair, clothes = _dressed(self.head, self.person)
        vertices = _expressed(self.head, self.shot, neutral.vertices, self.head.expression)
        pressed = pressed_hair(self.head, neutral, hair, self.shot)
        parts = [self._placed(neutral.moved(vertices))]
        parts += [self._placed(mesh) for mesh in (pressed, clothes) if len(mesh.parts)]
        return Mesh.join([*parts, self.opaque] if len(self.opaque.parts) else parts)

    @cached_property
    def held(self) -> Mesh:
        """What the shot puts before the face; no triangles if nothing."""
        neutral = _neutral(self.head, self.person)
        return self._placed(occluder_mesh(self.head, neutral, self.shot))

    @cached_property
    def opaque(self) -> Mesh:
        """What the shot puts before the face, without clear glass."""
        return _subset(self.held, ~is_clear(self.held))

    @cached_property
    def glass(self) -> Mesh:
        """Clear lenses."""
        return _subset(self.held, is_clear(self.held))

    @cached_property
    def places(self) -> Points:
        """(68, 3) the landmarks; cheap, since nothing else is made for them."""
        head, chosen = self.head, self.head.landmarks
        neutral = _neutral(head, self.person).vertices[chosen]
        return self._seen(_expressed(head, self.shot, neutral, head.expression[:, chosen]))

    def _placed(self, mesh: Mesh) -> Mesh:
        return mesh.moved(self._seen(mesh.vertices))

    def _seen(self, places: Points) -> Points:
        before: Points = self.shot.pose(places)
        if not self.aside:
            return before
        angle = np.arctan2(self.aside, self.shot.distance)
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
        seen: Points = ((before - [self.aside, 0, 0]) @ turn).astype(np.float32)
        return seen


@lru_cache(maxsize=4)
def _neutral(head: HeadModel, person: Person) -> Mesh:
    """A person's head without expression, not posed."""
    return head.mesh(person.identity, {})


@lru_cache(maxsize=2)
def _dressed(head: HeadModel, person: Person) -> tuple[Mesh, Mesh]:
    """A person's hair and clothes, not posed."""
    neutral = _neutral(head, person)
    return hair_mesh(head, person, neutral), clothes_mesh(head, person, neutral)


def _expressed(
    head: HeadModel, shot: Shot, neutral: Points, shapes: NDArray[np.floating]
) -> Points:
    """(N, 3) places of a neutral head with the shot's expression; `shapes` are (E, N, 3).

    Raises
    ------
    ConfigError
        The head lacks a blend shape of the expression.
    """
    place = {name: i for i, name in enumerate(head.expression_names)}
    lacking = sorted(name for name, _ in shot.expression if name not in place)
    if lacking:
        raise ConfigError(
            f"head model {head.name!r} lacks the blend shapes of {shot.variation}: "
            f"{', '.join(lacking)}"
        )
    moved = neutral.copy()
    for name, weight in shot.expression:
        moved += np.float32(weight) * shapes[place[name]].astype(np.float32, copy=False)
    return moved


def _subset(mesh: Mesh, keep: NDArray[np.bool_]) -> Mesh:
    if keep.all():
        return mesh
    return Mesh(mesh.vertices, mesh.canonical, mesh.triangles[keep], mesh.parts[keep])
