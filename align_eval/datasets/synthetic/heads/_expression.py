"""Blend shapes with the names of ARKit; L and R are the subject's sides: L lies at the right."""

import numpy as np

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._assembly import Assembly, Organ
from align_eval.datasets.synthetic.heads._fields import Push, pushed, smoothstep
from align_eval.datasets.synthetic.heads._lids import RightEye, mirrored
from align_eval.datasets.synthetic.heads._sphere import Array, Indices

_CORNER = (0.4, 1.065, -0.165)
_JAW_HINGE = (0.35, 0.95)  # y, z
_JAW_OPEN = np.radians(21.0)

# Pushes of the right half, and which lip they move.
_SIDED: dict[str, list[tuple[str, Push]]] = {
    "browDown": [
        ("both", Push((0.38, -0.37, -0.13), (0.27, 0.13, 0.3), (-0.02, 0.1, -0.01))),
        ("both", Push((0.13, -0.3, -0.18), (0.1, 0.13, 0.2), (-0.015, 0.04, -0.015))),
    ],
    "browInnerUp": [("both", Push((0.2, -0.36, -0.18), (0.2, 0.17, 0.3), (0, -0.12, 0.01)))],
    "browOuterUp": [("both", Push((0.7, -0.37, 0.02), (0.27, 0.17, 0.35), (0, -0.12, 0.02)))],
    "cheekPuff": [("both", Push((0.62, 0.95, 0.0), (0.24, 0.27, 0.35), (0.1, 0, -0.11)))],
    "cheekSquint": [("both", Push((0.55, 0.33, -0.04), (0.27, 0.15, 0.3), (0.01, -0.07, -0.05)))],
    "mouthDimple": [("both", Push(_CORNER, (0.14, 0.13, 0.2), (0.05, -0.01, 0.05)))],
    "mouthFrown": [("both", Push(_CORNER, (0.18, 0.15, 0.3), (0.02, 0.11, 0.02)))],
    "mouthLowerDown": [("lower", Push((0.22, 1.13, -0.33), (0.17, 0.15, 0.3), (0.02, 0.11, 0)))],
    "mouthPress": [
        ("upper", Push((0.2, 0.95, -0.36), (0.2, 0.07, 0.3), (0, 0.04, 0.015))),
        ("lower", Push((0.2, 1.16, -0.33), (0.2, 0.08, 0.3), (0, -0.05, 0.015))),
    ],
    "mouthSmile": [
        ("both", Push(_CORNER, (0.21, 0.17, 0.3), (0.13, -0.12, 0.07))),
        ("both", Push((0.58, 0.55, -0.07), (0.24, 0.2, 0.3), (0.025, -0.05, -0.055))),
    ],
    "mouthStretch": [("both", Push(_CORNER, (0.2, 0.17, 0.3), (0.13, 0.04, 0.06)))],
    "mouthUpperUp": [
        ("upper", Push((0.22, 0.97, -0.35), (0.17, 0.14, 0.3), (0.01, -0.1, 0.0))),
        ("both", Push((0.33, 0.65, -0.2), (0.12, 0.15, 0.2), (0, -0.03, -0.015))),
    ],
    "noseSneer": [
        ("both", Push((0.24, 0.53, -0.3), (0.13, 0.15, 0.25), (0.015, -0.06, 0))),
        ("upper", Push((0.25, 0.9, -0.33), (0.15, 0.12, 0.25), (0, -0.04, 0))),
        ("both", Push((0.16, -0.25, -0.15), (0.13, 0.12, 0.2), (-0.01, 0.04, 0))),
    ],
}  # fmt: skip
_WHOLE: dict[str, list[tuple[str, Push]]] = {
    "mouthFunnel": [
        ("upper", Push((0.13, 0.97, -0.4), (0.22, 0.13, 0.3), (-0.02, -0.07, -0.07))),
        ("lower", Push((0.13, 1.13, -0.38), (0.22, 0.14, 0.3), (-0.02, 0.08, -0.07))),
        ("both", Push(_CORNER, (0.15, 0.15, 0.25), (-0.11, 0, -0.07))),
    ],
    "mouthPucker": [
        ("both", Push((0, 1.03, -0.4), (0.25, 0.15, 0.3), (0, 0, -0.05))),
        ("both", Push(_CORNER, (0.19, 0.17, 0.3), (-0.16, 0, -0.09))),
    ],
    "mouthRollLower": [("lower", Push((0, 1.12, -0.42), (0.3, 0.08, 0.2), (0, -0.02, 0.035)))],
    "mouthRollUpper": [("upper", Push((0, 0.98, -0.42), (0.3, 0.06, 0.2), (0, 0.02, 0.035)))],
    "mouthShrugLower": [("lower", Push((0, 1.3, -0.35), (0.3, 0.22, 0.3), (0, -0.04, -0.025)))],
    "mouthShrugUpper": [("upper", Push((0, 0.96, -0.38), (0.3, 0.11, 0.3), (0, -0.025, -0.025)))],
}


class _Mouth:
    """Which vertices go with the lower jaw and the lower lip."""

    def __init__(self, head: Assembly) -> None:
        self.head = head
        self._seam = self._below_seam(0.07)
        self.masks = {"both": np.ones(len(self._seam)), "lower": self._seam,
                      "upper": 1 - self._seam}  # fmt: skip
        self.jaw = self._jaw()

    def _parted(self) -> Array:
        """(V,) height below the seam with the lips drawn apart, as on the chart."""
        drawn = self.head.chart
        x, y, z = self.head.places.T
        below = y - anatomy.STOMION - 0.02 * np.minimum(1, (x / 0.4) ** 2)
        side = np.sign(below)
        for lip, sign in zip(drawn.lips, (-1.0, 1.0), strict=True):
            side[lip[:, :-1]] = sign
            side[drawn.mirror[lip[:, :-1]]] = sign
        open_ = np.maximum(0, 1 - (x / 0.385) ** 2) * (z < 0.5)
        parted: Array = below + 0.1 * side * np.sqrt(open_)
        return parted

    def _of_organs(self, weight: Array) -> Array:
        """The skin's weights, continued to teeth, tongue and the cavity behind the seam."""
        organs = self.head.organs
        weight = weight.copy()
        weight[np.isin(organs, (Organ.LOWER_TEETH, Organ.TONGUE))] = 1.0
        weight[np.isin(organs, (Organ.UPPER_TEETH, Organ.EAR, Organ.EYEBALL, Organ.LID_RIM))] = 0.0
        cavity, seam, depth = self._cavity()
        fade = smoothstep((depth - 2.0) / 5)
        weight[cavity] = weight[seam] * (1 - fade) + 0.5 * fade
        return weight

    def _cavity(self) -> tuple[Indices, Indices, Array]:
        """Vertices of the cavity, the seam's vertex before each, and how many rings behind it."""
        cavity = np.flatnonzero(self.head.organs == Organ.CAVITY)
        depth, place = np.divmod(np.arange(len(cavity)), len(self.head.mouth))
        return cavity, self.head.mouth[place], depth.astype(np.float64)

    def _below_seam(self, width: float) -> Array:
        return self._of_organs(smoothstep(0.5 + self._parted() / (2 * width)))

    def _jaw(self) -> Array:
        """(V,) how far a vertex follows the jaw."""
        x, y, z = self.head.places.T
        back = smoothstep((np.hypot(x, 0.5 * (z + 0.2)) - 0.3) / 0.8)
        line = 0.3 * smoothstep((z - 0.1) / 0.9)
        weight = smoothstep(0.5 + (self._parted() + line) / (2 * (0.085 + 0.33 * back)))
        neck = 1 - smoothstep((y - 1.75 + 0.35 * np.maximum(z, 0)) / 0.75)
        behind = 1 - smoothstep((z - 0.75) / 0.5)
        return self._of_organs(weight * neck * behind)

    def moved(self, pushes: list[tuple[str, Push]], sides: str = "LR") -> Array:
        """(V, 3) displacement by pushes on the lips they name."""
        total = np.zeros_like(self.head.places)
        for lip, push in pushes:
            total += self.masks[lip][:, None] * pushed(self.head.places, [push], sides)
        fixed = (Organ.EYEBALL, Organ.UPPER_TEETH, Organ.LOWER_TEETH, Organ.TONGUE)
        total[np.isin(self.head.organs, fixed)] = 0.0
        cavity, seam, depth = self._cavity()
        total[cavity] = (1 - smoothstep((depth - 1.0) / 4))[:, None] * total[seam]
        return total

    def opened(self, angle: float) -> Array:
        """(V, 3) displacement when the jaw turns about its hinge."""
        y, z = self.head.places[:, 1] - _JAW_HINGE[0], self.head.places[:, 2] - _JAW_HINGE[1]
        turn = angle * self.jaw
        moved = np.zeros_like(self.head.places)
        moved[:, 1] = y * np.cos(turn) - z * np.sin(turn) - y
        moved[:, 2] = z * np.cos(turn) + y * np.sin(turn) - z
        return moved


def _of_eye(eye: RightEye) -> dict[str, Array]:
    """Shapes of the subject's left eye; lids follow the gaze up and down."""
    return {
        "eyeBlink": eye.lids(1.08, 0.12),
        "eyeLookDown": eye.gaze(-0.42, 0) + eye.lids(0.42, -0.06),
        "eyeLookIn": eye.gaze(0, -0.5),
        "eyeLookOut": eye.gaze(0, 0.5),
        "eyeLookUp": eye.gaze(0.38, 0) + eye.lids(-0.2, 0.06),
        "eyeSquint": eye.lids(0.13, 0.2),
        "eyeWide": eye.lids(-0.28, -0.08),
    }


def _of_jaw(mouth: _Mouth) -> dict[str, Array]:
    """Shapes that move jaw or lips as a whole."""
    jaw = mouth.jaw[:, None]
    opened = mouth.opened(_JAW_OPEN)
    lips = mouth.moved([("both", Push((0, 1.04, -0.3), (0.3, 0.22, 0.35), (1, 0, 0)))], "L")
    near_lips = mouth.masks["lower"] * np.abs(lips[:, 0])
    return {
        "jawForward": jaw * [0.0, 0.0, -0.1],
        "jawLeft": jaw * [0.09, 0.0, 0.0],
        "jawOpen": opened,
        "jawRight": jaw * [-0.09, 0.0, 0.0],
        "mouthClose": -np.minimum(1, 1.5 * near_lips)[:, None] * opened,
        "mouthLeft": 0.12 * lips,
        "mouthRight": -0.12 * lips,
    }


def expressions(head: Assembly) -> dict[str, Array]:
    """(V, 3) displacement of each blend shape at weight 1, in alphabetical order."""
    mouth = _Mouth(head)
    shapes = _of_jaw(mouth)
    shapes |= {name: mouth.moved(pushes) for name, pushes in _WHOLE.items()}
    left = {name: mouth.moved(pushes, "L") for name, pushes in _SIDED.items()}
    left |= _of_eye(RightEye(head))
    for name, field in left.items():
        shapes[f"{name}_L"], shapes[f"{name}_R"] = field, mirrored(head, field)
    return dict(sorted(shapes.items()))
