"""The golden file is what `text` gave when it was last read: read the diff, then replace it."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rated import SHARES
from rated import result as rated_result

from align_eval.store import load_result, save_result
from reports.csv_tables import render
from reports.document import document
from reports.figures.style import looks
from reports.html import page
from reports.markdown import text
from reports.signals import signal_plates, signal_tables

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
FRAMES = ("discards", "signals", "signal_bins")


@pytest.fixture(scope="module")
def rated():
    return rated_result()


@pytest.fixture(scope="module")
def tables(rated):
    return signal_tables(rated)


def test_time_and_signals_are_golden(rated):
    sections = re.split(r"^(?=##+ )", text(document(rated)), flags=re.MULTILINE)
    names = ("### Accuracy and time", "## What the models' own quality knows")
    chosen = "".join(section for section in sections if section.startswith(names))
    assert chosen == (GOLDEN / "signals.md").read_text(encoding="utf-8")


def test_every_share_has_its_three_orders_and_a_mute_model_says_so(tables):
    left, _ = tables
    groups = [name for name, span in left.groups if name]
    assert [name.replace("\N{NO-BREAK SPACE}", " ") for name in groups] == [
        "10 % discarded",
        "20 % discarded",
        "30 % discarded",
    ]
    assert {len(row.cells) + 1 for row in left.rows} == {3 + 3 * len(SHARES)}
    mute = left.rows[-1]
    assert mute.head == "mute"
    assert {cell.text for cell in mute.cells} == {"–"}
    assert dict(left.footnotes)[mute.mark] == "gives no quality"


def test_a_signal_that_knows_is_marked_better_than_chance_and_a_guess_is_not(tables):
    knows, guesses, _ = tables[0].rows
    assert [cell.tone for cell in knows.cells[2::3]] == ["better"] * 3
    assert not any(cell.tone for cell in guesses.cells)


def test_a_signal_that_is_upside_down_is_marked_worse(rated):
    flipped = rated.discards.assign(to_random_low=0.1, to_random_high=0.2)
    assert signal_tables(replace(rated, discards=flipped))[0].rows[0].cells[2].tone == "worse"


def test_correlations_have_their_interval_and_their_numbers(tables, rated):
    (knows, guesses) = tables[1].rows
    rho = rated.signals.query("aligner == 'knows' and level == 'point'")["rho"].item()
    assert knows.cells[0].text == f"{rho:.2f}"
    assert [cell.text for cell in knows.cells[1::2]] == ["2,720", "40"]
    low, high = guesses.cells[0].details[0].replace("−", "-").split(" to ")
    assert float(low) < 0 < float(high)


def test_a_constant_signal_is_a_dash_with_its_note(rated):
    level = rated.signals.assign(rho=np.nan, low=np.nan, high=np.nan, note="the same everywhere")
    table = signal_tables(replace(rated, signals=level))[1]
    cell = table.rows[0].cells[0]
    assert cell.text == "–"
    assert dict(table.footnotes)[cell.mark] == "the same everywhere"


def test_a_study_that_does_not_ask_has_nothing(result):
    assert signal_tables(result) == []
    assert signal_plates(result, {}) == []
    assert "quality knows" not in text(document(result))


def test_where_no_model_gives_a_quality_the_table_says_so(rated):
    bare = replace(rated, **{key: getattr(rated, key).iloc[:0] for key in FRAMES})
    (table,) = signal_tables(bare)
    assert [row.head for row in table.rows] == ["mute", "knows", "<b>guesses|*"]
    assert [words for _, words in table.footnotes] == ["gives no quality"]
    assert signal_plates(bare, {}) == []


def test_a_model_that_found_nobody_is_not_said_to_have_no_quality(rated):
    errors = rated.landmark_errors
    lost = errors.assign(missed=np.where(errors["aligner"] == "mute", 40, 0))
    table = signal_tables(replace(rated, landmark_errors=lost))[0]
    assert dict(table.footnotes)[table.rows[-1].mark] == "found no face"


def test_both_figures_show_the_models_that_have_a_quality(rated):
    plates = signal_plates(rated, looks(["knows", "<b>guesses|*", "mute"]))
    assert [plate.name for plate in plates] == ["discards_near", "signals_near"]
    for plate in plates:
        assert ">knows</text>" in plate.svg
        assert ">mute</text>" not in plate.svg
        assert "knows and <b>guesses|*" in plate.alt


def test_the_page_has_a_section_and_no_markup_of_names(rated):
    whole = page(document(rated))
    assert '<section id="signals"' in whole
    assert '<a href="#signals">' in whole
    assert "<b>guesses" not in whole


def test_the_tables_are_written_with_every_digit(rated, tmp_path):
    import pandas as pd

    written = {path.name: path for path in render(rated, tmp_path)}
    for name in FRAMES:
        read = pd.read_csv(written[f"{name}.csv"], keep_default_na=True)
        own = getattr(rated, name)
        numbers = own.select_dtypes(float).columns
        assert np.array_equal(read[numbers], own[numbers], equal_nan=True)


def test_they_survive_the_run_folder(rated, tmp_path):
    save_result(tmp_path, rated)
    read = load_result(tmp_path)
    for name in FRAMES:
        assert getattr(read, name).to_csv() == getattr(rated, name).to_csv()
        assert getattr(read, name).dtypes.tolist() == getattr(rated, name).dtypes.tolist()
