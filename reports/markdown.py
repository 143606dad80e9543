"""``report.md``: the same content as text and tables, for a repository or a terminal."""

import re
from collections.abc import Iterable
from pathlib import Path

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import NO_TEST, CostSection, Document, FailureList, document
from reports.estimators import ABOUT as ESTIMATORS
from reports.failure_policies import ABOUT as POLICIES
from reports.images import render_svg
from reports.metric_parts import ABOUT as METRIC_PARTS
from reports.misalignments import ABOUT as MISALIGNMENTS
from reports.plates import Plate
from reports.rejections import ABOUT as REJECTIONS
from reports.sensitivity_words import ABOUT as SENSITIVITY
from reports.signals import ABOUT
from reports.tables import Cell, Table
from reports.turned import ABOUT as TURNED
from reports.verdict import Verdict

MOST_FAILURES = 20


def render(result: Result, out: Path) -> list[Path]:
    """Write ``report.md`` and the ``figures/*.svg`` that it links below `out`."""
    written = render_svg(result, out)
    return [write_bytes(out / "report.md", text(document(result)).encode()), *written]


def text(content: Document) -> str:
    """The whole report as Markdown."""
    blocks = [f"# {escaped(content.title)}"]
    blocks += [escaped(part) for part in (content.question, content.description) if part]
    blocks += ["## The answer", *_answers(content.answers)]
    blocks += [block for part in content.costs[:1] for block in _numbers(part)]
    if content.sensitivity:
        blocks += ["## What moved landmarks cost", SENSITIVITY]
        blocks += [*map(_figure, content.sensitivity_plates), *map(table, content.sensitivity)]
    if content.claims:
        lines = [f"- {escaped(f'{one.sentence}. Compared: {one.rule}.')}" for one in content.claims]
        blocks += ["## Claims", escaped(content.about_claims), "\n".join(lines)]
    blocks += ["## What was compared", table(content.datasets)]
    blocks += [_terms([*content.compared, *content.rules])]
    if content.measures:
        lines = [f"- {escaped(m.name)}: {escaped(m.definition)}." for m in content.measures]
        blocks += ["### Metrics", "\n".join(lines)]
    blocks += _results(content)
    blocks += _explained(content)
    if content.errors:
        blocks += ["## Landmark errors", NO_TEST, *map(table, content.errors)]
        blocks += [_figure(plate) for plate in content.error_plates]
    if content.parts or content.part_notes:
        blocks += ["### Errors by part", *map(escaped, content.part_notes)]
        blocks += [*map(table, content.parts), *map(_figure, content.part_plates)]
    if content.speed and content.errors:
        blocks += ["### Accuracy and time", *map(_figure, content.speed_plates)]
        blocks += [table(content.speed)]
    if content.misalignments:
        blocks += ["## What kind of misalignment", MISALIGNMENTS]
        blocks += _answers([("", content.misaligned)]) if content.misaligned else []
        blocks += [*map(_figure, content.misalignment_plates), *map(table, content.misalignments)]
    if content.signals:
        blocks += ["## What the models' own quality knows", ABOUT, *map(table, content.signals)]
        blocks += [_figure(plate) for plate in content.signal_plates]
    if content.rejections:
        blocks += ["## What rejecting by quality is worth", REJECTIONS]
        blocks += _answers([("", content.rejected)]) if content.rejected else []
        blocks += [*map(_figure, content.rejection_plates), *map(table, content.rejections)]
    if content.published:
        blocks += ["## Published figures", table(content.published)]
    if content.point_plates:
        blocks += ["## Points on faces", *map(_figure, content.point_plates)]
    if content.strip_plates:
        blocks += ["## The same faces, aligned by each", *map(_figure, content.strip_plates)]
    blocks += ["## Failures to acquire"]
    blocks += [escaped(POLICIES), *map(table, content.policies)] if content.policies else []
    blocks += _failures(content.failures)
    blocks += _provenance(content)
    return "\n\n".join(blocks) + "\n"


def _results(content: Document) -> list[str]:
    if not content.sections:
        return []
    blocks = ["## Results", "Rates in per cent, differences in percentage points."]
    for part in content.costs[1:]:
        blocks += _answers([(part.heading, part.verdicts)])
        blocks += _numbers(part)
    if content.ablation:
        blocks += ["### The pipelines compared", *map(table, content.ablation)]
    if content.estimators:
        blocks += ["### Ways of alignment compared", ESTIMATORS]
        blocks += _answers([("", content.fitted)])
        blocks += [*map(_figure, content.estimator_plates), *map(table, content.estimators)]
    if content.folds:
        blocks += ["### Over the folds", *map(table, content.folds)]
    for section in content.sections:
        if content.costs:
            blocks += _answers([(section.heading, section.verdicts)])
        blocks += [table(section.table), *map(_figure, section.plates)]
    return blocks


def _explained(content: Document) -> list[str]:
    """On which probes the aligners differ: by parts, and trial by trial."""
    blocks: list[str] = []
    if content.metric_parts or content.metric_part_notes:
        blocks += ["## Cost by part of the probes", METRIC_PARTS]
        blocks += map(escaped, content.metric_part_notes)
        blocks += [*map(table, content.metric_parts), *map(_figure, content.metric_part_plates)]
    if content.turned:
        blocks += ["## Trials won and lost", TURNED, *map(table, content.turned)]
    return blocks


def _provenance(content: Document) -> list[str]:
    blocks = [] if content.times is None else [table(content.times)]
    blocks += [table(content.speed)] if content.speed and not content.errors else []
    for heading, pairs in (("", content.provenance), ("### Every stage", content.stages)):
        lines = [f"- {escaped(key)}: {escaped(value)}" for key, value in pairs]
        blocks += [text for text in (heading, "\n".join(lines)) if lines and text]
    return ["## Provenance", *blocks] if blocks else []


def _numbers(part: CostSection) -> list[str]:
    return [table(part.table), *map(escaped, part.published), *map(_figure, part.plates)]


def escaped(words: str) -> str:
    r"""Text in which nothing is markup: neither Markdown nor HTML, and on one line.

    >>> escaped("<b>*a*|b\nc</b>")
    '&lt;b&gt;\\*a\\*\\|b c&lt;/b&gt;'
    """
    words = " ".join(words.splitlines()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]|#$~])", r"\\\1", words.replace(">", "&gt;"))


def table(shown: Table) -> str:
    """A table in GitHub's dialect, with its caption above and its footnotes below."""
    heads = [
        escaped(
            f"{column.group} {column.head}".strip() + (f" [{column.mark}]" if column.mark else "")
        )
        for column in shown.columns
    ]
    rule = ["---", *("---:" for _ in heads[1:])]
    lines = [_line(heads), _line(rule)]
    for row in shown.rows:
        note, mark = row.note and f" ({row.note})", row.mark and f" [{row.mark}]"
        head = escaped(f"{row.head}{note}{mark}")
        lines.append(_line([head, *map(_cell, row.cells)]))
    notes = [f"\\[{mark}\\] {escaped(words)}" for mark, words in shown.footnotes]
    return "\n\n".join([f"**{escaped(shown.caption)}**", "\n".join(lines), *notes])


def _cell(cell: Cell) -> str:
    """A cell in a line; what a page colours is bold here."""
    text = escaped(cell.line)
    if not cell.tone:
        return text
    value = escaped(cell.text)
    return f"**{value}**{text.removeprefix(value)}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _answers(answers: Iterable[tuple[str, tuple[Verdict, ...]]]) -> list[str]:
    blocks = []
    for heading, verdicts in answers:
        if heading:
            blocks.append(f"### {escaped(heading)}")
        blocks.append("\n".join(f"- {escaped(said.sentence)}" for said in verdicts))
    return blocks


def _terms(terms: Iterable[tuple[str, list[str]]]) -> str:
    return "\n".join(
        f"- {term}: {escaped(lines[0])}"
        if len(lines) == 1
        else "\n".join([f"- {term}:", *(f"  - {escaped(line)}" for line in lines)])
        for term, lines in terms
    )


def _figure(plate: Plate) -> str:
    image = f"![{escaped(plate.alt)}](figures/{plate.name}.svg)"
    return f"{image}\n\n*{escaped(plate.title)}.* {escaped(plate.caption)}"


def _failures(lists: Iterable[FailureList]) -> list[str]:
    blocks = []
    for failures in lists:
        blocks.append(f"### {escaped(failures.heading)}")
        lines = [
            f"- {escaped(f'{face} ({subject})' if subject else face)}: {escaped(reason)}"
            for face, subject, reason in failures.faces[:MOST_FAILURES]
        ]
        left = len(failures.faces) - len(lines)
        if left:
            lines.append(f"- and {left} more, see tables/failures.csv")
        blocks.append("\n".join(lines))
    return blocks or ["None: every aligner found every face."]
