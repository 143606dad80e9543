import numpy as np
import pandas as pd
import pytest

from align_eval.judging import judged
from align_eval.parts import NOT_GIVEN
from align_eval.result import CLAIM_COLUMNS, DISCARD_COLUMNS, ERROR_COLUMNS, PART_COLUMNS
from align_eval.study import Study

NMES = {("R1", "pbc"): 0.07, ("R3", "pbc"): 0.24, ("R1", "dan"): 0.03, ("R3", "dan"): 0.03}
PARTS = {"NN": 0.02, "OC": 0.04, "LD": 0.05, NOT_GIVEN: 0.9}


def errors(group="five", nmes=NMES):
    rows = [
        (d, a, normaliser, group, metric, scale * value, 20, 2 * (a == "pbc"), "")
        for (d, a), value in nmes.items()
        for normaliser, scale in (("ion", 1.0), ("ipn", 7.0))
        for metric in ("NME", "NMSE")
    ]
    return pd.DataFrame(rows, columns=list(ERROR_COLUMNS))


def parts(values=PARTS, attribute="variation", group="five"):
    rows = [
        ("R1", "dan", "ion", group, attribute, part, value, 5, 0, "")
        for part, value in values.items()
    ]
    return pd.DataFrame(rows, columns=list(PART_COLUMNS))


def judge(holds, table=None, divided=None, **options):
    study = Study.from_config(
        {
            "name": "s",
            "datasets": ["R1", "R3"],
            "aligners": ["pbc", "dan"],
            "baseline": "pbc",
            "breakdown": ["variation", "light"],
            "claims": [{"text": "t", "holds": holds, **options}],
        }
    )
    table = errors() if table is None else table
    return judged(study, table, parts() if divided is None else divided)


def outcome(*given, **options):
    (found,) = judge(*given, **options)["outcome"].unique()
    return found


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        ("R3:pbc > R1:pbc", "held"),
        ("R3:pbc > 3 * R1:pbc", "held"),
        ("R3:pbc > 4 * R1:pbc", "did not hold"),
        ("R3:dan < R1:dan", "did not hold"),
        ("R3:dan <= R1:dan", "held"),
        ("R3:dan >= R1:dan", "held"),
        ("R1:dan < R1:pbc < R3:pbc", "held"),
        ("R1:dan < R3:pbc < R1:pbc", "did not hold"),
        ("R1:dan@LD > R1:dan@*", "held"),
        ("R1:dan@OC > R1:dan@*", "did not hold"),
        ("R1:dan@NN < R1:dan@* < R1:dan@LD", "held"),
        ("R1:dan@NN < R1:dan@* < 0.5 * R1:dan@LD", "did not hold"),
        ("R1:dan@* < 0.06 * R3:pbc", "did not hold"),
        ("R3:pbc > R1:dan@*", "held"),
    ],
)
def test_a_claim_holds_exactly_if_every_comparison_does(holds, said):
    assert outcome(holds) == said


@pytest.mark.parametrize(
    ("holds", "reason"),
    [
        ("R1:dan@DL > R1:dan@*", "there is no error for R1:dan@DL"),
        ("R3:dan@LD > R1:dan@LD", "there is no error for R3:dan@LD"),
    ],
)
def test_what_was_not_measured_cannot_be_told_and_says_why(holds, reason):
    table = judge(holds)
    assert set(table["outcome"]) == {"cannot be told"}
    assert set(table["reason"]) == {reason}
    assert np.isnan(table["value"].iloc[0])


def test_a_value_that_is_not_defined_cannot_be_told():
    lost = errors(nmes={**NMES, ("R3", "pbc"): np.nan})
    assert set(judge("R3:pbc > R1:pbc", lost)["reason"]) == {"the NME of R3:pbc is not defined"}
    holes = parts({**PARTS, "OC": np.nan})
    reasons = set(judge("R1:dan@LD > R1:dan@*", divided=holes)["reason"])
    assert reasons == {"the NME of R1:dan@* on OC is not defined"}


def test_the_group_is_five_where_every_term_has_it_and_else_all():
    both = pd.concat([errors("all"), errors()], ignore_index=True)
    assert set(judge("R3:pbc > R1:pbc", both)["group"]) == {"five"}
    lacks = both[~((both["group"] == "five") & (both["dataset"] == "R3"))]
    assert set(judge("R3:pbc > R1:pbc", lacks)["group"]) == {"all"}
    assert set(judge("R3:pbc > R1:pbc", both, group="all")["group"]) == {"all"}
    assert outcome("R3:pbc > R1:pbc", both, group="nose") == "cannot be told"


def test_the_other_parts_are_of_the_attribute_that_a_named_part_is_of():
    divided = pd.concat([parts(), parts({"low": 0.5, "high": 0.1}, "light")], ignore_index=True)
    table = judge("R1:dan@low > R1:dan@*", divided=divided)
    assert table["part"].tolist() == ["low", "high"]
    assert judge("R3:pbc > R1:dan@*", divided=divided)["part"].tolist() == ["", "NN", "OC", "LD"]


def test_every_figure_is_a_row_with_its_counts():
    table = judge("R3:pbc > 1.5 * R1:pbc")
    assert tuple(table.columns) == CLAIM_COLUMNS
    assert table["value"].tolist() == [0.24, 0.07]
    assert table["factor"].tolist() == [1.0, 1.5]
    assert table["sign"].tolist() == ["", ">"]
    assert table["term"].tolist() == ["R3:pbc", "1.5 * R1:pbc"]
    assert table[["n_faces", "missed"]].to_numpy().tolist() == [[20, 2], [20, 2]]


def test_a_study_without_claims_has_none():
    study = Study.from_config({"name": "s", "datasets": ["R1"], "aligners": ["ground_truth"]})
    assert judged(study, errors(), parts()).empty


LEFT = {("R1", "signal"): 0.02, ("R1", "random"): 0.031, ("R3", "signal"): 0.025}


def judge_left(holds, metric="NME", errors_too=None):
    study = Study.from_config(
        {
            "name": "s",
            "datasets": ["R1", "R3"],
            "aligners": ["pbc", "dan"],
            "baseline": "pbc",
            "discard": [0.3],
            "claims": [{"text": "t", "holds": holds, "metric": metric}],
        }
    )
    rows = [
        (dataset, "dan", normaliser, order, 0.3, scale * nme, *[np.nan] * 6, 18)
        for (dataset, order), nme in LEFT.items()
        for normaliser, scale in (("ion", 1.0), ("ipn", 7.0))
    ]
    left = pd.DataFrame(rows, columns=list(DISCARD_COLUMNS))
    both = pd.concat([errors("all"), errors()], ignore_index=True)
    return judged(study, both if errors_too is None else errors_too, parts(), None, left)


@pytest.mark.parametrize(
    ("holds", "metric", "outcome"),
    [
        ("R1:dan < R3:dan", "NME@discard=0.3", "held"),
        ("R1:dan > R3:dan", "NME@discard=0.3", "did not hold"),
        ("R1:dan@discard=0.3 < R1:dan@random=0.3", "NME", "held"),
        ("R1:dan@discard=0.3 < 0.7 * R1:dan", "NME", "held"),
        ("R1:dan@discard=0.3 < 0.6 * R1:dan", "NME", "did not hold"),
    ],
)
def test_what_discarding_leaves_is_compared_over_all_points(holds, metric, outcome):
    table = judge_left(holds, metric)
    assert set(table["outcome"]) == {outcome}
    assert set(table["group"]) == {"all"}
    assert set(table["metric"]) == {metric}


def test_every_figure_says_what_was_discarded_and_over_how_many_faces():
    table = judge_left("R1:dan@discard=0.3 < R1:dan@random=0.3 < 2 * R1:dan")
    assert table["part"].tolist() == ["discard=0.3", "random=0.3", ""]
    assert table["n_faces"].tolist() == [18, 18, 20]
    assert table["value"].tolist() == [0.02, 0.031, 0.03]


@pytest.mark.parametrize("metric", ["NME@discard=0.3", "NME"])
def test_a_model_without_quality_cannot_be_told(metric):
    holds = "R1:pbc < R1:dan" if metric != "NME" else "R1:pbc@discard=0.3 < R1:dan"
    table = judge_left(holds, metric)
    assert set(table["outcome"]) == {"cannot be told"}
    assert table["reason"].iloc[0].endswith(": pbc gives no quality")


def test_other_landmark_errors_are_compared_as_they_are():
    failing = errors("all").replace({"metric": {"NMSE": "FR@0.08"}})
    assert set(judge_left("R3:pbc > R1:pbc", "FR@0.08", failing)["outcome"]) == {"held"}
    lacking = judge_left("R3:pbc > R1:pbc", "AUC@0.08", failing)
    assert set(lacking["reason"]) == {"there is no AUC@0.08 for R3:pbc"}
