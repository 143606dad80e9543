"""ARL-VTF: 395 people, thermal and visible video frames, with expression, pose and eyewear.

The set is given out on request, and its annotations are described in no public document. The loader
therefore wants a table of named columns. By default they are those that public code of the set
reads from its ``metadata.csv``: ``filepath``, ``subid``, ``camera``, ``condition`` and ``eyewear``.
The words for conditions and eyewear in the owner's copy are not public: what the loader knows is in
`CONDITIONS` and `EYEWEAR`, and other words are translated by the options of these names. Landmarks
and boxes come in two more columns.

Protocols are named as in the paper: ``G_VB0-`` is the gallery (G) of visible (V) baseline (B)
frames of people who own no glasses (0) or have taken them off (-); ``P_TP0`` are thermal (T) probes
of the pose sequence (P) of people without glasses; E is expression, + is glasses that are worn.

Source: Poster et al., *A Large-Scale, Time-Synchronized Visible and Thermal Face Dataset*, WACV
2021 (395 people, more than 500,000 images).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, lines_of, root_folder
from align_eval.datasets._tables import Cell, box_of, landmarks_of, rows_of, text
from align_eval.datasets._thermal import RANGE, UNIT, against_gallery, radiometric
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/metadata.csv       CSV (UTF-8) or Parquet, one row an image, with the columns
    filepath   the image, below ROOT
    subid      whose face it is
    camera     FLIR_USB is thermal, BAS_RGB2 visible (options thermal and visible); images of
               others are left out
    condition  baseline, expression or pose; other words by conditions = {WORD = "B", …} (B, E, P)
    eyewear    none, removed or worn; other words by eyewear = {WORD = "0", …} (0, - or +)
    box        x y w h in pixels; may be left out
    landmarks  x y x y … in pixels from 0, nan for one that is missing, with the option scheme; may
               be left out
ROOT/…                  lists of subjects, one a line, by the options test and training
395 people. How the owner's copy annotates landmarks is not public: write them into such a table."""

CONDITIONS: Mapping[str, str] = {"baseline": "B", "expression": "E", "pose": "P"}
EYEWEAR: Mapping[str, str] = {"none": "0", "removed": "-", "worn": "+"}
_COLUMNS = ("filepath", "subid", "camera", "condition", "eyewear")
_SET = re.compile(r"(?P<role>[GP])_(?P<modality>[VT])(?P<sequence>[BEP])(?P<eyewear>[0+-]+)")
_MODALITY = {"V": Modality.VISIBLE, "T": Modality.THERMAL}


class _Words(NamedTuple):
    """How a table's words are read."""

    cameras: Mapping[str, Modality]
    conditions: Mapping[str, str]
    eyewear: Mapping[str, str]


def load(
    root: str,
    index: str = "metadata.csv",
    scheme: str = "",
    gallery: str = "G_VB0-",
    probes: str = "P_TB0",
    thermal: str = "FLIR_USB",
    visible: str = "BAS_RGB2",
    conditions: Mapping[str, str] | None = None,
    eyewear: Mapping[str, str] | None = None,
    test: str = "",
    training: str = "",
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  the word for it, as studies write it
) -> Dataset:
    """The frames of two cameras, and one gallery against one set of probes.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    index : str
        The table, below the root.
    scheme : str, optional
        What the landmarks of the table are.
    gallery, probes : str
        In the paper's notation; both empty for landmarks only.
    thermal, visible : str
        The cameras.
    conditions, eyewear : mapping, optional
        The table's words, beside `CONDITIONS` and `EYEWEAR`.
    test, training : str, optional
        Lists of subjects below the root. Without `test`, everybody is tested who is not trained
        on; without `training`, nobody is trained on.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids are the paths of the images; attributes ``camera``, ``condition`` (B, E, P) and
        ``eyewear`` (0, -, +). A missing image is in `problems`.

    Raises
    ------
    DataError
        No root, no table, a malformed row (it is named), or no faces to compare.
    ConfigError
        A gallery or set of probes that is none.
    UnknownNameError
        An unknown scheme.
    """
    folder = root_folder(root, "arl_vtf")
    compared = _compared(gallery, probes)
    words = _Words(
        {thermal: Modality.THERMAL, visible: Modality.VISIBLE},
        {**CONDITIONS, **_values("conditions", conditions, CONDITIONS)},
        {**EYEWEAR, **_values("eyewear", eyewear, EYEWEAR)},
    )
    known = scheme_named(scheme) if scheme else None
    faces, truth = _read(folder, index, words, known)
    tested, trained = _split(folder, faces, test, training)
    trials = None if compared is None else _trials(tested, *compared)
    problems = image_problems((*tested, *trained))
    kept = {face.id: truth[face.id] for face in (*tested, *trained) if face.id in truth}
    tested, trained = (radiometric(part, unit, range) for part in (tested, trained))
    return Dataset("arl_vtf", tested, trials, kept, trained, problems)


def inventory(root: str, **options: Any) -> Inventory:
    """What there is of the whole set, beside what was published.

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
    found = load(root, **{**options, "gallery": "", "probes": ""})
    return inventory_of(found, LAYOUT, {"subjects": 395})


def _compared(gallery: str, probes: str) -> tuple["re.Match[str]", "re.Match[str]"] | None:
    if not gallery and not probes:
        return None
    enrolled, probed = _SET.fullmatch(gallery), _SET.fullmatch(probes)
    if enrolled is None or enrolled["role"] != "G" or probed is None or probed["role"] != "P":
        raise ConfigError(
            "data set 'arl_vtf' wants a gallery such as 'G_VB0-' and probes such as 'P_TE0', "
            f"got {gallery!r} and {probes!r}"
        )
    return enrolled, probed


def _values(
    option: str, given: Mapping[str, str] | None, known: Mapping[str, str]
) -> Mapping[str, str]:
    for value in (given or {}).values():
        if value not in known.values():
            raise UnknownNameError(f"value of option {option}", str(value), known.values())
    return given or {}


def _read(
    folder: Path, index: str, words: _Words, scheme: LandmarkScheme | None
) -> tuple[tuple[Face, ...], dict[str, Landmarks]]:
    faces: dict[str, Face] = {}
    truth: dict[str, Landmarks] = {}
    for where, cells in rows_of(inside(folder, index, "option index"), _COLUMNS):
        camera = text(cells["camera"])
        if camera not in words.cameras:
            continue
        face = _face(folder, where, cells, words)
        if face.id in faces:
            raise DataError(f"{where}: the image {face.id!r} stands there twice")
        faces[face.id] = face
        landmarks = landmarks_of(where, text(cells.get("landmarks", "")), scheme)
        if landmarks is not None:
            truth[face.id] = landmarks
    if not faces:
        cameras = " or ".join(words.cameras)
        raise DataError(f"data set 'arl_vtf': {index} has no image of camera {cameras}")
    return tuple(faces.values()), truth


def _face(folder: Path, where: str, cells: Mapping[str, Cell], words: _Words) -> Face:
    path, subject, camera = (text(cells[name]) for name in ("filepath", "subid", "camera"))
    if not path or not subject:
        raise DataError(f"{where}: filepath and subid want a text, got {path!r} and {subject!r}")
    attributes: dict[str, str | float] = {
        "camera": camera,
        "condition": _word(where, "condition", cells, words.conditions),
        "eyewear": _word(where, "eyewear", cells, words.eyewear),
    }
    box = box_of(where, text(cells.get("box", "")))
    load_image = ImageFile(inside(folder, path, where))
    return Face(path, subject, words.cameras[camera], load_image, box, attributes)


def _word(where: str, column: str, cells: Mapping[str, Cell], known: Mapping[str, str]) -> str:
    given = text(cells[column])
    if given in known:
        return known[given]
    if given in known.values():
        return given
    raise DataError(f"{where}: {column} wants one of {', '.join(known)}; got {given!r}")


def _split(
    folder: Path, faces: Sequence[Face], test: str, training: str
) -> tuple[tuple[Face, ...], tuple[Face, ...]]:
    """The faces that are tested, and those that are trained on, by lists of subjects."""
    everybody = {face.subject for face in faces}
    trained = _subjects(folder, training) if training else set()
    tested = _subjects(folder, test) if test else everybody - trained
    return (
        tuple(_in_split(face, "test") for face in faces if face.subject in tested),
        tuple(_in_split(face, "training") for face in faces if face.subject in trained),
    )


def _in_split(face: Face, split: str) -> Face:
    return replace(face, attributes={**face.attributes, "split": split})


def _subjects(folder: Path, name: str) -> set[str]:
    return {line.strip() for _, line in lines_of(inside(folder, name, "a list of subjects"))}


def _trials(faces: Sequence[Face], gallery: "re.Match[str]", probes: "re.Match[str]") -> Trials:
    enrolled, probed = (
        [
            face
            for face in faces
            if face.modality is _MODALITY[chosen["modality"]]
            and face.attributes["condition"] == chosen["sequence"]
            and str(face.attributes["eyewear"]) in chosen["eyewear"]
        ]
        for chosen in (gallery, probes)
    )
    return against_gallery("arl_vtf", enrolled, probed)
