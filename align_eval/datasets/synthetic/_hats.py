"""Caps, beanies and brimmed hats around a person's skull, and hair pressed under them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._fit import Fit
from align_eval.datasets.synthetic._shapes import grid
from align_eval.datasets.synthetic.mesh import Mesh, Part

FloatArray = NDArray[np.float64]

_ANGLES, _LEVELS = 64, 14
_GAP = 0.05
_FRONT_ABOVE_BROWS = 0.3
_SPRING = 0.4  # how far below the rim, in heights of the crown, hair is still held in


@dataclass(frozen=True)
class Hat:
    """The shape of a hat; lengths in eye distances.

    Parameters
    ----------
    style : str
        ``cap``, ``beanie`` or ``brimmed``.
    height : float
        Of the crown over the skull.
    full : float
        Exponent of the crown's outline: 2 is a dome, more has a flatter top.
    brim : float
        How far the visor or brim reaches.
    """

    style: str
    height: float
    full: float
    brim: float


def hat_of(rng: np.random.Generator) -> Hat:
    """A hat as a person would own one."""
    style = str(rng.choice(["cap", "cap", "beanie", "brimmed"]))
    height, brim = float(rng.uniform(0.85, 1.15)), float(rng.uniform(0.85, 1.1))
    measures = {
        "cap": (0.18, 2.3, 0.95),
        "beanie": (0.12, 2.2, 0.0),
        "brimmed": (0.34, 4.5, 0.75),
    }[style]
    return Hat(style, measures[0] * height, measures[1], measures[2] * brim)


class Crown:
    """The part of a hat that sits on the skull: a tilted rim, and a dome above it.

    Parameters
    ----------
    hat : Hat
        Its shape.
    fit : Fit
        The head under it.
    """

    def __init__(self, hat: Hat, fit: Fit) -> None:
        self._full = hat.full
        skull = fit.skin
        brow = float(fit.landmarks[17:27, 1].min())
        self._x = float(fit.eyes[0])
        front, back = float(skull[:, 2].min()) + 0.4, float(skull[:, 2].max())
        self._depth = (front + back) / 2
        # From above the brows down to the nape.
        self._rim = (brow - _FRONT_ABOVE_BROWS, 0.20)
        self._top = float(skull[:, 1].min()) - hat.height
        above = skull[self.level(skull) > 0]
        self._outline = np.ones(_ANGLES)
        self._outline = self._measured(above[self.level(above) < 0.4]) + _GAP
        self._outline *= max(1.0, float(self.radius(above).max()))

    def _measured(self, places: FloatArray) -> FloatArray:
        """How far out places are at each angle, filled and smoothed around the head."""
        away = places[:, [0, 2]] - [self._x, self._depth]
        sector = _sector(np.arctan2(away[:, 0], -away[:, 1]))
        outline = np.zeros(_ANGLES)
        np.maximum.at(outline, np.rint(sector).astype(int) % _ANGLES, np.linalg.norm(away, axis=1))
        for _ in range(3):
            outline = np.maximum(outline, (np.roll(outline, 1) + np.roll(outline, -1)) / 2)
        smooth = sum(np.roll(outline, k) for k in range(-3, 4)) / 7
        return np.maximum(smooth, outline)

    def _reach(self, angle: FloatArray) -> FloatArray:
        """How far from the axis the cloth is at the rim."""
        number = np.arange(_ANGLES + 1)
        return np.interp(_sector(angle), number, self._outline[number % _ANGLES])

    def rim(self, z: FloatArray) -> FloatArray:
        """The rim's y at a depth."""
        height, slope = self._rim
        y: FloatArray = height + slope * (z - self._depth + 1.1)
        return y

    def level(self, places: FloatArray) -> FloatArray:
        """(N,) 0 at the rim, 1 at the top."""
        rim = self.rim(places[:, 2])
        return (rim - places[:, 1]) / (rim - self._top)

    def _narrowing(self, level: FloatArray) -> FloatArray:
        high = np.clip(level, 0, 0.995)
        narrow: FloatArray = (1 - high**self._full) ** (1 / self._full)
        return narrow

    def _away(self, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(N, 2) horizontal places from the axis, (N,) over the cloth's own reach there."""
        flat = places[:, [0, 2]] - [self._x, self._depth]
        reach = self._reach(np.arctan2(flat[:, 0], -flat[:, 1]))
        return flat, np.linalg.norm(flat, axis=1) / reach

    def radius(self, places: FloatArray) -> FloatArray:
        """(N,) how far out places are; 1 is the hat's cloth."""
        return self._away(places)[1] / self._narrowing(self.level(places))

    def at(self, angle: FloatArray, level: FloatArray, out: FloatArray | float = 0.0) -> FloatArray:
        """Places on the cloth, `out` eye distances off it; angle 0 is the front.

        Angles go towards the image's right.
        """
        reach = self._reach(angle) * self._narrowing(level) + out
        z = self._depth - reach * np.cos(angle)
        rim = self.rim(z)
        return np.stack(
            [self._x + reach * np.sin(angle), rim + level * (self._top - rim), z], axis=-1
        )

    def pressed(self, places: FloatArray) -> FloatArray:
        """Places above the rim moved in until they are under the cloth; below, gradually less."""
        level = self.level(places)
        height = np.minimum(level, 0.92)
        rim = self.rim(places[:, 2])
        moved = places.copy()
        moved[:, 1] = np.where(level > 0, rim + height * (self._top - rim), places[:, 1])
        flat, away = self._away(places)
        shrink = np.minimum(1.0, 0.94 * self._narrowing(height) / np.maximum(away, 1e-9))
        ease = np.clip(1 + level / _SPRING, 0, 1)
        ease = ease * ease * (3 - 2 * ease)
        flat *= (1 - ease * (1 - shrink))[:, None]
        moved[:, [0, 2]] = flat + [self._x, self._depth]
        return moved


def _sector(angle: FloatArray) -> FloatArray:
    sector: FloatArray = (angle % (2 * np.pi)) * (_ANGLES / (2 * np.pi))
    return sector


def hat_mesh(hat: Hat, crown: Crown) -> Mesh:
    """The hat on a person's unposed head."""
    meshes = [_dome(crown), _lining(crown)]
    if hat.style == "beanie":
        meshes.append(_cuff(crown))
    if hat.style == "cap":
        meshes.append(_visor(hat, crown))
    if hat.style == "brimmed":
        meshes += [_brim(hat, crown), _band(crown)]
    return Mesh.join(meshes)


def _cloth(places: FloatArray, canonical: FloatArray, closed: bool) -> Mesh:
    mesh = grid(places, Part.HAT, closed)
    own = np.ascontiguousarray(canonical.reshape(-1, 3), dtype=np.float32)
    return Mesh(mesh.vertices, own, mesh.triangles, mesh.parts)


def _around(levels: FloatArray) -> tuple[FloatArray, FloatArray]:
    # Columns towards the image's right × rows upwards points out, to the viewer at the front.
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    around, heights = np.broadcast_arrays(angle[None], levels[:, None])
    return around, heights


def _unrolled(angle: FloatArray, level: FloatArray, layer: float) -> FloatArray:
    """Canonical places on the cloth laid flat: along, up, and which layer."""
    along = (angle + np.pi) % (2 * np.pi) - np.pi
    return np.stack([1.25 * along, -1.4 * level, np.full_like(along, layer)], axis=-1)


def _dome(crown: Crown) -> Mesh:
    levels = np.sin(np.linspace(0, np.pi / 2, _LEVELS))
    angle, level = _around(levels)
    return _cloth(crown.at(angle, level), _unrolled(angle, level, 0), closed=True)


def _lining(crown: Crown) -> Mesh:
    """The inner side of the rim, seen where the cloth stands off the head."""
    angle, level = _around(np.array([0.12, 0.0]))
    return _cloth(crown.at(angle, level), _unrolled(angle, level, 3), closed=True)


def _cuff(crown: Crown) -> Mesh:
    """A folded edge: out, up and back in."""
    profile = np.array(
        [[0, -0.03], [-0.02, 0.01], [0.0, 0.05], [0.08, 0.07], [0.24, 0.07], [0.3, 0.05], [0.31, 0]]
    )
    angle, level = _around(profile[:, 0])
    rows = [crown.at(angle[i], level[i], out) for i, (_, out) in enumerate(profile)]
    return _cloth(np.stack(rows), _unrolled(angle, level, 2), closed=True)


def _band(crown: Crown) -> Mesh:
    profile = np.array([[0.02, 0.0], [0.02, 0.025], [0.2, 0.025], [0.2, 0.0]])
    angle, level = _around(profile[:, 0])
    rows = [crown.at(angle[i], level[i], out) for i, (_, out) in enumerate(profile)]
    return _cloth(np.stack(rows), _unrolled(angle, level, 2), closed=True)


def _visor(hat: Hat, crown: Crown) -> Mesh:
    angle = np.linspace(-1.0, 1.0, 29)
    reach = hat.brim * np.sqrt(np.clip(1 - (angle / 1.02) ** 2, 0, 1))
    return _flange(crown, angle, reach, drop=0.16, sag=0.20, closed=False)


def _brim(hat: Hat, crown: Crown) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    reach = hat.brim * (1 - 0.12 * np.abs(np.sin(angle)))
    return _flange(crown, angle, reach, drop=0.06, sag=-0.14, closed=True)


def _flange(
    crown: Crown, angle: FloatArray, reach: FloatArray, drop: float, sag: float, closed: bool
) -> Mesh:
    """A sheet that leaves the rim outwards, with an upper and a lower face.

    `drop` is how far it sinks at its edge, `sag` how far its sides hang below its middle.
    """
    out = np.linspace(0, 1, 7)[:, None] * reach
    rows = []
    for i in range(len(out)):
        row = crown.at(angle, np.full_like(angle, 0.04))
        row[:, 0] += out[i] * np.sin(angle)
        row[:, 2] -= out[i] * np.cos(angle)
        row[:, 1] += drop * out[i] ** 2 + sag * (row[:, 0] - row[:, 0].mean()) ** 2 * (
            out[i] / max(float(reach.max()), 1e-9)
        )
        rows.append(row)
    upper = np.stack(rows)
    canonical = np.stack(
        [1.25 * np.broadcast_to(angle, out.shape), out, np.ones_like(out)], axis=-1
    )
    lower = upper + [0, 0.035, 0]
    lower[-1] = upper[-1] + [0, 0.03, 0]
    edge = np.stack([upper[-1], lower[-1]])
    return Mesh.join(
        [
            _cloth(upper[::-1], canonical[::-1], closed),
            _cloth(lower, canonical + [0, 0, 0.5], closed),
            _cloth(edge[::-1], canonical[[-1, -1]], closed),
        ]
    )
