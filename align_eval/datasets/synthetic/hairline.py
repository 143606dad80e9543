"""Where the hair of the head grows, on the chart of the head."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.person import Person

Values = NDArray[np.float32]

# The hairline of the mean head: forehead, temple, sideburn, round the ear, nape.
_AZIMUTH = (0, 20, 38, 50, 59, 65, 68, 72, 79, 84, 100, 107, 125, 180)
_ELEVATION = (-48, -49, -49, -42, -32, -16, -4, 2, 0, -19, -20, 6, 34, 40)
_DEGREES_PER_EYE_DISTANCE = 36.0
_RAGGED = 1.6
HANGING = ("bob", "long", "curly", "fringe")
FALLS_FROM = -4.0  # elevation in degrees below which hanging hair falls straight


def hairline(person: Person, degrees: Values) -> Values:
    """(M,) how far inside the hair (M, 2) azimuths and elevations lie, degrees; negative outside.

    The line follows the person's hairline, recession and style; the inside is above it.
    """
    side = np.abs(degrees[:, 0])
    line = np.interp(side, _AZIMUTH, _ELEVATION)
    hair = person.hair
    front = np.clip((62 - side) / 25, 0, 1)
    line -= front * _DEGREES_PER_EYE_DISTANCE * hair.hairline
    temple = np.exp(-0.5 * ((side - 36) / 13) ** 2)
    line -= temple * 13 * hair.recession
    if hair.style == "receding":
        line -= front * 9 + temple * 13
    line += _ragged(person, degrees[:, 0])
    inside: Values = (line - degrees[:, 1]).astype(np.float32)
    return inside


def scalp_density(person: Person, degrees: Values) -> Values:
    """(M,) 0 to 1: how densely hair grows, with soft edges; the tops of bald heads are bare."""
    inside = hairline(person, degrees)
    dense = np.clip((inside + 2.0) / 7.0, 0, 1)
    dense = dense * dense * (3 - 2 * dense)
    lost = {"bald": 0.95, "receding": 0.6}.get(person.hair.style, 0.0)
    density: Values = (dense * (1 - lost * _bare(degrees))).astype(np.float32)
    return density


def _bare(degrees: Values) -> Values:
    """(M,) 0 to 1: the top of the head from forehead to crown, where baldness begins."""
    high = np.clip((-degrees[:, 1] - 28) / 22, 0, 1)
    ahead = np.clip((118 - np.abs(degrees[:, 0])) / 40, 0, 1)
    bare: Values = (high * ahead).astype(np.float32)
    return bare


def _ragged(person: Person, azimuth: Values) -> Values:
    waves = person.rng(2).uniform(0, 2 * np.pi, 5)
    total = np.zeros_like(azimuth)
    for k, phase in enumerate(waves):
        total += np.sin(np.radians(azimuth) * (5 + 6.3 * k) + np.float32(phase)) / (1 + 0.4 * k)
    ragged: Values = total * np.float32(_RAGGED / 1.8)
    return ragged


def hair_extent(person: Person, degrees: Values) -> Values:
    """(M,) as `hairline`, but for the hair itself, which may hang below its roots."""
    inside = hairline(person, degrees)
    side, elevation = np.abs(degrees[:, 0]), degrees[:, 1]
    style = person.hair.style
    ragged = _ragged(person, degrees[:, 0] * 2.1)
    if style == "receding":
        inside = inside - 45 * _bare(degrees)
    if style == "fringe":
        reach = np.interp(side, (0, 34, 52, 62), (-29, -28, -26, -20))
        inside = np.maximum(inside, reach + 1.2 * ragged - elevation)
    if style in HANGING:
        edge = np.interp(elevation, (-60, -35, -10, 15, 60), (46, 52, 60, 63, 62))
        inside = np.maximum(inside, np.where(elevation > -58, side - edge - 0.8 * ragged, inside))
    extent: Values = inside.astype(np.float32)
    return extent
