"""The Tufts Face Database: thermal and visible photographs, around the face and with expressions.

Two of its series are read. ``E``, emotion: five images, of which the first is neutral. ``A``,
around: the camera at nine places on a half circle, numbered from 0.

There is no published list of trials. What is compared here is the usual reading: visible frontal
faces are enrolled and probed with thermal ones, everybody or, as in works that learn, 90 people
trained on and the rest tested (option ``training = 90``; drawn from the seed).

The thermal images have published face boxes (tdface-annotations: ``Set, Participant, File, Left,
Top, Width, Height``), with the option `boxes`. Some are of one or two pixels, of images in which
there was nothing to mark: these are left out, and named.

Sources: Panetta et al., *A Comprehensive Database for Benchmarking Imaging Systems*, IEEE TPAMI
42(3), 2020. Boxes: github.com/maxbbraun/tdface-annotations, which lists 1,557 thermal images.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, inside, root_folder
from align_eval.datasets._tables import rows_of, text
from align_eval.datasets._thermal import (
    RANGE,
    UNIT,
    Problems,
    against_gallery,
    divided,
    of_modality,
    radiometric,
)
from align_eval.datasets.inventory import Count, Inventory, inventory_of
from align_eval.datasets.synthetic.protocols import Fold
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile

LAYOUT = """\
ROOT/TD_IR_E_Set1/1/TD_IR_E_1.jpg     thermal, emotion: 1 neutral, 2 smile, 3 eyes closed,
                                      4 shocked, 5 sunglasses; the folder is the participant
ROOT/TD_RGB_E_Set1/1/TD_RGB_E_1.jpg   visible
ROOT/TD_IR_A_Set1/1/TD_IR_A_0.jpg     thermal, around: 0 to 8, of which 4 is in the middle
ROOT/TD_RGB_A_Set1/1/TD_RGB_A_0.jpg   visible
ROOT/bounding-boxes.csv               boxes of the thermal images, with boxes = "bounding-boxes.csv"
The sets of participants (Set1 to Set4) may lie deeper, or be merged into one folder. 1,557 thermal
images in both series."""

EXPRESSIONS = ("neutral", "smile", "eyes closed", "shocked", "sunglasses")
SERIES = ("E", "A", "both")
PROTOCOLS = ("thermal_to_visible", "visible_to_visible", "none")
_FRONTAL = {"E": 1, "A": 4}
_NAME = re.compile(r"TD_(?P<spectrum>IR|RGB)_(?P<series>[EA])_(?P<number>\d+)")
_MODALITY = {"IR": Modality.THERMAL, "RGB": Modality.VISIBLE}
_BOX_COLUMNS = ("Participant", "File", "Left", "Top", "Width", "Height")
_SMALLEST = 10.0  # pixels; images without a face have a box of one or two in the list
_STREAM = 59  # keeps these numbers apart from others that are drawn from the seed


def load(
    root: str,
    series: str = "E",
    protocol: str = "thermal_to_visible",
    boxes: str = "",
    training: int = 0,
    seed: int = 0,
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  the word for it, as studies write it
) -> Dataset:
    """The images of a series, and trials against each subject's frontal visible face.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    series : {"E", "A", "both"}
        Which images. The gallery of ``both`` is that of ``E``.
    protocol : {"thermal_to_visible", "visible_to_visible", "none"}
        What is compared.
    boxes : str, optional
        The table of boxes, below the root.
    training : int
        How many subjects are trained on instead of tested.
    seed : int
        Draws them.
    unit, range : str or two numbers
        How thermal frames of 16 bits become 8; see `align_eval.radiometry.Radiometric`.

    Returns
    -------
    Dataset
        Ids such as ``12/TD_IR_E_1``, attributes ``series``, ``number``, ``expression`` (of E) and
        ``split``. There is no truth. Images of other names, boxes that are none, and boxes without
        an image are in `problems`.

    Raises
    ------
    DataError
        No root, no images, two of one name, a malformed table, or no faces to compare.
    ConfigError
        A number of training subjects that leaves fewer than two to test.
    UnknownNameError
        Another series or protocol.
    """
    folder = root_folder(root, "tufts")
    for what, given, known in (("series", series, SERIES), ("protocol", protocol, PROTOCOLS)):
        if given not in known:
            raise UnknownNameError(f"{what} of data set 'tufts'", given, known)
    faces, problems = _faces(folder, series)
    if boxes:
        faces, odd = _boxed(faces, _boxes(inside(folder, boxes, "option boxes"), series))
        problems = (*problems, *odd)
    subjects = sorted({face.subject for face in faces})
    fold = _drawn(len(subjects), training, seed)
    compare = partial(_trials, protocol=protocol, first="A" if series == "A" else "E")
    shown = radiometric(faces, unit, range)
    return divided("tufts", shown, {}, (*problems, *image_problems(faces)), (fold,), compare)


def inventory(root: str, **options: Any) -> Inventory:
    """What there is of both series, beside what was published.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    **options
        As for `load`; both series are counted, and trials are not made.

    Raises
    ------
    DataError
        See `load`.
    """
    found = load(root, **{**options, "series": "both", "protocol": "none", "training": 0})
    thermal = Count("thermal images", len(of_modality(found.faces, Modality.THERMAL)), 1557)
    listed = inventory_of(found, LAYOUT)
    return Inventory(LAYOUT, (*listed.counts, thermal), listed.problems)


def _faces(folder: Path, series: str) -> tuple[tuple[Face, ...], Problems]:
    """The images of a series, and the names that are none of the set's."""
    faces: dict[str, Face] = {}
    odd: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("TD_*")):
        if path.suffix.lower() not in IMAGE_SUFFIXES or path.is_dir():
            continue
        relative, name = path.relative_to(folder), _NAME.fullmatch(path.stem)
        if name is None or not path.parent.name.isdecimal():
            odd.append((relative.as_posix(), "no thermal or visible image's name; it is left out"))
        elif series in ("both", name["series"]):
            face = _face(inside(folder, relative, "tufts"), name)
            if face.id in faces:
                raise DataError(f"data set 'tufts' holds two images of {face.id!r} in {folder}")
            faces[face.id] = face
    if not faces:
        raise DataError(f"data set 'tufts' finds no images of series {series} in {folder}")
    return tuple(faces.values()), tuple(odd)


def _face(path: Path, name: "re.Match[str]") -> Face:
    subject, number = path.parent.name, int(name["number"])
    attributes: dict[str, str | float] = {"series": name["series"], "number": number}
    if name["series"] == "E" and 1 <= number <= len(EXPRESSIONS):
        attributes["expression"] = EXPRESSIONS[number - 1]
    return Face(
        f"{subject}/{path.stem}",
        subject,
        _MODALITY[name["spectrum"]],
        ImageFile(path),
        attributes=attributes,
    )


def _boxes(path: Path, series: str) -> dict[str, Box]:
    found: dict[str, Box] = {}
    for where, cells in rows_of(path, _BOX_COLUMNS):
        stem = Path(text(cells["File"])).stem
        name, face_id = _NAME.fullmatch(stem), f"{text(cells['Participant'])}/{stem}"
        try:
            box = Box(*(float(cells[column]) for column in _BOX_COLUMNS[2:]))
        except ValueError as error:
            raise DataError(f"{where}: a box wants four numbers") from error
        if name is None or not np.isfinite(box).all() or face_id in found:
            raise DataError(f"{where}: wanted a box of one image of the set, got {face_id!r} {box}")
        if series in ("both", name["series"]):
            found[face_id] = box
    return found


def _boxed(faces: Sequence[Face], boxes: Mapping[str, Box]) -> tuple[tuple[Face, ...], Problems]:
    """The faces with their boxes, and what is odd about the boxes."""
    usable = {name: box for name, box in boxes.items() if min(box.width, box.height) >= _SMALLEST}
    here = {face.id for face in faces}
    odd = [
        (name, f"its box of {box.width:g} × {box.height:g} pixels is no face's; it is left out")
        for name, box in boxes.items()
        if name not in usable
    ]
    odd += [(name, "a box without an image") for name in boxes if name not in here]
    return tuple(face.with_box(usable.get(face.id)) for face in faces), tuple(odd)


def _drawn(count: int, training: int, seed: int) -> Fold:
    """Who is trained on, by position among the sorted subjects."""
    if isinstance(training, bool) or not isinstance(training, int) or training < 0:
        raise ConfigError(f"training wants a number of subjects from 0, got {training!r}")
    if training and count - training < 2:
        raise ConfigError(
            f"training wants to leave at least 2 of {count} subjects to test, got {training}"
        )
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(_STREAM,))
    order = np.random.default_rng(sequence).permutation(count).tolist()
    return Fold(tuple(sorted(order[training:])), (), tuple(sorted(order[:training])))


def _trials(faces: Sequence[Face], protocol: str, first: str) -> Trials | None:
    if protocol == "none":
        return None
    modality = Modality.THERMAL if protocol == "thermal_to_visible" else Modality.VISIBLE
    enrolled = [
        face
        for face in of_modality(faces, Modality.VISIBLE)
        if (face.attributes["series"], face.attributes["number"]) == (first, _FRONTAL[first])
    ]
    taken = {face.id for face in enrolled}
    probes = [face for face in of_modality(faces, modality) if face.id not in taken]
    return against_gallery("tufts", enrolled, probes)
