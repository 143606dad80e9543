"""The golden file is what `text` gave when it was last read: read the diff, then replace it."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from misaligned import NAMES
from misaligned import result as misaligned_result

from align_eval.store import load_result, save_result
from reports.csv_tables import render
from reports.document import document
from reports.html import page
from reports.markdown import text
from reports.misalignments import misalignment_plates, misalignment_tables, misalignment_verdicts
from reports.verdict import Rules

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
RULES = Rules("", 0.95)


@pytest.fixture(scope="module")
def misaligned():
    return misaligned_result()


@pytest.fixture(scope="module")
def frame(misaligned):
    return misaligned.misalignments


@pytest.fixture(scope="module")
def tables(frame):
    return misalignment_tables(frame, RULES)


def plain(words):
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_the_section_is_golden(misaligned):
    sections = re.split(r"^(?=##+ )", text(document(misaligned)), flags=re.MULTILINE)
    (chosen,) = (one for one in sections if one.startswith("## What kind of misalignment"))
    assert chosen == (GOLDEN / "misalignments.md").read_text(encoding="utf-8")


def test_the_sentence_says_what_moves_faces_most_and_what_is_bias(frame):
    (said,) = misalignment_verdicts(frame, RULES)
    assert said.aligner == "near"
    words = plain(said.sentence)
    assert re.search(r"shift y moves faces most with shifted \(\d\.\d+, ", words)
    assert re.search(r"scale moves faces most with grown \(", words)
    assert "More bias than scatter: the face lies too high with shifted (5.0 %)." in words
    assert "truth" not in words
    assert "nothing" not in words


def test_a_part_that_is_not_surely_the_largest_is_not_claimed(frame):
    level = frame.assign(largest=np.where(frame["part"].isin(["shift_x", "scale"]), 0.5, 0.0))
    (said,) = misalignment_verdicts(level, RULES)
    assert "moves faces most" not in said.sentence
    assert "which of shift x and scale does cannot be told with shifted, grown and" in said.sentence


def test_without_intervals_nothing_is_claimed(frame):
    bounds = [name for name in frame.columns if name.endswith(("_low", "_high"))]
    few = frame.assign(**dict.fromkeys([*bounds, "largest"], np.nan))
    (said,) = misalignment_verdicts(few, RULES)
    assert "moves faces most" not in said.sentence
    assert "without intervals, the largest part is that of shifted (shift y, 5.0)" in said.sentence
    assert "bias" not in said.sentence
    assert all(not cell.details for cell in misalignment_tables(few, RULES)[0].rows[1].cells)


def test_a_bias_within_its_interval_is_not_named(frame):
    unsure = frame.assign(bias_low=-1.0, bias_high=1.0)
    assert "bias" not in misalignment_verdicts(unsure, RULES)[0].sentence


def test_every_aligner_has_its_row_and_who_is_exact_or_blind_says_so(tables):
    split, biases = tables
    assert [row.head for row in split.rows] == list(NAMES)
    notes = dict(split.footnotes)
    exact, *_, blind = split.rows
    assert notes[exact.mark] == "its points are the truth"
    assert notes[blind.mark] == "no face could be aligned"
    assert {cell.text for cell in exact.cells[1:]} == {"–"}
    assert {cell.text for cell in blind.cells[1:]} == {"–"}
    assert blind.cells[0].details == ("60 missed",)
    assert [row.head for row in biases.rows] == list(NAMES[1:4])


def test_shares_are_per_cent_and_add_up_and_columns_keep_their_heads(tables, frame):
    split = tables[0]
    assert split.groups[-1] == ("Share of the error's energy, %", 5)
    assert {len(row.cells) + 1 for row in split.rows} == {len(split.columns)}
    for row in split.rows[1:4]:
        assert sum(float(cell.text) for cell in row.cells[-5:]) == pytest.approx(100, abs=2)
    grown = frame[(frame["aligner"] == "grown") & (frame["part"] == "scale")].iloc[0]
    assert split.rows[2].cells[-2].text == f"{100 * grown['share']:.0f}"


def test_rotation_is_in_degrees_and_lengths_in_per_cent(tables, frame):
    shifted = frame[frame["aligner"] == "shifted"].set_index("part")
    (row, *_) = tables[1].rows
    turned, down = float(row.cells[5].text), float(row.cells[3].text)
    assert [plain(c.group) for c in tables[1].columns[1::2]] == [
        "Shift x, %",
        "Shift y, %",
        "Rotation, °",
        "Scale, %",
    ]
    assert turned == pytest.approx(np.degrees(shifted.loc["rotation", "spread"]), abs=0.005)
    assert down == pytest.approx(100 * shifted.loc["shift_y", "spread"], abs=0.005)


def test_the_figure_shows_who_has_errors(frame):
    (plate,) = misalignment_plates(frame)
    assert plate.name == "misalignments_near"
    assert ">shifted</text>" in plate.svg
    assert ">truth</text>" not in plate.svg
    assert "shifted, grown and <b>loose|*" in plate.alt


def test_a_result_without_them_has_no_section(result, misaligned):
    assert misalignment_tables(result.misalignments, RULES) == []
    assert "What kind of misalignment" not in text(document(result))
    only = misaligned.misalignments.query("aligner == 'truth'")
    exact = document(replace(misaligned, misalignments=only))
    assert exact.misaligned == exact.misalignment_plates == ()
    assert len(exact.misalignments) == 1


def test_the_page_has_the_section_and_no_markup_of_names(misaligned):
    whole = page(document(misaligned))
    assert '<section id="misalignments"' in whole
    assert '<a href="#misalignments">' in whole
    assert "<b>loose" not in whole


def test_the_table_is_written_with_every_digit(misaligned, tmp_path):
    import pandas as pd

    written = {path.name: path for path in render(misaligned, tmp_path)}
    read = pd.read_csv(written["misalignments.csv"])
    own = misaligned.misalignments
    numbers = own.select_dtypes(float).columns
    assert len(numbers) > 15
    assert np.array_equal(read[numbers], own[numbers], equal_nan=True)


def test_it_survives_the_run_folder(misaligned, tmp_path):
    save_result(tmp_path, misaligned)
    read = load_result(tmp_path).misalignments
    assert read.to_csv() == misaligned.misalignments.to_csv()
    assert read.dtypes.tolist() == misaligned.misalignments.dtypes.tolist()
