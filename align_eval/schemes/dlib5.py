"""dlib's five points: four eye corners and the base of the nose.

They are not the five of `five`: dlib gives no mouth, and its nose point is the base between the
nostrils (iBUG's 33), not the tip. Only the two eye centres carry over, as middles of corners.
"""

from align_eval.landmarks import LandmarkScheme

SCHEME = LandmarkScheme(
    name="dlib5",
    points=(
        "right_eye_outer",
        "right_eye_inner",
        "left_eye_outer",
        "left_eye_inner",
        "subnasale",
    ),
    mirror=(2, 3, 0, 1, 4),
    derived={
        "left_eye": {"left_eye_outer": 0.5, "left_eye_inner": 0.5},
        "right_eye": {"right_eye_outer": 0.5, "right_eye_inner": 0.5},
    },
    groups={"eyes": (0, 1, 2, 3), "nose": (4,)},
    source="dlib's shape_predictor_5_face_landmarks (Davis King); order measured on photographs",
)
