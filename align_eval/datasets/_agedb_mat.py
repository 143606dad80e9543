"""AgeDB's own protocol files: MATLAB cells of folds, pairs and labels."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from align_eval.datasets._mat import cells, read_mat
from align_eval.errors import DataError


class Named(NamedTuple):
    """Two names of images, whether they are of one person, the fold from 0, and the place."""

    first: str
    second: str
    genuine: bool
    fold: int
    where: str


def read_splits(path: Path) -> list[Named]:
    """The pairs of ``04_FINAL_protocol_30_years.mat`` and its like.

    The variable ``splits`` is a column of ten cells. Each holds a structure of two fields: a cell
    array of two rows, one of which has the first images and the other the second ones, and a row
    of labels, 1 for one person and -1 for two. An image is a structure whose first field is its
    name, without suffix. What the fields are called does not matter.

    Raises
    ------
    DataError
        A file that is no MATLAB file of this form; fold and pair are named.
    """
    folds = cells(read_mat(path, ["splits"])["splits"])
    return [named for fold, split in enumerate(folds) for named in _pairs(path, fold, split)]


def _pairs(path: Path, fold: int, split: Any) -> list[Named]:
    place = f"{path.name}, fold {fold + 1}"
    fields = _fields(split)
    if len(fields) < 2:
        raise DataError(f"{place}: wants a structure of two fields, pairs and labels")
    images, labels = (np.asarray(value, dtype=object) for value in fields[:2])
    if not images.ndim or len(images) != 2 or images.size != 2 * labels.size:
        raise DataError(
            f"{place}: wants 2 × N images and N labels, got {images.shape} and {labels.size}"
        )
    found = []
    sides = zip(*images.reshape(2, -1).tolist(), labels.ravel().tolist(), strict=True)
    for number, (first, second, label) in enumerate(sides, start=1):
        where = f"{place}, pair {number}"
        if label not in (1, -1):
            raise DataError(f"{where}: a label wants to be 1 or -1, got {label!r}")
        names = _name(where, first), _name(where, second)
        found.append(Named(*names, label == 1, fold, where))
    return found


def _name(where: str, image: Any) -> str:
    name = next(iter(_fields(image)), None)
    if not isinstance(name, str) or not name:
        raise DataError(f"{where}: an image wants a structure whose first field is its name")
    return name


def _fields(structure: Any) -> list[Any]:
    """What the fields of a structure hold, in order; SciPy leaves those in matrices as objects."""
    if isinstance(structure, dict):
        return list(structure.values())
    names = getattr(structure, "_fieldnames", ())
    return [getattr(structure, name) for name in names]
