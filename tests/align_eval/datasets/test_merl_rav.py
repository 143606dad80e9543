"""The signs of MERL-RAV's coordinates say whether a point is seen, guessed or unknown."""

import numpy as np
import pytest
import small_sets

from align_eval.datasets.merl_rav import load
from align_eval.errors import DataError, UnknownNameError

TEST, TRAIN = "frontal/testset/image00019", "left/trainset/image20991_1"


@pytest.fixture
def written(tmp_path):
    return small_sets.merl_rav(tmp_path)


def test_signs_are_read_as_visibility_and_points_count_from_zero(tmp_path, written):
    data = load(str(tmp_path))
    assert [face.id for face in data.faces] == [TEST]
    found = data.truth[TEST].points
    assert np.isnan(found[:3]).all()
    assert found[3:].tolist() == (np.abs(written[TEST][3:]) - 1).tolist()
    assert data.faces[0].attributes == {
        "pose": "frontal",
        "hidden_points": 1.0,
        "self_occluded_points": 3.0,
    }
    low = found[3:].min(axis=0)
    assert data.faces[0].box[:2] == tuple(low)
    assert data.problems == ()
    left = load(str(tmp_path), hidden="leave_out").truth[TEST].points
    assert np.flatnonzero(np.isnan(left).all(axis=1)).tolist() == [0, 1, 2, 3]


def test_the_organised_folder_may_be_the_root(tmp_path, written):
    data = load(str(tmp_path / "merl_rav_organized"), subset="all")
    assert [face.id for face in data.faces] == [TEST, TRAIN]
    assert data.truth[TRAIN].points.tolist() == (written[TRAIN] - 1).tolist()
    only = load(str(tmp_path), subset="train", pose="left")
    assert [face.id for face in only.faces] == [TRAIN]


def test_oddities_are_named(tmp_path, written):
    folder = tmp_path / "merl_rav_organized"
    odd = written[TEST].copy()
    odd[4, 0] = -odd[4, 0]
    small_sets.pts(folder / f"{TEST}.pts", odd)
    small_sets.picture(folder / "right/testset/bare.jpg")
    small_sets.pts(folder / "right/testset/gone.pts", np.full((68, 2), -1))
    data = load(str(tmp_path))
    assert data.problems == (
        ("right/testset/gone", "the image is missing: gone.jpg"),
        (TEST, "point 5 has one negative coordinate"),
        ("right/testset/bare", "no .pts file beside it"),
        ("right/testset/gone", "no point of it has a place"),
    )
    assert np.isnan(data.truth[TEST].points[4]).all()


def test_malformed_files_and_wrong_options_are_refused(tmp_path, written):
    with pytest.raises(UnknownNameError, match="Did you mean 'lefthalf'"):
        load(str(tmp_path), pose="left_half")
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        load(str(tmp_path), subset="testset")
    with pytest.raises(DataError, match="finds no faces of 'test'"):
        load(str(tmp_path), pose="right")
    small_sets.pts(tmp_path / "merl_rav_organized" / f"{TEST}.pts", written[TEST][:5])
    with pytest.raises(DataError, match=r"image00019\.pts: 5 points; wanted 68"):
        load(str(tmp_path))
