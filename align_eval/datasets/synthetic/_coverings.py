"""The temperatures of what is not bare skin: eyes and mouth, hair, cloth, glasses, hats, hands.

Each is a function of its own canonical places, so that patterns stay on it. Things without blood
settle between the room and the skin that they lie on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._thermal_state import ThermalState, rng_of
from align_eval.datasets.synthetic.mesh import HeadModel, Part
from align_eval.datasets.synthetic.person import Person

Values = NDArray[np.float32]

_SKIN = np.float32(33.5)
_WAVES = 9
_FINGERTIPS = -2.9  # y of the middle finger's tip on a hand, whose wrist is the origin


@dataclass(frozen=True, eq=False)
class Covered:
    """The pixels of one part.

    Parameters
    ----------
    places : (N, 3) float32
        Canonical, in the part's own frame.
    under : (N,) float32
        °C of the skin's map there (of use where the part lies on the head).
    near : (N,) float32
        How much bare skin is around, 0 to 1.
    head, person, state
        Whose, and when.
    """

    places: Values
    under: Values
    near: Values
    head: HeadModel
    person: Person
    state: ThermalState

    def between(self, share: Values | float) -> Values:
        """The room's temperature plus a share of the way to the skin's."""
        room = np.float32(self.state.ambient)
        found: Values = room + np.asarray(share, dtype=np.float32) * (_SKIN - room)
        return found

    def ripple(self, wave: float, celsius: float, purpose: int) -> Values:
        """(N,) smooth noise in space, of a wavelength in eye distances and a deviation in °C."""
        rng = rng_of(self.state.seed, self.state.subject, 7, self.state.session, purpose)
        turns = rng.normal(0, 2 * np.pi / wave / np.sqrt(3), (3, _WAVES)).astype(np.float32)
        phases = rng.uniform(0, 2 * np.pi, _WAVES).astype(np.float32)
        waves = np.sin(self.places @ turns + phases).sum(axis=1)
        found: Values = np.float32(celsius / np.sqrt(_WAVES / 2)) * waves
        return found


def _eyeball(c: Covered) -> Values:
    """The cornea has no vessels and evaporates tears: cooler than the white around it."""
    eye = c.head.anchors[36:42].mean(axis=0)
    away = np.abs(c.places[:, 0]) - np.abs(eye[0])
    near = np.exp(-(away**2 + (c.places[:, 1] - eye[1]) ** 2) / np.float32(2 * 0.09**2))
    celsius: Values = np.float32(34.4 + c.state.core) - np.float32(0.6) * near
    return celsius


def _mouth(c: Covered) -> Values:
    celsius: Values = _deeper(c, 35.2, 35.9)
    return celsius


def _teeth(c: Covered) -> Values:
    celsius: Values = _deeper(c, 33.6, 35.2)
    return celsius


def _deeper(c: Covered, front: float, back: float) -> Values:
    """Warmer the further behind the lips."""
    depth = np.clip(c.places[:, 2] - c.head.anchors[62, 2], 0, 0.5) * 2
    celsius: Values = np.float32(front) + np.float32(back - front) * depth
    return celsius + np.float32(c.state.core + 0.3 * c.state.breath)


def _socket(c: Covered) -> Values:
    return np.full(len(c.places), 35.0 + c.state.core, dtype=np.float32)


def _hair(c: Covered) -> Values:
    """Dense hair is a little above the room; near bare skin it is thin and lets warmth through."""
    share = 0.22 / c.person.hair.volume + 0.45 * c.near**2
    return c.between(share) + c.ripple(0.5, 0.35, 0) + c.ripple(0.12, 0.15, 1)


def _cloth(c: Covered) -> Values:
    return c.between(0.48 + 0.25 * c.near) + c.ripple(1.4, 0.4, 2) + c.ripple(0.4, 0.15, 3)


def _frame(c: Covered) -> Values:
    return c.between(0.25 + 0.2 * c.near)


def _lens(c: Covered) -> Values:
    """Glass and plastic are opaque here, whether dark or clear."""
    return c.between(0.22) + c.ripple(0.8, 0.25, 4)


def _hat(c: Covered) -> Values:
    """The crown is warmed by the head, least at its top; visor and brim stand in the room's air."""
    layer, level = c.places[:, 2], np.clip(-c.places[:, 1] / np.float32(1.4), 0, 1)
    brim, lining = (layer >= 1) & (layer < 2), layer >= 3
    share = np.where(brim, np.float32(0.22), 0.42 - 0.14 * level)
    share = np.where(lining, np.float32(0.75), share)
    return c.between(share + 0.1 * c.near) + c.ripple(0.8, 0.3, 5)


def _hand(c: Covered) -> Values:
    """Warm at the wrist and over the veins, cooler towards the fingertips."""
    x, y = c.places[:, 0], c.places[:, 1]
    out = np.clip((y + 0.9) / np.float32(_FINGERTIPS + 0.9), 0, 1)
    cold = np.float32(1.2 + max(0.0, 0.7 * c.state.chill))
    palm = np.float32(33.4 + c.state.core - 0.4 * c.state.chill)
    celsius: Values = palm - cold * out + c.ripple(0.7, 0.2, 6) + _veins(c, x, y)
    return celsius


def _veins(c: Covered, x: Values, y: Values) -> Values:
    """Between the bones of the hand's back, converging towards the wrist."""
    rng = rng_of(c.state.seed, c.state.subject, 8)
    fade = np.clip((y + 1.6) * 2, 0, 1)
    total = np.zeros_like(x)
    for knuckle in (-0.32, -0.02, 0.28):
        start, bend, phase, width = (
            rng.normal(knuckle, 0.05),
            rng.normal(0, 0.05),
            rng.uniform(0, 2 * np.pi),
            rng.uniform(0.03, 0.06),
        )
        line = start * np.clip(-y / 1.5, 0.4, 1) + bend * np.sin(4 * y + phase)
        total += np.exp(-((x - line) ** 2) / np.float32(2 * width**2))
    ridges: Values = (np.float32(0.6 * c.state.dilation) * fade * np.minimum(total, 1)).astype(
        np.float32
    )
    return ridges


COVERINGS: Mapping[Part, Callable[[Covered], Values]] = {
    Part.MOUTH: _mouth,
    Part.TEETH: _teeth,
    Part.TONGUE: _mouth,
    Part.EYE_SOCKET: _socket,
    Part.EYEBALL: _eyeball,
    Part.HAIR: _hair,
    Part.CLOTH: _cloth,
    Part.FRAME: _frame,
    Part.LENS: _lens,
    Part.HAT: _hat,
    Part.HAND: _hand,
}
