"""The six points of the hand annotations of EURECOM VIS-TH and Carl.

The files (dlib XML) name the subject's sides; `XML_PARTS` gives the image's. The eye centres are
the middles of their corners. They lie about 2 % of the eye distance (median over 330 HELEN
faces; mostly upwards or downwards, towards the corners' line) from iBUG's mean of six points.
"""

from align_eval.landmarks import LandmarkScheme

POINTS = (
    "left_eye_outer",
    "left_eye_inner",
    "right_eye_inner",
    "right_eye_outer",
    "left_mouth",
    "right_mouth",
)

# The part's name in the XML files, and the point it is.
XML_PARTS = {
    "righteye_outer": "left_eye_outer",
    "righteye_inner": "left_eye_inner",
    "lefteye_inner": "right_eye_inner",
    "lefteye_outer": "right_eye_outer",
    "mouthcorner_right": "left_mouth",
    "mouthcorner_left": "right_mouth",
}

SCHEME = LandmarkScheme(
    name="visth6",
    points=POINTS,
    mirror=(3, 2, 1, 0, 5, 4),
    derived={
        "left_eye": {"left_eye_outer": 0.5, "left_eye_inner": 0.5},
        "right_eye": {"right_eye_outer": 0.5, "right_eye_inner": 0.5},
    },
    groups={"eyes": (0, 1, 2, 3), "mouth": (4, 5)},
    source="the published annotations of EURECOM VIS-TH and Carl, four eye and two mouth corners",
)
