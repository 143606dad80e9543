"""The 70 points of FaceSynthetics and T-FAKE: iBUG's 68, then the pupils.

An eye's centre is the mean of its outline, as in iBUG: which pupil comes first is published
nowhere that could be read, and is taken to be the image's left one, as in all other pairs.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import ibug68

POINTS = (*ibug68.POINTS, "left_pupil", "right_pupil")
MIRROR = (*ibug68.MIRROR, 69, 68)

_GROUPS = ibug68.SCHEME.groups

SCHEME = LandmarkScheme(
    name="tfake70",
    points=POINTS,
    mirror=MIRROR,
    derived=ibug68.SCHEME.derived,
    groups={**_GROUPS, "eyes": (*_GROUPS["eyes"], 68, 69)},
    source="Wood et al., Fake It Till You Make It, ICCV 2021; Flotho et al., T-FAKE, CVPR 2025",
)
