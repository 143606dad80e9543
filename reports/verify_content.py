"""What the report on scores alone says: the ordinary content, with systems in place of aligners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from align_eval.score_study import PIPELINE, Group, Verification, insufficient
from reports.document import Document, FailureList, Section, document
from reports.figures.style import Look
from reports.formatting import count, defined, listing, percent, plural, span
from reports.measures import measure
from reports.plates import Plate, forest_plate, score_plates
from reports.tables import Column, Table, plain_table, results_table
from reports.verdict import Rules, Verdict, verdicts

_DRAWN = (
    "trials drawn one by one, genuine and impostor trials apart: right where no two trials share a "
    "subject, else too short, and the files do not say whose trials they are"
)
_CLUSTERED = (
    "bootstrap over subjects: an impostor trial carries the weights of both of its subjects"
)


@dataclass(frozen=True)
class ScoreReport(Document):
    """A report on scores alone.

    Parameters
    ----------
    said : tuple of (heading, verdicts)
        Its answers.
    """

    said: tuple[tuple[str, tuple[Verdict, ...]], ...] = ()

    @property
    def answers(self) -> tuple[tuple[str, tuple[Verdict, ...]], ...]:
        """A sentence for each system, with a heading for each group if those are several."""
        return self.said


@dataclass(frozen=True)
class Unscored(FailureList):
    """Trials without a score of one system."""

    @property
    def heading(self) -> str:
        """Whose they are."""
        return f"{self.aligner}: {'' if self.faces else 'no '}trials without a score"


def score_report(found: Verification) -> ScoreReport:
    """The content of the report on some scores."""
    result = found.result
    bare = document(replace(result, scores={}))
    confidence = float(result.study["confidence"])
    several = len(found.groups) > 1
    made = replace(
        bare,
        title=str(result.study.get("title") or "Verification scores"),
        datasets=_trials(found.groups),
        compared=[("Systems", [one.name for group in found.groups for one in group.systems])],
        rules=_rules(found, confidence),
        costs=(),
        sections=tuple(_sections(found, bare.looks, confidence)),
        failures=tuple(_unscored(group, name) for group in found.groups for name in group.scores),
    )
    said = tuple(
        (
            _heading(group) if several else "",
            tuple(_said(group, _rows_of(found, group), confidence)),
        )
        for group in found.groups
    )
    return ScoreReport(
        **{part.name: getattr(made, part.name) for part in fields(Document)}, said=said
    )


def _heading(group: Group) -> str:
    return f"The trials of {listing(group.scores)}"


def _rows_of(found: Verification, group: Group) -> pd.DataFrame:
    rows = found.result.rows
    return rows[rows["dataset"] == group.name]


def _trials(groups: Sequence[Group]) -> Table:
    lines = []
    for group in groups:
        trials = group.systems[0].scores.trials
        known = count(trials.clusters[0]) if group.subjects_known else "not known"
        matched = "by what they compare" if group.by_name else "by their place in the files"
        alone = len(group.systems) == 1
        sizes = count(trials.n_genuine), count(trials.n_impostor)
        lines.append([listing(group.scores), known, *sizes, "one system" if alone else matched])
    heads = ["Systems", "Subjects", "Genuine trials", "Impostor trials", "Trials matched"]
    return plain_table("Trials.", heads, lines)


def _rules(found: Verification, confidence: float) -> list[tuple[str, list[str]]]:
    study, groups = found.result.study, found.groups
    lines = [
        f"{f'{_heading(group)}: ' if len(groups) > 1 else ''}{percent(confidence)}, "
        f"{_CLUSTERED if group.subjects_known else _DRAWN} "
        f"({plural(study['resamples'], 'resample')})"
        for group in groups
    ]
    compared = [group.baseline for group in groups if len(group.systems) > 1]
    rules = [("Baseline", compared)] if compared else []
    if compared:
        lines.append("differences are paired on the same resamples; p after Holm over the systems")
    direction = "distances, their signs changed" if study.get("distance") else "as they are"
    return [
        *rules,
        ("Scores", [f"{direction}: higher is more alike, accepted at the threshold and above"]),
        ("Without a score", ["a trial counts as rejected: it stays in both denominators"]),
        ("Intervals", lines),
        ("Seed", [str(study["seed"])]),
    ]


def _sections(found: Verification, looks: Mapping[str, Look], confidence: float) -> list[Section]:
    sections = []
    for group in found.groups:
        rows, rules = _rows_of(found, group), Rules(group.baseline, confidence)
        where = _heading(group)
        plates = forest_plate(rows, group.baseline, looks, [group.name])
        plates += score_plates(found.result, group.name, PIPELINE, looks)
        shown = tuple(_of_systems(plate, group, several=len(found.groups) > 1) for plate in plates)
        said = tuple(_said(group, rows, confidence))
        sections.append(Section(where, said, _table(group, rows, rules), shown))
        own = found.thresholds[found.thresholds["dataset"] == group.name]
        if len(own):
            sections.append(
                Section(f"Thresholds: {where[0].lower()}{where[1:]}", (), _places(own), ())
            )
    return sections


def _table(group: Group, rows: pd.DataFrame, rules: Rules) -> Table:
    first = rows.iloc[0]
    of = (
        f"of {plural(first['n_subjects'], 'subject')}"
        if group.subjects_known
        else ("of subjects that are not known")
    )
    delta = (
        f" Δ: system − {group.baseline}, paired; p after Holm." if len(group.systems) > 1 else ""
    )
    caption = (
        f"{count(first['n_genuine'])} genuine and {count(first['n_impostor'])} impostor trials "
        f"{of}. Value with its {rules.interval}.{delta}"
    )
    alone = len(group.systems) == 1
    made = results_table(rows, Rules("" if alone else rules.baseline, rules.confidence), caption)
    columns = (Column("System"), Column("Without a score"), *made.columns[2:])
    if not alone:
        return replace(made, columns=columns)
    values = [i for i, column in enumerate(columns) if not column.head.startswith("Δ")]
    body = tuple(
        replace(row, cells=tuple(row.cells[i - 1] for i in values[1:])) for row in made.rows
    )
    return replace(made, columns=tuple(columns[i] for i in values), rows=body)


def _places(own: pd.DataFrame) -> Table:
    lines = [
        [
            str(row["system"]),
            f"{row['far']:g}",
            "none accepted" if np.isinf(row["threshold"]) else f"{row['threshold']:.6g}",
            count(row["false_accepts"]),
            percent(row["achieved_far"]),
            percent(row["tar"], 2),
        ]
        for row in own.to_dict(orient="records")
    ]
    heads = ["System", "FAR at most", "Threshold", "False accepts", "FAR", "TAR"]
    caption = (
        "The lowest threshold at which a FAR is kept, on these trials. A threshold that is to be "
        "used wants trials of its own."
    )
    return plain_table(caption, heads, lines)


def _said(group: Group, rows: pd.DataFrame, confidence: float) -> list[Verdict]:
    """What the first system is, and what the others are beside it."""
    rules = Rules(group.baseline, confidence)
    known: dict[str, dict[str, Any]] = {}
    for row in rows.to_dict(orient="records"):
        known.setdefault(row["aligner"], {})[row["metric"]] = row
    first = Verdict(
        "baseline" if len(group.systems) > 1 else "described",
        group.baseline,
        _level(group, known[group.baseline], rules),
        _beside(group, known[group.baseline]),
    )
    if len(group.systems) == 1:
        return [first]
    known_rows = rows[~insufficient(rows)]
    return [first, *verdicts(known_rows if len(known_rows) else rows, rules)[1:]]


def _level(group: Group, own: Mapping[str, Any], rules: Rules) -> str:
    """``over … trials: EER 6.7 % (95 % interval …), …``; the TAR at the least FAR resolved."""
    wanted = [name for name in own if name == "EER"]
    tars = [name for name in own if name.startswith("TAR@FAR=")]
    wanted += [name for name in tars if not _is_short(own[name])][-1:]
    parts = []
    for name in wanted or list(own)[:1]:
        what, row = measure(name), own[name]
        if not defined(row["value"]):
            return f"has no {name} on these trials ({row['note']})."
        places = 2 if what.rate else 3
        low, high = what.scale * row["low"], what.scale * row["high"]
        bounds = (
            f"{rules.interval} {span(low, high, places)}" if defined(low, high) else ("no interval")
        )
        parts.append(f"{name} {what.printed(row['value'], places)} ({bounds})")
    trials = group.systems[0].scores.trials
    sizes = f"{count(trials.n_genuine)} genuine and {count(trials.n_impostor)} impostor trials"
    return f"over {sizes}: {', '.join(parts)}."


def _is_short(row: Mapping[str, Any]) -> bool:
    return bool(insufficient(pd.DataFrame([row])).iloc[0])


def _beside(group: Group, own: Mapping[str, Any]) -> str:
    """What a reader must know to judge it."""
    trials, said = group.systems[0].scores.trials, []
    short = [name for name, row in own.items() if _is_short(row)]
    if short:
        said.append(
            f"Insufficient impostors for {listing(short)}: {count(trials.n_impostor)} trials "
            f"resolve no FAR below {1 / trials.n_impostor:.2g}."
        )
    if not group.subjects_known:
        said.append(
            "Whose trials these are is not known: intervals draw them one by one, and are too "
            "short if subjects are in several of them."
        )
    failed = group.systems[0].scores.failed
    if failed.any():
        lost = plural(int(np.count_nonzero(failed)), "trial")
        said.append(f"{lost} without a score count as rejected.")
    return " ".join(said)


def _unscored(group: Group, name: str) -> Unscored:
    scores = group.scores[name]
    genuine, failed = scores.trials.genuine, scores.failed
    sides = (
        (f"{kind} trials", failed[side])
        for kind, side in (("genuine", genuine), ("impostor", ~genuine))
    )
    lines = [
        (kind, "", f"{count(own.sum())} of {count(len(own))} without a score")
        for kind, own in sides
    ]
    return Unscored(group.name, name, tuple(lines) if failed.any() else ())


def _of_systems(plate: Plate, group: Group, *, several: bool) -> Plate:
    """The figure of aligners as one of systems."""
    before = f"{_heading(group)}. " if several else ""
    caption = plate.caption
    for prefix in (f"{group.name}, {PIPELINE}. ", f"{group.name}. "):
        caption = caption.removeprefix(prefix)
    return replace(plate, caption=before + caption)
