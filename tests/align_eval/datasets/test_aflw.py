"""AFLW's one file says which faces are tested, and which points of them can be seen."""

import numpy as np
import pytest
import small_sets

from align_eval.datasets import aflw
from align_eval.datasets.aflw import inventory, load
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box

NAMES = ["0/image00000#1", "2/image00000#2", "3/image00001#3", "0/image00001#4", "2/image00002#5"]


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr(aflw, "_TRAINED", 2)
    return small_sets.aflw(tmp_path)


def test_the_order_of_ra_parts_training_and_test_faces(tmp_path, written):
    every = load(str(tmp_path), subset="all")
    assert [face.id for face in every.faces] == [NAMES[3], NAMES[4], NAMES[0], NAMES[1], NAMES[2]]
    assert [face.id for face in load(str(tmp_path), subset="train").faces] == NAMES[3:]
    assert [face.id for face in load(str(tmp_path)).faces] == NAMES[:3]
    assert [f.id for f in load(str(tmp_path), subset="frontal").faces] == [NAMES[0], NAMES[2]]


def test_rows_points_and_boxes_count_from_zero_here(tmp_path, written):
    points, _ = written
    data = load(str(tmp_path), subset="all")
    for row, name in enumerate(NAMES):
        assert data.truth[name].points.tolist() == (points[row] - 1).tolist()
        assert data.face(name).box == Box(5, 6, 40, 60)
    assert data.truth[NAMES[0]].scheme.name == "aflw19"
    assert data.problems == ()
    assert data.face(NAMES[0]).load().shape == (80, 60, 3)


def test_points_that_cannot_be_seen_are_counted_and_left_out_on_request(tmp_path, written):
    data = load(str(tmp_path))
    assert data.face(NAMES[1]).attributes == {"hidden_points": 2.0}
    assert np.isfinite(data.truth[NAMES[1]].points).all()
    left = load(str(tmp_path), hidden="leave_out").truth[NAMES[1]].points
    assert np.flatnonzero(np.isnan(left).all(axis=1)).tolist() == [3, 4]
    with pytest.raises(UnknownNameError, match="Did you mean 'leave_out'"):
        load(str(tmp_path), hidden="leave-out")


def test_oddities_are_named(tmp_path, written):
    (tmp_path / "flickr" / "3" / "image00001.jpg").unlink()
    seen = written[1].copy()
    seen[0] = 0
    boxes = np.tile([6.0, 46, 7, 67], (5, 1))
    boxes[1, 1] = 6
    small_sets.aflw(tmp_path, mask_new=seen, bbox=boxes)
    (tmp_path / "flickr" / "3" / "image00001.jpg").unlink()
    assert dict(load(str(tmp_path), hidden="leave_out").problems) == {
        NAMES[2]: "the image is missing: image00001.jpg",
        NAMES[0]: "no point of it has a place",
        NAMES[1]: "its bbox is no box: [6.0, 6.0, 7.0, 67.0]",
    }


def test_the_inventory_knows_the_protocol(tmp_path, written):
    for subset, number in {"test": 4386, "all": 24386, "frontal": None}.items():
        assert inventory(str(tmp_path), subset=subset).counts[0].expected == number


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"data": np.zeros((5, 37))}, r"data wants rows of 38 numbers, got \(5, 37\)"),
        ({"data": np.zeros((4, 38))}, "4 rows of data, 5 of nameList"),
        ({"data": np.full((5, 38), np.nan)}, "data, row 1: a number is not finite"),
        ({"mask_new": np.full((5, 19), 2)}, "mask_new wants zeros and ones"),
        ({"ra": np.array([[1, 2, 3, 4, 4]])}, "ra wants each of 1 to 5 once"),
        ({"ra": np.array([[1, 2, 3]])}, "ra wants rows of 5 numbers"),
        ({"nameList": np.arange(5)}, "nameList, row 1: wants a file name"),
        ({"bbox": "none"}, "bbox wants numbers"),
    ],
)
def test_a_file_of_another_shape_is_one_line(tmp_path, changed, message):
    small_sets.aflw(tmp_path, **changed)
    with pytest.raises(DataError, match=message) as caught:
        load(str(tmp_path))
    assert str(caught.value).startswith("AFLWinfo_release.mat")
    assert "\n" not in str(caught.value)


def test_too_few_faces_for_the_protocol_and_a_name_that_leads_out_are_refused(tmp_path):
    small_sets.aflw(tmp_path)
    with pytest.raises(DataError, match="none of its 5 faces is of the subset 'test'"):
        load(str(tmp_path))
    names = np.array([["../x.jpg"], *([["a.jpg"]] * 4)], dtype=object)
    small_sets.aflw(tmp_path, nameList=names)
    with pytest.raises(DataError, match=r"row 1: the path .* leads out"):
        load(str(tmp_path), subset="all")
