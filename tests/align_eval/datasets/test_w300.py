"""The subsets of 300-W are its folders, and the organisers' boxes are found under their names."""

import numpy as np
import pytest
import small_sets
from scipy.io import savemat

from align_eval.datasets.w300 import inventory, load
from align_eval.errors import DataError, ImageError, UnknownNameError
from align_eval.faces import Box

HELEN = "helen/testset/30427236_1"


@pytest.fixture
def written(tmp_path):
    return small_sets.w300(tmp_path)


@pytest.mark.parametrize(
    ("subset", "folders"),
    [
        ("common", ("helen/testset", "lfpw/testset")),
        ("challenging", ("ibug",)),
        ("full", ("helen/testset", "lfpw/testset", "ibug")),
        ("private", ("300W/01_Indoor", "300W/02_Outdoor")),
        ("indoor", ("300W/01_Indoor",)),
        ("outdoor", ("300W/02_Outdoor",)),
        ("train", ("afw", "helen/trainset", "lfpw/trainset")),
    ],
)
def test_a_subset_is_its_folders_and_counts_from_zero(tmp_path, written, subset, folders):
    data = load(str(tmp_path), subset=subset)
    assert set(data.truth) == {name for name in written if name.startswith(folders)}
    assert {face.attributes["source"] for face in data.faces} == set(folders)
    for name, marks in data.truth.items():
        assert marks.points.tolist() == (written[name] - 1).tolist()
    assert data.problems == ()
    assert data.trials is None
    assert data.faces[0].load().shape == (80, 60, 3)


def test_boxes_are_the_organisers_or_lie_around_the_points(tmp_path, written):
    detected = load(str(tmp_path), box="bb_detector")
    assert {face.box for face in detected.faces} == {Box(10.5, 11, 30, 40)}
    given = load(str(tmp_path), box="bb_ground_truth", subset="train")
    assert {face.box for face in given.faces} == {Box(9, 8, 40, 50)}
    around = load(str(tmp_path), box="truth").face(HELEN).box
    low, high = written[HELEN].min(axis=0) - 1, written[HELEN].max(axis=0) - 1
    assert around == Box(*low, *(high - low))
    assert load(str(tmp_path)).faces[0].box is None


def test_what_is_missing_stays_and_is_named(tmp_path, written):
    (tmp_path / f"{HELEN}.pts").unlink()
    (tmp_path / "ibug" / "image_092 _01.jpg").unlink()
    cells = np.empty((1, 1), object)
    cells[0, 0] = {"imgName": "other.png", "bb_detector": np.array([[1.0, 2, 3, 4]])}
    boxes = tmp_path / "Bounding_Boxes" / "bounding_boxes_lfpw_testset.mat"
    savemat(boxes, {"bounding_boxes": cells})
    data = load(str(tmp_path), box="bb_detector")
    assert dict(data.problems) == {
        "ibug/image_092 _01": "the image is missing: image_092 _01.jpg",
        HELEN: "no .pts file beside it",
        "lfpw/testset/image_0001": "no bb_detector of it",
    }
    assert len(data.faces) == 4
    with pytest.raises(ImageError, match="missing"):
        data.face("ibug/image_092 _01").load()


def test_the_inventory_sets_each_folder_beside_its_published_number(tmp_path, written):
    found = inventory(str(tmp_path), subset="common")
    counts = {count.what: (count.found, count.expected) for count in found.counts}
    assert counts["faces"] == (3, 554)
    assert counts["faces of helen/testset"] == (2, 330)
    assert counts["faces of lfpw/testset"] == (1, 224)
    assert not found.ok
    published = {"full": 689, "challenging": 135, "private": 600, "train": 3148}
    for subset, number in published.items():
        assert inventory(str(tmp_path), subset=subset).counts[0].expected == number


def test_a_folder_or_file_that_cannot_be_used_is_one_line(tmp_path, written):
    with pytest.raises(DataError, match=r"wants Bounding_Boxes/bounding_boxes_300W_01_Indoor\.mat"):
        load(str(tmp_path), subset="private", box="bb_detector")
    boxes = tmp_path / "Bounding_Boxes" / "bounding_boxes_ibug.mat"
    savemat(boxes, {"bounding_boxes": np.ones((1, 2))})
    with pytest.raises(DataError, match=r"bounding_boxes_ibug\.mat, cell 1: wants imgName and"):
        load(str(tmp_path), box="bb_detector")
    boxes.write_bytes(b"MATLAB 5.0 MAT-file, cut")
    with pytest.raises(DataError, match=r"bounding_boxes_ibug\.mat: is no MATLAB file"):
        load(str(tmp_path), box="bb_detector")
    small_sets.pts(tmp_path / f"{HELEN}.pts", written[HELEN][:67])
    with pytest.raises(DataError, match=r"30427236_1\.pts: 67 points; wanted 68"):
        load(str(tmp_path))
    for path in (tmp_path / "ibug").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"finds no faces in .*ibug"):
        load(str(tmp_path), subset="challenging")
    (tmp_path / "ibug").rmdir()
    with pytest.raises(DataError, match="wants the folder 'ibug'"):
        load(str(tmp_path), subset="challenging")


def test_wrong_options_are_refused(tmp_path, written):
    with pytest.raises(UnknownNameError, match="Did you mean 'challenging'"):
        load(str(tmp_path), subset="challenge")
    with pytest.raises(UnknownNameError, match="Did you mean 'bb_detector'"):
        load(str(tmp_path), box="detector")
