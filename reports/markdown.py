"""``report.md``: the same content as text and tables, for a repository or a terminal."""

import re
from collections.abc import Iterable
from pathlib import Path

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import CLAIMS, NO_TEST, Document, FailureList, document
from reports.images import render_svg
from reports.plates import Plate
from reports.tables import Table
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
    if content.claims:
        lines = [f"- {escaped(f'{one.sentence}. Compared: {one.rule}.')}" for one in content.claims]
        blocks += ["## Claims", CLAIMS, "\n".join(lines)]
    blocks += ["## What was compared", table(content.datasets)]
    blocks += [_terms([*content.compared, *content.rules])]
    if content.measures:
        lines = [f"- {escaped(m.name)}: {escaped(m.definition)}." for m in content.measures]
        blocks += ["### Metrics", "\n".join(lines)]
    if content.sections:
        blocks += ["## Results", "Rates in per cent, differences in percentage points."]
    for section in content.sections:
        blocks += [table(section.table), *map(_figure, section.plates)]
    if content.errors:
        blocks += ["## Landmark errors", NO_TEST, *map(table, content.errors)]
        blocks += [_figure(plate) for plate in content.error_plates]
    if content.parts or content.part_notes:
        blocks += ["### Errors by part", *map(escaped, content.part_notes)]
        blocks += [*map(table, content.parts), *map(_figure, content.part_plates)]
    if content.published:
        blocks += ["## Published figures", table(content.published)]
    if content.point_plates:
        blocks += ["## Points on faces", *map(_figure, content.point_plates)]
    if content.strip_plates:
        blocks += ["## The same faces, aligned by each", *map(_figure, content.strip_plates)]
    blocks += ["## Failures to acquire", *_failures(content.failures)]
    if content.provenance:
        lines = [f"- {escaped(key)}: {escaped(value)}" for key, value in content.provenance]
        blocks += ["## Provenance", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


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
        lines.append(_line([head, *(escaped(cell.line) for cell in row.cells)]))
    notes = [f"\\[{mark}\\] {escaped(words)}" for mark, words in shown.footnotes]
    return "\n\n".join([f"**{escaped(shown.caption)}**", "\n".join(lines), *notes])


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
