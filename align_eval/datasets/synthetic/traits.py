"""What a synthetic person's skin, brows, eyes, lips, hair and beard are; colours are linear RGB."""

from dataclasses import dataclass
from typing import Literal, get_args

Colour = tuple[float, float, float]
HairStyle = Literal[
    "bald", "receding", "buzz", "short", "crew", "side", "fringe", "bob", "long", "curly", "afro",
    "bun",
]  # fmt: skip
HAIR_STYLES: tuple[HairStyle, ...] = get_args(HairStyle)


@dataclass(frozen=True)
class Skin:
    """Pigment and surface of the skin.

    Parameters
    ----------
    melanin : float
        0 (Fitzpatrick I) to 1 (VI).
    blood : float
        Haemoglobin, 0 (pale) to 1 (ruddy).
    yellow : float
        Carotene and olive undertone, 0 to 1.
    ruddiness : float
        How much redder cheeks, nose and ears are, 0 to 1.
    unevenness : float
        Strength of the blotches of tone, 0 to 1.
    oil : float
        Strength of the shine, 0 to 1.
    freckles : float
        Their density, 0 to 1.
    moles : tuple of (azimuth, elevation, radius)
        Degrees on the chart (`align_eval.datasets.synthetic.chart`).
    wrinkles : float
        Their depth, 0 to 1.
    circles : float
        Darkness of the surroundings of the eyes, 0 to 1.
    """

    melanin: float
    blood: float
    yellow: float
    ruddiness: float
    unevenness: float
    oil: float
    freckles: float
    moles: tuple[tuple[float, float, float], ...]
    wrinkles: float
    circles: float


@dataclass(frozen=True)
class Brows:
    """The brows.

    Parameters
    ----------
    thickness, lift : float
        Eye distances.
    density, arch : float
        0 to 1.
    length : float
        A multiple of the mean head's.
    gap : float
        Below 1 the brows grow towards each other.
    colour : tuple
        Linear RGB of their hairs.
    """

    thickness: float
    density: float
    arch: float
    lift: float
    length: float
    gap: float
    colour: Colour


@dataclass(frozen=True)
class Eyes:
    """The eyes.

    Parameters
    ----------
    iris : tuple
        Linear RGB.
    ring : float
        Darkness of the iris's outer ring, 0 to 1.
    radius : float
        Of the iris, as a multiple of the mean.
    lashes, makeup : float
        Strength, 0 to 1.
    """

    iris: Colour
    ring: float
    radius: float
    lashes: float
    makeup: float


@dataclass(frozen=True)
class Lips:
    """The lips.

    Parameters
    ----------
    red, gloss : float
        Of the bare lips, 0 to 1.
    lipstick : tuple
        Linear RGB.
    cover : float
        How much of the lips' colour is lipstick, 0 to 1.
    """

    red: float
    gloss: float
    lipstick: Colour
    cover: float


@dataclass(frozen=True)
class Hair:
    """The hair of the scalp.

    Parameters
    ----------
    style : str
        One of `HAIR_STYLES`.
    colour : tuple
        Linear RGB of the hair.
    volume, length : float
        Multiples of the style's own thickness and length.
    hairline : float
        How far the front hairline lies above (positive) its mean, in eye distances.
    recession : float
        How far it recedes at the temples, 0 to 1.
    curl : float
        0 (straight) to 1 (tight curls).
    parting : float
        Where the hair parts: −1 (image's left) to 1.
    """

    style: HairStyle
    colour: Colour
    volume: float
    length: float
    hairline: float
    recession: float
    curl: float
    parting: float


@dataclass(frozen=True)
class Beard:
    """The beard.

    Parameters
    ----------
    moustache, chin, cheeks : float
        Densities, 0 to 1.
    length : float
        0 (a shaven shadow) to 1 (full).
    colour : tuple
        Linear RGB of its hairs.
    """

    moustache: float
    chin: float
    cheeks: float
    length: float
    colour: Colour
