"""JD-landmark: faces with 106 points, of the challenge at ICME 2019.

Pictures lie in folders ``picture``; the points of ``picture/NAME.jpg`` are in
``landmark/NAME.jpg.txt`` beside that folder: a line 106, then a line ``x y`` for each. The
organisers later gave out corrected files in ``Corrected_landmark``: they take the others' place.
Boxes are ``NAME.jpg.rect`` in a folder of their own: ``left top right bottom``.

Nothing published says where coordinates count from; they are taken to count from 0.

Source: Liu et al., *Grand Challenge of 106-Point Facial Landmark Localization*, ICMEW 2019
(11,393 training faces, and two sets of 2,000, of which ``Test_data1`` is one).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import (
    IMAGE_SUFFIXES,
    inside,
    lines_of,
    root_folder,
    visible_face,
)
from align_eval.datasets._marked import Marked
from align_eval.datasets._pts import point_of
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  Training_data/AFW/picture/NAME.jpg        and HELEN, IBUG, LFPW: 11,393 faces
  Training_data/AFW/landmark/NAME.jpg.txt   106, then a line 'x y' for each point
  Test_data1/picture/  Test_data1/landmark/  2,000 faces
  Corrected_landmark/NAME.jpg.txt           optional; these replace the others
  any/folder/NAME.jpg.rect                  optional boxes: left top right bottom"""

_POINTS = 106
_FOLDERS = {"train": "Training_data", "test": "Test_data1", "all": ""}
_PUBLISHED = {"train": 11_393, "test": 2000, "all": None}
_CORRECTED = "Corrected_landmark"


@dataclass(frozen=True)
class _Files:
    """Paths below the root: pictures and points by folder and name, the rest by name."""

    pictures: dict[tuple[str, str], Path]
    landmarks: dict[tuple[str, str], Path]
    corrected: dict[str, Path]
    boxes: dict[str, Path]


def load(root: str, subset: str = "all") -> Dataset:
    """The faces of the pictures, with 106 points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"all", "train", "test"}
        ``train`` is ``Training_data``, ``test`` is ``Test_data1``; ``all`` is every folder
        ``picture`` below the root.

    Returns
    -------
    Dataset
        Face ids are the folder and the name (``"Test_data1/NAME"``), each subject is its face's
        id. A picture without points, points without a picture, and (where there are boxes) a face
        without one are listed in `problems`.

    Raises
    ------
    DataError
        No root, no pictures, or a malformed file; its line is named.
    UnknownNameError
        An unknown subset.
    """
    if subset not in _FOLDERS:
        raise UnknownNameError("subset of JD-landmark", subset, _FOLDERS)
    folder = root_folder(root, "jd106")
    files = _found(folder, _FOLDERS[subset])
    if not files.pictures and not files.landmarks:
        wanted = "/".join(filter(None, (_FOLDERS[subset], "…", "picture")))
        raise DataError(f"data set 'jd106' finds no folder {wanted} with pictures in {folder}")
    found = Marked("jd106")
    for where, name in sorted(files.pictures.keys() | files.landmarks.keys()):
        face_id = (Path(where) / Path(name).stem).as_posix()
        missing = folder / where / "picture" / name
        face = visible_face(face_id, face_id, files.pictures.get((where, name), missing))
        box = _read_box(files.boxes[name]) if name in files.boxes else None
        points = files.corrected.get(name) or files.landmarks.get((where, name))
        found.add(
            face.with_box(box),
            None if points is None else _read_points(points),
            "no landmarks of it" if points is None else "",
            "no .rect file of it" if files.boxes and box is None else "",
        )
    return found.dataset()


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds, beside the published number of the subset's faces."""
    wanted = _PUBLISHED.get(options.get("subset", "all"))
    expected = {} if wanted is None else {"faces": wanted, "faces with landmarks": wanted}
    return inventory_of(load(root, **options), LAYOUT, expected)


def _found(root: Path, below: str) -> _Files:
    files = _Files({}, {}, {}, {})
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not below or relative.parts[0] == below:
            _sort_in(files, root, relative)
        if path.parent.name == _CORRECTED and path.suffix == ".txt":
            files.corrected[path.stem] = inside(root, relative, "jd106")
        elif path.suffix == ".rect":
            if path.stem in files.boxes:
                raise DataError(f"data set 'jd106' holds two files {path.name}")
            files.boxes[path.stem] = inside(root, relative, "jd106")
    return files


def _sort_in(files: _Files, root: Path, relative: Path) -> None:
    folder, name = relative.parent, relative.name
    where = folder.parent.as_posix()
    if folder.name == "picture" and relative.suffix.lower() in IMAGE_SUFFIXES:
        files.pictures[where, name] = inside(root, relative, "jd106")
    elif folder.name == "landmark" and relative.suffix == ".txt":
        files.landmarks[where, relative.stem] = inside(root, relative, "jd106")


def _read_points(path: Path) -> Landmarks:
    lines = list(lines_of(path))
    if not lines or lines[0][1].strip() != str(_POINTS):
        raise DataError(f"{path.name}, line 1: wanted the number of points, {_POINTS}")
    if len(lines) != _POINTS + 1:
        raise DataError(f"{path.name}: wanted {_POINTS} points, found {len(lines) - 1}")
    points = np.array([point_of(*line) for line in lines[1:]])
    return Landmarks(points, scheme_named("jd106"))


def _read_box(path: Path) -> Box:
    lines = list(lines_of(path))
    try:
        left, top, right, bottom = (float(word) for word in lines[0][1].split())
    except (IndexError, ValueError) as error:
        raise DataError(f"{path.name}, line 1: wanted 'left top right bottom'") from error
    if not (np.isfinite([left, top, right, bottom]).all() and right > left and bottom > top):
        raise DataError(f"{path.name}, line 1: {lines[0][1].strip()!r} is no box")
    return Box(left, top, right - left, bottom - top)
