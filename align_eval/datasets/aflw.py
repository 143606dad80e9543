"""AFLW-full (AFLW-19): 24,386 faces of AFLW with 19 points each, seen and unseen.

One MATLAB file describes all of them, row by row: ``nameList`` (image), ``bbox`` (left, right,
top, bottom), ``data`` (19 x, then 19 y), ``mask_new`` (19 times 1 where the point can be seen) and
``ra`` (the rows in the order of the protocol: 20,000 to train on, then 4,386 to test on). What
cannot be seen was placed by the annotators too, except the ears, which the 19 points leave out.

Rows, points and boxes count from 1, as in MATLAB, so 1 is subtracted. *frontal* are the test faces
of which all 19 points can be seen; the paper counts 1,165 of them and later ones 1,314, so no
number is checked.

Sources: Köstinger et al., *Annotated Facial Landmarks in the Wild*, ICCVW 2011; Zhu et al.,
*Unconstrained Face Alignment via Cascaded Compositional Learning*, CVPR 2016, whose file this is.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset
from align_eval.datasets._files import inside, root_folder
from align_eval.datasets._hidden import check_choice, chosen
from align_eval.datasets._marked import Marked
from align_eval.datasets._mat import cells, matrix, read_mat
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  AFLWinfo_release.mat   nameList, bbox, data, mask_new, ra of 24,386 faces
  flickr/0/image00002.jpg, flickr/2/…, flickr/3/…
The first 20,000 rows that ra names are trained on, the other 4,386 are tested."""

_FILE = "AFLWinfo_release.mat"
_NAMES = ("nameList", "bbox", "data", "mask_new", "ra")
_TRAINED = 20_000
_PUBLISHED = {"test": 4386, "train": _TRAINED, "all": 24_386, "frontal": None}


class _Table(NamedTuple):
    """The file's variables, a row for each face; `order` counts from 0."""

    names: list[str]
    boxes: NDArray[np.float64]
    points: NDArray[np.float64]
    seen: NDArray[np.bool_]
    order: NDArray[np.intp]


def load(root: str, subset: str = "test", hidden: str = "keep") -> Dataset:
    """The faces of a subset, with 19 points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"test", "train", "frontal", "all"}
        ``frontal`` are the test faces of which every point can be seen.
    hidden : {"keep", "leave_out"}
        Whether points that cannot be seen are part of the truth (as published) or NaN.

    Returns
    -------
    Dataset
        Face ids are the image and the row (``"0/image00002#7"``), each subject is its face's id,
        boxes are the file's. The attribute ``hidden_points`` counts the points that cannot be
        seen. A missing image, a box that is none, and a face without a point that is seen where
        `hidden` leaves the others out, are listed in `problems`.

    Raises
    ------
    DataError
        No root, or no file, or one without these variables or with other shapes.
    UnknownNameError
        An unknown subset, or choice of hidden points.
    """
    if subset not in _PUBLISHED:
        raise UnknownNameError("subset of AFLW", subset, _PUBLISHED)
    check_choice(hidden)
    folder = root_folder(root, "aflw")
    table = _read(folder / _FILE)
    found, scheme = Marked("aflw"), scheme_named("aflw19")
    for row in _rows(table, subset):
        face = _face(folder, table, int(row))
        points = chosen(table.points[row], ~table.seen[row], hidden)
        odd = f"its bbox is no box: {table.boxes[row].tolist()}" if face.box is None else ""
        found.add(face, Landmarks(points, scheme), odd)
    return found.dataset()


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds, beside the published number of the subset's faces."""
    wanted = _PUBLISHED.get(options.get("subset", "test"))
    expected = {} if wanted is None else {"faces": wanted}
    return inventory_of(load(root, **options), LAYOUT, expected)


def _rows(table: _Table, subset: str) -> NDArray[np.intp]:
    if subset == "all":
        return table.order
    if subset == "train":
        return table.order[:_TRAINED]
    tested = table.order[_TRAINED:]
    found = tested if subset == "test" else tested[table.seen[tested].all(axis=1)]
    if not len(found):
        raise DataError(
            f"{_FILE}: none of its {len(table.order)} faces is of the subset {subset!r}; the "
            f"first {_TRAINED} of ra are trained on"
        )
    return found


def _face(root: Path, table: _Table, row: int) -> Face:
    left, right, top, bottom = table.boxes[row].tolist()
    whole = right > left and bottom > top
    name = f"{Path(table.names[row]).with_suffix('').as_posix()}#{row + 1}"
    return Face(
        name,
        name,
        Modality.VISIBLE,
        ImageFile(inside(root, Path("flickr", table.names[row]), f"{_FILE}, row {row + 1}")),
        Box(left - 1, top - 1, right - left, bottom - top) if whole else None,
        {"hidden_points": float((~table.seen[row]).sum())},
    )


def _read(path: Path) -> _Table:
    found = read_mat(path, _NAMES)
    names = cells(found["nameList"])
    wrong = next((i for i, name in enumerate(names) if not isinstance(name, str)), None)
    if wrong is not None:
        raise DataError(f"{path.name}: nameList, row {wrong + 1}: wants a file name")
    points = matrix(path, "data", found["data"], 38)
    seen = matrix(path, "mask_new", found["mask_new"], 19)
    boxes = matrix(path, "bbox", found["bbox"], 4)
    for name, rows in (("data", points), ("mask_new", seen), ("bbox", boxes)):
        if len(rows) != len(names):
            raise DataError(f"{path.name}: {len(rows)} rows of {name}, {len(names)} of nameList")
    if not np.isin(seen, (0, 1)).all():
        raise DataError(f"{path.name}: mask_new wants zeros and ones")
    pairs = points.reshape(-1, 2, 19).transpose(0, 2, 1) - 1
    return _Table(names, boxes, pairs, seen == 1, _order(path, found["ra"], len(names)))


def _order(path: Path, value: Any, count: int) -> NDArray[np.intp]:
    order = matrix(path, "ra", np.reshape(value, (1, -1)), count)[0]
    if not np.array_equal(np.sort(order), np.arange(1, count + 1)):
        raise DataError(f"{path.name}: ra wants each of 1 to {count} once")
    rows: NDArray[np.intp] = order.astype(np.intp) - 1
    return rows
