"""The superficial blood vessels of a person's face, as warm ridges on the flat map of the head.

Vessels a few millimetres under the skin show as warm lines in the long-wave infrared, and their
layout is a person's own (Buddharaju, Pavlidis, Tsiamyrtzis and Bazakos, *Physiology-Based Face
Recognition in the Thermal Infrared Spectrum*, IEEE TPAMI 29(4), 2007). Each course below is placed
by anatomy; a person bends it, lets it wind and branch, and may lack it.
"""

from dataclasses import dataclass
from math import erf

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from align_eval.datasets.synthetic._unrolled import TEXELS, FloatImage, Unrolled
from align_eval.datasets.synthetic.mesh import HeadModel
from align_eval.schemes import scheme_named

Curve = NDArray[np.float32]
Stop = tuple[tuple[int, ...], float, float, float]


@dataclass(frozen=True)
class Course:
    """Where a vessel runs, at the image's left or in the middle.

    Parameters
    ----------
    stops : tuple of (anchors, x, y, z)
        Each the mean of some iBUG points plus an offset in eye distances.
    celsius : float
        How much warmer than its surroundings its ridge is on average.
    width : float
        In eye distances.
    chance : float
        How many people have it, 0 to 1.
    branches : int
        At most.
    """

    stops: tuple[Stop, ...]
    celsius: float
    width: float
    chance: float = 1.0
    branches: int = 0


_MIDDLE = (  # the frontal ("preferred") vein, and a bridge between the two sides over the nose
    Course((((27,), 0, -0.1, 0), ((27,), 0, -0.55, 0), ((27,), 0, -1.2, 0.3)), 0.7, 0.05, 0.45, 3),
    Course((((21,), 0.02, 0, 0), ((27,), 0, -0.12, 0), ((22,), -0.02, 0, 0)), 0.5, 0.04, 0.5, 0),
)
_SIDE = (
    Course(  # supratrochlear
        (((39,), 0.05, -0.1, 0), ((21,), 0.02, -0.1, 0), ((21,), 0.03, -0.5, 0.02),
         ((21,), -0.04, -1.0, 0.2)), 0.75, 0.05, 0.95, 3,
    ),
    Course(  # supraorbital
        (((20,), 0, 0.05, 0), ((20,), -0.03, -0.3, 0), ((19,), 0.04, -0.7, 0.2),
         ((19,), -0.1, -1.05, 0.5)), 0.6, 0.045, 0.9, 3,
    ),
    Course(  # superficial temporal, trunk and frontal branch
        (((0,), 0.03, 0.25, 0), ((0,), 0.02, -0.2, 0), ((17,), -0.17, -0.25, 0.3),
         ((18,), -0.1, -0.45, 0.15), ((19,), -0.05, -0.8, 0.2)), 0.95, 0.06, 1.0, 3,
    ),
    Course(  # superficial temporal, parietal branch
        (((0,), 0.02, -0.15, 0), ((17,), -0.28, -0.5, 0.6), ((17,), -0.25, -1.1, 0.8)),
        0.7, 0.05, 0.9, 2,
    ),
    Course(  # facial, then angular
        (((5,), 0.0, 0.0, 0), ((4, 48), -0.08, 0.08, 0), ((48,), -0.13, -0.05, 0),
         ((31, 48), -0.12, -0.06, 0), ((31,), -0.13, -0.22, 0), ((39,), 0.07, 0.1, 0)),
        0.6, 0.05, 1.0, 2,
    ),
    Course(  # transverse facial
        (((1,), 0.05, -0.05, 0), ((1,), 0.3, 0.08, -0.3), ((41,), -0.15, 0.5, 0)),
        0.4, 0.05, 0.75, 2,
    ),
    Course(  # infraorbital
        (((40, 41), 0, 0.12, 0), ((41,), 0.05, 0.4, 0), ((48,), -0.1, -0.4, 0)),
        0.4, 0.05, 0.8, 2,
    ),
    Course(  # zygomatico-orbital, under and beside the eye
        (((0, 36), 0, -0.02, 0), ((36,), -0.08, 0.14, 0), ((40, 41), 0, 0.14, 0),
         ((39,), 0.02, 0.12, 0)), 0.4, 0.04, 0.8, 1,
    ),
    Course(  # superior labial
        (((48,), -0.08, -0.03, 0), ((50,), 0, -0.07, 0), ((51,), 0, -0.08, 0)), 0.25, 0.04, 0.8, 0,
    ),
    Course(  # inferior labial and mental
        (((48,), -0.06, 0.1, 0), ((58,), 0, 0.1, 0), ((6, 8), 0.05, -0.2, 0)), 0.35, 0.04, 0.7, 1,
    ),
    Course(  # lateral nasal
        (((39,), 0.08, 0.05, 0), ((28,), -0.08, 0.02, 0), ((29,), -0.1, 0.06, 0)),
        0.45, 0.04, 0.7, 0,
    ),
    Course(  # common carotid, deep
        (((3,), 0.1, 0.4, 0.55), ((3,), 0.28, 0.9, 0.8), ((3,), 0.45, 1.5, 0.8)),
        0.8, 0.12, 1.0, 0,
    ),
    Course(  # external jugular
        (((2,), 0.1, 0.55, 0.7), ((3,), 0.1, 0.75, 0.8), ((3,), 0.05, 1.5, 0.8)),
        0.6, 0.06, 0.8, 1,
    ),
    Course(  # anterior jugular
        (((8,), -0.15, 0.2, 0.5), ((8,), -0.2, 0.8, 0.9), ((8,), -0.22, 1.5, 0.9)),
        0.45, 0.05, 0.7, 1,
    ),
)  # fmt: skip

_SHIFT, _BEND = 0.05, 0.05  # how far a person's course and its stops stray, in eye distances
_DEPTHS = (0.03, 0.06)  # tissue blurs a ridge with one of these, in eye distances
_STEPS = 48
_MOST = 1.2  # °C


@dataclass(frozen=True, eq=False)
class _Vessel:
    curve: Curve
    heights: NDArray[np.float64]
    width: float
    depth: int


def vessel_map(head: HeadModel, flat: Unrolled, rng: Generator) -> FloatImage:
    """How much warmer, in °C, a person's vessels make each texel of the flat map.

    Parameters
    ----------
    head : HeadModel
        To whose landmarks the courses are tied.
    flat : Unrolled
        Its map.
    rng : Generator
        The person's own.
    """
    vessels = [
        vessel for course, side in _courses() for vessel in _grown(head, flat, course, side, rng)
    ]
    total = np.zeros(flat.shape, dtype=np.float32)
    for depth, blur in enumerate(_DEPTHS):
        layer = np.zeros(flat.shape, dtype=np.float32)
        # Drawn in order of strength, a strong vessel is not cut by a weak one that crosses it.
        for vessel in sorted(vessels, key=lambda v: float(v.heights.max())):
            if vessel.depth == depth:
                _draw(layer, flat, vessel, blur)
        total += cv2.GaussianBlur(layer, (0, 0), blur * TEXELS)
    # Where vessels meet they share the heat: the sum saturates.
    warmed: FloatImage = _MOST * np.tanh(total / _MOST)
    return warmed


def _courses() -> list[tuple[Course, int]]:
    return [(c, 0) for c in _MIDDLE] + [(c, side) for c in _SIDE for side in (-1, 1)]


def _grown(
    head: HeadModel, flat: Unrolled, course: Course, side: int, rng: Generator
) -> list[_Vessel]:
    """A course as one person has it, with its branches; none if they lack it."""
    present = rng.random() < course.chance
    usual = flat(_stops(head, course, side))
    stops = usual + rng.normal(0, _SHIFT, 2) + rng.normal(0, _BEND, usual.shape)
    curve = _winding(_smooth(stops), rng)
    strength = course.celsius * float(np.exp(rng.normal(0, 0.35)))
    width = course.width * float(rng.uniform(0.7, 1.4))
    trunk = _Vessel(curve, strength * _relief(rng), width, int(rng.random() < 0.5))
    count = int(rng.integers(0, course.branches + 1))
    branches = [_branch(trunk, rng) for _ in range(count)]
    twigs = [_branch(branch, rng) for branch in branches if rng.random() < 0.5]
    return [trunk, *branches, *twigs] if present else []


def _stops(head: HeadModel, course: Course, side: int) -> NDArray[np.float32]:
    mirror = np.array(scheme_named("ibug68").mirror)
    places = []
    for anchors, x, y, z in course.stops:
        points = mirror[list(anchors)] if side > 0 else np.array(anchors)
        places.append(head.anchors[points].mean(axis=0) + (-x if side > 0 else x, y, z))
    return np.array(places, dtype=np.float32)


def _smooth(stops: NDArray[np.floating]) -> Curve:
    """(steps, 2) curve through (N, 2) stops (Catmull–Rom)."""
    padded = np.vstack([2 * stops[0] - stops[1], stops, 2 * stops[-1] - stops[-2]])
    at = np.linspace(0, len(stops) - 1, _STEPS)
    i = np.minimum(at.astype(int), len(stops) - 2)
    t = (at - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    curve = b + (c - a) * t / 2
    curve += (a - 2.5 * b + 2 * c - d / 2) * t**2 + (1.5 * (b - c) + (d - a) / 2) * t**3
    smooth: Curve = curve.astype(np.float32)
    return smooth


def _winding(curve: Curve, rng: Generator) -> Curve:
    """The curve with a person's own meanders across its direction."""
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    along = np.gradient(curve, axis=0)
    across = along[:, ::-1] * (-1, 1) / np.maximum(np.linalg.norm(along, axis=1), 1e-6)[:, None]
    aside = np.zeros(len(curve))
    for wave in (0.9, 0.45, 0.22):
        size, phase = rng.normal(0, 0.07 * wave), rng.uniform(0, 2 * np.pi)
        aside += size * np.sin(2 * np.pi * length / wave + phase)
    wound: Curve = (curve + aside[:, None] * across).astype(np.float32)
    return wound


def _branch(trunk: _Vessel, rng: Generator) -> _Vessel:
    """A thinner vessel that leaves the trunk somewhere, forward and to one side."""
    start = int(rng.integers(_STEPS // 5, 4 * _STEPS // 5))
    ahead = trunk.curve[min(start + 3, _STEPS - 1)] - trunk.curve[start - 3]
    turn = np.arctan2(ahead[1], ahead[0]) + rng.choice([-1, 1]) * rng.uniform(0.35, 1.1)
    bend = rng.normal(0, 0.5)
    reach = rng.uniform(0.25, 0.75)
    angles = turn + bend * np.linspace(0, 1, 4)
    moves = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    stops = trunk.curve[start] + np.cumsum(np.vstack([[0, 0], moves]), axis=0) * reach / 4
    factor = float(rng.uniform(0.5, 0.85))
    curve = _winding(_smooth(stops), rng)
    width = max(0.03, trunk.width * factor)
    return _Vessel(curve, trunk.heights[start] * factor * _relief(rng), width, trunk.depth)


def _relief(rng: Generator) -> NDArray[np.float64]:
    """(steps,) factors along a vessel, which rises and dives in the tissue and fades out."""
    at = np.linspace(0, 1, _STEPS)
    waves = sum(
        rng.uniform(0.1, 0.3) * np.sin(2 * np.pi * (k * at + rng.random())) for k in (0.8, 1.7, 3.1)
    )
    ends = np.minimum(1, np.minimum(at / 0.15, (1 - at) / 0.35) + 0.05)
    factors: NDArray[np.float64] = np.clip(0.75 + waves, 0.15, 1.2) * ends
    return factors


def _draw(layer: FloatImage, flat: Unrolled, vessel: _Vessel, blur: float) -> None:
    """Draw a ridge that has the vessel's height once the layer is blurred."""
    thickness = max(1, round(vessel.width * TEXELS))
    kept = erf(thickness / TEXELS / (2 * np.sqrt(2) * blur))
    heights = (vessel.heights / kept).tolist()
    points = np.rint(flat.texels(vessel.curve) * 16).astype(int).tolist()
    for start, end, height in zip(points[:-1], points[1:], heights[1:], strict=True):
        cv2.line(layer, start, end, height, thickness, cv2.LINE_8, 4)
