"""``swap.html``: should one aligner be swapped for another? The answer, and what it rests on.

It is the report's page with another answer: a sentence for each candidate, made from the numbers,
and beside every difference what a face costs in milliseconds and how many are not acquired.

Two metrics may say that a swap pays, so that each has half the share of chance: their p, after Holm
over the candidates, are multiplied by the number of metrics that decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from align_eval.atomic import write_bytes
from align_eval.mcnemar import SIDES
from align_eval.result import Result
from reports.costs import Costs, Record, cost_metrics, costs
from reports.document import CostSection, Document, FailureList, document
from reports.formatting import (
    MISSING,
    NBSP,
    count,
    defined,
    listing,
    number,
    p_value,
    plural,
    signed,
    span,
)
from reports.html import page
from reports.measures import Measure
from reports.speed import speed_rows
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Table, plain_table, results_table
from reports.times import duration, stages
from reports.turned import BECAME, Gallery, gallery
from reports.verdict import Kind, Verdict, resolved

MOST_BYTES = 2_000_000
"""Of the page."""
NAMED = 2000
"""Failures to acquire that the page names, shared by the aligners."""
LISTED = 10
"""Changed pairs that the page names, of each aligner and outcome."""
_MARKUP = 100_000  # bytes round the pictures: the names of faces, and what became of them


def render(result: Result, out: Path) -> list[Path]:
    """Write ``swap.html`` below `out`; it stays below `MOST_BYTES`.

    Parameters
    ----------
    result : Result
        Of one data set and one pipeline; of more, the first are the answer.
    out : Path
        A folder.
    """
    content = swap_document(result)
    faces = content.turned_faces
    bare = page(replace(content, turned_faces=Gallery(())))
    room = min(faces.budget, MOST_BYTES - _MARKUP - len(bare.encode()))
    text = page(replace(content, turned_faces=replace(faces, budget=max(room, 0))))
    return [write_bytes(out / "swap.html", text.encode())]


def swap_document(result: Result) -> Document:
    """The report's content with the answer of a swap, without what a swap does not ask."""
    result = replace(result, rows=_adjusted(result.rows))
    content = document(result)
    compared = costs(result)[:1]
    return replace(
        content,
        costs=tuple(_section(result, one) for one in compared),
        turned=(*content.turned, *_changed(result)),
        turned_faces=gallery(result, SIDES),
        failures=_named(content.failures),
        strips=(),
        strip_plates=(),
        point_plates=(),
    )


def _adjusted(rows: pd.DataFrame) -> pd.DataFrame:
    """The same with the p of the metrics that decide multiplied by their number."""
    if rows.empty:
        return rows
    deciding = cost_metrics(rows)
    adjusted = (len(deciding) * rows["p_holm"]).clip(upper=1.0)
    return rows.assign(p_holm=adjusted.where(rows["metric"].isin(deciding), rows["p_holm"]))


def _section(result: Result, one: Costs) -> CostSection:
    speed = speed_rows(result)
    speed = speed[speed["dataset"] == one.datasets[0]]
    times = dict(zip(speed["aligner"], speed["ms"], strict=True))
    lines = (_rule(one), *_times_are(result, one, speed))
    return CostSection(
        one.pipeline, tuple(swap_verdicts(one, times)), _table(result, one, times), lines, ()
    )


def swap_verdicts(one: Costs, times: Mapping[str, float]) -> list[Verdict]:
    """A sentence for each candidate, the one that costs least first.

    Parameters
    ----------
    one : Costs
        Of the pipeline; its first data set is the answer. ``p_holm`` of its rows decides.
    times : mapping
        Aligner → ms a face, as far as they are known.
    """
    return [_Speaker(one, name, times).verdict() for name in one.models]


@dataclass(frozen=True)
class _Speaker:
    """Words on one candidate."""

    one: Costs
    name: str
    times: Mapping[str, float]

    def verdict(self) -> Verdict:
        """All that is said."""
        one, base = self.one, self.one.rules.baseline
        judged = {what.name: one.judged(one.datasets[0], self.name, what) for what in one.metrics}
        kinds = {name: verdict.kind if verdict else "undefined" for name, verdict in judged.items()}
        better, worse = ([n for n in kinds if kinds[n] == kind] for kind in ("better", "worse"))
        facts = "; ".join(map(self._difference, one.metrics))
        kind: Kind
        if better and worse:
            kind = "different"
            said = f"is a trade: better than {base} in {listing(better)}, worse in {listing(worse)}"
        elif better:
            kind, said = "better", f"pays: it is better than {base}"
        elif worse:
            kind, said = "worse", f"does not pay: it is worse than {base}"
        elif set(kinds.values()) == {"undefined"}:
            kind, said = "undefined", f"cannot be set against {base}"
        else:
            kind = "level"
            said = f"gives no reason to swap: {self._pairs()} cannot tell it from {base}"
        return Verdict(kind, self.name, f"{said} ({facts}).", " ".join(self._besides(kind)))

    def _row(self, name: str, what: Measure) -> Record | None:
        return self.one.rows.get((self.one.datasets[0], name, what.name))

    def _pairs(self) -> str:
        row = self._row(self.name, self.one.metrics[0]) or {}
        total = sum(row.get(key, float("nan")) for key in ("n_genuine", "n_impostor"))
        return f"these {plural(total, 'pair')}"

    def _difference(self, what: Measure) -> str:
        """``ΔEER +1.0 points, 95 % interval +0.1 to +1.9, p = .09``."""
        row = self._row(self.name, what)
        if row is None or not defined(row["delta"]):
            note = row["note"] if row is not None and isinstance(row["note"], str) else ""
            return f"Δ{what.name} is not defined{f': {note}' if note else ''}"
        decimals = self.one.decimals(self.one.datasets[0], what)
        delta, low, high = (what.scale * row[k] for k in ("delta", "delta_low", "delta_high"))
        unit = f"{NBSP}{what.gap_unit}" if what.gap_unit else ""
        bounds = "no interval"
        if defined(low, high):
            bounds = f"{self.one.rules.interval} {span(low, high, decimals, sign=True)}"
        p = f", {p_value(row['p_holm'])}" if defined(row["p_holm"]) else ""
        return f"Δ{what.name} {signed(delta, decimals)}{unit}, {bounds}{p}"

    def _besides(self, kind: Kind) -> Iterator[str]:
        """Its time and its failures, and what could have been seen where nothing was."""
        base = self.one.rules.baseline
        own, other = (self.times.get(name, float("nan")) for name in (self.name, base))
        if defined(own):
            instead = f" instead of {_ms(other)}" if defined(other) else ""
            yield f"It takes {_ms(own)}{NBSP}ms a face{instead}."
        row, there = (self._row(name, self.one.metrics[0]) for name in (self.name, base))
        if row and there:
            of = f"of {plural(row['n_faces'], 'face')}"
            instead = f"instead of {count(there['fta'])} {of}"
            yield (
                f"Not acquired: {count(row['fta'])} "
                f"{instead if row['fta'] != there['fta'] else f'{of}, as many as by {base}'}."
            )
        what = self.one.metrics[0]
        if kind == "level" and row:
            least = resolved([row], what, self.one.decimals(self.one.datasets[0], what))
            if least:
                words = least.removeprefix(": ")
                yield f"{words[0].upper()}{words[1:]} ({what.name})."


def _ms(value: float) -> str:
    return number(value, 0 if value >= 20 else 1 if value >= 1 else 2)


def _table(result: Result, one: Costs, times: Mapping[str, float]) -> Table:
    """The differences that decide, with time and failures beside them."""
    names = [what.name for what in one.metrics]
    rows = pd.DataFrame(
        [
            row
            for aligner in one.aligners
            for name in names
            if (row := one.rows.get((one.datasets[0], aligner, name))) is not None
        ]
    )
    base = one.rules.baseline
    caption = (
        f"{one.datasets[0]}, verified by {one.pipeline}: {_trials(rows)}. Value with its "
        f"{one.rules.interval}; Δ: aligner − {base}, paired, with its interval and p; bold where "
        f"it is told apart from {base}."
    )
    table = results_table(rows, one.rules, caption)
    if not times:
        return table
    head, *rest = table.columns
    body = []
    for line in table.rows:
        ms = times.get(line.head, float("nan"))
        cell = Cell(_ms(ms) if defined(ms) else MISSING)
        body.append(replace(line, cells=(cell, *line.cells)))
    return replace(table, columns=(head, Column("ms a face"), *rest), rows=tuple(body))


def _trials(rows: pd.DataFrame) -> str:
    most = rows[["n_genuine", "n_impostor", "n_subjects"]].max()
    return (
        f"{count(most['n_genuine'])} genuine and {count(most['n_impostor'])} impostor pairs of "
        f"{plural(most['n_subjects'], 'subject')}"
    )


def _rule(one: Costs) -> str:
    names = [what.name for what in one.metrics]
    several = len(names) > 1
    than = (
        f"{' or '.join(names)} is better and neither is worse"
        if several
        else (f"{names[0]} is better")
    )
    twice = f", times {len(names)}, since either may decide" if several else ""
    return (
        f"A swap pays where {than}: the {one.rules.interval} of the paired difference leaves 0 "
        f"out, and p stays below {one.rules.alpha}. p is after Holm over the candidates{twice}."
    )


def _times_are(result: Result, one: Costs, speed: pd.DataFrame) -> Iterator[str]:
    """What the times are, and what they leave out."""
    known = speed[speed["ms"].notna()]
    if known.empty:
        return
    threads = known["threads"].max()
    cores = "one core" if threads == 1 else f"up to {plural(threads, 'thread')}"
    said = (
        f"Time a face: by the clock, in the model alone, on {cores}, without reading the image; "
        "what else the machine did is in it."
    )
    table = next(iter(StudyWords(result.study).tables("boxes")), {})
    name = str(table.get("name", ""))
    note = stages(result.provenance).get(f"boxes/{one.datasets[0]}--{name}", {})
    seconds = note.get("seconds") if isinstance(note, Mapping) else None
    if isinstance(seconds, int | float):
        said += (
            f" A model that ignores boxes finds the face in that time; the others are given the "
            f"box of {name}, which took {duration(seconds)} for "
            f"{plural(known['faces'].max(), 'face')} with reading the images."
        )
    yield said


def _changed(result: Result) -> list[Table]:
    """The pairs whose verdict changed, by name."""
    lines = []
    keys = ["dataset", "pipeline", "aligner", "side", "outcome"]
    for names, own in result.turned.groupby(keys, sort=False):
        aligner, side, outcome = map(str, names[2:])
        for row in own.head(LISTED).to_dict(orient="records"):
            pair = f"{row['reference']} – {row['probe']}"
            scores = [_score(row[key]) for key in ("baseline_score", "score")]
            lines.append([aligner, pair, BECAME[side, outcome], *scores])
    if not lines:
        return []
    base = StudyWords(result.study).baseline
    caption = (
        f"Pairs whose verdict changed: of each aligner and outcome the {LISTED} that moved "
        "furthest. tables/turned.csv has more of them."
    )
    heads = ("Aligner", "Pair", "Became", f"Score, {base}", "Score, aligner")
    return [plain_table(caption, heads, lines)]


def _score(value: float) -> str:
    return number(value, 2 if defined(value) and abs(value) >= 1 else 3)


@dataclass(frozen=True)
class _Cut(FailureList):
    """A list of which the page names the first."""

    total: int = 0

    @property
    def heading(self) -> str:
        """Whose they are, how many, and how many of them are named."""
        whole = FailureList(self.dataset, self.aligner, (("", "", ""),) * self.total).heading
        return f"{whole}, the first {count(len(self.faces))} by name (tables/failures.csv has all)"


def _named(every: Sequence[FailureList]) -> tuple[FailureList, ...]:
    """The lists, each as long as its share of `NAMED`."""
    share = NAMED // max(len(every), 1)
    return tuple(
        one
        if len(one.faces) <= share
        else _Cut(one.dataset, one.aligner, one.faces[:share], len(one.faces))
        for one in every
    )
