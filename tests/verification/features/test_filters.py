"""Difference of Gaussians, against SciPy's filter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from align_eval.errors import ConfigError
from verification.features.filters import difference_of_gaussians, gray, smoothed


def planes(seed=0, shape=(3, 40, 31)):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0, 6.0])
def test_smoothing_is_scipys(sigma):
    given_planes = planes()
    wanted = [gaussian_filter(one, sigma, mode="reflect", truncate=4.0) for one in given_planes]
    # SciPy rounds where it cuts the Gaussian off; we round up.
    assert np.abs(smoothed(given_planes, sigma) - wanted).max() < 2e-4


@given(st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_the_band_is_linear_and_blind_to_brightness(offset, gain):
    one = planes()
    band = difference_of_gaussians(one, 1.0, 2.0)
    moved = difference_of_gaussians(np.float32(gain) * one + np.float32(offset), 1.0, 2.0)
    assert np.abs(moved - gain * band).max() < 1e-4 * (gain + abs(offset) / 10)


def test_it_passes_what_lies_between():
    x = np.arange(256)
    waves = [np.tile(np.sin(2 * np.pi * x / length), (64, 1)) for length in (2.5, 9, 200)]
    power = [
        difference_of_gaussians(wave[None].astype(np.float32), 1.0, 2.0)[0, :, 30:-30].std()
        for wave in waves
    ]
    assert power[1] > 5 * max(power[0], power[2])


@pytest.mark.parametrize("band", [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0), (0.0, np.inf)])
def test_a_band_wants_an_order(band):
    with pytest.raises(ConfigError, match="0 ≤ inner < outer"):
        difference_of_gaussians(planes(), *band)


def test_gray_keeps_sixteen_bits_and_weighs_colours():
    assert gray(np.array([[65535]], np.uint16)).item() == 65535
    green = np.zeros((1, 1, 3), np.uint8)
    green[..., 1] = 200
    assert gray(green).item() == pytest.approx(0.587 * 200)
