"""Where the time of a run went, from the notes of its stages."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from align_eval.result import Result
from reports.formatting import count, defined, percent, plural
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Row, Table

COLUMNS = ("kind", "of", "stages", "seconds")
_WORDS = {
    "data": "reading the data",
    "datasets": "reading the data",
    "boxes": "face boxes",
    "landmarks": "landmarks",
    "fit": "training pipelines",
    "embeddings": "embeddings",
    "scores": "scores",
    "statistics": "intervals and tests",
    "intervals": "intervals and tests",
}
_LISTED = 4


def time_rows(result: Result) -> pd.DataFrame:
    """The seconds of every kind of stage, by what it was about.

    Returns
    -------
    DataFrame
        `COLUMNS`. ``of`` is the aligner of landmarks, the pipeline of all that it does, and
        else the data set.
    """
    rows = pd.DataFrame(list(_noted(result)), columns=["kind", "of", "seconds"])
    grouped = rows.groupby(["kind", "of"], sort=False)["seconds"]
    table = grouped.agg(stages="count", seconds="sum").reset_index()
    return table[list(COLUMNS)]


def _noted(result: Result) -> Iterator[tuple[str, str, float]]:
    words = StudyWords(result.study)
    aligners, pipelines = (
        {str(table.get("name", "")) for table in words.tables(key)}
        for key in ("aligners", "pipelines")
    )
    for label, note in stages(result.provenance).items():
        seconds = note.get("seconds") if isinstance(note, Mapping) else None
        if isinstance(seconds, int | float) and defined(seconds):
            kind, _, stem = str(label).partition("/")
            names = stem.split("--")
            wanted = aligners if kind == "landmarks" else pipelines
            own = next((name for name in names[1:] if name in wanted), names[0])
            yield kind, own, float(seconds)


def stages(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    """The notes of a run's stages, {} where it has none."""
    found = provenance.get("stages")
    return found if isinstance(found, Mapping) else {}


def time_table(rows: pd.DataFrame) -> Table | None:
    """The kinds of stages with their time and what took most of it; None without notes.

    Parameters
    ----------
    rows : DataFrame
        From `time_rows`.
    """
    if rows.empty:
        return None
    total = rows["seconds"].sum()
    body = []
    for kind, own in rows.groupby("kind", sort=False):
        spent = own["seconds"].sum()
        share = percent(spent / total, 0) if total else percent(0)
        cells = [count(own["stages"].sum()), duration(spent), share, _most(own)]
        body.append(Row(_WORDS.get(str(kind), str(kind)), tuple(map(Cell, cells))))
    every = [count(rows["stages"].sum()), duration(total), percent(1), ""]
    body.append(Row("all", tuple(map(Cell, every))))
    caption = (
        f"Where the time went: {plural(rows['stages'].sum(), 'stage')}, each as long as it took "
        "when it was made; a run that was resumed did not spend it again."
    )
    heads = ("Kind of stage", "Stages", "Time", "Share", "Of it")
    return Table(caption, tuple(map(Column, heads)), tuple(body))


def _most(own: pd.DataFrame) -> str:
    """What took most of a kind's time, the longest first, or "" where there is one thing."""
    if len(own) < 2:
        return ""
    ordered = own.sort_values("seconds", ascending=False, kind="stable")
    said = [
        f"{row['of']} {duration(row['seconds'])}"
        for row in ordered.head(_LISTED).to_dict(orient="records")
    ]
    rest = ordered["seconds"].iloc[_LISTED:]
    if len(rest):
        said.append(f"{plural(len(rest), 'other')} {duration(rest.sum())}")
    return ", ".join(said)


def duration(seconds: float) -> str:
    r"""A time as it is read.

    >>> [duration(s).replace("\xa0", " ") for s in (0.04, 7.25, 68.0, 5400.0)]
    ['0.0 s', '7.2 s', '1 min 8 s', '1 h 30 min']
    """
    if seconds < 59.95:
        return f"{seconds:.1f}\N{NO-BREAK SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    text = f"{hours} h {left} min" if hours else f"{left} min {rest} s"
    return text.replace(" ", "\N{NO-BREAK SPACE}")
