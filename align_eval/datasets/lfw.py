"""Labeled Faces in the Wild, and sets that are laid out like it.

Images are ``Name/Name_0001.jpg``. A pairs file has a header (View 1: the number n of pairs of a
kind; View 2: the number of folds, a tab, and n), then for each fold n genuine lines
``name i j`` and n impostor lines ``name i other j``. Source: Huang et al., *Labeled Faces in the
Wild*, University of Massachusetts TR 07-49, 2007.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, lines_of, root_folder, visible_face
from align_eval.errors import DataError

_DEFAULT_PAIRS = ("pairsDevTest.txt", "pairs.txt")


class _Pair(NamedTuple):
    """Two images as (name, number), the fold, and the line that names them."""

    first: tuple[str, int]
    second: tuple[str, int]
    fold: int
    where: str


def load(root: str, pairs: str = "", images: str = "") -> Dataset:
    """The faces that a pairs file names, and its trials.

    Parameters
    ----------
    root : str
        The folder that holds the pairs file.
    pairs : str, optional
        The pairs file in `root`; ``pairsDevTest.txt`` or ``pairs.txt``, whichever is there.
    images : str, optional
        The folder in `root` that holds the people's folders; ``images`` if there is one, else
        `root` itself.

    Returns
    -------
    Dataset
        Face ids as ``"Name_0001"``, subjects as ``"Name"``. A View 2 file gives folds. A missing
        image stays in the trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, no pairs file, or a line that does not fit the header; it is named.
    """
    folder = root_folder(root, "lfw")
    listed = _read_pairs(_pairs_file(folder, pairs))
    pictures = _image_folder(folder, images)
    faces = {}
    for pair in listed:
        for name, number in (pair.first, pair.second):
            face_id = _face_id(name, number)
            if face_id not in faces:
                path = inside(folder, pictures / name / f"{face_id}.jpg", pair.where)
                faces[face_id] = visible_face(face_id, name, path)
    trials = Trials.pairs(
        [_face_id(*pair.first) for pair in listed],
        [_face_id(*pair.second) for pair in listed],
        {face.id: face.subject for face in faces.values()},
        _folds(listed),
    )
    kept = tuple(faces.values())
    return Dataset("lfw", kept, trials, problems=image_problems(kept))


def _face_id(name: str, number: int) -> str:
    return f"{name}_{number:04d}"


def _folds(listed: Sequence[_Pair]) -> list[int] | None:
    folds = [pair.fold for pair in listed]
    return folds if max(folds) > 0 else None


def _pairs_file(folder: Path, pairs: str) -> Path:
    if pairs:
        return inside(folder, pairs, "option pairs")
    there = [name for name in _DEFAULT_PAIRS if (folder / name).is_file()]
    if len(there) != 1:
        found = "both are" if there else "neither is"
        raise DataError(
            f"data set 'lfw' wants {' or '.join(_DEFAULT_PAIRS)} in {folder}; {found} there: "
            "name the file with the option pairs"
        )
    return folder / there[0]


def _image_folder(folder: Path, images: str) -> Path:
    """The folder of the images, relative to the root."""
    if not images:
        return Path("images") if (folder / "images").is_dir() else Path()
    if not inside(folder, images, "option images").is_dir():
        raise DataError(f"data set 'lfw': the folder {images!r} is not in {folder}")
    return Path(images)


def _read_pairs(path: Path) -> list[_Pair]:
    lines = list(lines_of(path))
    if not lines:
        raise DataError(f"{path.name}: the pairs file is empty")
    folds, count = _header(*lines[0])
    body = lines[1:]
    if len(body) != 2 * folds * count:
        raise DataError(
            f"{path.name}: the header promises {folds} × ({count} genuine + {count} impostor) "
            f"pairs, {2 * folds * count} lines; found {len(body)}"
        )
    return [
        _pair(where, line, genuine=i // count % 2 == 0, fold=i // (2 * count))
        for i, (where, line) in enumerate(body)
    ]


def _header(where: str, line: str) -> tuple[int, int]:
    """(folds, pairs of a kind in each)."""
    fields = line.split()
    numbers = [int(field) for field in fields if field.isascii() and field.isdigit()]
    if len(numbers) != len(fields) or len(numbers) not in (1, 2) or min(numbers) < 1:
        raise DataError(
            f"{where}: the header wants one count (View 1) or folds and count (View 2), "
            f"got {line.strip()!r}"
        )
    return (1, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])


def _pair(where: str, line: str, *, genuine: bool, fold: int) -> _Pair:
    fields = [field.strip() for field in line.split("\t")] if "\t" in line else line.split()
    names, numbers = (fields[:1], fields[1:]) if genuine else (fields[::2], fields[1::2])
    wanted = "'name i j'" if genuine else "'name i other j'"
    if len(fields) != (3 if genuine else 4) or not all(_counts(n) for n in numbers):
        kind = "a genuine" if genuine else "an impostor"
        raise DataError(f"{where}: {kind} pair wants {wanted}, got {line.strip()!r}")
    first, second = (names[0], int(numbers[0])), (names[-1], int(numbers[1]))
    if first == second or (first[0] == second[0]) != genuine or not all(names):
        raise DataError(f"{where}: {line.strip()!r} is no pair of the kind {wanted}")
    return _Pair(first, second, fold, where)


def _counts(field: str) -> bool:
    """Whether a field is an image number, from 1."""
    return field.isascii() and field.isdigit() and int(field) > 0
