import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import ContractError
from verification._memo import Memo


class Noting:
    """An embedder whose row is the crop's pixels and dtype; it notes the crops that it reads."""

    name, template, size = "noting", "arcface112", (2, 2)

    def __init__(self):
        self.seen = []

    def embed(self, crops):
        rows = []
        for crop in crops:
            self.seen.append(crop)
            rows.append([*crop.ravel()[:4].astype(np.float32), crop.itemsize])
        return np.array(rows, np.float32).reshape(-1, 5)


def crop(value, dtype=np.uint8):
    return np.full((2, 2), value, dtype)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), max_size=12), max_size=6), st.integers(1, 8))
def test_rows_are_the_embedders_whatever_came_before_and_however_little_is_kept(streams, capacity):
    memo = Memo(Noting(), capacity)
    for values in streams:
        some = [crop(value) for value in values]
        np.testing.assert_array_equal(memo.embed(iter(some)), Noting().embed(some))
        assert len(memo._rows) <= capacity


@given(st.lists(st.lists(st.integers(0, 6), max_size=12), max_size=6))
def test_every_crop_is_embedded_once(streams):
    memo = Memo(Noting())
    for values in streams:
        memo.embed(crop(value) for value in values)
    seen = [int(one[0, 0]) for one in memo.embedder.seen]
    assert seen == list(dict.fromkeys(value for values in streams for value in values))


def test_the_row_that_was_needed_longest_ago_is_forgotten_first():
    memo = Memo(Noting(), 2)
    memo.embed([crop(1), crop(2)])
    memo.embed([crop(1)])
    memo.embed([crop(3)])
    memo.embed([crop(1)])
    assert [int(one[0, 0]) for one in memo.embedder.seen] == [1, 2, 3]
    memo.embed([crop(2)])
    assert [int(one[0, 0]) for one in memo.embedder.seen] == [1, 2, 3, 2]


def test_crops_of_other_depth_or_shape_are_other_crops():
    memo = Memo(Noting())
    some = [
        np.arange(8, dtype=np.uint8).reshape(2, 4),
        np.arange(8, dtype=np.uint8).reshape(4, 2),
        np.arange(8, dtype=np.uint8).view(np.uint16).reshape(2, 2),
        np.arange(8, dtype=np.uint8).view(">u2").reshape(2, 2),
    ]
    memo.embed(some)
    assert len(memo.embedder.seen) == 4


def test_a_view_is_the_crop_that_it_shows():
    memo, wide = Memo(Noting()), np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    memo.embed([wide[:, ::-1], wide])
    memo.embed([wide[:, ::-1].copy()])
    assert len(memo.embedder.seen) == 2


def test_crops_are_read_no_further_than_the_next_new_one():
    read, ahead = [], []

    class Stepping(Noting):
        def embed(self, crops):
            rows = []
            for one in crops:
                ahead.append(list(read))
                rows.append(super().embed([one]))
            return np.concatenate(rows)

    def source(values):
        for value in values:
            read.append(value)
            yield crop(value)

    memo = Memo(Stepping())
    memo.embed(source([1, 2]))
    read.clear(), ahead.clear()
    assert len(memo.embed(source([1, 3, 2, 3, 4, 1]))) == 6
    assert ahead == [[1, 3], [1, 3, 2, 3, 4]]


def test_what_a_caller_does_to_its_rows_is_not_remembered():
    memo = Memo(Noting())
    for _ in range(3):
        rows = memo.embed([crop(5)])
        assert rows[0, 0] == 5
        rows[:] = 0


def test_rows_do_not_keep_the_array_that_they_came_in():
    memo = Memo(Noting())
    memo.embed([crop(value) for value in range(9)])
    assert all(row.base is None for row in memo._rows.values())


def test_no_crops_give_the_embedders_empty_array():
    assert Memo(Noting()).embed([]).shape == (0, 5)


@pytest.mark.parametrize(
    ("rows", "consumed"), [((3, 2), 2), ((1, 2), 2), ((2,), 2), ((2, 2, 2), 2), ((1, 2), 1)]
)
def test_another_number_of_rows_than_of_new_crops_is_refused_and_not_kept(rows, consumed):
    class Broken(Noting):
        def embed(self, crops):
            for _ in range(consumed):
                next(crops)
            return np.ones(rows, np.float32)

    memo = Memo(Broken())
    with pytest.raises(ContractError, match=r"'noting' wants to give .* for 2 crops"):
        memo.embed(iter([crop(1), crop(2)]))
    assert not memo._rows


def test_an_error_half_way_leaves_nothing_behind():
    def source():
        yield crop(1)
        raise OSError("gone")

    memo = Memo(Noting())
    with pytest.raises(OSError, match="gone"):
        memo.embed(source())
    assert not memo._rows
    assert memo.embed([crop(1)])[0, 0] == 1
