"""Hair as a shell over the scalp, which changes the outline of the head.

The shell sinks below the skin where no hair grows, so that the hairline is where the two meet;
hanging hair falls straight from the widest part of the head and rests on the shoulders.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._shell import (
    COLUMNS,
    grid_triangles,
    shell_of,
    shift,
    with_inside,
)
from align_eval.datasets.synthetic.clothes import body_radius
from align_eval.datasets.synthetic.hairline import FALLS_FROM, HANGING, hair_extent
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part
from align_eval.datasets.synthetic.person import Person
from align_eval.datasets.synthetic.traits import HairStyle

Values = NDArray[np.float32]

_SUNK = -0.035
_FALL_ROWS = 14


@dataclass(frozen=True)
class _Cut:
    """Thickness on top, at the front and at the sides, lumpiness, and where hanging ends (y)."""

    top: float
    front: float
    sides: float
    lumps: float = 0.03
    end: float = 0.0


_CUTS: dict[HairStyle, _Cut] = {
    "receding": _Cut(0.05, 0.03, 0.05, 0.015),
    "buzz": _Cut(0.035, 0.03, 0.025, 0.008),
    "short": _Cut(0.15, 0.13, 0.07, 0.03),
    "crew": _Cut(0.17, 0.22, 0.04, 0.03),
    "side": _Cut(0.22, 0.20, 0.08, 0.02),
    "fringe": _Cut(0.20, 0.10, 0.13, 0.02, 2.2),
    "bob": _Cut(0.22, 0.12, 0.22, 0.025, 1.5),
    "long": _Cut(0.17, 0.08, 0.13, 0.03, 3.1),
    "curly": _Cut(0.34, 0.26, 0.32, 0.10, 1.5),
    "afro": _Cut(0.62, 0.50, 0.55, 0.07),
    "bun": _Cut(0.08, 0.05, 0.05, 0.01),
}


def hair_mesh(head: HeadModel, person: Person, shape: Mesh) -> Mesh:
    """The hair of a person.

    Parameters
    ----------
    head : HeadModel
        Which head.
    person : Person
        Whose hair.
    shape : Mesh
        The person's head, neutral and not yet posed; the hair follows it.

    Returns
    -------
    Mesh
        Of `Part.HAIR`, in the same space; canonical places are those of the hair over the mean
        head. Without vertices for a bald head.
    """
    cut = _CUTS.get(person.hair.style)
    if cut is None:
        return _empty()
    shell = shell_of(head, "scalp")
    extent = hair_extent(person, shell.degrees.reshape(-1, 2)).reshape(shell.degrees.shape[:2])
    thickness = _thickness(person, cut, shell.degrees)
    grown = np.clip((extent + 1.5) / _rise(person, shell.degrees), 0, 1) ** 0.75
    height = _SUNK + grown * (thickness - _SUNK)
    canonical = shell.base + shell.outwards * height[..., None]
    if person.hair.style in HANGING:
        canonical, extent = _hung(head, person, cut, shell.degrees, canonical, extent)
    moved = shift(head, shape.vertices, shell.base)
    extra = len(canonical) - len(moved)
    if extra > 0:
        moved = np.concatenate([moved, np.repeat(moved[-1:], extra, axis=0)])
    moved = moved[: len(canonical)]
    made = _woven(canonical + moved, canonical, extent, person.hair.style in HANGING)
    return Mesh.join([made, *_bun(person, canonical, moved)])


def _empty() -> Mesh:
    none = np.zeros((0, 3), np.float32)
    return Mesh(none, none, np.zeros((0, 3), np.int32), np.zeros(0, np.uint8))


def _thickness(person: Person, cut: _Cut, degrees: Values) -> Values:
    """(R, COLUMNS) of the hair above the scalp, in eye distances."""
    azimuth, elevation = degrees[..., 0], degrees[..., 1]
    up = np.clip((-elevation - 12) / 38, 0, 1)
    level = np.clip((elevation + 90) / 30, 0, 1)  # all columns meet at the top
    ahead = np.clip((70 - np.abs(azimuth)) / 50, 0, 1) * np.clip((elevation + 80) / 25, 0, 1)
    total = cut.sides + (cut.top - cut.sides) * up
    total = total + (cut.front - total) * ahead * up
    if person.hair.style == "side":
        lean = np.sin(np.radians(azimuth)) * np.sign(person.hair.parting)
        total = total * (1 - 0.45 * lean * up * level)
        groove = np.exp(-0.5 * ((azimuth - 55 * person.hair.parting) / 8) ** 2)
        total = total * (1 - 0.3 * groove * ahead * level)
    if person.hair.style in ("long", "bob"):
        groove = np.exp(-0.5 * ((azimuth - 12 * person.hair.parting) / 14) ** 2)
        total = total * (1 - 0.22 * groove * level * np.clip(-elevation / 40, 0, 1))
    lumps = level * _lumps(person, total.shape, 2.2 if cut.lumps > 0.05 else 3.5)
    volume = person.hair.volume * (0.7 + 0.3 * person.hair.length)
    found: Values = (total * volume + cut.lumps * (1 + person.hair.curl) * lumps).astype(np.float32)
    return np.maximum(found, 0.012)


def _rise(person: Person, degrees: Values) -> Values:
    """(R, COLUMNS) degrees over which hair reaches its thickness: swept hair rises slowly."""
    if person.hair.style in (*HANGING, "afro"):
        return np.full(degrees.shape[:2], 6, np.float32)
    ahead = np.clip((60 - np.abs(degrees[..., 0])) / 30, 0, 1)
    rise: Values = (7 + 11 * ahead).astype(np.float32)
    return rise


def _lumps(person: Person, shape: tuple[int, int], cell: float) -> Values:
    """(R, COLUMNS) smooth noise that closes round."""
    rows, columns = (max(4, round(side / cell)) for side in shape)
    coarse = person.rng(12).standard_normal((rows, columns), dtype=np.float32)
    wrapped = np.concatenate([coarse, coarse[:, :1]], axis=1)
    fine = cv2.resize(wrapped, (shape[1] + 1, shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine[:, :-1], np.float32)


def _hung(
    head: HeadModel,
    person: Person,
    cut: _Cut,
    degrees: Values,
    canonical: Values,
    extent: Values,
) -> tuple[Values, Values]:
    """The shell down to the turn, then rows that fall to the ends of the hair."""
    keep = int((degrees[:, 0, 1] < FALLS_FROM).sum())
    top = canonical[:keep]
    start = top[-1]
    end = cut.end * (0.55 + 0.45 * person.hair.length)
    ends = end + 0.10 * _lumps(person, (4, COLUMNS), 1.5)[1]
    along = np.linspace(0, 1, _FALL_ROWS + 1)[1:, None]
    fall = np.repeat(start[None], _FALL_ROWS, axis=0)
    fall[..., 1] = start[:, 1] + along * np.maximum(ends - start[:, 1], 0.1)
    swing = 1 + 0.05 * np.sin(along * np.pi) - 0.03 * along
    middle = np.array([0.0, 1.3])
    fall[..., [0, 2]] = middle + (fall[..., [0, 2]] - middle) * swing[..., None]
    if person.hair.curl > 0.3:
        wave = 0.05 * person.hair.curl * _lumps(person, fall.shape[:2], 2.0)
        fall[..., [0, 2]] *= (1 + wave)[..., None]
    fall = _rested(head, fall)
    side = np.abs(degrees[0, :, 0])
    margin = np.broadcast_to((side - 62)[None], fall.shape[:2])
    return np.concatenate([top, fall]).astype(np.float32), np.concatenate([extent[:keep], margin])


def _rested(head: HeadModel, fall: Values) -> Values:
    """Hair pushed out of the shoulders."""
    centre = shell_of(head, "body").centre
    offset = fall - centre
    length = np.linalg.norm(offset, axis=-1)
    least = body_radius(head, offset / length[..., None]) + 0.12
    pushed: Values = centre + offset * (np.maximum(length, least) / length)[..., None]
    return pushed


def _woven(places: Values, canonical: Values, extent: Values, hanging: bool) -> Mesh:
    """The grid's triangles where there is hair; hanging hair has an inside."""
    triangles = grid_triangles(len(places))
    triangles = triangles[(extent.ravel() > -4)[triangles].any(axis=1)]
    mesh = Mesh(
        places.reshape(-1, 3).astype(np.float32),
        canonical.reshape(-1, 3).astype(np.float32),
        triangles,
        np.full(len(triangles), Part.HAIR, np.uint8),
    )
    if not hanging:
        return mesh
    falling = triangles[:, 0] >= (len(places) - _FALL_ROWS - 1) * COLUMNS
    return with_inside(mesh, falling)


def _bun(person: Person, canonical: Values, moved: Values) -> list[Mesh]:
    """A ball of hair on the back of the head, for those who wear one."""
    if person.hair.style != "bun":
        return []
    rows = 12
    elevation = np.radians(np.linspace(-89, 89, rows))[:, None]
    azimuth = np.radians(np.linspace(-180, 180, COLUMNS, endpoint=False))[None]
    ball = np.stack(
        [
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation) + 0 * azimuth,
            -np.cos(elevation) * np.cos(azimuth),
        ],
        axis=-1,
    )
    size = (0.34 + 0.12 * person.hair.volume) * (1 + 0.05 * _lumps(person, ball.shape[:2], 3.0))
    row = 4 + round(3 * person.hair.length)  # from high on the crown to the back of the head
    seat = canonical[row, 0] + np.array([0.0, -0.1, 0.05])
    places: Values = (seat + 0.9 * ball * size[..., None]).astype(np.float32)
    grown = np.ones((rows, COLUMNS), np.float32)
    return [_woven(places + moved[row, 0], places, grown, False)]
