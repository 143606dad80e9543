import numpy as np
import pytest
from pictured import overlays

from align_eval.atomic import write_bytes
from align_eval.errors import DataError
from align_eval.overlays import load_overlays, save_overlays


def test_overlays_survive_their_files(tmp_path):
    made = overlays()
    read = load_overlays(tmp_path, save_overlays(tmp_path, made))
    assert len(read) == len(made)
    for one, two in zip(read, made, strict=True):
        assert (one.dataset, one.face, one.variation) == (two.dataset, two.face, two.variation)
        assert np.array_equal(one.image, two.image)
        assert list(one.points) == list(two.points)
        for name, points in two.points.items():
            assert (points is None) == (one.points[name] is None)
            assert points is None or np.array_equal(one.points[name], points)


def test_points_that_are_not_known_survive_as_such(tmp_path):
    one = overlays()[0]
    holed = one._replace(points={"a": np.array([[1.0, 2], [np.nan, np.nan]])})
    (read,) = load_overlays(tmp_path, save_overlays(tmp_path, [holed]))
    assert np.array_equal(read.points["a"], holed.points["a"], equal_nan=True)


def test_no_overlays_make_no_files(tmp_path):
    assert save_overlays(tmp_path, ()) == []
    assert not list(tmp_path.iterdir())
    assert load_overlays(tmp_path, []) == ()


@pytest.mark.parametrize("name", ["000.png", "points.parquet"])
def test_a_damaged_file_is_one_line(tmp_path, name):
    rows = save_overlays(tmp_path, overlays())
    write_bytes(tmp_path / "overlays" / name, b"PAR1")
    with pytest.raises(DataError, match=name):
        load_overlays(tmp_path, rows)
