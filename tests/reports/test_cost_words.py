import math
import re
from dataclasses import replace

import pytest

from reports.cost_words import cost_verdicts
from reports.costs import costs

NAMES = ("dan", "mtcnn", "dlib68", "jitter2", "jitter5")


def said(result, **changes):
    """The sentences of the first pipeline after changes of one aligner's EER on visible faces."""
    rows = result.rows.copy()
    for name, values in changes.items():
        at = (rows["aligner"] == name) & (rows["metric"] == "EER") & (rows["dataset"] == "visible")
        for key, value in values.items():
            rows.loc[at, key] = value
    one = costs(replace(result, rows=rows))[0]
    return [v.sentence.replace("\N{NO-BREAK SPACE}", " ") for v in cost_verdicts(one)]


WORSE = {"delta": 0.02, "delta_low": 0.01, "delta_high": 0.03, "p_holm": 0.01}
BETTER = {"delta": -0.02, "delta_low": -0.03, "delta_high": -0.01, "p_holm": 0.01}
UNSURE = {**WORSE, "p_holm": 0.2}


def test_a_verdict_a_data_set_that_names_every_aligner(costed):
    thermal, visible = said(costed)
    assert thermal.startswith("thermal (dpm_pls; against ground_truth: EER ")
    for text in (thermal, visible):
        for name in NAMES:
            assert text.count(name) == 1


def test_who_cannot_be_told_apart_stands_together_with_what_could_be_seen(costed):
    text = said(costed)[1]
    assert re.search(
        r"\): [a-z0-9]+, [a-z0-9]+ and [a-z0-9]+ cannot be told apart from it \(with these", text
    )


def test_costs_have_their_intervals_and_the_metric_once(costed):
    text = said(costed, dan=WORSE, mtcnn={**WORSE, "delta": 0.025})[1]
    assert "dan costs 2.0 points of EER (1.0 to 3.0), mtcnn 2.5 (1.0 to 3.0)" in text


def test_gains_are_told_as_such(costed):
    text = said(costed, dan=BETTER, mtcnn={**BETTER, "delta": -0.015})[1]
    assert "dan is better by 2.0 points of EER (1.0 to 3.0), mtcnn by 1.5 (1.0 to 3.0)" in text


def test_what_holm_does_not_keep_is_not_safely_told(costed):
    assert "dan cannot safely be told apart from it" in said(costed, dan=UNSURE)[1]


def test_what_has_no_difference_cannot_be_compared(costed):
    assert "; dan cannot be compared with it." in said(costed, dan={"delta": math.nan})[1]


def test_the_truth_moved_is_told_apart_from_the_models(costed):
    text = said(costed)[0]
    scale = text.index("For scale, the truth moved at random: ")
    assert text.index("jitter5") > scale > text.index("dlib68")


def test_the_second_metric_speaks_where_the_first_tells_nothing(costed):
    rows = costed.rows.copy()
    at = (rows["aligner"] == "dan") & (rows["metric"] == "TAR@FAR=1e-2")
    loss = {"delta": -0.05, "delta_low": -0.08, "delta_high": -0.02, "p_holm": 0.01}
    rows.loc[at, list(loss)] = list(loss.values())
    text = said(replace(costed, rows=rows))[1]
    assert ", but dan loses 5.0 points of TAR@FAR=1e-2 (2.0 to 8.0)" in text


@pytest.mark.parametrize("missing", ["low", "value"])
def test_a_baseline_without_numbers_admits_it(costed, missing):
    text = said(costed, ground_truth={missing: math.nan})[1]
    words = {"low": "%, no interval): ", "value": "which has no EER on these data"}[missing]
    assert words in text


def test_without_models_only_the_scale_is_told(costed):
    rows = costed.rows[costed.rows["aligner"].isin(["ground_truth", "jitter2", "jitter5"])]
    for text in said(replace(costed, rows=rows)):
        assert re.search(r"\)\. For scale, ", text)
