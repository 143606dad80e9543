"""A .bin gives the pairs that it holds, says that its crops are aligned, and runs nothing."""

import os
import pickle

import numpy as np
import pytest
from fakes import Pixels
from protocols import bin_lists, jpeg, write_bin

from align_eval._trials import fold_accuracies
from align_eval.catalog import Catalog, Entry
from align_eval.datasets import CATALOG
from align_eval.datasets.insightface_bin import LAYOUT, inventory, load
from align_eval.errors import ConfigError, DataError, ImageError
from align_eval.executor import Catalogs, Executor
from align_eval.fingerprint import changed, fingerprint
from align_eval.metrics import parse_metric
from align_eval.scores import Scores
from align_eval.study import Part, Study
from align_eval.templates import template


def written(folder, images, same, name="lfw.bin", protocol=pickle.HIGHEST_PROTOCOL):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(pickle.dumps((images, same), protocol))
    return str(folder)


def small(folder, images, same, **options):
    return load(written(folder, images, same), folds=0, **options)


def test_pairs_labels_and_folds_are_those_of_the_file(tmp_path):
    images, same = bin_lists()
    data = load(written(tmp_path / "a", images, same))
    trials = data.trials
    assert trials.genuine.tolist() == same
    assert trials.fold.tolist() == [k for k in range(10) for _ in range(4)]
    for i, (first, second) in enumerate(
        zip(trials.reference_index, trials.probe_index, strict=True)
    ):
        for name, slot in ((trials.references[first], 2 * i), (trials.probes[second], 2 * i + 1)):
            assert int(name) == slot
            assert data.face(name).load.data == images[slot]
    assert data.faces[3].load().shape == (112, 112, 3)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_old_and_new_files_give_the_same_faces(tmp_path, protocol):
    images, same = bin_lists(folds=1)
    arrays = [np.frombuffer(image, np.uint8)[:, None].copy() for image in images]
    plain = load(written(tmp_path / "a", images, same), folds=2)
    other = load(written(tmp_path / "b", arrays, np.array(same), protocol=protocol), folds=2)
    assert [face.load.data for face in other.faces] == images
    assert other.trials.same_pairs(plain.trials)
    assert len(changed(fingerprint(plain), fingerprint(other))) == 0


def test_folds_are_those_of_scikit_learns_kfold(tmp_path):
    from sklearn.model_selection import KFold

    images, same = bin_lists(folds=3, pairs=2)
    images, same = images[:22], same[:11]
    fold = load(written(tmp_path / "a", images, same), folds=4).trials.fold
    for number, (_, test) in enumerate(KFold(4, shuffle=False).split(np.zeros(11))):
        assert np.flatnonzero(fold == number).tolist() == test.tolist()


def test_the_truth_is_the_template_and_the_crop_stays_as_it_is(tmp_path):
    data = small(tmp_path / "a", *bin_lists(folds=1))
    assert {face.attributes["aligned"] for face in data.faces} == {"arcface112"}
    points = template("arcface112").landmarks.points
    assert all(np.array_equal(truth.points, points) for truth in data.truth.values())
    assert len(data.truth) == len(data.faces)
    assert any("aligned to arcface112 already" in why for _, why in data.problems)
    assert any("whose the faces are is not in the file" in why for _, why in data.problems)


def test_people_are_joined_by_genuine_pairs_and_equal_images_only(tmp_path):
    a, b, c, d, e = (jpeg(k, 0) for k in range(5))
    data = small(tmp_path / "a", [a, b, b, c, d, e, a, d], [True, True, False, False])
    people = {face.id: face.subject for face in data.faces}
    assert list(people) == ["0", "1", "3", "4", "5"]
    assert people["0"] == people["1"] == people["3"]
    assert len({people["0"], people["4"], people["5"]}) == 3
    assert data.trials.clusters[0] == 3


def test_a_label_that_equal_images_contradict_is_kept_and_named(tmp_path):
    a, b, c = (jpeg(k, 0) for k in range(3))
    data = small(tmp_path / "a", [a, b, b, a, c, c, a, c], [True, False, False, True])
    assert data.trials.genuine.tolist() == [True, False, False, True]
    odd = [why for _, why in data.problems if why.startswith("pair")]
    assert [why.split()[1] for why in odd] == ["1", "2"]
    apart = data.face(data.trials.references[data.trials.reference_index[1]])
    assert apart.load.data == b
    assert not inventory(str(tmp_path / "a"), folds=0).ok


def test_a_genuine_pair_of_one_image_twice_is_named(tmp_path):
    a, b = jpeg(0, 0), jpeg(1, 0)
    data = small(tmp_path / "a", [a, a, a, b], [True, False])
    assert data.trials.genuine.tolist() == [True, False]
    assert ("lfw.bin", "pair 0: its two images are equal") in data.problems


def test_the_template_may_be_named_and_must_fit(tmp_path):
    root = written(tmp_path / "a", *bin_lists(folds=1))
    assert load(root, template="arcface112", folds=0).faces
    with pytest.raises(DataError, match=r"112 × 112 pixels; the template 'facenet160' is 160"):
        load(root, template="facenet160")


def resized(width, height):
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def test_crops_of_other_sizes_take_their_layout_or_want_one(tmp_path):
    data = small(tmp_path / "a", [resized(128, 128), resized(128, 128) + b"\0"], [True])
    assert data.faces[0].attributes["aligned"] == "arcface128"
    with pytest.raises(DataError, match=r"lfw\.bin: images of 96 × 112 pixels are in no layout"):
        small(tmp_path / "b", [resized(96, 112)] * 2, [True])


def test_a_damaged_or_odd_image_fails_alone(tmp_path):
    images, same = bin_lists(folds=1)
    images[3], images[5] = images[3][:300], resized(224, 224)
    data = small(tmp_path / "a", images, same)
    with pytest.raises(ImageError, match=r"lfw\.bin, image 3: the image is truncated"):
        data.face("3").load()
    with pytest.raises(ImageError, match=r"image 5: 224 × 224 pixels; the others have 112 × 112"):
        data.face("5").load()
    assert data.face("4").load().shape == (112, 112, 3)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2, 3], "wants two lists, images and labels; got a list"),
        (7, "wants two lists, images and labels; got the number 7"),
        ((b"a", [True]), "got bytes and a list"),
        (([b"a"], [True]), "two images for each label, and at least one; got 1 images and 1"),
        (([], []), "got 0 images and 0 labels"),
        (([b"a", "b"], [True]), "image 1: wants the bytes of an image, got text"),
        (([b"a", [b"b"]], [True]), "image 1: wants the bytes of an image, got a list"),
        (([b"a", b"b"], [2]), "label 0: wants True or False, got the number 2"),
        (([b"a", b"b"], [None]), "label 0: wants True or False, got something else"),
        (([b"a", b"b"], np.array([1], np.uint8)), "label 0: wants True or False"),
        (([b"a", b"b"], [True]), "none of its 2 images can be read"),
        ({"a": 1}, "byte 11: the opcode .* has no place"),
        (([1.5, b"b"], [True]), "the opcode b'G' has no place"),
        (([b"a", np.zeros(2)], [True]), "an array of the type 'f8'; wanted bytes"),
    ],
)
def test_what_is_no_such_file_is_one_clear_line(tmp_path, value, message):
    (tmp_path / "lfw.bin").write_bytes(pickle.dumps(value, 4))
    with pytest.raises(DataError, match=rf"^lfw\.bin.*{message}") as caught:
        load(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_hostile_file_is_refused_and_runs_nothing(tmp_path):
    class Touch:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    images, same = bin_lists(folds=1)
    for k, value in enumerate(((images, [*same[:-1], Touch()]), ([*images[1:], Touch()], same))):
        root = tmp_path / str(k)
        root.mkdir()
        (root / "lfw.bin").write_bytes(pickle.dumps(value))
        for look in (load, inventory):
            with pytest.raises(DataError, match=r"lfw\.bin, byte .*'posix\.system'"):
                look(str(root))
    assert not (tmp_path / "ran").exists()


def test_the_file_is_found_or_named(tmp_path):
    root = written(tmp_path / "a", *bin_lists(folds=1))
    written(tmp_path / "a", *bin_lists(folds=1), name="agedb_30.bin")
    with pytest.raises(DataError, match=r"found agedb_30\.bin, lfw\.bin: name it with the option"):
        load(root)
    assert load(root, file="agedb_30.bin", folds=0).faces
    with pytest.raises(DataError, match=r"the file 'cfp\.bin' is not in"):
        load(root, file="cfp.bin")
    with pytest.raises(DataError, match="leads out"):
        load(root, file="../a/lfw.bin")
    with pytest.raises(ConfigError, match="4 pairs cannot be divided into 10 folds"):
        load(root, file="lfw.bin")


def test_the_inventory_has_what_is_published_of_the_file(tmp_path):
    write_bin(tmp_path)
    found = inventory(str(tmp_path))
    assert found.layout == LAYOUT
    assert found.problems == ()
    counts = {count.what: count for count in found.counts}
    assert (counts["genuine trials"].found, counts["genuine trials"].expected) == (20, 3000)
    assert (counts["folds"].found, counts["folds"].expected) == (10, 10)
    assert counts["folds of 300 genuine and 300 impostor trials"].found == 0
    assert not found.ok
    (tmp_path / "lfw.bin").rename(tmp_path / "mine.bin")
    assert inventory(str(tmp_path)).ok


def evaluate_like_insightface(distance, same, thresholds, folds=10):
    """``eval/verification.py``: KFold over the pairs; the first best threshold of the others."""
    from sklearn.model_selection import KFold

    same, accuracies = np.asarray(same), []
    for train, test in KFold(folds, shuffle=False).split(same):
        right = [np.mean((distance[train] < t) == same[train]) for t in thresholds]
        best = thresholds[np.argmax(right)]
        accuracies.append(np.mean((distance[test] < best) == same[test]))
    return np.array(accuracies)


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_is_insightfaces_where_its_grid_passes_no_score_by(tmp_path, seed):
    images, same = bin_lists(folds=10, pairs=3)
    trials = load(written(tmp_path, images, same)).trials
    rng = np.random.default_rng(seed)
    steps = rng.normal(np.where(same, 60, 85), 15).round().clip(0, 190)
    distance = 0.01 + 0.02 * steps  # insightface's thresholds, by 0.01, lie between them
    expected = evaluate_like_insightface(distance, same, np.arange(0, 4, 0.01))
    scores = Scores(trials, -steps)
    assert fold_accuracies(scores, 10) == pytest.approx(expected)
    assert 0.5 < expected.mean() < 1
    found = parse_metric("10-fold accuracy").measure(scores)
    error = expected.std(ddof=1) / np.sqrt(10)
    assert found.value == pytest.approx(expected.mean())
    assert f"standard error {error:.4f}" in found.note


def test_a_study_takes_the_crops_and_moves_them_and_its_accuracy_is_insightfaces(tmp_path):
    images, same = bin_lists()
    root = written(tmp_path / "data", images, same)
    study = Study(
        "bin",
        datasets=(Part("bin", "insightface_bin", {"root": root}),),
        aligners=(
            Part("ground_truth", "ground_truth"),
            Part("moved", "perturbed", {"sigma": 0.25}),
        ),
        pipelines=(Part("pixels", "pixels"),),
        metrics=("10-fold accuracy", "EER"),
        normalisers=("ipn",),
        resamples=20,
        samples=0,
    )
    models = Catalog(
        "landmark model",
        {
            "ground_truth": Entry("align_eval.dataset:GroundTruth", "truth"),
            "perturbed": Entry("landmark_models.perturbed:PerturbedTruth", "truth, moved"),
        },
    )
    pipelines = Catalog("pipeline", {"pixels": Entry("fakes:Pixels", "grid")})
    catalogs = Catalogs(CATALOG, Catalog("detector", {}), models, pipelines)
    result = Executor(study, tmp_path / "run", catalogs).run()

    # Aligned by the truth, a crop is what the file holds: the embeddings are those of the images.
    data = load(root)
    rows = Pixels().embed(data.face(f"{slot:02d}").load() for slot in range(len(images)))
    scores = next(s for key, s in result.scores.items() if key.aligner == "ground_truth")
    assert scores.values == pytest.approx(np.sum(rows[0::2] * rows[1::2], axis=1), abs=1e-6)

    distance = np.sum(np.square(rows[0::2] - rows[1::2]), axis=1, dtype=np.float64)
    exact = np.nextafter(np.sort(distance), np.inf)  # a grid that passes no score by
    expected = evaluate_like_insightface(distance, same, exact)
    chosen = result.rows[result.rows["metric"] == "10-fold accuracy"].set_index("aligner")
    assert chosen.loc["ground_truth", "value"] == pytest.approx(expected.mean())
    assert chosen.loc["moved", "value"] < chosen.loc["ground_truth", "value"]
    told = " ".join(result.failures["reason"])
    assert "aligned to arcface112 already" in told
    assert "whose the faces are is not in the file" in told
