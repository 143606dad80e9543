"""Ways to count a failure to acquire beside each other, where a study asks for several.

A face that an aligner fails on may be rejected, as a door that stays shut; be excluded, as if the
photograph had never been taken; or be handed to another aligner, a fallback
(`landmark_models.fallback`), which is an aligner of the study of its own.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from align_eval.result import Result
from reports.formatting import MISSING, NBSP, count, decimals_for, defined, listing, number, span
from reports.measures import Measure, measure
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import lead_metric

ABOUT = (
    "With every trial kept (reject), FRR and FAR are the generalised rates of ISO/IEC 19795-1: "
    "GFRR = FTE + (1 − FTE) · FTA + (1 − FTE) · (1 − FTA) · FNMR and "
    "GFAR = (1 − FTE) · (1 − FTA) · FMR, where FTE is the share of trials whose reference could "
    "not be enrolled, FTA the share of the others whose probe was not acquired, and FMR and FNMR "
    "are over what is left; each over the genuine trials for GFRR and over the impostor trials "
    "for GFAR. TAR is 1 − GFRR."
)
FALLBACK = "fallback"


def policy_tables(result: Result) -> list[Table]:
    """A table for each data set and pipeline whose rows have the policies reject and exclude."""
    tables = []
    chains = fallbacks(result.study)
    for names, rows in result.rows.groupby(["dataset", "pipeline"], sort=False):
        if {"reject", "exclude"} <= set(rows["policy"]):
            dataset, pipeline = map(str, names)
            tables.append(_table(result, dataset, pipeline, rows, chains))
    return tables


def fallbacks(study: Mapping[str, Any]) -> dict[str, str]:
    """Aligner → the fallback that asks it first, as far as the study has both.

    An aligner is taken for the first of a fallback's models if they agree in model and options.

    Examples
    --------
    >>> box, dan = {"name": "wide", "model": "box", "layout": "dlib-hog"}, {"name": "dan"}
    >>> chain = {"name": "both", "model": "fallback", "models": ["dan", "box"]}
    >>> fallbacks({"aligners": [dan, box, chain]})
    {'dan': 'both'}
    """
    tables = StudyWords(study).tables("aligners")
    found: dict[str, str] = {}
    for table in tables:
        first = next(iter(table.get("models", ())), None)
        if table.get("model", table.get("name")) == FALLBACK and first is not None:
            asked = _made(first if isinstance(first, Mapping) else {"name": first})
            for other in tables:
                if _made(other) == asked:
                    found.setdefault(str(other["name"]), str(table["name"]))
    return found


def _made(table: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    model = str(table.get("model", table.get("name", "")))
    return model, {key: value for key, value in table.items() if key not in ("name", "model")}


def _table(
    result: Result, dataset: str, pipeline: str, rows: pd.DataFrame, chains: Mapping[str, str]
) -> Table:
    what = measure(lead_metric(rows[rows["policy"] == "reject"]))
    own = rows[rows["metric"] == what.name]
    records = {(row["aligner"], row["policy"]): row for row in own.to_dict(orient="records")}
    aligners = list(dict.fromkeys(own["aligner"]))
    used = {first: chain for first, chain in chains.items() if (chain, "reject") in records}
    notes = Footnotes()
    columns = [Column("Aligner"), Column("Not acquired"), *_heads("reject"), *_heads("exclude")]
    columns += [*_heads(FALLBACK), Column("not acquired", FALLBACK)] if used else []
    widths = [what.scale * (row["high"] - row["low"]) / 2 for row in records.values()]
    decimals = decimals_for(widths, least=1 if what.rate else 2)
    body = []
    for aligner in aligners:
        row = records.get((aligner, "reject"))
        cells = [_acquired(row)]
        for policy in ("reject", "exclude"):
            cells += _cells(records.get((aligner, policy)), what, decimals, notes)
        if used:
            other = records.get((used.get(aligner, ""), "reject"))
            mark = notes.mark(_found_by(result, dataset, used[aligner])) if other else ""
            cells += [*_cells(other, what, decimals, notes, mark), _acquired(other)]
        body.append(Row(aligner, tuple(cells)))
    caption = (
        f"Failures to acquire on {dataset}, {pipeline}: {what.name}"
        f"{f', {what.unit}' if what.unit else ''}, where their trials are rejected and where they "
        "are excluded for every aligner"
    )
    others = listing(dict.fromkeys(used.values()))
    caption += f", and where {others} asks another aligner." if used else "."
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _heads(policy: str) -> list[Column]:
    return [Column("value", policy), Column("genuine trials", policy)]


def _acquired(row: Mapping[Any, Any] | None) -> Cell:
    if row is None:
        return Cell(MISSING)
    return Cell(count(row["fta"]), (f"of{NBSP}{count(row['n_faces'])}",))


def _cells(
    row: Mapping[Any, Any] | None, what: Measure, decimals: int, notes: Footnotes, mark: str = ""
) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    value, low, high = (what.scale * row[key] for key in ("value", "low", "high"))
    bounds = (span(low, high, decimals),) if defined(low, high) else ()
    mark = mark or notes.mark(row["note"])
    return [Cell(number(value, decimals), bounds, mark), Cell(count(row["n_genuine"]))]


def _found_by(result: Result, dataset: str, chain: str) -> str:
    """How many faces each model of a fallback found, as its stage of the run noted."""
    note = result.provenance.get("stages", {}).get(f"landmarks/{dataset}--{chain}", {})
    start = "found by "
    found = {key: value for key, value in note.items() if str(key).startswith(start)}
    if not found:
        return ""
    counts = listing(f"{count(value)} {key.removeprefix('found ')}" for key, value in found.items())
    return f"Faces of {chain} found: {counts}."
