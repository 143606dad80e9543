"""The 68 points of iBUG 300-W. Its numbering starts at the image's left."""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes._parts import LEFT_EYE_6, MOUTH_20, NOSE_RIDGE_4, RIGHT_EYE_6

POINTS = (
    *(f"jaw_{i}" for i in range(17)),
    *(f"left_brow_{i}" for i in range(5)),
    *(f"right_brow_{i}" for i in (4, 3, 2, 1, 0)),
    *NOSE_RIDGE_4,
    "left_nostril_outer",
    "left_nostril",
    "subnasale",
    "right_nostril",
    "right_nostril_outer",
    *LEFT_EYE_6,
    *RIGHT_EYE_6,
    *MOUTH_20,
)

# The mirror image's numbering, block by block, as 300-W's own tools list it.
MIRROR = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),
    *range(59, 54, -1),
    *range(64, 59, -1),
    *(67, 66, 65),
)

SCHEME = LandmarkScheme(
    name="ibug68",
    points=POINTS,
    mirror=MIRROR,
    derived={
        "left_eye": dict.fromkeys(LEFT_EYE_6, 1 / 6),
        "right_eye": dict.fromkeys(RIGHT_EYE_6, 1 / 6),
    },
    groups={
        "jaw": tuple(range(17)),
        "brows": tuple(range(17, 27)),
        "nose": tuple(range(27, 36)),
        "eyes": tuple(range(36, 48)),
        "mouth": tuple(range(48, 68)),
    },
    source="Sagonas et al., 300 Faces in-the-Wild, ICCVW 2013",
)
