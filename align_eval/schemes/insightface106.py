"""The spots of `jd106` in the order in which insightface's ``2d106det`` gives them.

insightface publishes the order as a picture (``2d106markup.jpg`` in its resources). The table is
the one that users' code reads off it, found alike in independent projects that bring the points
to JD-landmark's or LaPa's order; the model's weights were not at hand to check it on faces. Those
tables agree on every outline, the nose and the mouth (nose tip 86, mouth corners 52 and 61). They
say that 38 and 92 are the pupils and 34 and 88 the eyes' middles, but the five points in use
elsewhere pair 38 with 88: an eye's centre is therefore the mean of both.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import jd106

# Which of insightface's points each of JD's is.
FROM_JD = (
    *(1, *range(9, 17), *range(2, 9), 0, *range(24, 17, -1), *range(32, 24, -1), 17),
    *(43, 48, 49, 51, 50, 46, 47, 45, 44),
    *(102, 103, 104, 105, 101, 100, 99, 98, 97),
    *(72, 73, 74, 86),
    *(75, 76, 77, 78, 79, 80, 85, 84, 83, 82, 81),
    *(35, 41, 40, 42, 39, 37, 33, 36, 34),
    *(89, 95, 94, 96, 93, 91, 87, 90, 88),
    *(52, 64, 63, 71, 67, 68, 61, 58, 59, 53, 56, 55),
    *(65, 66, 62, 70, 69, 57, 60, 54),
    *(38, 92),
)
_TO_JD = tuple(FROM_JD.index(i) for i in range(len(FROM_JD)))

POINTS = tuple(jd106.POINTS[i] for i in _TO_JD)
MIRROR = tuple(FROM_JD[jd106.MIRROR[i]] for i in _TO_JD)

SCHEME = LandmarkScheme(
    name="insightface106",
    points=POINTS,
    mirror=MIRROR,
    derived={
        f"{side}_eye": {f"{side}_eye_middle": 0.5, f"{side}_pupil": 0.5}
        for side in ("left", "right")
    },
    groups={name: tuple(FROM_JD[i] for i in group) for name, group in jd106.SCHEME.groups.items()},
    source="insightface's picture 2d106markup.jpg, as its users' tables read it",
)
