"""What each landmark model takes: time a face, size and operations, beside how far it is off."""

import re
from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import pandas as pd

from align_eval.result import Result
from align_eval.timed import FACES, SECONDS, THREADS
from reports.figures.speed import SpeedDisplay, SpeedMark
from reports.figures.style import Look
from reports.formatting import count, defined, listing, number, plural, slug
from reports.measures import ERROR_GROUPS
from reports.parts import first_normaliser
from reports.plates import Plate
from reports.tables import Table, plain_table
from reports.times import stages

COLUMNS = (
    "dataset",
    "aligner",
    "ms",
    "faces",
    "threads",
    "parameters",
    "megabytes",
    "gmacs",
)
# What a model's notes call each size, and the table's head.
_SIZES = {"parameters": "parameters", "megabytes": "file MB", "gmacs": "GMACs"}
_HEADS = {
    "parameters": "Parameters",
    "megabytes": "File, MB",
    "gmacs": "Multiply–adds a face, 10⁹",
}


def speed_rows(result: Result) -> pd.DataFrame:
    """What is known of every aligner on every data set, from the notes of the stages.

    Returns
    -------
    DataFrame
        `COLUMNS`: ``ms`` a face in the model alone, without reading images; NaN where a number is
        not known, and no row where none is.
    """
    return pd.DataFrame(list(_noted(result)), columns=list(COLUMNS))


def _noted(result: Result) -> Iterator[tuple[Any, ...]]:
    for label, note in stages(result.provenance).items():
        kind, _, stem = str(label).partition("/")
        names = stem.split("--")
        if kind != "landmarks" or len(names) != 2 or not isinstance(note, Mapping):
            continue
        seconds, faces, threads = (_number(note, key) for key in (SECONDS, FACES, THREADS))
        sizes = [_number(note, key) for key in _SIZES.values()]
        ms = 1000 * seconds / faces if faces > 0 else nan
        if any(defined(value) for value in (ms, *sizes)):
            yield (*names, ms, faces, threads, *sizes)


def _number(note: Mapping[str, Any], key: str) -> float:
    value = note.get(key)
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and value is not None else nan


def speed_table(rows: pd.DataFrame) -> Table | None:
    """Every aligner with its time, over all data sets, and its size; None without rows.

    Parameters
    ----------
    rows : DataFrame
        From `speed_rows`.
    """
    if rows.empty:
        return None
    timed = bool(rows["ms"].notna().any())
    shown = [key for key in _SIZES if rows[key].notna().any()]
    heads = ["Aligner", *(["ms a face"] if timed else []), *(_HEADS[key] for key in shown)]
    lines = []
    for aligner, own in rows.groupby("aligner", sort=False):
        line = [str(aligner)]
        if timed:
            known = own[own["ms"].notna()]
            faces = known["faces"].sum()
            line.append(_figures((known["ms"] * known["faces"]).sum() / faces if faces else nan))
        line += [_size(key, own[key].dropna()) for key in shown]
        lines.append(line)
    said = []
    if timed:
        said.append(f"Time a face in the model alone, without reading the image, {_cores(rows)}.")
    if shown:
        said.append("What its weights hold, where that is known.")
    return plain_table(" ".join(said), heads, lines)


def _size(key: str, values: "pd.Series[float]") -> str:
    value = float(values.iloc[0]) if len(values) else nan
    return count(value) if key == "parameters" else _figures(value)


def _figures(value: float) -> str:
    """Two figures or more, as a time or a size is read.

    >>> _figures(123.4), _figures(4.56), _figures(0.345)
    ('123', '4.6', '0.34')
    """
    return number(value, 0 if value >= 20 else 1 if value >= 1 else 2)


def _cores(rows: pd.DataFrame) -> str:
    threads = rows["threads"].max()
    return "on one core" if threads == 1 else f"on up to {plural(threads, 'thread')}"


def speed_plates(result: Result, looks: Mapping[str, Look]) -> list[Plate]:
    """Accuracy against time for each data set on which the times of two models are known."""
    rows, plates = speed_rows(result), []
    errors = result.landmark_errors
    normaliser = first_normaliser(errors)
    own = errors[(errors["normaliser"] == normaliser) & (errors["metric"] == "NME")]
    for dataset, timed in rows[rows["ms"] > 0].groupby("dataset", sort=False):
        here = own[(own["dataset"] == dataset) & own["aligner"].isin(timed["aligner"])]
        group = _group(here)
        values = here[here["group"] == group].set_index("aligner")["value"]
        marks = tuple(
            SpeedMark(str(row["aligner"]), row["ms"], 100 * values[row["aligner"]])
            for row in timed.to_dict(orient="records")
            if row["aligner"] in values and defined(values[row["aligner"]])
        )
        if len(marks) > 1:
            plates.append(_plate(str(dataset), marks, _cores(timed), (normaliser, group), looks))
    return plates


def _plate(
    dataset: str,
    marks: tuple[SpeedMark, ...],
    cores: str,
    of: tuple[str, str],
    looks: Mapping[str, Look],
) -> Plate:
    normaliser, group = of
    names = listing(mark.aligner for mark in marks)
    display = SpeedDisplay(marks, f"ms a face {cores}", f"NME, % of {normaliser}", looks)
    return Plate(
        slug("speed", dataset),
        f"Accuracy against time on {dataset}",
        f"NME {ERROR_GROUPS[group]}, over the faces that were found; time a face in the model "
        "alone, without reading the image. Lower left is better. Full: no other model is both "
        "faster and more accurate.",
        f"NME of {names} against their time a face on {dataset}; the tables have the numbers.",
        display.figure,
    )


def _group(rows: pd.DataFrame) -> str:
    """All points where all models share as many with the truth, else those of alignment."""
    of_all = rows[rows["group"] == "all"]
    numbers = {tuple(re.findall(r"(\d+) shared points", str(note))) for note in of_all["note"]}
    everyone = set(rows["aligner"])
    five = set(rows.loc[rows["group"] == "five", "aligner"])
    return "five" if len(numbers) > 1 and five == everyone else "all"
