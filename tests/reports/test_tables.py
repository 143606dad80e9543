import math

import pandas as pd
import pytest

from reports.tables import Table, error_tables, plain_table, results_table
from reports.verdict import Rules

RULES = Rules("yunet", 0.95)


@pytest.fixture(scope="module")
def rows(result):
    return result.rows[result.rows["pipeline"] == "dlib"]


@pytest.fixture(scope="module")
def table(rows):
    return results_table(rows, RULES, "caption")


def by_head(table: Table, row: str, group: str, head: str):
    place = [(c.group, c.head) for c in table.columns].index((group, head))
    (found,) = (r for r in table.rows if r.head == row)
    return found.cells[place - 1]


def test_every_row_has_a_cell_for_every_column(table, result):
    for shown in (table, *error_tables(result.landmark_errors)):
        assert {len(row.cells) + 1 for row in shown.rows} == {len(shown.columns)}
        assert sum(span for _, span in shown.groups) in (0, len(shown.columns))


def test_the_baseline_is_marked_and_has_no_difference(table):
    assert [row.note for row in table.rows] == ["baseline", "", "", ""]
    assert by_head(table, "yunet", "EER, %", "Δ points").text == "–"


def test_a_value_and_its_difference_carry_their_intervals(table, rows):
    cell = by_head(table, "dlib68", "TAR@FAR=1e-2, %", "Δ points")
    row = rows[(rows["aligner"] == "dlib68") & (rows["metric"] == "TAR@FAR=1e-2")].iloc[0]
    assert cell.text == f"−{100 * abs(row['delta']):.1f}"
    assert cell.details[1].startswith("p")
    assert cell.tone == "worse"
    value = by_head(table, "dlib68", "TAR@FAR=1e-2, %", "value")
    assert value.details == (f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",)


def test_a_difference_that_holm_does_not_keep_has_no_colour(table):
    assert by_head(table, "ghostone98", "TAR@FAR=1e-2, %", "Δ points").tone == ""


def test_what_is_not_defined_is_a_dash_with_its_reason_below(table):
    cell = by_head(table, "box", "TAR@FAR=1e-4, %", "value")
    assert cell.text == "–"
    assert dict(table.footnotes)[cell.mark].startswith("insufficient impostors")


def test_a_metric_without_differences_has_no_column_for_them(table, only_baseline):
    assert [c.head for c in table.columns if c.group.startswith("TAR@FAR=1e-4")] == ["value"]
    alone = results_table(only_baseline.rows, RULES, "caption")
    assert {column.head for column in alone.columns} == {"Aligner", "Not acquired", "value"}


def test_equal_notes_share_a_footnote(table):
    marks = [row.cells[-1].mark for row in table.rows]
    assert len(set(marks)) == 1
    assert len(table.footnotes) == 2


def test_failures_to_acquire_are_counted_beside_their_total(table):
    cell = {row.head: row.cells[0] for row in table.rows}["dlib68"]
    assert (cell.text, cell.details) == ("10", ("of 240",))


def test_a_difference_without_holm_shows_its_plain_p_as_such(rows):
    cell = by_head(
        results_table(rows.assign(p_holm=math.nan), RULES, ""), "box", "EER, %", "Δ points"
    )
    assert cell.details[1].endswith("(unadjusted)")


def test_a_difference_without_an_interval_admits_it(rows):
    bare = rows.assign(delta_low=math.nan, delta_high=math.nan)
    cell = by_head(results_table(bare, RULES, ""), "box", "EER, %", "Δ points")
    assert cell.details[0] == "no interval"
    assert cell.tone == ""


def test_an_aligner_without_a_metric_has_dashes(rows):
    gap = rows[~((rows["aligner"] == "box") & (rows["metric"] == "EER"))]
    assert by_head(results_table(gap, RULES, ""), "box", "EER, %", "value").text == "–"


def test_the_normaliser_is_named_once_and_the_rest_of_a_note_stays_with_its_cell(result):
    whole, groups = error_tables(result.landmark_errors)
    assert whole.caption.endswith("Normaliser: outer eye corners: five points 0, 1.")
    assert whole.footnotes == ()
    nose = {row.head: row.cells[4] for row in groups.rows}
    assert (nose["box"].text, nose["box"].mark) == ("–", "a")
    assert nose["dlib68"].mark == ""
    assert groups.footnotes == (("a", "no face has such points"),)


def test_a_note_that_a_whole_column_shares_marks_its_head(result):
    errors = result.landmark_errors.copy()
    nme = errors["metric"] == "NME"
    errors.loc[nme, "note"] += "; found faces only"
    whole = error_tables(errors)[0]
    assert {column.head: column.mark for column in whole.columns}["NME, %"] == "a"
    assert {cell.mark for row in whole.rows for cell in row.cells} == {""}


def test_a_note_that_a_whole_row_shares_marks_its_head(result):
    errors = result.landmark_errors.copy()
    errors.loc[errors["aligner"] == "box", "note"] += "; 5 shared points"
    only_box = errors[(errors["aligner"] == "box") & (errors["group"] == "mouth")]
    errors = pd.concat([errors, only_box.assign(group="jaw")])
    for table in error_tables(errors):
        assert {row.head for row in table.rows if row.mark} == {"box"}
        (mark,) = {row.mark for row in table.rows if row.mark}
        assert dict(table.footnotes)[mark] == "5 shared points"
        assert not [column for column in table.columns if column.mark]
        assert not [cell for row in table.rows[:3] for cell in row.cells if cell.mark]


def test_no_landmark_errors_make_no_tables(only_baseline):
    assert error_tables(only_baseline.landmark_errors) == []


def test_more_than_26_notes_still_have_marks_of_their_own(rows):
    many = pd.concat([rows.iloc[[0]].assign(metric=f"m{i}", note=f"n{i}") for i in range(60)])
    marks = [mark for mark, _ in results_table(many, RULES, "").footnotes]
    assert len(set(marks)) == 60
    assert marks[25:27] == ["z", "aa"]


def test_a_table_without_groups_has_one_line_of_heads():
    assert plain_table("c", ["a", "b"], [["x", "y"]]).groups == []
