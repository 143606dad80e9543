"""The 54 points of SF-TL54: iBUG's jaw, brows, nose and eyes, and six points of the mouth.

The authors show the numbering in a picture only; it follows from how their tool renumbers a
mirrored face. The first 48 are iBUG's, with whom the image's left comes first. 48 and 50 take each
other's place, and so are the mouth's corners; 49 and 51 to 53 stay, and so lie on its middle line.
Which of them lie on which rim of the lips is not written anywhere, so they have names of their
own and are shared with no other scheme.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import ibug68

_MOUTH = (
    "left_mouth",
    "mouth_middle_0",
    "right_mouth",
    "mouth_middle_1",
    "mouth_middle_2",
    "mouth_middle_3",
)

SCHEME = LandmarkScheme(
    name="sftl54",
    points=(*ibug68.POINTS[:48], *_MOUTH),
    mirror=(*ibug68.MIRROR[:48], 50, 49, 48, 51, 52, 53),
    derived=ibug68.SCHEME.derived,
    groups={**ibug68.SCHEME.groups, "mouth": tuple(range(48, 54))},
    source="Kuzdeuov et al., SF-TL54, SII 2022; the authors' build_dlib_landmarks_xml.py",
)
