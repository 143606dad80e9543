"""The table of what each aligner costs, and what others published on it in a line each."""

from collections.abc import Mapping
from typing import Any

from align_eval.errors import AlignEvalError
from align_eval.quantity import parse_quantity
from reports.costs import Costs, Record
from reports.formatting import (
    MISSING,
    NBSP,
    count,
    defined,
    number,
    percent,
    signed,
    span,
)
from reports.measures import ERROR_GROUPS, Measure, measure
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import compare

_LENGTHS = {
    "ion": "the distance between the outer eye corners",
    "ipn": "the distance between the eye centres",
    "box": "√(width · height) of the box",
    "diagonal": "the diagonal of the box",
}
_ERROR = "Landmark error, %"
_MOVED = "For scale: the truth's points moved at random, σ in % of the distance of the eye centres."


def cost_table(one: Costs) -> Table:
    """One row for each aligner, and side by side for each data set what it costs there."""
    notes = Footnotes()
    columns, of_dataset = [Column("Aligner")], {}
    for dataset in one.datasets:
        heads = _heads(one, dataset)
        marks = {_ERROR: notes.mark(_errors_are(one))} if _ERROR in heads else {}
        columns += [Column(head, dataset, marks.get(head, "")) for head in heads]
        of_dataset[dataset] = _Columns(one, dataset, notes)
    body = []
    for aligner in one.aligners:
        mark = notes.mark(_MOVED if aligner in one.perturbed else "")
        cells = [cell for own in of_dataset.values() for cell in own.cells(aligner)]
        body.append(Row(aligner, tuple(cells), _note(one, aligner), mark))
    return Table(_caption(one), tuple(columns), tuple(body), notes.all())


def _heads(one: Costs, dataset: str) -> list[str]:
    heads = [_ERROR] if _has_errors(one, dataset) else []
    for what in one.metrics:
        heads.append(f"Δ{what.name}, {what.gap_unit}" if what.gap_unit else f"Δ{what.name}")
    return [*heads, "Not acquired"] if _lost(one, dataset) else heads


def _has_errors(one: Costs, dataset: str) -> bool:
    return any(defined(one.error(dataset, aligner)) for aligner in one.aligners)


def _lost(one: Costs, dataset: str) -> bool:
    return any(row["fta"] > 0 for (where, _, _), row in one.rows.items() if where == dataset)


def _note(one: Costs, aligner: str) -> str:
    if aligner == one.rules.baseline:
        return "baseline"
    if aligner in one.perturbed:
        return f"truth moved, σ{NBSP}{percent(one.perturbed[aligner])}"
    return ""


def _errors_are(one: Costs) -> str:
    known = [row for row in one.errors.values() if defined(row["value"])]
    length = _LENGTHS.get(str(known[0]["normaliser"]), str(known[0]["normaliser"]))
    groups = dict.fromkeys(ERROR_GROUPS[str(row["group"])] for row in known)
    return f"Mean distance to the marked points (NME) in % of {length}, {' or '.join(groups)}."


class _Columns:
    """The cells of one data set."""

    def __init__(self, one: Costs, dataset: str, notes: Footnotes) -> None:
        self.one, self.dataset, self.notes = one, dataset, notes
        self.decimals = {what.name: one.decimals(dataset, what) for what in one.metrics}
        self.errors, self.lost = _has_errors(one, dataset), _lost(one, dataset)

    def cells(self, aligner: str) -> list[Cell]:
        """What stands in an aligner's row, in the order of `_heads`."""
        one = self.one
        found = []
        if self.errors:
            found.append(Cell(number(100 * one.error(self.dataset, aligner), 1)))
        for what in one.metrics:
            row = one.rows.get((self.dataset, aligner, what.name))
            if row is None:
                found.append(Cell(MISSING))
            elif aligner == one.rules.baseline:
                found.append(self._level(row, what))
            else:
                found.append(self._cost(row, what))
        if self.lost:
            found.append(self._acquired(aligner))
        return found

    def _level(self, row: Record, what: Measure) -> Cell:
        """The baseline's own value."""
        value, low, high = (what.scale * row[key] for key in ("value", "low", "high"))
        if not defined(value):
            return Cell(MISSING, (), self.notes.mark(row["note"] or "no reason recorded"))
        decimals = self.decimals[what.name]
        unit = f"\N{NO-BREAK SPACE}{what.unit}" if what.unit else ""
        bounds = (span(low, high, decimals),) if defined(low, high) else ("no interval",)
        return Cell(f"{_brief(what.name)} {number(value, decimals)}{unit}", bounds)

    def _cost(self, row: Record, what: Measure) -> Cell:
        """A difference with its interval; its mark says why it is no claim."""
        delta, low, high = (what.scale * row[key] for key in ("delta", "delta_low", "delta_high"))
        one = self.one
        kind = compare(row, one.rules).kind
        if not defined(delta):
            return Cell(MISSING, (), self.notes.mark(row["note"] or "no reason recorded"))
        decimals = self.decimals[what.name]
        bounds = span(low, high, decimals, sign=True) if defined(low, high) else "no interval"
        why = ""
        if kind == "unsure":
            why = f"The interval leaves 0 out, but p after Holm is not below {one.rules.alpha}."
        tone = kind if kind in ("better", "worse") else ""
        return Cell(signed(delta, decimals), (bounds,), self.notes.mark(why), tone)

    def _acquired(self, aligner: str) -> Cell:
        row = self.one.rows.get((self.dataset, aligner, self.one.metrics[0].name))
        if row is None:
            return Cell(MISSING)
        of = (f"of {count(row['n_faces'])}",) if row["fta"] else ()
        return Cell(count(row["fta"]), of)


def _brief(name: str) -> str:
    """``TAR`` for ``TAR@FAR=1e-2``: the column says at which."""
    return name.partition("@")[0]


def _caption(one: Costs) -> str:
    base, rules = one.rules.baseline, one.rules
    order = f" Least cost on {one.datasets[0]} first." if len(one.aligners) > 2 else ""
    under = f", policy {one.policy}" if one.policy else ""
    return (
        f"What each aligner costs, verified by {one.pipeline}{under}. Δ: aligner − {base}, above "
        f"its {rules.interval}; bold where p stays below {rules.alpha} after Holm. The row of "
        f"{base} has its own values.{order}"
    )


def published_lines(study: Mapping[str, Any], pipeline: str) -> tuple[str, ...]:
    r"""What others published on the cost of alignment with a pipeline, a line each.

    Parameters
    ----------
    study : mapping
        `align_eval.result.Result.study`; only its ``published`` is read.
    pipeline : str
        Figures of other pipelines, and of other metrics than ΔEER and ΔTAR, are left out.

    Examples
    --------
    >>> given = {"metric": "ΔEER", "value": 0.082, "pipeline": "dpm_pls", "source": "Poster 2019",
    ...          "name": "DAN against ground truth", "dataset": "thermal", "aligner": "dan"}
    >>> published_lines({"published": [given]}, "dpm_pls")[0].replace("\xa0", " ")
    'Published, on other data: ΔEER +8.2 points, DAN against ground truth (Poster 2019).'
    """
    lines = []
    for given in StudyWords(study).tables("published"):
        what = _cost_of(str(given.get("metric", "")))
        if what and given.get("pipeline") == pipeline:
            value = signed(what.scale * float(given["value"]), 1 if what.rate else 2)
            unit = f"\N{NO-BREAK SPACE}{what.gap_unit}" if what.gap_unit else ""
            who = given.get("name") or given.get("aligner", "")
            lines.append(
                f"Published, on other data: Δ{what.name} {value}{unit}, {who} ({given['source']})."
            )
    return tuple(dict.fromkeys(lines))  # one figure may stand beside several data sets


def _cost_of(name: str) -> Measure | None:
    """What ΔEER and ΔTAR are differences of; None for any other figure."""
    try:
        quantity = parse_quantity(name)
    except AlignEvalError:
        return None
    cost = quantity.gap and quantity.metric.startswith(("EER", "TAR@"))
    return measure(quantity.metric) if cost else None
