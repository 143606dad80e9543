import math
from dataclasses import replace

from reports.cost_plates import cost_plates
from reports.costs import costs
from reports.figures.style import looks

LOOKS = looks(["ground_truth", "dan", "mtcnn", "dlib68", "jitter2", "jitter5"], "ground_truth")


def plates(result):
    return cost_plates(costs(result)[0], LOOKS)


def test_every_aligner_with_an_error_and_a_cost_is_drawn(costed):
    (plate,) = plates(costed)
    assert plate.name == "costs_dpm_pls"
    for name in ("dan", "mtcnn", "dlib68", "jitter2", "jitter5"):
        assert plate.svg.count(f">{name}</text>") == 2
    assert ">ground_truth: 0</text>" in plate.svg
    assert "Lower is better" in plate.caption
    assert "moved at random" in plate.caption


def test_the_alternative_names_the_models(costed):
    (plate,) = plates(costed)
    assert "dan, mtcnn and dlib68" in plate.alt
    assert plate.alt.endswith("the table has the numbers.")


def test_without_errors_there_is_nothing_to_set_costs_against(costed):
    assert plates(replace(costed, landmark_errors=costed.landmark_errors.iloc[:0])) == []
    assert (
        plates(replace(costed, landmark_errors=costed.landmark_errors.assign(value=math.nan))) == []
    )


def test_a_lone_moved_truth_is_no_line(costed):
    rows = costed.rows[costed.rows["aligner"] != "jitter2"]
    (plate,) = plates(replace(costed, rows=rows))
    assert "moved at random" not in plate.caption
