"""The 468 points of MediaPipe's face mesh.

A point is ``mp_`` and its number, except where it marks a spot that other schemes have. The tip
of the nose is number 4: over 330 HELEN faces it lies 3.6 % of the distance between the outer eye
corners from iBUG's hand-marked tip (median), number 1 twice as far. Of the tables in use that set
mesh points beside iBUG's, only pairs are taken that lie within 5 % of that distance (median over
every eighth of these faces, mean of both sides); for the lips' quarters, where those tables
disagree, the nearest mesh points are. Brows and outline are not shared: no mesh point is as near.

The numbering is symmetric by design: points below 248 lie on the image's left or on the midline,
and the others are the mirror images of the former, in the same order. This was found by running
the mesh on 160 frontal faces and their mirror images, and agrees with its triangles but for three
quadrilaterals that are cut along the other diagonal on the other side.
"""

from align_eval.landmarks import LandmarkScheme

_COUNT = 468
_FIRST_RIGHT = 248
_MIDLINE = frozenset(
    (
        *(0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19),
        *(94, 151, 152, 164, 168, 175, 195, 197, 199, 200),
    )
)
_ON_MIDLINE = {
    168: "nose_bridge_0",
    197: "nose_bridge_1",
    5: "nose_bridge_2",
    4: "nose_tip",
    2: "subnasale",
    0: "lip_top_3",
    13: "inner_lip_top_2",
    14: "inner_lip_bottom_2",
    17: "lip_bottom_3",
}
# Two names where the mirror image of a spot does not have the same name on the other side.
_ON_LEFT = {
    75: "left_nostril_outer",
    97: "left_nostril",
    33: "left_eye_outer",
    160: "left_eye_upper_outer",
    158: "left_eye_upper_inner",
    133: "left_eye_inner",
    153: "left_eye_lower_inner",
    144: "left_eye_lower_outer",
    61: "left_mouth",
    39: ("lip_top_1", "lip_top_5"),
    37: ("lip_top_2", "lip_top_4"),
    181: ("lip_bottom_1", "lip_bottom_5"),
    84: ("lip_bottom_2", "lip_bottom_4"),
    78: "left_mouth_inner",
    82: ("inner_lip_top_1", "inner_lip_top_3"),
    87: ("inner_lip_bottom_1", "inner_lip_bottom_3"),
}


def _mirror() -> tuple[int, ...]:
    left = [i for i in range(_FIRST_RIGHT) if i not in _MIDLINE]
    partner = dict(zip(left, range(_FIRST_RIGHT, _COUNT), strict=True))
    partner |= {right: i for i, right in partner.items()}
    return tuple(partner.get(i, i) for i in range(_COUNT))


def _both(left: tuple[int, ...]) -> tuple[int, ...]:
    return (*left, *(MIRROR[i] for i in left))


def _shared() -> dict[int, str]:
    names = dict(_ON_MIDLINE)
    for left, name in _ON_LEFT.items():
        pair = (name, name.replace("left", "right")) if isinstance(name, str) else name
        names[left], names[MIRROR[left]] = pair
    return names


MIRROR = _mirror()
_SHARED = _shared()
POINTS = tuple(_SHARED.get(i, f"mp_{i}") for i in range(_COUNT))

# The closed outlines that MediaPipe itself draws, on the image's left.
_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
_OVAL = (109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148)
_LIPS = (61, 185, 40, 39, 37, 146, 91, 181, 84, 78, 191, 80, 81, 82, 95, 88, 178, 87)

SCHEME = LandmarkScheme(
    name="mediapipe468",
    points=POINTS,
    mirror=MIRROR,
    derived={
        "left_eye": {POINTS[i]: 1 / 16 for i in _EYE},
        "right_eye": {POINTS[MIRROR[i]]: 1 / 16 for i in _EYE},
    },
    groups={
        "jaw": (10, *_both(_OVAL), 152),
        "brows": _both(_BROW),
        "nose": (168, 6, 197, 195, 5, 4, 1, 19, 94, 2, *_both((98, 97))),
        "eyes": _both(_EYE),
        "mouth": (*_both(_LIPS), 0, 13, 14, 17),
    },
    source="Kartynnik et al., Real-time Facial Surface Geometry, CVPRW 2019",
)
