"""Where everything of a drawn face lies, in space and in the image.

The face's frame: the middle between the eyes is the origin, x right, y down and z towards the
viewer, in eye distances. The drawing fills exactly the curves that the 68 points are taken from,
so the points are the drawing's own, not an annotation of it. One convention follows iBUG's
annotators: the jaw's points lie on the visible outline of the head.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.identity import Identity, Shot

FloatArray = NDArray[np.float64]

_LIDS = (-0.42, 0.42)  # where on an eye's width iBUG's four lid points lie
_LIP = (-0.62, -0.27, 0.0, 0.27, 0.62)  # and on a mouth's half width the five of a lip
_INNER = (-0.3, 0.0, 0.3)
_EARS = -0.02  # the height at which the jaw's outline starts


@dataclass(frozen=True)
class Geometry:
    """The curves of one face in one image; every curve is (N, 3) in eye distances."""

    who: Identity
    shot: Shot

    @cached_property
    def _rotation(self) -> FloatArray:
        (sy, cy), (sp, cp), (sr, cr) = (
            (np.sin(a), np.cos(a)) for a in (self.shot.yaw, self.shot.pitch, self.shot.roll)
        )
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return np.asarray(roll @ pitch @ yaw, dtype=np.float64)

    @cached_property
    def _origin(self) -> FloatArray:
        """Image position, in image widths, of the frame's origin."""
        return np.array([0.5 + self.shot.shift[0], 0.46 + self.shot.shift[1]])

    def project(self, points: FloatArray, size: float) -> FloatArray:
        """(N, 3) points of the face as (N, 2) pixels of a square image (weak perspective)."""
        turned = points @ self._rotation[:2].T
        pixels: FloatArray = size * (self._origin + self.shot.scale * turned) - 0.5
        return pixels

    def upright(self, points: FloatArray) -> FloatArray:
        """(N, 3) points after yaw and pitch but before roll: (N, 2), in eye distances."""
        c, s = np.cos(self.shot.roll), np.sin(self.shot.roll)
        unroll = np.array([[c, s], [-s, c]])
        turned: FloatArray = points @ (unroll @ self._rotation[:2]).T
        return turned

    def landmarks(self, size: float) -> FloatArray:
        """The 68 points of iBUG, (68, 2) pixels."""
        left, right = self.eye(-1, _LIDS), self.eye(1, _LIDS)
        mouth = self._mouth_landmarks
        parts = (self.jaw, self.brow(-1), self.brow(1), self.bridge, self.nose_base)
        return self.project(np.vstack([*parts, left, right, mouth]), size)

    @cached_property
    def jaw(self) -> FloatArray:
        """(17, 3): the outline from ear to ear over the chin, at even distances."""
        curve = self.jaw_curve
        steps = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))]
        at = np.linspace(0.0, steps[-1], 17)
        return np.stack([np.interp(at, steps, axis) for axis in curve.T], axis=1)

    @cached_property
    def jaw_curve(self) -> FloatArray:
        """(97, 3): a superellipse; the sides lie further back than the chin."""
        who, angle = self.who, np.linspace(0.0, np.pi, 97)
        c, s = np.cos(angle), np.sin(angle)
        x = -who.width * np.sign(c) * np.abs(c) ** (2 / who.jaw_power)
        drop = who.chin + 0.12 * self.shot.mouth_open - _EARS
        y = _EARS + drop * np.abs(s) ** (2 / who.jaw_power)
        return np.stack([x, y, -0.55 + 0.45 * s], axis=1)

    @cached_property
    def crown_curve(self) -> FloatArray:
        """(49, 3): the skull's outline from the image's right ear over the top to the left."""
        angle = np.linspace(0.0, np.pi, 49)
        c, s, power = np.cos(angle), np.sin(angle), 2 / 2.35
        x = self.who.width * np.sign(c) * np.abs(c) ** power
        y = _EARS - (self.who.forehead + _EARS) * np.abs(s) ** power
        return np.stack([x, y, np.full(49, -0.55)], axis=1)

    def brow(self, side: int) -> FloatArray:
        """(5, 3): a brow's upper line, from left to right in the image; side −1 is the left."""
        who = self.who
        x = np.array([0.93, 0.80, 0.60, 0.39, 0.19])
        arch = np.array([0.0, 0.13, 0.19, 0.17, 0.10]) * who.brow_arch
        y = -0.20 - arch - who.brow_lift - self.shot.brow_raise + who.brow_tilt * (0.55 - x)
        line = np.stack([side * x, y, 0.12 - 0.35 * x**2], axis=1)
        return line if side < 0 else line[::-1]

    def eye(self, side: int, at: tuple[float, ...] = ()) -> FloatArray:
        """An eye's outline, clockwise from the corner at the image's left; side −1 is the left.

        `at` gives positions on the lids, from −1 to 1, beside the corners: two give iBUG's six
        points, none a smooth outline.
        """
        inner = np.array(at) if at else np.linspace(-1, 1, 19)[1:-1]
        who = self.who
        opening = who.eye_open * self.shot.eye_open * (1 - 0.15 * self.shot.smile)
        upper, lower = -0.105 * opening, 0.062 * (0.4 + 0.6 * opening)
        t = np.r_[-1.0, inner, 1.0, inner[::-1]]
        lid = np.r_[0.0, np.full(len(inner), upper), 0.0, np.full(len(inner), lower)]
        x = side * 0.5 + who.eye_width * t
        y = lid * (1 - np.abs(t) ** 2.2) + who.eye_tilt * side * t * who.eye_width
        return np.stack([x, y, 0.04 - 0.3 * (np.abs(x) - 0.3) ** 2], axis=1)

    def iris(self, side: int) -> FloatArray:
        """(1, 3): an iris' centre."""
        x, y = side * 0.5 + self.shot.gaze[0], -0.02 + self.shot.gaze[1]
        return np.array([[x, y, 0.04]])

    @cached_property
    def bridge(self) -> FloatArray:
        """(4, 3): the nose's ridge from between the eyes to its tip."""
        y = np.linspace(-0.07, self.who.nose_length - 0.22, 4)
        z = 0.1 + np.array([0.0, 0.1, 0.22, 0.34]) * self.who.nose_height
        return np.stack([np.zeros(4), y, z], axis=1)

    @cached_property
    def nose_base(self) -> FloatArray:
        """(5, 3): the nose's lower edge from the image's left to its right."""
        x = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) * self.who.nose_width
        y = self.who.nose_length + np.array([-0.05, -0.015, 0.0, -0.015, -0.05])
        z = 0.1 + np.array([0.02, 0.10, 0.15, 0.10, 0.02]) * self.who.nose_height
        return np.stack([x, y, z], axis=1)

    @cached_property
    def _mouth(self) -> tuple[float, float]:
        """Half width and height of the line between the lips."""
        half = self.who.mouth_width * (1 + 0.18 * self.shot.smile)
        return half, self.who.nose_length + self.who.mouth_drop

    @cached_property
    def gap(self) -> float:
        """How far the lips are apart in their middle."""
        return self.shot.mouth_open + 0.06 * max(self.shot.smile - 0.5, 0.0)

    def lip_line(self, t: FloatArray, outer: float, sign: int) -> FloatArray:
        """(N, 3): a lip's edge at positions t from −1 to 1 of the mouth's half width.

        `outer` is 1 for the edge to the skin and 0 for the edge to the other lip; `sign` is −1
        for the upper lip.
        """
        half, y = self._mouth
        bend = -0.09 * self.shot.smile * (np.abs(t) ** 2 - 0.3)
        thickness = self.who.upper_lip if sign < 0 else self.who.lower_lip
        hollow = 0.03 * np.exp(-((t / 0.16) ** 2)) if sign < 0 else 0.0
        shape = (1 - np.abs(t) ** 2.0) * thickness - hollow * thickness / 0.12
        opening = 0.5 * self.gap * (1 - np.abs(t) ** 2)
        rise = sign * (opening + outer * shape)
        return np.stack([half * t, y + bend + rise, 0.14 - 0.2 * t**2], axis=1)

    @cached_property
    def _mouth_landmarks(self) -> FloatArray:
        ends, lip, inner = np.array([-1.0, 1.0]), np.array(_LIP), np.array(_INNER)
        corners = self.lip_line(ends, 0, -1)
        inside = self.lip_line(0.85 * ends, 0, -1)
        return np.vstack(
            [
                corners[:1],
                self.lip_line(lip, 1, -1),
                corners[1:],
                self.lip_line(lip[::-1], 1, 1),
                inside[:1],
                self.lip_line(inner, 0, -1),
                inside[1:],
                self.lip_line(inner[::-1], 0, 1),
            ]
        )
