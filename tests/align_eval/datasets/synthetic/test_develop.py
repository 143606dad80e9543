"""Photographs from linear light, and backdrops."""

from dataclasses import replace

import numpy as np
import pytest

from align_eval.datasets.synthetic.backdrop import backdrop_of
from align_eval.datasets.synthetic.develop import VisibleCamera, camera_of, develop

PLAIN = VisibleCamera(metering=0.0, blur=0.0, gain=0.0, contrast=0.0, saturation=1.0, quality=0)


def flat(level, side=64):
    return np.full((side, side, 3), level, np.float32)


def rng():
    return np.random.default_rng(3)


def test_a_plain_camera_encodes_srgb():
    levels = np.array([0.0, 0.002, 0.05, 0.2, 0.5])
    wanted = np.where(levels < 0.0031308, 12.92 * levels, 1.055 * levels ** (1 / 2.4) - 0.055)
    for level, value in zip(levels, wanted, strict=True):
        image = develop(flat(level), PLAIN, rng())
        assert image.dtype == np.uint8
        assert np.abs(image - 255 * value).max() <= 0.51


def test_highlights_roll_off_and_never_wrap():
    image = [int(develop(flat(level), PLAIN, rng())[0, 0, 0]) for level in (0.5, 0.8, 1.5, 50.0)]
    assert image == sorted(image)
    assert image[-1] == 255


def test_one_stop_more_is_twice_the_light():
    brighter = develop(flat(0.1), replace(PLAIN, exposure=1.0), rng())
    assert np.array_equal(brighter, develop(flat(0.2), PLAIN, rng()))


def test_metering_brings_scenes_together_but_leaves_darkness_dark():
    metered = replace(PLAIN, metering=0.8)
    dim, bright = (develop(flat(level), metered, rng()).mean() for level in (0.06, 0.6))
    plain = [develop(flat(level), PLAIN, rng()).mean() for level in (0.06, 0.6)]
    assert bright - dim < 0.5 * (plain[1] - plain[0])
    dark = develop(flat(0.0), VisibleCamera(), rng())
    assert dark.max() < 30
    assert dark.mean() < 6


def test_noise_grows_with_gain_and_comes_from_the_generator_alone():
    spread = [develop(flat(0.2), replace(PLAIN, gain=g), rng()).std() for g in (0.5, 2.0, 8.0)]
    assert spread[0] < spread[1] < spread[2]
    noisy = replace(PLAIN, gain=1.0)
    first, again = (develop(flat(0.2), noisy, rng()) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, develop(flat(0.2), noisy, np.random.default_rng(4)))


def test_blur_keeps_the_mean_and_smooths_an_edge():
    image = flat(0.1)
    image[:, 32:] = 0.4
    sharp, soft = (develop(image, replace(PLAIN, blur=b), rng()).astype(int) for b in (0, 0.03))
    assert np.abs(np.diff(soft[..., 1], axis=1)).max() < 0.5 * np.abs(np.diff(sharp[..., 1])).max()
    assert np.array_equal(soft[:, 0], sharp[:, 0])


def test_balance_moves_red_and_blue_and_no_saturation_is_grey():
    warm = develop(flat(0.2), replace(PLAIN, balance=(1.3, 0.7)), rng())[0, 0].astype(int)
    assert warm[0] > warm[1] > warm[2]
    grey = develop(flat(0.2), replace(PLAIN, balance=(1.3, 0.7), saturation=0.0), rng())[
        0, 0
    ].astype(int)
    assert np.ptp(grey) <= 1


def test_jpeg_keeps_shape_and_nearly_the_colours():
    x = np.linspace(0.05, 0.5, 64, dtype=np.float32)
    image = np.dstack([np.tile(x, (64, 1)), np.tile(x[:, None], (1, 64)), flat(0.2)[..., 0]])
    plain, packed = (develop(image, replace(PLAIN, quality=q), rng()).astype(int) for q in (0, 90))
    assert packed.shape == plain.shape
    assert 0 < np.abs(packed - plain).mean() < 4


def test_cameras_differ_a_little_and_repeat():
    assert camera_of(rng()) == camera_of(rng())
    made = [camera_of(np.random.default_rng(k)) for k in range(30)]
    assert len(set(made)) == 30
    assert all(0 <= camera.metering <= 1 and 60 < camera.quality < 100 for camera in made)


@pytest.mark.parametrize("size", [(256, 256), (160, 120), (33, 64)])
def test_a_backdrop_has_the_size_asked_for_and_reflects_less_than_all(size):
    for subject in range(8):
        image = backdrop_of(5, subject, 0, size)
        assert image.shape == (size[1], size[0], 3)
        assert image.dtype == np.float32
        assert image.min() > 0
        assert image.max() <= 1


def test_a_backdrop_belongs_to_a_session():
    first = backdrop_of(5, 1, 0, (64, 64))
    assert np.array_equal(first, backdrop_of(5, 1, 0, (64, 64)))
    assert not np.array_equal(first, backdrop_of(5, 1, 1, (64, 64)))
    assert not np.array_equal(first, backdrop_of(5, 2, 0, (64, 64)))
