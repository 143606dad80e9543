"""What the costliest aligners cost on each part of the probes: tables, figures and notes.

`align_eval.result.Result.metric_parts` has every aligner; a page shows those whose cost on the
whole data set is beyond chance, at most three.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from math import nan
from typing import Any, NamedTuple

import pandas as pd

from align_eval.result import Result
from reports.costs import Costs, costs
from reports.figures.forest import Difference
from reports.figures.part_costs import PartCostsDisplay
from reports.figures.style import Look
from reports.formatting import (
    MISSING,
    count,
    decimals_for,
    defined,
    listing,
    number,
    signed,
    slug,
    span,
)
from reports.measures import Measure
from reports.plates import Plate
from reports.tables import Cell, Column, Footnotes, Row, Table

MOST = 3
ABOUT = (
    "A part has the trials of its probes, and a threshold of its own on them. Each interval stands "
    "for its part alone: of twenty parts without a difference, one is expected to leave 0 out."
)
Record = Mapping[Any, Any]


class _Division(NamedTuple):
    """One data set and attribute behind a pipeline, in one metric."""

    dataset: str
    attribute: str
    what: Measure
    aligners: tuple[str, ...]
    of: Costs
    rows: Mapping[tuple[str, str], Record]
    """By part and aligner."""

    @property
    def parts(self) -> list[str]:
        return list(dict.fromkeys(part for part, _ in self.rows))

    @property
    def decimals(self) -> int:
        rows = [self.rows.get((part, name)) for part in self.parts for name in self.aligners]
        ends = [(row["delta_low"], row["delta_high"]) for row in rows if row]
        widths = [self.what.scale * (high - low) / 2 for low, high in ends if defined(low, high)]
        rate = self.what.rate
        return decimals_for(widths, least=1 if rate else 2, most=2 if rate else 3)


def metric_part_tables(result: Result) -> list[Table]:
    """A table of differences, parts down and the costliest aligners across, for each division."""
    return [_table(one) for one in _divisions(result)]


def metric_part_plates(result: Result, looks: Mapping[str, Look]) -> list[Plate]:
    """The same as figures; none where a division has one part with numbers."""
    plates = []
    for one in _divisions(result):
        rows = {name: [_difference(one, part, name) for part in one.parts] for name in one.aligners}
        known = [part for part in one.parts if any(_known(one, part, name) for name in rows)]
        if len(known) > 1:
            base = one.of.rules.baseline
            shown = PartCostsDisplay(one.what, [_label(p) for p in one.parts], rows, base, looks)
            plates.append(
                Plate(
                    slug("costs-by", one.attribute, one.dataset, one.of.pipeline, one.what.name),
                    f"Δ{one.what.name} by {one.attribute} on {one.dataset}",
                    f"{one.of.pipeline}; paired differences to {base} with their "
                    f"{one.of.rules.interval}. The interval of a full mark leaves 0 out.",
                    f"Dot plot of the differences to {base} of {listing(rows)} by "
                    f"{one.attribute} on {one.dataset}; the table has the numbers.",
                    partial(PartCostsDisplay.figure, shown),
                )
            )
    return plates


def metric_part_notes(result: Result) -> list[str]:
    """What could not be divided, and where no aligner costs enough to be, a sentence each."""
    parts = result.metric_parts
    absent = parts.loc[parts["aligner"] == "*", ["dataset", "note"]].drop_duplicates()
    notes = [f"{row['dataset']}: {row['note']}." for _, row in absent.iterrows()]
    for one in costs(result)[:1]:
        own = parts[(parts["pipeline"] == one.pipeline) & (parts["aligner"] != "*")]
        notes += [
            f"{dataset}, {one.pipeline}: no aligner costs anything beyond chance, so that none is "
            "divided here; tables/metric_parts.csv has them all."
            for dataset in dict.fromkeys(own["dataset"])
            if not costliest(one, str(dataset))[1]
        ]
    return notes


def costliest(one: Costs, dataset: str) -> tuple[Measure, tuple[str, ...]]:
    """The metric that divisions are in, and the aligners that cost most of it, beyond chance.

    The metric is the TAR of the costs, else the first of them. An aligner counts whose difference
    is ``"worse"`` (`reports.verdict.compare`), and which is not the truth moved; the costliest
    come first, at most `MOST`.
    """
    what = next((m for m in one.metrics if m.name.startswith("TAR@")), one.metrics[0])

    def cost(aligner: str) -> float:
        delta = float(one.rows[dataset, aligner, what.name]["delta"])
        return -delta if what.higher_is_better else delta

    judged = {name: one.judged(dataset, name, what) for name in one.models}
    worse = [name for name, said in judged.items() if said is not None and said.kind == "worse"]
    return what, tuple(sorted(worse, key=cost, reverse=True)[:MOST])


def _divisions(result: Result) -> Iterator[_Division]:
    """Those of the study's first pipeline."""
    for one in costs(result)[:1] if len(result.metric_parts) else ():
        parts = result.metric_parts[result.metric_parts["pipeline"] == one.pipeline]
        parts = parts[parts["aligner"] != "*"]
        for names, rows in parts.groupby(["dataset", "attribute"], sort=False):
            dataset, attribute = map(str, names)
            what, aligners = costliest(one, dataset)
            own = rows[rows["metric"] == what.name]
            if aligners and len(own):
                yield _Division(dataset, attribute, what, aligners, one, _by_part(own))


def _by_part(rows: pd.DataFrame) -> dict[tuple[str, str], Record]:
    records = rows.to_dict(orient="records")
    return {(str(row["part"]), str(row["aligner"])): row for row in records}


def _known(one: _Division, part: str, aligner: str) -> bool:
    row = one.rows.get((part, aligner))
    return row is not None and defined(row["delta"])


def _difference(one: _Division, part: str, aligner: str) -> Difference:
    row = one.rows.get((part, aligner))
    if row is None:
        return Difference(aligner, nan, nan, nan)
    return Difference(aligner, *(float(row[k]) for k in ("delta", "delta_low", "delta_high")))


def _table(one: _Division) -> Table:
    notes, base = Footnotes(), one.of.rules.baseline
    unit = f", {one.what.unit}" if one.what.unit else ""
    gap = f", {one.what.gap_unit}" if one.what.gap_unit else ""
    columns = [Column(one.attribute.capitalize()), Column("Genuine trials"), Column(base + unit)]
    columns += [Column(f"Δ {name}{gap}") for name in one.aligners]
    body = []
    for part in one.parts:
        whole = one.rows.get((part, base))
        cells = [_level(whole, one, notes)]
        cells += [_cost(one, part, name, notes) for name in one.aligners]
        genuine = count(whole["n_genuine"]) if whole else MISSING
        body.append(Row(_label(part), (Cell(genuine), *cells)))
    caption = (
        f"{one.what.name} by {one.attribute} on {one.dataset}, {one.of.pipeline}: {base}, and the "
        f"differences to it of the aligners that cost most, with their {one.of.rules.interval}; "
        "bold where it leaves 0 out."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _level(row: Record | None, one: _Division, notes: Footnotes) -> Cell:
    if row is None:
        return Cell(MISSING)
    return Cell(number(one.what.scale * row["value"], one.decimals), (), notes.mark(row["note"]))


def _cost(one: _Division, part: str, aligner: str, notes: Footnotes) -> Cell:
    row = one.rows.get((part, aligner))
    found = _difference(one, part, aligner)
    if row is None or not defined(found.delta):
        return Cell(MISSING, (), notes.mark(row["note"]) if row else "")
    scale, decimals = one.what.scale, one.decimals
    bounds = span(scale * found.low, scale * found.high, decimals, sign=True)
    better = (found.delta > 0) == bool(one.what.higher_is_better)
    tone = ("better" if better else "worse") if found.decided else ""
    details = (bounds,) if defined(found.low, found.high) else ("no interval",)
    return Cell(signed(scale * found.delta, decimals), details, tone=tone)


def _label(part: str) -> str:
    """A part as it is printed: a range of numbers has true minus signs."""
    ranged = re.fullmatch(r"-?[\d.e+-]+ to -?[\d.e+-]+", part)
    return part.replace("-", "−") if ranged else part
