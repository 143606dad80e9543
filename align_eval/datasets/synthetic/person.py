"""Who a synthetic person is, beyond the shape of the head: everything drawn from (seed, subject).

Pigments follow the two absorbers of skin: melanin over its full human range (Fitzpatrick I to VI)
and haemoglobin. Hair and iris colours, curl and freckles depend on melanin as they do in people,
with a wide spread, so that no trait gives another away. Colours are linear RGB reflectances.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from align_eval.datasets.synthetic.traits import (
    HAIR_STYLES,
    Beard,
    Brows,
    Colour,
    Eyes,
    Hair,
    HairStyle,
    Lips,
    Skin,
)

MODES = 60
_STREAM = 31  # keeps these numbers apart from those that other modules draw for the same subject

# Shares of the styles among people read as men and as women, in the order of HAIR_STYLES.
_MEN = (9, 12, 12, 19, 14, 15, 5, 1, 2, 6, 4, 1)
_WOMEN = (0.5, 0, 1, 5, 0, 5, 14, 18, 30, 12, 5, 13)
_GREY_HAIR = np.array([0.42, 0.41, 0.40])


@dataclass(frozen=True, eq=False)
class Person:
    """A synthetic person.

    Parameters
    ----------
    seed, subject : int
        Who this is; finer random detail derives from them.
    identity : (60,) ndarray
        Weights of the head's first modes, standard normal. Kept as an array; do not write to it.
    feminine : float
        0 to 1, continuous; it steers hair, beard, brows and make-up.
    age : float
        Years.
    skin, brows, eyes, lips, hair, beard
        See their classes.
    clothes : tuple of Colour
        Two colours of the clothes.
    neckline : float
        0 (high collar) to 1 (wide).
    pattern : int
        0 plain, 1 stripes across, 2 a shirt's front with collar.
    """

    seed: int
    subject: int
    identity: np.ndarray
    feminine: float
    age: float
    skin: Skin
    brows: Brows
    eyes: Eyes
    lips: Lips
    hair: Hair
    beard: Beard
    clothes: tuple[Colour, Colour]
    neckline: float
    pattern: int

    def rng(self, *purpose: int) -> np.random.Generator:
        """A generator of this person's own for a purpose, the same on every call."""
        return _rng(self.seed, self.subject, 1, *purpose)


@lru_cache(maxsize=256)
def person_of(seed: int, subject: int) -> Person:
    """The person of a seed and a subject's number (not negative); the same object on every call.

    >>> a, b = person_of(7, 0), person_of(7, 1)
    >>> bool((a.identity == person_of(7, 0).identity).all()), bool((a.identity == b.identity).any())
    (True, False)
    """
    rng = _rng(seed, subject, 0)
    feminine = float(np.clip(rng.choice([0.1, 0.9]) + rng.normal(0, 0.1), 0, 1))
    age = float(np.clip(18 + rng.gamma(2.2, 9.0), 18, 80))
    melanin = float(np.clip(rng.beta(1.05, 1.25), 0.0, 1.0))
    hair_colour = _hair_colour(rng, melanin, age)
    style = _style(rng, feminine, age, melanin)
    identity = np.clip(rng.normal(size=MODES), -2.5, 2.5).astype(np.float32)
    identity.flags.writeable = False
    return Person(
        seed,
        subject,
        identity,
        feminine,
        age,
        _skin(rng, melanin, feminine, age),
        _brows(rng, feminine, _darker(hair_colour, 0.75)),
        _eyes(rng, melanin, feminine),
        _lips(rng, feminine),
        _hair(rng, style, hair_colour, melanin),
        _beard(rng, feminine, _darker(hair_colour, 0.85)),
        (_cloth_colour(rng), _cloth_colour(rng)),
        float(np.clip(rng.normal(0.25 + 0.3 * feminine, 0.2), 0, 1)),
        int(rng.choice(3, p=[0.55, 0.2, 0.25])),
    )


def _rng(seed: int, *key: int) -> np.random.Generator:
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(_STREAM, *key))
    return np.random.default_rng(sequence)


def _unit(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _colour(values: np.ndarray) -> Colour:
    red, green, blue = (float(value) for value in np.clip(values, 0.004, 0.95))
    return red, green, blue


def _darker(colour: Colour, factor: float) -> Colour:
    return _colour(np.array(colour) * factor)


def _skin(rng: np.random.Generator, melanin: float, feminine: float, age: float) -> Skin:
    count = rng.poisson(2.4)
    moles = np.column_stack(
        [rng.normal(0, 24, count), rng.normal(18, 17, count), 0.2 + rng.gamma(1.5, 0.1, count)]
    )
    freckled = rng.random() < 0.3 * (1 - melanin) ** 2.5
    return Skin(
        melanin,
        _unit(rng.normal(0.42, 0.13)),
        _unit(rng.normal(0.4, 0.22)),
        _unit(rng.normal(0.45, 0.22)),
        _unit(rng.normal(0.4, 0.2)),
        _unit(rng.normal(0.45 - 0.1 * feminine, 0.2)),
        float(rng.uniform(0.3, 1.0)) if freckled else 0.0,
        tuple((float(a), float(e), float(r)) for a, e, r in moles),
        _unit((age - 28) / 45 + rng.normal(0, 0.1)),
        _unit(rng.normal(0.35, 0.2) + (age - 35) / 150),
    )


def _hair_colour(rng: np.random.Generator, melanin: float, age: float) -> Colour:
    dark = _unit(rng.normal(0.35 + 1.1 * melanin, 0.27))  # eumelanin
    red = _unit(rng.gamma(1.0, 0.12) * (1 - melanin) if rng.random() < 0.6 else 0.7 - melanin)
    density = np.array([0.75, 1.10, 1.75]) + dark * np.array([3.1, 3.3, 3.0])
    density = density + red * np.array([-0.1, 0.55, 0.9])
    natural = np.exp(-density)
    grey = _unit((age - 38 + rng.normal(0, 9)) / 32)
    return _colour(natural + (_GREY_HAIR - natural) * grey**1.5)


def _style(rng: np.random.Generator, feminine: float, age: float, melanin: float) -> HairStyle:
    shares = np.array(_MEN) * (1 - feminine) ** 2 + np.array(_WOMEN) * feminine**2
    place = {style: i for i, style in enumerate(HAIR_STYLES)}
    shares[[place["bald"], place["receding"]]] *= np.clip((age - 20) / 22, 0.1, 2.0)
    shares[[place["afro"], place["buzz"]]] *= 0.4 + 1.8 * melanin
    shares[place["afro"]] *= 3 * melanin**2
    return HAIR_STYLES[rng.choice(len(HAIR_STYLES), p=shares / shares.sum())]


def _hair(rng: np.random.Generator, style: HairStyle, colour: Colour, melanin: float) -> Hair:
    curl = {"curly": 0.75, "afro": 1.0}.get(style, 0.12 + 0.35 * melanin**2)
    return Hair(
        style,
        colour,
        float(np.clip(rng.normal(1.0, 0.18), 0.6, 1.5)),
        float(np.clip(rng.normal(1.0, 0.22), 0.5, 1.6)),
        float(np.clip(rng.normal(0.0, 0.08), -0.15, 0.2)),
        _unit(rng.normal(0.3, 0.22)),
        _unit(rng.normal(curl, 0.12)),
        float(rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 0.75)),
    )


def _brows(rng: np.random.Generator, feminine: float, colour: Colour) -> Brows:
    return Brows(
        float(np.clip(rng.normal(0.125 - 0.04 * feminine, 0.025), 0.05, 0.2)),
        _unit(rng.normal(0.72, 0.15)),
        _unit(rng.normal(0.3 + 0.3 * feminine, 0.2)),
        float(np.clip(rng.normal(0.0, 0.025), -0.05, 0.06)),
        float(np.clip(rng.normal(1.0, 0.07), 0.8, 1.15)),
        float(np.clip(rng.normal(1.0, 0.12), 0.6, 1.3)),
        colour,
    )


def _eyes(rng: np.random.Generator, melanin: float, feminine: float) -> Eyes:
    brown = np.array([0.10, 0.045, 0.018]) * rng.uniform(0.4, 1.6)
    hazel = np.array([0.13, 0.085, 0.03]) * rng.uniform(0.7, 1.3)
    blue = np.array([0.10, 0.16, 0.22]) * rng.uniform(0.6, 1.2)
    green = np.array([0.10, 0.13, 0.08]) * rng.uniform(0.7, 1.2)
    fair = max(0.0, 1 - 2.2 * melanin)
    kinds = [brown, hazel, blue, green]
    shares = np.array([1.0, 0.5 * fair, 1.1 * fair, 0.4 * fair])
    pick = rng.choice(4, p=shares / shares.sum())
    return Eyes(
        _colour(kinds[pick]),
        _unit(rng.normal(0.55, 0.2)),
        float(np.clip(rng.normal(1.0, 0.04), 0.9, 1.1)),
        _unit(rng.normal(0.35 + 0.35 * feminine, 0.15)),
        _unit(rng.normal(0.45, 0.3)) if rng.random() < 0.6 * feminine else 0.0,
    )


def _lips(rng: np.random.Generator, feminine: float) -> Lips:
    worn = rng.random() < 0.4 * feminine
    lipstick = np.array([0.30, 0.045, 0.06]) * rng.uniform(0.5, 1.3) * rng.uniform(0.8, 1.2, 3)
    return Lips(
        _unit(rng.normal(0.45, 0.18)),
        _unit(rng.normal(0.35 + 0.2 * feminine, 0.15)),
        _colour(lipstick),
        float(rng.uniform(0.2, 0.75)) if worn else 0.0,
    )


def _beard(rng: np.random.Generator, feminine: float, colour: Colour) -> Beard:
    if feminine > 0.5:
        return Beard(0.0, 0.0, 0.0, 0.0, colour)
    moustache, chin, cheeks, length = (
        (0.25, 0.25, 0.22, 0.0),  # shaven, with a shadow
        (0.6, 0.6, 0.5, 0.12),  # stubble
        (0.8, 0.85, 0.15, 0.5),  # round the mouth
        (0.85, 0.9, 0.8, 0.7),  # full
        (0.9, 0.2, 0.15, 0.5),  # moustache
    )[rng.choice(5, p=[0.46, 0.22, 0.1, 0.17, 0.05])]
    spread = rng.uniform(0.6, 1.2)
    return Beard(
        _unit(moustache * spread),
        _unit(chin * spread),
        _unit(cheeks * spread),
        _unit(length * rng.uniform(0.7, 1.3)),
        colour,
    )


def _cloth_colour(rng: np.random.Generator) -> Colour:
    muted = rng.uniform(0.02, 0.75) * np.ones(3)
    hue = rng.uniform(0.1, 1.0, 3) ** 1.5
    return _colour(muted * (1 - 0.7 * rng.random()) + muted * hue * rng.uniform(0, 0.8))
