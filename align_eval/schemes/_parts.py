"""Runs of point names that several schemes list in the same order."""

# The outline from the image's left ear over the chin to the right ear. Of 33 points every other
# one is one of iBUG's 17.
JAW_33 = tuple(f"jaw_{i // 2}" + ("_half" if i % 2 else "") for i in range(33))

# A brow as a closed outline: along its upper edge, back along its lower one. Brow points are
# numbered from the outer end on either side.
LEFT_BROW_9 = (
    *(f"left_brow_{i}" for i in range(5)),
    *(f"left_brow_lower_{i}" for i in (3, 2, 1, 0)),
)
RIGHT_BROW_9 = (
    *(f"right_brow_{i}" for i in (4, 3, 2, 1, 0)),
    *(f"right_brow_lower_{i}" for i in range(4)),
)

# An eye as a closed outline, clockwise in the image, from its corner on the image's left.
_OUTER_FIRST = ("outer", "upper_outer", "top", "upper_inner", "inner")
_LOWER = ("lower_inner", "bottom", "lower_outer")
LEFT_EYE_8 = tuple(f"left_eye_{part}" for part in (*_OUTER_FIRST, *_LOWER))
RIGHT_EYE_8 = tuple(f"right_eye_{part}" for part in (*_OUTER_FIRST[::-1], *_LOWER[::-1]))
LEFT_EYE_6 = tuple(name for name in LEFT_EYE_8 if not name.endswith(("top", "bottom")))
RIGHT_EYE_6 = tuple(name for name in RIGHT_EYE_8 if not name.endswith(("top", "bottom")))

# The outer rim of the lips clockwise from the corner on the image's left, then the inner rim.
MOUTH_20 = (
    "left_mouth",
    *(f"lip_top_{i}" for i in range(1, 6)),
    "right_mouth",
    *(f"lip_bottom_{i}" for i in (5, 4, 3, 2, 1)),
    "left_mouth_inner",
    *(f"inner_lip_top_{i}" for i in range(1, 4)),
    "right_mouth_inner",
    *(f"inner_lip_bottom_{i}" for i in (3, 2, 1)),
)

# Down the ridge of the nose to its tip.
NOSE_RIDGE_4 = ("nose_bridge_0", "nose_bridge_1", "nose_bridge_2", "nose_tip")
