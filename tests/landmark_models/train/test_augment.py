from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import made_store

from landmark_models.train.augment import IN_USE, NONE, Augmentation, samples_of

STORE = made_store(6)
EVERY = np.arange(6)


def seen(how, seed=0, size=64, crop=1.25, chosen=EVERY):
    return samples_of(STORE, chosen, size, crop, how, np.random.default_rng(seed))


def brightness(images, points):
    """Of the pixels nearest to the points; the made-up faces have a bright spot on each."""
    at = np.rint(points).astype(int)
    return np.array([image[p[:, 1], p[:, 0]].mean() for image, p in zip(images, at, strict=True)])


def test_unchanged_faces_fill_the_crop():
    samples = seen(NONE, crop=1.0)
    longest = samples.boxes[:, 2:].max(axis=1)
    assert longest == pytest.approx(np.full(6, 64.0), abs=0.01)
    middle = samples.boxes[:, :2] + samples.boxes[:, 2:] / 2
    assert middle == pytest.approx(np.full((6, 2), 31.5), abs=0.01)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.sampled_from([48, 64, 112]))
def test_points_go_where_their_pixels_go(seed, size):
    how = replace(NONE, jitter=0.1, rotation=30, scale=0.1, shift=0.05, flip=True)
    samples = seen(how, seed, size, crop=1.8)
    assert (brightness(samples.images, samples.points) > 120).all()
    assert samples.images.mean() < 80


def test_half_of_the_faces_are_mirrored_with_their_points_renamed():
    how = replace(NONE, flip=True)
    many = np.zeros(400, dtype=np.intp)
    plain, flipped = seen(NONE).points[0], seen(how, chosen=many).points
    mirrored = ~np.isclose(flipped[:, 48, 0], plain[48, 0], atol=1e-3)
    assert 150 < mirrored.sum() < 250
    order = list(STORE.scheme.mirror)
    other = plain[order] * [-1, 1] + [63, 0]
    assert flipped[mirrored][0] == pytest.approx(other, abs=1e-3)


def test_the_left_eye_stays_left():
    samples = seen(Augmentation(), chosen=np.zeros(100, dtype=np.intp))
    assert (samples.points[:, 36, 0] < samples.points[:, 45, 0]).all()


def test_the_same_generator_gives_the_same_faces():
    first, second = seen(Augmentation(), 3), seen(Augmentation(), 3)
    assert np.array_equal(first.images, second.images)
    assert not np.array_equal(first.images, seen(Augmentation(), 4).images)


def test_use_moves_boxes_and_nothing_else():
    plain, moved = seen(NONE), seen(IN_USE)
    assert not np.allclose(plain.boxes, moved.boxes, atol=0.5)
    ratio = moved.boxes[:, 2] / plain.boxes[:, 2]
    assert ((ratio > 1 / 1.11) & (ratio < 1 / 0.89)).all()


def test_gray_values_stay_in_range():
    wild = Augmentation(gain=1.0, offset=100.0, noise=60.0, blur=1.0, erase=1.0, invert=1.0)
    images = seen(wild).images
    assert images.min() >= 0
    assert images.max() <= 255


@pytest.mark.parametrize("name", ["resolution", "blur", "invert", "erase"])
def test_each_chance_changes_gray_values_and_no_point(name):
    plain, changed = seen(NONE), seen(replace(NONE, **{name: 1.0}))
    assert np.array_equal(plain.points, changed.points)
    different = ~np.isclose(plain.images, changed.images).all(axis=(1, 2))
    wanted = STORE.thermal if name == "invert" else np.ones(6, bool)
    assert different.tolist() == wanted.tolist()


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_gray_values_are_numbers_even_where_saturated_faces_are_inverted_and_blurred(seed):
    how = replace(NONE, blur=1.0, invert=1.0, gamma=0.5, gain=0.5)
    white = replace(STORE, images=np.full_like(STORE.images, 255))
    found = samples_of(white, EVERY, 48, 1.25, how, np.random.default_rng(seed))
    assert np.isfinite(found.images).all()


def covered(how, seed=0):
    """(B, S, S) which pixels an occlusion changes, and the images with it."""
    chosen = np.arange(60) % 6
    plain = seen(NONE, seed, chosen=chosen)
    images = seen(replace(NONE, erase=1.0, **how), seed, chosen=chosen).images
    return ~np.isclose(plain.images, images), images


def test_an_occlusion_is_as_large_and_as_bright_as_it_says():
    how = {"erased": (0.2, 0.5), "shades": ((0.0, 10.0), (240.0, 250.0)), "grain": 0.0}
    where, images = covered(how)
    shares = where.mean(axis=(1, 2))
    assert 0.3 < shares.max() <= 0.5
    assert shares.min() > 0.15
    grays = np.array(
        [np.median(image[hidden]) for image, hidden in zip(images, where, strict=True)]
    )
    dark, bright = grays <= 10, (grays >= 240) & (grays <= 250)
    assert (dark | bright).all()
    assert 15 < dark.sum() < 45


def test_an_occlusion_with_grain_is_not_even():
    even, uneven = (covered({"erased": (0.3, 0.3), "grain": g}) for g in (0.0, 1.0))
    assert max(np.ptp(image[where]) for where, image in zip(*even, strict=True)) < 1e-3
    assert min(np.ptp(image[where]) for where, image in zip(*uneven, strict=True)) > 20


def test_a_blur_is_as_wide_as_it_says():
    sharp, wide = (
        seen(replace(NONE, blur=1.0, blurs=(width, width))).images for width in (0.3, 4.0)
    )
    assert wide.std() < 0.7 * sharp.std()


def test_the_images_of_the_shipped_recipes_stay_what_they_were():
    """Each change of the generator's stream would make other weights of the same command."""
    images = seen(replace(Augmentation(), erase=1.0, blur=1.0), 5).images
    assert images.mean() == pytest.approx(53.78, abs=0.02)
