"""A plain table of pairs: two images, whether they show one person, and perhaps a fold.

Intervals resample people, so that the table must let them be known: by two columns, or by the
folder that each image lies in. What ``same`` says has to agree with that; nobody is guessed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import image_problems, inside, lines_of, root_folder, visible_face
from align_eval.datasets._tables import Row, rows_of, text
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import DataError

LAYOUT = """\
root/pairs.csv      UTF-8 with a header; .tsv: cells between tabs; .parquet: Parquet
    first, second   paths of the images, below root or the option images
    same            1 for one person, 0 for two
    fold            optional, a whole number
    first_subject, second_subject
                    optional; else the folder that an image lies in says who it is:
                    root/Ann/1.jpg is Ann
"""
SUFFIXES = (".csv", ".tsv", ".parquet")
"""How the names of such tables end."""
_REQUIRED = ("first", "second", "same")
_SUBJECTS = ("first_subject", "second_subject")


class _Side(NamedTuple):
    """An image as the table names it, and whose it is."""

    image: str
    subject: str


class _Pair(NamedTuple):
    """One row, understood."""

    first: _Side
    second: _Side
    fold: int | None
    where: str


def load(root: str, pairs: str = "pairs.csv", images: str = "") -> Dataset:
    """The faces that a table of pairs names, and its trials.

    Parameters
    ----------
    root : str
        The folder that holds the table.
    pairs : str
        The table, in `root`; see `LAYOUT`.
    images : str, optional
        The folder in `root` that the table's paths start from; `root` itself by default.

    Returns
    -------
    Dataset
        Face ids are the images' paths. A missing image stays in the trials and is listed in
        `problems`.

    Raises
    ------
    DataError
        No root or table, a malformed row, an image whose subject cannot be known or is not one,
        or a row whose ``same`` contradicts the subjects; file and line are named.
    """
    folder = root_folder(root, "pairs_table")
    listed = [_pair(*row) for row in _rows(inside(folder, pairs, "option pairs"))]
    if not listed:
        raise DataError(f"{Path(pairs).name}: lists no pairs")
    pictures = inside(folder, images, "option images") if images else folder
    whose: dict[str, str] = {}
    faces = []
    for pair in listed:
        for side in (pair.first, pair.second):
            if side.image not in whose:
                whose[side.image] = side.subject
                path = inside(folder, pictures.relative_to(folder) / side.image, pair.where)
                faces.append(visible_face(side.image, side.subject, path))
            elif whose[side.image] != side.subject:
                raise DataError(
                    f"{pair.where}: {side.image!r} is of {side.subject!r} here and of "
                    f"{whose[side.image]!r} above"
                )
    trials = Trials.pairs(
        [pair.first.image for pair in listed],
        [pair.second.image for pair in listed],
        whose,
        _numbered([pair.fold for pair in listed]),
    )
    kept = tuple(faces)
    return Dataset("pairs_table", kept, trials, problems=image_problems(kept))


def inventory(root: str, **options: str) -> Inventory:
    """What the table and its folder hold; nothing is published of it."""
    return inventory_of(load(root, **options), LAYOUT)


def subject_rule(path: Path) -> str:
    """How a table says whose an image is, in words.

    Raises
    ------
    DataError
        No such table, or one without rows or without a column that it needs.
    """
    _, cells = next(_rows(path), ("", {}))
    if not cells:
        raise DataError(f"{path.name}: lists no pairs")
    if _named(cells):
        return f"Whose an image is, the columns {' and '.join(_SUBJECTS)} of {path.name} say."
    return (
        f"Whose an image is, its folder says, since {path.name} has no columns "
        f"{' and '.join(_SUBJECTS)}; every row agrees with it."
    )


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix.lower() != ".tsv":
        yield from rows_of(path, _REQUIRED)
        return
    lines = ((where, [cell.strip() for cell in line.split("\t")]) for where, line in lines_of(path))
    _, header = next(lines, ("", []))
    wrong = [name for name in (*_REQUIRED, *header) if header.count(name) != 1]
    if wrong:
        found = ", ".join(header) or "none"
        raise DataError(f"{path.name}: wants one column {wrong[0]!r}; has {found}")
    for where, cells in lines:
        if len(cells) != len(header):
            raise DataError(f"{where}: {len(cells)} cells; the header has {len(header)}")
        yield where, dict(zip(header, cells, strict=True))


def _named(cells: Mapping[str, object]) -> bool:
    """Whether there are columns that say whose the images are."""
    return all(name in cells for name in _SUBJECTS)


def _pair(where: str, cells: Mapping[str, str | float]) -> _Pair:
    values = {name: text(cell) for name, cell in cells.items()}
    given = [name for name in _SUBJECTS if name in values]
    if len(given) == 1:
        raise DataError(f"{where}: wants both columns {' and '.join(_SUBJECTS)}, got {given[0]!r}")
    sides = [
        _side(where, values, image, subject)
        for image, subject in zip(_REQUIRED[:2], _SUBJECTS, strict=True)
    ]
    first, second = sides
    if values["same"] not in ("0", "1"):
        raise DataError(f"{where}: same wants 0 or 1, got {values['same']!r}")
    if first.image == second.image:
        raise DataError(f"{where}: the image {first.image!r} is compared with itself")
    if (first.subject == second.subject) != (values["same"] == "1"):
        raise DataError(
            f"{where}: same is {values['same']}, but the subjects are {first.subject!r} and "
            f"{second.subject!r}"
        )
    fold = values.get("fold")
    if fold is not None and not (fold.isascii() and fold.isdigit()):
        raise DataError(f"{where}: fold wants a whole number, got {fold!r}")
    return _Pair(first, second, None if fold is None else int(fold), where)


def _side(where: str, values: Mapping[str, str], image: str, subject: str) -> _Side:
    if not values[image]:
        raise DataError(f"{where}: the column {image!r} is empty")
    path = PurePosixPath(values[image])
    if not _named(values):
        if not path.parent.name:
            raise DataError(
                f"{where}: whose face {values[image]!r} is cannot be known: wants the columns "
                f"{' and '.join(_SUBJECTS)}, or each person's images in a folder"
            )
        return _Side(str(path), path.parent.name)
    if not values[subject]:
        raise DataError(f"{where}: the column {subject!r} is empty")
    return _Side(str(path), values[subject])


def _numbered(folds: list[int | None]) -> list[int] | None:
    """The folds from 0 on; None where the table has none."""
    order = sorted({fold for fold in folds if fold is not None})
    return [order.index(fold) for fold in folds if fold is not None] if order else None
