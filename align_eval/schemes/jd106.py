"""The 106 points of JD-landmark, in the order in which LaPa stores them.

Each brow and eye is a block: jaw 0–32, brows 33–41 and 42–50, nose 51–65, eyes 66–74 and 75–83,
mouth 84–103, pupils 104 and 105. Other tools mark the same 106 spots in another order; for the
one that splits brows and eyes (nose bridge at 43, eyes at 52) see `sensetime106`.

Its outline of the nose has eleven points between the eyes, where iBUG's has five at the base;
which of them coincide is not settled, so of these only the middle one is shared with iBUG.
An eye's centre is its pupil, as in WFLW.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes._parts import (
    JAW_33,
    LEFT_BROW_9,
    LEFT_EYE_8,
    MOUTH_20,
    NOSE_RIDGE_4,
    RIGHT_BROW_9,
    RIGHT_EYE_8,
)

# Down the left side of the nose, along its base, up the right side.
_NOSE_SIDE = ("nose_side_0", "nose_side_1", "alare", "nose_base_0", "nose_base_1")
_NOSE_OUTLINE = (
    *(f"left_{part}" for part in _NOSE_SIDE),
    "subnasale",
    *(f"right_{part}" for part in reversed(_NOSE_SIDE)),
)

POINTS = (
    *JAW_33,
    *LEFT_BROW_9,
    *RIGHT_BROW_9,
    *NOSE_RIDGE_4,
    *_NOSE_OUTLINE,
    *LEFT_EYE_8,
    "left_eye_middle",
    *RIGHT_EYE_8,
    "right_eye_middle",
    *MOUTH_20,
    "left_pupil",
    "right_pupil",
)

MIRROR = (
    *range(32, -1, -1),
    *range(46, 41, -1),
    *range(50, 46, -1),
    *range(37, 32, -1),
    *range(41, 37, -1),
    *range(51, 55),
    *range(65, 54, -1),
    *(79, 78, 77, 76, 75, 82, 81, 80, 83),
    *(70, 69, 68, 67, 66, 73, 72, 71, 74),
    *range(90, 83, -1),
    *range(95, 90, -1),
    *range(100, 95, -1),
    *range(103, 100, -1),
    *(105, 104),
)

SCHEME = LandmarkScheme(
    name="jd106",
    points=POINTS,
    mirror=MIRROR,
    derived={"left_eye": {"left_pupil": 1.0}, "right_eye": {"right_pupil": 1.0}},
    groups={
        "jaw": tuple(range(33)),
        "brows": tuple(range(33, 51)),
        "nose": tuple(range(51, 66)),
        "eyes": (*range(66, 84), 104, 105),
        "mouth": tuple(range(84, 104)),
    },
    source="Liu et al., 106-Point Facial Landmark Localization, ICMEW 2019; LaPa, AAAI 2020",
)
