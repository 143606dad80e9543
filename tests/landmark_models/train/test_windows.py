import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import made_store

from landmark_models.train.augment import IN_USE, NONE, Augmentation
from landmark_models.train.windows import clutter, overlap, windows_of

STORE = made_store(12)
EVERY = np.arange(12)


def drawn(near, how=NONE, seed=0, size=48, crop=1.1):
    shares = np.broadcast_to(np.asarray(near, float), EVERY.shape)
    return windows_of(STORE, EVERY, size, crop, shares, how, np.random.default_rng(seed))


def test_a_faces_own_window_overlaps_with_itself():
    assert drawn(1).overlap == pytest.approx(1, abs=1e-3)


def test_a_box_that_is_off_by_a_tenth_is_still_a_face():
    assert (drawn(1, IN_USE).overlap > 0.5).all()


def test_windows_near_a_face_are_parts_of_it_and_windows_anywhere_mostly_none():
    near = np.concatenate([drawn(0.999, seed=k).overlap for k in range(10)])
    loose = np.concatenate([drawn(0, seed=k).overlap for k in range(10)])
    assert ((near > 0.3) & (near < 0.7)).mean() > 0.5
    assert (loose < 0.3).mean() > 0.5


@pytest.mark.parametrize("near", [0, 0.5, 0.999, 1])
def test_points_stay_on_the_bright_spots_that_the_store_draws(near):
    seen = drawn(near, size=96, seed=3)
    inside = 0
    for image, points in zip(seen.images, seen.points, strict=True):
        for x, y in np.rint(points).astype(int):
            if 0 <= x < 96 and 0 <= y < 96:
                inside += 1
                assert image[y, x] > 120
    assert inside > 50


@given(st.integers(0, 1000), st.floats(0, 1))
def test_edges_are_those_of_the_box_of_the_points(seed, near):
    seen = drawn(near, Augmentation(), seed, size=24)
    low, high = seen.points.min(axis=1), seen.points.max(axis=1)
    assert seen.edges == pytest.approx((np.hstack([low, high]) + 0.5) / 24, abs=1e-4)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.1, 3), st.floats(0.1, 3))
def test_an_overlap_is_a_share_and_turns_with_its_axes(left, top, width, height):
    edges = np.array([[left, top, left + width, top + height]])
    turned = edges[:, [1, 0, 3, 2]]
    assert 0 <= overlap(edges, 1.1)[0] <= 1 + 1e-9
    assert overlap(edges, 1.1) == pytest.approx(overlap(turned, 1.1))


def test_a_window_is_a_pure_function_of_the_seed():
    one, other = drawn(0.5, Augmentation(), 7), drawn(0.5, Augmentation(), 7)
    assert np.array_equal(one.images, other.images)
    assert not np.array_equal(one.images, drawn(0.5, Augmentation(), 8).images)


@given(st.integers(0, 1000), st.sampled_from([12, 24, 48]))
def test_clutter_is_gray_values_of_its_own_seed(seed, size):
    first, again, other = (clutter(size, np.random.default_rng(k)) for k in (seed, seed, seed + 1))
    assert first.shape == (size, size)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 255
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_window_of_clutter_has_no_face_in_it():
    seen = drawn(0, seed=5)
    far = (seen.points > 48 * 2).all(axis=(1, 2))
    assert far.any()
    assert (seen.overlap[far] == 0).all()
