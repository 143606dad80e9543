"""The 468 points of `mediapipe468`, then MediaPipe's five of each iris: pupil and rim.

The rim starts at the image's right and goes up: 469–472 round the pupil 468 of the image's left
eye, 474–477 round 473. Its partners were found by running MediaPipe 0.10.21 with
``refine_landmarks`` on frontal faces and their mirror images; 468 lies on the pupil that FRLL's
hand-marked points have at the image's left.
"""

from align_eval.landmarks import LandmarkScheme
from align_eval.schemes import mediapipe468

_IRIS_RIM = {
    "left": ("inner", "top", "outer", "bottom"),
    "right": ("outer", "top", "inner", "bottom"),
}

POINTS = (
    *mediapipe468.POINTS,
    *(
        name
        for side, rim in _IRIS_RIM.items()
        for name in (f"{side}_pupil", *(f"{side}_iris_{part}" for part in rim))
    ),
)
MIRROR = (*mediapipe468.MIRROR, *(473, 476, 475, 474, 477), *(468, 471, 470, 469, 472))

_GROUPS = mediapipe468.SCHEME.groups

SCHEME = LandmarkScheme(
    name="mediapipe478",
    points=POINTS,
    mirror=MIRROR,
    derived=mediapipe468.SCHEME.derived,
    groups={**_GROUPS, "eyes": (*_GROUPS["eyes"], *range(468, 478))},
    source="Grishchenko et al., Attention Mesh, CVPRW 2020; iris: Ablavatski et al., CVPRW 2020",
)
