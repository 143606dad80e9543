"""COFW's pictures and points come out of MATLAB 7.3 files as MATLAB shows them."""

import pickle
import sys

import numpy as np
import pytest
import small_sets

from align_eval.datasets.cofw import inventory, load
from align_eval.errors import (
    ConfigError,
    DataError,
    ImageError,
    MissingExtraError,
    UnknownNameError,
)
from align_eval.faces import Box

pytest.importorskip("h5py", reason="COFW's files are read with h5py")


def test_pictures_points_and_boxes_survive_matlabs_order(tmp_path):
    points, _, pictures = small_sets.cofw(tmp_path)
    data = load(str(tmp_path))
    assert [face.id for face in data.faces] == ["test/1", "test/2", "test/3"]
    for face, marks, picture in zip(data.faces, points, pictures, strict=True):
        assert data.truth[face.id].points.tolist() == (marks - 1).tolist()
        assert face.box == Box(5, 6, 40, 60)
        copy = pickle.loads(pickle.dumps(face))
        assert np.array_equal(copy.load(), picture)
    assert data.faces[1].load().shape == (80, 60)
    assert data.truth["test/1"].scheme.name == "cofw29"
    assert data.problems == ()


def test_occluded_points_are_counted_and_left_out_on_request(tmp_path):
    small_sets.cofw(tmp_path)
    data = load(str(tmp_path))
    assert data.face("test/2").attributes == {"source": "cofw", "hidden_points": 2.0}
    assert np.isfinite(data.truth["test/2"].points).all()
    left = load(str(tmp_path), hidden="leave_out").truth["test/2"].points
    assert np.flatnonzero(np.isnan(left).all(axis=1)).tolist() == [0, 1]


def test_the_first_training_faces_are_those_of_lfpw(tmp_path):
    small_sets.cofw(tmp_path, "train", rows=2)
    data = load(str(tmp_path), subset="train")
    assert [face.attributes["source"] for face in data.faces] == ["lfpw", "lfpw"]
    assert inventory(str(tmp_path), subset="train").counts[0].expected == 1345


def test_a_single_face_is_a_set_too(tmp_path):
    points, _, _ = small_sets.cofw(tmp_path, rows=1)
    assert load(str(tmp_path)).truth["test/1"].points.tolist() == (points[0] - 1).tolist()


def test_the_68_points_are_those_of_the_numbered_files(tmp_path):
    small_sets.cofw(tmp_path)
    written = small_sets.cofw68(tmp_path, 2)
    data = load(str(tmp_path), scheme="ibug68")
    for number, points in enumerate(written, start=1):
        assert data.truth[f"test/{number}"].points.tolist() == (points - 1).tolist()
        assert data.face(f"test/{number}").attributes["hidden_points"] == number
    assert data.truth["test/1"].scheme.name == "ibug68"
    assert data.problems == (("test/3", "no landmarks of it: test_annotations/3_points.mat"),)
    with pytest.raises(ConfigError, match="only its test faces"):
        load(str(tmp_path), subset="train", scheme="ibug68")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"phisT": None}, "holds no variable 'phisT'"),
        ({"phisT": np.ones((86, 3))}, r"phisT wants rows of 87 numbers, got \(3, 86\)"),
        ({"phisT": np.ones((87, 2))}, "2 rows of phisT, 3 pictures"),
        ({"phisT": np.full((87, 3), 7.0)}, "phisT wants zeros and ones in columns 59 to 87"),
        ({"bboxesT": np.full((4, 3), np.inf)}, "bboxesT, row 1: a number is not finite"),
    ],
)
def test_a_file_of_another_shape_is_one_line(tmp_path, changed, message):
    small_sets.cofw(tmp_path, **changed)
    with pytest.raises(DataError, match=message) as caught:
        load(str(tmp_path))
    assert str(caught.value).startswith("COFW_test_color.mat")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_damaged_or_no_hdf5_is_named(tmp_path):
    path = tmp_path / "COFW_test_color.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file, says the name only")
    with pytest.raises(DataError, match=r"COFW_test_color\.mat: is no HDF5 file"):
        load(str(tmp_path))
    with pytest.raises(DataError, match=r"COFW_train_color\.mat: cannot be read"):
        load(str(tmp_path), subset="train")
    small_sets.cofw(tmp_path)
    face = load(str(tmp_path)).faces[0]
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ImageError, match=r"COFW_test_color\.mat, picture 1"):
        face.load()


def test_pixels_of_another_kind_are_an_image_that_cannot_be_read(tmp_path):
    import h5py

    small_sets.cofw(tmp_path)
    with h5py.File(tmp_path / "COFW_test_color.mat", "a") as file:
        del file["#refs#/0"]
        file["IsT"][0, 0] = file.create_dataset("#refs#/0", data=np.zeros((3, 4, 4))).ref
        file["IsT"][0, 1] = file.create_dataset("#refs#/9", data=np.zeros((4, 4, 4), np.uint8)).ref
    faces = load(str(tmp_path)).faces
    with pytest.raises(ImageError, match="wants pixels of 8 bits, got float64"):
        faces[0].load()
    with pytest.raises(ImageError, match="wants 1 or 3 channels, got 4"):
        faces[1].load()


def test_wrong_options_are_refused(tmp_path):
    small_sets.cofw(tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean 'train'"):
        load(str(tmp_path), subset="training")
    with pytest.raises(UnknownNameError, match="Did you mean 'cofw29'"):
        load(str(tmp_path), scheme="cofw28")


def test_without_h5py_the_extra_is_named(tmp_path, monkeypatch):
    small_sets.cofw(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"align-eval\[cofw\]"):
        load(str(tmp_path))
