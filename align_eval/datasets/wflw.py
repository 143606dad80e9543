"""WFLW: 10,000 faces with 98 points, and six subsets of hard ones.

A line of a list holds 196 coordinates, the face's rectangle (two corners), six flags and the
image: 207 words. The flags are pose, expression, illumination, make-up, occlusion and blur. An
image may show several faces, so a face is known by its line.

Nothing published says where coordinates count from; they are taken to count from 0, as the
authors' list is used everywhere.

Source: Wu et al., *Look at Boundary: A Boundary-Aware Face Alignment Algorithm*, CVPR 2018, and
the data set's page, which gives the subsets' sizes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import image_problems, inside, lines_of, root_folder
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  WFLW_images/0--Parade/NAME.jpg, …
  WFLW_annotations/list_98pt_rect_attr_train_test/
    list_98pt_rect_attr_train.txt   7,500 faces
    list_98pt_rect_attr_test.txt    2,500 faces
A line: x0 y0 … x97 y97, x_min y_min x_max y_max, six flags, image."""

_LISTS = "WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_{}.txt"
_POINTS, _WORDS = 98, 207

# In the order of the lists; the words are those of its readme for 0 and 1.
_FLAGS = {
    "pose": ("normal", "large"),
    "expression": ("normal", "exaggerated"),
    "illumination": ("normal", "extreme"),
    "makeup": ("no", "yes"),
    "occlusion": ("no", "yes"),
    "blur": ("clear", "blurred"),
}
_PUBLISHED = {
    "train": 7500,
    "test": 2500,
    "pose": 326,
    "expression": 314,
    "illumination": 698,
    "makeup": 206,
    "occlusion": 736,
    "blur": 773,
}


@dataclass(frozen=True)
class _Line:
    """One face, and what is odd about it."""

    face: Face
    landmarks: Landmarks
    problem: str = ""


def load(root: str, subset: str = "test") -> Dataset:
    """The faces of a list, or of a subset of the test list; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : str
        ``train``, ``test``, or one of the six subsets of the test faces: ``pose``,
        ``expression``, ``illumination``, ``makeup``, ``occlusion``, ``blur``.

    Returns
    -------
    Dataset
        Face ids are the list and the line (``"test/12"``), each subject is its face's id, the box
        is the list's. Attributes are the six flags in words (``pose`` is ``normal`` or ``large``),
        so that a test set can be broken down by them. A missing image, and a rectangle that is no
        box, are listed in `problems`.

    Raises
    ------
    DataError
        No root, no list, or a malformed line; it is named.
    UnknownNameError
        An unknown subset.
    """
    if subset not in _PUBLISHED:
        raise UnknownNameError("subset of WFLW", subset, _PUBLISHED)
    folder = root_folder(root, "wflw")
    which = "train" if subset == "train" else "test"
    lines = [
        _line(folder, which, number, *line)
        for number, line in enumerate(lines_of(folder / _LISTS.format(which)), start=1)
    ]
    if subset in _FLAGS:
        lines = [line for line in lines if line.face.attributes[subset] == _FLAGS[subset][1]]
    if not lines:
        raise DataError(f"data set 'wflw': the list of {which} faces holds none of {subset!r}")
    faces = tuple(line.face for line in lines)
    truth = {line.face.id: line.landmarks for line in lines}
    odd = tuple((line.face.id, line.problem) for line in lines if line.problem)
    return Dataset("wflw", faces, None, truth, problems=image_problems(faces) + odd)


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds, beside the published number of the subset's faces."""
    wanted = _PUBLISHED.get(options.get("subset", "test"))
    expected = {} if wanted is None else {"faces": wanted, "faces with landmarks": wanted}
    return inventory_of(load(root, **options), LAYOUT, expected)


def _line(root: Path, which: str, number: int, where: str, line: str) -> _Line:
    words = line.split()
    if len(words) != _WORDS:
        raise DataError(
            f"{where}: wants {_WORDS} words (196 coordinates, 4 of the rectangle, 6 flags, the "
            f"image), got {len(words)}"
        )
    points = _numbers(where, "a point", words[: 2 * _POINTS]).reshape(-1, 2)
    left, top, right, bottom = _numbers(where, "the rectangle", words[196:200]).tolist()
    whole = right > left and bottom > top
    name = f"{which}/{number}"
    face = Face(
        name,
        name,
        Modality.VISIBLE,
        ImageFile(inside(root, Path("WFLW_images", words[-1]), where)),
        Box(left, top, right - left, bottom - top) if whole else None,
        _attributes(where, words[200:206]),
    )
    problem = "" if whole else f"its rectangle is no box: {' '.join(words[196:200])}"
    return _Line(face, Landmarks(points, scheme_named("wflw98")), problem)


def _numbers(where: str, what: str, words: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError as error:
        raise DataError(f"{where}: {what} wants numbers: {error}") from error
    if not np.isfinite(numbers).all():
        raise DataError(f"{where}: {what} has a number that is not finite")
    return numbers


def _attributes(where: str, flags: list[str]) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {}
    for (name, words), flag in zip(_FLAGS.items(), flags, strict=True):
        if flag not in ("0", "1"):
            raise DataError(f"{where}: the flag {name!r} wants 0 or 1, got {flag!r}")
        attributes[name] = words[int(flag)]
    return attributes
