"""The report on scores alone speaks of systems, and of what its files do not say."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scored import people, scores_of, trials_of

from align_eval.errors import UnknownNameError
from align_eval.score_study import verify_scores
from align_eval.score_tables import SystemScores, scores_of_sides
from align_eval.scores import Scores
from reports import CATALOG
from reports.verify import FORMATS, render
from reports.verify_content import score_report


def unknown(names=("one",), seed=0):
    rng = np.random.default_rng(seed)
    first = scores_of_sides(rng.normal(2, 1, 300), rng.normal(0, 1, 900))
    noise = [rng.normal(0, 0.8 * number, 1200) for number, _ in enumerate(names)]
    return [
        SystemScores(name, Scores(first.trials, first.values + more), False)
        for name, more in zip(names, noise, strict=True)
    ]


def known(names=("one", "two"), failures=0.0):
    trials = trials_of(people(9))
    return [
        SystemScores(name, scores_of(trials, seed=k, failures=failures * k), True)
        for k, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Two systems of unknown subjects, in most formats."""
    out = tmp_path_factory.mktemp("verify")
    found = verify_scores(unknown(("one", "two")), resamples=60)
    return out, render(found, ["html", "md", "csv", "svg", "latex"], out)


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figures_are_written_as_other_reports_have_them(tmp_path, form, start):
    found = verify_scores(unknown(), resamples=5)
    content = score_report(found)
    (first, *_) = content.sections
    few = replace(content, sections=(replace(first, plates=first.plates[:1]),))
    (path,) = FORMATS[form](found, few, tmp_path)
    assert path == tmp_path / f"figures/roc_trials--scores.{form}"
    assert path.read_bytes().startswith(start)
    assert set(FORMATS) == set(CATALOG)


def test_every_format_is_written_once(drawn):
    out, written = drawn
    assert len(set(written)) == len(written)
    assert all(path.stat().st_size for path in written)
    names = {path.relative_to(out).as_posix() for path in written}
    figures = ("differences_trials", "roc_trials--scores", "det_trials--scores")
    assert {f"figures/{name}.{kind}" for name in figures for kind in ("svg",)} < names
    assert {"report.html", "report.md", "tables/results.csv", "tables/thresholds.csv"} < names
    assert {"tables/roc_trials--one.csv", "tables/results-1.tex"} < names


def test_nothing_speaks_of_aligners_or_landmarks(drawn):
    out, _ = drawn
    page = (out / "report.html").read_text()
    seen = re.sub(r"<script.*?</script>|<style.*?</style>|<head>.*?</head>", "", page, flags=re.S)
    for text in (seen, (out / "report.md").read_text()):
        words = re.sub(r"align-eval|packages\.\S+", "", text)
        assert not re.search(r"aligner|landmark|\bface\b", words, flags=re.IGNORECASE)


def test_the_page_says_what_intervals_of_unknown_subjects_are(drawn):
    page = (drawn[0] / "report.html").read_text()
    assert "Whose trials these are is not known" in page
    assert "trials drawn one by one" in page
    assert "bootstrap over subjects" not in page


def test_the_page_says_whose_trials_are_drawn_where_subjects_are_known():
    content = score_report(verify_scores(known(), resamples=30))
    intervals = " ".join(dict(content.rules)["Intervals"])
    assert "bootstrap over subjects" in intervals
    assert "one by one" not in intervals
    assert content.datasets.rows[0].cells[0].text == "9"
    ((_, said),) = content.answers
    assert "not known" not in said[0].also


def test_one_system_is_described_and_has_no_differences():
    content = score_report(verify_scores(unknown(), resamples=30))
    ((_, (said,)),) = content.answers
    assert said.kind == "described"
    assert re.search(r"EER .* \(95\s%\sinterval", said.sentence)
    assert "baseline" not in dict(content.rules)
    table = content.sections[0].table
    assert [column.head for column in table.columns[:2]] == ["System", "Without a score"]
    assert not any(column.head.startswith("Δ") for column in table.columns)
    assert all(len(row.cells) == len(table.columns) - 1 for row in table.rows)
    assert [plate.title for plate in content.plates] == ["ROC", "DET", "Scores"]


def test_others_are_set_against_the_first():
    content = score_report(verify_scores(unknown(("one", "two")), resamples=200))
    ((_, said),) = content.answers
    assert [one.kind for one in said] == ["baseline", "worse"]
    assert dict(content.rules)["Baseline"] == ["one"]
    heads = [column.head for column in content.sections[0].table.columns]
    assert any(head.startswith("Δ") for head in heads)


def test_trials_without_a_score_are_listed_by_side():
    content = score_report(verify_scores(known(failures=0.2), resamples=20))
    none, some = content.failures
    assert (none.heading, none.faces) == ("one: no trials without a score", ())
    assert some.heading == "two: trials without a score"
    assert [kind for kind, _, _ in some.faces] == ["genuine trials", "impostor trials"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'html'"):
        render(verify_scores(unknown(), resamples=5), ["htm"], tmp_path)
