"""COFW: faces with occlusions and 29 points, each of which may be seen or not.

Two MATLAB files of version 7.3 (HDF5) hold the pictures too. ``phisT`` has 29 x, 29 y and 29 times
1 where the point is occluded; ``bboxesT`` has left, top, width and height; in the training file
the names end in ``Tr``, and its first 845 faces are those of LFPW, unoccluded. The test faces were
marked again with the 68 points of iBUG (COFW68), in ``test_annotations/NUMBER_points.mat``:
``Points`` and ``Occ``.

Points and boxes count from 1, as in MATLAB, so 1 is subtracted. Where a point is occluded, its
place is the annotators' guess.

Sources: Burgos-Artizzu et al., *Robust Face Landmark Estimation under Occlusion*, ICCV 2013
(colour release: 1,345 training and 507 test faces); Ghiasi and Fowlkes, *Occlusion Coherence:
Detecting and Localizing Occluded Faces*, 2015, for COFW68.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset
from align_eval.datasets._files import root_folder
from align_eval.datasets._hidden import check_choice, chosen
from align_eval.datasets._marked import Marked
from align_eval.datasets._mat import matrix, read_mat
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import (
    ConfigError,
    DataError,
    ImageError,
    MissingExtraError,
    UnknownNameError,
)
from align_eval.faces import Box, Face, Modality
from align_eval.image import Image
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  COFW_train_color.mat   IsTr, phisTr, bboxesTr of 1,345 faces
  COFW_test_color.mat    IsT, phisT, bboxesT of 507 faces
  test_annotations/1_points.mat … 507_points.mat   for scheme = "ibug68" (COFW68) only"""

_FILES = {"train": "COFW_train_color.mat", "test": "COFW_test_color.mat"}
_ENDINGS = {"train": "Tr", "test": "T"}
_PUBLISHED = {"train": 1345, "test": 507}
_SCHEMES = ("cofw29", "ibug68")
_FROM_LFPW = 845

# Points (N, 2), and which of them are occluded (N,).
_Marks = tuple[NDArray[np.float64], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class MatImage:
    """A picklable way to read one picture of a MATLAB 7.3 file later.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its cell array of pictures.
    index : int
        Which of them, from 0.
    """

    path: Path
    name: str
    index: int

    def __call__(self) -> Image:
        """Read it: RGB (H, W, 3) or gray (H, W), uint8.

        Raises
        ------
        ImageError
            A file or picture that is missing or damaged, or pixels of another kind.
        """
        where = f"{self.path.name}, picture {self.index + 1}"
        try:
            with _opened(self.path) as file:
                reference = np.asarray(file[self.name]).ravel()[self.index]
                # MATLAB stores columns first.
                image = np.ascontiguousarray(np.asarray(file[reference]).T)
        except DataError as error:
            raise ImageError(f"{where}: {error}") from error
        if image.dtype != np.uint8 or image.ndim not in (2, 3) or not image.size:
            raise ImageError(f"{where}: wants pixels of 8 bits, got {image.dtype} {image.shape}")
        if image.ndim == 3 and image.shape[2] != 3:
            raise ImageError(f"{where}: wants 1 or 3 channels, got {image.shape[2]}")
        return image


def load(root: str, subset: str = "test", scheme: str = "cofw29", hidden: str = "keep") -> Dataset:
    """The faces of a file, with 29 (or 68) points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"test", "train"}
        Which file.
    scheme : {"cofw29", "ibug68"}
        ``ibug68`` takes the points of COFW68; there are some for the test faces only.
    hidden : {"keep", "leave_out"}
        Whether occluded points are part of the truth (as published) or NaN.

    Returns
    -------
    Dataset
        Face ids are the file and the row (``"test/12"``), each subject is its face's id, boxes are
        the file's. The attribute ``hidden_points`` counts the occluded points, ``source`` is
        ``lfpw`` or ``cofw``. A face without points of COFW68, or without a point that is seen
        where `hidden` leaves the others out, is listed in `problems`.

    Raises
    ------
    MissingExtraError
        h5py is not installed.
    DataError
        No root, or a file that is missing, damaged, or has variables of other shapes.
    UnknownNameError
        An unknown subset, scheme, or choice of hidden points.
    ConfigError
        Training faces with 68 points.
    """
    for kind, name, known in (("subset", subset, _FILES), ("scheme", scheme, _SCHEMES)):
        if name not in known:
            raise UnknownNameError(f"{kind} of COFW", name, known)
    check_choice(hidden)
    if scheme == "ibug68" and subset != "test":
        raise ConfigError("data set 'cofw': only its test faces have the 68 points of COFW68")
    folder = root_folder(root, "cofw")
    path = folder / _FILES[subset]
    found = Marked("cofw")
    boxes, rows = _read(path, _ENDINGS[subset])
    for index, (box, row) in enumerate(zip(boxes, rows, strict=True)):
        marks = _of_29(row) if scheme == "cofw29" else _of_68(folder, index + 1)
        face = Face(
            f"{subset}/{index + 1}",
            f"{subset}/{index + 1}",
            Modality.VISIBLE,
            MatImage(path, f"Is{_ENDINGS[subset]}", index),
            Box(box[0] - 1, box[1] - 1, box[2], box[3]) if min(box[2:]) > 0 else None,
            _attributes(subset, index, marks),
        )
        found.add(
            face,
            None if marks is None else Landmarks(chosen(*marks, hidden), scheme_named(scheme)),
            f"no landmarks of it: {_file_68(index + 1)}" if marks is None else "",
            f"its box is none: {box.tolist()}" if face.box is None else "",
        )
    return found.dataset()


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds, beside the published number of the subset's faces."""
    wanted = _PUBLISHED.get(options.get("subset", "test"))
    expected = {} if wanted is None else {"faces": wanted, "faces with landmarks": wanted}
    return inventory_of(load(root, **options), LAYOUT, expected)


def _attributes(subset: str, index: int, marks: _Marks | None) -> dict[str, str | float]:
    source = "lfpw" if subset == "train" and index < _FROM_LFPW else "cofw"
    hidden = {} if marks is None else {"hidden_points": float(marks[1].sum())}
    return {"source": source, **hidden}


def _of_29(row: NDArray[np.float64]) -> _Marks:
    return row[:58].reshape(2, 29).T - 1, row[58:] > 0


def _of_68(root: Path, number: int) -> _Marks | None:
    path = root / _file_68(number)
    if not path.is_file():
        return None
    found = read_mat(path, ["Points", "Occ"])
    points = matrix(path, "Points", found["Points"], 2)
    occluded = matrix(path, "Occ", np.reshape(found["Occ"], (1, -1)), 68)[0]
    if len(points) != 68:
        raise DataError(f"{path.name}: wanted 68 points, found {len(points)}")
    return points - 1, occluded > 0


def _file_68(number: int) -> str:
    return f"test_annotations/{number}_points.mat"


def _read(path: Path, ending: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (N, 4) and what is known of the points (N, 87)."""
    names = (f"Is{ending}", f"bboxes{ending}", f"phis{ending}")
    with _opened(path) as file:
        for name in names:
            if name not in file:
                raise DataError(f"{path.name}: holds no variable {name!r}")
        count = int(np.size(file[names[0]]))
        boxes, rows = (np.asarray(file[name]).T for name in names[1:])
    boxes, rows = matrix(path, names[1], boxes, 4), matrix(path, names[2], rows, 87)
    for name, found in zip(names[1:], (boxes, rows), strict=True):
        if len(found) != count:
            raise DataError(f"{path.name}: {len(found)} rows of {name}, {count} pictures")
    if not np.isin(rows[:, 58:], (0, 1)).all():
        raise DataError(f"{path.name}: {names[2]} wants zeros and ones in columns 59 to 87")
    return boxes, rows


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The HDF5 file, whose errors become ours."""
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtraError("h5py", "cofw", "data set 'cofw'") from error
    if not path.is_file():
        raise DataError(f"{path}: cannot be read: No such file or directory")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
        why = str(error).strip().split("\n")[0]
        raise DataError(f"{path.name}: is no HDF5 file that can be read: {why}") from error
