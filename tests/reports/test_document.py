import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd

from align_eval.result import Result
from align_eval.scores import Scores
from reports.document import document
from reports.figures.style import MUTED


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
    histograms = [plate for plate in content.plates if plate.name.startswith("scores")]
    assert all("Every trial has a score." in plate.caption for plate in histograms)
    assert not any("no score" in plate.svg for plate in histograms)


def test_a_histogram_of_failures_says_where_they_are_and_how_high_its_bins_reach(result):
    plate = next(p for p in document(result).plates if p.name == "scores_drawn--dlib")
    assert "Every trial" not in plate.caption
    assert "no score: " in plate.svg
    assert re.search(r"the fullest bin holds \d+\.\d\N{NO-BREAK SPACE}%\.", plate.caption)


def test_the_stages_stand_apart_from_the_rest_of_the_provenance(costed):
    content = document(costed)
    assert [key for key, _ in content.provenance] == ["seed"]
    assert [key for key, _ in content.stages] == list(costed.provenance["stages"])


def test_the_answer_is_a_verdict_a_data_set_and_every_sentence_stays_in_its_section(costed):
    content = document(costed)
    ((heading, said),) = content.answers
    assert (heading, [one.aligner for one in said]) == ("", ["thermal", "visible"])
    assert [one.pipeline for one in content.costs] == ["dpm_pls", "dpm_cosine"]
    assert {len(section.verdicts) for section in content.sections} == {6}


def test_every_figure_of_costs_is_among_the_plates_under_a_name_of_its_own(costed):
    names = [plate.name for plate in document(costed).plates]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("costs")] == [
        "costs_dpm_pls",
        "costs_dpm_cosine",
    ]


def test_curves_have_the_folds_of_the_baseline_and_of_the_cheapest_model(costed):
    captions = {plate.name: plate.caption for plate in document(costed).plates}
    assert captions["roc_thermal--dpm_pls"].endswith("Thin: the folds of ground_truth and dan.")
    assert "Thin" not in captions["roc_visible--dpm_pls"]


def test_provenance_is_listed_to_its_leaves(result):
    found = dict(document(result).provenance)
    assert found["aligners.yunet.sha256"] == "8f2383e4dd3cfbb4" * 4
    assert found["packages.numpy"] == "2.4.6"


def test_the_truth_moved_is_gray_in_every_figure_and_models_are_not(costed):
    shown = document(costed).looks
    gray = {name for name, look in shown.items() if look.colour == MUTED}
    assert gray == {"jitter2", "jitter5"}
