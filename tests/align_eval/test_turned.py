from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import catalogs, load
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.executor import Executor
from align_eval.mcnemar import mcnemar
from align_eval.result import TURN_COLUMNS, TURN_COUNT_COLUMNS
from align_eval.scores import Scores
from align_eval.store import load_result
from align_eval.study import Part, Study
from align_eval.trials import Trials
from align_eval.turned import MOST, furthest, turned_trials, working_point

STUDY = Study(
    "small",
    datasets=(Part("fake", "fake"),),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("noisy", "jittered", {"sigma": 10.0}),
        Part("failing", "jittered", {"fail": 3}),
    ),
    pipelines=(Part("pixels", "pixels"),),
    metrics=("TAR@FAR=0.1", "EER"),
    normalisers=("ipn",),
    resamples=60,
    samples=2,
)
SUBJECTS = 8
TRIALS = load(subjects=SUBJECTS).trials


def scored(seed, fail=0.0):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, len(TRIALS)) + 1.5 * TRIALS.genuine
    return Scores(TRIALS, np.where(rng.random(len(TRIALS)) < fail, -np.inf, values))


def errors(**faces):
    rows = [
        (aligner, face, "ipn", group, error * (2 if group == "all" else 1))
        for aligner, own in faces.items()
        for face, error in own.items()
        for group in ("all", "five")
    ]
    return pd.DataFrame(rows, columns=["aligner", "face", "normaliser", "group", "error"])


def turned(one, base, study=STUDY, table=None):
    table = errors() if table is None else table
    return turned_trials(study, {"ground_truth": base, "noisy": one}, table)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 200), st.sampled_from([0.0, 0.3]))
def test_a_turned_trial_is_accepted_behind_one_of_the_two_only(seed, fail):
    base, one = scored(seed), scored(seed + 1000, fail)
    found = turned(one, base)
    threshold = working_point(base, STUDY.metrics).threshold
    tested = mcnemar(one, base, threshold)
    for side in ("genuine", "impostor"):
        count = found.counts[found.counts["side"] == side].iloc[0]
        assert (count["won"], count["lost"]) == (tested[side].won, tested[side].lost)
        for outcome in ("won", "lost"):
            rows = found.trials.query("side == @side and outcome == @outcome")
            assert len(rows) == min(count[outcome], MOST)
            accepted = rows["score"] >= threshold
            gains = (side == "genuine") == (outcome == "won")
            assert (accepted == gains).all()
            assert ((rows["baseline_score"] >= threshold) == (not gains)).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 50))
def test_margins_are_to_the_threshold_and_the_furthest_moved_come_first(seed):
    found = turned(scored(seed + 1000, 0.2), scored(seed))
    rows = found.trials
    np.testing.assert_array_equal(rows["margin"], rows["score"] - rows["threshold"])
    for _, own in rows.groupby(["side", "outcome"]):
        moved = (own["score"] - own["baseline_score"]).abs().replace(np.inf, -1)
        assert moved.is_monotonic_decreasing


def test_an_aligner_that_finds_what_the_baseline_finds_turns_nothing():
    base = scored(3)
    found = turned(base, base)
    assert found.trials.empty
    assert tuple(found.trials.columns) == TURN_COLUMNS[2:]
    assert found.counts["won"].tolist() == found.counts["lost"].tolist() == [0, 0]
    assert tuple(found.counts.columns) == TURN_COUNT_COLUMNS[2:]


def test_all_are_counted_and_the_furthest_kept():
    names = [f"s{i}" for i in range(3 * MOST)]
    subjects = {name + side: name for name in names for side in "ab"}
    others = [*names[1:], names[0]]
    trials = Trials.pairs(
        [f"{n}a" for n in names] * 2,
        [*(f"{n}b" for n in names), *(f"{n}b" for n in others)],
        subjects,
    )
    base = Scores(trials, np.where(trials.genuine, 1.0, 0.0))
    fallen = np.where(trials.genuine, -np.arange(len(trials)) / 100, 0.0)
    found = turned(Scores(trials, fallen), base)
    assert found.counts["lost"].tolist() == [3 * MOST, 0]
    assert found.trials["probe"].tolist() == [
        f"s{i}b" for i in range(3 * MOST - 1, 2 * MOST - 1, -1)
    ]


def test_a_failure_to_acquire_is_lost_counted_apart_and_comes_last():
    base = Scores(TRIALS, np.where(TRIALS.genuine, 1.0, 0.0))
    own = np.where(TRIALS.genuine, 0.5, 0.0)
    first = int(np.flatnonzero(TRIALS.genuine)[0])
    own[first] = -np.inf
    found = turned(Scores(TRIALS, own), base)
    counts = found.counts.set_index("side")
    assert counts["failed"].to_dict() == {"genuine": 1, "impostor": 0}
    assert found.trials["score"].iloc[-1] == -np.inf
    assert found.trials["probe"].iloc[-1] == TRIALS.probes[TRIALS.probe_index[first]]
    assert furthest(found.trials, shown=3)["score"].tolist() == [0.5] * 3


def test_where_failures_are_excluded_they_turn_nothing():
    base = scored(1)
    values = np.array(base.values)
    values[:5] = -np.inf
    study = replace(STUDY, policies=("exclude",))
    found = turned(Scores(TRIALS, values), base, study)
    assert found.counts["n_trials"].sum() == len(TRIALS) - 5
    assert found.trials.empty


def test_the_errors_are_those_of_the_probe_at_the_five_points():
    base = Scores(TRIALS, np.where(TRIALS.genuine, 1.0, 0.0))
    one = Scores(TRIALS, np.zeros(len(TRIALS)))
    probes = TRIALS.probes
    table = errors(
        ground_truth={probe: 0.01 * i for i, probe in enumerate(probes)},
        noisy={probe: 0.5 + 0.01 * i for i, probe in enumerate(probes)},
    )
    rows = turned(one, base, table=table).trials
    place = {probe: i for i, probe in enumerate(probes)}
    np.testing.assert_allclose(rows["baseline_error"], [0.01 * place[p] for p in rows["probe"]])
    np.testing.assert_allclose(rows["error"], rows["baseline_error"] + 0.5)
    bare = turned(one, base).trials
    assert bare[["error", "baseline_error"]].isna().all(axis=None)


def test_a_far_that_too_few_impostors_can_show_gives_way_to_the_next():
    base = scored(0)
    assert working_point(base, ["TAR@FAR=1e-4", "FRR@FAR=0.1"]).name == "FAR=1e-1"
    assert working_point(base, ["TAR@FAR=1e-4", "AUC"]).name == "EER"
    assert working_point(base.only(TRIALS.genuine), ["EER"]) is None
    nobody = turned(scored(1).only(TRIALS.genuine), base.only(TRIALS.genuine))
    assert nobody.trials.empty
    assert nobody.counts.empty


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    study = replace(STUDY, metrics=("EER",))
    return Executor(study, Path(tmp_path_factory.mktemp("run") / "a"), catalogs()).run()


def test_a_study_stores_turned_trials_with_their_crops(result):
    rows = result.turned
    assert tuple(rows.columns) == TURN_COLUMNS
    lost = rows.query("side == 'genuine' and outcome == 'lost'")
    assert set(lost["aligner"]) == {"noisy", "failing"}
    crops = {(s.aligner, s.face): s for s in result.turned_samples}
    assert len(crops) == len(result.turned_samples)
    for aligner, own in rows.groupby("aligner"):
        for row in furthest(own).itertuples():
            for who in ("ground_truth", aligner):
                for face in (row.reference_face, row.probe):
                    one = crops[who, face]
                    assert (one.crop is None) == bool(one.reason)
    assert crops["failing", "s2_1"].crop is None
    noisy = rows.query("aligner == 'noisy'")
    assert (noisy["error"] > 0).all()
    assert (noisy["baseline_error"] == 0).all()


def test_turned_trials_survive_their_folder(tmp_path):
    made = Executor(STUDY, tmp_path / "a", catalogs()).run()
    read = load_result(tmp_path / "a")
    for name in ("turned", "turned_counts"):
        assert getattr(read, name).to_csv() == getattr(made, name).to_csv(), name
    for one, two in zip(read.turned_samples, made.turned_samples, strict=True):
        assert one[:4] == two[:4]
        assert one.crop is None or np.array_equal(one.crop, two.crop)
    (tmp_path / "a" / "turned" / "trials.parquet").unlink()
    assert load_result(tmp_path / "a").turned.empty


def test_a_reference_is_shown_by_the_first_face_that_it_is_enrolled_from():
    owners = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B"}
    trials = Trials.cross({"Ann": ("a2", "a1"), "Bo": ("b1",)}, ["a3", "b2"], owners)
    base = Scores(trials, np.where(trials.genuine, 1.0, 0.0))
    rows = turned(Scores(trials, np.zeros(len(trials))), base).trials
    assert dict(zip(rows["reference"], rows["reference_face"], strict=True)) == {
        "Ann": "a2",
        "Bo": "b1",
    }
