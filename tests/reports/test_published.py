import math
from dataclasses import replace

import pandas as pd
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


COST = {
    "source": "Poster et al. 2019",
    "name": "DAN against ground truth",
    "dataset": "drawn",
    "pipeline": "dlib",
    "aligner": "dlib68",
    "metric": "delta EER",
    "value": 0.082,
}


@pytest.fixture(scope="module")
def verified(asked):
    """A published landmark error, a cost, a metric with an interval, and one that ours lacks."""
    metric = COST | {"metric": "TAR@FAR=0.01", "value": 0.9, "spread": 0.02}
    given = [*asked.study["published"][:1], COST | {"spread": 0.01}, metric]
    given.append(COST | {"aligner": "absent", "low": 0.05, "high": 0.09})
    return replace(asked, study={**asked.study, "published": given})


def test_a_verification_figure_stands_beside_the_row_of_the_first_policy(verified):
    rows = published_rows(verified)
    own = verified.rows.query("pipeline == 'dlib' and aligner == 'dlib68'").set_index("metric")
    cost, metric = own.loc["EER"], own.loc["TAR@FAR=1e-2"]
    columns = ["ours", "ours_low", "ours_high"]
    assert rows.loc[1, columns].tolist() == cost[["delta", "delta_low", "delta_high"]].tolist()
    assert rows.loc[2, columns].tolist() == metric[["value", "low", "high"]].tolist()
    assert rows["metric"].tolist() == ["NME", "ΔEER", "TAR@FAR=1e-2", "ΔEER"]
    assert rows["baseline"].tolist() == ["", "yunet", "", "yunet"]
    assert rows["policy"].tolist() == ["", "reject", "reject", "reject"]
    assert rows["missed"].tolist() == [2, 10, 10, 0]
    for text in ("normaliser", "group", "part", "note"):
        assert all(isinstance(value, str) for value in rows[text])


def test_another_policy_than_the_first_is_not_taken(verified):
    worse = verified.rows.assign(policy="exclude", value=0.5, delta=0.5)
    both = replace(verified, rows=pd.concat([worse, verified.rows], ignore_index=True))
    pd.testing.assert_frame_equal(published_rows(both), published_rows(verified))


def test_costs_are_in_points_with_their_sign_and_metrics_in_per_cent(verified):
    table = published_table(published_rows(verified))
    lines = [
        [cell.line.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells] for row in table.rows
    ]
    assert table.columns[-1].head == "Ours"
    assert lines[0][1] == "NME (of ion)"
    assert lines[1][1:3] == ["ΔEER", "+8.20 points (± 1.00 points)"]
    assert lines[1][3] == "drawn (by dlib, reject)"
    own = verified.rows.query("pipeline == 'dlib' and aligner == 'dlib68' and metric == 'EER'")
    delta, low, high = 100 * own[["delta", "delta_low", "delta_high"]].to_numpy()[0]
    assert lines[1][5] == (
        f"{delta:+.2f} points ({low:+.2f} points to {high:+.2f} points; against yunet; "
        "240 faces; 10 not acquired)"
    ).replace("-", "−")
    assert lines[2][2] == "90.00 % (± 2.00 %)"
    assert lines[2][5].endswith("; 240 faces; 10 not acquired)")
    assert "against" not in lines[2][5]
    assert lines[3][2] == "+8.20 points (+5.00 points to +9.00 points)"
    assert lines[3][5] == "– (against yunet) [a]"
    assert dict(table.footnotes)["a"] == "the study has no EER of 'absent' on drawn by dlib"


def test_where_nothing_was_verified_a_cost_is_a_dash(asked):
    study = {**asked.study, "published": [COST]}
    rows = published_rows(replace(asked, study=study, rows=asked.rows.iloc[:0]))
    assert math.isnan(rows["ours"].iloc[0])
    assert rows["note"].iloc[0] == "the study has no EER of 'dlib68' on drawn by dlib"


def test_what_discarding_leaves_stands_beside_what_was_published():
    from rated import result as rated_result

    rated = rated_result()
    theirs = {"source": "Table 5", "dataset": "near", "value": 0.032}
    asked = [
        {**theirs, "aligner": "knows", "metric": "NME@discard=.3"},
        {**theirs, "aligner": "knows", "metric": "NME@random=0.1"},
        {**theirs, "aligner": "mute", "metric": "NME@discard=0.3"},
    ]
    rows = published_rows(replace(rated, study={**rated.study, "published": asked}))
    own = rated.discards.query("aligner == 'knows'").set_index(["order", "share"])["nme"]
    assert rows["ours"].tolist()[:2] == [own["signal", 0.3], own["random", 0.1]]
    assert rows["metric"].iloc[0] == "NME@discard=0.3"
    assert rows["n_faces"].tolist() == [40, 40, 0]
    assert math.isnan(rows["ours"].iloc[2])
    assert rows["note"].iloc[2] == "mute gives no quality on near"
    table = published_table(rows)
    assert table.rows[0].cells[2].text.replace("\N{NO-BREAK SPACE}", " ") == "3.20 %"
