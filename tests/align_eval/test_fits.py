"""Aligners and pipelines of a study that have an estimator of their own."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import Jittered, catalogs

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.executor import Executor
from align_eval.result import Key
from align_eval.study import Part, Study

MOVED = {"sigma": 4.0}
STUDY = Study(
    "fits",
    datasets=(Part("fake", "fake"),),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("noisy", "jittered", MOVED),
        Part("eyes", "jittered", {**MOVED, "estimator": "similarity:eyes"}),
    ),
    pipelines=(Part("pixels", "pixels"),),
    normalisers=("ipn",),
    resamples=20,
    samples=0,
)


def run(path, study):
    return Executor(study, path, catalogs()).run()


def scores(result, pipeline, aligner):
    return result.scores[Key("fake", pipeline, aligner)].values


def only(every, **pipeline):
    """A study of one noisy aligner, whose estimator is the study's own, or the pipeline's."""
    return replace(
        STUDY,
        aligners=STUDY.aligners[:2],
        pipelines=(Part("pixels", "pixels", pipeline),),
        estimator=every,
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    before = Jittered.calls
    found = run(tmp_path_factory.mktemp("fits") / "a", STUDY)
    assert Jittered.calls == before + 1  # the landmarks of both are found once
    return found


def test_an_aligner_s_own_estimator_is_that_of_a_study_which_has_it(result, tmp_path):
    wanted = run(tmp_path, only("similarity:eyes"))
    assert np.array_equal(scores(result, "pixels", "eyes"), scores(wanted, "pixels", "noisy"))
    assert not np.array_equal(scores(result, "pixels", "eyes"), scores(result, "pixels", "noisy"))


def test_a_pipeline_s_own_estimator_is_used_for_every_aligner(tmp_path):
    own = run(tmp_path / "own", only("similarity", estimator="affine:5", minimise="source"))
    study = replace(only("affine:5"), minimise="source")
    wanted = run(tmp_path / "study", study)
    for aligner in ("ground_truth", "noisy"):
        found = scores(own, "pixels", aligner)
        assert np.array_equal(found, scores(wanted, "pixels", aligner))


def test_aligners_with_the_same_landmarks_have_the_same_errors(result):
    errors = result.landmark_errors.pivot_table(
        index=["group", "metric"], columns="aligner", values="value"
    )
    assert np.array_equal(errors["eyes"], errors["noisy"])


def test_a_stopped_run_goes_on_with_several_fits(result, tmp_path):
    first = run(tmp_path, STUDY)
    calls = Jittered.calls
    again = run(tmp_path, STUDY)
    assert Jittered.calls == calls
    assert np.array_equal(scores(first, "pixels", "eyes"), scores(again, "pixels", "eyes"))


def test_the_last_word_is_the_aligner_s():
    pipeline = Part("p", "pixels", {"estimator": "affine", "minimise": "source"})
    study = replace(STUDY, pipelines=(Part("pixels", "pixels"), pipeline))
    default = {"estimator": "similarity", "minimise": "target"}
    assert study.fit("pixels", "noisy") == default
    assert study.fit("p", "noisy") == {"estimator": "affine", "minimise": "source"}
    assert study.fit("p", "eyes") == {"estimator": "similarity:eyes", "minimise": "source"}
    with pytest.raises(UnknownNameError, match=r"unknown aligner 'noise'\. Did you mean 'noisy'"):
        study.fit("p", "noise")


def test_what_a_part_is_made_of_has_no_fit_and_keeps_all_else():
    part = STUDY.aligners[2]
    assert part.fit == {"estimator": "similarity:eyes"}
    assert part.made == Part("eyes", "jittered", MOVED)
    assert Study.from_config(STUDY.to_config()) == STUDY


@pytest.mark.parametrize("kind", ["aligners", "pipelines"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "similarity:qualty"}, "Did you mean 'quality'"),
        ({"estimator": 5}, "an estimator wants a text, got 5"),
        ({"minimise": "sauce"}, "unknown minimise 'sauce'. Did you mean 'source'"),
    ],
)
def test_a_part_s_own_fit_is_checked_before_anything_is_run(kind, options, message):
    parts = getattr(STUDY, kind)
    with pytest.raises(ConfigError, match=message):
        replace(STUDY, **{kind: (*parts, Part("last", parts[0].model, options))})
