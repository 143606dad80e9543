"""The spots of `jd106` in the order of SenseTime's SDK and the many tools that follow it.

The parts of brows and eyes lie apart: jaw 0–32, upper brows 33–42, nose ridge 43–46 and base
47–51, eye outlines 52–63, lower brows 64–71, eyes' top, bottom and middle 72–77, sides of the
nose 78–83 (left and right in turn), mouth 84–103, pupils 104 and 105.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import jd106
from align_eval.schemes._parts import JAW_33, LEFT_EYE_6, MOUTH_20, NOSE_RIDGE_4, RIGHT_EYE_6

_SIDES = ("left", "right")
POINTS = (
    *JAW_33,
    *(f"left_brow_{i}" for i in range(5)),
    *(f"right_brow_{i}" for i in (4, 3, 2, 1, 0)),
    *NOSE_RIDGE_4,
    *("left_nose_base_0", "left_nose_base_1", "subnasale"),
    *("right_nose_base_1", "right_nose_base_0"),
    *LEFT_EYE_6,
    *RIGHT_EYE_6,
    *(f"left_brow_lower_{i}" for i in range(4)),
    *(f"right_brow_lower_{i}" for i in (3, 2, 1, 0)),
    *(f"{side}_eye_{part}" for side in _SIDES for part in ("top", "bottom", "middle")),
    *(f"{side}_{part}" for part in ("nose_side_0", "nose_side_1", "alare") for side in _SIDES),
    *MOUTH_20,
    "left_pupil",
    "right_pupil",
)

MIRROR = tuple(
    POINTS.index(jd106.POINTS[jd106.MIRROR[jd106.POINTS.index(name)]]) for name in POINTS
)

SCHEME = LandmarkScheme(
    name="sensetime106",
    points=POINTS,
    mirror=MIRROR,
    derived=jd106.SCHEME.derived,
    groups={
        "jaw": tuple(range(33)),
        "brows": (*range(33, 43), *range(64, 72)),
        "nose": (*range(43, 52), *range(78, 84)),
        "eyes": (*range(52, 64), *range(72, 78), 104, 105),
        "mouth": tuple(range(84, 104)),
    },
    source="the 106-point order of SenseTime's mobile SDK",
)
