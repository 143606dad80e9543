"""What the skin itself shows, drawn on the chart: tone, freckles, moles, lips, wrinkles, pores."""

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import _paint, chart
from align_eval.datasets.synthetic._growth import eye_unit
from align_eval.datasets.synthetic.person import Person

Plane = NDArray[np.float32]
Places = NDArray[np.float64]
Shape = tuple[int, int]


def melanin(shape: Shape, points: Places, person: Person, rng: np.random.Generator) -> Plane:
    """(H, W) melanin beside the person's mean: eyes' surroundings, blotches, freckles, moles."""
    skin, unit = person.skin, eye_unit(points)
    total = 0.022 * skin.unevenness * _paint.clouds(rng, shape, 60, 4)
    total += (
        0.03
        * (skin.melanin - 0.2)
        * _paint.blob(shape, points[27] - (0, 0.7 * unit), (unit, 0.4 * unit))
    )
    for eye in (points[36:42], points[42:48]):
        centre = eye.mean(axis=0)
        below = _paint.blob(shape, centre + (0, 0.15 * unit), (0.20 * unit, 0.075 * unit))
        above = _paint.blob(shape, centre - (0, 0.13 * unit), (0.24 * unit, 0.075 * unit))
        total += (0.10 * skin.circles + 0.02) * (below + 0.7 * above)
    total += _freckles(shape, points, person, rng)
    for azimuth, elevation, radius in skin.moles:
        place = chart.pixels_of((azimuth, elevation))
        size = radius * chart.PER_DEGREE
        total += 0.55 * np.minimum(1, 1.8 * _paint.blob(shape, place, (size, size)))
    found: Plane = total.astype(np.float32)
    return found


def _freckles(
    shape: Shape, points: Places, person: Person, rng: np.random.Generator
) -> Plane | float:
    dense = person.skin.freckles
    if dense == 0:
        return 0.0
    unit = eye_unit(points)
    where = _paint.blob(shape, points[28], (0.75 * unit, 0.3 * unit))
    where += 0.4 * _paint.blob(shape, points[27] - (0, 0.6 * unit), (0.8 * unit, 0.35 * unit))
    spots = _paint.blurred(rng.standard_normal(shape, dtype=np.float32), 1.3) * 4.6
    return 0.22 * where * _paint.smoothstep(1.75 - 0.6 * dense, 2.6 - 0.6 * dense, spots)


def blood(shape: Shape, points: Places, person: Person, rng: np.random.Generator) -> Plane:
    """(H, W) haemoglobin beside the mean: cheeks, nose, ears and chin redder, lids too."""
    skin, unit = person.skin, eye_unit(points)
    total = 0.09 * (0.4 + skin.unevenness) * _paint.clouds(rng, shape, 34, 4)
    cheeks = [
        0.45 * points[a] + 0.35 * points[b] + 0.2 * points[c]
        for a, b, c in ((36, 48, 2), (45, 54, 14))
    ]
    spots = [
        (cheeks[0], (0.26, 0.2), 0.75),
        (cheeks[1], (0.26, 0.2), 0.75),
        (points[30], (0.15, 0.15), 0.7),
        (points[31], (0.07, 0.07), 0.35),
        (points[35], (0.07, 0.07), 0.35),
        (points[8] - (0, 0.15 * unit), (0.25, 0.16), 0.35),
        (points[27] - (0, 0.75 * unit), (0.9, 0.35), -0.25),
        (points[39], (0.06, 0.06), 0.7),
        (points[42], (0.06, 0.06), 0.7),
        (chart.pixels_of((-92.0, 2.0)), (0.33, 0.45), 0.9),
        (chart.pixels_of((92.0, 2.0)), (0.33, 0.45), 0.9),
    ]
    for centre, radii, strength in spots:
        size = np.asarray(radii) * unit
        total += strength * (0.2 + 0.75 * skin.ruddiness) * _paint.blob(shape, centre, size)
    found: Plane = total.astype(np.float32)
    return found


def lips(shape: Shape, points: Places) -> Plane:
    """(H, W) 0 to 1: the red of the lips."""
    outline = _paint.smooth(points[48:60], 80, closed=True)
    return np.clip(_paint.blurred(_paint.filled(shape, outline), 1.3), 0, 1).astype(np.float32)


def shine(shape: Shape, points: Places, person: Person, cover: Plane) -> Plane:
    """(H, W) strength of the specular reflection: oilier forehead, nose and chin, wet lips."""
    unit, oil = eye_unit(points), person.skin.oil
    zone = _paint.blob(shape, points[29], (0.16 * unit, 0.45 * unit))
    zone += 0.8 * _paint.blob(shape, points[27] - (0, 0.55 * unit), (0.6 * unit, 0.3 * unit))
    zone += 0.5 * _paint.blob(shape, points[8] - (0, 0.15 * unit), (0.25 * unit, 0.15 * unit))
    total = 0.3 + 0.35 * oil + (0.25 + 0.8 * oil) * np.minimum(zone, 1)
    total *= 1 + 0.18 * _paint.noise(person.rng(8), shape, 3)
    total *= 1 - 0.85 * np.maximum(np.maximum(cover[..., 0], cover[..., 1]), 0.8 * cover[..., 3])
    total += cover[..., 2] * (0.15 + 1.5 * person.lips.gloss)
    found: Plane = np.clip(total, 0, 2.5).astype(np.float32)
    return found


def slope(shape: Shape, points: Places, person: Person, cover: Plane) -> Plane:
    """(H, W, 2) slope of the relief to the right and down: pores, wrinkles, lips, hair."""
    rng = person.rng(9)
    pores = 0.05 * _paint.noise(rng, shape, 2.2) + 0.09 * _paint.clouds(rng, shape, 9, 2)
    height = pores * (1 + 0.6 * cover[..., 1]) - wrinkles(shape, points, person)
    height += 0.9 * cover[..., 0] + 0.5 * cover[..., 1] * person.beard.length
    height += 0.5 * cover[..., 2] * _paint.noise(rng, shape, 4)
    right = np.gradient(height, axis=1)
    down = np.gradient(height, axis=0)
    found: Plane = np.dstack([right, down]).astype(np.float32)
    return found


def wrinkles(shape: Shape, points: Places, person: Person) -> Plane:
    """(H, W) depth of the folds, in chart pixels."""
    depth, unit, rng = person.skin.wrinkles, eye_unit(points), person.rng(10)
    nasal = [_fold(points[a], points[b], outward * 0.14 * unit, unit)
             for a, b, outward in ((31, 48, -1), (35, 54, 1))]  # fmt: skip
    total = (0.5 + 2.2 * depth) * _paint.blurred(_paint.lines(shape, nasal, 2), 2.2)
    bags = [
        _paint.smooth(points[eye] + (0, 0.12 * unit), 20) for eye in ([39, 40, 41], [42, 47, 46])
    ]
    total += (0.4 + 1.2 * depth) * _paint.blurred(_paint.lines(shape, bags, 1), 1.8)
    crease = [
        _paint.smooth(points[eye] - (0, 0.07 * unit), 20)
        for eye in ([36, 37, 38, 39], [42, 43, 44, 45])
    ]
    total += 1.2 * _paint.blurred(_paint.lines(shape, crease, 1), 1.0)
    if depth > 0.05:
        fine = _paint.lines(shape, _forehead(points, unit, rng) + _crows_feet(points, unit, rng))
        total += 2.6 * depth * _paint.blurred(fine, 1.1)
    found: Plane = total.astype(np.float32)
    return found


def _fold(start: Places, end: Places, bulge: float, unit: float) -> Places:
    """From a nostril's wing round the mouth's corner."""
    outwards = np.sign(bulge)
    first = start + (outwards * 0.09 * unit, -0.06 * unit)
    last = end + (outwards * 0.13 * unit, 0.05 * unit)
    return _paint.smooth([first, 0.5 * (first + last) + (0.35 * bulge, 0), last], 24)


def _forehead(points: Places, unit: float, rng: np.random.Generator) -> list[Places]:
    found = []
    for k in range(4):
        across = np.linspace(-0.75, 0.75, 9) * unit * rng.uniform(0.7, 1)
        up = (0.62 + 0.17 * k) * unit - 0.05 * unit * np.cos(across / unit * 4)
        up = up + rng.normal(0, 0.012 * unit, 9)
        found.append(_paint.smooth(np.stack([points[27, 0] + across, points[27, 1] - up], 1), 40))
    for side in (-1, 1):
        x = points[27, 0] + side * 0.09 * unit
        found.append(
            np.array([[x, points[27, 1] - 0.5 * unit], [x - side * 2, points[27, 1] - 0.28 * unit]])
        )
    return found


def _crows_feet(points: Places, unit: float, rng: np.random.Generator) -> list[Places]:
    found = []
    for corner, out in ((points[36], -1), (points[45], 1)):
        for angle in np.radians([-28, -8, 12, 30]):
            start = corner + (out * 0.1 * unit, 0.03 * unit)
            reach = unit * rng.uniform(0.14, 0.26)
            found.append(
                np.array([start, start + reach * np.array([out * np.cos(angle), np.sin(angle)])])
            )
    return found
