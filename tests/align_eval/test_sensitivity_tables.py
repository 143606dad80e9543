"""What moved landmarks cost: tables of a small study, and the budget's crossing."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import Pixels, catalogs
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.executor import Executor
from align_eval.perturbation import PARTS
from align_eval.resample import Estimate
from align_eval.sensitivity import REPLAY, Sensitivity
from align_eval.sensitivity_tables import Loss, budget, percentile_or_beyond
from align_eval.store import load_result
from align_eval.study import Part, Study

STUDY = Study(
    "small",
    datasets=(Part("fake", "fake", {"subjects": 7}), Part("again", "fake", {"subjects": 7})),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("noisy", "jittered", {"sigma": 16.0}),
        Part("failing", "jittered", {"fail": 3}),
    ),
    pipelines=(Part("pixels", "pixels"),),
    normalisers=("ipn",),
    metrics=("EER", "TAR@FAR=1e-1"),
    resamples=60,
    samples=2,
    roles="probes",
    sensitivity=Sensitivity(
        kinds=("jitter", "bias_x", "left_eye", "nose_tip"),
        levels=(0.05, 0.3),
        repeats=2,
        replay=("noisy", "failing"),
        within=(),
    ),
)


def run(path, study=STUDY):
    return Executor(study, path, catalogs(), workers=2).run()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "a"


@pytest.fixture(scope="module")
def result(folder):
    return run(folder)


def chosen(frame, **values):
    for key, value in values.items():
        frame = frame[frame[key] == value]
    return frame


def test_every_way_level_and_metric_has_a_row(result):
    whole = chosen(result.sensitivity, dataset="fake")
    moved = chosen(whole, aligner="")
    assert set(zip(moved["kind"], moved["level"], moved["metric"], strict=True)) == {
        (kind, level, metric)
        for kind in STUDY.sensitivity.kinds
        for level in (0.05, 0.3)
        for metric in STUDY.metrics
    }
    ways = set(zip(whole["kind"], whole["aligner"], strict=True))
    assert {(kind, name) for kind in (REPLAY, *PARTS) for name in ("noisy", "failing")} <= ways


def test_sweeps_are_no_aligners(result):
    names = {"ground_truth", "noisy", "failing"}
    assert set(result.rows["aligner"]) == names
    assert {key.aligner for key in result.scores} == names
    assert set(result.landmark_errors["aligner"]) == names
    stages = result.provenance["stages"]
    assert not [name for name in stages if "--_" in name]


def test_more_misalignment_costs_more(result):
    own = chosen(result.sensitivity, dataset="fake", kind="jitter", metric="EER")
    small, large = own.sort_values("level")["delta"]
    assert large > small >= 0
    row = own.iloc[-1]
    assert row["delta_low"] < row["delta"] < row["delta_high"]
    assert row["spread"] >= 0
    assert np.isnan(chosen(result.sensitivity, kind="bias_x")["spread"]).all()


def test_a_bias_costs_what_an_aligner_of_that_bias_costs(tmp_path, result):
    real = replace(
        STUDY,
        datasets=STUDY.datasets[:1],
        aligners=(STUDY.aligners[0], Part("shifted", "jittered", {"bias": 0.3})),
        sensitivity=None,
    )
    found = run(tmp_path, real)
    wanted = found.rows.set_index(["aligner", "metric"]).loc["shifted"]
    own = chosen(result.sensitivity, dataset="fake", kind="bias_x", level=0.3)
    for row in own.to_dict(orient="records"):
        one = wanted.loc[row["metric"]]
        for key in ("value", "low", "high", "delta", "delta_low", "delta_high"):
            assert row[key] == pytest.approx(one[key], abs=1e-12)


def test_what_an_aligner_really_costs_is_its_row_of_results(result):
    real = chosen(result.replays, dataset="fake", aligner="noisy", kind="real", metric="EER")
    row = chosen(result.rows, dataset="fake", aligner="noisy", metric="EER")
    for key in ("delta", "delta_low", "delta_high"):
        assert real[key].item() == pytest.approx(row[key].item(), abs=1e-12)


def test_parts_and_replay_are_set_against_the_real_cost(result):
    own = chosen(result.replays, dataset="fake", aligner="noisy", metric="EER")
    by_kind = own.set_index("kind")
    assert set(by_kind.index) == {"real", REPLAY, *PARTS}
    real = by_kind.loc["real", "delta"]
    others = by_kind.drop(index="real")
    np.testing.assert_allclose(others["difference"], others["delta"] - real)
    assert abs(by_kind.loc["shape", "delta"]) < abs(real)


def test_the_same_people_on_two_data_sets_do_not_differ(result):
    own = chosen(result.contrasts, kind="jitter")
    assert len(own) == 4
    assert (own[["difference", "difference_low", "difference_high"]].to_numpy() == 0).all()


def test_points_are_ranked_by_cost(result):
    own = chosen(result.ranks, dataset="fake", group="point", metric="TAR@FAR=1e-1")
    assert set(own["kind"]) == {"left_eye", "nose_tip"}
    assert (own["level"] == 0.05).all()  # the largest up to 0.1
    harm = -own["delta"].to_numpy()
    assert (np.diff(harm) <= 0).all()
    assert own["behind"].iloc[0] == 0
    np.testing.assert_allclose(-own["behind"], harm[0] - harm, atol=1e-12)


def test_parts_of_the_probes(tmp_path):
    study = replace(
        STUDY,
        datasets=STUDY.datasets[:1],
        sensitivity=Sensitivity(("jitter",), (0.3,), 1, by=("shot", "unknown")),
    )
    found = run(tmp_path, study).sensitivity
    parts = found[found["attribute"] != ""]
    assert set(zip(parts["attribute"], parts["part"], strict=True)) == {
        ("shot", "1"),
        ("shot", "2"),
    }
    whole = chosen(found, attribute="", kind="jitter", metric="EER")["delta"].item()
    each = chosen(parts, metric="EER")["delta"]
    assert each.min() <= whole + 0.2
    assert each.max() >= whole - 0.2


def test_a_finished_run_is_read_back_and_makes_nothing_again(folder, result):
    calls = Pixels.calls
    again = run(folder)
    assert Pixels.calls == calls
    for name in ("sensitivity", "budgets", "contrasts", "ranks", "replays"):
        one, other, stored = (getattr(r, name) for r in (result, again, load_result(folder)))
        assert one.equals(other)
        assert list(stored.columns) == list(one.columns)
        np.testing.assert_array_equal(
            stored.select_dtypes("number").to_numpy(float),
            one.select_dtypes("number").to_numpy(float),
        )


def test_a_study_without_pipelines_has_nothing_to_sense():
    with pytest.raises(ConfigError, match="has sensitivity, and wants pipelines for it"):
        replace(STUDY, pipelines=())
    with pytest.raises(UnknownNameError, match="aligner to replay 'failing'"):
        replace(STUDY, aligners=STUDY.aligners[:2])


def loss(value, samples=None):
    one = Estimate(value, samples=None if samples is None else np.array(samples))
    return Loss(one, one, np.nan)


def test_a_budget_is_where_the_loss_crosses():
    curve = {0.1: loss(0.005), 0.2: loss(0.015)}
    assert budget(curve, 0.01).value == pytest.approx(0.15)
    assert budget(curve, 0.0025).value == pytest.approx(0.05)
    assert budget(curve, 0.02).value == np.inf
    assert budget({0.1: loss(-0.02)}, -0.01).value == pytest.approx(0.05)
    assert budget({0.1: loss(-0.02)}, 0.01).value == np.inf
    assert np.isnan(budget({0.1: loss(np.nan)}, 0.01).value)


@given(
    values=st.lists(st.floats(-0.05, 0.1), min_size=1, max_size=5),
    allowed=st.floats(0.001, 0.05),
)
def test_a_larger_loss_is_reached_no_sooner(values, allowed):
    curve = {0.1 * (i + 1): loss(v, [v]) for i, v in enumerate(values)}
    one, more = budget(curve, allowed), budget(curve, 1.5 * allowed)
    assert one.value <= more.value
    assert one.samples[0] == one.value
    assert (one.value == np.inf) == (max(values) < allowed * (1 - 1e-12) or max(values) <= 0)


def test_bounds_beyond_the_largest_level():
    samples = np.array([0.1] * 40 + [np.inf] * 60)
    low, high = percentile_or_beyond(samples, 0.025)
    assert (low, high) == (0.1, np.inf)
    assert np.isnan(percentile_or_beyond(np.full(10, np.nan), 0.025)).all()
    assert np.isnan(percentile_or_beyond(None, 0.025)).all()
