"""Drawing one face: layers of filled curves on a canvas of three times the size."""

import cv2
import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from align_eval.datasets.synthetic.brush import Brush
from align_eval.datasets.synthetic.geometry import Geometry
from align_eval.datasets.synthetic.hair import draw_back_hair, draw_front_hair

FloatArray = NDArray[np.float64]

SUPERSAMPLING = 3


def draw(face: Geometry, size: int) -> NDArray[np.uint8]:
    """The image of a face: RGB uint8 (size, size, 3)."""
    brush = Brush(face, size * SUPERSAMPLING)
    _background(brush)
    draw_back_hair(brush)
    _body(brush)
    _head(brush)
    for side in (-1, 1):
        _eye(brush, side)
        _brow(brush, side)
    _nose(brush)
    _mouth(brush)
    _moles(brush)
    draw_front_hair(brush)
    if face.who.glasses:
        _glasses(brush)
    return _developed(brush, size)


def _background(brush: Brush) -> None:
    """A soft blend of two colours, and a few blurred patches."""
    rng = default_rng(brush.face.shot.texture)
    first, second = (np.array(colour) for colour in brush.face.shot.background)
    small = np.linspace(0, 1, 16)[:, None, None] * (second - first) + first
    small = np.clip(small + rng.normal(0, 5, (16, 16, 1)), 0, 255).astype(np.uint8)
    cv2.resize(small, (brush.size, brush.size), dst=brush.canvas, interpolation=cv2.INTER_CUBIC)


def _body(brush: Brush) -> None:
    """Shoulders, neck and ears, behind the head."""
    who = brush.face.who
    t = np.linspace(-1, 1, 25)
    x = 3.2 * t
    shoulders = np.stack([x, who.chin + 0.62 + 0.75 * np.abs(t) ** 2, np.full(25, -0.6)], axis=1)
    low = np.array([[3.2, 6.0, -0.6], [-3.2, 6.0, -0.6]])
    brush.fill(np.vstack([shoulders, low]), brush.exposed(who.clothes, 0.8))
    w, top = 0.66 * who.width, who.chin - 0.7
    neck = [[-w, top], [-w, who.chin + 0.5], [0, who.chin + 0.95], [w, who.chin + 0.5], [w, top]]
    throat = np.array([[x, y, -0.5] for x, y in neck])
    brush.fill(throat, brush.exposed(who.skin, 0.62))
    angle = np.linspace(0, 2 * np.pi, 24)
    for side in (-1, 1):
        ear = np.stack(
            [
                side * (who.width + 0.02) + 0.13 * who.ear * np.cos(angle),
                0.28 + 0.32 * who.ear * np.sin(angle),
                np.full(24, -0.6),
            ],
            axis=1,
        )
        brush.fill(ear, brush.exposed(who.skin, 0.8))
        brush.stroke(0.6 * (ear - ear.mean(0)) + ear.mean(0), brush.exposed(who.skin, 0.6), 0.03)


def _head(brush: Brush) -> None:
    """The lit skin inside the head's outline."""
    skin = np.clip(brush.shading.skin, 0, 255).astype(np.uint8)
    matrix = brush.shading.frame(brush.size)
    size = (brush.size, brush.size)
    lit = cv2.warpAffine(
        skin, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    outline = np.vstack([brush.face.jaw_curve, brush.face.crown_curve])
    cv2.copyTo(lit, brush.mask(outline), brush.canvas)


def _eye(brush: Brush, side: int) -> None:
    who, face = brush.face.who, brush.face
    outline, iris = face.eye(side), face.iris(side)
    before = brush.canvas.copy()
    brush.fill(outline, brush.lit((232, 228, 224), outline))
    brush.ball(iris, 0.108, brush.lit(_scaled(who.iris, 0.55), outline))
    brush.ball(iris, 0.092, brush.lit(who.iris, outline))
    brush.ball(iris, 0.045, (12, 10, 10))
    brush.ball(iris + [-0.03, -0.035, 0], 0.018, brush.exposed((250, 250, 250)))
    count = (len(outline) - 2) // 2
    upper = outline[: count + 2]
    brush.stroke(upper + [0, 0.02, 0], brush.lit((110, 100, 100), outline), 0.035)
    brush.keep(before, brush.mask(outline))
    brush.stroke(upper, brush.lit((46, 32, 28), outline), 0.032)
    lower = np.vstack([outline[count + 1 :], outline[:1]])
    brush.stroke(lower, brush.lit(_scaled(who.skin, 0.66), outline), 0.016)
    crease = upper + [0, -0.055, 0]
    brush.stroke(crease[2:-2], brush.lit(_scaled(who.skin, 0.72), outline), 0.016)


def _brow(brush: Brush, side: int) -> None:
    """Hairs between the brow's upper line and a lower one; thinnest at the temple."""
    who = brush.face.who
    line = _smooth(brush.face.brow(side))
    t = np.linspace(0, 1, len(line))[:, None]
    inward = t if side < 0 else 1 - t
    thick = who.brow_weight * (0.3 + 0.7 * np.sin(np.pi * (0.1 + 0.72 * inward)))
    down = np.array([[0, 1.0, 0]]) * thick
    colour = _mixed(_scaled(who.hair, 0.7), who.skin, 0.15)
    brush.fill(np.vstack([line, (line + down)[::-1]]), brush.lit(colour, line))


def _nose(brush: Brush) -> None:
    who, base = brush.face.who, brush.face.nose_base
    dark = brush.lit(_scaled(who.skin, 0.34), base)
    soft = brush.lit(_scaled(who.skin, 0.74), base)
    angle = np.linspace(0, 2 * np.pi, 16)
    w = who.nose_width
    for side in (-1, 1):
        centre = (base[1] if side < 0 else base[3]) + [0, -0.03, 0]
        hole = np.stack([0.30 * w * np.cos(angle), 0.028 * np.sin(angle), np.zeros(16)], axis=1)
        brush.fill(centre + hole, dark)
        wing = (base[0] if side < 0 else base[4]) + np.array(
            [
                [-0.10 * side * w, -0.19, 0.0],
                [0.10 * side * w, -0.10, 0.0],
                [0, 0, 0],
                [-0.35 * side * w, 0.03, 0.02],
            ]
        )
        brush.stroke(_smooth(wing), soft, 0.022)
    brush.stroke(_smooth(base[1:4]), soft, 0.02)


def _mouth(brush: Brush) -> None:
    who, face = brush.face.who, brush.face
    t = np.linspace(-1, 1, 25)
    top, bottom = face.lip_line(t, 1, -1), face.lip_line(t, 1, 1)
    upper, lower = face.lip_line(t, 0, -1), face.lip_line(t, 0, 1)
    brush.fill(np.vstack([top, upper[::-1]]), brush.lit(_scaled(who.lips, 0.84), top))
    brush.fill(np.vstack([lower, bottom[::-1]]), brush.lit(who.lips, bottom))
    shine = face.lip_line(0.4 * t, 0.55, 1)
    brush.stroke(shine, brush.lit(_mixed(who.lips, (255, 235, 230), 0.25), bottom), 0.03)
    if face.gap > 0.015:
        brush.fill(np.vstack([upper, lower[::-1]]), brush.exposed((58, 22, 24)))
        teeth = face.lip_line(0.8 * t, 0, -1)
        edge = teeth + (face.lip_line(0.8 * t, 0, 1) - teeth) * 0.65
        brush.fill(np.vstack([teeth, edge[::-1]]), brush.exposed((228, 222, 212), 0.9))
    brush.stroke(upper, brush.lit(_scaled(who.lips, 0.45), top), 0.022)


def _moles(brush: Brush) -> None:
    """A few dark spots that belong to the person."""
    rng = default_rng(brush.face.who.texture + 2)
    for _ in range(int(rng.integers(0, 5))):
        x = float(rng.uniform(-0.85, 0.85))
        y = float(rng.uniform(0.2, 1.4)) if abs(x) > 0.3 else float(rng.uniform(-0.8, -0.5))
        at = np.array([[x, y, 0.1 - 0.4 * x**2]])
        brush.ball(
            at, float(rng.uniform(0.012, 0.03)), brush.lit(_scaled(brush.face.who.skin, 0.45), at)
        )


def _glasses(brush: Brush) -> None:
    angle = np.linspace(0, 2 * np.pi, 28)
    rim = brush.exposed((40, 36, 36))
    for side in (-1, 1):
        lens = np.stack(
            [side * 0.52 + 0.33 * np.cos(angle), 0.05 + 0.25 * np.sin(angle), np.full(28, 0.18)],
            axis=1,
        )
        brush.stroke(lens, rim, 0.035, closed=True)
        arm = np.array([[side * 0.85, 0.0, 0.15], [side * brush.face.who.width, 0.05, -0.5]])
        brush.stroke(arm, rim, 0.035)
    brush.stroke(np.array([[-0.19, 0.02, 0.2], [0.0, -0.03, 0.25], [0.19, 0.02, 0.2]]), rim, 0.035)


def _developed(brush: Brush, size: int) -> NDArray[np.uint8]:
    """The canvas at its final size, softened and with the sensor's noise."""
    soft = cv2.GaussianBlur(brush.canvas, (0, 0), 0.5 * SUPERSAMPLING)
    small = cv2.resize(soft, (size, size), interpolation=cv2.INTER_AREA)
    rng = default_rng(brush.face.shot.texture + 1)
    noise = rng.standard_normal((size, size, 1), dtype=np.float32) * brush.face.shot.noise
    image: NDArray[np.uint8] = np.clip(np.rint(small + noise), 0, 255).astype(np.uint8)
    return image


def _smooth(points: FloatArray, count: int = 17) -> FloatArray:
    """A smooth curve through a few (N, 3) points (Catmull–Rom)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    at = np.linspace(0, len(points) - 1, count)
    i = np.minimum(at.astype(int), len(points) - 2)
    t = (at - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    curve: FloatArray = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return curve


def _scaled(colour: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    r, g, b = colour
    return factor * r, factor * g, factor * b


def _mixed(
    first: tuple[float, float, float], second: tuple[float, float, float], part: float
) -> tuple[float, float, float]:
    r, g, b = (np.array(first) * (1 - part) + np.array(second) * part).tolist()
    return r, g, b
