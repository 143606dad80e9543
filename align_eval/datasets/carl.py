"""Carl: 41 people in four sessions, three illuminations and five shots, visible and thermal.

The images come from their owner; the landmarks are the published hand annotations of all 4,920
visible and thermal images, as dlib XML (the 2,460 near-infrared ones are not annotated). Four of
the annotations lack mouth corners: in three of them the truth has the points that are marked; in
the fourth (``05S2BNA1``) a name stands twice and the eye's corners are exchanged. One more
(``21S3CIR4``) has its labels mixed up. The truth of the latter two is left out.

Protocol. The paper identifies people with single sensors and with fused ones. What is compared
here is ``thermal_to_visible``: each subject's visible faces of the first session are enrolled,
together, and probed with thermal faces of the other sessions; it is this project's reading of the
set for cross-spectral verification, and no published list.

Source: Espinosa-Duró, Faundez-Zanuy and Mekyska, *A new face database simultaneously acquired in
visible, near infrared and thermal spectrum*, Cognitive Computation, 2013, arXiv 2202.13864 (41
people, 4 sessions, 5 images each, natural, infrared and artificial illumination, 7,380 images of
three sensors).
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import root_folder
from align_eval.datasets._thermal import (
    RANGE,
    UNIT,
    against_gallery,
    chosen_folds,
    divided,
    of_modality,
    radiometric,
)
from align_eval.datasets._thermal_marks import Described, collect, marks_folder
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality

LAYOUT = """\
ROOT/01/session_4/thermal_bmp/01S4BNA5.bmp    thermal: subject, session, B, illumination, shot
ROOT/01/session_4/classic/01S4CNA5.bmp        visible: C
ROOT/*.xml or ROOT/Carl_annotations/*.xml     dlib XML, one a person: the paths above, a box, four
                                              eye corners and two mouth corners by the subject's
                                              sides; elsewhere with the option annotations = FOLDER
41 people × 4 sessions × 3 illuminations (NA natural, IR infrared, AR artificial) × 5 shots × 2:
4,920 images. Images that are not there are listed and their landmarks load all the same."""

PROTOCOLS = ("thermal_to_visible", "visible_to_visible", "none")
ILLUMINATIONS = {"NA": "natural", "IR": "infrared", "AR": "artificial"}
_PATH = re.compile(
    r"(?P<subject>\d{2})/session_(?P<session>\d)/(?:thermal_bmp/(?=....B)|classic/(?=....C))"
    r"(?P=subject)S(?P=session)(?P<sensor>[BC])(?P<illumination>NA|IR|AR)(?P<shot>\d)\.\w+"
)
_MODALITY = {"B": Modality.THERMAL, "C": Modality.VISIBLE}


def load(
    root: str,
    annotations: str = "",
    images: str = "annotated",
    protocol: str = "thermal_to_visible",
    sessions: Sequence[int] = (1,),
    illumination: str = "",
    probes: str = "",
    training: int = 0,
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  the word for it, as studies write it
) -> Dataset:
    """The annotated images, and the trials of a protocol.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    annotations : str, optional
        The folder of the XML files, from the root or absolute.
    images : {"annotated", "all"}
        ``all`` adds the visible and thermal images in the root that have no annotations.
    protocol : str
        ``thermal_to_visible``, ``visible_to_visible`` or ``none``.
    sessions : sequence of int
        Whose visible faces are enrolled; the others are probed with.
    illumination, probes : str, optional
        ``NA``, ``IR`` or ``AR``: the one illumination that is enrolled, and that is probed with;
        all three without it.
    training : int
        How many of the subjects, the last ones, are trained on instead of tested.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids such as ``01/session_4/thermal_bmp/01S4BNA5``, the annotated boxes, truth in scheme
        ``visth6`` (NaN where a point is not marked), attributes ``session``, ``illumination``,
        ``shot``, ``pair`` (what was taken in one instant) and ``split``. Odd annotations and
        missing images are in `problems`.

    Raises
    ------
    DataError
        No root, no annotations, or malformed ones; no faces to compare.
    ConfigError
        An option that the protocol does not take, or a value that is none.
    """
    folder = root_folder(root, "carl")
    marks = marks_folder(folder, annotations, "Carl_annotations", "carl")
    for given in (illumination, probes):
        if given and given not in ILLUMINATIONS:
            raise UnknownNameError("illumination", given, ILLUMINATIONS)
    found = collect(folder, marks, _PATH, _describe, "carl", images)
    faces = radiometric(found.faces, unit, range)
    subjects = sorted({face.subject for face in faces})
    folds = chosen_folds("carl", protocol, PROTOCOLS, subjects, training=training)
    compare = partial(
        _trials,
        protocol=protocol,
        sessions=_sessions(sessions),
        enrolled_in=illumination,
        probed_in=probes,
    )
    return divided("carl", faces, found.truth, found.problems, folds, compare)


def inventory(root: str, **options: Any) -> Inventory:
    """What there is of the annotated set, beside what was published.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    **options
        As for `load`; trials are not made.

    Raises
    ------
    DataError
        See `load`.
    """
    expected = {"faces": 4920, "subjects": 41, "faces with landmarks": 4920}
    return inventory_of(load(root, **{**options, "protocol": "none"}), LAYOUT, expected)


def _sessions(given: Sequence[int]) -> frozenset[int]:
    if isinstance(given, str) or any(type(number) is not int for number in given):
        raise ConfigError(f"sessions want a list of whole numbers, got {given!r}")
    return frozenset(given)


def _describe(name: "re.Match[str]") -> Described:
    subject, session, shot = name["subject"], int(name["session"]), int(name["shot"])
    return (
        subject,
        _MODALITY[name["sensor"]],
        {
            "session": session,
            "illumination": name["illumination"],
            "shot": shot,
            "pair": f"{subject}S{session}{name['illumination']}{shot}",
        },
    )


def _trials(
    faces: Sequence[Face],
    protocol: str,
    sessions: frozenset[int],
    enrolled_in: str,
    probed_in: str,
) -> Trials | None:
    if protocol == "none":
        return None
    modality = Modality.THERMAL if protocol == "thermal_to_visible" else Modality.VISIBLE
    enrolled = [
        face
        for face in of_modality(faces, Modality.VISIBLE)
        if face.attributes["session"] in sessions
        and enrolled_in in ("", face.attributes["illumination"])
    ]
    probes = [
        face
        for face in of_modality(faces, modality)
        if face.attributes["session"] not in sessions
        and probed_in in ("", face.attributes["illumination"])
    ]
    return against_gallery("carl", enrolled, probes)
