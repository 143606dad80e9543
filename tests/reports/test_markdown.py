"""The golden file is what `text` gave when it was last read: read the diff, then replace it."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.document import document
from reports.markdown import escaped, render, table, text

COSTED = (
    "## The answer",
    "## What was compared",
    "### What each aligner costs",
    "### The pipelines compared",
    "### Over the folds",
    "## The same faces",
    "## Provenance",
)
GOLDEN = Path(__file__).parents[1] / "golden" / "reports"


@pytest.fixture(scope="module")
def markdown(result):
    return text(document(result))


def test_the_report_is_the_golden_one(markdown):
    assert markdown == (GOLDEN / "report.md").read_text(encoding="utf-8")


def test_what_alignment_costs_is_golden_too(costed):
    sections = re.split(r"^(?=##+ )", text(document(costed)), flags=re.MULTILINE)
    chosen = "".join(section for section in sections if section.startswith(COSTED))
    assert chosen == (GOLDEN / "costed.md").read_text(encoding="utf-8")


def test_claims_parts_and_published_figures_are_golden_too(asked):
    sections = re.split(r"^(?=##+ )", text(document(asked)), flags=re.MULTILINE)
    names = ("## Claims", "### Errors by part", "## Published figures")
    chosen = "".join(section for section in sections if section.startswith(names))
    assert chosen == (GOLDEN / "asked.md").read_text(encoding="utf-8")


def test_points_on_faces_are_golden_too(pictured):
    sections = re.split(r"^(?=##+ )", text(document(pictured)), flags=re.MULTILINE)
    (chosen,) = (section for section in sections if section.startswith("## Points on faces"))
    assert chosen == (GOLDEN / "points.md").read_text(encoding="utf-8")


def test_a_difference_that_is_decided_is_bold_and_no_other_cell(costed):
    lines = table(document(costed).costs[0].table).splitlines()
    bold = {line.split(" ")[1] for line in lines if line.startswith("|") and "**" in line}
    assert bold == {"dan", "mtcnn", "dlib68", "jitter5"}
    (dan,) = (line for line in lines if line.startswith("| dan"))
    assert re.findall(r"\*\*(.*?)\*\*", dan) == ["+1.3", "−5.7"]


def test_every_linked_figure_is_written(result, tmp_path):
    written = render(result, tmp_path)
    links = re.findall(r"\]\(([^)]+\.svg)\)", (tmp_path / "report.md").read_text("utf-8"))
    assert links
    assert {tmp_path / link for link in links} == set(written[1:])
    assert all(path.is_file() for path in written)


def test_long_lists_of_failures_are_cut_with_their_rest_counted(result, monkeypatch):
    monkeypatch.setattr("reports.markdown.MOST_FAILURES", 4)
    assert "- and 5 more, see tables/failures.csv" in text(document(result))


def test_names_that_are_markup_stay_text(hostile):
    whole = text(document(hostile))
    assert "<" not in whole
    assert ">" not in whole
    tables = re.findall(r"(?:^\|.*\n)+", whole, flags=re.MULTILINE)
    assert len(tables) == 8
    for shown in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in shown.splitlines()}) == 1


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab*_[]()`|#$~<>&\\\n! "), max_size=20))
def test_escaped_text_is_one_line_without_markup_that_reads_as_the_original(words):
    line = escaped(words)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_\[\]`|#$~<>]", line)
    assert html.unescape(re.sub(r"\\(.)", r"\1", line)) == " ".join(words.splitlines())
