"""Rejection by quality within a run: who is rejected, and that a finished run can be asked."""

from dataclasses import replace

import numpy as np
import pytest
import tomli_w
from fakes import Jittered
from rated import rated_catalogs

from align_eval.errors import ConfigError
from align_eval.executor import Executor
from align_eval.metrics import parse_metric
from align_eval.result import Key
from align_eval.store import load_result
from align_eval.study import Part, Study

STUDY = Study(
    "rejecting",
    datasets=(Part("fake", "fake", {"subjects": 8, "shots": 4}),),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("rated", "rated", {"sigma": 9.0}),
        Part("failing", "rated", {"sigma": 9.0, "fail": 4}),
        Part("mute", "jittered", {"sigma": 9.0}),
    ),
    pipelines=(Part("pixels", "pixels"),),
    metrics=("EER", "TAR@FAR=0.1"),
    normalisers=("ipn",),
    roles="probes",
    reject=(0.25, 0.5),
    resamples=20,
    samples=0,
)
FRR = "FRR@FAR=1e-1"
START = (FRR, "fixed", "error", "signal", 0.0)


def run(folder, study=STUDY, **options):
    return Executor(study, folder, rated_catalogs(), **options).run()


def rows(result, aligner):
    own = result.rejections.query(f"aligner == '{aligner}'")
    return own.set_index(["metric", "way", "quantity", "order", "share"]).sort_index()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return run(tmp_path_factory.mktemp("run"))


def test_the_aligners_with_a_quality_have_rows_and_start_at_their_own_metric(made):
    assert made.rejections["aligner"].unique().tolist() == ["rated", "failing"]
    for aligner in ("rated", "failing"):
        tar = parse_metric("TAR@FAR=0.1").value(made.scores[Key("fake", "pixels", aligner)])
        assert rows(made, aligner).loc[START, "value"] == pytest.approx(1 - tar, abs=1e-12)


def test_probes_are_what_is_rejected_and_their_failures_are_counted(made):
    for aligner, failed in (("rated", 0), ("failing", 6)):
        own = rows(made, aligner)
        assert own["unit"].unique().tolist() == ["probe"]
        assert own["n"].unique().tolist() == [24]
        assert own["failed"].unique().tolist() == [failed]


def test_failures_are_gone_once_as_many_are_rejected(made):
    own = rows(made, "failing")
    failing = own.loc[START, "value"] * 24
    left = own.loc[(FRR, "fixed", "error", "signal", 0.25), "value"]
    assert left == pytest.approx((failing - 6) / 18, abs=1e-12)


def test_a_quality_that_is_minus_the_error_is_the_order_by_landmark_error(made):
    own = rows(made, "rated")["value"]
    for share in STUDY.reject:
        signal, error = (own[FRR, "fixed", "error", o, share] for o in ("signal", "error"))
        assert signal == pytest.approx(error, abs=1e-12)


def test_where_both_sides_are_under_test_trials_are_rejected(tmp_path):
    own = rows(run(tmp_path, replace(STUDY, roles="same")), "rated")
    assert own["unit"].unique().tolist() == ["trial"]
    assert own["n"].unique().tolist() == [8 * 24]


def test_it_is_asked_of_a_run_that_is_there_and_survives_the_folder(tmp_path):
    plain = replace(STUDY, reject=())
    assert run(tmp_path, plain).rejections.empty
    Jittered.calls = 0
    asked = run(tmp_path, replace(STUDY, reject_limit=0.4))
    assert Jittered.calls == 0
    assert asked.rejections.query("quantity == 'area'")["share"].unique().tolist() == [0.4]
    read = load_result(tmp_path)
    for name in ("rejections", "rejection_curves"):
        assert len(getattr(read, name))
        assert getattr(read, name).to_csv() == getattr(asked, name).to_csv(), name


def test_workers_change_nothing(made, tmp_path):
    again = run(tmp_path, workers=2)
    assert again.rejections.to_csv() == made.rejections.to_csv()


def test_without_true_landmarks_there_is_no_order_by_error(tmp_path):
    found = run(tmp_path, replace(STUDY, normalisers=()))
    assert set(found.rejections["order"]) == {"signal", "random", "oracle"}
    assert np.isfinite(rows(found, "rated").loc[START, "value"])


def test_the_study_keeps_its_shares_and_limit_through_toml():
    import tomllib

    config = tomllib.loads(tomli_w.dumps(STUDY.to_config()))
    assert config["reject"] == [0.25, 0.5]
    assert Study.from_config(config) == STUDY


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reject": 0.1}, "'reject' wants a list"),
        ({"reject": ["a"]}, "'reject' wants numbers, got 'a'"),
        ({"reject": [1]}, r"a number in \(0, 1\), got 1.0"),
        ({"reject_limit": 1}, r"reject_limit wants a number in \(0, 1\), got 1.0"),
        ({"metrics": ["AUC"]}, "reject wants a metric at a FAR"),
        ({"pipelines": []}, "has reject, and wants pipelines"),
    ],
)
def test_a_study_that_cannot_be_asked_is_one_clear_error(change, message):
    with pytest.raises(ConfigError, match=message):
        Study.from_config(STUDY.to_config() | change)
