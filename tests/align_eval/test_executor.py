from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import Jittered, Pixels, catalogs
from parted import MeanShape, parted_catalogs
from rated import rated_catalogs

from align_eval.errors import ConfigError, DataError, StudyChangedError, UnknownNameError
from align_eval.executor import Executor
from align_eval.result import FAILURE_COLUMNS, ROW_COLUMNS, Key
from align_eval.statements import Claim
from align_eval.store import load_result
from align_eval.study import Part, Study
from align_eval.timed import FACES, SECONDS, THREADS

STUDY = Study(
    "small",
    datasets=(Part("fake", "fake"),),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("noisy", "jittered", {"sigma": 4.0}),
        Part("failing", "jittered", {"fail": 3}),
    ),
    pipelines=(Part("pixels", "pixels"),),
    normalisers=("ipn",),
    resamples=60,
    samples=6,
)


def run(path, study=STUDY, **options):
    return Executor(study, Path(path), catalogs(), **options).run()


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tmp_path_factory.mktemp("run") / "a")


def value(result, aligner, metric="EER", column="value", policy="reject"):
    rows = result.rows
    chosen = (rows["aligner"] == aligner) & (rows["metric"] == metric) & (rows["policy"] == policy)
    return rows.loc[chosen, column].item()


def test_every_row_has_every_column_and_every_aligner_every_metric(result):
    assert tuple(result.rows.columns) == ROW_COLUMNS
    assert len(result.rows) == 3 * len(STUDY.metrics)
    assert (result.rows["n_faces"] == 18).all()


def test_the_baseline_minus_itself_is_exactly_zero(result):
    rows = result.rows[result.rows["aligner"] == "ground_truth"]
    assert (rows[["delta", "delta_low", "delta_high"]].to_numpy() == 0).all()


def test_landmark_error_costs_and_exact_landmarks_do_not(result):
    errors = result.landmark_errors.query("metric == 'NME' and group == 'all'")
    by_aligner = errors.set_index("aligner")["value"]
    assert by_aligner["ground_truth"] == 0
    assert by_aligner["noisy"] > 0.05


def test_failures_stay_in_the_denominators_and_are_listed_by_name(result):
    scores = result.scores[Key("fake", "pixels", "failing")]
    assert len(scores.values) == 6 * 12
    assert np.isneginf(scores.values).sum() == 6 * 12 - 4 * 8
    assert tuple(result.failures.columns) == FAILURE_COLUMNS
    assert set(result.failures["face"]) == {"s2_0", "s2_1", "s2_2", "s5_0", "s5_1", "s5_2"}
    assert set(result.failures["reason"]) == {"failing found no landmarks"}
    assert value(result, "failing", column="fta") == 6


def test_exclude_compares_only_where_every_aligner_succeeded(tmp_path):
    both = run(tmp_path, replace(STUDY, policies=("reject", "exclude")))
    assert value(both, "noisy", column="n_genuine", policy="reject") == 12
    assert value(both, "noisy", column="n_genuine", policy="exclude") == 8
    assert value(both, "failing", policy="exclude") == value(both, "ground_truth", policy="exclude")


def test_an_image_that_no_aligner_can_have_is_listed_once_and_counted_for_each(tmp_path):
    study = replace(STUDY, datasets=(Part("fake", "fake", {"broken": 1}),))
    result = run(tmp_path, study)
    listed = result.failures[result.failures["face"] == "s5_2"]
    assert listed["aligner"].tolist() == ["ground_truth", "noisy", "failing"] or listed[
        "aligner"
    ].tolist() == ["*"]
    assert value(result, "noisy", column="fta") == 1


def test_coincident_landmarks_are_a_failure_to_acquire_with_a_reason(tmp_path):
    flat = Part("flat", "jittered", {"coincident": True})
    result = run(tmp_path, replace(STUDY, aligners=(STUDY.aligners[0], flat)))
    assert value(result, "flat", column="fta") == 18
    assert result.failures["reason"].str.contains("less than one pixel").all()
    assert value(result, "flat", "TAR@FAR=1e-2") == 0


def test_a_second_run_computes_nothing_and_finds_the_same(tmp_path):
    first = run(tmp_path)
    Jittered.calls = Pixels.calls = 0
    second = run(tmp_path)
    assert Jittered.calls == Pixels.calls == 0
    assert first.rows.equals(second.rows)
    assert first.provenance["stages"] == second.provenance["stages"]


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path):
    whole = run(tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop_at_the_last_embedding(stage, done, total):
        if stage.endswith("aligned by failing") and done:
            raise Stop

    with pytest.raises(Stop):
        run(tmp_path / "cut", progress=stop_at_the_last_embedding)
    Pixels.calls = 0
    resumed = run(tmp_path / "cut")
    assert Pixels.calls == 1
    assert resumed.rows.equals(whole.rows)


def test_a_changed_study_is_refused_and_names_the_keys(tmp_path):
    run(tmp_path)
    changed = replace(STUDY, seed=3, aligners=(*STUDY.aligners[:2],))
    with pytest.raises(StudyChangedError, match=r"aligners\.failing\.name.*seed"):
        run(tmp_path, changed)
    run(tmp_path, replace(STUDY, title="only words changed"))


def test_other_data_under_the_same_study_is_refused(tmp_path, monkeypatch):
    import fakes

    run(tmp_path)
    original = fakes.load
    monkeypatch.setattr(fakes, "load", lambda name="": original(subjects=4))
    with pytest.raises(StudyChangedError, match="data set"):
        run(tmp_path)


def test_workers_change_nothing(tmp_path):
    one, two = run(tmp_path / "1", workers=1), run(tmp_path / "2", workers=2)
    assert one.rows.equals(two.rows)


def test_a_pipeline_with_two_sides_and_its_own_score_ranks_as_cosine_does(tmp_path):
    result = run(tmp_path, replace(STUDY, pipelines=(*STUDY.pipelines, Part("two", "two"))))
    table = result.rows.pivot_table(index=["aligner", "metric"], columns="pipeline", values="value")
    assert np.allclose(table["pixels"], table["two"])


def test_the_same_faces_are_shown_through_every_aligner(result):
    shown = {a: [s.face for s in result.samples if s.aligner == a] for a in ("noisy", "failing")}
    assert shown["noisy"] == shown["failing"]
    assert len(shown["noisy"]) == 6
    missing = [s for s in result.samples if s.crop is None]
    assert missing
    assert all(s.reason for s in missing)


def test_a_result_survives_its_folder(tmp_path):
    made = run(tmp_path)
    read = load_result(tmp_path)
    names = ("rows", "landmark_errors", "face_errors", "failures", "error_parts", "claims")
    for name in (*names, "misalignments"):
        assert getattr(read, name).to_csv() == getattr(made, name).to_csv(), name
    assert read.study == made.study
    key = Key("fake", "pixels", "noisy")
    assert np.array_equal(read.scores[key].values, made.scores[key].values)
    assert read.scores[key].trials.same_pairs(made.scores[key].trials)
    for one, two in zip(read.samples, made.samples, strict=True):
        assert (one.face, one.reason) == (two.face, two.reason)
        assert (one.crop is None) == (two.crop is None)
        assert one.crop is None or np.array_equal(one.crop, two.crop)
    assert [one.face for one in read.overlays] == [one.face for one in made.overlays]
    for one, two in zip(read.overlays, made.overlays, strict=True):
        assert np.array_equal(one.image, two.image)
        assert np.array_equal(one.points["noisy"], two.points["noisy"])


def test_every_aligner_has_its_misalignments_where_truth_is_known(result, tmp_path):
    whole = result.misalignments.query("part == 'all'").set_index(["dataset", "aligner"])
    exact, wrong = (whole.loc[("fake", name)] for name in ("ground_truth", "noisy"))
    assert exact["error"] == 0
    assert wrong["error"] == pytest.approx(np.sqrt(2) * 4 / 35, rel=0.2)  # px, over the eyes'
    assert 0 < wrong["displacement"] < wrong["error"]
    assert whole["missed"].to_dict()["fake", "failing"] == 6
    again = replace(STUDY, aligners=STUDY.aligners[:2], pipelines=(), seed=1)
    other, own = (
        table.query("aligner == 'noisy'").set_index("part")
        for table in (run(tmp_path, again).misalignments, result.misalignments)
    )
    # The seed is that of the resamples: the values are the same, and the intervals are not.
    assert other["spread"].equals(own["spread"])
    assert not other["spread_low"].equals(own["spread_low"])


def test_provenance_says_what_made_each_stage(result):
    stages = result.provenance["stages"]
    assert stages["landmarks/fake--noisy"]["sigma"] == 4.0
    assert {"python", "packages", "seed", "started"} <= set(result.provenance)


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (replace(STUDY, pipelines=(Part("pixel", "pixel"),)), "Did you mean 'pixels'"),
        (replace(STUDY, datasets=(Part("fake", "fak"),)), "unknown data set 'fak'"),
        (
            replace(STUDY, aligners=(Part("g", "ground_trut"),), baseline="g"),
            "Did you mean 'ground_truth'",
        ),
        (replace(STUDY, boxes=Part("yunet", "yunet")), "unknown detector 'yunet'"),
    ],
)
def test_an_unknown_name_stops_before_the_folder_is_made(tmp_path, study, message):
    with pytest.raises(UnknownNameError, match=message):
        run(tmp_path / "new", study)
    assert not (tmp_path / "new").exists()


def test_an_unknown_option_is_refused_with_the_nearest(tmp_path):
    study = replace(STUDY, datasets=(Part("fake", "fake", {"subject": 3}),))
    with pytest.raises(ConfigError, match="Did you mean 'subjects'"):
        run(tmp_path, study)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(DataError, match="holds no study"):
        run(tmp_path)


def test_one_subject_alone_gives_rows_that_say_what_is_missing(tmp_path):
    study = replace(STUDY, datasets=(Part("fake", "fake", {"subjects": 1}),))
    rows = run(tmp_path, study).rows
    assert rows["value"].isna().all()
    assert rows["note"].str.contains("no impostor").all()


def test_faces_with_points_are_shown_where_there_is_truth_or_nothing_to_verify(result, tmp_path):
    assert len(result.overlays) == STUDY.samples
    assert len({overlay.face.split("_")[0] for overlay in result.overlays}) == 6
    for overlay in result.overlays:
        assert list(overlay.points) == ["truth", "ground_truth", "noisy", "failing"]
        lost = overlay.face in set(result.failures["face"])
        assert (overlay.points["failing"] is None) == lost
        assert np.allclose(overlay.points["truth"], overlay.points["ground_truth"])
    assert run(tmp_path, replace(STUDY, samples=0)).overlays == ()


PARTED = Study.from_config(
    {
        "name": "parted",
        "datasets": [{"name": "near", "model": "parted"}, {"name": "far", "model": "parted"}],
        "aligners": ["ground_truth", {"name": "noisy", "model": "jittered", "sigma": 3.0}],
        "normalisers": ["ipn"],
        "breakdown": ["variation"],
        "claims": [{"text": "noise costs", "holds": "near:noisy > near:ground_truth"}],
    }
)
LEARNS = replace(PARTED, aligners=(*PARTED.aligners, Part("mean", "mean")))


def run_parted(path, study=PARTED):
    return Executor(study, Path(path), parted_catalogs()).run()


def with_options(study, **options):
    """The study with options for its last data set."""
    *first, last = study.datasets
    return replace(study, datasets=(*first, replace(last, options=options)))


def test_a_breakdown_has_every_part_of_every_data_set_and_survives_the_folder(tmp_path):
    made = run_parted(tmp_path)
    parts = made.error_parts
    assert parts.groupby("dataset", sort=False)["part"].unique().map(list).tolist() == [
        ["calm", "dark"],
        ["calm", "dark"],
    ]
    read = load_result(tmp_path)
    assert read.error_parts.to_csv() == parts.to_csv()
    assert read.claims.to_csv() == made.claims.to_csv()
    assert made.claims["outcome"].unique().tolist() == ["held"]


def test_other_questions_about_a_run_compute_nothing_again(tmp_path):
    run_parted(tmp_path)
    Jittered.calls = 0
    asked = replace(PARTED, breakdown=("variation", "session"), claims=())
    result = run_parted(tmp_path, asked)
    assert Jittered.calls == 0
    assert set(result.error_parts["attribute"]) == {"variation", "session"}


def test_an_attribute_that_no_face_has_stops_the_run_before_a_model_is_asked(tmp_path):
    Jittered.calls = 0
    with pytest.raises(UnknownNameError, match="Did you mean 'variation'"):
        run_parted(tmp_path, replace(PARTED, breakdown=("variations",)))
    assert Jittered.calls == 0


def test_jitter_moves_what_a_model_in_the_box_finds_and_workers_do_not(tmp_path):
    studies = {
        "still": PARTED,
        "moved": replace(PARTED, boxes=Part("dataset", "dataset", {"jitter": 0.1})),
        "other": replace(PARTED, boxes=Part("dataset", "dataset", {"jitter": 0.1}), seed=1),
    }
    boxed = [replace(s, aligners=(*s.aligners, Part("box", "box"))) for s in studies.values()]
    errors = []
    for number, study in enumerate(boxed):
        result = run_parted(tmp_path / str(number), study)
        faces = result.face_errors.query("aligner == 'box'")
        errors.append(faces["error"].to_numpy())
    again = Executor(boxed[1], tmp_path / "again", parted_catalogs(), workers=2).run()
    same = again.face_errors.query("aligner == 'box'")["error"].to_numpy()
    assert np.ptp(errors[0]) < 1e-12
    assert np.ptp(errors[1]) > 1e-3
    assert np.array_equal(errors[1], same)
    assert not np.allclose(errors[1], errors[2])


def test_a_model_that_learns_does_so_once_for_all_data_sets_and_says_it_in_its_notes(tmp_path):
    MeanShape.fits = 0
    result = run_parted(tmp_path, LEARNS)
    assert MeanShape.fits == 1
    stages = result.provenance["stages"]
    assert stages["landmarks/near--mean"]["learned_from"] == 16
    assert stages["landmarks/far--mean"]["learned_from"] == 16
    whole = result.landmark_errors.query("metric == 'NME' and group == 'all'")
    assert (whole.query("aligner == 'mean'")["value"] < 1e-12).all()
    run_parted(tmp_path, LEARNS)
    assert MeanShape.fits == 1


def test_a_model_that_learns_is_refused_without_training_faces(tmp_path):
    study = replace(LEARNS, datasets=(Part("near", "parted", {"trained": 0}),), claims=())
    with pytest.raises(DataError, match="'mean' learns within the study, and wants training faces"):
        run_parted(tmp_path, study)


def test_a_subject_who_is_trained_on_here_and_tested_there_is_refused(tmp_path):
    study = with_options(LEARNS, subjects=8)
    with pytest.raises(
        DataError, match=r"from subject 'subject 6' of data set 'near', who is.*far"
    ):
        run_parted(tmp_path, study)
    assert not list(tmp_path.glob("landmarks/*--mean.parquet"))


RATED = Study(
    "rated",
    datasets=(Part("fake", "fake"),),
    aligners=(
        Part("ground_truth", "ground_truth"),
        Part("rated", "rated", {"sigma": 4.0}),
        Part("failing", "rated", {"sigma": 4.0, "fail": 3}),
    ),
    normalisers=("ipn", "box"),
    discard=(0.2, 0.4),
    claims=(Claim("it knows", "fake:rated@discard=0.4 < fake:rated@random=0.4"),),
    resamples=40,
)


def test_a_quality_that_knows_is_found_to_know_and_survives_the_folder(tmp_path):
    made = Executor(RATED, tmp_path, rated_catalogs()).run()
    left = made.discards.set_index(["aligner", "order", "share"])["nme"]
    assert left["rated", "signal", 0.4] == left["rated", "oracle", 0.4]
    whole = made.landmark_errors.query("normaliser == 'ipn' and metric == 'NME'")
    nmes = whole.query("group == 'all'").set_index("aligner")["value"]
    assert left["rated", "signal", 0.0] == pytest.approx(nmes["rated"], rel=1e-12)
    assert set(made.discards["normaliser"]) == {"ipn"}
    counts = made.discards.groupby("aligner")["n"].unique().map(list).to_dict()
    assert counts == {"failing": [12], "rated": [18]}
    points = made.signals.query("level == 'point'").set_index("aligner")
    assert (points["rho"] > 0.999).all()
    assert made.claims["outcome"].unique().tolist() == ["held"]
    read = load_result(tmp_path)
    for name in ("discards", "signals", "signal_bins", "claims"):
        assert getattr(read, name).to_csv() == getattr(made, name).to_csv(), name


def test_discarding_is_asked_of_a_run_that_is_there_and_unasked_again(tmp_path):
    plain = replace(RATED, discard=(), claims=())
    assert Executor(plain, tmp_path, rated_catalogs()).run().discards.empty
    Jittered.calls = 0
    assert len(Executor(RATED, tmp_path, rated_catalogs()).run().discards) == 18
    assert Executor(plain, tmp_path, rated_catalogs()).run().discards.empty
    assert Jittered.calls == 0


def test_the_order_of_faces_and_the_workers_change_no_discard(tmp_path):
    first = Executor(RATED, tmp_path / "one", rated_catalogs()).run().discards
    again = Executor(RATED, tmp_path / "two", rated_catalogs(), workers=2).run().discards
    assert first.to_csv() == again.to_csv()


def test_models_note_their_own_time_and_the_truth_none(tmp_path):
    stages = Executor(RATED, tmp_path, rated_catalogs(), workers=2).run().provenance["stages"]
    note = stages["landmarks/fake--rated"]
    assert note[FACES] == 18
    assert note[THREADS] == 2
    assert 0 <= note[SECONDS] <= note["seconds"]
    assert SECONDS not in stages["landmarks/fake--ground_truth"]
