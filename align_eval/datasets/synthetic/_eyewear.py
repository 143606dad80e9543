"""Glasses and sunglasses that sit on a person's nose and ears."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._fit import Fit
from align_eval.datasets.synthetic._shapes import grid, tube
from align_eval.datasets.synthetic.mesh import Mesh, Part

FloatArray = NDArray[np.float64]

DARK = 100.0  # added to a dark lens's canonical x
_OUTLINE = 40
_CLEARANCE = 0.03
_STYLES = ("round", "rectangular", "browline")


@dataclass(frozen=True)
class Eyewear:
    """Measures of a pair, in eye distances; the person's own width scales them.

    Parameters
    ----------
    width, height : float
        Half-sizes of a lens.
    bridge : float
        Half-distance between the lenses.
    square : float
        The exponent of the lens's outline: 2 is an ellipse, more is squarer.
    drop : float
        How much deeper the lens is at its outer lower side (aviators).
    top, bottom : float
        Half-thickness of the rim above and below.
    dark : bool
        Sunglasses.
    """

    width: float
    height: float
    bridge: float
    square: float
    drop: float
    top: float
    bottom: float
    dark: bool


def eyewear_of(rng: np.random.Generator, dark: bool) -> Eyewear:
    """A pair of glasses, or of sunglasses, as a person would own one."""
    style = str(rng.choice(_STYLES))
    width, height, rim = (float(rng.uniform(0.92, 1.08)) for _ in range(3))
    thin = bool(rng.uniform() < 0.4)
    if dark:
        square, drop = {"round": (2.2, 0.0), "rectangular": (3.2, 0.05)}.get(style, (2.5, 0.12))
        return Eyewear(
            0.43 * width, 0.34 * height, 0.12, square, drop, 0.034 * rim, 0.026 * rim, True
        )
    top = (0.015 if thin else 0.03) * rim
    if style == "round":
        return Eyewear(0.34 * width, 0.31 * height, 0.17, 2.1, 0.0, top, top, False)
    if style == "rectangular":
        return Eyewear(0.41 * width, 0.27 * height, 0.135, 3.6, 0.0, top, 0.85 * top, False)
    return Eyewear(0.38 * width, 0.28 * height, 0.14, 2.6, 0.03, 0.042 * rim, 0.012, False)


def eyewear_mesh(pair: Eyewear, fit: Fit) -> Mesh:
    """The pair on a person's unposed head."""
    scale = fit.width
    across = scale * (pair.bridge + pair.width)
    height = fit.eyes[1] + 0.05
    angle = np.linspace(0, 2 * np.pi, _OUTLINE, endpoint=False)
    outline = _outline(pair, angle) * scale
    plane = _Plane(fit, outline + [across, height])
    meshes = []
    for side in (-1.0, 1.0):
        flat = np.stack([fit.eyes[0] + side * (across + outline[:, 0]), height + outline[:, 1]], 1)
        rim = plane(flat)[:: int(side)]
        thick = _rim(pair, angle) * scale
        meshes.append(
            tube(rim, thick[:: int(side)], Part.FRAME, up=(0, 0, -1), closed=True, sides=6)
        )
        meshes.append(_lens(pair, plane, flat, fit.eyes[0] + side * across, height, side))
        meshes.append(_temple(pair, fit, plane(flat), side))
    meshes.append(_bridge(pair, fit, plane, scale, height))
    return Mesh.join(meshes)


def _outline(pair: Eyewear, angle: FloatArray) -> FloatArray:
    """(N, 2) the outline of the lens on the image's right, around its centre."""
    power = 2 / pair.square
    x, y = (np.sign(f) * np.abs(f) ** power for f in (np.cos(angle), np.sin(angle)))
    lower = np.clip(y, 0, None) * np.clip(0.3 - x, 0, None)
    return np.stack(
        [
            pair.width * x,
            pair.height * y + pair.drop * np.clip(y, 0, None) - (0.04 + 0.7 * pair.drop) * lower,
        ],
        1,
    )


def _rim(pair: Eyewear, angle: FloatArray) -> FloatArray:
    above = np.clip(0.5 - 1.5 * np.sin(angle), 0, 1)
    return pair.bottom + (pair.top - pair.bottom) * above


class _Plane:
    """The slightly wrapped and tilted surface that the lenses lie in, clear of the face."""

    def __init__(self, fit: Fit, flat: FloatArray) -> None:
        self._fit, self._z = fit, 0.0
        both = np.concatenate([flat, flat * [-1, 1]])
        both = np.concatenate([both, 0.75 * (both - both.mean(0)) + both.mean(0)])
        gap = fit.front(both) - self(both)[:, 2]
        self._z = float(gap.min()) - _CLEARANCE

    def __call__(self, flat: FloatArray) -> FloatArray:
        x, y = flat[:, 0] - self._fit.eyes[0], flat[:, 1] - self._fit.eyes[1]
        return np.stack([flat[:, 0], flat[:, 1], self._z + 0.16 * x**2 + 0.12 * y], 1)


def _lens(pair: Eyewear, plane: _Plane, flat: FloatArray, x: float, y: float, side: float) -> Mesh:
    rings = np.linspace(0.0, 1, 5)[:, None, None]
    centre = np.array([x, y])
    places = plane((centre + rings * (flat - centre)).reshape(-1, 2)).reshape(5, -1, 3)
    places[..., 2] -= 0.03 * (1 - rings[..., 0] ** 2)
    mesh = grid(places[:, :: int(side)], Part.LENS, closed=True)
    own = (mesh.vertices - [x, y, 0]) * [side, 1, 0] + [DARK if pair.dark else 0, 0, 0]
    return Mesh(mesh.vertices, own.astype(np.float32), mesh.triangles, mesh.parts)


def _temple(pair: Eyewear, fit: Fit, rim: FloatArray, side: float) -> Mesh:
    """From the rim's outer upper corner over the ear."""
    upper = rim[:, 1] < np.quantile(rim[:, 1], 0.4)
    hinge = rim[upper][np.argmax(side * rim[upper, 0])]
    ear = fit.ear_top
    t = np.linspace(0, 1, 12)
    z = hinge[2] + 0.02 + t * (ear[1] - hinge[2])
    y = hinge[1] + t**1.5 * (ear[0] - hinge[1])
    wide = fit.half_width(z)
    reach = abs(hinge[0] - fit.eyes[0]) + 0.02
    x = np.maximum(reach + t * (wide[-1] + 0.04 - reach), wide + 0.03)
    x[0] = reach
    path = np.stack([fit.eyes[0] + side * x, y, z], 1)
    hook = path[-1] + np.array([[-0.01 * side, 0.06, 0.12], [-0.04 * side, 0.25, 0.24]])
    tall = np.full(len(path) + 2, 0.6 * pair.top + 0.022)
    return tube(
        np.concatenate([path, hook]),
        np.stack([tall, 0.5 * tall], 1),
        Part.FRAME,
        up=(0, 1, 0.0001),
        sides=6,
    )


def _bridge(pair: Eyewear, fit: Fit, plane: _Plane, scale: float, height: float) -> Mesh:
    reach = scale * pair.bridge * 1.06
    x = np.linspace(-reach, reach, 9)
    arch = 1 - (x / reach) ** 2
    flat = np.stack([fit.eyes[0] + x, height - 0.06 - 0.05 * arch], 1)
    path = plane(flat)
    path[:, 2] = np.minimum(path[:, 2], fit.front(flat) - _CLEARANCE)
    path[:, 2] -= 0.02 * arch
    return tube(path, max(0.7 * pair.top, 0.014) + 0.004, Part.FRAME, up=(0, 0, -1), sides=6)
