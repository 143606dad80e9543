import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from landmark_models.train.masks import glow, landmark_masks

TOLERANCE = 1e-6 * 255


def algorithm_1(coordinates, dimension_x, dimension_y):
    """The paper's loop: coordinates x1, y1, x2, y2, … as fractions; Mask[j][k] at x = j, y = k."""
    mask = np.zeros((dimension_x, dimension_y))
    i = 0
    while i < len(coordinates):
        x = coordinates[i] * dimension_x
        y = coordinates[i + 1] * dimension_y
        for j in range(dimension_x):
            for k in range(dimension_y):
                if mask[j][k] < 255:
                    mask[j][k] += 0.5 ** max(abs(x - j), abs(y - k)) * 255
        i += 2
    return mask


def drawn(points, size):
    return landmark_masks(torch.tensor(points, dtype=torch.float32)[None], size)[0].numpy()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from([4, 9, 16]))
def test_the_masks_are_those_of_algorithm_1(seed, count, size):
    points = np.random.default_rng(seed).uniform(-1, size, (count, 2)).astype(np.float32)
    wanted = algorithm_1((points.astype(np.float64) / size).ravel(), size, size)
    assert np.abs(drawn(points, size).T - wanted).max() < TOLERANCE


def test_68_landmarks_at_the_size_of_the_paper_give_the_mask_of_algorithm_1():
    points = np.random.default_rng(0).normal(64, 20, (68, 2)).astype(np.float32)
    wanted = algorithm_1((points.astype(np.float64) / 128).ravel(), 128, 128)
    assert np.abs(drawn(points, 128).T - wanted).max() < TOLERANCE


def test_x_goes_along_the_rows():
    mask = drawn([[5.0, 2.0]], 8)
    assert np.unravel_index(mask.argmax(), mask.shape) == (2, 5)


def test_light_halves_with_every_pixel_of_the_larger_distance():
    mask = drawn([[4.0, 4.0]], 9)
    assert mask[4, 4:].tolist() == [255, 127.5, 63.75, 31.875, 15.9375]
    assert mask[1, 2:7].tolist() == [31.875] * 5


def test_a_pixel_exceeds_255_by_its_last_addition_only():
    # ¾ of full light, then full light: nothing is added after that.
    near = np.log2(4 / 3)
    assert drawn([[near, 0], [0, 0], [0, 0]], 1)[0, 0] == pytest.approx(1.75 * 255)
    assert drawn([[0, 0], [near, 0], [0, 0]], 1)[0, 0] == 255


def test_masks_of_a_batch_do_not_mix():
    points = torch.rand(3, 5, 2) * 16
    alone = torch.cat([landmark_masks(one[None], 16) for one in points])
    assert landmark_masks(points, 16).numpy() == pytest.approx(alone.numpy(), abs=TOLERANCE)


@given(st.integers(0, 10_000))
def test_a_glow_does_not_know_the_order_of_the_landmarks(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 8, (10, 2)).astype(np.float32)
    first = glow(torch.tensor(points)[None], 8)
    second = glow(torch.tensor(rng.permutation(points))[None], 8)
    assert first.shape == (1, 1, 8, 8)
    assert first.numpy() == pytest.approx(second.numpy(), abs=1e-5)
    assert 0 < first.min() <= first.max() <= 1
