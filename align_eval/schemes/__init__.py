"""Landmark schemes, one small file each.

Left and right are the image's. Points that mark the same spot have the same name in every
scheme, so that the conversion between any two follows from their names alone.
"""

from align_eval.catalog import Catalog, Entry
from align_eval.landmarks import LandmarkScheme

CATALOG = Catalog(
    "landmark scheme",
    {
        "five": Entry("align_eval.schemes.five:SCHEME", "eye centres, nose tip, mouth corners"),
        "ibug68": Entry("align_eval.schemes.ibug68:SCHEME", "iBUG / 300-W, 68 points"),
        "wflw98": Entry("align_eval.schemes.wflw98:SCHEME", "WFLW, 98 points"),
        "jd106": Entry("align_eval.schemes.jd106:SCHEME", "JD-landmark and LaPa, 106 points"),
        "sensetime106": Entry(
            "align_eval.schemes.sensetime106:SCHEME", "jd106's spots in SenseTime's order"
        ),
        "insightface106": Entry(
            "align_eval.schemes.insightface106:SCHEME", "jd106's spots in insightface's order"
        ),
        "tfake70": Entry(
            "align_eval.schemes.tfake70:SCHEME", "FaceSynthetics and T-FAKE, iBUG's and pupils"
        ),
        "aflw19": Entry("align_eval.schemes.aflw19:SCHEME", "AFLW without ears, 19 points"),
        "cofw29": Entry("align_eval.schemes.cofw29:SCHEME", "COFW and LFPW, 29 points"),
        "mediapipe468": Entry(
            "align_eval.schemes.mediapipe468:SCHEME", "MediaPipe's face mesh, 468 points"
        ),
        "mediapipe478": Entry(
            "align_eval.schemes.mediapipe478:SCHEME", "MediaPipe's face mesh and irises"
        ),
        "visth6": Entry(
            "align_eval.schemes.visth6:SCHEME", "VIS-TH and Carl, eye and mouth corners"
        ),
        "sftl54": Entry(
            "align_eval.schemes.sftl54:SCHEME", "SF-TL54, iBUG's first 48 and six of the mouth"
        ),
        "dlib5": Entry("align_eval.schemes.dlib5:SCHEME", "dlib's eye corners and nose base"),
    },
)


def scheme_named(name: str) -> LandmarkScheme:
    """The scheme of a catalogue name or dotted path.

    >>> len(scheme_named("ibug68"))
    68
    """
    scheme: LandmarkScheme = CATALOG.get(name)
    return scheme
