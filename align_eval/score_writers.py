"""Scores as files that other tools read; what they cannot hold is refused, not changed.

``csv`` and ``parquet`` hold everything, and folds are held by them alone. bob's text wants names
without blanks; its four columns leave out which of a subject's references was compared. bob writes
``nan`` for a failure to acquire. The two files of pyeer hold scores alone, and ``-inf`` for such a
failure: pyeer rejects it at every threshold but the lowest, and its means and d′ are then not
defined.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from align_eval.atomic import write_bytes
from align_eval.errors import DataError, UnknownNameError
from align_eval.scores import Scores


def write_scores(scores: Scores, stem: Path, form: str) -> list[Path]:
    """Write the scores of one system.

    Parameters
    ----------
    scores : Scores
        Trials of known subjects.
    stem : Path
        Where, without an ending.
    form : str
        One of `WRITERS`.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UnknownNameError
        No such form.
    DataError
        A name that the form cannot hold, or a folder that cannot be written.
    """
    if form not in WRITERS:
        raise UnknownNameError("form of score file", form, WRITERS)
    return WRITERS[form](scores, stem)


def _csv(scores: Scores, stem: Path) -> list[Path]:
    return [_text(_table(scores), _ended(stem, ".csv"))]


def _parquet(scores: Scores, stem: Path) -> list[Path]:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(_table(scores), sink)
    return [write_bytes(_ended(stem, ".parquet"), sink.getvalue().to_pybytes())]


def _bob(scores: Scores, stem: Path, *columns: str) -> list[Path]:
    table = _table(scores, failed=np.nan)
    for name in columns[:-1]:
        words = table.column(name).chunk(0).dictionary.to_pylist()
        odd = next((word for word in words if word.split() != [word] or word[0] == "#"), None)
        if odd is not None:
            raise DataError(
                f"the columns of bob's text cannot hold the {name.replace('_', ' ')} {odd!r} of "
                f"{stem.name}: use bob-csv"
            )
    return [_lines(table.select(columns), _ended(stem, ".txt"))]


def _bob4(scores: Scores, stem: Path) -> list[Path]:
    return _bob(scores, stem, "reference_subject", "probe_subject", "probe", "score")


def _bob5(scores: Scores, stem: Path) -> list[Path]:
    columns = ("reference_subject", "reference", "probe_subject", "probe", "score")
    return _bob(scores, stem, *columns)


_BOB_NAMES = {
    "probe_subject": "probe_subject_id",
    "probe": "probe_key",
    "reference_subject": "bio_ref_subject_id",
    "reference": "bio_ref_template_id",
    "score": "score",
}


def _bob_csv(scores: Scores, stem: Path) -> list[Path]:
    table = _table(scores, failed=np.nan).select([*_BOB_NAMES])
    return [_text(table.rename_columns([*_BOB_NAMES.values()]), _ended(stem, ".csv"))]


def _pyeer(scores: Scores, stem: Path) -> list[Path]:
    import pyarrow as pa

    return [
        _lines(pa.table({"score": side}), _ended(stem, f"_{kind}.txt"))
        for kind, side in (("genuine", scores.genuine), ("impostor", scores.impostor))
    ]


WRITERS: Mapping[str, Callable[[Scores, Path], list[Path]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "bob4": _bob4,
    "bob5": _bob5,
    "bob-csv": _bob_csv,
    "pyeer": _pyeer,
}
"""The forms of score files that are written."""


def _ended(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


def _table(scores: Scores, failed: float = -np.inf) -> Any:
    """The trials with their scores; names as distinct words."""
    import pyarrow as pa

    trials, columns = scores.trials, {}
    for side, index, names, subjects in (
        ("reference", trials.reference_index, trials.references, trials.reference_subjects),
        ("probe", trials.probe_index, trials.probes, trials.probe_subjects),
    ):
        for name, words in ((side, names), (f"{side}_subject", subjects)):
            distinct, place = _distinct(words)
            columns[name] = pa.DictionaryArray.from_arrays(
                pa.array(place[index].astype(np.int32)), pa.array(distinct, pa.string())
            )
    columns["genuine"] = pa.array(trials.genuine)
    columns["score"] = pa.array(np.where(scores.failed, failed, scores.values))
    if trials.fold is not None:
        columns["fold"] = pa.array(trials.fold)
    return pa.table(columns)


def _distinct(words: tuple[str, ...]) -> tuple[list[str], Any]:
    place = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return [*place], np.array([place[word] for word in words], dtype=np.intp)


def _plain(table: Any, *, numbers: bool) -> Any:
    """The table with words in place of codes, and numbers as words unless they are to stay."""
    import pyarrow as pa

    kept = {
        field.name: numbers and not pa.types.is_dictionary(field.type) for field in table.schema
    }
    fields = [(one.name, one.type if kept[one.name] else pa.string()) for one in table.schema]
    return table.cast(pa.schema(fields))


def _text(table: Any, path: Path) -> Path:
    """CSV; every score has all its digits."""
    import pyarrow as pa
    from pyarrow import csv

    sink = pa.BufferOutputStream()
    csv.write_csv(_plain(table, numbers=True), sink)
    return write_bytes(path, sink.getvalue().to_pybytes())


def _lines(table: Any, path: Path) -> Path:
    """Text with blanks between columns and nothing quoted; every score has all its digits."""
    import pyarrow.compute as pc

    columns = _plain(table, numbers=False).combine_chunks().columns
    lines = pc.binary_join_element_wise(*columns, " ").to_pylist()
    return write_bytes(path, "".join(f"{line}\n" for line in lines).encode())
