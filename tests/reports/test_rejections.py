"""The golden file is what `text` gave when it was last read: read the diff, then replace it."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rejected import NAMES
from rejected import result as rejected_result

from align_eval.store import load_result, save_result
from reports.csv_tables import render
from reports.document import document
from reports.figures.style import looks
from reports.html import page
from reports.markdown import text
from reports.rejections import rejection_plates, rejection_tables, rejection_verdicts
from reports.verdict import Rules

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
FRAMES = ("rejections", "rejection_curves")
RULES = Rules("", 0.95)


@pytest.fixture(scope="module")
def rejected():
    return rejected_result()


@pytest.fixture(scope="module")
def tables(rejected):
    return rejection_tables(rejected, RULES)


def plain(words):
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_the_section_is_golden(rejected):
    sections = re.split(r"^(?=##+ )", text(document(rejected)), flags=re.MULTILINE)
    (chosen,) = (one for one in sections if one.startswith("## What rejecting by quality"))
    assert chosen == (GOLDEN / "rejections.md").read_text(encoding="utf-8")


def test_a_quality_that_knows_is_said_to_help_and_a_guess_is_not(rejected):
    knows, guesses = rejection_verdicts(rejected, RULES)
    area = rejected.rejections.query("aligner == 'knows' and quantity == 'area'")
    change = area.set_index("order")["change"]["signal"]
    assert knows.kind == "better"
    assert (
        f"helps: the mean FRR@FAR=1e-1 at the fixed threshold changes by −{-100 * change:.1f}"
        in (plain(knows.sentence))
    )
    assert guesses.kind == "level"
    assert "does not help beyond chance" in guesses.sentence
    assert "With 20 % rejected it is" in plain(guesses.sentence)


def test_a_quality_that_is_upside_down_does_harm_and_one_without_intervals_is_not_judged(rejected):
    own = rejected.rejections
    flipped = own.assign(change=-own["change"], change_low=0.01, change_high=0.3)
    said = rejection_verdicts(replace(rejected, rejections=flipped), RULES)[0]
    assert said.kind == "worse"
    assert "does harm" in said.sentence
    cell = rejection_tables(replace(rejected, rejections=flipped), RULES)[0].rows[0].cells[2]
    assert cell.tone == "worse"
    bare = own.assign(change_low=np.nan, change_high=np.nan, note="no interval: 3 subjects")
    said = rejection_verdicts(replace(rejected, rejections=bare), RULES)[0]
    assert said.kind == "undefined"
    assert "cannot be told (no interval: 3 subjects)" in said.sentence


def test_each_share_has_both_ways_and_a_mute_model_says_why_it_has_none(tables):
    left, areas, equal = tables
    groups = [plain(name) for name, _ in left.groups if name]
    assert groups == ["10 % rejected", "20 % rejected", "40 % rejected"]
    assert [column.head for column in left.columns[3:5]] == ["fixed", "re-estimated"]
    assert [plain(column.head) for column in equal.columns[3:]] == ["10 %", "20 %", "40 %"]
    assert left.rows[0].cells[0].details == ("3 failed",)
    mute = left.rows[-1]
    assert {cell.text for cell in mute.cells} == {"–"}
    assert dict(left.footnotes)[mute.mark] == "gives no quality"
    assert [row.head for row in areas.rows] == list(NAMES[:2])


def test_areas_stand_between_chance_and_the_oracle_and_say_which_truth_is_missing(tables, rejected):
    knows, guesses = tables[1].rows
    own, random, _, oracle = (float(cell.text) for cell in knows.cells[:4])
    assert oracle < own < random
    assert knows.cells[0].tone == "better"
    gain = (random - own) / (random - oracle)
    assert float(plain(knows.cells[4].text)[:-2]) == pytest.approx(100 * gain, abs=2)
    assert guesses.cells[2].text == "–"
    assert dict(tables[1].footnotes)[guesses.cells[2].mark] == "the true points are not known"


def test_a_study_that_does_not_ask_has_nothing(result):
    assert rejection_tables(result, RULES) == []
    assert rejection_verdicts(result, RULES) == []
    assert rejection_plates(result, {}) == []
    assert "rejecting by quality" not in text(document(result))


def test_where_no_model_gives_a_quality_the_table_says_so(rejected):
    bare = replace(rejected, **{key: getattr(rejected, key).iloc[:0] for key in FRAMES})
    (table,) = rejection_tables(bare, RULES)
    assert [row.head for row in table.rows] == list(NAMES)
    assert [words for _, words in table.footnotes] == ["gives no quality"]
    assert rejection_plates(bare, {}) == []
    assert rejection_verdicts(bare, RULES) == []


def test_the_figure_shows_the_models_that_have_a_quality(rejected):
    (plate,) = rejection_plates(rejected, looks(NAMES))
    assert plate.name == "rejections_near--net"
    assert ">knows</text>" in plate.svg
    assert ">mute</text>" not in plate.svg
    for word in ("quality", "random", "landmark error", "oracle"):
        assert f">{word}</text>" in plate.svg
    assert "share of probes rejected" in plate.svg


def test_the_page_has_a_section_after_the_signals_and_no_markup_of_names(rejected):
    whole = page(document(rejected))
    assert '<section id="rejections"' in whole
    assert '<a href="#rejections">' in whole
    assert "<b>guesses" not in whole


def test_the_tables_are_written_with_every_digit(rejected, tmp_path):
    written = {path.name: path for path in render(rejected, tmp_path)}
    for name in FRAMES:
        own = getattr(rejected, name)
        numbers = own.select_dtypes(float).columns
        read = pd.read_csv(written[f"{name}.csv"])
        assert np.array_equal(read[numbers], own[numbers], equal_nan=True)


def test_they_survive_the_run_folder(rejected, tmp_path):
    save_result(tmp_path, rejected)
    read = load_result(tmp_path)
    for name in FRAMES:
        assert getattr(read, name).to_csv() == getattr(rejected, name).to_csv()
        assert getattr(read, name).dtypes.tolist() == getattr(rejected, name).dtypes.tolist()
