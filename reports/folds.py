"""Cross-validated results: the spread over the folds beside the value over all their trials."""

from typing import Any

import pandas as pd

from align_eval.result import Result
from reports.formatting import MISSING, decimals_for, defined, number, plural, span
from reports.measures import Measure, measure
from reports.tables import Cell, Column, Footnotes, Row, Table

_KEYS = ["dataset", "pipeline", "aligner", "policy", "metric"]
COLUMNS = (*_KEYS, "folds", "mean", "std", "least", "most", "pooled")


def fold_rows(result: Result) -> pd.DataFrame:
    """Mean and standard deviation over the folds, for every metric.

    Returns
    -------
    DataFrame
        `COLUMNS`, all fractions. ``folds`` counts those in which the metric is defined; ``std``
        has one degree of freedom less than that, and is NaN for a single fold. ``pooled`` is
        the value over all folds' trials, as `align_eval.result.Result.rows` has it.
    """
    if result.folds.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    folds = result.folds.astype({"value": float})
    grouped = folds.groupby(_KEYS, sort=False)["value"]
    table = grouped.agg(folds="count", mean="mean", std="std", least="min", most="max")
    pooled = result.rows.drop_duplicates(_KEYS).set_index(_KEYS)["value"]
    table["pooled"] = pooled.reindex(table.index).astype(float)
    return table.reset_index()[list(COLUMNS)]


def fold_tables(result: Result) -> list[Table]:
    """A table for each data set, pipeline and policy: aligners down, metrics across."""
    rows = fold_rows(result)
    several = len(set(rows["policy"])) > 1
    tables = []
    keys = ["dataset", "pipeline", "policy"]
    said = dict(list(result.folds.groupby(keys, sort=False)))
    for key, own in rows.groupby(keys, sort=False):
        dataset, pipeline, policy = map(str, key)
        names = [dataset, pipeline, *([f"policy {policy}"] if several else [])]
        tables.append(_table(", ".join(names), own, said[key]))
    return tables


def _table(where: str, rows: pd.DataFrame, folds: pd.DataFrame) -> Table:
    notes = Footnotes()
    metrics = [measure(str(name)) for name in rows["metric"].unique()]
    decimals = {what.name: _decimals(rows, what) for what in metrics}
    columns = [Column("Aligner")]
    for what in metrics:
        group = f"{what.name}, {what.unit}" if what.unit else what.name
        columns += [Column("folds", group), Column("pooled", group)]
    body = []
    for aligner, own in rows.groupby("aligner", sort=False):
        records = {row["metric"]: row for row in own.to_dict(orient="records")}
        why = folds[folds["aligner"] == aligner]
        cells: list[Cell] = []
        for what in metrics:
            mark = notes.mark(_why(why[why["metric"] == what.name]))
            cells += _pair(records.get(what.name), what, decimals[what.name], mark)
        body.append(Row(str(aligner), tuple(cells)))
    number_of = folds["fold"].nunique()
    caption = (
        f"{where}, {plural(number_of, 'fold')}: mean ± standard deviation over the folds (n − 1), "
        "above the least and the most of them; pooled: over the trials of all folds."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _decimals(rows: pd.DataFrame, what: Measure) -> int:
    spread = what.scale * rows.loc[rows["metric"] == what.name, "std"]
    return decimals_for(spread.tolist(), least=1 if what.rate else 2)


def _why(folds: pd.DataFrame) -> str:
    """Why a metric is not defined in every fold, or ""."""
    without = folds[folds["value"].isna()]
    if without.empty:
        return ""
    of = plural(len(folds), "fold")
    return f"{len(without)} of {of} without a value: {without['note'].iloc[0]}"


def _pair(row: Any, what: Measure, decimals: int, mark: str) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    mean, std, least, most, pooled = (
        what.scale * row[key] for key in ("mean", "std", "least", "most", "pooled")
    )
    spread = f" ± {number(std, decimals)}" if defined(std) else ""
    ends = (span(least, most, decimals),) if defined(least, most) else ()
    first = Cell(f"{number(mean, decimals)}{spread}", ends, mark)
    return [first, Cell(number(pooled, decimals))]
