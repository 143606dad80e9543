"""The 19 points of AFLW: its 21 without the ears.

AFLW names the image's sides and marks the middle of an eye directly. Its middles of brows, mouth
and chin and its sides of the nose have names of their own: no other scheme here is known to mark
the same spots.
"""

from align_eval.landmarks import LandmarkScheme

SCHEME = LandmarkScheme(
    name="aflw19",
    points=(
        *("left_brow_0", "left_brow_middle", "left_brow_4"),
        *("right_brow_4", "right_brow_middle", "right_brow_0"),
        *("left_eye_outer", "left_eye", "left_eye_inner"),
        *("right_eye_inner", "right_eye", "right_eye_outer"),
        *("left_nose_side", "nose_tip", "right_nose_side"),
        *("left_mouth", "mouth_middle", "right_mouth"),
        "chin_middle",
    ),
    mirror=(5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 14, 13, 12, 17, 16, 15, 18),
    groups={
        "jaw": (18,),
        "brows": (0, 1, 2, 3, 4, 5),
        "nose": (12, 13, 14),
        "eyes": (6, 7, 8, 9, 10, 11),
        "mouth": (15, 16, 17),
    },
    source="Köstinger et al., Annotated Facial Landmarks in the Wild, ICCVW 2011",
)
