"""Face Research Lab London: 102 people, neutral as gallery, smiling as probes.

The neutral images have 189 points in WebMorph's ``.tem`` files. Five of them, counted from 1, make
the truth: the pupils (1, 2), the two sides of the nose's ball (55, 61) whose middle is the tip,
and the mouth's corners (88, 94). No point lies on the tip itself; the middle agrees with iBUG's
nose tip to 3 % of the eye distance on all 102 faces. The pupils lie 4 % of the eye distance above
the middle of the eyes' outlines.

Coordinates count from 0 with pixel centres at integers: nothing is subtracted. They are as the
files give them, in the pixels of the image beside them. (In the copy scaled from 1350 to 540
pixels, 99 % of the values are ``0.4 · (m + 0.5) − 0.5`` with an integer m.)

Source: DeBruine and Jones, *Face Research Lab London Set*, figshare 5047666, 2017, CC BY 4.0.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import (
    IMAGE_SUFFIXES,
    image_problems,
    inside,
    lines_of,
    root_folder,
)
from align_eval.datasets._pts import point_of
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  neutral_front/001_03.jpg   and 001_03.tem beside it: 102 people
  smiling_front/001_08.jpg   the same people
A .tem file: 189, then a line 'x y' for each point. Any image format will do."""

_POINTS = 189
_PUPILS, _NOSE_BALL, _MOUTH = (1, 2), (55, 61), (88, 94)


def load(root: str) -> Dataset:
    """Neutral faces as gallery, one a subject, against every smiling face.

    Parameters
    ----------
    root : str
        The folder that holds ``neutral_front`` and ``smiling_front``.

    Returns
    -------
    Dataset
        Face ids as the files' stems (``"001_03"``), subjects as what stands before the
        underscore. The truth has five points, of neutral faces only. A neutral image without
        points, and points without an image, are listed in `problems`.

    Raises
    ------
    DataError
        No root, a folder without images, or a malformed ``.tem`` line; it is named.
    """
    folder = root_folder(root, "frll")
    neutral = _faces(folder, "neutral_front", "neutral")
    smiling = _faces(folder, "smiling_front", "smiling")
    points = {f.id: p for f in neutral if (p := _tem_file(folder, f.id)).is_file()}
    faces = neutral + smiling
    trials = Trials.cross(
        _gallery(neutral), [face.id for face in smiling], {face.id: face.subject for face in faces}
    )
    unmarked = tuple((f.id, "no .tem file beside it") for f in neutral if f.id not in points)
    truth = {face_id: _read_tem(path) for face_id, path in points.items()}
    return Dataset("frll", faces, trials, truth, problems=image_problems(faces) + unmarked)


def inventory(root: str) -> Inventory:
    """What `load` finds, beside the published 102 people."""
    expected = {"faces": 204, "subjects": 102, "faces with landmarks": 102}
    return inventory_of(load(root), LAYOUT, expected)


def _tem_file(folder: Path, face_id: str) -> Path:
    return inside(folder, Path("neutral_front", f"{face_id}.tem"), "frll")


def _faces(folder: Path, part: str, expression: str) -> tuple[Face, ...]:
    """A face for each image, and for each .tem file that has lost its image."""
    images: dict[str, Path] = {}
    for path in _listed(folder, part):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            if path.stem in images and images[path.stem].suffix != ".tem":
                raise DataError(f"data set 'frll': {part} holds two images of {path.stem!r}")
            images[path.stem] = path
        elif path.suffix == ".tem":
            images.setdefault(path.stem, path)
    if not images:
        raise DataError(f"data set 'frll' finds no images in {folder / part}")
    return tuple(
        Face(
            stem,
            stem.split("_")[0],
            Modality.VISIBLE,
            ImageFile(path.with_suffix(".jpg") if path.suffix == ".tem" else path),
            attributes={"expression": expression},
        )
        for stem, path in images.items()
    )


def _listed(folder: Path, part: str) -> Iterator[Path]:
    if not (folder / part).is_dir():
        raise DataError(f"data set 'frll' wants the folder {part!r} in {folder}")
    for path in sorted((folder / part).iterdir()):
        yield inside(folder, path.relative_to(folder), "frll")


def _gallery(neutral: tuple[Face, ...]) -> dict[str, tuple[str, ...]]:
    gallery: dict[str, tuple[str, ...]] = {}
    for face in neutral:
        gallery[face.subject] = (*gallery.get(face.subject, ()), face.id)
    return gallery


def _read_tem(path: Path) -> Landmarks:
    lines = list(lines_of(path))
    if not lines or lines[0][1].strip() != str(_POINTS):
        raise DataError(f"{path.name}, line 1: wanted the number of points, {_POINTS}")
    if len(lines) <= _POINTS:
        raise DataError(f"{path.name}: wanted {_POINTS} points, found {len(lines) - 1}")
    return _five(np.array([point_of(*line) for line in lines[1 : _POINTS + 1]]))


def _five(points: NDArray[np.float64]) -> Landmarks:
    """The five points of the 189, which count from 1."""
    pupils, ball, mouth = (
        points[np.array(numbers) - 1] for numbers in (_PUPILS, _NOSE_BALL, _MOUTH)
    )
    five = np.vstack([pupils, ball.mean(axis=0), mouth])
    return Landmarks(five, scheme_named("five"))
