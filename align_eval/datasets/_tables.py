"""Rows of CSV and Parquet tables, each with the words that say where it stands."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from align_eval.errors import DataError
from align_eval.faces import Box
from align_eval.landmarks import Landmarks, LandmarkScheme

_SEPARATOR = re.compile(r"[;\s]+")
Cell = str | float
Row = tuple[str, Mapping[str, Cell]]


def rows_of(path: Path, required: Sequence[str]) -> Iterator[Row]:
    """The rows of a table: (``"manifest.csv, line 2"``, column → cell).

    Parameters
    ----------
    path : Path
        ``.parquet`` is read as Parquet, anything else as UTF-8 CSV with a header.
    required : sequence of str
        Columns that must be there.

    Yields
    ------
    where, cells
        A cell is stripped text; numbers in Parquet stay numbers. A missing value is ``""``.

    Raises
    ------
    DataError
        A file that cannot be read, a repeated or missing column, or a row with too many or too
        few cells.
    """
    rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    header = next(rows)[1]
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise DataError(f"{path.name}: the column {min(repeated)!r} stands there twice")
    missing = [name for name in required if name not in header]
    if missing:
        found = ", ".join(header) or "none"
        raise DataError(f"{path.name}: wants a column {missing[0]!r}; has {found}")
    for where, cells in rows:
        if len(cells) != len(header):
            raise DataError(f"{where}: {len(cells)} cells; the header has {len(header)}")
        yield where, dict(zip(header, cells, strict=True))


def text(cell: Cell) -> str:
    """A cell as text; a whole number without its point.

    Examples
    --------
    >>> text(12.0), text(0.5), text("007")
    ('12', '0.5', '007')
    """
    if isinstance(cell, str):
        return cell
    return str(int(cell)) if float(cell).is_integer() else repr(float(cell))


def box_of(where: str, given: str) -> Box | None:
    """The box of a cell, ``x y w h``; None where it is empty.

    Raises
    ------
    DataError
        Other than four finite numbers, or no size.
    """
    if not given:
        return None
    numbers = _numbers(where, "box", given)
    if len(numbers) != 4 or not np.isfinite(numbers).all() or min(numbers[2:]) <= 0:
        raise DataError(f"{where}: a box wants x y w h with w and h above 0, got {given!r}")
    return Box(*numbers)


def landmarks_of(where: str, given: str, scheme: LandmarkScheme | None) -> Landmarks | None:
    """The landmarks of a cell, ``x y x y …`` with ``nan`` for a missing point; None if it is empty.

    Raises
    ------
    DataError
        Landmarks without a scheme, or other than its numbers.
    """
    if not given:
        return None
    if scheme is None:
        raise DataError(f"{where}: there are landmarks; say what they are with the option scheme")
    numbers = _numbers(where, "landmarks", given)
    if len(numbers) != 2 * len(scheme) or np.isinf(numbers).any():
        raise DataError(
            f"{where}: scheme {scheme.name!r} wants {2 * len(scheme)} numbers, finite or nan; "
            f"got {len(numbers)}"
        )
    return Landmarks(np.reshape(numbers, (-1, 2)), scheme)


def _numbers(where: str, column: str, given: str) -> list[float]:
    try:
        return [float(part) for part in _SEPARATOR.split(given.strip(" ;"))]
    except ValueError as error:
        raise DataError(f"{where}: {column} wants numbers, got {given!r}") from error


def _csv(path: Path) -> Iterator[tuple[str, list[Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            yield "", [name.strip() for name in next(reader, [])]
            for cells in reader:
                if cells:
                    yield f"{path.name}, line {reader.line_num}", [cell.strip() for cell in cells]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text (byte {error.start})") from error
    except csv.Error as error:
        raise DataError(f"{path.name}, line {reader.line_num}: {error}") from error


def _parquet(path: Path) -> Iterator[tuple[str, list[Any]]]:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from error
    yield "", [str(name) for name in table.columns]
    columns = [table[name].tolist() for name in table.columns]
    for number, cells in enumerate(zip(*columns, strict=True), start=1):
        yield f"{path.name}, row {number}", [_cell(cell) for cell in cells]


def _cell(value: Any) -> Cell:
    if isinstance(value, (list, tuple, np.ndarray)):
        return " ".join(_flat(value))
    if pd.isna(value):
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return str(value).strip()


def _flat(value: Any) -> Iterator[str]:
    """The numbers of a list, or of a list of lists, as text; what is none stays as it is."""
    if isinstance(value, (list, tuple, np.ndarray)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, (int, float, np.number)):
        yield repr(float(value))
    else:
        yield "nan" if value is None else str(value)
