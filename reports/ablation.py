"""The pipelines beside each other on faces of one aligner: what each step of them gains."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from align_eval.result import Result
from reports.formatting import MISSING, decimals_for, defined, number, span
from reports.measures import Measure, measure
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table

COLUMNS = ("dataset", "pipeline", "aligner", "metric", "value", "low", "high")


def ablation_rows(result: Result, order: Sequence[str]) -> pd.DataFrame:
    """The baseline's values of every pipeline, where a data set has several.

    Parameters
    ----------
    result : Result
        Its rows under the study's first policy are taken.
    order : sequence of str
        Of the pipelines.

    Returns
    -------
    DataFrame
        `COLUMNS` and ``note``, all fractions; no rows where every data set has one pipeline.
    """
    rows = result.rows
    if rows.empty:
        return pd.DataFrame(columns=[*COLUMNS, "note"])
    rows = rows[rows["policy"] == rows["policy"].iloc[0]]
    own = rows[rows["aligner"] == StudyWords(result.study).baseline]
    own = own[own.groupby("dataset")["pipeline"].transform("nunique") > 1]
    place = own["pipeline"].map({name: i for i, name in enumerate(order)})
    datasets = own["dataset"].map({name: i for i, name in enumerate(own["dataset"].unique())})
    ordered = own.assign(_d=datasets, _p=place).sort_values(["_d", "_p"], kind="stable")
    table: pd.DataFrame = ordered[[*COLUMNS, "note"]].reset_index(drop=True)
    return table


def ablation_tables(rows: pd.DataFrame, interval: str) -> list[Table]:
    """A table for each data set: pipelines down, metrics across.

    Parameters
    ----------
    rows : DataFrame
        From `ablation_rows`.
    interval : str
        How an interval is called.
    """
    return [
        _table(str(dataset), own, interval) for dataset, own in rows.groupby("dataset", sort=False)
    ]


def _table(dataset: str, rows: pd.DataFrame, interval: str) -> Table:
    notes = Footnotes()
    metrics = [measure(str(name)) for name in rows["metric"].unique()]
    columns = [Column("Pipeline")]
    columns += [Column(f"{what.name}, {what.unit}" if what.unit else what.name) for what in metrics]
    cells = {
        (row["pipeline"], what.name): _cell(row, what, _decimals(rows, what), notes)
        for what in metrics
        for row in rows[rows["metric"] == what.name].to_dict(orient="records")
    }
    body = tuple(
        Row(pipeline, tuple(cells.get((pipeline, what.name), Cell(MISSING)) for what in metrics))
        for pipeline in rows["pipeline"].unique()
    )
    aligner = rows["aligner"].iloc[0]
    caption = (
        f"The pipelines on {dataset}, on faces aligned by {aligner}, in the study's order. "
        f"Value with its {interval}."
    )
    return Table(caption, tuple(columns), body, notes.all())


def _decimals(rows: pd.DataFrame, what: Measure) -> int:
    own = rows[rows["metric"] == what.name]
    widths = what.scale * (own["high"] - own["low"]).abs() / 2
    return decimals_for(widths.tolist(), least=1 if what.rate else 2, most=2)


def _cell(row: Mapping[Any, Any], what: Measure, decimals: int, notes: Footnotes) -> Cell:
    value, low, high = (what.scale * row[key] for key in ("value", "low", "high"))
    bounds = (span(low, high, decimals),) if defined(low, high) else ()
    return Cell(number(value, decimals), bounds, notes.mark(row["note"]))
