"""The tables of a report, as values: HTML and Markdown print the same ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from reports.formatting import MISSING, count, decimals_for, defined, number, p_value, signed, span
from reports.measures import ERROR_GROUPS, Measure, measure
from reports.verdict import Rules, compare


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    Parameters
    ----------
    text : str
        The value.
    details : tuple of str
        Smaller lines below it: an interval, a p.
    mark : str
        A footnote's mark.
    tone : str
        ``"better"``, ``"worse"`` or "", as `reports.verdict.compare` judges a difference.
    """

    text: str
    details: tuple[str, ...] = ()
    mark: str = ""
    tone: str = ""

    @property
    def line(self) -> str:
        """The cell in one line.

        >>> Cell("−1.4", ("−2.3 to −0.6", "p = .006"), "a").line
        '−1.4 (−2.3 to −0.6; p = .006) [a]'
        """
        details = f" ({'; '.join(self.details)})" if self.details else ""
        return f"{self.text}{details}{f' [{self.mark}]' if self.mark else ''}"


class Column(NamedTuple):
    """A column's head; columns side by side with the same `group` stand under one head."""

    head: str
    group: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """A row: head, a cell for each further column, a note (``baseline``) and a footnote's mark."""

    head: str
    cells: tuple[Cell, ...]
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and footnotes.

    Parameters
    ----------
    caption : str
        What it shows and in which units.
    columns : tuple of Column
        The first is the head of the rows' heads.
    rows : tuple of Row
        In order.
    footnotes : tuple of (mark, text)
        In the order of their marks.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[tuple[str, str], ...] = ()

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The upper heads with the columns that each spans; [] if there are none."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and column.group and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans if any(name for name, _ in spans) else []


@dataclass
class Footnotes:
    """Marks for notes, a, b, c, …; the same text has the same mark."""

    marks: dict[str, str] = field(default_factory=dict)

    def mark(self, text: object) -> str:
        """The mark of a text, "" for none."""
        if not isinstance(text, str) or not text:
            return ""
        return self.marks.setdefault(text, _letters(len(self.marks)))

    def all(self) -> tuple[tuple[str, str], ...]:
        """Every (mark, text)."""
        return tuple((mark, text) for text, mark in self.marks.items())


def _letters(index: int) -> str:
    """The mark number `index`: a, b, …, z, aa, ab and so on."""
    head = _letters(index // 26 - 1) if index >= 26 else ""
    return head + "abcdefghijklmnopqrstuvwxyz"[index % 26]


def results_table(rows: pd.DataFrame, rules: Rules, caption: str) -> Table:
    """Aligners against metrics: value and paired difference with their intervals.

    Parameters
    ----------
    rows : DataFrame
        One table of `align_eval.result.Result.rows`: one data set, pipeline and policy.
    rules : Rules
        Baseline and confidence.
    caption : str
        What it shows.
    """
    notes = Footnotes()
    metrics = [measure(name) for name in dict.fromkeys(rows["metric"])]
    compared = set(rows.loc[rows["delta"].notna() & (rows["aligner"] != rules.baseline), "metric"])
    columns = [Column("Aligner"), Column("Not acquired")]
    for what in metrics:
        group = f"{what.name}, {what.unit}" if what.unit else what.name
        columns.append(Column("value", group))
        if what.name in compared:
            columns.append(Column(f"Δ {what.gap_unit}".rstrip(), group))
    decimals = {what.name: _decimals(rows, what) for what in metrics}
    body = []
    for aligner in dict.fromkeys(rows["aligner"]):
        own = rows[rows["aligner"] == aligner]
        records = {row["metric"]: row for row in own.to_dict(orient="records")}
        cells = [_acquired(own.iloc[0])]
        for what in metrics:
            pair = _pair(records.get(what.name), what, decimals[what.name], rules, notes)
            cells += pair if what.name in compared else pair[:1]
        note = "baseline" if aligner == rules.baseline else ""
        body.append(Row(aligner, tuple(cells), note))
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _acquired(row: "pd.Series[Any]") -> Cell:
    return Cell(count(row["fta"]), (f"of {count(row['n_faces'])}",))


def _decimals(rows: pd.DataFrame, what: Measure) -> int:
    own = rows[rows["metric"] == what.name]
    widths = (own["high"] - own["low"]).abs() * what.scale / 2
    return decimals_for(widths.tolist(), least=1 if what.rate else 2)


def _pair(
    row: Mapping[str, Any] | None,
    what: Measure,
    decimals: int,
    rules: Rules,
    notes: Footnotes,
) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    value, low, high = (what.scale * row[key] for key in ("value", "low", "high"))
    bounds = (span(low, high, decimals),) if defined(low, high) else ()
    first = Cell(number(value, decimals), bounds, notes.mark(row["note"]))
    if row["aligner"] == rules.baseline:
        return [first, Cell(MISSING)]
    return [first, _difference(row, what, decimals, rules)]


def _difference(row: Mapping[str, Any], what: Measure, decimals: int, rules: Rules) -> Cell:
    delta, low, high = (what.scale * row[key] for key in ("delta", "delta_low", "delta_high"))
    if not defined(delta):
        return Cell(MISSING)
    details = [span(low, high, decimals, sign=True)] if defined(low, high) else ["no interval"]
    if defined(row["p_holm"]):
        details.append(p_value(row["p_holm"]))
    elif defined(row["p"]):
        details.append(f"{p_value(row['p'])} (unadjusted)")
    kind = compare(row, rules).kind
    tone = kind if kind in ("better", "worse") else ""
    return Cell(signed(delta, decimals), tuple(details), tone=tone)


def error_tables(errors: pd.DataFrame) -> list[Table]:
    """Landmark errors: for each data set and normaliser all metrics, then NME by point group."""
    tables = []
    errors = errors.reset_index(drop=True)
    for (dataset, normaliser), rows in errors.groupby(["dataset", "normaliser"], sort=False):
        where = f"{dataset}, in % of {normaliser}"
        for group, points in ERROR_GROUPS.items():
            own = rows[rows["group"] == group]
            if len(own):
                caption = f"Landmark errors on {where}, {points}."
                tables.append(_error_table(own, "metric", caption))
        grouped = rows[rows["metric"] == "NME"]
        if len(set(grouped["group"])) > 1:
            caption = f"NME by point group on {where}."
            tables.append(_error_table(grouped, "group", caption))
    return tables


def _error_table(rows: pd.DataFrame, across: str, caption: str) -> Table:
    notes = Footnotes()
    said = {i: _parts(note) for i, note in rows["note"].items()}
    everywhere = _shared(said.values())
    if everywhere:
        caption += f" Normaliser: {'; '.join(everywhere)}."
    heads = list(dict.fromkeys(rows[across]))
    of_row = {name: _shared(said[i] for i in own.index) for name, own in rows.groupby("aligner")}
    of_rows = [part for parts in of_row.values() for part in parts]
    of_column = {
        head: _without(_shared(said[i] for i in rows.index[rows[across] == head]), of_rows)
        for head in heads
    }
    columns = [Column("Aligner"), Column("Faces"), Column("Missed")]
    for head in heads:
        unit = measure(head).unit if across == "metric" else ""
        mark = notes.mark("; ".join(of_column[head]))
        columns.append(Column(f"{head}, {unit}" if unit else head, mark=mark))
    body = []
    for aligner, own in rows.groupby("aligner", sort=False):
        mark = notes.mark("; ".join(_without(of_row[aligner], everywhere)))
        cells = [Cell(count(own[key].iloc[0])) for key in ("n_faces", "missed")]
        for head in heads:
            at = own[own[across] == head].head(1)
            words = [
                part
                for i in at.index
                for part in _without(said[i], of_row[aligner], of_column[head])
            ]
            cells.append(_error_cell(at, notes.mark("; ".join(words))))
        body.append(Row(str(aligner), tuple(cells), mark=mark))
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _parts(note: object) -> list[str]:
    return note.split("; ") if isinstance(note, str) and note else []


def _shared(notes: Iterable[list[str]]) -> list[str]:
    """The parts that every note has, in order."""
    first, *others = list(notes) or [[]]
    return [part for part in first if all(part in other for other in others)]


def _without(parts: Iterable[str], *others: list[str]) -> list[str]:
    return [part for part in parts if not any(part in other for other in others)]


def _error_cell(rows: pd.DataFrame, mark: str) -> Cell:
    """The value of one row, or a dash for none."""
    if rows.empty:
        return Cell(MISSING)
    what = measure(rows["metric"].iloc[0])
    value = what.scale * float(rows["value"].iloc[0])
    return Cell(number(value, 2 if what.rate else 4), (), mark)


def plain_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of ready texts; the first column heads the rows.

    >>> plain_table("c", ["what", "value"], [["a", "1"]]).rows[0].cells[0].text
    '1'
    """
    body = tuple(Row(first, tuple(Cell(text) for text in rest)) for first, *rest in rows)
    return Table(caption, tuple(Column(head) for head in heads), body)
