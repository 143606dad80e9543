"""Who is drawn, and how one image of them is taken: numbers drawn from seeds.

An `Identity` depends on (seed, subject) alone, a `Shot` on (seed, subject, image) alone, so that
batch size, order and the number of subjects change nothing. Lengths are in eye distances.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

Colour = tuple[float, float, float]

HAIR_STYLES = ("bald", "short", "parted", "long", "fringe", "curly")
_SKINS = ((246, 214, 190), (232, 190, 158), (214, 165, 128), (176, 124, 88), (128, 84, 60))
_HAIRS = ((28, 22, 20), (62, 40, 26), (112, 74, 42), (190, 148, 88), (150, 66, 30), (150, 148, 146))
_IRISES = ((72, 46, 28), (110, 80, 44), (84, 106, 66), (86, 122, 156), (110, 116, 120))


@dataclass(frozen=True)
class Identity:
    """What stays the same in every image of a subject.

    Shapes are in eye distances, tilts in radians, colours are RGB from 0 to 255; `beard` is its
    strength from 0 to 1, and `texture` seeds hair strands and moles.
    """

    width: float
    chin: float
    jaw_power: float
    forehead: float
    eye_width: float
    eye_open: float
    eye_tilt: float
    brow_lift: float
    brow_arch: float
    brow_tilt: float
    brow_weight: float
    nose_length: float
    nose_width: float
    nose_height: float
    mouth_width: float
    mouth_drop: float
    upper_lip: float
    lower_lip: float
    ear: float
    cheek: float
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    clothes: Colour
    hair_style: str
    beard: float
    glasses: bool
    texture: int


@dataclass(frozen=True)
class Shot:
    """What changes from image to image.

    Angles are in radians (yaw turns the face to the image's right, pitch nods it down, roll turns
    x towards y), the shift is in image widths, `light` points from the face to the lamp.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: tuple[float, float]
    light: tuple[float, float, float]
    ambient: float
    tint: Colour
    smile: float
    mouth_open: float
    eye_open: float
    brow_raise: float
    gaze: tuple[float, float]
    background: tuple[Colour, Colour]
    noise: float
    texture: int


def identity_of(seed: int, subject: int) -> Identity:
    """The identity of subject number `subject`.

    Examples
    --------
    >>> identity_of(0, 3) == identity_of(0, 3), identity_of(0, 3) == identity_of(1, 3)
    (True, False)
    """
    rng = default_rng(SeedSequence(seed, spawn_key=(0, subject)))
    skin = _mixed(rng, _SKINS)
    bearded = rng.random() < 0.3
    return Identity(
        width=_near(rng, 1.13, 0.07),
        chin=_near(rng, 1.82, 0.11),
        jaw_power=_near(rng, 2.25, 0.22),
        forehead=_near(rng, 1.32, 0.10),
        eye_width=_near(rng, 0.205, 0.014),
        eye_open=_near(rng, 1.0, 0.16),
        eye_tilt=_near(rng, -0.02, 0.06),
        brow_lift=_near(rng, 0.0, 0.045),
        brow_arch=_near(rng, 1.0, 0.3),
        brow_tilt=_near(rng, 0.0, 0.07),
        brow_weight=_near(rng, 0.075, 0.022),
        nose_length=_near(rng, 0.70, 0.055),
        nose_width=_near(rng, 0.20, 0.03),
        nose_height=_near(rng, 1.0, 0.2),
        mouth_width=_near(rng, 0.40, 0.045),
        mouth_drop=_near(rng, 0.38, 0.03),
        upper_lip=_near(rng, 0.115, 0.028),
        lower_lip=_near(rng, 0.145, 0.03),
        ear=_near(rng, 1.0, 0.15),
        cheek=_near(rng, 0.5, 0.25),
        skin=skin,
        lips=_blend(skin, (170.0, 62.0, 70.0), float(rng.uniform(0.25, 0.75))),
        iris=_mixed(rng, _IRISES),
        hair=_mixed(rng, _HAIRS),
        clothes=_random_colour(rng, 30, 200),
        hair_style=str(rng.choice(HAIR_STYLES, p=(0.1, 0.2, 0.2, 0.2, 0.15, 0.15))),
        beard=float(rng.uniform(0.35, 1.0)) if bearded else 0.0,
        glasses=bool(rng.random() < 0.15),
        texture=int(rng.integers(2**31)),
    )


def shot_of(seed: int, subject: int, image: int) -> Shot:
    """The conditions of image number `image` of a subject."""
    rng = default_rng(SeedSequence(seed, spawn_key=(1, subject, image)))
    azimuth, elevation = rng.uniform(-0.9, 0.9), rng.uniform(0.0, 0.8)
    warm = rng.uniform(-0.06, 0.06)
    gain = rng.uniform(0.85, 1.12)
    return Shot(
        yaw=_near(rng, 0.0, 0.16),
        pitch=_near(rng, 0.0, 0.10),
        roll=_near(rng, 0.0, 0.12),
        scale=float(rng.uniform(0.225, 0.265)),
        shift=(_near(rng, 0.0, 0.025), _near(rng, -0.02, 0.02)),
        light=(
            float(np.sin(azimuth) * np.cos(elevation)),
            float(-np.sin(elevation)),
            float(np.cos(azimuth) * np.cos(elevation)),
        ),
        ambient=float(rng.uniform(0.35, 0.6)),
        tint=(float(gain * (1 + warm)), float(gain), float(gain * (1 - warm))),
        smile=float(rng.choice([0.0, rng.uniform(0.0, 0.5), rng.uniform(0.5, 1.0)])),
        mouth_open=float(max(rng.uniform(-0.1, 0.1), 0.0)),
        eye_open=float(rng.uniform(0.75, 1.05)),
        brow_raise=_near(rng, 0.0, 0.02),
        gaze=(_near(rng, 0.0, 0.025), _near(rng, 0.0, 0.01)),
        background=(_backdrop(rng), _backdrop(rng)),
        noise=float(rng.uniform(0.5, 2.5)),
        texture=int(rng.integers(2**31)),
    )


def _near(rng: Generator, mean: float, deviation: float) -> float:
    """A normal number, held within two deviations."""
    return mean + deviation * float(np.clip(rng.standard_normal(), -2.0, 2.0))


def _blend(first: Colour, second: Colour, part: float) -> Colour:
    r, g, b = ((1 - part) * a + part * c for a, c in zip(first, second, strict=True))
    return float(r), float(g), float(b)


def _mixed(rng: Generator, palette: tuple[tuple[int, int, int], ...]) -> Colour:
    """A colour between two neighbours of a palette, varied a little."""
    i, part = int(rng.integers(len(palette) - 1)), float(rng.random())
    bright, mixed = float(rng.uniform(0.9, 1.06)), _blend(palette[i], palette[i + 1], part)
    r, g, b = (a * bright * float(rng.uniform(0.97, 1.03)) for a in mixed)
    return min(r, 255.0), min(g, 255.0), min(b, 255.0)


def _backdrop(rng: Generator) -> Colour:
    """A muted colour."""
    gray = float(rng.uniform(50, 210))
    return _blend((gray, gray, gray), _random_colour(rng, 40, 220), 0.35)


def _random_colour(rng: Generator, low: int, high: int) -> Colour:
    r, g, b = rng.uniform(low, high, 3).tolist()
    return r, g, b
