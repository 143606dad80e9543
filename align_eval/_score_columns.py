"""The columns of a score file by the roles that they have, whatever the file calls them.

The text is parsed by pyarrow as a whole. Only a file that cannot be parsed is read again line by
line, to name the first line that is at fault. Lines that begin with ``#`` are remarks.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import DataError

_ROLES: Mapping[str, tuple[str, ...]] = {
    "score": ("score",),
    "genuine": ("genuine", "label", "same"),
    "reference": ("reference", "bio_ref_template_id", "bio_ref_reference_id"),
    "probe": ("probe", "probe_key", "probe_template_id", "probe_reference_id", "key"),
    "reference_subject": ("reference_subject", "bio_ref_subject_id"),
    "probe_subject": ("probe_subject", "probe_subject_id"),
    "fold": ("fold",),
    "system": ("system", "aligner"),
}
_BOB = {
    4: ("reference_subject", "probe_subject", "probe", "score"),
    5: ("reference_subject", "reference", "probe_subject", "probe", "score"),
}
_REMARK = re.compile(rb"(?m)^[ \t]*#.*(?:\r?\n|\Z)")
_NULLS = ["", "nan", "NaN", "NAN", "NA", "null"]
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # of byte order, which some programs begin a file with


class ScoreColumns(NamedTuple):
    """A file's columns by role.

    Parameters
    ----------
    path : Path
        The file.
    form : str
        ``"table"``, ``"bob4"``, ``"bob5"`` or ``"pyeer"``.
    table : pyarrow.Table
        The score as float64 (null where it is missing), all else as distinct words.
    header : int
        How many of its lines are a header.
    """

    path: Path
    form: str
    table: Any
    header: int

    def where(self, record: int) -> str:
        """Where a record stands, for a message."""
        if self.path.suffix.lower() == ".parquet":
            return f"{self.path.name}, row {record + 1}"
        numbered = (n for n, words in _lines(self.path.read_bytes()) if words)
        return next(
            f"{self.path.name}, line {n}"
            for i, n in enumerate(numbered)
            if i == record + self.header
        )


def coded(table: Any, role: str) -> tuple[list[str], NDArray[np.intp]]:
    """The distinct values of a column that the table has, and each record's place among them."""
    import pyarrow.compute as pc

    coded = table.column(role).combine_chunks()
    codes = coded.indices.to_numpy()
    used = np.flatnonzero(np.bincount(codes, minlength=len(coded.dictionary)))
    place = np.zeros(len(coded.dictionary), dtype=np.intp)
    place[used] = np.arange(len(used))
    return pc.take(coded.dictionary, used).to_pylist(), place[codes]


def read_columns(path: Path, form: str) -> ScoreColumns:
    """A file's columns, renamed to their roles.

    Raises
    ------
    DataError
        It cannot be read, or a line is malformed.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return ScoreColumns(path, "table", _parquet(path), 0)
        original = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    data = _REMARK.sub(b"", original) if b"#" in original else original
    words = next((words for _, words in _lines(data) if words), None)
    if words is None:
        raise DataError(f"{path.name} holds no scores")
    if form == "table" or (form == "auto" and _is_header(words)):
        return ScoreColumns(path, "table", _csv(path, data, words), 1)
    return _text(path, data, words, form)


def _is_header(line: bytes) -> bool:
    return any(name.strip().strip('"').lower() == "score" for name in _cells(line))


def _cells(line: bytes) -> list[str]:
    text = line.decode(errors="replace").lstrip(_MARK)
    return re.split(r"[,;\t]", text)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line with its number; blank ones, and remarks after ``#``, are empty."""
    for number, line in enumerate(io.BytesIO(data), start=1):
        bare = line.strip()
        yield number, b"" if bare.startswith(b"#") else bare


def _text(path: Path, data: bytes, first: bytes, form: str) -> ScoreColumns:
    """Columns between blanks."""
    count = len(first.split())
    asked = {"bob4": 4, "bob5": 5}.get(form, count)
    if count != asked or (form == "auto" and count > 5):
        wanted = f"{asked} columns" if count != asked else "at most 5 columns or a header"
        raise DataError(f"{path.name}, line 1: wants {wanted}, got {count}")
    bob = form in ("bob4", "bob5") or (form == "auto" and count in _BOB)
    names = list(_BOB[count]) if bob else [*(f"label{i}" for i in range(count - 1)), "score"]
    used = names if bob else ["score"]
    table = _arrow(path, data, names, used, " ", header=False)
    return ScoreColumns(path, f"bob{count}" if bob else "pyeer", table, 0)


def _tidy(data: bytes) -> bytes:
    """The same with single blanks between words, and none around them."""
    return re.sub(rb"(?m)^ +| +(?=\r?$)", b"", re.sub(rb"[ \t]+", b" ", data))


def _csv(path: Path, data: bytes, first: bytes) -> Any:
    """A table with a header: the columns that have a role."""
    between = max(",;\t", key=lambda sign: first.count(sign.encode()))
    header = [
        cell.strip().strip('"').lower()
        for cell in first.decode(errors="replace").lstrip(_MARK).split(between)
    ]
    roles = _roles(path, header)
    names = [roles.get(name, f"column {i}") for i, name in enumerate(header)]
    start = data.index(first) + len(first)
    body = data[start:].lstrip(b"\r\n")
    if not body:
        raise DataError(f"{path.name} holds no scores")
    return _arrow(path, body, names, list(roles.values()), between, header=True)


def _roles(path: Path, header: Iterable[str]) -> dict[str, str]:
    """Column → role, for the columns that have one; the first name of a role that is there."""
    columns = list(header)
    repeated = [name for name in columns if columns.count(name) > 1]
    if repeated:
        raise DataError(f"{path.name}: the column {repeated[0]!r} stands there twice")
    roles: dict[str, str] = {}
    for role, names in _ROLES.items():
        chosen = next((name for name in names if name in columns), None)
        if chosen is not None:
            roles[chosen] = role
    if "score" not in roles:
        raise DataError(f"{path.name}: wants a column 'score'; has {', '.join(columns) or 'none'}")
    return roles


def _arrow(
    path: Path, body: bytes, names: list[str], used: list[str], between: str, *, header: bool
) -> Any:
    """The columns `used` of text with one record a line; words as distinct words and places."""
    import pyarrow as pa

    try:
        table = _parsed(body, names, used, between, quote='"' if header else False)
    except pa.ArrowInvalid as error:
        tidy = body if header else _tidy(body)
        if tidy != body:
            return _arrow(path, tidy, names, used, between, header=header)
        _blame(path, names, used, between if header else None)
        raise DataError(f"{path.name}: {' '.join(str(error).split())}") from error
    return table


def _parsed(
    body: bytes, names: list[str], used: list[str], between: str, quote: str | Literal[False]
) -> Any:
    import pyarrow as pa
    from pyarrow import csv as tables

    words = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.float64() if name == "score" else words for name in used}
    table = tables.read_csv(
        pa.BufferReader(body),
        tables.ReadOptions(column_names=names),
        tables.ParseOptions(delimiter=between, quote_char=quote),
        tables.ConvertOptions(include_columns=used, column_types=types, null_values=_NULLS),
    ).unify_dictionaries()
    for name in used:
        if name != "score" and "" in table.column(name).chunk(0).dictionary.to_pylist():
            raise pa.ArrowInvalid(f"a {name} is empty")
    return table


def _blame(path: Path, names: list[str], used: list[str], between: str | None) -> None:
    """Name the first line that cannot be read; `between` is None for blanks and no header.

    Raises
    ------
    DataError
        If there is one.
    """
    place = names.index("score")
    records = ((number, line) for number, line in _lines(path.read_bytes()) if line)
    if between:
        next(records)
    for number, line in records:
        where = f"{path.name}, line {number}"
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise DataError(f"{where}: is no UTF-8 text") from None
        cells = next(csv.reader([text], delimiter=between)) if between else text.split()
        if len(cells) != len(names):
            wanted = f"{len(names)} {'cell' if between else 'column'}{'s' * (len(names) > 1)}"
            raise DataError(f"{where}: wants {wanted}, got {len(cells)}")
        empty = [name for name in used if name != "score" and not cells[names.index(name)]]
        if empty:
            raise DataError(f"{where}: the {empty[0].replace('_', ' ')} is empty")
        score = cells[place].strip()
        if score not in _NULLS and not _is_number(score):
            raise DataError(f"{where}: a score wants a number, got {score!r}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet(path: Path) -> Any:
    """The columns of a Parquet table that have a role."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            names = parquet.read_schema(file).names
        roles = _roles(path, [str(name).lower() for name in names])
        chosen = [name for name in names if str(name).lower() in roles]
        table = parquet.read_table(path, columns=chosen)
        columns = {}
        for name in chosen:
            role = roles[str(name).lower()]
            columns[role] = _typed(table.column(name), role)
            if role != "score" and columns[role].null_count:
                raise DataError(f"{path.name}: a {role.replace('_', ' ')} is empty")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise DataError(f"{path.name}: {' '.join(str(error).split())}") from error
    if not table.num_rows:
        raise DataError(f"{path.name} holds no scores")
    return pa.table(columns).unify_dictionaries()


def _typed(column: Any, role: str) -> Any:
    import pyarrow as pa

    if role == "score":
        return column.cast(pa.float64())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string()).dictionary_encode()
