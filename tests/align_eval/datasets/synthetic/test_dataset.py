import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from align_eval.datasets.synthetic import dataset as module
from align_eval.datasets.synthetic._shelf import records_of, shelve
from align_eval.datasets.synthetic.dataset import load
from align_eval.datasets.synthetic.recipe import recipe_of
from align_eval.datasets.synthetic.writing import write
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Modality
from align_eval.image import ImageFile, read_image

SMALL = {"subjects": 3, "size": 64, "variations": ["NN", "OOG", "PL"], "seed": 4}


@pytest.fixture(scope="module")
def lazy():
    return load(**SMALL, spectra="both")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def kept(cache):
    return load(**SMALL, spectra="both", cache=str(cache), workers=2)


def test_ids_subjects_and_attributes_say_what_a_face_is(lazy):
    assert len(lazy.faces) == 3 * 3 * 2
    face = lazy.face("s001_0_OOG_th")
    assert (face.subject, face.modality) == ("s001", Modality.THERMAL)
    assert {k: face.attributes[k] for k in ("variation", "session", "spectrum", "split")} == {
        "variation": "OOG",
        "session": 0,
        "spectrum": "thermal",
        "split": "test",
    }
    assert face.attributes["occluded"] > lazy.face("s001_0_OOG_vis").attributes["occluded"]
    assert -23 < lazy.face("s002_0_PL_vis").attributes["yaw"] < -17


def test_the_truth_known_before_rendering_is_that_of_the_rendered_image(lazy):
    recipe = recipe_of(**SMALL, parallax=0.7)
    for shot in recipe.shots(2):
        pair = recipe.render(shot)
        for spectrum, (points, occluded) in recipe.outlines(shot).items():
            truth = pair.truth(spectrum)
            np.testing.assert_array_equal(points, truth.points)
            assert occluded == truth.occluded
    assert lazy.truth["s000_0_NN_vis"].scheme.name == "ibug68"


def test_boxes_are_the_tight_boundary_of_the_points(lazy):
    for face in lazy.faces:
        points = lazy.truth[face.id].points
        x, y, width, height = face.box
        np.testing.assert_allclose([x, y], points.min(axis=0))
        np.testing.assert_allclose([x + width, y + height], points.max(axis=0))


def test_faces_do_not_depend_on_order_threads_or_pickling(lazy):
    faces = list(lazy.faces)
    forward = [face.load() for face in faces]
    module._rendered.cache_clear()
    backward = [face.load() for face in pickle.loads(pickle.dumps(faces[::-1]))][::-1]
    module._rendered.cache_clear()
    with ThreadPoolExecutor(3) as pool:
        threaded = list(pool.map(lambda face: face.load(), faces))
    for first, second, third in zip(forward, backward, threaded, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, third)


def test_a_loaded_image_may_be_written_to(lazy):
    image = lazy.faces[0].load()
    image[:] = 0
    assert lazy.faces[0].load().any()


def test_a_cached_set_is_the_rendered_one_to_the_byte(lazy, kept):
    assert [face.id for face in kept.faces] == [face.id for face in lazy.faces]
    for face in kept.faces:
        other = lazy.face(face.id)
        assert isinstance(face.load, ImageFile)
        np.testing.assert_array_equal(face.load(), other.load())
        np.testing.assert_array_equal(kept.truth[face.id].points, lazy.truth[face.id].points)
        assert face.box == other.box
        assert face.attributes == other.attributes


def test_the_number_of_processes_changes_no_byte(cache, kept, tmp_path):
    recipe = recipe_of(**SMALL)
    shelve(recipe, tmp_path / "one", workers=1)
    (two,) = cache.iterdir()
    files = {path.relative_to(two) for path in two.rglob("*") if path.is_file()}
    assert files == {p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*")}
    for name in files:
        assert (two / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_a_cached_set_is_rendered_once(cache, kept, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("rendered again")

    monkeypatch.setattr(module, "shelve", refuse)
    assert len(load(**SMALL, spectra="both", cache=str(cache)).faces) == len(kept.faces)
    with pytest.raises(AssertionError):
        load(**{**SMALL, "seed": 5}, spectra="both", cache=str(cache))


def test_more_subjects_leave_the_others_as_they_are(lazy):
    more = load(**{**SMALL, "subjects": 1, "first_subject": 2}, spectra="both")
    for face in more.faces:
        np.testing.assert_array_equal(face.load(), lazy.face(face.id).load())


def test_a_set_that_is_stopped_half_way_leaves_nothing(tmp_path):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    recipe = recipe_of(**{**SMALL, "variations": "NN"})
    with pytest.raises(KeyboardInterrupt):
        shelve(recipe, tmp_path / "set", progress=stop)
    assert not list(tmp_path.iterdir())


def test_a_set_that_another_process_finished_first_stays(tmp_path):
    recipe = recipe_of(**{**SMALL, "subjects": 1, "variations": "NN"})
    shelve(recipe, tmp_path / "set")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "set").rglob("*.png")}
    shelve(recipe, tmp_path / "set")
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "set").rglob("*.png")}
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_records_hold_the_whole_truth(cache, kept):
    (folder,) = cache.iterdir()
    record = next(r for r in records_of(folder) if r.id == "s000_0_OOG_th")
    truth = record.read(folder)
    pair = recipe_of(**SMALL).render(truth.shot)
    np.testing.assert_array_equal(truth.parts, pair.thermal_truth.parts)
    np.testing.assert_array_equal(truth.visible, pair.thermal_truth.visible)


def test_a_folder_that_is_no_set_is_named(tmp_path):
    with pytest.raises(DataError, match="no synthetic set"):
        list(records_of(tmp_path))


def test_protocols_bring_their_subjects_trials_and_training_faces():
    two = {"size": 64, "variations": "NN EH", "seed": 4}
    first = load(**two, protocol="protocol1:0")
    assert (len(first.subjects), len({f.subject for f in first.training})) == (30, 30)
    assert first.trials.n_genuine == 30
    dmsl = load(**two, protocol="dmsl:2", subjects=10)
    assert dmsl.trials is None
    assert [f.attributes["split"] for f in dmsl.training].count("validation") == 2 * 2 * 2
    assert dmsl.subjects == ("s002",)
    visible = load(**two, subjects=3)
    assert {face.modality for face in visible.faces} == {Modality.VISIBLE}
    assert len(visible.trials) == 15


def test_the_last_subjects_are_trained_on_and_never_tested():
    options = {**SMALL, "subjects": 5, "variations": "NN EH", "training": 2}
    made = load(**options, protocol="thermal_to_visible")
    assert made.subjects == ("s000", "s001", "s002")
    assert {face.subject for face in made.training} == {"s003", "s004"}
    assert {face.modality for face in made.training} == set(Modality)
    assert {face.attributes["split"] for face in made.training} == {"training"}
    assert made.trials.references == made.subjects
    same = load(**options, protocol="visible_to_visible")
    assert same.trials.gallery == made.trials.gallery
    assert [same.face(name).attributes["pair"] for name in same.trials.probes] == [
        made.face(name).attributes["pair"] for name in made.trials.probes
    ]
    assert {face.modality for face in (*same.faces, *same.training)} == {Modality.VISIBLE}


@pytest.mark.parametrize("probes", ["thermal", "visible"])
def test_a_protocol_without_a_fold_is_all_its_folds(probes):
    two = {"size": 64, "variations": "NN EH", "seed": 4, "subjects": 8, "probes": probes}
    made = load(**two, protocol="protocol2", spectra="both", mirror=True)
    assert made.training == ()
    assert {face.attributes["split"] for face in made.faces} == {"test"}
    assert set(made.folds) == set(range(5))
    for k, trained in made.folds.items():
        alone = load(**two, protocol=f"protocol2:{k}", spectra="both", mirror=True)
        assert made.trials.only(made.trials.fold == k).same_pairs(alone.trials)
        assert set(trained) == {face.id for face in alone.training}
        assert any(name.endswith("_m") for name in trained)
    assert not any(name.endswith("_m") for name in made.trials.faces)
    assert {made.face(name).modality for name in made.trials.probes} == {Modality(probes)}


def test_all_folds_of_thermal_faces_alone_have_nothing_to_compare():
    with pytest.raises(ConfigError, match="want visible faces for the gallery"):
        load(size=64, variations="NN EH", subjects=4, protocol="protocol1", spectra="thermal")


def test_mirrored_copies_carry_mirrored_truth_and_are_in_no_trial():
    made = load(**{**SMALL, "subjects": 2}, mirror=True)
    plain, flipped = made.face("s000_0_PL_vis"), made.face("s000_0_PL_vis_m")
    np.testing.assert_array_equal(flipped.load(), plain.load()[:, ::-1])
    expected = made.truth[plain.id].mirrored(64).points
    np.testing.assert_array_equal(made.truth[flipped.id].points, expected)
    assert flipped.attributes["yaw"] == -plain.attributes["yaw"]
    assert flipped.attributes["pitch"] == plain.attributes["pitch"]
    assert not any(name.endswith("_m") for name in made.trials.faces)
    pickle.loads(pickle.dumps(flipped)).load()


def test_repeats_and_ranges_are_told_apart():
    made = load(subjects=1, variations="NN", repeats=2, sessions=2, range="R3", spectra="thermal",
                protocol="none")  # fmt: skip
    assert [face.id for face in made.faces] == [
        f"s000_{session}_NN_{repeat}_th" for session in (0, 1) for repeat in (0, 1)
    ]
    assert {face.attributes["range"] for face in made.faces} == {"R3"}
    assert made.faces[0].load().shape == (160, 160)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"subjects": -1}, ConfigError),
        ({"subjects": True}, ConfigError),
        ({"seed": 1.5}, ConfigError),
        ({"head": "iict"}, UnknownNameError),
        ({"range": "R9"}, UnknownNameError),
        ({"spectra": "infrared"}, UnknownNameError),
        ({"spread": "wide"}, UnknownNameError),
        ({"variations": "XX"}, UnknownNameError),
        ({"protocol": "lfw"}, UnknownNameError),
        ({"probes": "thermal"}, ConfigError),
        ({"protocol": "protocol1:0", "probes": "radar"}, UnknownNameError),
        ({"training": -1}, ConfigError),
        ({"training": 1}, ConfigError),
        ({"protocol": "protocol1", "training": 1}, ConfigError),
        ({"parallax": 9.0}, ConfigError),
        ({"size": 7}, ConfigError),
    ],
)
def test_options_out_of_range_are_refused(options, error):
    with pytest.raises(error):
        load(**{**SMALL, "subjects": 2, **options})


def test_a_digest_tells_every_parameter_apart_but_not_the_path_of_the_head():
    base = recipe_of(**SMALL)
    changes = [
        {"seed": 5}, {"subjects": 4}, {"size": 80}, {"variations": "NN"}, {"spectra": "visible"},
        {"parallax": 0.1}, {"spread": "still"}, {"repeats": 2}, {"range_name": "R3"},
    ]  # fmt: skip
    digests = {recipe_of(**{**SMALL, **change}).digest() for change in changes}
    assert len(digests | {base.digest()}) == len(changes) + 1
    assert recipe_of(**SMALL).digest() == base.digest()


def test_a_written_set_is_a_manifest_and_a_folder_of_pts(tmp_path):
    from align_eval.datasets import manifest
    from align_eval.datasets._pts import read_pts

    recipe = recipe_of(**{**SMALL, "subjects": 2})
    told = []
    out = write(tmp_path / "out", recipe, progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]
    read = manifest.load(str(out), scheme="ibug68", trials="none")
    lazy = load(**{**SMALL, "subjects": 2}, spectra="both", protocol="none")
    assert [face.id for face in read.faces] == [face.id for face in lazy.faces]
    for face in read.faces:
        other = lazy.face(face.id)
        np.testing.assert_array_equal(face.load(), other.load())
        np.testing.assert_array_equal(read.truth[face.id].points, lazy.truth[face.id].points)
        assert (face.subject, face.modality, face.box) == (
            other.subject,
            other.modality,
            other.box,
        )
        assert float(face.attributes["yaw"]) == other.attributes["yaw"]
    counted = read_pts(out / "landmarks" / "s001_0_PL_vis.pts")  # from 1
    np.testing.assert_allclose(counted - 1, lazy.truth["s001_0_PL_vis"].points, atol=1e-12)
    assert read_image(out / "thermal_8bit" / "s001_0_PL.png").dtype == np.uint8


def test_writing_into_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(DataError, match="new or empty"):
        write(tmp_path, recipe_of(**SMALL))
    assert (tmp_path / "mine.txt").read_text() == "keep me"
