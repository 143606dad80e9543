"""Landmarks moved in a known way: by noise, by a part of the face, or as a model moves them.

All of it happens to the five points of alignment, in the face's own frame and in units of its eye
distance: x runs from the left to the right eye, y down the face. A displacement is a complex
number there, and so is a similarity; what is moved by ``e`` goes from ``p`` to ``p + d·e``, where
``d`` is the vector between the eyes.

Draws belong to a repeat and to the instant at which a face was taken. The visible and the thermal
face of one instant are therefore moved alike, and so are the faces of one repeat at all levels and,
where kinds have a draw in common, by all kinds: what is compared is compared on the same draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

ComplexArray = NDArray[np.complex128]

FIVE = scheme_named("five")
POINTS = FIVE.points
_STREAM = 0x73776565
_EYES = FIVE.indices("left_eye", "right_eye")


class Draw(NamedTuple):
    """What a face gets of one repeat, the same at every level.

    Parameters
    ----------
    each : (5,) complex128
        A standard normal number in x and in y for each point.
    common : complex
        The same for all points together.
    side : int
        1 for visible faces, −1 for thermal ones.
    """

    each: ComplexArray
    common: complex
    side: int


Move = Callable[[ComplexArray, float, Draw], ComplexArray]
"""(points over the vector between the eyes, level, draw) → the moved points, in the same unit."""


class Kind(NamedTuple):
    """A way to move points.

    Parameters
    ----------
    summary : str
        What its level σ is.
    move : Move
        How.
    drawn : bool
        Whether it draws at all: repeats of what does not are all the same.
    """

    summary: str
    move: Move
    drawn: bool = True


def _jitter(*names: str) -> Move:
    chosen = np.isin(POINTS, names or POINTS)
    return lambda points, level, draw: points + level * draw.each * chosen


def _shift(direction: complex) -> Move:
    def move(points: ComplexArray, level: float, draw: Draw) -> ComplexArray:
        size = (draw.common * np.conj(direction)).real
        moved: ComplexArray = points + level * size * direction
        return moved

    return move


def _turn(points: ComplexArray, level: float, draw: Draw) -> ComplexArray:
    centre = np.nanmean(points)
    moved: ComplexArray = centre + (points - centre) * np.exp(1j * level * draw.common.real)
    return moved


def _grow(points: ComplexArray, level: float, draw: Draw) -> ComplexArray:
    centre = np.nanmean(points)
    moved: ComplexArray = centre + (points - centre) * np.exp(level * draw.common.real)
    return moved


def _bias(direction: complex, *, opposite: bool = False) -> Move:
    return lambda points, level, draw: points + level * direction * (draw.side if opposite else 1)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "jitter": Kind("every point by itself: standard deviation in x and in y", _jitter()),
        "shift_x": Kind("all points together, across the face: standard deviation", _shift(1)),
        "shift_y": Kind("all points together, down the face: standard deviation", _shift(1j)),
        "rotation": Kind("round the points' mean: standard deviation in radians", _turn),
        "scale": Kind("about the points' mean: standard deviation of the logarithm", _grow),
        **{
            name: Kind("one point: standard deviation in x and in y", _jitter(name))
            for name in POINTS
        },
        "eyes": Kind(
            "both eyes, each by itself: standard deviation in x and in y",
            _jitter("left_eye", "right_eye"),
        ),
        "mouth": Kind(
            "both corners, each by itself: standard deviation in x and in y",
            _jitter("left_mouth", "right_mouth"),
        ),
        "bias_x": Kind("every face alike, to the right", _bias(1), drawn=False),
        "bias_y": Kind("every face alike, downwards", _bias(1j), drawn=False),
        "opposite_x": Kind(
            "every face alike, visible ones to the right and thermal ones to the left",
            _bias(1, opposite=True),
            drawn=False,
        ),
        "opposite_y": Kind(
            "every face alike, visible ones downwards and thermal ones upwards",
            _bias(1j, opposite=True),
            drawn=False,
        ),
    }
)
"""Every kind by name. A level is in eye distances; a rotation by 0.1 or a scale by e^0.1 moves what
is one eye distance away from the centre by a tenth of it.
"""


def kind_named(name: str) -> Kind:
    """A kind of `KINDS`.

    Raises
    ------
    UnknownNameError
        No such kind.
    """
    if name not in KINDS:
        raise UnknownNameError("kind of perturbation", name, KINDS)
    return KINDS[name]


def draw_of(face: Face, seed: int, repeat: int) -> Draw:
    """The draws of a face, which are those of every face of the same instant.

    The instant is the face's attribute ``pair``; a face without one has its own.
    """
    instant = str(face.attributes.get("pair", face.id))
    key = (_STREAM, repeat, *instant.encode("utf-8", "backslashreplace"))
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
    normal = rng.standard_normal((len(POINTS) + 1, 2)) @ np.array([1, 1j])
    side = 1 if face.modality is Modality.VISIBLE else -1
    return Draw(normal[:-1], complex(normal[-1]), side)


@dataclass(frozen=True, eq=False)
class Framed:
    """The five points of a face as complex numbers, and the vector between its eyes.

    Parameters
    ----------
    points : (5,) complex128
        In pixels; NaN where a point is not known.
    """

    points: ComplexArray

    @classmethod
    def of(cls, landmarks: Landmarks) -> "Framed":
        """From landmarks of any scheme that has some of the five points."""
        points = np.full(len(POINTS), complex(np.nan, np.nan))
        indices, known = landmarks.common(FIVE)
        points[list(indices)] = known @ np.array([1, 1j])
        return cls(points)

    @property
    def eyes(self) -> complex:
        """The vector from the left to the right eye in pixels; NaN without both."""
        left, right = self.points[list(_EYES)]
        return complex(right - left)

    @property
    def framed(self) -> bool:
        """Whether there is such a vector, and it has a length."""
        return bool(np.isfinite(self.eyes)) and abs(self.eyes) > 0

    def landmarks(self) -> Landmarks:
        """As landmarks of the scheme ``five``."""
        return Landmarks(np.column_stack([self.points.real, self.points.imag]), FIVE)

    def moved(self, move: Move, level: float, draw: Draw) -> "Framed":
        """The points after a move; they must be `framed`."""
        return Framed(self.eyes * move(self.points / self.eyes, level, draw))


def perturbed(landmarks: Landmarks, kind: str, level: float, draw: Draw) -> Landmarks | None:
    """The five points of alignment, moved.

    Parameters
    ----------
    landmarks : Landmarks
        Where they are.
    kind : str
        See `KINDS`.
    level : float
        In eye distances of these landmarks.
    draw : Draw
        See `draw_of`.

    Returns
    -------
    Landmarks or None
        Of the scheme ``five``; None without both eyes, which the level is in units of.

    Raises
    ------
    UnknownNameError
        No such kind.

    Examples
    --------
    >>> face = Landmarks([[0, 0], [60, 0], [30, 30], [10, 60], [50, 60]], FIVE)
    >>> perturbed(face, "bias_y", 0.1, Draw(np.zeros(5, complex), 0, 1)).points[0].tolist()
    [0.0, 6.0]
    """
    move, own = kind_named(kind).move, Framed.of(landmarks)
    return own.moved(move, level, draw).landmarks() if own.framed else None


def residual(landmarks: Landmarks, truth: Landmarks) -> ComplexArray | None:
    """(5,) how far off points are, in the frame and the eye distances of the true ones.

    None where the true ones have no eyes; NaN at points that either lacks.
    """
    own = Framed.of(truth)
    return (Framed.of(landmarks).points - own.points) / own.eyes if own.framed else None


class Parts(NamedTuple):
    """A residual in parts: what a similarity does to all points, and what is left.

    The similarity is that which takes the true points nearest to the others (least squares).

    Parameters
    ----------
    shift : complex
        Of the points' mean, in eye distances.
    rotation : float
        In radians, positive from x to y.
    log_scale : float
        Natural logarithm of the scale.
    centre : complex
        The mean of the true points, about which it turns and grows, over the vector between the
        eyes.
    shape : (5,) complex128
        What no similarity explains, in eye distances.
    """

    shift: complex
    rotation: float
    log_scale: float
    centre: complex
    shape: ComplexArray


def parts_of(off: ComplexArray, points: ComplexArray) -> Parts:
    """A residual's parts, over the points that are known in both; two at least.

    Parameters
    ----------
    off : (5,) complex128
        See `residual`. A point that is NaN there has no residual shape (0).
    points : (5,) complex128
        The true points over the vector between the eyes.
    """
    known = np.isfinite(off) & np.isfinite(points)
    centre, mean = points[known].mean(), off[known].mean()
    around = points - centre
    own = around[known]
    ratio = 1 + complex(np.vdot(own, off[known] - mean) / np.vdot(own, own).real)
    shape = np.where(known, off - mean - (ratio - 1) * around, 0)
    return Parts(complex(mean), float(np.angle(ratio)), float(np.log(abs(ratio))), centre, shape)


def _only_shift(part: Parts, around: ComplexArray) -> ComplexArray:
    return np.full_like(around, part.shift)


def _only_shape(part: Parts, around: ComplexArray) -> ComplexArray:
    return part.shape


PARTS: Mapping[str, Callable[[Parts, ComplexArray], ComplexArray]] = MappingProxyType(
    {
        "shift": _only_shift,
        "rotation": lambda part, around: around * (np.exp(1j * part.rotation) - 1),
        "scale": lambda part, around: around * (np.exp(part.log_scale) - 1),
        "shape": _only_shape,
    }
)
"""A part of a residual as a displacement of the points, which are given about the centre."""


def part_alone(off: ComplexArray, truth: Framed, part: str) -> Framed:
    """True points with one part of a residual only.

    Parameters
    ----------
    off : (5,) complex128
        See `residual`.
    truth : Framed
        The true points.
    part : str
        One of `PARTS`.
    """
    points = truth.points / truth.eyes
    found = parts_of(off, points)
    alone = PARTS[part](found, points - found.centre)
    return Framed(truth.eyes * (points + alone))


def donors(
    strata: Sequence[str], subjects: Sequence[str], seed: int, repeat: int
) -> NDArray[np.intp]:
    """Whose residual each face gets: that of another subject's face of the same stratum.

    Parameters
    ----------
    strata, subjects : sequence of str
        Of each face.
    seed, repeat : int
        Of the draws.

    Returns
    -------
    (N,) int
        Any face of the stratum where all of them are of one subject.
    """
    key = (_STREAM, 0x72657073, repeat)
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
    of, who = np.asarray(strata), np.asarray(subjects)
    chosen = np.empty(len(of), dtype=np.intp)
    for i in range(len(of)):
        within = np.flatnonzero(of == of[i])
        others = within[who[within] != who[i]]
        chosen[i] = rng.choice(others if len(others) else within)
    return chosen
