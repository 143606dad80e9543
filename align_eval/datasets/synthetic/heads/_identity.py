"""How people differ: one mode for each measurement, some for character, the rest at random.

A measurement's mode changes that measurement by one published standard deviation and no other, to
first order; the modes of character and the random fields change none. A population with standard
normal weights therefore has the published means and deviations.
"""

from dataclasses import dataclass

import numpy as np

from align_eval.datasets.synthetic.heads._assembly import Assembly, Organ
from align_eval.datasets.synthetic.heads._farkas import effects
from align_eval.datasets.synthetic.heads._fields import (
    MIRROR,
    Push,
    along_lids,
    eye_centres,
    mixed,
    pushed,
    smoothstep,
    with_rigid_eyes,
)
from align_eval.datasets.synthetic.heads._sphere import Array

# What moves for each measurement, in the order of `MEASUREMENTS`; only the pattern counts.
_MEASURED = {
    "head width": [Push((1.2, -0.6, 1.5), (0.5, 0.9, 0.9), (1, 0, 0))],
    "head length": [Push((0, -0.3, 2.8), (1.2, 1.1, 0.9), (0, 0, 1))],
    "forehead width": [Push((0.95, -0.5, 0.35), (0.35, 0.4, 0.45), (1, 0, 0))],
    "face width": [Push((1.1, 0.35, 0.6), (0.35, 0.42, 0.6), (1, 0, 0))],
    "mandible width": [Push((0.9, 1.3, 0.75), (0.35, 0.4, 0.6), (1, 0, 0))],
    "mandible height": [Push((0, 1.85, 0.1), (0.7, 0.4, 0.8), (0, 1, 0))],
    "nose height": [Push((0, 0.65, -0.4), (0.45, 0.24, 0.5), (0, 1, 0))],
    "nose width": [Push((0.26, 0.58, -0.3), (0.13, 0.17, 0.3), (1, 0, 0))],
    "nasal tip protrusion": [Push((0, 0.42, -0.72), (0.15, 0.22, 0.24), (0, 0, -1))],
    "upper lip height": [Push((0, 1.03, -0.3), (0.45, 0.2, 0.5), (0, 1, 0))],
    "upper vermilion height": [Push((0, 0.9, -0.4), (0.35, 0.07, 0.3), (0, -1, -0.4))],
    "lower vermilion height": [Push((0, 1.2, -0.37), (0.35, 0.09, 0.3), (0, 1, -0.4))],
    "mouth width": [Push((0.42, 1.04, -0.15), (0.2, 0.22, 0.3), (1, 0, 0.3))],
    "intercanthal width": [Push((0.5, 0, 0.1), (0.35, 0.35, 0.5), (1, 0, 0))],
}
_OUTER_EYE = [Push((0.73, 0.0, 0.1), (0.14, 0.2, 0.3), (0.025, 0, 0.008))]
_LID_OPENING = [
    Push((0.5, -0.1, 0.0), (0.16, 0.05, 0.2), (0, -0.014, 0)),
    Push((0.5, 0.08, 0.0), (0.16, 0.05, 0.2), (0, 0.006, 0)),
]

# Modes of character at one standard deviation.
_CHARACTER = {
    "skull height": [Push((0, -1.9, 1.3), (1.2, 0.7, 1.3), (0, -0.075, 0))],
    "brow ridge": [Push((0.35, -0.33, -0.15), (0.4, 0.13, 0.3), (0, 0.007, -0.034))],
    "brow height": [Push((0.5, -0.36, -0.1), (0.45, 0.13, 0.4), (0, -0.034, 0))],
    "brow slant": [
        Push((0.85, -0.28, 0.1), (0.22, 0.14, 0.3), (0, -0.03, 0)),
        Push((0.2, -0.33, -0.18), (0.2, 0.14, 0.3), (0, 0.019, 0)),
    ],
    "eye depth": [Push((0.5, 0, 0.1), (0.3, 0.22, 0.4), (0, 0, 0.034))],
    "eye height": [Push((0.5, 0, 0.1), (0.4, 0.3, 0.5), (0, 0.022, 0))],
    "forehead slope": [Push((0, -1.0, 0.1), (0.8, 0.4, 0.6), (0, 0, 0.068))],
    "nasion depth": [Push((0, -0.06, -0.18), (0.14, 0.16, 0.25), (0, 0, 0.03))],
    "nose bridge": [Push((0, 0.24, -0.38), (0.12, 0.13, 0.25), (0, 0, -0.038))],
    "nose breadth": [Push((0.14, 0.22, -0.2), (0.09, 0.2, 0.2), (0.022, 0, 0))],
    "nose tip rise": [Push((0, 0.53, -0.62), (0.17, 0.13, 0.22), (0, -0.023, 0))],
    "nose tip breadth": [Push((0.1, 0.52, -0.58), (0.07, 0.09, 0.12), (0.019, 0, 0.004))],
    "nostril rise": [Push((0.22, 0.6, -0.36), (0.1, 0.09, 0.18), (0, -0.022, 0))],
    "cheekbones": [Push((0.78, 0.3, 0.05), (0.25, 0.2, 0.35), (0.022, 0, -0.034))],
    "cheek fullness": [Push((0.68, 0.85, 0.02), (0.27, 0.27, 0.35), (0.034, 0, -0.041))],
    "under the eye": [Push((0.48, 0.25, -0.03), (0.22, 0.12, 0.25), (0, 0, 0.022))],
    "lip protrusion": [Push((0, 1.03, -0.4), (0.32, 0.15, 0.3), (0, 0, -0.017))],
    "upper lip set": [Push((0, 0.95, -0.4), (0.3, 0.1, 0.3), (0, 0, -0.011))],
    "mouth curve": [Push((0.4, 1.05, -0.2), (0.13, 0.13, 0.25), (0, -0.017, 0))],
    "chin protrusion": [Push((0, 1.65, -0.28), (0.35, 0.25, 0.4), (0, 0, -0.039))],
    "chin breadth": [Push((0.32, 1.65, -0.15), (0.2, 0.2, 0.35), (0.038, 0, 0))],
    "jaw angle": [Push((0.88, 1.4, 0.8), (0.25, 0.25, 0.4), (0, 0.068, 0.015))],
    "midface": [Push((0, 0.6, -0.2), (0.55, 0.45, 0.5), (0, 0, -0.03))],
    "temples": [Push((1.0, -0.2, 0.5), (0.22, 0.35, 0.35), (0.03, 0, 0))],
    "neck width": [Push((0.85, 2.4, 1.5), (0.5, 0.6, 1.0), (0.068, 0, 0))],
}
_CANTHAL_TILT = [
    Push((0.7, 0, 0.1), (0.13, 0.12, 0.25), (0, -0.03, 0)),
    Push((0.3, 0.02, 0.05), (0.1, 0.1, 0.2), (0, 0.014, 0)),
]
_EAR_PROTRUSION = 0.06
_RANDOM, _WAVES = 16, 40
_STRENGTH, _SYMMETRY = 0.008, 0.9


def _ears(head: Assembly) -> tuple[Array, Array]:
    """Fields that lengthen the ears, and that turn them outwards."""
    middle = np.array([1.15, 0.22, 1.0])
    away = head.places * np.where(head.places[:, :1] < 0, MIRROR, 1.0) - middle
    ear = (head.organs == Organ.EAR)[:, None]
    longer = away * [0.4, 1.0, 0.6]
    out = smoothstep(away[:, 2:] / 0.5) * np.array([1.0, 0.0, -0.35])
    back = np.where(head.places[:, :1] < 0, MIRROR, 1.0)
    return ear * longer * back, ear * out * back


@dataclass(frozen=True, eq=False)
class _Waves:
    """A random smooth field: a sum of plane waves, nearly its own mirror image."""

    vectors: Array
    phases: Array
    amplitudes: Array

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "_Waves":
        """Waves of random direction, their lengths about two to five eye distances."""
        reach = rng.uniform(0.35, 0.8, size=(_WAVES, 1))
        return cls(
            rng.normal(size=(_WAVES, 3)) / reach,
            rng.uniform(0, 2 * np.pi, _WAVES),
            rng.normal(size=(_WAVES, 3)) / np.sqrt(_WAVES),
        )

    def at(self, places: Array) -> Array:
        """(N, 3) displacements."""
        here, there = self._one(places), self._one(places * MIRROR) * MIRROR
        both: Array = here + _SYMMETRY * there
        return both

    def _one(self, places: Array) -> Array:
        field: Array = np.cos(places @ self.vectors.T + self.phases) @ self.amplitudes
        return field


def _random(head: Assembly) -> Array:
    """(R, V, 3) random fields, weaker towards the back of the head."""
    rng = np.random.default_rng(1994)
    front = 1 - 0.6 * smoothstep((head.places[:, 2] - 0.6) / 1.2)
    waves = [_Waves.drawn(rng) for _ in range(_RANDOM)]
    fields = [with_rigid_eyes(head, w.at(head.places), w.at(eye_centres())) for w in waves]
    return _STRENGTH * front[:, None] * np.stack(fields)


def identity_modes(head: Assembly) -> Array:
    """(I, V, 3) modes, the measurements first; weights are standard normal."""
    ear_length, ear_turn = _ears(head)
    measured = [mixed(head, pushes) for pushes in _MEASURED.values()]
    measured += [
        along_lids(head, pushed(head.places, pushes)) for pushes in (_OUTER_EYE, _LID_OPENING)
    ]
    pattern = np.stack([*measured, ear_length])
    pure = np.tensordot(np.linalg.inv(effects(head, pattern)), pattern, 1)
    others = [mixed(head, pushes) for pushes in _CHARACTER.values()]
    others += [along_lids(head, pushed(head.places, _CANTHAL_TILT)), _EAR_PROTRUSION * ear_turn]
    free = np.concatenate([np.stack(others), _random(head)])
    free -= np.tensordot(effects(head, free), pure, 1)
    return np.concatenate([pure, free])
