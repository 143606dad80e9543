import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from landmark_models.train.colour import (
    IMAGENET,
    Components,
    components_of,
    gray_of,
    jittered,
    pca_noise,
)

GRAY = Components(np.array([20.0]), np.ones((1, 1)))
SHAPES = st.sampled_from([(5, 6), (5, 6, 3)])
SEEDS = st.integers(0, 10_000)


def image_of(shape, seed=0):
    values = np.random.default_rng(seed).uniform(0, 255, shape)
    return values.astype(np.float32)


def many(change, draws=2000):
    rng = np.random.default_rng(7)
    return np.stack([change(rng) for _ in range(draws)])


def components_for(image):
    return IMAGENET if image.ndim == 3 else GRAY


@settings(max_examples=25, deadline=None)
@given(SHAPES, SEEDS)
def test_zero_changes_nothing(shape, seed):
    image, rng = image_of(shape, seed), np.random.default_rng(seed)
    assert np.array_equal(jittered(image, rng, 0, 0, 0), image)
    assert np.array_equal(pca_noise(image, components_for(image), rng, 0), image)


@settings(max_examples=25, deadline=None)
@given(SHAPES, SEEDS)
def test_images_stay_what_they_are_and_the_input_is_not_touched(shape, seed):
    image = image_of(shape, seed)
    kept = image.copy()
    for change in (jittered, lambda i, rng: pca_noise(i, components_for(i), rng)):
        made, again = (change(image, np.random.default_rng(seed)) for _ in range(2))
        assert made.shape == shape
        assert made.dtype == np.float32
        assert np.array_equal(made, again)
        assert not np.array_equal(made, image)
    assert np.array_equal(image, kept)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3)])
def test_jitter_keeps_the_image_in_the_mean(shape):
    image = image_of(shape)
    made = many(lambda rng: jittered(image, rng))
    error = made.std(axis=0) / np.sqrt(len(made))
    assert (np.abs(made.mean(axis=0) - image) < 4.5 * error).all()
    assert (made.std(axis=0) > 5).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_brightness_is_a_gain(seed):
    image = image_of((5, 6, 3), seed)
    ratio = jittered(image, np.random.default_rng(seed), 0.4, 0, 0) / image
    assert ratio == pytest.approx(np.full(image.shape, ratio[0, 0, 0]), rel=1e-5)
    assert 0.6 <= ratio.mean() <= 1.4


@settings(max_examples=25, deadline=None)
@given(SHAPES, SEEDS)
def test_contrast_keeps_the_mean_gray_value(shape, seed):
    image = image_of(shape, seed)
    made = jittered(image, np.random.default_rng(seed), 0, 0.4, 0)
    assert gray_of(made).mean() == pytest.approx(gray_of(image).mean(), abs=1e-3)
    assert 0.6 <= made.std() / image.std() <= 1.4


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_saturation_keeps_every_gray_value_and_moves_colours(seed):
    image = image_of((5, 6, 3), seed)
    made = jittered(image, np.random.default_rng(seed), 0, 0, 0.4)
    assert gray_of(made) == pytest.approx(gray_of(image), abs=1e-3)
    off, was = made - gray_of(made)[..., None], image - gray_of(image)[..., None]
    assert off == pytest.approx((off * was).sum() / (was * was).sum() * was, abs=1e-2)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_gray_stays_gray(seed):
    """A gray image as a colour image is jittered like the gray image."""
    image = image_of((5, 6), seed)
    made = jittered(image, np.random.default_rng(seed))
    colour = jittered(np.stack(3 * [image], axis=2), np.random.default_rng(seed))
    assert colour == pytest.approx(np.stack(3 * [made], axis=2), abs=1e-2)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_saturation_does_nothing_to_gray(seed):
    image = image_of((5, 6), seed)
    made = jittered(image, np.random.default_rng(seed), 0, 0, 0.4)
    assert made == pytest.approx(image, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(SHAPES, SEEDS, st.permutations(range(3)))
def test_the_order_of_the_three_does_not_matter(shape, seed, order):
    image = image_of(shape, seed)
    wanted = jittered(image, np.random.default_rng(seed))
    for k in order:
        image = jittered(image, np.random.default_rng(seed), *(0.4 * np.eye(3)[k]))
    assert image == pytest.approx(wanted, abs=1e-2)


@settings(max_examples=25, deadline=None)
@given(SHAPES, SEEDS)
def test_noise_is_one_colour(shape, seed):
    image = image_of(shape, seed)
    added = pca_noise(image, components_for(image), np.random.default_rng(seed)) - image
    assert added == pytest.approx(np.broadcast_to(added[0, 0], shape), abs=1e-3)


def test_noise_has_the_components_directions_and_sizes():
    image = np.zeros((1, 1, 3), np.float32)
    added = many(lambda rng: pca_noise(image, IMAGENET, rng, 0.1)[0, 0])
    along = added @ IMAGENET.vectors
    assert along.std(axis=0) == pytest.approx(0.1 * IMAGENET.values, rel=0.06)
    assert added.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.4)


def test_noise_on_gray_is_one_number():
    added = many(lambda rng: pca_noise(np.zeros((1, 1), np.float32), GRAY, rng)[0, 0])
    assert added.std() == pytest.approx(0.05 * 20, rel=0.06)


def test_components_are_those_of_the_covariance():
    images = image_of((4, 5, 6, 3)) * np.array([1.0, 0.5, 0.2], np.float32)
    images[..., 1] += images[..., 0]
    found = components_of(images)
    rebuilt = found.vectors @ np.diag(found.values) @ found.vectors.T * 255
    assert rebuilt == pytest.approx(np.cov(images.reshape(-1, 3).T, bias=True), rel=1e-4)
    assert found.vectors.T @ found.vectors == pytest.approx(np.eye(3), abs=1e-9)
    assert (np.diff(found.values) < 0).all()


def test_gray_images_have_one_component():
    images = image_of((4, 5, 6)).astype(np.uint8)
    found = components_of(images)
    assert found.vectors.tolist() == [[1.0]]
    assert found.values == pytest.approx([255 * (images / 255).var()])
    one = components_of(np.stack(3 * [images], axis=3))
    assert one.values == pytest.approx([3 * found.values[0], 0, 0], abs=1e-9)


def test_those_of_imagenet_are_unit_vectors_nearly_at_right_angles():
    assert IMAGENET.vectors.T @ IMAGENET.vectors == pytest.approx(np.eye(3), abs=2e-3)


@pytest.mark.parametrize("shape", [(5,), (5, 6, 1), (5, 6, 4), (2, 5, 6, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ConfigError, match="colours want the shape"):
        jittered(np.zeros(shape, np.float32), np.random.default_rng(0))


def test_components_want_as_many_channels():
    with pytest.raises(ConfigError, match="PCA noise of 3 channels wants such an image, got 1"):
        pca_noise(np.zeros((5, 6), np.float32), IMAGENET, np.random.default_rng(0))
