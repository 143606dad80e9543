"""The 21 variations of VIS-TH, and the parameters of every image that is rendered.

The acronyms are those of Table 1 in Keong et al., *DMSL: Dual-Modality Spatial Learning*, 2021,
and of Mallat and Dugelay's VIS-TH (BIOSIG 2018). Left and right are the image's: PL turns the
face to the image's left, LLL lights it from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from align_eval.datasets.synthetic.camera import Pose
from align_eval.datasets.synthetic.light import LightName
from align_eval.errors import ConfigError, UnknownNameError

_STREAM = 51  # keeps these numbers apart from those that other modules draw for the same shot
_MIDDLE = 0.25  # what height of the face, in eye distances below the eyes, is centred
_PIVOT = (0.0, 1.0, 1.4)
_OCCLUDED_DAMPING = 0.3  # a hand does not stay on a mouth that moves


@dataclass(frozen=True)
class Variation:
    """What a variation changes against the neutral, frontal, lit face.

    Parameters
    ----------
    acronym, description, kind : str
        As in the paper's table; `kind` is Expression, Action, Pose, Occlusion or Light.
    expression : tuple of (str, float)
        Blend shape and weight.
    yaw, pitch : float
        Degrees, see `camera.Pose`.
    occluder : str
        A key of `occluders.OCCLUDERS`, or ``""``.
    light : str
        A preset of `light.light_of`.
    """

    acronym: str
    description: str
    kind: str
    expression: tuple[tuple[str, float], ...] = ()
    yaw: float = 0.0
    pitch: float = 0.0
    occluder: str = ""
    light: LightName = "frontal"


def _both(**weights: float) -> tuple[tuple[str, float], ...]:
    """Each weight for the subject's left and right side."""
    return tuple((f"{name}_{side}", weight) for name, weight in weights.items() for side in "LR")


_TURN, _NOD = 20.0, 20.0
_ALL = (
    Variation("NN", "neutral", "Expression"),
    Variation(
        "EH",
        "happy",
        "Expression",
        (
            *_both(mouthSmile=0.58, cheekSquint=0.5, mouthUpperUp=0.25, eyeSquint=0.2),
            ("jawOpen", 0.05),
        ),
    ),
    Variation(
        "EA",
        "angry",
        "Expression",
        _both(browDown=0.9, eyeSquint=0.35, noseSneer=0.35, mouthPress=0.45, mouthFrown=0.25),
    ),
    Variation(
        "ES",
        "sad",
        "Expression",
        (*_both(browInnerUp=0.8, mouthFrown=0.5, browDown=0.15), ("mouthShrugLower", 0.4)),
    ),
    Variation(
        "ESp",
        "surprised",
        "Expression",
        (*_both(browInnerUp=0.85, browOuterUp=0.85, eyeWide=0.75), ("jawOpen", 0.25)),
    ),
    Variation("AEC", "eyes closed", "Action", _both(eyeBlink=1.0)),
    Variation("AOM", "open mouth", "Action", (("jawOpen", 0.5),)),
    Variation("PU", "look up", "Pose", pitch=-_NOD),
    Variation("PD", "look down", "Pose", pitch=_NOD),
    Variation("PL", "look left", "Pose", yaw=-_TURN),
    Variation("PR", "look right", "Pose", yaw=_TURN),
    Variation("OOG", "optical glasses", "Occlusion", occluder="glasses"),
    Variation("OSG", "sunglasses", "Occlusion", occluder="sunglasses"),
    Variation("OH", "hat", "Occlusion", occluder="hat"),
    Variation("OHM", "hand on mouth", "Occlusion", occluder="hand_on_mouth"),
    Variation("OHE", "hand on eye", "Occlusion", occluder="hand_on_eye"),
    Variation("LLU", "light up", "Light", light="up"),
    Variation("LLR", "light right", "Light", light="right"),
    Variation("LLL", "light left", "Light", light="left"),
    Variation("LD", "dark", "Light", light="dark"),
    Variation("LR", "room light", "Light", light="room"),
)

VARIATIONS: Mapping[str, Variation] = {variation.acronym: variation for variation in _ALL}
_NUMBER = {name: i for i, name in enumerate(VARIATIONS)}

# Sets of variations by name: all 21, those that a visible camera sees, and of these the ones in
# which nothing hides the face.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(VARIATIONS),
    "lit": tuple(v.acronym for v in _ALL if v.light != "dark"),
    "clear": tuple(v.acronym for v in _ALL if v.light != "dark" and not v.occluder),
}


@dataclass(frozen=True)
class Spread:
    """How far images of one variation differ: the half-widths of uniform distributions.

    The defaults for roll and stand give the standard deviations of the published annotations of
    VIS-TH: 2.6 degrees, and 10 % of the eye distance, people's own differences included.

    Parameters
    ----------
    yaw, pitch, roll : float
        Degrees.
    scale : float
        As a fraction of the eye distance.
    stand : float
        The same, of where the person stands in a session.
    shift : float
        Eye distances, in either direction.
    turn : float
        Degrees around the 20 that a pose variation turns or nods.
    expression : float
        As a fraction of an expression's weights.
    stray : float
        The largest weight of small movements that no variation asks for.
    """

    yaw: float = 4.0
    pitch: float = 3.0
    roll: float = 4.5
    scale: float = 0.04
    stand: float = 0.10
    shift: float = 0.12
    turn: float = 2.5
    expression: float = 0.2
    stray: float = 0.08


SPREADS: Mapping[str, Spread] = {
    "still": Spread(0, 0, 0, 0, 0, 0, 0, 0, 0),
    "vis_th": Spread(),
    "training": Spread(25.0, 15.0, 20.0, 0.1, 0.2, 0.35, 8.0, 0.4, 0.25),
}


@dataclass(frozen=True)
class Shot:
    """Every parameter of one image pair, beside the person and the camera's resolution.

    Parameters
    ----------
    seed, subject, session, repeat : int
        Who, in which session, and which of several images of the variation.
    variation : str
        A key of `VARIATIONS`.
    expression : tuple of (str, float)
        Blend shape and weight.
    yaw, pitch, roll : float
        Degrees, see `camera.Pose`.
    scale : float
        Factor on the nominal eye distance in pixels.
    shift : tuple of float
        Where the face is off the image's middle, in eye distances (x right, y down).
    distance : float
        Of the eyes from the camera, in eye distances.
    occluder : str
        A key of `occluders.OCCLUDERS`, or ``""``.
    light : str
        A light preset.
    """

    seed: int
    subject: int
    session: int
    variation: str
    repeat: int
    expression: tuple[tuple[str, float], ...]
    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: tuple[float, float]
    distance: float
    occluder: str
    light: LightName

    @property
    def pose(self) -> Pose:
        """The head before the camera: a frontal face is centred a little below the eyes."""
        x, y = self.shift
        place = (x, _PIVOT[1] - _MIDDLE + y, self.distance + _PIVOT[2])
        return Pose(self.yaw, self.pitch, self.roll, place, _PIVOT)

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator of this shot's own for one purpose; purposes are small numbers."""
        return _rng(self.seed, *self._key, purpose)

    @property
    def _key(self) -> tuple[int, ...]:
        return self.subject, self.session, _NUMBER[self.variation], self.repeat

    def to_json(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Shot":
        """A shot from what `to_json` gave, possibly through a file.

        Examples
        --------
        >>> shot = shot_of(7, 3, 0, "EH")
        >>> Shot.from_json(shot.to_json()) == shot
        True
        """
        expression = tuple((str(name), float(weight)) for name, weight in given["expression"])
        x, y = given["shift"]
        return cls(**{**given, "expression": expression, "shift": (float(x), float(y))})


def variation_named(acronym: str) -> Variation:
    """A variation by its acronym.

    Raises
    ------
    UnknownNameError
        None of the 21.
    """
    if acronym not in VARIATIONS:
        raise UnknownNameError("variation", acronym, VARIATIONS)
    return VARIATIONS[acronym]


def variations_named(given: str | Sequence[str]) -> tuple[str, ...]:
    """Acronyms in table order.

    Parameters
    ----------
    given : str or sequence of str
        One of `GROUPS`, acronyms separated by spaces or commas, or a list of them.

    Raises
    ------
    UnknownNameError
        An acronym that is none of the 21.
    ConfigError
        None at all.

    Examples
    --------
    >>> variations_named("EH NN"), len(variations_named("all")), len(variations_named("clear"))
    (('NN', 'EH'), 21, 15)
    """
    if isinstance(given, str) and given in GROUPS:
        return GROUPS[given]
    names = given.replace(",", " ").split() if isinstance(given, str) else list(given)
    if not names:
        raise ConfigError("variations want 'all' or at least one acronym, got none")
    chosen = {variation_named(name).acronym for name in names}
    return tuple(name for name in VARIATIONS if name in chosen)


def shot_of(
    seed: int,
    subject: int,
    session: int,
    variation: str,
    repeat: int = 0,
    spread: Spread = SPREADS["vis_th"],
) -> Shot:
    """The parameters of an image; they depend on the arguments alone.

    Parameters
    ----------
    seed, subject, session, repeat : int
        See `Shot`.
    variation : str
        An acronym.
    spread : Spread
        How far it may lie from the variation's own pose and expression.

    Raises
    ------
    UnknownNameError
        An unknown acronym.

    Examples
    --------
    >>> shot = shot_of(7, 0, 0, "PL")
    >>> -22.5 <= shot.yaw <= -17.5, shot.occluder, shot.light
    (True, '', 'frontal')
    """
    kind = variation_named(variation)
    rng = _rng(seed, subject, session, _NUMBER[variation], repeat, 0)
    # Always as many draws: what one parameter does must not move the others.
    yaw, pitch, roll, scale, x, y, turn = rng.uniform(-1, 1, 7).tolist()
    distance = float(rng.uniform(9, 14))
    stand = float(_rng(seed, subject, session).uniform(-1, 1))
    strength = 1 + spread.expression * float(rng.uniform(-1, 1))
    wide = 1.0 if kind.kind != "Occlusion" else 0.5
    return Shot(
        seed,
        subject,
        session,
        variation,
        repeat,
        _expression(kind, strength, spread.stray, rng),
        kind.yaw + (spread.turn * turn if kind.yaw else wide * spread.yaw * yaw),
        kind.pitch + (spread.turn * turn if kind.pitch else wide * spread.pitch * pitch),
        spread.roll * roll,
        (1 + spread.scale * scale) * (1 + spread.stand * stand),
        (spread.shift * x, spread.shift * y),
        distance,
        kind.occluder,
        kind.light,
    )


_STRAY = ("browInnerUp", "eyeBlink", "mouthSmile", "browOuterUp", "mouthPress")


def _expression(
    kind: Variation, strength: float, stray: float, rng: np.random.Generator
) -> tuple[tuple[str, float], ...]:
    if kind.occluder.startswith("hand"):
        stray *= _OCCLUDED_DAMPING
    weights = {
        f"{name}_{side}": stray * float(weight) * float(lean)
        for name, weight in zip(_STRAY, rng.uniform(0, 1, len(_STRAY)), strict=True)
        for side, lean in zip("LR", rng.uniform(0.8, 1.2, 2), strict=True)
    }
    weights["jawOpen"] = 0.25 * stray * float(rng.uniform(0, 1))
    for name, weight in kind.expression:
        own = weight if name.startswith("eyeBlink") else weight * strength
        weights[name] = min(1.0, own * float(rng.uniform(0.92, 1.08)))
    return tuple((name, round(weight, 6)) for name, weight in weights.items() if weight > 0)


def _rng(seed: int, *key: int) -> np.random.Generator:
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(_STREAM, *key))
    return np.random.default_rng(sequence)
