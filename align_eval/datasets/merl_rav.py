"""MERL-RAV: faces of AFLW in all poses with 68 points, each said to be seen or not.

The labels are ``.pts`` files. A point that can be seen stands there as ``x y``; one that something
hides (hair, a hand) as ``-x -y``, its place guessed; one that the face itself hides as ``-1 -1``,
with no place at all. The last is NaN here.

The points follow 300-W, whose files count from 1, so 1 is subtracted. Labels come without images;
the authors' script puts both into one folder.

Source: Kumar et al., *LUVLi Face Alignment*, CVPR 2020, and the data set's readme, which speaks of
"over 19,000" faces: no number is checked.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import IMAGE_SUFFIXES, inside, root_folder, visible_face
from align_eval.datasets._hidden import check_choice, chosen
from align_eval.datasets._marked import Marked
from align_eval.datasets._pts import box_around, files_by_stem, read_pts
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Face
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/merl_rav_organized/ (or that folder as ROOT)
  frontal/testset/imageNUMBER.jpg and imageNUMBER.pts, frontal/trainset/…
  left/  lefthalf/  right/  righthalf/  likewise"""

POSES = ("frontal", "left", "lefthalf", "right", "righthalf")
_FOLDERS = {"test": ("testset",), "train": ("trainset",), "all": ("trainset", "testset")}
_ORGANISED = "merl_rav_organized"
_POINTS = 68


def load(root: str, subset: str = "test", pose: str = "all", hidden: str = "keep") -> Dataset:
    """The faces of a subset, with up to 68 points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"test", "train", "all"}
        The authors' split.
    pose : str
        ``all``, or one of `POSES`.
    hidden : {"keep", "leave_out"}
        Whether points that something hides, whose place is guessed, are part of the truth (as
        published) or NaN. Points that the face itself hides are NaN in any case.

    Returns
    -------
    Dataset
        Face ids are paths without suffix (``"frontal/testset/image00019"``), each subject is its
        face's id; the box is that around its points. Attributes are ``pose``, ``hidden_points``
        and ``self_occluded_points``. An image without points, points without an image, a face
        without any point left, and a point with only one negative coordinate (NaN) are listed in
        `problems`.

    Raises
    ------
    DataError
        No root, no faces, or a malformed file; its line is named.
    UnknownNameError
        An unknown subset, pose, or choice of hidden points.
    """
    if subset not in _FOLDERS:
        raise UnknownNameError("subset of MERL-RAV", subset, _FOLDERS)
    if pose not in ("all", *POSES):
        raise UnknownNameError("pose of MERL-RAV", pose, ("all", *POSES))
    check_choice(hidden)
    folder = root_folder(root, "merl_rav")
    if (folder / _ORGANISED).is_dir():
        folder = inside(folder, _ORGANISED, "merl_rav").resolve()
    found = Marked("merl_rav")
    for each in POSES if pose == "all" else (pose,):
        for part in _FOLDERS[subset]:
            _add_folder(found, folder, f"{each}/{part}", hidden)
    if not found.faces:
        raise DataError(f"data set 'merl_rav' finds no faces of {subset!r} in {folder}")
    return found.dataset()


def _add_folder(found: Marked, root: Path, below: str, hidden: str) -> None:
    images = files_by_stem(root, below, IMAGE_SUFFIXES, "merl_rav")
    labels = files_by_stem(root, below, (".pts",), "merl_rav")
    for name in sorted(images.keys() | labels.keys()):
        face = visible_face(name, name, images.get(name, root / f"{name}.jpg"))
        face = replace(face, attributes={"pose": below.split("/", maxsplit=1)[0]})
        if name in labels:
            found.add(*_labelled(face, labels[name], hidden))
        else:
            found.add(face, None, "no .pts file beside it")


def _labelled(face: Face, path: Path, hidden: str) -> tuple[Any, ...]:
    """The face with box and attributes, its points, and each thing that is odd about them."""
    numbers = read_pts(path, _POINTS)
    own = (numbers == -1).all(axis=1)
    negative = ~own & (numbers < 0).any(axis=1)
    odd = negative & (numbers > 0).any(axis=1)
    places = np.abs(numbers) - 1.0
    places[own | odd] = np.nan
    attributes = {
        **face.attributes,
        "hidden_points": float((negative & ~odd).sum()),
        "self_occluded_points": float(own.sum()),
    }
    return (
        replace(face, attributes=attributes, box=box_around(places)),
        Landmarks(chosen(places, negative, hidden), scheme_named("ibug68")),
        *(f"point {index + 1} has one negative coordinate" for index in np.flatnonzero(odd)),
    )
