"""Ways of fitting landmarks to a template beside each other: a full cross with the landmarks.

Pipelines that differ in estimator, minimised error or template alone are one pipeline behind
several alignments, and so are aligners that differ in how they are fitted: the study's own names
for them do not matter. Every alignment is set against the first one in the study's order, with the
same landmarks, on the same resamples of subjects.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pandas as pd

from align_eval.estimators import Estimator
from align_eval.resample import compare as compared
from align_eval.result import Key, Result
from reports.costs import cost_metrics
from reports.figures.estimators import CrossDisplay, Square
from reports.formatting import NBSP, decimals_for, defined, listing, number, plural, signed, slug
from reports.formatting import span as spanned
from reports.measures import Measure, measure
from reports.plates import Plate
from reports.study_words import StudyWords, plain
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import Rules, Verdict, compare

ABOUT = (
    "The same landmarks through the same pipeline, fitted to the template in several ways; each is "
    "set against the first. Gallery and training faces are fitted in the same way as the probes "
    "where a way belongs to a pipeline."
)
COLUMNS = (
    "dataset",
    "pipeline",
    "landmarks",
    "alignment",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "p",
    "p_holm",
    "note",
)
_FIT = ("estimator", "minimise")
_memo: WeakKeyDictionary[Result, pd.DataFrame] = WeakKeyDictionary()


class _Way(NamedTuple):
    """How landmarks are fitted: an estimator, whose error is minimised, and to which template."""

    estimator: str
    minimise: str
    template: str


def estimator_rows(result: Result) -> pd.DataFrame:
    """Every alignment against the first one, by data set, pipeline and landmarks.

    ``p_holm`` is adjusted over the alignments of one data set, pipeline, landmarks and metric. The
    metrics are those that costs are told in, the policy is the study's first.

    Returns
    -------
    DataFrame
        `COLUMNS`, all fractions; ``pipeline`` and ``landmarks`` are the names of the first of
        those that differ in their alignment alone. No rows where nothing differs so.
    """
    if result not in _memo:
        _memo[result] = _rows(result)
    return _memo[result]


def _rows(result: Result) -> pd.DataFrame:
    frames = []
    words, study = StudyWords(result.study), result.study
    for (dataset, pipeline, landmarks), keys in _crosses(result).items():
        own = {name: result.scores[key] for name, key in keys.items()}
        frame = compared(
            own,
            next(iter(own)),
            cost_metrics(result.rows),
            policy=next(iter(study.get("policies", ())), "reject"),
            resamples=int(study.get("resamples", 1000)),
            confidence=words.confidence,
            seed=int(study.get("seed", 0)),
        )
        place = {"dataset": dataset, "pipeline": pipeline, "landmarks": landmarks}
        frames.append(frame.rename(columns={"aligner": "alignment"}).assign(**place))
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def _crosses(result: Result) -> dict[tuple[str, str, str], dict[str, Key]]:
    """(data set, pipeline, landmarks) → alignment → whose scores; only those with several."""
    words = StudyWords(result.study)
    pipelines = {str(table.get("name", "")): table for table in words.tables("pipelines")}
    aligners = {str(table.get("name", "")): table for table in words.tables("aligners")}
    study = _Way(words.text("estimator") or "similarity", words.text("minimise") or "target", "")
    found: dict[tuple[str, str, str], dict[_Way, Key]] = {}
    named: dict[str, str] = {}
    for pipeline, behind in pipelines.items():
        for aligner, table in aligners.items():
            bases = (
                named.setdefault(f"p{_made_of(behind, *_FIT, 'template')}", pipeline),
                named.setdefault(f"a{_made_of(table, *_FIT)}", aligner),
            )
            way = _way(_way(study, behind), table)
            for key in result.scores:
                if (key.pipeline, key.aligner) == (pipeline, aligner):
                    found.setdefault((key.dataset, *bases), {}).setdefault(way, key)
    several = {place: ways for place, ways in found.items() if len(ways) > 1}
    every = [way for ways in several.values() for way in ways]
    return {p: {_words(way, every): k for way, k in ways.items()} for p, ways in several.items()}


def _made_of(table: Mapping[str, Any], *without: str) -> str:
    kept = {key: value for key, value in table.items() if key not in ("name", *without)}
    return plain(dict(sorted({"model": table.get("name"), **kept}.items())))


def _way(before: _Way, table: Mapping[str, Any]) -> _Way:
    own = {key: str(table[key]) for key in _FIT if key in table}
    if "estimator" in own:
        own["estimator"] = str(Estimator.parse(own["estimator"]))
    template = table.get("template", before.template)
    name = template.get("name") if isinstance(template, Mapping) else None
    return before._replace(**own, template=str(name or plain(template)))


def _words(way: _Way, every: Sequence[_Way]) -> str:
    """A way by its estimator, and whatever else differs."""
    estimators = {one.estimator for one in every}
    words = [_spelled(way.estimator, estimators)] if len(estimators) > 1 else []
    if len({one.minimise for one in every}) > 1:
        words.append(f"in {'template' if way.minimise == 'target' else 'image'} pixels")
    if len({one.template for one in every}) > 1:
        words.append(way.template or "the pipeline's template")
    return ", ".join(words)


def _spelled(estimator: str, beside: Collection[str]) -> str:
    """With ``all`` where others see fewer points."""
    family, *rest = estimator.split(":")
    points = {Estimator.parse(one).points for one in beside}
    every = Estimator.parse(estimator).points == "all" and len(points) > 1
    return ":".join([family, *(["all"] if every else []), *rest])


@dataclass(frozen=True)
class _Cross:
    """Alignments down, landmarks across: one data set, pipeline and metric."""

    rows: pd.DataFrame
    what: Measure
    rules: Rules

    @property
    def alignments(self) -> list[str]:
        return list(dict.fromkeys(self.rows["alignment"]))

    @property
    def landmarks(self) -> list[str]:
        return list(dict.fromkeys(self.rows["landmarks"]))

    def record(self, alignment: str, landmarks: str) -> dict[str, Any] | None:
        own = self.rows
        own = own[(own["alignment"] == alignment) & (own["landmarks"] == landmarks)]
        records: list[dict[str, Any]] = own.to_dict(orient="records")  # type: ignore[assignment]
        return {**records[0], "aligner": alignment} if records else None

    @property
    def decimals(self) -> int:
        widths = self.what.scale * (self.rows["delta_high"] - self.rows["delta_low"]) / 2
        return decimals_for(widths.tolist(), least=1 if self.what.rate else 2, most=2)


def _each(rows: pd.DataFrame, confidence: float) -> list[tuple[str, str, list[_Cross]]]:
    """The crosses by data set and pipeline."""
    found = []
    for (dataset, pipeline), own in rows.groupby(["dataset", "pipeline"], sort=False):
        rules = Rules(str(own["alignment"].iloc[0]), confidence)
        crosses = [
            _Cross(part, measure(str(name)), rules)
            for name, part in own.groupby("metric", sort=False)
        ]
        found.append((str(dataset), str(pipeline), crosses))
    return found


def estimator_tables(rows: pd.DataFrame, confidence: float) -> list[Table]:
    """A table for each data set, pipeline and metric: alignments down, landmarks across."""
    return [
        _table(dataset, pipeline, cross)
        for dataset, pipeline, crosses in _each(rows, confidence)
        for cross in crosses
    ]


def _table(dataset: str, pipeline: str, cross: _Cross) -> Table:
    notes, what = Footnotes(), cross.what
    body = []
    for alignment in cross.alignments:
        records = [cross.record(alignment, name) for name in cross.landmarks]
        cells = tuple(_cell(record, cross, notes) for record in records)
        body.append(Row(alignment, cells, "reference" if alignment == cross.rules.baseline else ""))
    unit = f", {what.unit}" if what.unit else ""
    caption = (
        f"{what.name} on {dataset}, {pipeline}{unit}: the first row has the values, all others the "
        f"difference to it{f' in {what.gap_unit}' if what.gap_unit else ''}, each with its "
        f"{cross.rules.interval}."
    )
    columns = Column("Alignment"), *map(Column, cross.landmarks)
    return Table(caption, columns, tuple(body), notes.all())


def _cell(row: Mapping[str, Any] | None, cross: _Cross, notes: Footnotes) -> Cell:
    if row is None:
        return Cell("–")
    first = row["alignment"] == cross.rules.baseline
    keys = ("value", "low", "high") if first else ("delta", "delta_low", "delta_high")
    value, low, high = (cross.what.scale * row[key] for key in keys)
    if not defined(value):
        return Cell("–", (), notes.mark(row["note"] or "no reason recorded"))
    bounds = (spanned(low, high, cross.decimals, sign=not first),) if defined(low, high) else ()
    if first:
        return Cell(number(value, cross.decimals), bounds)
    kind = compare(row, cross.rules).kind
    unsure = "The interval leaves 0 out, but p after Holm over the alignments does not decide."
    mark = notes.mark(unsure if kind == "unsure" else "")
    return Cell(
        signed(value, cross.decimals), bounds, mark, kind if kind in ("better", "worse") else ""
    )


def estimator_plates(rows: pd.DataFrame, confidence: float) -> list[Plate]:
    """A figure for each data set and pipeline: a heat table a metric."""
    plates = []
    for dataset, pipeline, crosses in _each(rows, confidence):
        panels = [_display(cross) for cross in crosses]
        display = CrossDisplay(tuple(panels))
        first = crosses[0].rules.baseline
        plates.append(
            Plate(
                slug("estimators", dataset, pipeline),
                f"Ways of alignment on {dataset}",
                f"{dataset}, {pipeline}. First row: the value with {first}. Others: the difference "
                "to it with the same landmarks; orange is worse, green better, the stronger the "
                "farther. Bold: the interval leaves 0 out.",
                f"Heat table of {listing(crosses[0].alignments)} by landmarks of "
                f"{listing(crosses[0].landmarks)}; the tables have the numbers.",
                display.figure,
                display.width,
            )
        )
    return plates


def _display(cross: _Cross) -> tuple[Measure, dict[tuple[str, str], Square]]:
    squares = {}
    for alignment in cross.alignments:
        for name in cross.landmarks:
            row = cross.record(alignment, name)
            if row is None:
                continue
            first = alignment == cross.rules.baseline
            value = cross.what.scale * float(row["value" if first else "delta"])
            text = (number if first else signed)(value, 1 if cross.what.rate else 2)
            decided = compare(row, cross.rules).kind in ("better", "worse", "unsure")
            squares[alignment, name] = Square(text, 0.0 if first else value, decided, first)
    return cross.what, squares


def estimator_verdicts(rows: pd.DataFrame, confidence: float) -> list[Verdict]:
    """A sentence for each alignment: where it can be told apart from the first, and where not.

    It is about the first metric, over all data sets, pipelines and landmarks. Not safely told
    apart is what has an interval that leaves 0 out, and a p that does not decide after Holm.
    """
    if rows.empty:
        return []
    lead = rows[rows["metric"] == rows["metric"].iloc[0]]
    rules, what = Rules(str(lead["alignment"].iloc[0]), confidence), measure(lead["metric"].iloc[0])
    found = []
    for alignment in list(dict.fromkeys(lead["alignment"])):
        own = lead[(lead["alignment"] == alignment) & lead["delta"].notna()]
        if alignment != rules.baseline and len(own):
            records = [{**row, "aligner": alignment} for row in own.to_dict(orient="records")]
            found.append(_sentence(alignment, records, what, rules))
    return found


def _sentence(
    alignment: str, records: list[dict[Any, Any]], what: Measure, rules: Rules
) -> Verdict:
    kinds: dict[str, list[str]] = {}
    for row in records:
        gap = signed(what.scale * row["delta"], 1 if what.rate else 2)
        where = f"{row['landmarks']} on {row['dataset']} ({gap}{NBSP}{what.gap_unit})".rstrip()
        kinds.setdefault(compare(row, rules).kind, []).append(where)
    deltas = [what.scale * row["delta"] for row in records]
    ends = spanned(min(deltas), max(deltas), 1 if what.rate else 2, sign=True)
    said = {"better": "better with", "worse": "worse with", "unsure": "not safely told apart with"}
    parts = [f"{words} {listing(kinds[k])}" for k, words in said.items() if k in kinds]
    if len(records) > sum(len(kinds.get(k, ())) for k in said):
        parts.append(f"cannot be told apart {'otherwise' if parts else 'on these data'}")
    told = [k for k in said if k in kinds]
    kind = told[0] if len(told) == 1 else "described" if told else "level"
    return Verdict(
        kind,  # type: ignore[arg-type]
        alignment,
        f"against {rules.baseline} on {what.name}: {'; '.join(parts)}.",
        f"Differences in {plural(len(records), 'comparison')}: {ends} {what.gap_unit}".rstrip()
        + ".",
    )
