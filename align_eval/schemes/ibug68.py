"""The 68 points of iBUG 300-W. Its numbering starts at the image's left."""

from align_eval.landmarks import LandmarkScheme

_EYE = ("outer", "upper_outer", "upper_inner", "inner", "lower_inner", "lower_outer")
_RIGHT_EYE = ("inner", "upper_inner", "upper_outer", "outer", "lower_outer", "lower_inner")
POINTS = (
    *(f"jaw_{i}" for i in range(17)),
    *(f"left_brow_{i}" for i in range(5)),
    *(f"right_brow_{i}" for i in (4, 3, 2, 1, 0)),
    "nose_bridge_0",
    "nose_bridge_1",
    "nose_bridge_2",
    "nose_tip",
    "left_nostril_outer",
    "left_nostril",
    "subnasale",
    "right_nostril",
    "right_nostril_outer",
    *(f"left_eye_{part}" for part in _EYE),
    *(f"right_eye_{part}" for part in _RIGHT_EYE),
    "left_mouth",
    *("lip_top_1", "lip_top_2", "lip_top_3", "lip_top_4", "lip_top_5"),
    "right_mouth",
    *("lip_bottom_5", "lip_bottom_4", "lip_bottom_3", "lip_bottom_2", "lip_bottom_1"),
    "left_mouth_inner",
    *("inner_lip_top_1", "inner_lip_top_2", "inner_lip_top_3"),
    "right_mouth_inner",
    *("inner_lip_bottom_3", "inner_lip_bottom_2", "inner_lip_bottom_1"),
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
        "left_eye": {POINTS[i]: 1 / 6 for i in range(36, 42)},
        "right_eye": {POINTS[i]: 1 / 6 for i in range(42, 48)},
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
