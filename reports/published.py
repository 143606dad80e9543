"""Figures that others published, beside the study's own and never mixed with them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from align_eval.error_metric import error_metric, parse_kept
from align_eval.quantity import Quantity, parse_quantity
from align_eval.result import Result
from reports.formatting import count, defined
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
    "pipeline",
    "aligner",
    "policy",
    "baseline",
    "normaliser",
    "group",
    "part",
    "ours",
    "ours_low",
    "ours_high",
    "n_faces",
    "missed",
    "note",
)


_NUMBERS = ("value", "low", "high", "spread")
_NOTHING = {"ours": np.nan, "ours_low": np.nan, "ours_high": np.nan, "n_faces": 0, "missed": 0}


def published_rows(result: Result) -> pd.DataFrame:
    """Every published figure of the study with the study's own, in fractions.

    Returns
    -------
    DataFrame
        `COLUMNS`. ``ours`` is NaN where the run has no such figure; ``note`` then says so. A
        figure with a pipeline is a verification metric under the study's first policy, with
        ``ours_low`` and ``ours_high``; of a Δ, ``baseline`` is the aligner that ours is against.
        ``missed`` are the faces without landmarks, or in verification those not acquired.
    """
    rows = [_row(result, given) for given in StudyWords(result.study).tables("published")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(result: Result, given: Mapping[str, Any]) -> dict[str, Any]:
    heads = {key: given.get(key, "") for key in ("source", "dataset", "pipeline", "aligner")}
    heads |= {"name": given.get("name") or given["aligner"], "metric": str(given["metric"])}
    heads |= {key: given.get(key, np.nan) for key in _NUMBERS}
    if given.get("pipeline"):
        return heads | _verified(result, heads, parse_quantity(heads["metric"]))
    return heads | _error(result, given)


def _verified(result: Result, heads: Mapping[str, Any], quantity: Quantity) -> dict[str, Any]:
    """The study's own verification metric, or its difference to the baseline."""
    frame, words = result.rows, StudyWords(result.study)
    policies = [*words.study.get("policies", ()), *frame.get("policy", ())]
    policy = str(policies[0]) if policies else ""
    wanted = {key: heads[key] for key in ("dataset", "pipeline", "aligner")}
    wanted |= {"policy": policy, "metric": quantity.metric}
    own = _chosen(frame, wanted)
    found: dict[str, Any] = {"metric": str(quantity), "policy": policy}
    found |= dict.fromkeys(("normaliser", "group", "part"), "")
    found |= {"baseline": words.baseline if quantity.gap else "", **_NOTHING, "note": ""}
    if own.empty:
        where = f"{heads['dataset']} by {heads['pipeline']}"
        note = f"the study has no {quantity.metric} of {heads['aligner']!r} on {where}"
        return found | {"note": note}
    first = own.iloc[0]
    names = ("delta", "delta_low", "delta_high") if quantity.gap else ("value", "low", "high")
    numbers = dict(zip(("ours", "ours_low", "ours_high"), first[list(names)], strict=True))
    return (
        found
        | numbers
        | {"n_faces": first["n_faces"], "missed": first["fta"], "note": first["note"]}
    )


def _chosen(frame: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    for key in (key for key in wanted if key in frame.columns):
        frame = frame[frame[key] == wanted[key]]
    return frame


def _error(result: Result, given: Mapping[str, Any]) -> dict[str, Any]:
    """The study's own landmark error."""
    normaliser = first_normaliser(result.landmark_errors)
    wanted = {key: given.get(key, "") for key in ("dataset", "aligner", "part")}
    wanted |= {"normaliser": normaliser, "group": given.get("group") or "all"}
    metric = error_metric(str(given["metric"])) or str(given["metric"])
    own = _own(result, metric, wanted)
    ours: dict[str, Any] = {**wanted, "policy": "", "baseline": "", **_NOTHING, "note": ""}
    ours |= {"metric": metric}
    if own.empty:
        return ours | {"note": _why(result, metric, wanted)}
    first = own.iloc[0]
    ours |= {key: first[key] for key in ("n_faces", "missed")}
    return ours | {
        "ours": first["value"],
        "note": "" if pd.notna(first["value"]) else first["note"],
    }


def _own(result: Result, metric: str, wanted: Mapping[str, str]) -> pd.DataFrame:
    kept = parse_kept(metric)
    if kept:
        left = result.discards
        left = left[(left["order"] == kept.order) & (left["share"] == kept.share)]
        left = left.rename(columns={"nme": "value", "n": "n_faces"}).assign(missed=0, note="")
        return _chosen(left, wanted)
    frame = result.error_parts if wanted["part"] else result.landmark_errors
    chosen = _chosen(frame, wanted)
    return chosen if wanted["part"] else chosen[chosen["metric"] == metric]


def _why(result: Result, metric: str, wanted: Mapping[str, str]) -> str:
    known = result.landmark_errors["aligner"].unique()
    if wanted["aligner"] not in known:
        return f"the study has no errors of an aligner {wanted['aligner']!r}"
    if parse_kept(metric):
        return f"{wanted['aligner']} gives no quality on {wanted['dataset']}"
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
    mixed = bool(rows["pipeline"].any())
    normaliser = "" if mixed else first_normaliser(rows)
    ours = f"Ours, of {normaliser}" if normaliser else "Ours"
    heads = ("Source", "Their method", "Metric", "Published", "Our data set", "Our aligner", ours)
    body = tuple(_line(row, notes, mixed) for row in rows.to_dict(orient="records"))
    caption = (
        "Published figures beside ours. Theirs were measured on other data: the two are never "
        "mixed, and no difference is computed."
    )
    return Table(caption, tuple(map(Column, heads)), body, notes.all())


def _line(row: Mapping[Any, Any], notes: Footnotes, mixed: bool) -> Row:
    part = f" on {row['part']}" if row["part"] else ""
    details = []
    if pd.notna(row["spread"]):
        details.append(f"± {_printed(row['spread'], row, spread=True)}")
    elif pd.notna(row["low"]):
        details.append(f"{_printed(row['low'], row)} to {_printed(row['high'], row)}")
    found = [f"{_printed(row['ours_low'], row)} to {_printed(row['ours_high'], row)}"]
    found = found if defined(row["ours_low"], row["ours_high"]) else []
    found += [f"against {row['baseline']}"] if row["baseline"] else []
    found += [f"{count(row['n_faces'])} faces"] if row["n_faces"] else []
    lost = "not acquired" if row["pipeline"] else "missed"
    found += [f"{count(row['missed'])} {lost}"] if row["missed"] else []
    of = (f"of {row['normaliser']}",) if mixed and row["normaliser"] else ()
    return Row(
        str(row["source"]),
        (
            Cell(str(row["name"])),
            Cell(str(row["metric"]), of),
            Cell(_printed(row["value"], row), tuple(details)),
            Cell(f"{row['dataset']}{part}", (_how(row),)),
            Cell(str(row["aligner"])),
            Cell(_printed(row["ours"], row), tuple(found), notes.mark(row["note"])),
        ),
    )


def _how(row: Mapping[Any, Any]) -> str:
    """Over which points, or by which pipeline."""
    if row["pipeline"]:
        return f"by {row['pipeline']}, {row['policy']}"
    return ERROR_GROUPS.get(row["group"], f"over the point group {row['group']}")


def _printed(value: float, row: Mapping[Any, Any], *, spread: bool = False) -> str:
    """A value in the metric's unit: theirs and ours alike; a ± has no sign of its own."""
    text = measure(str(row["metric"])).printed(value)
    return text.lstrip("+") if spread else text
