"""LFW's dialect of pair lists, which XQLFW and others speak too.

A header (View 1: the number n of pairs of a kind; View 2: the number of folds, a tab, and n), then
for each fold n genuine lines ``name i j`` and n impostor lines ``name i other j``, between tabs.
"""

from pathlib import Path

from align_eval.datasets._files import lines_of
from align_eval.datasets._pairs import Pair, Picture
from align_eval.errors import DataError


def lfw_face_id(name: str, number: int) -> str:
    """The stem of an image's file.

    >>> lfw_face_id("Ann", 2)
    'Ann_0002'
    """
    return f"{name}_{number:04d}"


def is_image_number(field: str) -> bool:
    """Whether a field is an image number, from 1."""
    return field.isascii() and field.isdigit() and int(field) > 0


def read_lfw_pairs(path: Path, suffix: str = ".jpg") -> list[Pair]:
    """The pairs of a file; those of View 1 have no folds.

    Parameters
    ----------
    path : Path
        The file.
    suffix : str
        Of the images.

    Raises
    ------
    DataError
        A line that does not fit the header; it is named.
    """
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
        _pair(
            where,
            line,
            suffix,
            genuine=i // count % 2 == 0,
            fold=i // (2 * count) if folds > 1 else None,
        )
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


def _pair(where: str, line: str, suffix: str, *, genuine: bool, fold: int | None) -> Pair:
    fields = [field.strip() for field in line.split("\t")] if "\t" in line else line.split()
    names, numbers = (fields[:1], fields[1:]) if genuine else (fields[::2], fields[1::2])
    wanted = "'name i j'" if genuine else "'name i other j'"
    if len(fields) != (3 if genuine else 4) or not all(is_image_number(n) for n in numbers):
        kind = "a genuine" if genuine else "an impostor"
        raise DataError(f"{where}: {kind} pair wants {wanted}, got {line.strip()!r}")
    first, second = (names[0], int(numbers[0])), (names[-1], int(numbers[1]))
    if first == second or (first[0] == second[0]) != genuine or not all(names):
        raise DataError(f"{where}: {line.strip()!r} is no pair of the kind {wanted}")
    return Pair(_picture(*first, suffix), _picture(*second, suffix), genuine, fold, where)


def _picture(name: str, number: int, suffix: str) -> Picture:
    face_id = lfw_face_id(name, number)
    return Picture(face_id, name, f"{name}/{face_id}{suffix}")
