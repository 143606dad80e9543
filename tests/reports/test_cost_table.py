import math
from dataclasses import replace

import costed as made
import pandas as pd
import pytest

from reports.cost_table import cost_table, published_lines
from reports.costs import costs


@pytest.fixture(scope="module")
def table(costed):
    return cost_table(costs(costed)[0])


def row_of(table, name):
    return next(row for row in table.rows if row.head == name)


def cell(table, aligner, dataset, head):
    place = [(c.group, c.head) for c in table.columns].index((dataset, head))
    return row_of(table, aligner).cells[place - 1]


def test_data_sets_stand_side_by_side_and_every_row_has_all_their_cells(table):
    assert table.groups == [("", 1), ("thermal", 4), ("visible", 3)]
    assert {len(row.cells) for row in table.rows} == {7}


def test_failures_have_a_column_only_where_there_are_any(table):
    heads = [(c.group, c.head) for c in table.columns]
    assert ("thermal", "Not acquired") in heads
    assert ("visible", "Not acquired") not in heads
    assert cell(table, "dlib68", "thermal", "Not acquired").line == "14 (of 240)"
    assert cell(table, "dan", "thermal", "Not acquired").line == "0"


def test_the_baseline_has_its_own_values_and_says_of_what(table, costed):
    own = cell(table, "ground_truth", "thermal", "ΔEER, points")
    value = costed.rows.query(
        "dataset == 'thermal' and pipeline == 'dpm_pls' and aligner == 'ground_truth' "
        "and metric == 'EER'"
    )["value"].item()
    assert own.text == f"EER {100 * value:.1f}\N{NO-BREAK SPACE}%"
    assert " to " in own.details[0]
    assert row_of(table, "ground_truth").note == "baseline"


def test_a_cost_has_its_interval_below_and_a_colour_where_it_is_decided(table):
    worse = cell(table, "dlib68", "thermal", "ΔEER, points")
    assert worse.text.startswith("+")
    assert (worse.tone, len(worse.details)) == ("worse", 1)
    assert cell(table, "dlib68", "thermal", "ΔTAR@FAR=1e-2, points").text.startswith("−")
    assert cell(table, "dlib68", "visible", "ΔEER, points").tone == ""


def test_a_difference_that_holm_does_not_keep_says_so_below(table):
    unsure = cell(table, "jitter2", "thermal", "ΔTAR@FAR=1e-2, points")
    assert unsure.tone == ""
    assert dict(table.footnotes)[unsure.mark].startswith("The interval leaves 0 out, but p after")


def test_landmark_errors_are_in_per_cent_and_explained(table):
    (mark,) = {c.mark for c in table.columns if c.head == "Landmark error, %"}
    assert "outer eye corners" in dict(table.footnotes)[mark]
    assert cell(table, "mtcnn", "visible", "Landmark error, %").text == "2.7"


def test_the_truth_moved_says_by_how_much(table):
    moved = row_of(table, "jitter5")
    assert moved.note == "truth moved, σ\N{NO-BREAK SPACE}5\N{NO-BREAK SPACE}%"
    assert "moved at random" in dict(table.footnotes)[moved.mark]


def test_without_landmark_errors_there_is_no_column_for_them(costed):
    bare = replace(costed, landmark_errors=costed.landmark_errors.iloc[:0])
    heads = [c.head for c in cost_table(costs(bare)[0]).columns]
    assert "Landmark error, %" not in heads


def test_what_is_not_defined_is_a_dash_with_its_reason(costed):
    rows = costed.rows.copy()
    gone = (rows["aligner"] == "dan") & (rows["metric"] == "EER") & (rows["dataset"] == "visible")
    rows.loc[gone, ["value", "delta", "delta_low", "delta_high"]] = math.nan
    rows.loc[gone, "note"] = "every face was missed"
    absent = (rows["aligner"] == "mtcnn") & (rows["dataset"] == "visible")
    table = cost_table(costs(replace(costed, rows=rows[~absent]))[0])
    lost = cell(table, "dan", "visible", "ΔEER, points")
    assert (lost.text, dict(table.footnotes)[lost.mark]) == ("–", "every face was missed")
    assert cell(table, "mtcnn", "visible", "ΔEER, points").line == "–"


def test_a_baseline_without_a_value_says_why(costed):
    rows = costed.rows.copy()
    rows.loc[rows["metric"] == "EER", ["value", "delta"]] = math.nan
    rows.loc[rows["dataset"] == "visible", "value"] = 0.5
    rows["note"] = "too few"
    table = cost_table(costs(replace(costed, rows=rows))[0])
    own = cell(table, "ground_truth", "thermal", "ΔEER, points")
    assert (own.text, dict(table.footnotes)[own.mark]) == ("–", "too few")


def test_where_there_are_several_policies_the_one_that_counts_is_named(costed):
    both = pd.concat([costed.rows, costed.rows.assign(policy="exclude")])
    caption = cost_table(costs(replace(costed, rows=both))[0]).caption
    assert caption.startswith("What each aligner costs, verified by dpm_pls, policy reject. ")


def test_only_costs_of_the_same_pipeline_are_published_below():
    study = made.study(published=made.PUBLISHED)
    (line,) = published_lines(study, "dpm_pls")
    assert "ΔEER +8.2" in line
    assert line.endswith("DAN against ground truth (Poster et al., 2019).")
    assert published_lines(study, "dpm_cosine") == ()


def test_one_figure_beside_several_data_sets_is_one_line():
    twice = [{**made.PUBLISHED[1], "dataset": name} for name in ("thermal", "visible")]
    assert len(published_lines({"published": twice}, made.PUBLISHED[1]["pipeline"])) == 1


@pytest.mark.parametrize("metric", ["EER", "NME", "ΔAUC", "nonsense"])
def test_figures_of_other_kinds_are_no_costs(metric):
    given = {**made.PUBLISHED[1], "metric": metric}
    assert published_lines({"published": [given]}, "dpm_pls") == ()


def test_a_figure_without_a_pipeline_is_left_to_its_own_section():
    given = {key: value for key, value in made.PUBLISHED[1].items() if key != "pipeline"}
    assert published_lines({"published": [given]}, "dpm_pls") == ()
    assert published_lines({}, "dpm_pls") == ()
