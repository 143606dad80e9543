"""EURECOM's VIS-TH: 50 people in 21 variations, visible and thermal in the same instant.

The images come from their owner; the landmarks are the published hand annotations of 12 of the
variations, 1,200 images, as dlib XML. Two of these images have no mouth corners: their truth has
the eyes, and they are among `problems`.

Protocols. ``thermal_to_visible``: each subject's visible neutral face is enrolled and probed with
thermal ones. ``dmsl:0`` to ``dmsl:9`` are the folds of Keong et al. for landmarks: ten groups by
subject number, one tested, two for validation, the rest trained on. They annotated all variations
but the dark one themselves; here the published annotations are the truth.

Sources: Mallat and Dugelay, *A benchmark database of visible and thermal paired face images across
multiple variations*, BIOSIG 2018 (people, variations, pairs). Keong et al., *Multi-spectral Facial
Landmark Detection*, 2021 (Table 1, folds). Counts of annotations: the XML files.
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
from align_eval.datasets.synthetic.variations import variations_named
from align_eval.faces import Face, Modality

LAYOUT = """\
ROOT/001/TH/TH_001_1_06_AEC.bmp      thermal: subject, session, number and acronym of the variation
ROOT/001/VIS/VIS_001_1_06_AEC.bmp    visible, of the same instant
ROOT/*.xml or ROOT/Eurecom_annotations/*.xml    dlib XML, one a person: the paths above, a box, four
                                     eye corners and two mouth corners by the subject's sides;
                                     elsewhere with the option annotations = FOLDER
50 people; 12 of the 21 variations are annotated: 1,200 images. Images that are not there are listed
and their landmarks load all the same."""

PROTOCOLS = ("thermal_to_visible", "visible_to_visible", "dmsl", "none")
PATH = re.compile(
    r"(?P<subject>\d{3})/(?P<spectrum>TH|VIS)/(?P=spectrum)_(?P=subject)_(?P<session>\d+)_\d+_"
    r"(?P<variation>[A-Za-z]+)\.\w+"
)
_MODALITY = {"TH": Modality.THERMAL, "VIS": Modality.VISIBLE}


def load(
    root: str,
    annotations: str = "",
    images: str = "annotated",
    protocol: str = "thermal_to_visible",
    gallery: str | Sequence[str] = "NN",
    variations: str | Sequence[str] = "all",
    simultaneous: bool = False,
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
        ``all`` adds the images in the root that have no annotations.
    protocol : str
        ``thermal_to_visible``, ``visible_to_visible``, ``dmsl:0`` … ``dmsl:9`` or ``none``.
    gallery, variations : str or sequence of str
        Acronyms of what is enrolled (visible), and of what it is probed with.
    simultaneous : bool
        Probe also with the thermal image that was taken with an enrolled one. Without it, no
        trial compares two images of one instant.
    training : int
        How many of the subjects, the last ones, are trained on instead of tested.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids such as ``001/TH/TH_001_1_06_AEC``, the annotated boxes, truth in scheme ``visth6``
        (NaN where a point is not marked), attributes ``variation``, ``session``, ``pair`` (what
        was taken in one instant) and ``split``. Odd annotations and missing images are in
        `problems`.

    Raises
    ------
    DataError
        No root, no annotations, or malformed ones.
    ConfigError
        An option that the protocol does not take, or a value that is none.
    """
    folder = root_folder(root, "vis_th")
    marks = marks_folder(folder, annotations, "Eurecom_annotations", "vis_th")
    found = collect(folder, marks, PATH, describe, "vis_th", images)
    faces = radiometric(found.faces, unit, range)
    subjects = sorted({face.subject for face in faces})
    folds = chosen_folds("vis_th", protocol, PROTOCOLS, subjects, training=training)
    compare = partial(
        _trials,
        protocol=protocol,
        gallery=variations_named(gallery),
        variations=variations_named(variations),
        simultaneous=simultaneous,
    )
    return divided("vis_th", faces, found.truth, found.problems, folds, compare)


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
    expected = {"faces": 1200, "subjects": 50, "faces with landmarks": 1200}
    return inventory_of(load(root, **{**options, "protocol": "none"}), LAYOUT, expected)


def describe(name: "re.Match[str]") -> Described:
    """The subject, spectrum and attributes of an image, from its path in the set (`PATH`)."""
    return (
        name["subject"],
        _MODALITY[name["spectrum"]],
        {
            "variation": name["variation"],
            "session": int(name["session"]),
            "pair": f"{name['subject']}_{name['session']}_{name['variation']}",
        },
    )


def _trials(
    faces: Sequence[Face],
    protocol: str,
    gallery: Sequence[str],
    variations: Sequence[str],
    simultaneous: bool,
) -> Trials | None:
    if protocol not in ("thermal_to_visible", "visible_to_visible"):
        return None
    modality = Modality.THERMAL if protocol == "thermal_to_visible" else Modality.VISIBLE
    visible = of_modality(faces, Modality.VISIBLE)
    enrolled = [face for face in visible if face.attributes["variation"] in gallery]
    taken = set() if simultaneous else {face.attributes["pair"] for face in enrolled}
    probes = [
        face
        for face in of_modality(faces, modality)
        if face.attributes["variation"] in variations and face.attributes["pair"] not in taken
    ]
    return against_gallery("vis_th", enrolled, probes)
