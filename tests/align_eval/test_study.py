import pytest
import tomli_w

from align_eval.errors import ConfigError, MetricError, UnknownNameError
from align_eval.study import Part, Study

MINIMAL = {"name": "s", "datasets": ["synthetic"], "aligners": ["ground_truth", "box"]}
CLAIM = {"text": "t", "holds": "synthetic:box > synthetic:ground_truth"}
FIGURE = {
    "source": "s",
    "dataset": "synthetic",
    "aligner": "elsewhere",
    "metric": "NME",
    "value": 0.02,
}


def test_defaults_are_filled_in_and_survive_a_round_trip_through_toml():
    import tomllib

    study = Study.from_config(MINIMAL)
    assert study.baseline == "ground_truth"
    assert Study.from_config(tomllib.loads(tomli_w.dumps(study.to_config()))) == study


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"aligner": []}, "unknown study key 'aligner'. Did you mean 'aligners'"),
        ({"baseline": "boks"}, "unknown baseline 'boks'. Did you mean 'box'"),
        ({"policies": ["drop"]}, "unknown policy 'drop'"),
        ({"aligners": []}, "at least one aligner"),
        ({"datasets": []}, "at least one data set"),
        ({"aligners": ["box", "box"], "baseline": "box"}, "names the aligner 'box' twice"),
        ({"seed": "seven"}, "'seed' wants a value of type int"),
        ({"seed": True}, "'seed' wants a value of type int"),
        ({"metrics": "EER"}, "'metrics' wants a list"),
        ({"confidence": 1.5}, "confidence wants"),
        ({"resamples": 0}, "resamples wants"),
        ({"estimator": "homography"}, "unknown estimator"),
        ({"datasets": [{"name": "../up"}]}, "'../up'"),
        ({"datasets": [{"name": "a--b"}]}, "no double hyphen"),
        ({"datasets": [{"root": "x"}]}, "wants a name or a model"),
        ({"datasets": [3]}, "wants a name or a table, got 3"),
        ({"boxes": []}, "wants a name or a table"),
        ({"seed": -1}, "seed wants a number from 0"),
        ({"samples": -1}, "samples wants a number from 0"),
        ({"error_limit": float("inf")}, "error_limit wants a positive number"),
        ({"normalisers": ["eyes"]}, "unknown normaliser 'eyes'"),
        ({"policies": ["reject", "reject"]}, "names a policy twice"),
        ({"pipelines": ["p"], "policies": []}, "wants policies"),
        ({"pipelines": ["p"], "metrics": []}, "wants metrics"),
        ({"boxes": {"name": "dataset", "jiter": 0.1}}, "'jiter'. Did you mean 'jitter'"),
        ({"boxes": {"name": "dataset", "jitter": 1}}, r"jitter of boxes wants .* got 1"),
        ({"boxes": {"name": "own", "model": "dataset", "jitter": "a"}}, "got 'a'"),
        ({"breakdown": "range"}, "'breakdown' wants a list"),
        ({"breakdown": ["range", "range"]}, "each attribute once, got 'range'"),
        ({"breakdown": ["range"], "normalisers": []}, "has breakdown, and wants normalisers"),
        ({"claims": {}}, "'claims' wants a list"),
        ({"claims": [CLAIM | {"holds": "synthetik:box < synthetic:box"}]}, "'synthetic'"),
        ({"claims": [CLAIM | {"holds": "synthetic:boks < synthetic:box"}]}, "mean 'box'"),
        ({"claims": [CLAIM | {"holds": "synthetic:box@LD < synthetic:box"}]}, "a breakdown"),
        ({"published": [FIGURE | {"dataset": "synthetik"}]}, "mean 'synthetic'"),
        ({"published": [FIGURE | {"metric": "AUC@0.1"}]}, "mean 'AUC@0.08'"),
        ({"published": [FIGURE | {"part": "LD"}]}, "a breakdown"),
        ({"published": [FIGURE | {"metric": "NME@discard=0.3"}]}, "'NME@discard=0.3'"),
        ({"claims": [CLAIM | {"metric": "NME@discard=0.3"}]}, "'NME@discard=0.3'"),
        ({"discard": 0.3}, "'discard' wants a list, got 0.3"),
        ({"discard": ["a tenth"]}, "'discard' wants numbers, got 'a tenth'"),
        ({"discard": [True]}, "'discard' wants numbers, got True"),
        ({"discard": [1]}, r"wants a number in \(0, 1\), got 1.0"),
        ({"discard": [0.1, 0.1]}, "discard wants each share once, got 0.1"),
        ({"discard": [0.1], "normalisers": []}, "has discard, and wants normalisers for them"),
        ({"roles": "probe"}, "unknown form of roles 'probe'. Did you mean 'probes'"),
        ({"roles": ["probes"]}, "roles want a text or a table"),
        ({"roles": {"galery": "box"}}, "unknown role 'galery'. Did you mean 'gallery'"),
        ({"roles": {"gallery": 3}}, "the role 'gallery' wants an aligner's name, got 3"),
        ({"roles": {"gallery": "boks"}}, "in the role 'gallery', 'boks'. Did you mean 'box'"),
        ({"roles": {"probes": "baseline"}}, "want 'tested' at least once"),
        (
            {"aligners": ["ground_truth", {"name": "tested", "model": "box"}], "roles": {}},
            "keeps the word 'tested'",
        ),
    ],
)
def test_a_bad_study_is_one_clear_error(change, message):
    with pytest.raises(ConfigError, match=message.replace("..", r"\.\.")) as caught:
        Study.from_config({**MINIMAL, **change})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("metric", ["TAR@FAR", "ERR"])
def test_a_metric_without_value_or_meaning_is_refused_before_anything_runs(metric):
    with pytest.raises((MetricError, UnknownNameError)):
        Study.from_config({**MINIMAL, "metrics": [metric]})


def test_choosing_aligners_keeps_their_options_and_moves_a_lost_baseline_to_the_first():
    study = Study.from_config({**MINIMAL, "aligners": ["ground_truth", {"name": "box", "k": 1}]})
    chosen = study.with_aligners(["box", "dlib68"])
    assert chosen.aligners == (Part("box", "box", {"k": 1}), Part("dlib68", "dlib68"))
    assert chosen.baseline == "box"
    with pytest.raises(ConfigError, match="no aligner"):
        study.with_aligners([])


@pytest.mark.parametrize(
    ("roles", "written"),
    [
        (None, "auto"),
        ("same", "same"),
        ({}, {"training": "baseline", "gallery": "baseline", "probes": "tested"}),
        ({"gallery": "box"}, {"training": "baseline", "gallery": "box", "probes": "tested"}),
    ],
)
def test_roles_survive_toml_with_every_default_filled_in(roles, written):
    import tomllib

    study = Study.from_config(MINIMAL if roles is None else {**MINIMAL, "roles": roles})
    assert study.to_config()["roles"] == written
    assert Study.from_config(tomllib.loads(tomli_w.dumps(study.to_config()))) == study


def test_aligners_that_have_a_role_cannot_be_left_out():
    study = Study.from_config({**MINIMAL, "roles": {"gallery": "box"}})
    assert study.with_aligners(["box"]).baseline == "box"
    with pytest.raises(ConfigError, match="the roles of study 's' want the aligner 'box', too"):
        study.with_aligners(["ground_truth"])


def test_an_outside_object_gets_a_name_that_can_be_a_file():
    made = Part("pkg.mod-Model", "pkg.mod:Model")
    assert Part.from_config({"model": "pkg.mod:Model"}, "aligner") == made
    assert Part.from_config("pkg.mod:Model", "aligner") == made
    assert Part.from_config({"name": "pkg.mod:Model"}, "aligner") == made


def test_claims_and_published_figures_survive_toml_and_lose_the_aligners_that_are_not_run():
    import tomllib

    claims = [CLAIM, CLAIM | {"holds": "synthetic:box <= 2 * synthetic:box"}]
    study = Study.from_config({**MINIMAL, "claims": claims, "published": [FIGURE]})
    assert Study.from_config(tomllib.loads(tomli_w.dumps(study.to_config()))) == study
    chosen = study.with_aligners(["box"])
    assert [claim.holds for claim in chosen.claims] == ["synthetic:box <= 2 * synthetic:box"]
    assert chosen.published == study.published


def test_the_metrics_of_published_figures_are_those_of_landmark_errors():
    from align_eval.landmark_error import landmark_errors
    from align_eval.templates import template

    points = template("arcface112").landmarks
    table, _ = landmark_errors([points], [points], "ipn", limit=0.08)
    figures = [FIGURE | {"metric": name} for name in table["metric"].unique()]
    study = Study.from_config({**MINIMAL, "published": figures})
    assert len(study.published) == 4


def test_shares_to_discard_survive_toml_and_give_claims_and_figures_their_metrics():
    import tomllib

    asked = {
        "discard": [0.1, 0.3],
        "claims": [
            CLAIM | {"metric": "NME@discard=0.3"},
            CLAIM | {"holds": "synthetic:box@discard=0.1 < 0.8 * synthetic:box"},
            CLAIM | {"metric": "FR@0.08"},
        ],
        "published": [FIGURE | {"metric": "NME@random=0.1"}],
    }
    study = Study.from_config({**MINIMAL, **asked})
    assert study.discard == (0.1, 0.3)
    assert Study.from_config(tomllib.loads(tomli_w.dumps(study.to_config()))) == study
