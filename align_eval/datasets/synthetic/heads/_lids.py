"""How lids slide over the eyeballs, and how the eyeballs turn."""

from functools import cached_property

import numpy as np

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._assembly import Assembly, Organ
from align_eval.datasets.synthetic.heads._chart import LID_STEPS
from align_eval.datasets.synthetic.heads._fields import MIRROR, smoothstep
from align_eval.datasets.synthetic.heads._sphere import Array
from align_eval.datasets.synthetic.heads._surface import distance_to

_UPPER_FOLD, _LOWER_FOLD = 0.15, 0.12  # from the margin, over which a lid's motion fades


class RightEye:
    """The eye on the image's right (the subject's left) and the skin about it."""

    def __init__(self, head: Assembly) -> None:
        self._head = head
        self._away: Array = head.places - anatomy.EYEBALL
        self._ball = (head.organs == Organ.EYEBALL) & (head.places[:, 0] > 0)
        near = (np.abs(self._away) < [0.45, 0.45, 0.5]).all(axis=1)
        self._lids = near & np.isin(head.organs, (Organ.SKIN, Organ.LID_RIM))

    @cached_property
    def _elevation(self) -> Array:
        """(V,) angle about the eyeball's horizontal axis, up from straight ahead."""
        angle: Array = np.arctan2(-self._away[:, 1], -self._away[:, 2])
        return angle

    @cached_property
    def _from_margin(self) -> Array:
        """(V,) distance from the lid margin; 0 on the rim inside it."""
        loop = self._head.chart.lids[0][[*range(LID_STEPS), 0]]
        distance = distance_to(self._head.places[loop], self._head.places)
        distance[self._head.organs == Organ.LID_RIM] = 0.0
        return distance

    def _margins(self) -> tuple[Array, Array]:
        """(V,) elevation of the upper and the lower margin at the x of each vertex."""
        margin = self._head.chart.lids[0]
        outer = LID_STEPS // 2
        upper, lower = margin[: outer + 1], margin[[*range(LID_STEPS - 1, outer - 1, -1)]]
        lower = np.concatenate([margin[:1], lower])
        x = self._head.places[:, 0]
        curves = [
            np.interp(x, self._head.places[arc, 0], self._elevation[arc]) for arc in (upper, lower)
        ]
        return curves[0], curves[1]

    def lids(self, upper: float, lower: float) -> Array:
        """(V, 3) displacement when the lids turn about the eyeball.

        Parameters
        ----------
        upper, lower : float
            Share of the opening by which each margin moves towards the other.
        """
        top, bottom = self._margins()
        opening = top - bottom
        above = self._elevation > 0.5 * (top + bottom)
        fold = np.where(above, _UPPER_FOLD, _LOWER_FOLD)
        near = self._lids * (1 - smoothstep(self._from_margin / fold))
        share = np.where(above, -upper, lower) * opening * near
        return self._turned(share)

    def _turned(self, angle: Array) -> Array:
        """Displacement by turning up about the horizontal axis through the eyeball's centre."""
        y, z = self._away[:, 1], self._away[:, 2]
        moved: Array = np.zeros_like(self._away)
        moved[:, 1] = y * np.cos(angle) + z * np.sin(angle) - y
        moved[:, 2] = z * np.cos(angle) - y * np.sin(angle) - z
        return moved

    def gaze(self, up: float, out: float) -> Array:
        """(V, 3) displacement of the eyeball when it looks up and outwards, in radians."""
        moved = self._turned(np.where(self._ball, up, 0.0))
        x, z = self._away[:, 0], self._away[:, 2]
        angle = np.where(self._ball, out, 0.0)
        moved[:, 0] += x * np.cos(angle) - z * np.sin(angle) - x
        moved[:, 2] += z * np.cos(angle) + x * np.sin(angle) - z
        return moved


def mirrored(head: Assembly, field: Array) -> Array:
    """The mirror image of a (V, 3) field."""
    image: Array = field[head.mirror] * MIRROR
    return image
