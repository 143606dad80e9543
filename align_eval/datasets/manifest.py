"""Any images, described by a table: CSV (UTF-8) or Parquet.

======================  ======================================================================
``image``               path below the root; required
``subject``             whose face it is; required
``id``                  unique; the image's path by default
``modality``            ``visible`` (default) or ``thermal``
``box``                 ``x y w h``, separated by spaces or semicolons; or the four columns
                        ``box_x``, ``box_y``, ``box_width``, ``box_height``
``landmarks``           ``x y x y …``, separated likewise; ``nan`` for a point that is missing
``split``               ``test`` (default) or ``train``
``role``                ``gallery`` or ``probe``
anything else           an attribute; a prefix ``attribute_`` is taken off
======================  ======================================================================

Coordinates are pixels from 0, pixel centres at integers. Attributes are text; numbers in Parquet
stay numbers. An empty cell is a missing value.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, root_folder
from align_eval.datasets._tables import Cell, box_of, landmarks_of, rows_of, text
from align_eval.datasets._thermal import RANGE, UNIT, radiometric
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  manifest.csv   or another table, by the option file; columns image and subject at least
  IMAGE          each where its row says, below ROOT
Further columns: id modality box landmarks split role; anything else is an attribute."""

_BOX = ("box_x", "box_y", "box_width", "box_height")
_READ = {"image", "subject", "id", "modality", "box", "landmarks", "split", "role", *_BOX}


class _Record(NamedTuple):
    """One row, understood."""

    face: Face
    landmarks: Landmarks | None
    split: str
    role: str
    where: str


def load(
    root: str,
    file: str = "manifest.csv",
    scheme: str = "",
    trials: str = "all",
    unit: UNIT = "",
    range: RANGE = "",  # noqa: A002  as the thermal sets call it
) -> Dataset:
    """The faces of a table, and the trials that an option makes of them.

    Parameters
    ----------
    root : str
        The folder that paths in the table start from.
    file : str
        The table, below `root`; ``.parquet`` is read as Parquet, anything else as CSV.
    scheme : str, optional
        What the landmarks are: ``"ibug68"``, … Required where there are landmarks.
    trials : str
        ``"all"``: every unordered pair of test faces. ``"gallery_probe"``: each subject's gallery
        faces, enrolled together, against every probe. ``"none"``: landmarks only. Else the path
        of a CSV below `root` with the columns ``reference``, ``probe`` (face ids) and optionally
        ``fold`` (whole numbers).
    unit, range
        Of thermal images: what their counts mean, and which temperatures to show in 8 bits (see
        `align_eval.radiometry.Radiometric`); without them they keep their bit depth.

    Returns
    -------
    Dataset
        Rows whose split is ``train`` are its training faces. A missing image stays, and is listed
        in `problems`.

    Raises
    ------
    ConfigError
        A unit without a range, or one of them that is malformed.
    DataError
        No root, no table, a malformed or repeated row (file and line are named), or trials that
        the table does not allow.
    UnknownNameError
        An unknown scheme, modality, split, role or kind of trials.
    """
    folder = root_folder(root, "manifest")
    table = inside(folder, file, "option file")
    known = scheme_named(scheme) if scheme else None
    records = [_record(folder, known, *row) for row in rows_of(table, ("image", "subject"))]
    _refuse_repeated(records)
    tested = [record for record in records if record.split == "test"]
    training = tuple(record.face for record in records if record.split == "train")
    faces = tuple(record.face for record in tested)
    truth = {r.face.id: r.landmarks for r in records if r.landmarks is not None}
    made = _trials(folder, trials, tested) if tested else None
    problems = image_problems((*faces, *training))
    faces, training = (radiometric(part, unit, range) for part in (faces, training))
    return Dataset("manifest", faces, made, truth, training, problems)


def _record(
    folder: Path, scheme: LandmarkScheme | None, where: str, cells: Mapping[str, Cell]
) -> _Record:
    values = {name: text(cell) for name, cell in cells.items()}
    for name in ("image", "subject"):
        if not values[name]:
            raise DataError(f"{where}: the column {name!r} is empty")
    face = Face(
        values.get("id") or values["image"],
        values["subject"],
        Modality(_one_of("modality", values, [*Modality], "visible", where)),
        ImageFile(inside(folder, values["image"], where)),
        _box(where, values),
        _attributes(where, cells),
    )
    return _Record(
        face,
        landmarks_of(where, values.get("landmarks", ""), scheme),
        _one_of("split", values, ["train", "test"], "test", where),
        _one_of("role", values, ["gallery", "probe"], "", where),
        where,
    )


def _one_of(
    column: str, values: Mapping[str, str], known: Sequence[str], default: str, where: str
) -> str:
    value = values.get(column) or default
    if value and value not in known:
        raise UnknownNameError(f"{column} in {where}:", value, known)
    return value


def _box(where: str, values: Mapping[str, str]) -> Box | None:
    columns = [name for name in values if name == "box" or name.startswith("box_")]
    if not columns:
        return None
    if columns != ["box"] and set(columns) != set(_BOX):
        raise DataError(f"{where}: a box is one column 'box' or {', '.join(_BOX)}; has {columns}")
    names = ["box"] if columns == ["box"] else list(_BOX)
    return box_of(where, " ".join(values[name] for name in names).strip())


def _attributes(where: str, cells: Mapping[str, Cell]) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {}
    for column, cell in cells.items():
        name = column.removeprefix("attribute_")
        if column in _READ or cell == "":
            continue
        if name in attributes:
            raise DataError(f"{where}: the attribute {name!r} stands in two columns")
        attributes[name] = cell
    return attributes


def _refuse_repeated(records: Sequence[_Record]) -> None:
    first: dict[str, str] = {}
    for record in records:
        if record.face.id in first:
            raise DataError(
                f"{record.where}: the id {record.face.id!r} is that of {first[record.face.id]}"
            )
        first[record.face.id] = record.where


def _trials(folder: Path, kind: str, tested: Sequence[_Record]) -> Trials | None:
    if kind == "none":
        return None
    if kind == "all":
        return _every_pair([record.face for record in tested])
    if kind == "gallery_probe":
        return _gallery_probe(tested)
    if not kind.lower().endswith((".csv", ".parquet")):
        raise UnknownNameError(
            "kind of trials", kind, ("all", "gallery_probe", "none", "path of a .csv")
        )
    return _listed_pairs(inside(folder, kind, "option trials"), tested)


def _every_pair(faces: Sequence[Face]) -> Trials:
    names, subjects = tuple(f.id for f in faces), tuple(f.subject for f in faces)
    first, second = np.triu_indices(len(faces), k=1)
    return Trials(names, names, subjects, subjects, first, second)


def _gallery_probe(tested: Sequence[_Record]) -> Trials:
    gallery: dict[str, tuple[str, ...]] = {}
    probes = []
    for record in tested:
        face = record.face
        if not record.role:
            raise DataError(f"{record.where}: trials 'gallery_probe' want a role for every face")
        if record.role == "probe":
            probes.append(face.id)
        else:
            gallery[face.subject] = (*gallery.get(face.subject, ()), face.id)
    if not gallery or not probes:
        raise DataError("data set 'manifest': 'gallery_probe' wants a gallery and a probe face")
    return Trials.cross(gallery, probes, {r.face.id: r.face.subject for r in tested})


def _listed_pairs(path: Path, tested: Sequence[_Record]) -> Trials:
    subjects = {record.face.id: record.face.subject for record in tested}
    references: list[str] = []
    probes: list[str] = []
    folds: list[int] = []
    for where, cells in rows_of(path, ("reference", "probe")):
        for column, names in (("reference", references), ("probe", probes)):
            name = text(cells[column])
            if name not in subjects:
                raise DataError(f"{where}: no test face has the id {name!r}")
            names.append(name)
        if references[-1] == probes[-1]:
            raise DataError(f"{where}: the face {references[-1]!r} is compared with itself")
        if "fold" in cells:
            folds.append(_fold(where, text(cells["fold"])))
    numbered = np.unique(folds, return_inverse=True)[1] if folds else None
    return Trials.pairs(references, probes, subjects, numbered)


def _fold(where: str, given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise DataError(f"{where}: fold wants a whole number, got {given!r}")
    return int(given)
