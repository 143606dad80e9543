"""Hair that grows out of the skin, drawn on the chart: brows, lashes, beard and scalp."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import _paint, chart
from align_eval.datasets.synthetic.hairline import scalp_density
from align_eval.datasets.synthetic.person import Person

Plane = NDArray[np.float32]
Places = NDArray[np.float64]
Shape = tuple[int, int]

_STROKES_PER_BROW = 330
_BEARD_HAIRS = 5200


def eye_unit(points: Places) -> float:
    """An eye distance in chart pixels."""
    return float(np.linalg.norm(points[42:48].mean(axis=0) - points[36:42].mean(axis=0)))


def brows(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) 0 to 1: both brows, hair by hair."""
    rng = person.rng(4)
    total = np.zeros(shape, np.float32)
    soft = np.zeros(shape, np.float32)
    for side in (points[17:22], points[26:21:-1]):
        spine, thickness = _brow_spine(side, points, person)
        hairs, body = _brow_hairs(spine, thickness, person, rng)
        total = np.maximum(total, _paint.lines(shape, hairs))
        soft = np.maximum(soft, _paint.blurred(_paint.filled(shape, body), 2.2))
    dense = person.brows.density
    cover = soft * (0.25 + 0.4 * dense) + total * soft**0.5 * (0.25 + 0.35 * dense)
    return np.clip(cover, 0, 0.96).astype(np.float32)


def _brow_spine(side: Places, points: Places, person: Person) -> tuple[Places, Places]:
    """(60, 2) places from the outer end to the inner, and the half thickness at each."""
    unit, own = eye_unit(points), person.brows
    middle = points[27]
    spine = _paint.smooth(side, 60)
    along = np.linspace(0, 1, 60)
    spine[:, 0] = middle[0] + (spine[:, 0] - middle[0]) * (1 + (own.length - 1) * (1 - along))
    spine[:, 0] += (middle[0] - spine[:, 0]) * (1 - own.gap) * 0.35 * along**2
    arch = np.exp(-0.5 * ((along - 0.38) / 0.2) ** 2) - 0.45
    spine[:, 1] -= unit * (own.lift + 0.07 * (own.arch - 0.4) * arch)
    # The points of the brow run along its upper half, as annotators click them.
    half = 0.5 * own.thickness * unit * np.interp(along, (0, 0.45, 0.8, 1), (0.22, 0.85, 1.1, 0.8))
    spine[:, 1] += half * 0.35
    return spine, half


def _brow_hairs(
    spine: Places, half: Places, person: Person, rng: np.random.Generator
) -> tuple[list[Places], Places]:
    count = round(_STROKES_PER_BROW * (0.35 + 0.8 * person.brows.density))
    at = rng.uniform(0, 59, count).astype(int)
    across = np.clip(rng.normal(0, 0.55, count), -1.15, 1.15)
    root = spine[at] + np.stack([np.zeros(count), across * half[at]], axis=1)
    outwards = np.sign(spine[0, 0] - spine[-1, 0])
    along = at / 59
    # Hairs rise at the inner end and lie along the brow towards the outer one.
    rise = np.interp(along, (0, 0.5, 1), (0.15, -0.25, -0.95)) + 0.4 * across
    length = (4 + 5 * rng.random(count)) * (0.7 + 0.5 * person.brows.thickness / 0.12)
    tip = root + np.stack([outwards * length, rise * length], axis=1)
    tip[:, 1] += rng.normal(0, 0.7, count)
    body = np.concatenate([spine - np.stack([0 * half, half], 1),
                           (spine + np.stack([0 * half, half], 1))[::-1]])  # fmt: skip
    return list(np.stack([root, tip], axis=1)), body


def lashes(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) 0 to 1: the margins of the lids and their lashes."""
    rng, strength = person.rng(5), person.eyes.lashes
    upper, lower, hairs = [], [], []
    for eye in (points[36:42], points[[45, 44, 43, 42, 47, 46]]):
        lid = _paint.smooth(eye[:4], 30)
        upper.append(lid)
        lower.append(_paint.smooth(eye[[0, 5, 4, 3]], 30))
        root = lid[rng.integers(0, 24, 26)]
        out = np.sign(eye[0, 0] - eye[3, 0])
        lean = out * (1.2 - np.linspace(0, 1, 26)) * 2.0 + rng.normal(0, 0.6, 26)
        tip = root + np.stack([lean, -rng.uniform(1.5, 3.8, 26)], axis=1)
        hairs += list(np.stack([root, tip], axis=1))
    margin = _paint.blurred(_paint.lines(shape, upper, 2), 0.8) * (0.75 + 0.7 * strength)
    below = _paint.blurred(_paint.lines(shape, lower, 1), 0.8) * (0.25 + 0.4 * strength)
    fringe = _paint.lines(shape, hairs) * strength * 0.7
    cover: Plane = np.maximum(np.maximum(margin, below), fringe).astype(np.float32)
    return np.minimum(cover, np.float32(0.92))


def eye_makeup(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) how much light eye shadow takes away."""
    total = np.zeros(shape, np.float32)
    if person.eyes.makeup == 0:
        return total
    unit = eye_unit(points)
    for eye in (points[36:42], points[42:48]):
        centre = eye.mean(axis=0) - (0, 0.08 * unit)
        total += _paint.blob(shape, centre, (0.22 * unit, 0.08 * unit))
    return total * np.float32(0.5 * person.eyes.makeup)


def beard(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) 0 to 1: moustache, chin and cheeks, from a shaven shadow to a full beard."""
    own, rng = person.beard, person.rng(6)
    if max(own.moustache, own.chin, own.cheeks) <= 0:
        return np.zeros(shape, np.float32)
    density = beard_density(shape, points, person)
    density *= np.clip(1 + 0.3 * _paint.clouds(rng, shape, 22, 3), 0.2, 1.5)
    density = np.clip(density, 0, 1)
    hairs = _beard_hairs(density, points, person, rng)
    tint = density * (0.22 + 0.5 * own.length)
    cover: Plane = tint + hairs * density * (0.22 + 0.3 * own.length)
    return np.clip(cover, 0, 0.95).astype(np.float32)


def beard_density(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) 0 to 1: where a beard would grow, by the person's densities."""
    own, unit = person.beard, eye_unit(points)
    lip = 0.5 * (points[33] + points[51]) + (0, 0.02 * unit)
    moustache = _paint.blob(shape, lip - (0.17 * unit, 0), (0.15 * unit, 0.075 * unit))
    moustache += _paint.blob(shape, lip + (0.17 * unit, 0), (0.15 * unit, 0.075 * unit))
    chin = _paint.blob(shape, points[8] - (0, 0.12 * unit), (0.32 * unit, 0.22 * unit))
    for corner in (48, 54):
        place = points[corner] + (0, 0.16 * unit)
        chin = np.maximum(chin, 0.8 * _paint.blob(shape, place, (0.10 * unit, 0.17 * unit)))
    soul = _paint.blob(shape, points[57] + (0, 0.12 * unit), (0.08 * unit, 0.06 * unit))
    cheeks = _paint.blurred(_paint.filled(shape, _beard_outline(points, unit)), 0.07 * unit)
    total = own.moustache * moustache + own.chin * np.maximum(chin, 0.8 * soul)
    total = np.maximum(np.clip(total, 0, 1), own.cheeks * cheeks)
    mouth = _paint.filled(shape, _paint.smooth(points[48:60], 60, closed=True))
    bare: Plane = total * (1 - _paint.blurred(mouth, 1.5))
    return bare


def _beard_outline(points: Places, unit: float) -> Places:
    """From the sideburns down the cheeks to the mouth, and back under the jaw."""
    across, jowl = np.array([unit, 0.0]), points[[2, 14]]
    side = np.array([0.12, 0.05]) * unit
    left = [points[0] + side, jowl[0] + 0.24 * across]
    left += [points[48] + np.array(step) * unit for step in ((-0.30, -0.05), (-0.04, -0.12))]
    right = [points[54] + np.array(step) * unit for step in ((0.04, -0.12), (0.30, -0.05))]
    right += [jowl[1] - 0.24 * across, points[16] + side * (-1, 1)]
    jaw = points[15:1:-1] + (0, 0.14 * unit)
    return np.concatenate([left, right, jaw])


def _beard_hairs(density: Plane, points: Places, person: Person, rng: np.random.Generator) -> Plane:
    unit = eye_unit(points)
    low, high = points[:17].min(axis=0) - 4, points[:17].max(axis=0) + 0.4 * unit
    low[1] = points[33, 1]
    root = rng.uniform(low, high, (_BEARD_HAIRS, 2))
    column, row = np.clip(root.astype(int), 0, np.array(density.shape[::-1]) - 1).T
    root = root[rng.random(len(root)) < density[row, column] * 1.4]
    length = (1.2 + 7 * person.beard.length) * rng.uniform(0.6, 1.3, len(root))
    sideways = (root[:, 0] - points[8, 0]) / unit
    angle = np.pi / 2 - 0.45 * sideways + rng.normal(0, 0.35, len(root))
    tip = root + length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _paint.lines(density.shape, list(np.stack([root, tip], axis=1)))


def scalp(shape: Shape, person: Person) -> Plane:
    """(H, W) 0 to 1: how much the roots of the hair of the head cover the scalp."""
    rows, columns = np.mgrid[0 : shape[0] : 2, 0 : shape[1] : 2]
    middle = np.array([(chart.WIDTH - 1) / 2, (chart.HEIGHT - 1) / 2])
    places = np.stack([columns.ravel(), rows.ravel()], axis=1) - middle
    degrees = (places / chart.PER_DEGREE).astype(np.float32)
    density = scalp_density(person, degrees).reshape(rows.shape)
    full = np.repeat(np.repeat(density, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]]
    grain = 1 + 0.22 * _paint.noise(person.rng(7), shape, 2.0)
    strength = {"bald": 0.42, "receding": 0.8, "buzz": 0.9}.get(person.hair.style, 0.9)
    cover: Plane = np.clip(full * grain * strength, 0, 0.95).astype(np.float32)
    return cover
