"""What rejecting faces by the models' own quality is worth in verification: sentences, tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from align_eval.result import Result
from reports.figures.rejection import Edc, RejectionDisplay
from reports.figures.style import Look
from reports.formatting import (
    MISSING,
    NBSP,
    count,
    decimals_for,
    defined,
    listing,
    number,
    percent,
    signed,
    slug,
    span,
)
from reports.plates import Plate
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import Rules, Verdict

ABOUT = (
    "A system may refuse faces whose landmarks a model is unsure of. A face's quality is the mean "
    "over the points that its alignment uses; the lowest are rejected first, and failures to "
    "acquire before all others: until then they are errors. The FRR of what is left is given in "
    "two ways: at a fixed threshold, which has the stated FAR on all trials (the error-versus-"
    "discard characteristic), and at one re-estimated on what is left. Chance is level, since "
    "rejecting at random leaves every rate as it is in expectation; the oracle rejects what fails "
    "at the fixed threshold, and no order leaves less there. Rejecting by the true landmark error "
    "says how far knowledge of the landmarks alone could go."
)
_UNITS = {"probe": "probes", "reference": "references", "trial": "trials"}
_ERROR_HEADS = {
    "signal": "by quality",
    "random": "at random",
    "error": "by landmark error",
    "oracle": "oracle",
}
_Record = Mapping[Any, Any]


class _Aligner(NamedTuple):
    """One aligner: its rows by way, quantity, order and share, and its curves by order."""

    name: str
    rows: Mapping[tuple[str, str, str, float], _Record]
    curves: Mapping[str, Edc]

    def error(self, way: str, share: float, order: str = "signal") -> _Record:
        return self.rows[way, "error", order, share]

    def area(self, order: str = "signal") -> _Record | None:
        return next((r for k, r in self.rows.items() if k[1:3] == ("area", order)), None)


class _Part(NamedTuple):
    """One metric of one data set behind one pipeline, and who gives no quality there."""

    dataset: str
    pipeline: str
    metric: str
    aligners: Sequence[_Aligner]
    without: Sequence[str]

    @property
    def fixed(self) -> bool:
        """Whether it has a threshold that stays."""
        return self.metric != "EER"

    @property
    def first(self) -> _Record:
        return next(iter(self.aligners[0].rows.values()))

    @property
    def units(self) -> str:
        return _UNITS[str(self.first["unit"])] if self.aligners else "faces"

    @property
    def shares(self) -> list[float]:
        """What is rejected, ascending, from 0."""
        rows = self.aligners[0].rows if self.aligners else {}
        return sorted({share for _, what, _, share in rows if what == "error"})

    @property
    def limit(self) -> float:
        area = self.aligners[0].area()
        return float(area["share"]) if area else float("nan")

    @property
    def where(self) -> str:
        return f"{self.dataset}, {self.pipeline}"


def rejection_verdicts(result: Result, rules: Rules) -> list[Verdict]:
    """For each data set, pipeline and aligner whether rejecting by quality helps beyond chance.

    It helps, or does harm, if the interval of the mean FRR up to the limit less that of random
    rejection leaves 0 out. Of several metrics the first is told.

    Parameters
    ----------
    result : Result
        With `align_eval.result.Result.rejections`.
    rules : Rules
        The confidence of the intervals.
    """
    return [
        _verdict(part, one, rules) for part in _leading(_parts(result)) for one in part.aligners
    ]


def rejection_tables(result: Result, rules: Rules) -> list[Table]:
    """For each data set and pipeline the errors that are left, and areas with their bounds.

    None where the study does not ask; where no model gives a quality, the table says so.
    """
    found = []
    for part in _parts(result):
        found.append(_left_table(part, rules))
        if part.fixed and part.aligners:
            found.append(_area_table(part, rules))
    return found


def rejection_plates(result: Result, looks: Mapping[str, Look]) -> list[Plate]:
    """For each data set and pipeline the error-versus-discard curves, a panel an aligner."""
    return [_plate(part, looks) for part in _leading(_parts(result)) if part.aligners]


def _leading(parts: Iterator[_Part]) -> Iterator[_Part]:
    """The first metric with a fixed threshold of each data set and pipeline."""
    seen = set()
    for part in parts:
        if part.fixed and part.where not in seen:
            seen.add(part.where)
            yield part


def _parts(result: Result) -> Iterator[_Part]:
    frame, curves = result.rejections, result.rejection_curves
    if not (result.study.get("reject") or len(frame)):
        return
    keys = ["dataset", "pipeline"]
    metrics = sorted(frame["metric"].unique(), key="EER".__eq__) or [""]
    for dataset, pipeline in dict.fromkeys(result.rows[keys].itertuples(index=False, name=None)):
        rows, own, drawn = (
            table[(table["dataset"] == dataset) & (table["pipeline"] == pipeline)]
            for table in (result.rows, frame, curves)
        )
        every = dict.fromkeys(rows["aligner"])
        rated = set(own["aligner"])
        without = [str(name) for name in every if name not in rated]
        for metric in metrics:
            aligners = [
                _aligner(
                    str(name),
                    *(t[(t["aligner"] == name) & (t["metric"] == metric)] for t in (own, drawn)),
                )
                for name in every
                if name in rated
            ]
            yield _Part(str(dataset), str(pipeline), str(metric), aligners, without)


def _aligner(name: str, rows: pd.DataFrame, curves: pd.DataFrame) -> _Aligner:
    keys = ("way", "quantity", "order", "share")
    records = rows.to_dict(orient="records")
    return _Aligner(
        name,
        {tuple(row[key] for key in keys): row for row in records},
        {
            str(order): Edc(own["share"].to_numpy(float), own["value"].to_numpy(float))
            for order, own in curves.groupby("order", sort=False)
        },
    )


def _verdict(part: _Part, one: _Aligner, rules: Rules) -> Verdict:
    row, best = one.area(), one.area("oracle")
    if row is None or best is None or not defined(row["change"], row["change_low"]):
        why = str(row["note"]) if row is not None and row["note"] else "no interval"
        return Verdict("undefined", one.name, f"on {part.where}: cannot be told ({why}).")
    change, low, high, bound = (
        100 * row[key] if key else 100 * best["change"]
        for key in ("change", "change_low", "change_high", "")
    )
    places = decimals_for([(high - low) / 2])
    what = f"rejecting up to {percent(part.limit)} of the {part.units} by its quality"
    mean = f"the mean {part.metric} at the fixed threshold"
    oracle = f"an oracle {signed(bound, places)}"
    facts = f"({rules.interval} {span(low, high, places, sign=True)}; {oracle})"
    size = f"{signed(change, places)}{NBSP}points"
    if low <= 0 <= high:
        said = f"does not help beyond chance: {mean} changes by {size}"
        return Verdict(
            "level", one.name, f"on {part.where}: {what} {said} {facts}.", _at(part, one)
        )
    kind, said = ("better", "helps") if change < 0 else ("worse", "does harm")
    text = f"on {part.where}: {what} {said}: {mean} changes by {size} {facts}."
    return Verdict(kind, one.name, text, _at(part, one))  # type: ignore[arg-type]


def _at(part: _Part, one: _Aligner) -> str:
    """What one share leaves: the largest within the limit, else the smallest."""
    within = [share for share in part.shares[1:] if share <= part.limit]
    share = within[-1] if within else part.shares[1]
    start = one.error("fixed", 0.0)["value"]
    fixed, again = (one.error(way, share)["value"] for way in ("fixed", "re-estimated"))
    if not defined(start, fixed, again):
        return ""
    return (
        f"With {percent(share)} rejected it is {percent(fixed, 1)} instead of "
        f"{percent(start, 1)}, and {percent(again, 1)} at the re-estimated threshold."
    )


def _left_table(part: _Part, rules: Rules) -> Table:
    notes, ways = Footnotes(), ("fixed", "re-estimated") if part.fixed else ("re-estimated",)
    shares = part.shares[1:]
    columns = [Column("Aligner"), Column(part.units.capitalize()), Column("none rejected, %")]
    columns += [
        Column(way if part.fixed else percent(share), _rejected(part, share))
        for share in shares
        for way in ways
    ]
    halves = [
        100 * (row["change_high"] - row["change_low"]) / 2
        for one in part.aligners
        for key, row in one.rows.items()
        if key[2] == "signal"
    ]
    places = decimals_for(halves, most=2)
    body = []
    for one in part.aligners:
        start = one.error(ways[0], 0.0)
        failed = (f"{count(start['failed'])} failed",) if start["failed"] else ()
        cells = [Cell(count(start["n"]), failed)]
        cells.append(Cell(number(100 * start["value"], places), mark=notes.mark(start["note"])))
        cells += [_left(one.error(way, share), places, notes) for share in shares for way in ways]
        body.append(Row(one.name, tuple(cells)))
    body += [
        Row(name, (Cell(MISSING),) * (len(columns) - 1), mark=notes.mark("gives no quality"))
        for name in part.without
    ]
    threshold = (
        "at the threshold that has this FAR on all trials (fixed) and on what is left "
        "(re-estimated)"
        if part.fixed
        else "of what is left, which has a threshold of its own at each step"
    )
    caption = (
        f"{part.metric or 'Errors'} on {part.where}, in %, {threshold}, with shares of the "
        f"{part.units} rejected by quality; below it the change against random rejection with its "
        f"{rules.interval}. Marked: better or worse than chance, each by itself."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _rejected(part: _Part, share: float) -> str:
    return f"{percent(share)} rejected" if part.fixed else "rejected"


def _left(row: _Record, places: int, notes: Footnotes) -> Cell:
    change, low, high = (100 * row[key] for key in ("change", "change_low", "change_high"))
    details = [signed(change, places)] if defined(change) else []
    details += [span(low, high, places, sign=True)] if defined(low, high) else []
    tone = "better" if high < 0 else "worse" if low > 0 else ""
    value = number(100 * row["value"], places)
    return Cell(value, tuple(details), notes.mark(row["note"]), tone)


def _area_table(part: _Part, rules: Rules) -> Table:
    notes = Footnotes()
    rows = [row for one in part.aligners for order in _ERROR_HEADS if (row := one.area(order))]
    halves = [100 * (row["change_high"] - row["change_low"]) / 2 for row in rows]
    places = decimals_for([half for half in halves if half > 0], most=2)
    columns = [
        Column("Aligner"),
        *map(Column, _ERROR_HEADS.values()),
        Column("of the oracle's gain"),
    ]
    body = []
    for one in part.aligners:
        found = {order: one.area(order) for order in _ERROR_HEADS}
        cells = [
            Cell(MISSING, mark=notes.mark("the true points are not known"))
            if row is None
            else Cell(number(100 * row["value"], places))
            if order in ("random", "oracle")
            else _left(row, places, notes)
            for order, row in found.items()
        ]
        body.append(Row(one.name, (*cells, Cell(_gain(found["signal"], found["oracle"])))))
    caption = (
        f"Mean {part.metric} on {part.where}, in %, over the shares up to {percent(part.limit)} of "
        f"the {part.units} rejected, at the fixed threshold (the partial area under the "
        f"error-versus-discard curve, over the limit), and its change against random rejection "
        f"with its {rules.interval}; last, what quality gains of what the oracle gains."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _gain(own: _Record | None, oracle: _Record | None) -> str:
    if own is None or oracle is None or not oracle["change"] < 0:
        return MISSING
    return percent(own["change"] / oracle["change"], 0)


def _plate(part: _Part, looks: Mapping[str, Look]) -> Plate:
    curves, spans = {}, {}
    for one in part.aligners:
        start = one.error("fixed", 0.0)["value"]
        grid = next(iter(one.curves.values())).shares
        level = {"random": Edc(grid, np.full(len(grid), start))}
        curves[one.name] = {"signal": one.curves["signal"], **level} | dict(one.curves)
        rows = [one.error("fixed", share) for share in part.shares[1:]]
        spans[one.name] = [
            (row["share"], row["value"], start + row["change_low"], start + row["change_high"])
            for row in rows
        ]
    display = RejectionDisplay(curves, spans, part.units, part.metric, part.limit, looks)
    return Plate(
        slug("rejections", part.dataset, part.pipeline),
        f"{part.metric} left by rejecting {part.units} on {part.where}",
        "At the threshold of all trials, one panel an aligner, all on one scale. A quality that "
        "helps falls from chance (dashed) towards the oracle (dotted); bars are intervals of the "
        "difference to chance. By the true landmark error: gray, full. Shaded: the shares that the "
        "mean is over.",
        f"{part.metric} against the share of {part.units} rejected, for "
        f"{listing(one.name for one in part.aligners)} on {part.where}; the table has the numbers.",
        display.figure,
    )
