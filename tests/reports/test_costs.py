import math
from dataclasses import replace

import pandas as pd
import pytest

from align_eval.result import Result
from reports.costs import COLUMNS, cost_metrics, cost_rows, costs
from reports.measures import measure


def test_pipelines_come_in_the_studys_order_whatever_the_rows(costed):
    turned = replace(costed, rows=costed.rows.iloc[::-1])
    assert [one.pipeline for one in costs(turned)] == ["dpm_pls", "dpm_cosine"]


def test_the_baseline_comes_first_and_then_the_least_cost_on_the_first_data_set(costed):
    for one in costs(costed):
        assert one.aligners[0] == "ground_truth"
        eer = [one.rows["thermal", name, "EER"]["delta"] for name in one.aligners[1:]]
        assert eer == sorted(eer)
        assert set(one.aligners) == set(costed.rows["aligner"])


def test_where_more_is_better_the_greatest_gain_comes_first(costed):
    rows = costed.rows[costed.rows["metric"] != "EER"]
    one = costs(replace(costed, rows=rows))[0]
    assert [what.name for what in one.metrics] == ["TAR@FAR=1e-2"]
    tar = [one.rows["thermal", name, "TAR@FAR=1e-2"]["delta"] for name in one.aligners[1:]]
    assert tar == sorted(tar, reverse=True)


def test_an_aligner_without_a_difference_comes_last(costed):
    rows = costed.rows.copy()
    rows.loc[rows["aligner"] == "dan", "delta"] = math.nan
    assert costs(replace(costed, rows=rows))[0].aligners[-1] == "dan"


def test_models_are_neither_the_baseline_nor_the_truth_moved(costed):
    one = costs(costed)[0]
    assert one.perturbed == {"jitter2": 0.02, "jitter5": 0.05}
    assert set(one.models) == {"dan", "mtcnn", "dlib68"}


def test_errors_are_those_of_the_five_points_in_the_first_normaliser(costed):
    one = costs(costed)[0]
    assert one.error("thermal", "dan") == 0.031
    assert math.isnan(one.error("thermal", "absent"))


def test_where_the_truth_is_five_points_all_of_them_are_the_five(costed):
    errors = costed.landmark_errors
    only = errors[(errors["group"] == "all") | (errors["dataset"] == "visible")]
    one = costs(replace(costed, landmark_errors=only))[0]
    assert one.error("thermal", "dan") == pytest.approx(1.2 * 0.031)
    assert one.error("visible", "dan") == 0.018


def test_only_the_first_policy_counts(costed):
    other = costed.rows.assign(policy="exclude", delta=0.5)
    both = replace(costed, rows=pd.concat([costed.rows, other]))
    found, expected = (costs(one)[0].rows for one in (both, costed))
    assert list(found) == list(expected)
    pd.testing.assert_frame_equal(*(pd.DataFrame(rows.values()) for rows in (found, expected)))
    assert [one.policy for one in (costs(both)[0], costs(costed)[0])] == ["reject", ""]


def test_the_costs_are_the_eer_and_the_first_tar_that_is_known():
    names = ["AUC", "TAR@FAR=1e-4", "TAR@FAR=1e-2", "TAR@FAR=1e-1", "EER"]
    rows = pd.DataFrame({"metric": names, "value": [0.9, math.nan, 0.8, 0.9, 0.1]})
    assert cost_metrics(rows) == ["EER", "TAR@FAR=1e-2"]
    assert cost_metrics(rows[:1]) == ["AUC"]


def test_nothing_compared_costs_nothing(only_baseline, result):
    assert costs(only_baseline) == []
    assert costs(Result({}, pd.DataFrame(), {})) == []
    assert costs(replace(result, study={})) == []


def test_every_row_says_what_it_was_judged(costed):
    every = costs(costed)
    rows = cost_rows(every)
    assert tuple(rows.columns) == COLUMNS
    kinds = rows.set_index(["pipeline", "dataset", "aligner", "metric"])["verdict"]
    assert set(kinds.xs("ground_truth", level="aligner")) == {"baseline"}
    verdict = every[0].judged("thermal", "dlib68", measure("EER"))
    assert kinds["dpm_pls", "thermal", "dlib68", "EER"] == verdict.kind == "worse"
