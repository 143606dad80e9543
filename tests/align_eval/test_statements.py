import tomllib

import pytest
import tomli_w

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.result import Key
from align_eval.statements import Claim, Published
from align_eval.study import Study

COST = {"text": "t", "holds": "a:x > b:x", "metric": "ΔEER", "pipeline": "p"}
FIGURE = {"source": "s", "dataset": "d", "aligner": "a", "metric": "NME", "value": 0.02}


@pytest.mark.parametrize(
    ("made", "table", "message"),
    [
        (Claim, "PBC degrades", "a claim wants a table"),
        (Claim, {"text": "t"}, "a claim wants the key 'holds', got text"),
        (Claim, {}, "wants the key 'text', got none"),
        (Claim, {"text": "t", "hold": ""}, "unknown key of a claim 'hold'. Did you mean 'holds'"),
        (Claim, {"text": "t", "holds": "a < b:c"}, "got 'a' in"),
        (Claim, {"text": 3, "holds": "a:b < c:d"}, "'text' of a claim wants a text, got 3"),
        (Published, {**FIGURE, "value": "2 %"}, "'value' of a published figure wants a number"),
        (Published, {**FIGURE, "value": True}, "wants a number, got True"),
        (Published, {**FIGURE, "value": float("nan")}, "wants finite numbers"),
        (Published, {**FIGURE, "low": 0.01}, "both low and high, or spread"),
        (Published, {**FIGURE, "low": 0.0, "high": 0.03, "spread": 0.01}, "or spread, or none"),
        (Published, {**FIGURE, "low": 0.03, "high": 0.04}, "low ≤ value ≤ high"),
        (Published, {**FIGURE, "spread": -0.1}, "wants finite numbers"),
        (Published, {k: v for k, v in FIGURE.items() if k != "source"}, "wants the key 'source'"),
    ],
)
def test_a_bad_table_is_one_clear_error(made, table, message):
    with pytest.raises(ConfigError) as caught:
        made.from_config(table)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "extra", [{}, {"low": 0.0, "high": 0.02}, {"spread": 0}, {"part": "LD", "group": "five"}]
)
def test_a_published_figure_survives_its_table(extra):
    figure = Published.from_config({**FIGURE, **extra})
    assert Published.from_config(figure.to_config()) == figure
    assert None not in figure.to_config().values()


def test_a_part_of_another_metric_than_nme_is_refused():
    figure = Published.from_config({**FIGURE, "metric": "NMSE", "part": "LD"})
    with pytest.raises(ConfigError, match="and the metric NME, got NMSE"):
        figure.check(["d"], ["NMSE"], ["variation"])


def test_an_unknown_name_in_a_claim_says_which_claim_and_what_is_near():
    claim = Claim("PBC degrades", "R3:pbc > R1:pbc")
    with pytest.raises(UnknownNameError, match=r"in the claim 'PBC degrades' 'R3'. Did you mean"):
        claim.check(["R1", "R2"], ["pbc"], [])


def test_a_claim_on_verification_says_which_scores_its_terms_are_about():
    claim = Claim.from_config(COST | {"holds": "a:x > 2 * a/q:y", "metric": "delta TAR@FAR=0.01"})
    assert [claim.key(term) for term in claim.terms] == [Key("a", "p", "x"), Key("a", "q", "y")]
    assert str(claim.quantity) == "ΔTAR@FAR=1e-2"
    assert Claim.from_config(claim.to_config()) == claim
    assert claim.aligners("base") == {"x", "y", "base"}
    assert Claim.from_config(COST | {"metric": "EER"}).aligners("base") == {"x"}
    assert Claim("t", "a:x > b:x").quantity is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "ERR"}, "unknown metric of the claim 't' 'ERR'. Did you mean 'EER'"),
        ({"metric": "NMEE"}, "Did you mean 'NME'"),
        ({"metric": "NMSE"}, "is of NMSE, which wants no pipeline, got 'p'"),
        ({"metric": "ΔNME"}, "the claim 't': a verification metric"),
        ({"metric": "TAR@FAR"}, "the claim 't': metric 'TAR@FAR' wants a value"),
        ({"metric": "EER", "holds": "a:x@LD > b:x"}, "parts want the metric NME, got EER"),
        ({"holds": "a:x@* > b:x"}, "names the part '*': parts want the metric NME, got ΔEER"),
        ({"group": "five"}, "names the point group 'five': groups want the metric NME, got ΔEER"),
        ({"pipeline": ""}, "the claim 't' on ΔEER wants a pipeline: a:x"),
        ({"pipeline": "", "holds": "a/p:x > b:x"}, "wants a pipeline: b:x"),
        ({"metric": "NME"}, "is of NME, which wants no pipeline, got 'p'"),
        ({"metric": "NME", "pipeline": "", "holds": "a:x > b/q:x"}, "no pipeline, got 'q'"),
    ],
)
def test_a_claim_that_no_figure_could_answer_is_one_clear_error(change, message):
    with pytest.raises(ConfigError) as caught:
        Claim.from_config(COST | change)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


VERIFIED = {**FIGURE, "metric": "ΔEER", "value": 0.082, "pipeline": "p"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "ΔERR"}, "Did you mean 'EER'"),
        ({"metric": "NME"}, "a verification metric, or Δ and one, is wanted, got 'NME'"),
        ({"part": "LD"}, "is of ΔEER, which wants neither a part nor a group, got 'LD'"),
        ({"group": "five"}, "neither a part nor a group, got 'five'"),
    ],
)
def test_a_published_verification_figure_of_points_or_parts_is_refused(change, message):
    with pytest.raises(ConfigError) as caught:
        Published.from_config(VERIFIED | change)
    assert message in str(caught.value)


STUDY = {
    "name": "s",
    "datasets": ["a", "b"],
    "aligners": ["ground_truth", "x", "y"],
    "pipelines": ["p", "q"],
    "metrics": ["EER", "TAR@FAR=0.01"],
}


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("claims", {"pipeline": "r"}, "unknown pipeline in the claim 't' 'r'"),
        ("claims", {"holds": "a:x > a/qq:x"}, "Did you mean 'q'"),
        ("claims", {"holds": "a:x > c:x"}, "unknown data set in the claim 't' 'c'"),
        ("published", {"pipeline": "r"}, "unknown pipeline of the published figure 'x' of 's' 'r'"),
        ("published", {"metric": "AUC"}, "unknown metric of the published figure 'x' of 's' 'AUC'"),
        ("published", {"pipeline": ""}, "is of ΔEER, and wants a pipeline"),
    ],
)
def test_a_study_refuses_what_it_verifies_by_no_pipeline_or_metric(key, change, message):
    table = {"claims": COST, "published": {**VERIFIED, "dataset": "a", "aligner": "x"}}[key]
    assert getattr(Study.from_config({**STUDY, key: [table]}), key)
    with pytest.raises(ConfigError) as caught:
        Study.from_config({**STUDY, key: [table | change]})
    assert message in str(caught.value)


def test_statements_on_verification_want_no_normaliser_and_survive_toml():
    figure = {**VERIFIED, "dataset": "a", "metric": "ΔTAR@FAR=1e-2"}
    study = Study.from_config({**STUDY, "normalisers": [], "claims": [COST], "published": [figure]})
    assert Study.from_config(tomllib.loads(tomli_w.dumps(study.to_config()))) == study
    for key, made in (("claims", {"text": "t", "holds": "a:x > b:x"}), ("published", FIGURE)):
        with pytest.raises(ConfigError, match=f"has {key}, and wants normalisers"):
            Study.from_config({**STUDY, "normalisers": [], key: [{**made}]})


def test_a_claim_on_a_difference_goes_with_the_baseline_that_it_is_to():
    plain = COST | {"metric": "EER", "text": "plain"}
    study = Study.from_config({**STUDY, "claims": [COST, plain]})
    assert study.with_aligners(["ground_truth", "x"]).claims == study.claims
    assert [claim.text for claim in study.with_aligners(["x", "y"]).claims] == ["plain"]


LEFT = {"text": "t", "holds": "a:x < a:y", "metric": "NME@discard=.30"}
ERRORS = ("NME", "NMSE", "AUC@0.08", "FR@0.08", "NME@discard=0.3", "NME@random=0.3")


@pytest.mark.parametrize("metric", ["NMSE", "FR@0.080", "NME@discard=.30"])
def test_a_claim_on_another_landmark_error_is_of_it_and_wants_no_pipeline(metric):
    claim = Claim.from_config({**LEFT, "metric": metric})
    assert claim.quantity is None
    assert claim.error in ERRORS
    claim.check(["a"], ["x", "y"], [], (), ERRORS)
    assert Claim.from_config(claim.to_config()) == claim
    assert claim.aligners("base") == {"x", "y"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"holds": "a:x@LD < a:y"}, "parts want the metric NME, got NME@discard=0.3"),
        ({"holds": "a:x@random=0.3 < a:y"}, "parts want the metric NME, got NME@discard=0.3"),
        ({"group": "five"}, "wants the point group 'all', got 'five'"),
        ({"metric": "NME", "holds": "a:x@oracle=.1 < a:y", "group": "nose"}, "'all', got 'nose'"),
    ],
)
def test_a_claim_on_what_discarding_leaves_has_neither_parts_nor_groups(change, message):
    with pytest.raises(ConfigError) as caught:
        Claim.from_config({**LEFT, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "NME@discard=0.2"}, "'NME@discard=0.2'. Did you mean 'NME@discard=0.3'"),
        ({"metric": "FR@0.1"}, "metric of the claim 't' 'FR@0.1'. Did you mean 'FR@0.08'"),
        ({"metric": "NME", "holds": "a:x@oracle=0.3 < a:y"}, "discarding in the claim 't'"),
        ({"metric": "NME", "holds": "a:x@LD < a:y"}, "wants the study to have a breakdown"),
    ],
)
def test_a_claim_on_what_the_study_does_not_measure_is_refused(change, message):
    with pytest.raises(ConfigError) as caught:
        Claim.from_config({**LEFT, **change}).check(["a"], ["x", "y"], [], (), ERRORS)
    assert message in str(caught.value)


def test_a_published_figure_may_be_of_what_discarding_leaves():
    figure = Published.from_config({**FIGURE, "metric": "NME@discard=.3"})
    figure.check(["d"], ERRORS, [])
    with pytest.raises(ConfigError, match="'all', got 'five'"):
        Published.from_config({**FIGURE, "metric": "NME@discard=0.3", "group": "five"}).check(
            ["d"], ERRORS, []
        )
    with pytest.raises(ConfigError, match=r"Did you mean 'NME@random=0.3'"):
        Published.from_config({**FIGURE, "metric": "NME@random=0.1"}).check(["d"], ERRORS, [])
