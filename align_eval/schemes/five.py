"""Five points: eye centres, nose tip, mouth corners, in image order."""

from align_eval.landmarks import LandmarkScheme

SCHEME = LandmarkScheme(
    name="five",
    points=("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth"),
    mirror=(1, 0, 2, 4, 3),
    groups={"eyes": (0, 1), "nose": (2,), "mouth": (3, 4)},
    source="the five points of MTCNN, ArcFace and their successors; the image's left is first",
)
