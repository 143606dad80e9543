"""Pairs files of both views become the trials that they list, and what is missing is named."""

import numpy as np
import pytest

from align_eval.datasets.lfw import load
from align_eval.errors import DataError, ImageError
from align_eval.image import write_png

VIEW_1 = "2\nAnn\t1\t2\nBo\t1\t3\nAnn\t1\tBo\t1\nBo\t3\tZoë_D’Arc\t1\n"


@pytest.fixture
def root(tmp_path):
    return make(tmp_path, VIEW_1)


def make(folder, pairs, name="pairsDevTest.txt", images="images"):
    """A set with the images of Ann 1, 2; Bo 1, 3 and Zoë 1 (PNG inside, whatever the name)."""
    (folder / name).write_text(pairs, encoding="utf-8")
    for person, number in [("Ann", 1), ("Ann", 2), ("Bo", 1), ("Bo", 3), ("Zoë_D’Arc", 1)]:
        place = folder / images / person
        place.mkdir(parents=True, exist_ok=True)
        write_png(place / f"{person}_{number:04d}.jpg", np.zeros((4, 4), np.uint8))
    return folder


def test_view_1_has_its_pairs_and_no_folds(root):
    data = load(str(root))
    trials = data.trials
    assert trials.genuine.tolist() == [True, True, False, False]
    assert trials.fold is None
    assert [face.id for face in data.faces] == [
        "Ann_0001", "Ann_0002", "Bo_0001", "Bo_0003", "Zoë_D’Arc_0001",
    ]  # fmt: skip
    assert data.faces[4].subject == "Zoë_D’Arc"
    assert data.faces[4].load().shape == (4, 4)
    assert data.problems == ()


def test_view_2_has_folds(tmp_path):
    fold = "Ann\t1\t2\nAnn\t1\tBo\t1\n"
    data = load(str(make(tmp_path, "3\t1\n" + 3 * fold, "pairs.txt")))
    assert data.trials.fold.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.trials.genuine.tolist() == [True, False] * 3


def test_spaces_and_windows_line_ends_are_read_alike(root, tmp_path_factory):
    other = make(tmp_path_factory.mktemp("spaces"), VIEW_1.replace("\t", "  ") + "\n\n")
    (other / "pairsDevTest.txt").write_bytes(
        (other / "pairsDevTest.txt").read_bytes().replace(b"\n", b"\r\n")
    )
    first, second = load(str(root)), load(str(other))
    assert first.trials.same_pairs(second.trials)


def test_images_may_lie_in_the_root_or_where_the_option_says(tmp_path):
    for name, images, option in [("a", ".", ""), ("b", "lfw", "lfw")]:
        (tmp_path / name).mkdir()
        folder = make(tmp_path / name, VIEW_1, images=images)
        assert load(str(folder), images=option).problems == ()


def test_a_missing_image_is_named_and_stays_in_the_trials(root):
    (root / "images" / "Bo" / "Bo_0003.jpg").unlink()
    data = load(str(root))
    assert data.problems == (("Bo_0003", "the image is missing: Bo_0003.jpg"),)
    assert len(data.trials) == 4
    with pytest.raises(ImageError, match=r"Bo_0003\.jpg: the image is missing"):
        data.face("Bo_0003").load()


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ("", "the pairs file is empty"),
        ("many\n", r"line 1: the header wants .* got 'many'"),
        ("1\t2\t3\n", "line 1: the header wants"),
        ("0\n", "line 1: the header wants"),
        ("2\nAnn\t1\t2\n", r"1 × \(2 genuine \+ 2 impostor\) pairs, 4 lines; found 1"),
        (VIEW_1 + "Ann\t1\t2\n", "4 lines; found 5"),
        ("1\nAnn\t1\tBo\t1\nAnn\t1\tBo\t1\n", "line 2: a genuine pair wants 'name i j'"),
        ("1\nAnn\t1\t2\nAnn\t1\t2\n", "line 3: an impostor pair wants 'name i other j'"),
        ("1\nAnn\tone\t2\nAnn\t1\tBo\t1\n", "line 2: a genuine pair"),
        ("1\nAnn\t0\t2\nAnn\t1\tBo\t1\n", "line 2: a genuine pair"),
        ("1\nAnn\t1\t1\nAnn\t1\tBo\t1\n", "line 2: .*is no pair of the kind"),
        ("1\nAnn\t1\t2\nAnn\t1\tAnn\t2\n", "line 3: .*is no pair of the kind"),
        ("1\n..\t1\t2\nAnn\t1\tBo\t1\n", "line 2: .*leads out of the root"),
    ],
)
def test_a_malformed_pairs_file_is_named_with_its_line(tmp_path, pairs, message):
    with pytest.raises(DataError, match=message) as caught:
        load(str(make(tmp_path, pairs)))
    assert "pairsDevTest.txt" in str(caught.value)


def test_two_pairs_files_want_an_option(root):
    (root / "pairs.txt").write_text("1\nAnn\t1\t2\nAnn\t1\tBo\t1\n")
    with pytest.raises(DataError, match="both are there: name the file"):
        load(str(root))
    assert len(load(str(root), pairs="pairs.txt").trials) == 2


def test_no_pairs_file_and_wrong_folders_are_refused(root):
    with pytest.raises(DataError, match="the folder 'faces' is not in"):
        load(str(root), images="faces")
    with pytest.raises(DataError, match=r"option pairs: .*leads out"):
        load(str(root), pairs="../pairs.txt")
    (root / "pairsDevTest.txt").unlink()
    with pytest.raises(DataError, match="neither is there"):
        load(str(root))


def test_the_development_test_set_names_its_missing_image(data_root):
    root = data_root / "research" / "lfw_dev"
    if not root.is_dir():
        pytest.skip("the development data has no research/lfw_dev")
    data = load(str(root))
    assert (data.trials.n_genuine, data.trials.n_impostor) == (500, 500)
    assert [name for name, _ in data.problems] == ["Betsy_Coffin_0001"]
    assert len(data.faces) == 1549
    assert data.faces[0].load().shape == (150, 150, 3)
