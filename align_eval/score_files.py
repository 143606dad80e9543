"""Score files of other tools and of our own, read by their columns and never line by line.

Known by their content:

- a table (CSV with a header, or Parquet): ``score``, and either a label of the trial (``genuine``,
  ``label`` or ``same``: 0/1, true/false, genuine/impostor) or ``reference_subject`` and
  ``probe_subject``; and, if there are such, ``reference``, ``probe``, ``fold``, ``system`` (or
  ``aligner``). The scores of a run folder are such tables. bob's CSV is one with its own names
  (``bio_ref_subject_id``, ``probe_subject_id``, ``bio_ref_template_id``, ``probe_key``, …; see
  ``CSVScoreWriter`` of bob.bio.base);
- text without a header, its columns between blanks: one score a line, or a label before it (the
  genuine and the impostor file of pyeer, whose score is the last word of a line); four columns
  ``claimed_id real_id probe_label score`` or five, ``claimed_id model_label real_id probe_label
  score`` (``four_column`` and ``five_column`` of bob.bio.base).

A score that is missing or ``nan`` is a failure to acquire or a mistake, and only the owner of the
file knows which: it is refused unless told otherwise (bob writes ``nan`` for failures). ``-inf`` is
a failure to acquire, ``inf`` is refused; for distances it is the other way round.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._score_columns import ScoreColumns, coded, read_columns
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.score_tables import Named, SystemScores, named_trials, unnamed_trials
from align_eval.scores import Scores

FORMS: Mapping[str, str] = {
    "auto": "what the content looks like",
    "table": "CSV or Parquet with a header; bob's CSV, too",
    "bob4": "claimed_id real_id probe_label score",
    "bob5": "claimed_id model_label real_id probe_label score",
    "pyeer": "a genuine and an impostor file, the score the last word of a line",
}
"""The forms of score files that are read."""

MISSING: Mapping[str, str] = {
    "refuse": "a score that is missing or NaN is an error",
    "reject": "it is a failure to acquire: its trial is rejected, and stays in every denominator",
}
"""What becomes of scores that are missing or NaN."""

_TRUE = {"1", "1.0", "true", "genuine"}
_FALSE = {"0", "0.0", "false", "impostor"}
_GENUINE = re.compile(r"[-_. ]?(genuine|gen|true|mated)$")  # of a pair, no part of its name


@dataclass(frozen=True)
class Reading:
    """How score files are to be read.

    Parameters
    ----------
    form : str
        One of `FORMS`.
    missing : str
        One of `MISSING`.
    distance : bool
        Whether a smaller score is more alike: scores change their sign.

    Raises
    ------
    UnknownNameError
        No such form or policy.
    """

    form: str = "auto"
    missing: str = "refuse"
    distance: bool = False

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise UnknownNameError("form of score file", self.form, FORMS)
        if self.missing not in MISSING:
            raise UnknownNameError("policy on missing scores", self.missing, MISSING)


def read_systems(
    files: Sequence[str | Path], names: Sequence[str] = (), reading: Reading | None = None
) -> list[SystemScores]:
    """The scores of one or several systems.

    Parameters
    ----------
    files : sequence of str or Path
        A table or a bob file is one system, or several if it has a column ``system``. Files of one
        score a line belong together by twos: genuine, impostor.
    names : sequence of str
        Of the systems, in order; else the column's, or the files' without their endings.
    reading : Reading, optional
        How to read them.

    Raises
    ------
    DataError
        A file that cannot be read, or a malformed line, which is named; half a pair of files; a
        system named twice; as many names as there are no systems.
    """
    how = reading or Reading()
    columns = [read_columns(Path(file), how.form) for file in files]
    found: list[SystemScores] = []
    while columns:
        first = columns.pop(0)
        if first.form != "pyeer":
            found += _systems(first, how)
        elif columns and columns[0].form == "pyeer":
            found.append(_pair(first, columns.pop(0), how))
        else:
            raise DataError(
                f"{first.path.name} has scores alone: it wants a second file beside it "
                "(genuine first, then impostor)"
            )
    return _named(found, names)


def _named(found: list[SystemScores], names: Sequence[str]) -> list[SystemScores]:
    if names and len(names) != len(found):
        raise ConfigError(f"{len(found)} systems want as many names, got {len(names)}")
    every = list(names) or [one.name for one in found]
    for name in every:
        if every.count(name) > 1:
            raise DataError(f"two systems are named {name!r}: name them apart")
    return [
        SystemScores(name, one.scores, one.subjects_known, one.keys)
        for name, one in zip(every, found, strict=True)
    ]


def _pair(genuine: ScoreColumns, impostor: ScoreColumns, how: Reading) -> SystemScores:
    sides = [_values(columns, how) for columns in (genuine, impostor)]
    labels = np.repeat([True, False], [len(side) for side in sides])
    scores = Scores(unnamed_trials(labels), np.concatenate(sides))
    return SystemScores(_GENUINE.sub("", genuine.path.stem) or "scores", scores, False)


def _systems(columns: ScoreColumns, how: Reading) -> Iterator[SystemScores]:
    """Each system of a table; of its own name, or of the file's."""
    values, names = _values(columns, how), columns.table.column_names
    labels = _labels(columns) if "genuine" in names else None
    if "system" not in names:
        yield _system(columns, values, labels, columns.path.stem)
        return
    systems, place = coded(columns.table, "system")
    for number, name in enumerate(systems):
        own = np.flatnonzero(place == number)
        part = columns._replace(table=columns.table.take(own))
        yield _system(part, values[own], None if labels is None else labels[own], name)


def _system(
    columns: ScoreColumns,
    values: NDArray[np.float64],
    labels: NDArray[np.bool_] | None,
    name: str,
) -> SystemScores:
    table, path = columns.table, columns.path
    has = set(table.column_names)
    fold = _folds(table) if "fold" in has else None
    keys = _keys(table) if {"reference", "probe"} <= has else None
    if not {"reference_subject", "probe_subject"} <= has:
        if labels is None:
            raise DataError(
                f"{path.name}: wants a column 'genuine', 'label' or 'same', or the two columns "
                f"'reference_subject' and 'probe_subject'; has {', '.join(sorted(has))}"
            )
        return SystemScores(name, Scores(unnamed_trials(labels, fold), values), False, keys)
    try:
        sides = [_side(table, kind) for kind in ("reference", "probe")]
        trials = named_trials(sides[0], sides[1], fold)
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    if labels is not None and not np.array_equal(labels, trials.genuine):
        at = int(np.argmax(labels != trials.genuine))
        said = "genuine" if labels[at] else "impostor"
        subjects = [side.subjects[side.subject[at]] for side in sides]
        raise DataError(
            f"{path.name}: a trial of the subjects {subjects[0]!r} and {subjects[1]!r} "
            f"is labelled {said}"
        )
    return SystemScores(name, Scores(trials, values), True, keys)


def _side(table: Any, kind: str) -> Named:
    subjects, subject = coded(table, f"{kind}_subject")
    names, name = (subjects, subject) if kind not in table.column_names else coded(table, kind)
    return Named(names, subjects, name, subject, kind)


def _keys(table: Any) -> NDArray[np.uint64]:
    keys = np.zeros(table.num_rows, dtype=np.uint64)
    for role in ("reference", "probe"):
        names, place = coded(table, role)
        hashed = pd.util.hash_array(np.array(names, dtype=object))
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + hashed[place]
    return keys


def _values(columns: ScoreColumns, how: Reading) -> NDArray[np.float64]:
    """The scores, higher more alike, −∞ for failures to acquire."""
    values: NDArray[np.float64] = columns.table.column("score").to_numpy().astype(np.float64)
    missing = np.isnan(values)
    if how.distance:
        values = -values
    if missing.any():
        if how.missing == "refuse":
            raise DataError(
                f"{columns.where(int(np.argmax(missing)))}: the score is missing or NaN; "
                "--missing reject counts it as a failure to acquire"
            )
        values[missing] = -np.inf
    endless = np.isposinf(values)
    if endless.any():
        where = columns.where(int(np.argmax(endless)))
        raise DataError(f"{where}: the score is {'-inf' if how.distance else 'inf'}")
    return values


def _folds(table: Any) -> NDArray[np.intp]:
    """(T,) folds, numbered in order."""
    names, place = coded(table, "fold")
    try:
        order = np.argsort(np.argsort([float(name) for name in names]))
    except ValueError:
        order = np.argsort(np.argsort(names))
    folds: NDArray[np.intp] = order[place].astype(np.intp)
    return folds


def _labels(columns: ScoreColumns) -> NDArray[np.bool_]:
    names, place = coded(columns.table, "genuine")
    known = [str(name).strip().lower() for name in names]
    for number, name in enumerate(known):
        if name not in _TRUE | _FALSE:
            where = columns.where(int(np.argmax(place == number)))
            raise DataError(f"{where}: a label wants 0 or 1, true or false, got {names[number]!r}")
    return np.array([name in _TRUE for name in known])[place]
