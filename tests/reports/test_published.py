import math

import pytest

from reports.published import COLUMNS, published_rows, published_table


@pytest.fixture(scope="module")
def rows(asked):
    return published_rows(asked)


def test_each_figure_stands_beside_the_studys_own_of_the_same_metric_and_group(rows, asked):
    errors = asked.landmark_errors.query("metric == 'NME' and normaliser == 'ion'")
    whole = errors[errors["group"] == "all"].set_index("aligner")["value"]
    assert tuple(rows.columns) == COLUMNS
    assert rows["ours"].iloc[0] == whole["yunet"]
    assert rows["ours"].iloc[2] == 2 * 0.064
    assert rows["name"].tolist() == ["Ours", "absent", "dlib68", "box"]


def test_what_the_study_lacks_is_a_dash_that_says_why(rows, asked):
    assert math.isnan(rows["ours"].iloc[1])
    table = published_table(rows)
    notes = dict(table.footnotes)
    last = [row.cells[-1] for row in table.rows]
    assert [cell.text for cell in last[1::2]] == ["–", "–"]
    assert notes[last[1].mark] == "the study has no errors of an aligner 'absent'"
    assert "no face has such points" in notes[last[3].mark]


def test_both_are_printed_in_the_same_unit_and_no_difference_is(rows):
    table = published_table(rows)
    lines = [
        [cell.line.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells] for row in table.rows
    ]
    assert lines[0][2] == "2.10 % (± 0.40 %)"
    assert lines[1][2] == "3.15 % (3.00 % to 4.00 %)"
    assert lines[2][-1] == "12.80 % (60 faces; 3 missed)"
    assert lines[2][3].startswith("drawn on LD (over all points")
    assert len(table.columns) == 7
    assert "no difference is computed" in table.caption


def test_a_study_without_published_figures_has_no_table(result):
    assert published_rows(result).empty
    assert published_table(published_rows(result)) is None
