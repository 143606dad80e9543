"""A person's skin on the chart: colour, shine, relief, and where hair and lips cover it.

Colour comes from pigments: the density of melanin and of haemoglobin is painted, and the
reflectance is ``exp(−density)`` in three bands. Drawn once a person and kept for all images.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import _growth, _marks, chart
from align_eval.datasets.synthetic.mesh import HeadModel
from align_eval.datasets.synthetic.person import Person

Plane = NDArray[np.float32]

# Optical densities (R, G, B) of pale skin, and what melanin, blood and carotene add; chosen so
# that exp(−density) spans the reflectances measured from Fitzpatrick I to VI.
_PALE = np.array([0.36, 0.66, 0.88], np.float32)
_MELANIN = np.array([1.55, 1.98, 2.22], np.float32)
_BLOOD = np.array([0.04, 0.42, 0.30], np.float32)
_CAROTENE = np.array([0.00, 0.03, 0.24], np.float32)
_SHADOW = np.array([0.012, 0.010, 0.010], np.float32)  # between hairs
SHAPE = (chart.HEIGHT, chart.WIDTH)


@dataclass(frozen=True, eq=False)
class Complexion:
    """Textures on the chart.

    Parameters
    ----------
    colour : (H, W, 4) float32
        Linear RGB reflectance, and the strength of the shine.
    slope : (H, W, 2) float32
        Slope of the fine relief to the right and down.
    cover : (H, W, 4) float32
        0 to 1: brows, beard, lips, and hair of the scalp.
    """

    colour: Plane
    slope: Plane
    cover: Plane


@lru_cache(maxsize=4)
def complexion(head: HeadModel, person: Person) -> Complexion:
    """The complexion of a person (the same object for the same person and head)."""
    points = chart.pixels(head.anchors).astype(np.float64)
    cover = np.stack(
        [
            _growth.brows(SHAPE, points, person),
            _growth.beard(SHAPE, points, person),
            _marks.lips(SHAPE, points),
            _growth.scalp(SHAPE, person),
        ],
        axis=2,
    )
    colour = _skin(points, person, cover)
    colour = _covered(colour, cover, points, person)
    shine = _marks.shine(SHAPE, points, person, cover)
    slope = _marks.slope(SHAPE, points, person, cover)
    return Complexion(np.dstack([colour, shine]).astype(np.float32), slope, cover)


def skin_colour(person: Person) -> NDArray[np.float32]:
    """(3,) linear RGB reflectance of the person's skin without marks."""
    skin = person.skin
    density = _PALE + skin.melanin * _MELANIN + skin.blood * _BLOOD + skin.yellow * _CAROTENE
    colour: NDArray[np.float32] = np.exp(-density).astype(np.float32)
    return colour


def _skin(points: NDArray[np.float64], person: Person, cover: Plane) -> Plane:
    skin, rng = person.skin, person.rng(3)
    melanin = skin.melanin + _marks.melanin(SHAPE, points, person, rng)
    blood = skin.blood + _marks.blood(SHAPE, points, person, rng)
    lips = cover[..., 2] * (0.45 + 0.9 * person.lips.red)
    blood = blood + 1.7 * lips * (1 - 0.35 * skin.melanin)
    melanin = melanin + 0.10 * lips * (1 - skin.melanin)
    layers = [
        _PALE[k] + melanin * _MELANIN[k] + blood * _BLOOD[k] + skin.yellow * _CAROTENE[k]
        for k in range(3)
    ]
    colour: Plane = np.exp(-np.dstack(layers)).astype(np.float32)
    return colour


def _covered(colour: Plane, cover: Plane, points: NDArray[np.float64], person: Person) -> Plane:
    """Skin under make-up, then under hair."""
    worn = cover[..., 2:3] * np.float32(person.lips.cover)
    colour = _mixed(colour, np.array(person.lips.lipstick, np.float32), worn)
    colour = colour * (1 - _growth.eye_makeup(SHAPE, points, person)[..., None])
    lashes = _growth.lashes(SHAPE, points, person)[..., None]
    colour = _mixed(colour, _SHADOW, lashes)
    for k, hair in ((0, person.brows.colour), (1, person.beard.colour), (3, person.hair.colour)):
        # Roots lie in each other's shadow, and skin shows between them.
        colour = _mixed(colour, np.array(hair, np.float32) * 0.8, cover[..., k : k + 1])
    return colour


def _mixed(below: Plane, above: NDArray[np.float32], cover: Plane) -> Plane:
    mixed: Plane = below + (above - below) * cover
    return mixed
