from dataclasses import replace
from pathlib import Path

import pytest
from fakes import catalogs

from align_eval.comparing import compare_results
from align_eval.errors import DataError
from align_eval.executor import Executor
from align_eval.study import Part, Study

STUDY = Study(
    "one",
    datasets=(Part("fake", "fake"),),
    aligners=(Part("ground_truth", "ground_truth"), Part("model", "jittered", {"sigma": 1.0})),
    pipelines=(Part("pixels", "pixels"),),
    normalisers=("ipn",),
    metrics=("EER", "TAR@FAR=1e-1", "AUC"),
    resamples=50,
)


def run(path, study):
    return Executor(study, Path(path), catalogs()).run()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return run(tmp_path_factory.mktemp("first"), STUDY)


def test_a_run_against_itself_differs_by_exactly_zero(first):
    table = compare_results(first, first, resamples=50)
    assert len(table) == len(first.rows)
    assert (table[["delta", "delta_low", "delta_high"]].to_numpy() == 0).all()


def test_a_worse_model_of_the_same_name_shows_its_loss_with_an_interval(first, tmp_path):
    worse = replace(STUDY, aligners=(STUDY.aligners[0], Part("model", "jittered", {"sigma": 9.0})))
    table = compare_results(first, run(tmp_path, worse), resamples=50)
    row = table.query("aligner == 'model' and metric == 'AUC'").iloc[0]
    assert row["delta"] == pytest.approx(row["second"] - row["first"])
    assert row["delta"] < 0
    assert row["delta_low"] <= row["delta"] <= row["delta_high"]


def test_other_trials_are_compared_without_an_interval_and_it_says_so(first, tmp_path):
    other = replace(STUDY, datasets=(Part("fake", "fake", {"subjects": 5}),))
    table = compare_results(first, run(tmp_path, other), resamples=50)
    assert table["delta_low"].isna().all()
    assert table["note"].str.contains("different trials").all()


def test_runs_with_nothing_in_common_are_refused(first, tmp_path):
    other = replace(STUDY, pipelines=(Part("grid", "pixels"),))
    with pytest.raises(DataError, match="in common"):
        compare_results(first, run(tmp_path, other))
