"""The 29 points of COFW, which are those of LFPW without the ears.

Left and right points come in turn; LFPW names the image's sides. An eye's centre is its pupil.
The middles of brows, the sides of the nose and the chin have names of their own: no other scheme
here is known to mark the same spots.
"""

from align_eval.landmarks import LandmarkScheme

SCHEME = LandmarkScheme(
    name="cofw29",
    points=(
        *("left_brow_0", "right_brow_0", "left_brow_4", "right_brow_4"),
        *("left_brow_top", "left_brow_bottom", "right_brow_top", "right_brow_bottom"),
        *("left_eye_outer", "right_eye_outer", "left_eye_inner", "right_eye_inner"),
        *("left_eye_top", "left_eye_bottom", "right_eye_top", "right_eye_bottom"),
        *("left_pupil", "right_pupil"),
        *("left_nose_out", "right_nose_out", "nose_tip", "subnasale"),
        *("left_mouth", "right_mouth"),
        *("lip_top_3", "inner_lip_top_2", "inner_lip_bottom_2", "lip_bottom_3"),
        "chin",
    ),
    mirror=(
        *(1, 0, 3, 2, 6, 7, 4, 5),
        *(9, 8, 11, 10, 14, 15, 12, 13, 17, 16),
        *(19, 18, 20, 21),
        *(23, 22, 24, 25, 26, 27),
        28,
    ),
    derived={"left_eye": {"left_pupil": 1.0}, "right_eye": {"right_pupil": 1.0}},
    groups={
        "jaw": (28,),
        "brows": tuple(range(8)),
        "nose": tuple(range(18, 22)),
        "eyes": tuple(range(8, 18)),
        "mouth": tuple(range(22, 28)),
    },
    source="Burgos-Artizzu et al., Robust Face Landmark Estimation under Occlusion, ICCV 2013",
)
