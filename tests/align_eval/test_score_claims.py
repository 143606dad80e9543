import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import Shelf, people, scores_of, trials_of

from align_eval.judging import judged
from align_eval.resample import compare
from align_eval.result import CLAIM_COLUMNS, ERROR_COLUMNS, PART_COLUMNS, Key
from align_eval.study import Study

NAMES = people(20)
# How far apart genuine and impostor scores lie: what alignment costs, thermal more than visible.
APART = {
    ("thermal", "base"): 2.4,
    ("thermal", "near"): 2.3,
    ("thermal", "far"): 0.8,
    ("visible", "base"): 3.5,
    ("visible", "near"): 3.4,
    ("visible", "far"): 3.2,
}


def shelf(pipelines=("p",), names=None, failures=0.0):
    found = {}
    for k, (dataset, aligner) in enumerate(APART):
        trials = trials_of((names or {}).get(dataset, NAMES), prefix=dataset[0])
        for pipeline in pipelines:
            apart = APART[dataset, aligner] * (0.3 if pipeline == "poor" else 1)
            key = Key(dataset, pipeline, aligner)
            found[key] = scores_of(trials, apart, seed=ord(dataset[0]), failures=failures * k)
    return Shelf(found)


def study(*holds, **options):
    usual = {"metric": "ΔEER", "pipeline": "p"}
    usual |= {key: options.pop(key) for key in ("metric", "pipeline") if key in options}
    return Study.from_config(
        {
            "name": "s",
            "datasets": ["thermal", "visible"],
            "aligners": ["base", "near", "far"],
            "pipelines": ["p", "poor"],
            "baseline": "base",
            "normalisers": [],
            "resamples": 200,
            "seed": 5,
            **options,
            "claims": [{"text": "t", "holds": one, **usual} for one in holds],
        }
    )


def judge(holds, scores=None, **options):
    empty = [pd.DataFrame(columns=list(names)) for names in (ERROR_COLUMNS, PART_COLUMNS)]
    return judged(study(holds, **options), *empty, shelf() if scores is None else scores)


def outcome(*given, **options):
    (found,) = judge(*given, **options)["outcome"].unique()
    return found


@pytest.mark.parametrize(
    ("holds", "metric", "said"),
    [
        ("thermal:far > visible:far", "ΔEER", "held"),
        ("thermal:far < visible:far", "ΔEER", "did not hold"),
        ("thermal:far > 1000 * visible:far", "EER", "did not hold"),
        ("thermal:near > visible:near", "ΔEER", "cannot be told"),
        ("thermal:near < visible:near", "ΔEER", "cannot be told"),
        ("thermal:base < thermal:far", "ΔAUC", "did not hold"),
        ("thermal:far < thermal:base", "ΔAUC", "held"),
        ("thermal:far < thermal:base", "d'", "held"),
        ("visible:base < thermal:near < thermal:far", "EER", "held"),
        ("visible:base < thermal:base < thermal:near", "EER", "cannot be told"),
        ("thermal:base < thermal:near < visible:base", "EER", "did not hold"),
        ("thermal:near <= thermal:near", "EER", "held"),
        ("thermal:near < thermal:near", "EER", "did not hold"),
        ("thermal:base >= visible:base", "ΔEER", "held"),
        ("thermal:base > visible:base", "ΔEER", "did not hold"),
        ("thermal/poor:base > thermal:base", "EER", "held"),
        ("thermal:far < thermal:base", "5-fold accuracy", "held"),
        ("thermal:far < visible:far", "5-fold accuracy", "cannot be told"),
    ],
)
def test_a_claim_holds_where_every_difference_and_its_interval_say_so(holds, metric, said):
    assert outcome(holds, shelf(("p", "poor")), metric=metric) == said


def test_an_open_claim_says_the_interval_that_holds_0():
    table = judge("thermal:near > visible:near")
    low, high = 100 * table.iloc[1][["difference_low", "difference_high"]].astype(float)
    assert low < 0 < high
    span = f"{low:+.2f} to {high:+.2f} points".replace("-", "−")
    expected = f"the 95 % interval of the difference, {span}, includes 0"
    assert table["reason"].unique().tolist() == [expected]
    longer = judge("thermal:far > thermal:near > visible:near", confidence=0.9)["reason"].iloc[0]
    assert longer.startswith("the 90 % interval of the difference of thermal:near and visible:near")


def test_each_term_is_a_row_with_its_value_and_the_difference_of_the_term_before():
    scores = shelf(("p", "poor"))
    table = judge("thermal:far > 2 * visible/poor:far > visible:far", scores)
    assert tuple(table.columns) == CLAIM_COLUMNS
    assert table["metric"].unique().tolist() == ["ΔEER"]
    assert table["pipeline"].tolist() == ["p", "poor", "p"]
    assert table["factor"].tolist() == [1.0, 2.0, 1.0]
    assert table["term"].tolist() == ["thermal:far", "2 * visible/poor:far", "visible:far"]
    assert (table[["n_faces", "missed"]] == 0).all(axis=None)
    values = table["value"].to_numpy()
    for value, key in zip(
        values, zip(table["dataset"], table["pipeline"], strict=True), strict=True
    ):
        own = {a: scores[Key(*key, a)] for a in ("base", "far")}
        rows = compare(own, "base", ["EER"], resamples=1).set_index("aligner")
        assert value == rows.loc["far", "delta"]
    sides = values * table["factor"].to_numpy()
    assert np.isnan(table["difference"].iloc[0])
    np.testing.assert_array_equal(table["difference"].iloc[1:], sides[:-1] - sides[1:])
    between = table.iloc[1:]
    assert (between["difference_low"] <= between["difference"]).all()
    assert (between["difference"] <= between["difference_high"]).all()


def test_the_interval_of_a_cost_is_the_one_that_the_results_print():
    scores, options = shelf(failures=0.01), {"resamples": 200, "seed": 5}
    for policy in ("reject", "exclude"):
        own = {key.aligner: scores[key] for key in scores if key.dataset == "thermal"}
        table = compare(own, "base", ["EER"], policy=policy, **options).set_index("aligner")
        claim = judge("thermal:far > thermal:base", scores, metric="EER", policies=[policy])
        columns = ["difference", "difference_low", "difference_high"]
        printed = table.loc["far", ["delta", "delta_low", "delta_high"]]
        np.testing.assert_array_equal(claim.iloc[1][columns].astype(float), printed.astype(float))


@pytest.mark.parametrize(
    ("scores", "options", "reason"),
    [
        ({}, {}, "there are no scores of thermal/p:far"),
        (
            {k: v for k, v in shelf().items() if k != Key("visible", "p", "base")},
            {},
            "there are no scores of visible/p:base",
        ),
        (
            shelf(names=dict.fromkeys(("thermal", "visible"), people(4))),
            {},
            "the difference has no interval: 4 subjects, at least 5 wanted",
        ),
        (
            shelf(names={"visible": people(1)}),
            {},
            "the ΔEER of visible:far is not defined: ",
        ),
        (
            shelf(),
            {"metric": "7-fold accuracy"},
            "the 7-fold accuracy of thermal:far is not defined",
        ),
        (shelf(), {"metric": "Δ5-fold accuracy"}, "the two have different trials"),
    ],
)
def test_what_has_no_figure_or_interval_cannot_be_told_and_says_why(scores, options, reason):
    table = judge("thermal:far > visible:far", scores, **options)
    assert set(table["outcome"]) == {"cannot be told"}
    (said,) = table["reason"].unique()
    assert reason in said
    assert table["difference_low"].isna().all()


def test_without_scores_given_a_claim_on_them_cannot_be_told():
    empty = [pd.DataFrame(columns=list(names)) for names in (ERROR_COLUMNS, PART_COLUMNS)]
    table = judged(study("thermal:far > visible:far"), *empty)
    assert set(table["outcome"]) == {"cannot be told"}


def test_a_failed_comparison_decides_a_chain_whatever_the_others_lack():
    scores = {k: v for k, v in shelf().items() if k != Key("visible", "p", "near")}
    assert outcome("thermal:base > thermal:far > visible:near", scores, metric="EER") == (
        "did not hold"
    )
    assert outcome("thermal:far > thermal:base > visible:near", scores, metric="EER") == (
        "cannot be told"
    )


def test_people_who_are_the_same_make_a_sharper_difference_than_people_who_are_not():
    widths = []
    for names in (NAMES, [name.replace("s", "t") for name in NAMES]):
        # The faces' effects are those of the seed: near and far the same, whoever they are of.
        scores = {
            Key("thermal", "p", "far"): scores_of(trials_of(NAMES), 0.8),
            Key("visible", "p", "far"): scores_of(trials_of(names), 1.0),
        }
        row = judge("thermal:far > visible:far", scores, metric="EER").iloc[1]
        widths.append(row["difference_high"] - row["difference_low"])
    assert widths[0] < 0.5 * widths[1]


def test_all_claims_together_read_each_score_once():
    scores = shelf()
    holds = (
        "thermal:far > visible:far",
        "thermal:near > visible:near",
        "thermal:far > thermal:near",
    )
    empty = [pd.DataFrame(columns=list(names)) for names in (ERROR_COLUMNS, PART_COLUMNS)]
    table = judged(study(*holds), *empty, scores)
    assert table["claim"].unique().tolist() == [1, 2, 3]
    assert sorted(scores.taken) == sorted(scores)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 2.0), st.floats(0.2, 2.0), st.integers(0, 99))
def test_a_claim_and_its_mirror_agree_and_its_opposite_never_holds_too(one, other, seed):
    trials = trials_of(people(8), faces=3)
    scores = {
        Key("thermal", "p", "far"): scores_of(trials, one, seed),
        Key("visible", "p", "far"): scores_of(trials, other, seed + 1),
    }
    usual = {"metric": "EER", "resamples": 60}
    more, mirror, less = (
        outcome(holds, scores, **usual)
        for holds in (
            "thermal:far > visible:far",
            "visible:far < thermal:far",
            "thermal:far < visible:far",
        )
    )
    assert more == mirror
    assert {more, less} in ({"held", "did not hold"}, {"cannot be told"}, {"did not hold"})
    assert (more, less) != ("held", "held")
