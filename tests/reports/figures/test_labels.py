import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.figures.labels import place

BOUNDS = (0.0, 0.0, 440.0, 260.0)
NONE = np.empty((0, 4))


def overlaps(first, second):
    """Area that each box of one list shares with each of another."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    return np.clip(high - low, 0, None).prod(axis=2)


def crowd(seed, count):
    """Marks that crowd round one place."""
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal((60, 40), (25, 10), (count, 2)), 4, 250)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 24))
def test_no_label_covers_another_and_all_stay_inside(seed, count):
    marks = crowd(seed, count)
    sizes = np.tile([36.0, 10.0], (count, 1))
    boxes = place(marks, sizes, BOUNDS, NONE)
    shared = overlaps(boxes, boxes)
    assert shared[~np.eye(count, dtype=bool)].sum() == 0
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= BOUNDS[2:]).all()
    assert np.allclose(boxes[:, 2:] - boxes[:, :2], sizes)


def test_a_lone_label_stands_just_beside_its_mark():
    (box,) = place(np.array([[200.0, 100.0]]), np.array([[30.0, 10.0]]), BOUNDS, NONE)
    nearest = np.clip([200.0, 100.0], box[:2], box[2:])
    assert 3 < np.linalg.norm(nearest - [200.0, 100.0]) < 8


def test_what_is_there_already_is_left_free():
    mark = np.array([[200.0, 100.0]])
    taken = np.array([[190.0, 60.0, 260.0, 140.0]])
    (box,) = place(mark, np.array([[30.0, 10.0]]), BOUNDS, taken)
    assert overlaps(box[None], taken).sum() == 0


def test_a_label_that_is_larger_than_its_bounds_is_still_placed():
    boxes = place(np.array([[5.0, 5.0]]), np.array([[900.0, 10.0]]), BOUNDS, NONE)
    assert np.isfinite(boxes).all()


def test_no_marks_have_no_labels():
    assert place(np.empty((0, 2)), np.empty((0, 2)), BOUNDS, NONE).shape == (0, 4)
