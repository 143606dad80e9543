"""MATLAB files are read to plain values, and a damaged one is one clear line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from align_eval.datasets._mat import cells, matrix, read_mat
from align_eval.errors import DataError


def test_single_values_keep_their_shape(tmp_path):
    cell = np.empty((1, 1), object)
    cell[0, 0] = "one"
    savemat(tmp_path / "a.mat", {"names": cell, "row": np.array([[1.0, 2.0]])})
    found = read_mat(tmp_path / "a.mat", ["names", "row"])
    assert cells(found["names"]) == ["one"]
    assert matrix(tmp_path, "row", found["row"], 2).tolist() == [[1, 2]]


def test_a_variable_or_file_that_is_missing_is_named(tmp_path):
    savemat(tmp_path / "a.mat", {"a": 1})
    with pytest.raises(DataError, match=r"a\.mat: holds no variable 'b'"):
        read_mat(tmp_path / "a.mat", ["a", "b"])
    with pytest.raises(DataError, match=r"b\.mat: cannot be read: No such file"):
        read_mat(tmp_path / "b.mat", ["a"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("mat") / "whole.mat"
    cell = np.empty((1, 2), object)
    cell[0, :] = [{"imgName": "a.png", "box": np.ones((1, 4))}, {"imgName": "b.png"}]
    savemat(path, {"boxes": cell, "data": np.arange(12.0).reshape(3, 4)}, do_compression=True)
    return path.read_bytes()


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_file_is_read_or_is_one_line(whole, tmp_path_factory, data):
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    spoilt = spoilt[: data.draw(st.integers(0, len(whole)))]
    path = tmp_path_factory.mktemp("spoilt") / "a.mat"
    path.write_bytes(spoilt)
    told = ""
    try:
        found = set(read_mat(path, ["boxes", "data"]))
    except DataError as error:
        told, found = str(error), {"boxes", "data"}
    assert found >= {"boxes", "data"}
    assert "\n" not in told
    assert not told or "a.mat" in told
