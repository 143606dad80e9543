"""Hair: what lies behind the head, and what falls over the forehead."""

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from align_eval.datasets.synthetic.brush import Brush

FloatArray = NDArray[np.float64]


def draw_back_hair(brush: Brush) -> None:
    """Long hair behind neck and shoulders, and the volume above the crown."""
    who = brush.face.who
    if who.hair_style == "bald":
        return
    crown = brush.face.crown_curve * [1.1, 1.12, 1.0] + [0, -0.02, -0.1]
    colour = brush.exposed(who.hair, 0.62)
    if who.hair_style in ("long", "fringe"):
        side, end = 1.2 * who.width, 2.5 if who.hair_style == "long" else 1.5
        ends = np.array([[-side, end, -0.6], [side, end, -0.6]])
        brush.fill(np.vstack([crown, ends]), colour)
    elif who.hair_style == "curly":
        for centre in _locks(brush, crown):
            brush.ball(centre, 0.27, colour)
    else:
        brush.fill(crown, colour)


def draw_front_hair(brush: Brush) -> None:
    """The hair that frames the forehead, strand by strand."""
    who = brush.face.who
    if who.hair_style == "bald":
        return
    crown = brush.face.crown_curve * [1.06, 1.08, 1.0]
    line = _hairline(brush)
    rng = default_rng(who.texture)
    before = brush.canvas.copy()
    brush.fill(np.vstack([crown, line]), brush.exposed(who.hair, 0.85))
    if who.hair_style == "curly":
        _curls(brush, rng, crown)
    else:
        _strands(brush, rng, crown, line)
    if who.hair_style != "curly":
        brush.keep(before, brush.mask(np.vstack([crown, line])))


def _hairline(brush: Brush) -> FloatArray:
    """(33, 3): the hair's lower edge, from the image's left to its right."""
    who = brush.face.who
    t = np.linspace(-1, 1, 33)
    high = -0.62 * who.forehead - 0.08
    edge = {
        "short": high + 0.10 * t**2,
        "parted": high - 0.12 + 0.34 * np.abs(t - 0.45) ** 1.2,
        "long": high - 0.12 + 0.42 * np.abs(t + 0.1) ** 1.5,
        "fringe": -0.52 + 0.05 * np.cos(9 * t),
        "curly": high + 0.12 * t**2 + 0.03 * np.cos(20 * t),
    }[who.hair_style]
    rim = np.clip((np.abs(t) - 0.85) / 0.15, 0, 1)  # down to the temples
    y = edge * (1 - rim) + 0.05 * rim
    return np.stack([1.06 * who.width * t, y, -0.15 - 0.4 * t**2], axis=1)


def _strands(brush: Brush, rng: Generator, crown: FloatArray, line: FloatArray) -> None:
    """Lines from the crown to the hairline, lighter and darker than the hair."""
    who = brush.face.who
    fraction = np.linspace(0, 1, 6)[:, None]
    for at in rng.uniform(0, 1, 55):
        root = crown[int((1 - at) * (len(crown) - 1))] * [0.9, 1, 1]
        tip = line[int(np.clip(at + rng.normal(0, 0.05), 0, 1) * (len(line) - 1))]
        lift = np.array([0, -0.06 * rng.random(), 0]) * np.sin(np.pi * fraction)
        colour = brush.exposed(who.hair, float(rng.uniform(0.65, 1.1)))
        brush.stroke(root + (tip - root) * fraction + lift, colour, 0.02)


def _curls(brush: Brush, rng: Generator, crown: FloatArray) -> None:
    who = brush.face.who
    for centre in _locks(brush, crown * [0.95, 0.93, 1.0]):
        brush.ball(centre, float(rng.uniform(0.13, 0.2)), brush.exposed(who.hair, 0.9))
        colour = brush.exposed(who.hair, float(rng.uniform(0.95, 1.15)))
        brush.ball(centre + [-0.03, -0.04, 0], 0.08, colour)


def _locks(brush: Brush, crown: FloatArray) -> FloatArray:
    """(N, 1, 3): centres of curls along the crown."""
    rng = default_rng(brush.face.who.texture + 1)
    chosen = crown[::3]
    return (chosen + rng.normal(0, 0.05, chosen.shape))[:, None, :]
