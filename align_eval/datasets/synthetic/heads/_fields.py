"""Smooth displacements of the parametric head, made of Gaussian pushes that keep the eyes whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._assembly import Assembly, Organ
from align_eval.datasets.synthetic.heads._sphere import Array

Triple = tuple[float, float, float]
_NEAR_EYE, _FAR_FROM_EYE = 0.27, 0.62
MIRROR = np.array([-1.0, 1.0, 1.0])


def smoothstep(x: Array) -> Array:
    """0 below 0, 1 above 1, and a cubic between."""
    t = np.clip(x, 0.0, 1.0)
    step: Array = t * t * (3 - 2 * t)
    return step


@dataclass(frozen=True)
class Push:
    """A displacement that is largest at a place and fades as a Gaussian.

    Parameters
    ----------
    centre, radius, vector : 3 floats
        In eye distances, for the image's right side; the radius is the Gaussian's σ along each
        axis.
    """

    centre: Triple
    radius: Triple
    vector: Triple

    def at(self, places: Array) -> Array:
        """(N, 3) displacements."""
        away = (places - self.centre) / self.radius
        near = np.exp(-0.5 * (away**2).sum(axis=-1, keepdims=True))
        moved: Array = near * np.array(self.vector)
        return moved

    def mirrored(self, places: Array) -> Array:
        """(N, 3) displacements of the mirror image of the push."""
        moved: Array = self.at(places * MIRROR) * MIRROR
        return moved


def pushed(places: Array, pushes: Sequence[Push], sides: str = "LR") -> Array:
    """The sum of pushes on both sides, or on the subject's left or right."""
    total = np.zeros_like(places)
    for push in pushes:
        if "L" in sides:
            total += push.at(places)
        if "R" in sides:
            total += push.mirrored(places)
    return total


def eye_centres() -> Array:
    """(2, 3) centres of the eyeballs: the image's right, then its left."""
    right = anatomy.EYEBALL
    return np.stack([right, right * MIRROR])


def with_rigid_eyes(head: Assembly, field: Array, at_eyes: Array) -> Array:
    """A field whose eyeballs and lids move as one with the field at the (2, 3) eye centres."""
    result = field.copy()
    for centre, shift in zip(eye_centres(), at_eyes, strict=True):
        away = np.linalg.norm(head.places - centre, axis=1)
        near = 1 - smoothstep((away - _NEAR_EYE) / (_FAR_FROM_EYE - _NEAR_EYE))
        ball = (head.organs == Organ.EYEBALL) & (away < 0.5)
        near = np.where(ball, 1.0, near)[:, None]
        result += near * (shift - result)
    return result


def mixed(head: Assembly, pushes: Sequence[Push]) -> Array:
    """(V, 3) symmetric field of pushes, with rigid eyes."""
    return with_rigid_eyes(head, pushed(head.places, pushes), pushed(eye_centres(), pushes))


def along_lids(head: Assembly, field: Array) -> Array:
    """A field near the eyes bent so that lids keep their distance from the eyeball's centre."""
    result = field.copy()
    for centre in eye_centres():
        away = head.places - centre
        length = np.linalg.norm(away, axis=1, keepdims=True)
        moved = away + field
        kept = moved * length / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        near = 1 - smoothstep((length - 0.25) / 0.15)
        result = np.where(length < 0.5, result + near * (kept - away - result), result)
    result[head.organs == Organ.EYEBALL] = 0.0
    return result
