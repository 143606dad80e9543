"""SF-TL54: thermal faces of SpeakingFaces with a box and 54 points.

Beside the thermal pictures, gray or coloured (iron), stand LabelMe files: a shape ``face`` with
two corners, and shapes of points, which make the 54 in the order in which they stand. The first
field of a file's name is the subject (``119_1_2_8_144_102_1.png``: subject 119), the second the
trial. The visual partners of the pictures (folder ``rgb``) have no points and are not read.

Nothing published says where coordinates count from. The authors' tools cut the fraction off and
count the rest from 0; here coordinates are used as they stand, with their fraction.

Source: Kuzdeuov et al., *SF-TL54: A Thermal Facial Landmark Dataset with Visual Pairs*, SII 2022
(2,556 pairs of 142 subjects), and the authors' tools at github.com/IS2AI.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import IMAGE_SUFFIXES, inside, root_folder
from align_eval.datasets._marked import Marked
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  gray/train/images/NAME.png   and gray/val, gray/test: 2,556 faces of 142 subjects in all
  gray/train/json/NAME.json    LabelMe: a shape 'face', and shapes of 54 points in all
  iron/…                       the same in false colours
NAME begins with the subject's number and an underscore."""

_SPLITS = ("train", "val", "test")
_PALETTES = ("gray", "iron")
_POINTS = 54


def load(root: str, subset: str = "test", palette: str = "gray") -> Dataset:
    """The thermal faces of a split, with 54 points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : {"test", "val", "train", "all"}
        The authors' split; all three at once.
    palette : {"gray", "iron"}
        Which rendering of the temperatures.

    Returns
    -------
    Dataset
        Face ids are the split and the name (``"test/119_1_2_8_144_102_1"``), subjects are what
        stands before the name's first underscore, boxes are the files'. Attributes are ``split``
        and, where the name has it, ``trial``. A picture without points, points without a picture,
        and a face without a box are listed in `problems`.

    Raises
    ------
    DataError
        No root, a folder of the split that is missing or empty, or a malformed file; it is named.
    UnknownNameError
        An unknown split or palette.
    """
    if subset not in (*_SPLITS, "all"):
        raise UnknownNameError("subset of SF-TL54", subset, (*_SPLITS, "all"))
    if palette not in _PALETTES:
        raise UnknownNameError("palette of SF-TL54", palette, _PALETTES)
    folder = root_folder(root, "sftl54")
    found = Marked("sftl54")
    for split in _SPLITS if subset == "all" else (subset,):
        images = _files(folder, palette, split, "images", IMAGE_SUFFIXES)
        marks = _files(folder, palette, split, "json", (".json",))
        for name in sorted(images.keys() | marks.keys()):
            points, box = _read(marks[name]) if name in marks else (None, None)
            path = images.get(name, folder / palette / split / "images" / f"{name}.png")
            found.add(
                _face(name, path, box, split),
                points,
                "no .json file of it" if points is None else "",
                "no shape 'face', and so no box" if points is not None and box is None else "",
            )
    return found.dataset()


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds; the numbers of all three splits together are published."""
    every = {"faces": 2556, "subjects": 142, "faces with landmarks": 2556}
    expected = every if options.get("subset") == "all" else {}
    return inventory_of(load(root, **options), LAYOUT, expected)


def _face(name: str, path: Path, box: Box | None, split: str) -> Face:
    fields = name.split("_")
    attributes: dict[str, str | float] = {"split": split}
    if len(fields) > 1:
        attributes["trial"] = fields[1]
    return Face(f"{split}/{name}", fields[0], Modality.THERMAL, ImageFile(path), box, attributes)


def _files(
    root: Path, palette: str, split: str, kind: str, suffixes: tuple[str, ...]
) -> dict[str, Path]:
    folder = root / palette / split / kind
    if not folder.is_dir():
        raise DataError(f"data set 'sftl54' wants the folder {palette}/{split}/{kind} in {root}")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.is_dir():
            if path.stem in found:
                raise DataError(f"data set 'sftl54' holds two files for {split}/{path.stem}")
            found[path.stem] = inside(root, path.relative_to(root), "sftl54")
    return found


def _read(path: Path) -> tuple[Landmarks, Box | None]:
    """The points of a LabelMe file, and its box if it has one."""
    try:
        shapes = json.loads(path.read_text(encoding="utf-8-sig"))["shapes"]
        faces = [_pairs(shape["points"]) for shape in shapes if shape["label"] == "face"]
        points = [_pairs(shape["points"]) for shape in shapes if shape["label"] != "face"]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name}, line {error.lineno}: is no JSON: {error.msg}") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: is no LabelMe file: {_why(error)}") from error
    found = np.concatenate(points) if points else np.empty((0, 2))
    if len(found) != _POINTS:
        raise DataError(f"{path.name}: wanted {_POINTS} points, found {len(found)}")
    if len(faces) > 1:
        raise DataError(f"{path.name}: wants one shape 'face', has {len(faces)}")
    return Landmarks(found, scheme_named("sftl54")), _box(path, faces[0]) if faces else None


def _pairs(points: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    array = np.array(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 2 or not np.isfinite(array).all():
        raise ValueError(f"points want pairs of finite numbers, got {str(points)[:40]}")
    return array


def _box(path: Path, corners: np.ndarray[Any, np.dtype[np.float64]]) -> Box:
    low, high = corners.min(axis=0), corners.max(axis=0)
    if len(corners) != 2 or not (high > low).all():
        raise DataError(f"{path.name}: the shape 'face' wants two corners of a box")
    return Box(*low.tolist(), *(high - low).tolist())


def _why(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)
