"""The hand annotations of VIS-TH and Carl: dlib XML, one file a person, six points a face.

An image whose mouth was not marked keeps its eyes: a point that is not marked is NaN. An image in
which a name stands twice, or whose points are not in the order of an upright face, has its labels
mixed up: its points are left out of the truth. Every such image is named, and none is lost.

Source of the files: Alperen Kantarcı, 2019, MIT licence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from align_eval.datasets._dlib_xml import MarkedImage, Part, read_dlib_xml
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, inside
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.schemes.visth6 import XML_PARTS

_UNMARKED = (float("nan"), float("nan"))
_EYES, _MOUTH = tuple(XML_PARTS)[:4], tuple(XML_PARTS)[4:]


class Marked(NamedTuple):
    """An annotated image.

    Parameters
    ----------
    file : str
        Its path, as the XML gives it.
    name : re.Match
        The parts of that path.
    box : Box, optional
        Where the face is.
    landmarks : Landmarks, optional
        In scheme ``visth6``; NaN where a point is not marked.
    problems : tuple of str
        What is odd about them.
    """

    file: str
    name: "re.Match[str]"
    box: Box | None
    landmarks: Landmarks | None
    problems: tuple[str, ...]


def read_marks(folder: Path, pattern: "re.Pattern[str]", data_set: str) -> tuple[Marked, ...]:
    """Every annotated image of a folder of XML files.

    Parameters
    ----------
    folder : Path
        Its XML files are read in the order of their names.
    pattern : re.Pattern
        What the path of an image of the set matches as a whole.
    data_set : str
        For messages.

    Raises
    ------
    DataError
        No XML files, one that is malformed, or in which an image of another set, an image that was
        named before, several boxes, or an unknown part stands.
    """
    files = sorted(folder.glob("*.xml"))
    if not files:
        raise DataError(f"data set {data_set!r} finds no XML annotations in {folder}")
    marked: dict[str, Marked] = {}
    for file in files:
        for image in read_dlib_xml(inside(folder.resolve(), file.name, data_set)):
            name = pattern.fullmatch(image.file)
            if name is None:
                raise DataError(
                    f"{file.name}: {image.file!r} is no image's name of data set {data_set!r}"
                )
            if image.file in marked:
                raise DataError(f"{file.name}: the image {image.file!r} is annotated twice")
            marked[image.file] = _marked(file.name, image, name)
    return tuple(marked.values())


class Collection(NamedTuple):
    """The faces of an annotated set.

    Parameters
    ----------
    faces : tuple of Face
        In the order of their ids.
    truth : mapping
        Face id to landmarks.
    problems : tuple of (face id, reason)
        Of the annotations first, then of the images.
    """

    faces: tuple[Face, ...]
    truth: Mapping[str, Landmarks]
    problems: tuple[tuple[str, str], ...]


Described = tuple[str, Modality, dict[str, str | float]]


def collect(
    folder: Path,
    marks: Path,
    pattern: "re.Pattern[str]",
    describe: Callable[["re.Match[str]"], Described],
    data_set: str,
    images: str = "annotated",
) -> Collection:
    """The annotated images of a set, and on demand those that only lie there.

    Parameters
    ----------
    folder : Path
        Resolved; the paths of images start here.
    marks : Path
        The folder of the XML files.
    pattern : re.Pattern
        What the path of an image of the set matches as a whole.
    describe : callable
        Subject, modality and attributes of a matched path.
    data_set : str
        For messages.
    images : {"annotated", "all"}
        ``all`` adds the images below `folder` that are not annotated.

    Raises
    ------
    DataError
        See `read_marks`.
    UnknownNameError
        Another kind of images.
    """
    if images not in ("annotated", "all"):
        raise UnknownNameError("kind of images", images, ("annotated", "all"))
    marked = {Path(m.file): m for m in read_marks(marks, pattern, data_set)}
    names = {path: mark.name for path, mark in marked.items()}
    if images == "all":
        names = {**_lying_in(folder, pattern), **names}
    faces = []
    for path in sorted(names):
        subject, modality, attributes = describe(names[path])
        box = marked[path].box if path in marked else None
        load = ImageFile(inside(folder, path, data_set))
        faces.append(Face(_id(path), subject, modality, load, box, attributes))
    odd = tuple(
        (_id(path), "; ".join(marked[path].problems))
        for path in sorted(marked)
        if marked[path].problems
    )
    truth = {_id(path): m.landmarks for path, m in marked.items() if m.landmarks is not None}
    return Collection(tuple(faces), truth, odd + image_problems(tuple(faces)))


def marks_folder(folder: Path, annotations: str, usual: str, data_set: str) -> Path:
    """Where the XML files are: as given (from the root, or absolute), or in the root.

    Parameters
    ----------
    folder : Path
        The root.
    annotations : str
        As given; may be empty.
    usual : str
        Their folder in the root, as they are published.
    data_set : str
        For messages.

    Raises
    ------
    DataError
        The given folder is none.
    """
    if not annotations:
        return folder / usual if (folder / usual).is_dir() else folder
    path = folder / Path(annotations).expanduser()
    if not path.is_dir():
        raise DataError(f"data set {data_set!r}: no folder of annotations {annotations!r}")
    return path


def _id(path: Path) -> str:
    return path.with_suffix("").as_posix()


def _lying_in(folder: Path, pattern: "re.Pattern[str]") -> dict[Path, "re.Match[str]"]:
    paths = (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    relative = (path.relative_to(folder) for path in paths)
    matched = ((path, pattern.fullmatch(path.as_posix())) for path in relative)
    return {path: name for path, name in matched if name is not None}


def _marked(where: str, image: MarkedImage, name: "re.Match[str]") -> Marked:
    if len(image.boxes) > 1:
        raise DataError(f"{where}: {image.file!r} wants one box, got {len(image.boxes)}")
    if not image.boxes:
        return Marked(image.file, name, None, None, ("no face is marked",))
    box, parts = image.boxes[0]
    unknown = next((part.name for part in parts if part.name not in XML_PARTS), None)
    if unknown is not None:
        raise DataError(f"{where}: {image.file!r} has an unknown part {unknown!r}")
    landmarks, problems = _six(parts)
    return Marked(image.file, name, box, landmarks, problems)


def _six(parts: Sequence[Part]) -> tuple[Landmarks | None, tuple[str, ...]]:
    """The points of a face, if its labels can be trusted, and what is odd about them."""
    names = [part.name for part in parts]
    places = {part.name: (part.x, part.y) for part in parts}
    unmarked = [name for name in XML_PARTS if name not in places]
    problems = (f"not marked: {', '.join(unmarked)}",) if unmarked else ()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return None, (*problems, f"marked twice: {', '.join(twice)}; its points are left out")
    if not places:
        return None, problems
    if not _upright(places):
        fault = "points out of the order of an upright face, left to right; they are left out"
        return None, (*problems, fault)
    scheme = scheme_named("visth6")
    part_of = {point: part for part, point in XML_PARTS.items()}
    points = [places.get(part_of[point], _UNMARKED) for point in scheme.points]
    return Landmarks(points, scheme), problems


def _upright(places: Mapping[str, tuple[float, float]]) -> bool:
    """Whether eye corners and mouth corners each go from left to right."""
    rows = ([places[name][0] for name in row if name in places] for row in (_EYES, _MOUTH))
    return all(a < b for row in rows for a, b in pairwise(row))
