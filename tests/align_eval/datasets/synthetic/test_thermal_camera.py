"""What a thermal camera does to temperatures: linear, as noisy as it says, and registered."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic.thermal_camera import (
    CAMERAS,
    ThermalCamera,
    expose,
    rescaled,
    to_8bit,
    to_celsius,
    to_centikelvin,
)
from align_eval.errors import ConfigError, ImageError

IDEAL = replace(ThermalCamera().ideal, blur=0.0)


def rng(number=0):
    return np.random.default_rng(number)


def face(width=64, height=48):
    """A warm disc on a cool ground."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    inside = (x - 0.4 * width) ** 2 + (y - 0.55 * height) ** 2 < (0.25 * height) ** 2
    return np.where(inside, 34.5, 22.25).astype(np.float32)


@settings(max_examples=50, deadline=None)
@given(st.floats(-40, 120))
def test_centikelvin_keep_a_temperature_to_half_a_hundredth(celsius):
    assert abs(float(to_celsius(to_centikelvin(celsius))) - celsius) <= 0.005 + 1e-4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 65535))
def test_every_centikelvin_comes_back_from_celsius(value):
    stored = np.array([value], dtype=np.uint16)
    assert to_centikelvin(to_celsius(stored).astype(np.float64)).tolist() == [value]


def test_temperatures_that_16_bits_cannot_hold_are_clipped_not_wrapped():
    assert to_centikelvin([-300.0, 1000.0]).tolist() == [0, 65535]


def test_without_blur_and_noise_the_image_is_the_scene_in_centikelvin():
    np.testing.assert_array_equal(expose(face(), IDEAL, rng()), to_centikelvin(face()))


@pytest.mark.parametrize("camera", [IDEAL, ThermalCamera().ideal, ThermalCamera(sensor=(32, 24))])
def test_a_warmer_scene_reads_warmer_by_as_much(camera):
    cool = expose(face(), camera, rng()).astype(int)
    warm = expose(face() + np.float32(2.5), camera, rng()).astype(int)
    assert np.abs(warm - cool - 250).max() <= 1


def test_the_answer_to_a_sum_of_scenes_is_the_sum_of_the_answers():
    optics = ThermalCamera(sensor=(32, 24)).ideal
    both, one, other, neither = (
        to_celsius(expose(np.float32(20) + a * (face() - 20) + b * (face().T[:48, :1] - 20), optics,
                          rng()))
        for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))
    )  # fmt: skip
    np.testing.assert_allclose(both + neither, one + other, atol=0.025)


@settings(max_examples=5, deadline=None)
@given(st.sampled_from([0.03, 0.05, 0.1]), st.integers(0, 1000))
def test_two_images_of_one_scene_differ_by_the_netd(netd, number):
    camera = ThermalCamera(netd=netd, drift=0.0)
    generator = rng(number)
    scene = np.full((128, 128), 30.0, np.float32)
    first, second = (to_celsius(expose(scene, camera, generator)) for _ in range(2))
    assert np.std(first - second) / np.sqrt(2) == pytest.approx(netd, rel=0.05)


def test_the_fixed_pattern_is_the_cameras_own():
    flat = np.full((48, 64), 30.0, np.float32)
    still = ThermalCamera(netd=0.0, drift=0.0, columns=0.1, seed=3)
    once, again = expose(flat, still, rng(1)), expose(flat, still, rng(2))
    np.testing.assert_array_equal(once, again)
    assert np.std(to_celsius(once).mean(axis=0)) > 0.05
    assert not np.array_equal(once, expose(flat, replace(still, seed=4), rng(1)))


def test_corners_read_lower_by_the_vignette():
    camera = replace(IDEAL, vignette=0.5)
    image = to_celsius(expose(np.full((99, 99), 30.0, np.float32), camera, rng()))
    drop = 30 - image
    assert drop.min() < 0.02
    assert 0.4 < np.mean([drop[0, 0], drop[0, -1], drop[-1, 0], drop[-1, -1]]) < 0.65


def test_the_drift_of_many_images_has_its_deviation():
    camera = replace(IDEAL, drift=0.2)
    scene, generator = np.full((9, 9), 30.0, np.float32), rng()
    middles = [to_celsius(expose(scene, camera, generator))[4, 4] for _ in range(400)]
    assert np.std(middles) == pytest.approx(0.2, rel=0.12)


def test_the_same_generator_gives_the_same_bytes():
    camera = CAMERAS["VIS-TH"]
    first, second = (expose(face(), camera, rng(5)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != expose(face(), camera, rng(6)).tobytes()


@pytest.mark.parametrize("sensor", [(40, 30), (32, 24), (20, 12), (160, 120)])
def test_a_detector_sees_what_lies_at_its_own_centre(sensor):
    width, height = 160, 120
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    scene = (20 + 0.05 * x + 0.04 * y).astype(np.float32)
    image = to_celsius(expose(scene, replace(IDEAL, sensor=sensor), rng()))
    columns, rows = np.meshgrid(np.arange(sensor[0]), np.arange(sensor[1]))
    back = rescaled(np.stack([columns, rows], axis=-1), sensor, (width, height))
    np.testing.assert_allclose(image, 20 + back @ [0.05, 0.04], atol=0.006)


def test_a_restored_image_has_its_old_size_and_nothing_moves():
    width, height = 160, 120
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    spot = np.exp(-((x - 70.3) ** 2 + (y - 51.8) ** 2) / (2 * 6.0**2))
    scene = (20 + 15 * spot).astype(np.float32)
    camera = replace(IDEAL, sensor=(40, 30), restore=True)
    heat = to_celsius(expose(scene, camera, rng())).astype(np.float64) - 20
    assert heat.shape == scene.shape
    assert [(heat * x).sum() / heat.sum(), (heat * y).sum() / heat.sum()] == pytest.approx(
        [70.3, 51.8], abs=0.03
    )


def test_a_smaller_sensor_keeps_the_mean_and_blur_does_too():
    camera = ThermalCamera(sensor=(32, 24)).ideal
    assert to_celsius(expose(face(), camera, rng())).mean() == pytest.approx(
        face().mean(), abs=0.05
    )


def test_a_fixed_range_is_linear_from_black_to_white():
    stored = to_centikelvin([10.0, 20.0, 25.0, 30.0, 40.0])
    assert to_8bit(stored, 20, 30).tolist() == [0, 0, 128, 255, 255]


def test_a_frames_own_range_leaves_few_pixels_at_its_ends():
    stored = expose(face(), ThermalCamera(), rng())
    eight = to_8bit(stored)
    assert eight.dtype == np.uint8
    assert eight.min() == 0
    assert eight.max() == 255
    assert np.mean((eight == 0) | (eight == 255)) < 0.03
    warmer = to_8bit((stored + 300).astype(np.uint16))
    np.testing.assert_array_equal(eight, warmer)


def test_a_frame_of_one_temperature_has_an_8_bit_image():
    assert len(np.unique(to_8bit(np.full((4, 4), 30000, np.uint16)))) == 1


@pytest.mark.parametrize(("low", "high"), [(20, None), (None, 30), (30, 20), (30, 30)])
def test_a_range_that_is_none_is_refused(low, high):
    with pytest.raises(ConfigError, match="8-bit range"):
        to_8bit(to_centikelvin([20.0, 30.0]), low, high)


def test_only_centikelvin_become_8_bits():
    with pytest.raises(ImageError, match="uint16"):
        to_8bit(np.zeros((4, 4), np.uint8))


@pytest.mark.parametrize(
    "options", [{"netd": -0.1}, {"blur": -1.0}, {"drift": float("nan")}, {"sensor": (0, 10)}]
)
def test_an_impossible_camera_is_refused(options):
    with pytest.raises(ConfigError, match="thermal camera"):
        ThermalCamera(**options)


def test_a_sensor_finer_than_its_image_is_refused():
    with pytest.raises(ConfigError, match="128×96"):
        expose(face(), ThermalCamera(sensor=(128, 96)), rng())
