"""A hand, wrapped once around a skeleton, and laid over a part of a face."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._fit import Fit
from align_eval.datasets.synthetic._shapes import tube, wrap
from align_eval.datasets.synthetic.mesh import Mesh, Part

FloatArray = NDArray[np.float64]
Place = tuple[float, float, float] | FloatArray

LENGTH = 2.9  # of the modelled hand, wrist to tip of the middle finger
_STEP = 0.055
_GAP = 0.07
_POSES = 4
# Own frame: a right hand seen from its back, wrist at the origin, fingers up (−y), thumb to −x,
# palm towards +z. Knuckle, length of the finger, and how far it leans to +x in degrees.
_FINGERS = {
    "index": ((-0.46, -1.48, 0.00), 1.14, -4.0),
    "middle": ((-0.15, -1.58, -0.03), 1.29, -1.0),
    "ring": ((0.15, -1.52, -0.01), 1.19, 2.0),
    "little": ((0.42, -1.36, 0.05), 0.93, 6.0),
}
_PHALANGES = (0.46, 0.30, 0.24)


@dataclass(frozen=True)
class Grip:
    """How a hand lies on a face.

    Parameters
    ----------
    target : {"mouth", "eye"}
        What it covers.
    right : bool
        The subject's right hand, which comes from the image's left.
    turn : float
        Degrees that the fingers lean off their usual direction, clockwise on screen.
    scale : float
        Size of the hand against the modelled one.
    offset : tuple of float
        Where it lies off its usual place, in eye distances.
    pose : int
        Which of several ways to hold the fingers.
    """

    target: str
    right: bool
    turn: float
    scale: float
    offset: tuple[float, float]
    pose: int


def grip_of(target: str, person: np.random.Generator, shot: np.random.Generator) -> Grip:
    """A grip: the hand's size is the person's, all else the shot's."""
    x, y, turn = shot.uniform(-1, 1, 3).tolist()
    return Grip(
        target,
        bool(shot.uniform() < 0.7),
        9.0 * turn,
        float(person.uniform(0.92, 1.06)),
        (0.07 * x, 0.05 * y),
        int(shot.integers(_POSES)),
    )


def hand_mesh(grip: Grip, fit: Fit) -> Mesh:
    """The hand, and a sleeve, in front of a person's unposed head."""
    own = _hand(grip.pose)
    places = own.vertices.astype(np.float64) * grip.scale
    side = 1.0 if grip.right else -1.0
    if grip.target == "mouth":
        target = fit.landmarks[48:60].mean(axis=0) + [0.0, 0.10, 0.0]
        held, angle = np.array([-0.02, -1.70, 0.0]), 78.0
    else:
        eye = slice(36, 42) if grip.right else slice(42, 48)
        target = fit.landmarks[eye].mean(axis=0) + [-0.05 * side, 0.0, 0.0]
        held, angle = np.array([0.0, -1.55, 0.0]), 14.0
    angle = np.radians(angle + grip.turn)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    places = (places - held * grip.scale) @ turn.T
    places[:, 0] *= side
    places += [target[0] + grip.offset[0], target[1] + grip.offset[1], 0.0]
    places = _laid(places, fit)
    triangles = own.triangles if grip.right else own.triangles[:, ::-1]
    return Mesh(
        places.astype(np.float32), own.canonical, np.ascontiguousarray(triangles), own.parts
    )


def _laid(places: FloatArray, fit: Fit) -> FloatArray:
    """Bend the hand with the face, and move it until it lies just in front."""
    x, y = places[:, 0] - fit.eyes[0], places[:, 1] - 0.9
    bent = places.copy()
    bent[:, 2] += 0.28 * x**2 / (1 + 0.35 * x**2) + 0.10 * y**2 / (1 + 0.3 * y**2)
    near = (np.abs(x) < 1.0) & (places[:, 1] < 1.7)
    gap = fit.front(bent[near, :2]) - bent[near, 2]
    # The soft tip of the nose gives way: the closest hundredth may touch it.
    bent[:, 2] += float(np.min(gap)) - _GAP
    return bent


@lru_cache(maxsize=_POSES)
def _hand(pose: int) -> Mesh:
    """The hand in its own frame; canonical places are those of the unbent frame."""
    rng = np.random.default_rng(np.random.SeedSequence(entropy=20210617, spawn_key=(pose,)))
    bones = _skeleton(rng)
    skin = wrap(
        lambda at: _flesh(at, bones),
        np.array([-1.35, -3.15, -0.65]),
        np.array([0.85, 1.3, 0.85]),
        _STEP,
        Part.HAND,
    )
    path = np.array([[0.0, y, 0.04 + 0.02 * y] for y in np.linspace(0.95, 4.4, 12)])
    grow = np.linspace(0, 1, 12)
    radius = np.stack([0.44 + 0.28 * grow, 0.53 + 0.32 * grow], axis=1)
    radius[0] *= 0.96
    sleeve = tube(path, radius, Part.CLOTH, up=(0, 0, -1), sides=28)
    return Mesh.join([skin, sleeve])


class _Skeleton:
    """Bones as they are added: two ends, a radius at either, and whether they melt together."""

    def __init__(self) -> None:
        self._ends: list[FloatArray] = []
        self._radii: list[tuple[float, float]] = []
        self._soft: list[float] = []

    def add(self, start: Place, end: Place, radii: tuple[float, float], soft: bool) -> None:
        self._ends.append(np.array([start, end], dtype=np.float64))
        self._radii.append(radii)
        self._soft.append(float(soft))

    def __iter__(self) -> Iterator[tuple[FloatArray, tuple[float, float], float]]:
        return iter(zip(self._ends, self._radii, self._soft, strict=True))


def _skeleton(rng: np.random.Generator) -> _Skeleton:
    bones = _Skeleton()
    close = float(rng.uniform(-1.0, 2.5))
    for knuckle, length, lean in _FINGERS.values():
        bones.add((0.45 * knuckle[0], -0.12, 0.02), knuckle, (0.25, 0.19), soft=True)
        _finger(bones, np.array(knuckle), length, lean + close * np.sign(lean), rng)
    base, middle, end = (-0.30, -0.30, 0.12), (-0.70, -0.86, 0.16), (-0.86, -1.24, 0.12)
    tip = np.array([-0.88, -1.58, 0.08]) + rng.uniform(-0.05, 0.05, 3)
    bones.add(base, middle, (0.26, 0.19), soft=True)
    bones.add(middle, end, (0.17, 0.155), soft=False)
    bones.add(end, tip, (0.155, 0.125), soft=False)
    bones.add((0.0, -0.25, 0.04), (0.0, 1.6, 0.06), (0.36, 0.44), soft=True)
    return bones


def _finger(
    bones: _Skeleton, at: FloatArray, length: float, lean: float, rng: np.random.Generator
) -> None:
    """Three bones, each bent a little further towards the palm."""
    sideways = np.radians(lean + rng.uniform(-1.5, 1.5))
    bend = np.radians(rng.uniform(4, 10))
    slim = 0.88 if length < 1 else 1.0
    for joint, share in enumerate(_PHALANGES):
        flat = np.cos(bend)
        ahead = np.array([np.sin(sideways) * flat, -np.cos(sideways) * flat, np.sin(bend)])
        end = at + share * length * ahead
        thick = slim * (0.148 - 0.013 * joint)
        bones.add(at, end, (thick, thick - 0.014 * slim), soft=False)
        at, bend = end, bend + np.radians(rng.uniform(7, 14))


def _flesh(at: FloatArray, bones: _Skeleton) -> FloatArray:
    """Signed distance from skin around the bones; palm bones melt together, fingers hardly."""
    palm = np.full(len(at), 10.0)
    fingers = np.full(len(at), 10.0)
    for (start, end), (first, last), soft in bones:
        axis = end - start
        t = np.clip((at - start) @ axis / (axis @ axis), 0, 1)
        off = at - start - t[:, None] * axis
        off[:, 2] *= 1.25 if soft else 1.05
        distance = np.linalg.norm(off, axis=1) - (first + t * (last - first))
        if soft:
            palm = _blend(palm, distance, 0.22)
        else:
            fingers = _blend(fingers, distance, 0.035)
    return _blend(palm, fingers, 0.10)


def _blend(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    """The smaller of two distances, rounded where they are alike (Quilez's polynomial)."""
    near = np.clip(width - np.abs(a - b), 0, None) / width
    smaller: FloatArray = np.minimum(a, b) - near**2 * width / 4
    return smaller
