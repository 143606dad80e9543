"""What moved landmarks cost, in tables."""

from math import isinf

import numpy as np

from align_eval.perturbation import KINDS, PARTS
from align_eval.result import Result
from align_eval.sensitivity import REPLAY
from reports.formatting import (
    MISSING,
    listing,
    number,
    percent,
    signed,
)
from reports.formatting import span as spanned
from reports.measures import Measure
from reports.sensed import REAL, Record, Sensed, bounds, harm, points_of, rows_of, sensed, way
from reports.tables import Cell, Column, Footnotes, Row, Table


def sensitivity_tables(result: Result) -> list[Table]:
    """Budgets; points and directions; models: real, replayed and in parts."""
    return [
        table
        for one in sensed(result)
        for table in (_budget_table(one), _rank_table(one), _replay_table(one), _part_table(one))
        if table is not None
    ]


def _budget_table(one: Sensed) -> Table | None:
    own = one.budgets
    if own.empty:
        return None
    notes = Footnotes()
    heads = [(what, dataset) for what in one.measures for dataset in one.datasets]
    columns = [Column("Way"), *(Column(dataset, what.name) for what, dataset in heads)]
    rows = {
        (row["kind"], row["metric"], row["dataset"]): row for row in own.to_dict(orient="records")
    }
    body = [
        Row(
            way(kind),
            tuple(_budget_cell(rows.get((kind, what.name, dataset))) for what, dataset in heads),
            mark=notes.mark(KINDS[kind].summary if kind in KINDS else ""),
        )
        for kind in own["kind"].unique()
    ]
    losses = listing(
        f"{points_of(own['loss'].iloc[0], what)} of {what.name}" for what in one.measures
    )
    caption = (
        f"Alignment budgets, {one.pipeline}: the level, in % of the eye distance, at which "
        f"{losses} is lost against {one.rules.baseline}, with its {one.rules.interval}."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _budget_cell(row: Record | None) -> Cell:
    if row is None or np.isnan(row["level"]):
        return Cell(MISSING)
    most = f"> {100 * row['largest']:g}"
    text = most if isinf(row["level"]) else number(100 * row["level"], 1)
    ends = bounds(row)
    return Cell(text, (ends,) if ends != MISSING else ())


def _rank_table(one: Sensed) -> Table | None:
    own = one.ranks
    if own.empty:
        return None
    what = one.measures[0]
    own = own[own["metric"] == what.name]
    columns = [Column("Way")]
    for dataset in one.datasets:
        columns += [Column(f"Δ{what.name}", dataset), Column("behind the costliest", dataset)]
    rows = {(row["kind"], row["dataset"]): row for row in own.to_dict(orient="records")}
    body = [
        Row(
            way(kind),
            tuple(
                cell for name in one.datasets for cell in _rank_cells(rows.get((kind, name)), what)
            ),
        )
        for kind in own["kind"].unique()
    ]
    caption = (
        f"Single points and directions at σ = {percent(own['level'].iloc[0])}, {one.pipeline}: "
        f"change of {what.name} in {what.gap_unit or 'its own units'} with its "
        f"{one.rules.interval}, and how much more the costliest point, or direction, changes it. "
        "Marked: less than the costliest beyond chance."
    )
    return Table(caption, tuple(columns), tuple(body))


def _rank_cells(row: Record | None, what: Measure) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    _, low, _ = harm(row, "behind", what)
    return [
        _delta_cell(row, "delta", what),
        _delta_cell(row, "behind", what, "better" if low > 0 else ""),
    ]


def _delta_cell(row: Record, key: str, what: Measure, tone: str = "") -> Cell:
    value, low, high = (what.scale * row[name] for name in (key, f"{key}_low", f"{key}_high"))
    bounds = spanned(low, high, 1, sign=True)
    return Cell(signed(value, 1), (bounds,) if bounds != MISSING else (), tone=tone)


def _replay_table(one: Sensed) -> Table | None:
    if one.replays.empty:
        return None
    kinds = [REAL, REPLAY, *PARTS]
    heads = {REAL: "itself", REPLAY: "replayed", **{part: f"{part} alone" for part in PARTS}}
    body = []
    for dataset in one.datasets:
        for what in one.measures:
            for name in one.aligners:
                rows = rows_of(one, dataset, name, what)
                cells = [
                    _delta_cell(rows[kind], "delta", what) if kind in rows else Cell(MISSING)
                    for kind in kinds
                ]
                body.append(Row(name, (Cell(dataset), Cell(what.name), *cells)))
    columns = [Column("Aligner"), Column("Data set"), Column("Metric")]
    columns += [Column(heads[kind]) for kind in kinds]
    caption = (
        f"What aligners cost against {one.rules.baseline}, {one.pipeline}, with the "
        f"{one.rules.interval}, in points: they themselves; their residuals drawn anew for every "
        "face from other people's; and each part of their own residuals with the others taken "
        "away. The shape is what no similarity explains, and the fit takes out but for a rest."
    )
    return Table(caption, tuple(columns), tuple(body))


def _part_table(one: Sensed) -> Table | None:
    """The cost of jitter at the highest level, by parts of the data sets."""
    own, what = one.parts, one.measures[0]
    own = own[(own["metric"] == what.name) & (own["level"] == own["level"].max())]
    if own.empty:
        return None
    rows = {
        (row["attribute"], row["part"], row["dataset"]): row
        for row in own.to_dict(orient="records")
    }
    names = list(dict.fromkeys((attribute, part) for attribute, part, _ in rows))
    columns = [Column("Probes"), *(Column(dataset, f"Δ{what.name}") for dataset in one.datasets)]
    body = []
    for attribute, part in names:
        found = [rows.get((attribute, part, dataset)) for dataset in one.datasets]
        cells = [Cell(MISSING) if row is None else _delta_cell(row, "delta", what) for row in found]
        body.append(Row(f"{attribute} {part}", tuple(cells)))
    caption = (
        f"Points off at random by σ = {percent(own['level'].iloc[0])}, {one.pipeline}, by parts of "
        f"the probes: change of {what.name} in {what.gap_unit or 'its own units'} with its "
        f"{one.rules.interval}."
    )
    return Table(caption, tuple(columns), tuple(body))
