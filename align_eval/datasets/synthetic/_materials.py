"""What each part of a scene is made of: reflectance, shine and translucency at the pixels."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import _paint, chart
from align_eval.datasets.synthetic._strands import PARTED, flow, grain, parting_line, tile
from align_eval.datasets.synthetic.complexion import Complexion, skin_colour
from align_eval.datasets.synthetic.hairline import HANGING, hair_extent
from align_eval.datasets.synthetic.mesh import HeadModel, Part
from align_eval.datasets.synthetic.person import Person

Values = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SCLERA = np.array([0.56, 0.53, 0.51], np.float32)
_VEINS = np.array([0.52, 0.31, 0.28], np.float32)
_TEETH = np.array([0.74, 0.68, 0.57], np.float32)
_TONGUE = np.array([0.46, 0.17, 0.16], np.float32)
_GUM = np.array([0.30, 0.09, 0.08], np.float32)
_IRIS_RADIUS = 0.094


@dataclass(eq=False)
class Material:
    """Reflectance at M pixels, filled part by part.

    Parameters
    ----------
    colour : (M, 3) float32
        Linear RGB reflectance.
    shine : (M,) float32
        Strength of the skin-like specular reflection.
    gloss : (M,) float32
        Strength of the mirror-like one: eyes, lenses, metal.
    soft : (M,) float32
        How far light wraps round, as in skin: 0 to 1.
    open : (M,) float32
        Ambient openness, 0 to 1.
    """

    colour: Values
    shine: Values
    gloss: Values
    soft: Values
    open: Values

    @classmethod
    def blank(cls, count: int, openness: Values) -> "Material":
        """A matt grey surface."""
        zero = np.zeros(count, np.float32)
        return cls(np.full((count, 3), 0.3, np.float32), zero, zero.copy(), zero.copy(), openness)


def paint_skin(made: Material, at: Mask, skin: Complexion, places: Values) -> None:
    """Skin of the head at the pixels `at`, whose chart places are (K, 2)."""
    values = chart.lookup(skin.colour, places)
    made.colour[at], made.shine[at], made.soft[at] = values[:, :3], values[:, 3], 1.0


def paint_eyes(
    made: Material, at: Mask, canonical: Values, head: HeadModel, person: Person
) -> None:
    """Sclera, iris and pupil."""
    centres = _eye_centres(head)
    offset = canonical - centres[(canonical[:, 0] > 0).astype(int)]
    radius = np.hypot(offset[:, 0], offset[:, 1]) / np.float32(_IRIS_RADIUS * person.eyes.radius)
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    front = offset[:, 2] < 0
    iris = np.array(person.eyes.iris, np.float32)
    streaks = (
        1
        + 0.22 * np.sin(9 * angle + 2 * np.sin(4 * angle))
        + 0.25 * np.exp(-(((radius - 0.5) / 0.15) ** 2))
    )
    ring = 1 - 0.8 * person.eyes.ring * _paint.smoothstep(0.72, 1.0, radius)
    colour = iris * (streaks * ring)[:, None].astype(np.float32)
    colour *= (1 - 0.97 * _paint.smoothstep(0.46, 0.36, radius))[:, None]
    corner = np.clip((radius - 1.3) / 2.2, 0, 1)[:, None].astype(np.float32)
    white = _SCLERA + (_VEINS - _SCLERA) * 0.6 * corner
    white = white * (1 - 0.12 * person.skin.melanin)
    edge = np.where(front, _paint.smoothstep(0.92, 1.10, radius), 1)[:, None]
    made.colour[at] = colour + (white - colour) * edge
    made.gloss[at] = 1.0
    made.soft[at] = 0.35
    made.open[at] = np.clip(made.open[at] * 1.15, 0.12, 1) ** 1.2


@lru_cache(maxsize=2)
def _eye_centres(head: HeadModel) -> Values:
    """(2, 3) the image's left and right eyeball's centre."""
    used = head.vertices[np.unique(head.triangles[head.parts == Part.EYEBALL])]
    if not len(used):
        used = head.anchors[36:48]
    sides = [used[used[:, 0] < 0], used[used[:, 0] > 0]]
    return np.stack([(side.min(axis=0) + side.max(axis=0)) / 2 for side in sides])


def paint_mouth(
    made: Material, parts: NDArray[np.uint8], canonical: Values, head: HeadModel, gap: float
) -> None:
    """Teeth, tongue and the cavity, darker the deeper they lie and the less the lips are open.

    `gap` is the distance between the lips in eye distances.
    """
    front = head.anchors[62, 2]
    for part, colour, shine in (
        (Part.TEETH, _TEETH, 0.5),
        (Part.TONGUE, _TONGUE, 0.35),
        (Part.MOUTH, _GUM, 0.1),
        (Part.EYE_SOCKET, _TONGUE, 0.2),
    ):
        at = parts == part
        if not at.any():
            continue
        made.colour[at], made.shine[at], made.soft[at] = colour, shine, 0.3
        if part is not Part.EYE_SOCKET:
            deep = canonical[at, 2] - front
            lit = 0.85 * np.exp(-3.2 * np.maximum(deep, 0)) * np.clip(gap / 0.12, 0.12, 1)
            made.open[at] = np.clip(lit, 0.02, 1)


def paint_hair(
    made: Material, at: Mask, degrees: Values, canonical: Values, person: Person, skin: Complexion
) -> tuple[Values, Values]:
    """Hair; returns its (K,) cover, below 1 where scalp shows, and (K, 3) how the strands lie."""
    hair = person.hair
    plane, lie = flow(hair, degrees, canonical)
    fine, coarse = grain(hair, plane, canonical)
    curled = hair.curl > 0.6
    tone = np.exp((0.14 + 0.1 * curled) * fine + 0.16 * coarse)
    full = 0.5 if hair.style in (*HANGING, "afro") else 5.0
    cover = _paint.smoothstep(-4.0, full, hair_extent(person, degrees) + 1.8 * fine + 0.6 * coarse)
    if hair.style in HANGING:
        aside = np.maximum(np.abs(degrees[:, 0]) - 52, 0)
        cover = np.maximum(cover, np.minimum(aside * np.maximum(degrees[:, 1] + 22, 0) / 40, 1))
    if hair.style in PARTED:
        cover *= 1 - 0.75 * _parting(parting_line(hair), canonical, fine)
    colour = np.array(hair.colour, np.float32) * tone[:, None]
    below = chart.lookup(skin.colour, chart.pixels_of(degrees))[:, :3]
    made.colour[at] = below + (colour - below) * cover[:, None]
    made.soft[at] = 1 - cover
    made.open[at] = np.clip(0.8 + (0.10 + 0.04 * curled) * (coarse + fine), 0.25, 1)
    return cover, lie


def _parting(where: float, canonical: Values, fine: Values) -> Values:
    """(K,) how bare the scalp is along the parting on top of the head."""
    line = where + 0.012 * fine
    top = np.clip((-0.75 - canonical[:, 1]) / 0.25, 0, 1)
    bare: Values = top * np.exp(-0.5 * ((canonical[:, 0] - line) / 0.022) ** 2)
    return bare


def paint_cloth(made: Material, at: Mask, canonical: Values, person: Person) -> None:
    """A plain, striped or buttoned front."""
    first, second = (np.array(colour, np.float32) for colour in person.clothes)
    x, y = canonical[:, 0], canonical[:, 1]
    if person.pattern == 1:
        share = _paint.smoothstep(-0.2, 0.2, np.sin((y + 0.2 * x * x) * 14))
    elif person.pattern == 2:
        share = _paint.smoothstep(0.10, 0.07, np.abs(x)) * (canonical[:, 2] < 1)
    else:
        share = np.zeros(len(x), np.float32)
    weave = chart.lookup(tile(), np.stack([x * 90, y * 90], 1).astype(np.float32), wrap=True)
    colour = first + (second - first) * share[:, None]
    made.colour[at] = colour * (1 + 0.07 * weave[:, :1])
    made.soft[at] = 0.2


def paint_others(
    made: Material, parts: NDArray[np.uint8], canonical: Values, person: Person
) -> None:
    """Hands, frames, lenses and hats."""
    own = person.rng(11)
    frame = np.array(own.choice([0.015, 0.03, 0.12])) * own.uniform(0.6, 1.4, 3)
    felt = own.uniform(0.02, 0.5) * own.uniform(0.4, 1.0, 3)
    hand = parts == Part.HAND
    if hand.any():
        place = canonical[hand]
        blotch = np.sin(place @ np.array([7.1, 5.3, 3.7])) * np.sin(
            place @ np.array([-3.1, 6.7, 8.9])
        )
        made.colour[hand] = skin_colour(person) * (
            1 + 0.06 * blotch[:, None] * np.array([0.3, 1, 1])
        )
        made.shine[hand], made.soft[hand] = 0.35, 1.0
    for part, colour, gloss in ((Part.FRAME, frame, 0.5), (Part.LENS, np.full(3, 0.006), 0.9)):
        at = parts == part
        made.colour[at], made.gloss[at] = colour, gloss
    hat = parts == Part.HAT
    if hat.any():
        x, y, z = canonical[hat].T
        uv = np.stack([(x + z) * 60, y * 60], axis=1).astype(np.float32)
        weave = chart.lookup(tile(), uv, wrap=True)
        made.colour[hat] = felt * (1 + 0.10 * weave[:, :1])
        made.soft[hat] = 0.2
