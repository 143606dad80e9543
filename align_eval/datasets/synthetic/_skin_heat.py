"""The temperature of a person's skin in a session, on the flat map of the head."""

from functools import lru_cache

import numpy as np
from numpy.random import Generator

from align_eval.datasets.synthetic._regions import MIDDLE, PAIRS, Vector, regions_of
from align_eval.datasets.synthetic._thermal_state import ThermalState, rng_of
from align_eval.datasets.synthetic._unrolled import FloatImage, Unrolled
from align_eval.datasets.synthetic._vessels import vessel_map
from align_eval.datasets.synthetic.mesh import HeadModel

_PERSON_SITES, _PERSON_SIDES = 0.28, 0.12  # standard deviations in °C
_SESSION_SITES, _SESSION_SIDES = 0.15, 0.06
_COOLEST = 24.0
_EASE, _HEADROOM = 35.0, 1.1  # °C: above the first, warmth piles up ever more slowly
_PERSON_NOISE = ((1 / 1.6, 0.22), (1 / 0.5, 0.13), (1 / 0.16, 0.05))  # cells a unit, °C
_SESSION_NOISE = ((1 / 1.2, 0.14), (1 / 0.4, 0.06))
_CANTHUS = ((0.05, 0.6), (0.12, 0.3))  # radius in eye distances, °C above the surroundings
_NOSTRIL, _BREATH = 0.045, 1.0


@lru_cache(maxsize=4)
def skin_map(head: HeadModel, state: ThermalState) -> FloatImage:
    """(rows, columns) °C of the head's `Unrolled` map; kept for the images of a session.

    The array is shared: do not write to it.
    """
    regions = regions_of(head)
    rng = rng_of(state.seed, state.subject, 3, state.session)
    sites = (
        regions.celsius
        + np.float32(state.core)
        - np.float32(state.nose) * regions.nose
        - np.float32(state.ears) * regions.ear
        - np.float32(state.chill) * regions.chill
        + _strayed(rng_of(state.seed, state.subject, 4), _PERSON_SITES, _PERSON_SIDES)
        + _strayed(rng, _SESSION_SITES, _SESSION_SIDES)
    )
    pattern = person_pattern(head, state.seed, state.subject)
    field = regions.field(sites) + pattern[0] + np.float32(state.dilation) * pattern[1]
    field += _noise(regions.flat, rng, _SESSION_NOISE)
    _breathe(field, head, regions.flat, state.breath)
    # Blood cannot warm the skin above the body, nor does living skin fall to the room.
    over = np.tanh(np.maximum(field - _EASE, 0) / _HEADROOM)
    limited: FloatImage = np.clip(field, _COOLEST, _EASE) + np.float32(_HEADROOM) * over
    return limited


@lru_cache(maxsize=4)
def person_pattern(head: HeadModel, seed: int, subject: int) -> tuple[FloatImage, FloatImage]:
    """What stays over sessions: smooth deviations with the eye corners, and the vessels, in °C."""
    flat = regions_of(head).flat
    rng = rng_of(seed, subject, 5)
    smooth = _noise(flat, rng, _PERSON_NOISE)
    _warm_corners(smooth, head, flat, rng)
    return smooth, vessel_map(head, flat, rng_of(seed, subject, 6))


def _strayed(rng: Generator, both: float, each: float) -> Vector:
    """(sites,) normal deviations, of which a pair of sites shares the first."""
    shared, own = rng.normal(0, both, MIDDLE + PAIRS), rng.normal(0, each, MIDDLE + 2 * PAIRS)
    strayed: Vector = (own + np.r_[shared, shared[MIDDLE:]]).astype(np.float32)
    return strayed


def _noise(flat: Unrolled, rng: Generator, layers: tuple[tuple[float, float], ...]) -> FloatImage:
    """Smooth noise: of each layer, how many cells an eye distance has, and its deviation in °C."""
    total = np.zeros(flat.shape, dtype=np.float32)
    for density, celsius in layers:
        total += flat.enlarged((rng.normal(0, celsius, flat.cells(density))).astype(np.float32))
    return total


def _warm_corners(field: FloatImage, head: HeadModel, flat: Unrolled, rng: Generator) -> None:
    """The inner corners of the eyes, warmest of all, over the ophthalmic artery's end."""
    for anchor, inward in ((39, 1.0), (42, -1.0)):
        place = head.anchors[anchor] + (0.03 * inward, 0.02, 0.0)
        for radius, celsius in _CANTHUS:
            _spot(field, flat, place, radius, celsius * float(rng.uniform(0.75, 1.25)))


def _breathe(field: FloatImage, head: HeadModel, flat: Unrolled, breath: float) -> None:
    """The nostrils' rims, cooled and warmed by the breath."""
    for first, second in ((31, 32), (34, 35)):
        place = (head.anchors[first] + head.anchors[second]) / 2
        _spot(field, flat, place, _NOSTRIL, _BREATH * breath)


def _spot(field: FloatImage, flat: Unrolled, place: Vector, radius: float, celsius: float) -> None:
    """Add a round hill at a canonical place."""
    away = np.square(flat.grid(1) - flat(place)).sum(axis=-1)
    field += np.float32(celsius) * np.exp(away / np.float32(-2 * radius**2))
