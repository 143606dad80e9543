"""What a pipeline is shown: only its own training faces, and every crop by whom its role says."""

import crossing
import numpy as np
import pytest
from crossing import FOLDS, Moved, Recorder, Symmetric, T, V, events, far, near, number_of

from align_eval.errors import ConfigError, ContractError, DataError
from align_eval.executor import Executor
from align_eval.metrics import parse_metric
from align_eval.result import FOLD_COLUMNS, Key
from align_eval.store import load_located, load_result

SHIFT = {"ground_truth": 0, "near": 4, "far": 8}


@pytest.fixture(autouse=True)
def fresh():
    crossing.forget()


def run(path, study):
    return Executor(study, path, crossing.catalogs()).run()


def shifts(event):
    return {shift for _, shift in event[1]}


def numbers(event):
    return {number for number, _ in event[1]}


def subjects(event):
    return {crossing.subject_of(number) for number in numbers(event)}


def test_a_pipeline_learns_once_from_the_training_faces_as_the_baseline_aligns_them(tmp_path):
    run(tmp_path, crossing.study())
    (fit,) = events("fit")
    trained = [face.id for face in crossing.split().training]
    assert fit[2] == trained
    assert fit[1] == [(number_of(face), 0) for face in trained]
    assert fit[3] == (V, T)


def test_the_gallery_is_the_baselines_and_enrolled_once_and_the_probes_are_the_tested(tmp_path):
    run(tmp_path, crossing.study())
    (enrolled,) = events("enroll")
    assert enrolled[1] == [(0, 0), (3, 0), (6, 0), (9, 0)]
    probed = events("probe")
    assert [shifts(event) for event in probed] == [{0}, {4}, {8}]
    assert all(numbers(event) == {1, 2, 4, 5, 7, 8, 10, 11} for event in probed)


@pytest.mark.parametrize(("probes", "roles"), [("thermal", "same"), ("visible", "auto")])
def test_where_all_is_the_same_aligners_each_learns_and_enrols_its_own_crops(
    tmp_path, probes, roles
):
    data = {"name": "split", "probes": probes}
    result = run(tmp_path, crossing.study(data, roles=roles))
    for kind in ("fit", "enroll", "probe"):
        assert [shifts(event) for event in events(kind)] == [{0}, {4}, {8}], kind
    assert set(result.provenance["roles"]["split"].values()) == {"tested"}


def test_a_table_says_who_aligns_what(tmp_path):
    roles = {"training": "near", "gallery": "tested", "probes": "far"}
    result = run(tmp_path, crossing.study(roles=roles))
    assert [shifts(event) for event in events("fit")] == [{4}]
    assert sorted(map(min, map(shifts, events("enroll")))) == [0, 4, 8]
    assert [shifts(event) for event in events("probe")] == [{8}]
    scores = [result.scores[Key("split", "recorder", name)].values for name in SHIFT]
    assert np.array_equal(scores[0], scores[1])


def test_a_gallery_is_enrolled_again_with_whatever_else_was_learned(tmp_path):
    run(tmp_path, crossing.study(roles={"training": "tested"}))
    kinds = [(event[0], shifts(event)) for event in Recorder.events]
    steps = [[("fit", {s}), ("enroll", {0}), ("probe", {s})] for s in SHIFT.values()]
    assert kinds == [event for step in steps for event in step]


def test_two_aligners_that_are_fixed_make_two_crops_of_a_face(tmp_path):
    roles = {"training": "tested", "gallery": "near", "probes": "far"}
    run(tmp_path, crossing.study("listed", "symmetric", roles=roles))
    wanted = [(number, 4) for number in range(8)] + [(number, 8) for number in range(1, 9)]
    assert sorted(Symmetric.events) == sorted(wanted)


@pytest.mark.parametrize("roles", ["probes", "same"])
def test_no_one_who_is_trained_on_is_tested_with_what_was_learned(tmp_path, roles):
    run(tmp_path, crossing.study("folded", roles=roles))
    learned = None
    for event in Recorder.events:
        if event[0] == "fit":
            learned = subjects(event)
        else:
            assert not subjects(event) & learned
    times = 1 if roles == "probes" else 3
    fits = events("fit")
    assert len(fits) == times * len(FOLDS)
    for fold, people in FOLDS.items():
        of_fold = fits[fold * times : (fold + 1) * times]
        assert all(subjects(event) == {f"p{i}" for i in people} for event in of_fold)
        assert [shifts(event) for event in of_fold] == [{0}, {4}, {8}][:times]


def test_every_trial_of_every_fold_is_scored_with_what_that_fold_learned(tmp_path):
    result = run(tmp_path, crossing.study("folded"))
    for aligner in SHIFT:
        scores = result.scores[Key("folded", "recorder", aligner)]
        trials = scores.trials
        for i, j, fold, value in zip(
            trials.reference_index, trials.probe_index, trials.fold, scores.values, strict=True
        ):
            learned = sum(3 * (3 * person) + 3 for person in FOLDS[fold])
            reference = 3 * int(trials.references[i][1:])
            probe = number_of(trials.probes[j])
            assert value == pytest.approx(learned + reference + probe / 1000, abs=1e-4)
    pairs = [(trials.references[i], trials.probes[j]) for i, j in zip(
        trials.reference_index, trials.probe_index, strict=True)]  # fmt: skip
    assert len(set(pairs)) < len(pairs)


def test_what_does_not_learn_sees_a_folded_set_as_a_whole(tmp_path):
    run(tmp_path, crossing.study("folded", "symmetric"))
    assert len(Symmetric.events) == 4 + 3 * 8
    assert (tmp_path / "embeddings" / "folded--symmetric--far.npz").is_file()


def test_a_second_run_learns_nothing_and_looks_at_nothing(tmp_path):
    first = run(tmp_path, crossing.study("folded"))
    crossing.forget()
    second = run(tmp_path, crossing.study("folded"))
    assert not Recorder.events
    assert first.rows.equals(second.rows)
    assert first.folds.equals(second.folds)
    assert first.provenance["stages"] == second.provenance["stages"]


@pytest.mark.parametrize(
    ("lost", "seen"),
    [
        (["scores/folded--recorder--near.parquet"], []),
        (["embeddings/folded--recorder--near--fold1.npz"], []),
        (
            ["scores/folded--recorder--near.parquet",
             "embeddings/folded--recorder--near--fold1.npz"],
            [("fit", {0}), ("enroll", {0}), ("probe", {4})],
        ),
        (
            ["scores/folded--recorder--near.parquet",
             "embeddings/folded--recorder--near--fold1.json"],
            [("fit", {0}), ("enroll", {0}), ("probe", {4})],
        ),
    ],
)  # fmt: skip
def test_a_resumed_run_learns_again_only_for_the_rows_that_are_wanted(tmp_path, lost, seen):
    first = run(tmp_path, crossing.study("folded"))
    for name in lost:
        (tmp_path / name).unlink()
    crossing.forget()
    second = run(tmp_path, crossing.study("folded"))
    assert [(event[0], shifts(event)) for event in Recorder.events] == seen
    assert all(subjects(fit) == {"p2", "p3"} for fit in events("fit"))
    assert first.rows.equals(second.rows)


def test_a_face_on_both_sides_has_a_row_for_each_aligner_and_each_is_made_once(tmp_path):
    result = run(tmp_path, crossing.study("listed", "symmetric", roles="probes"))
    assert len(Symmetric.events) == len(set(Symmetric.events))
    references, probes = set(range(8)), set(range(1, 9))
    by = {s: {n for n, shift in Symmetric.events if shift == s} for s in SHIFT.values()}
    assert by == {0: references | probes, 4: probes, 8: probes}
    trials = result.scores[Key("listed", "symmetric", "near")].trials
    with np.load(tmp_path / "embeddings" / "listed--symmetric--near.npz") as near_rows:
        both = trials.references[1], trials.probes.index(trials.references[1])
        assert not np.allclose(near_rows["references"][1], near_rows["probes"][both[1]])


def test_the_order_of_aligners_changes_no_crop_and_no_score(tmp_path):
    aligners = [far(), near(), "ground_truth"]
    roles = {"gallery": "near"}
    runs = [
        run(tmp_path / "a", crossing.study("listed", "symmetric", roles=roles)),
        run(tmp_path / "b", crossing.study("listed", "symmetric", roles=roles, aligners=aligners)),
    ]
    assert len(Symmetric.events) == 2 * len(set(Symmetric.events))
    for name in SHIFT:
        one, other = (r.scores[Key("listed", "symmetric", name)].values for r in runs)
        assert np.array_equal(one, other)


def test_training_faces_are_located_by_those_who_align_them_only(tmp_path):
    run(tmp_path, crossing.study())
    probes = set(crossing.split().trials.probes)
    for name in ("near", "far"):
        assert {face for who, face in Moved.asked if who == name} == probes
    ids = [face.id for face in (*crossing.split().faces, *crossing.split().training)]
    path = tmp_path / "landmarks" / "split--ground_truth.parquet"
    assert set(load_located(path, ids).landmarks) == set(ids)


def test_landmark_errors_are_of_the_faces_under_test(tmp_path):
    for roles, faces in (("probes", 8), ("same", 12), ({"training": "tested"}, 8)):
        result = run(
            tmp_path / str(faces) / str(roles)[:5].strip("{'"), crossing.study(roles=roles)
        )
        assert set(result.landmark_errors["n_faces"]) == {faces}
        assert {"p0_1", "p0_2"} <= set(result.face_errors["face"])


def test_without_truth_the_gallery_is_located_by_those_who_align_it_only(tmp_path):
    aligners = [{"name": "exact", "model": "moved"}, near()]
    data = {"name": "split", "truth": False}
    run(tmp_path, crossing.study(data, aligners=aligners, baseline="exact"))
    assert {face[-1] for who, face in Moved.asked if who == "near"} == {"1", "2"}
    assert {face[-1] for who, face in Moved.asked if who == "exact"} == {"0", "1", "2"}


def test_a_row_counts_the_faces_that_failed_in_the_role_that_they_have(tmp_path):
    exact = {"name": "exact", "model": "moved", "misses": ["p0_0", "p4_0"]}
    blind = near(misses=["p0_0", "p1_0", "p2_1"])
    study = crossing.study(aligners=[exact, blind, far()], baseline="exact", policies=["exclude"])
    rows = run(tmp_path, study).rows.query("metric == 'EER'").set_index("aligner")
    # p0's gallery is the baseline's, who misses it; of near's own misses only a probe counts.
    assert rows["fta"].to_dict() == {"exact": 1, "near": 2, "far": 1}
    assert set(rows["n_faces"]) == {12}
    assert set(rows["n_genuine"]) == {5}
    (fit,) = events("fit")
    assert number_of("p4_0") not in numbers(fit)


@pytest.mark.parametrize("pipeline", ["recorder", {"name": "own", "model": "recorder"}])
def test_a_pipeline_is_opened_once_for_all_data_sets_and_closed_at_the_end(tmp_path, pipeline):
    datasets = ["split", {"name": "folded", "model": "folded"}]
    run(tmp_path, crossing.study(datasets=datasets, pipelines=[pipeline]))
    (made,) = Recorder.opened
    assert made.closed


def test_a_run_that_fails_closes_what_it_opened(tmp_path):
    broken = {"name": "recorder", "fails": True}
    told = r"'recorder', while it learned, raised KeyError: \(112, 112, 3\)"
    with pytest.raises(ContractError, match=told):
        run(tmp_path, crossing.study(pipeline=broken))
    assert [made.closed for made in Recorder.opened] == [True]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"trained": 0}, DataError, "'recorder' learns .*wants training faces: data set 'split'"),
        ({"mixed": True}, ConfigError, "'recorder' .*'split' has thermal and visible probes"),
    ],
)
def test_what_a_pipeline_cannot_learn_from_is_refused_before_a_face_is_looked_at(
    tmp_path, data, error, words
):
    with pytest.raises(error, match=words):
        run(tmp_path, crossing.study({"name": "split", **data}))
    assert not Moved.asked


def test_training_faces_that_no_one_could_align_are_none(tmp_path):
    missed = [face.id for face in crossing.split().training]
    exact = {"name": "exact", "model": "moved", "misses": missed}
    study = crossing.study(aligners=[exact, near()], baseline="exact")
    with pytest.raises(DataError, match="'exact' aligned none in data set 'split'"):
        run(tmp_path, study)


def test_every_fold_has_its_metrics_which_survive_the_folder(tmp_path):
    study = crossing.study("folded", policies=["reject", "exclude"])
    result = run(tmp_path, study)
    assert tuple(result.folds.columns) == FOLD_COLUMNS
    assert len(result.folds) == 3 * 3 * 2 * 2
    for row in result.folds.itertuples():
        scores = result.scores[Key("folded", "recorder", row.aligner)]
        own = scores.only(scores.trials.fold == row.fold)
        assert row.value == parse_metric(row.metric).value(own)
    assert load_result(tmp_path).folds.to_csv() == result.folds.to_csv()
    assert run(tmp_path / "split", crossing.study()).folds.empty


def test_excluded_trials_of_a_fold_are_those_of_the_pooled_rows(tmp_path):
    blind = near(misses=["p3_1"])
    study = crossing.study(
        "folded", aligners=["ground_truth", blind], policies=["reject", "exclude"]
    )
    result = run(tmp_path, study)
    failed = result.scores[Key("folded", "recorder", "near")].failed
    truth = result.scores[Key("folded", "recorder", "ground_truth")]
    for row in result.folds.query("aligner == 'ground_truth'").itertuples():
        kept = truth.trials.fold == row.fold
        kept &= ~failed if row.policy == "exclude" else True
        assert row.value == parse_metric(row.metric).value(truth.only(kept))
    counts = result.rows.query("metric == 'EER' and aligner == 'near'").set_index("policy")
    trials = counts["n_genuine"] + counts["n_impostor"]
    assert trials["reject"] - trials["exclude"] == failed.sum() > 0


def test_notes_say_how_long_each_kind_of_work_took_and_what_was_learned(tmp_path):
    stages = run(tmp_path, crossing.study("folded")).provenance["stages"]
    kinds = {label.split("/")[0] for label in stages}
    assert kinds == {"data", "landmarks", "fit", "embeddings", "scores", "intervals"}
    assert all(note["seconds"] >= 0 for note in stages.values())
    fits = {label: note for label, note in stages.items() if label.startswith("fit/")}
    assert set(fits) == {f"fit/folded--recorder--ground_truth--fold{fold}" for fold in FOLDS}
    assert all(note["learned_from"] == 6 for note in fits.values())
