import math
from dataclasses import replace

import numpy as np
import pandas as pd

from align_eval.result import Result
from align_eval.scores import Scores
from reports.document import document


def test_a_result_has_one_document_for_all_formats(result):
    assert document(result) is document(result)


def test_every_failure_is_in_the_document(result):
    listed = [face for group in document(result).failures for face in group.faces]
    assert len(listed) == len(result.failures)
    assert document(result).failures[0].heading == "drawn, every aligner: 1 failure"


def test_a_section_for_every_pipeline_and_policy(result):
    both = pd.concat([result.rows, result.rows.assign(policy="exclude")])
    sections = document(replace(result, rows=both)).sections
    assert [section.heading for section in sections] == [
        f"drawn, {pipeline}, policy {policy}"
        for policy in ("reject", "exclude")
        for pipeline in ("dlib", "arcface")
    ]
    names = [plate.name for section in sections for plate in section.plates]
    assert len(set(names)) == len(names)


def test_an_empty_result_makes_a_document():
    empty = document(Result({}, pd.DataFrame(), {}))
    assert empty.answers == (("", ()),)
    assert empty.plates == ()


def test_landmarks_alone_are_answered_by_their_errors(result):
    alone = replace(result, rows=pd.DataFrame(), scores={}, samples=())
    content = document(alone)
    (said,) = content.answers[0][1]
    assert said.aligner == "drawn"
    for aligner in ("yunet", "dlib68", "ghostone98", "box"):
        assert aligner in said.rest
    assert [plate.name for plate in content.plates] == ["ced_drawn--ion--all"]


def test_a_normaliser_without_errors_has_no_figure(result):
    faces = result.face_errors.assign(error=math.nan)
    names = [plate.name for plate in document(replace(result, face_errors=faces)).plates]
    assert not any(name.startswith("ced") for name in names)


def test_a_baseline_alone_has_curves_but_no_differences(only_baseline):
    content = document(only_baseline)
    assert [plate.name.split("_")[0] for plate in content.plates] == ["roc", "det", "scores"]
    assert [said.kind for said in content.answers[0][1]] == ["baseline"]


def test_scores_of_one_kind_only_have_no_curves(only_baseline):
    ((key, scores),) = only_baseline.scores.items()
    genuine = {key: scores.only(scores.trials.genuine)}
    assert document(replace(only_baseline, scores=genuine)).plates == ()


def test_scores_that_all_failed_are_still_drawn(only_baseline):
    ((key, scores),) = only_baseline.scores.items()
    lost = {key: Scores(scores.trials, np.full(len(scores.trials), -np.inf))}
    for plate in document(replace(only_baseline, scores=lost)).plates:
        assert "<svg" in plate.svg


def test_the_exclude_policy_draws_the_trials_that_every_aligner_has(result):
    content = document(replace(result, rows=result.rows.assign(policy="exclude")))
    captions = [plate.caption for plate in content.plates if plate.name.startswith("roc")]
    assert all("every aligner succeeded" in caption for caption in captions)
    histograms = [plate.svg for plate in content.plates if plate.name.startswith("scores")]
    assert all("every trial has a score" in svg for svg in histograms)
    assert not any("no score" in svg for svg in histograms)


def test_provenance_is_listed_to_its_leaves(result):
    found = dict(document(result).provenance)
    assert found["aligners.yunet.sha256"] == "8f2383e4dd3cfbb4" * 4
    assert found["packages.numpy"] == "2.4.6"
