"""The 98 points of WFLW. Its numbering starts at the image's left.

It holds all 68 points of iBUG, under the same names; an eye's centre is its pupil.
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

POINTS = (
    *JAW_33,
    *LEFT_BROW_9,
    *RIGHT_BROW_9,
    *NOSE_RIDGE_4,
    "left_nostril_outer",
    "left_nostril",
    "subnasale",
    "right_nostril",
    "right_nostril_outer",
    *LEFT_EYE_8,
    *RIGHT_EYE_8,
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
    *range(59, 54, -1),
    *range(72, 67, -1),
    *range(75, 72, -1),
    *range(64, 59, -1),
    *range(67, 64, -1),
    *range(82, 75, -1),
    *range(87, 82, -1),
    *range(92, 87, -1),
    *range(95, 92, -1),
    *(97, 96),
)

SCHEME = LandmarkScheme(
    name="wflw98",
    points=POINTS,
    mirror=MIRROR,
    derived={"left_eye": {"left_pupil": 1.0}, "right_eye": {"right_pupil": 1.0}},
    groups={
        "jaw": tuple(range(33)),
        "brows": tuple(range(33, 51)),
        "nose": tuple(range(51, 60)),
        "eyes": (*range(60, 76), 96, 97),
        "mouth": tuple(range(76, 96)),
    },
    source="Wu et al., Look at Boundary, CVPR 2018",
)
