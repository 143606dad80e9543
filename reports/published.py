"""Figures that others published, beside the study's own and never mixed with them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from align_eval.result import Result
from reports.formatting import count, number
from reports.measures import ERROR_GROUPS, measure
from reports.parts import first_normaliser
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table

COLUMNS = (
    "source",
    "name",
    "metric",
    "value",
    "low",
    "high",
    "spread",
    "dataset",
    "aligner",
    "normaliser",
    "group",
    "part",
    "ours",
    "n_faces",
    "missed",
    "note",
)


def published_rows(result: Result) -> pd.DataFrame:
    """Every published figure of the study with the study's own, in fractions.

    Returns
    -------
    DataFrame
        `COLUMNS`. ``ours`` is NaN where the run has no such figure; ``note`` then says so.
    """
    rows = [_row(result, given) for given in StudyWords(result.study).tables("published")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(result: Result, given: Mapping[str, Any]) -> dict[str, Any]:
    normaliser = first_normaliser(result.landmark_errors)
    wanted = {key: given.get(key, "") for key in ("dataset", "aligner", "part")}
    wanted |= {"normaliser": normaliser, "group": given.get("group") or "all"}
    own = _own(result, str(given["metric"]), wanted)
    numbers = {key: given.get(key, np.nan) for key in ("value", "low", "high", "spread")}
    ours: dict[str, Any] = {"ours": np.nan, "n_faces": 0, "missed": 0, "note": ""}
    if own.empty:
        ours["note"] = _why(result, wanted)
    else:
        first = own.iloc[0]
        ours = {key: first[key] for key in ("n_faces", "missed")}
        ours |= {"ours": first["value"], "note": "" if pd.notna(first["value"]) else first["note"]}
    name = given.get("name") or given["aligner"]
    heads = {"source": given["source"], "name": name, "metric": given["metric"]}
    return {**heads, **numbers, **wanted, **ours}


def _own(result: Result, metric: str, wanted: Mapping[str, str]) -> pd.DataFrame:
    frame = result.error_parts if wanted["part"] else result.landmark_errors
    keys = [key for key in wanted if key in frame.columns]
    chosen = frame
    for key in keys:
        chosen = chosen[chosen[key] == wanted[key]]
    return chosen if wanted["part"] else chosen[chosen["metric"] == metric]


def _why(result: Result, wanted: Mapping[str, str]) -> str:
    known = result.landmark_errors["aligner"].unique()
    if wanted["aligner"] not in known:
        return f"the study has no errors of an aligner {wanted['aligner']!r}"
    return f"the study has no such error on {wanted['dataset']}"


def published_table(rows: pd.DataFrame) -> Table | None:
    """The figures side by side, or None where the study names none.

    Parameters
    ----------
    rows : DataFrame
        From `published_rows`.
    """
    if rows.empty:
        return None
    notes = Footnotes()
    ours = f"Ours, of {first_normaliser(rows)}" if first_normaliser(rows) else "Ours"
    heads = ("Source", "Their method", "Metric", "Published", "Our data set", "Our aligner", ours)
    body = tuple(_line(row, notes) for row in rows.to_dict(orient="records"))
    caption = (
        "Published figures beside ours. Theirs were measured on other data: the two are never "
        "mixed, and no difference is computed."
    )
    return Table(caption, tuple(map(Column, heads)), body, notes.all())


def _line(row: Mapping[Any, Any], notes: Footnotes) -> Row:
    group = ERROR_GROUPS.get(row["group"], f"over the point group {row['group']}")
    part = f" on {row['part']}" if row["part"] else ""
    details = []
    if pd.notna(row["spread"]):
        details.append(f"± {_printed(row['spread'], row)}")
    elif pd.notna(row["low"]):
        details.append(f"{_printed(row['low'], row)} to {_printed(row['high'], row)}")
    found = [f"{count(row['n_faces'])} faces"] if row["n_faces"] else []
    found += [f"{count(row['missed'])} missed"] if row["missed"] else []
    return Row(
        str(row["source"]),
        (
            Cell(str(row["name"])),
            Cell(str(row["metric"])),
            Cell(_printed(row["value"], row), tuple(details)),
            Cell(f"{row['dataset']}{part}", (group,)),
            Cell(str(row["aligner"])),
            Cell(_printed(row["ours"], row), tuple(found), notes.mark(row["note"])),
        ),
    )


def _printed(value: float, row: Mapping[Any, Any]) -> str:
    """A value in the metric's unit: theirs and ours alike."""
    what = measure(str(row["metric"]))
    text = number(what.scale * value, 2 if what.rate else 4)
    return f"{text}\N{NO-BREAK SPACE}{what.unit}" if what.unit and pd.notna(value) else text
