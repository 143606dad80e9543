"""Counts become °C by a straight line, and °C become gray levels in order."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from align_eval.errors import AlignEvalError, ConfigError, ImageError, UnknownNameError
from align_eval.faces import _Loaded
from align_eval.radiometry import (
    SCALES,
    Radiometric,
    celsius,
    frame_window,
    scale_of,
    windowed,
)

frames = arrays.arrays(np.uint16, arrays.array_shapes(min_dims=2, max_dims=2, max_side=6))
degrees = st.floats(-80, 400)
windows = st.tuples(degrees, degrees).map(sorted).filter(lambda pair: pair[1] - pair[0] > 1e-3)
law = settings(max_examples=40)
ROW = np.array([[29315, 30315, 31315]], np.uint16)


def test_the_units_agree_on_a_temperature_that_is_known():
    assert celsius([[30815]], "centikelvin") == pytest.approx(35)
    assert celsius([[3082]], "decikelvin") == pytest.approx(35.05)
    assert celsius([[7704]], [0.04, -273.15]) == pytest.approx(35.01)
    assert celsius([[7704]], "counts") == 7704


@law
@given(frames, st.sampled_from(sorted(SCALES)))
def test_degrees_grow_with_counts_and_give_them_back(frame, unit):
    values, scale = celsius(frame, unit), scale_of(unit)
    known = np.isfinite(values)
    back = (values[known] - scale.offset) / scale.gain
    np.testing.assert_allclose(back, frame[known], atol=1e-6)
    assert np.array_equal(known, (frame != 0) | (not scale.zero_is_missing))


@law
@given(frames, windows)
def test_a_warmer_pixel_is_never_darker(frame, window):
    values = celsius(frame, "centikelvin")
    shown = windowed(values, *window)
    order = np.argsort(values, axis=None)
    assert (
        np.diff(shown.ravel()[order].astype(int))[: max(np.isfinite(values).sum() - 1, 0)] >= 0
    ).all()


@law
@given(frames, windows)
def test_a_fixed_range_is_one_law_for_all_frames(frame, window):
    low, high = window
    values = celsius(frame, "centikelvin")
    shown = windowed(values, low, high)
    assert (shown[values <= low] == 0).all()
    assert (shown[values >= high] == 255).all()
    alone = [[windowed([[value]], low, high)[0, 0] for value in row] for row in values]
    assert np.array_equal(shown, alone)


@law
@given(windows)
def test_the_ends_of_a_range_are_black_and_white_and_its_middle_is_gray(window):
    low, high = window
    assert windowed([[low, high]], low, high).tolist() == [[0, 255]]
    assert windowed([[(low + high) / 2]], low, high)[0, 0] in (127, 128)


@law
@given(frames.filter(lambda frame: np.ptp(frame) > 0), st.floats(0.01, 10), st.floats(-300, 300))
def test_a_frames_own_range_does_not_depend_on_the_unit(frame, gain, offset):
    raw, scaled = (
        Radiometric(_Loaded(frame), unit, "frame")().astype(int)
        for unit in ("counts", (gain, offset))
    )
    assert np.abs(raw - scaled).max() <= 1
    assert (raw.min(), raw.max()) == (0, 255)


def test_a_pixel_without_a_reading_is_black_and_moves_no_window():
    frame = np.array([[0, 29315, 31315]], np.uint16)
    assert np.isnan(celsius(frame, "centikelvin")[0, 0])
    assert Radiometric(_Loaded(frame), "centikelvin")().tolist() == [[0, 0, 255]]
    assert frame_window([[np.nan, 20.0, 40.0]]) == (20, 40)
    assert windowed([[np.nan, np.inf, -np.inf, 30.0]], 20, 40).tolist() == [[0, 255, 0, 128]]


def test_percentiles_ignore_a_hot_lamp():
    frame = np.full((10, 10), 30000, np.uint16)
    frame[:, :5], frame[0, 0] = 29000, 60000
    plain, robust = (Radiometric(_Loaded(frame), "counts", r)() for r in ("frame", "frame:0:98"))
    assert plain[5, 9] < 20
    assert robust[5, 9] == robust[0, 0] == 255


@pytest.mark.parametrize("bounds", ["frame", "frame:5:95"])
def test_a_constant_frame_is_black(bounds):
    frame = np.full((3, 4), 30315, np.uint16)
    shown = Radiometric(_Loaded(frame), "centikelvin", bounds)()
    assert shown.dtype == np.uint8
    assert shown.shape == (3, 4)
    assert not shown.any()


def test_a_frame_of_no_readings_cannot_be_read():
    with pytest.raises(ImageError, match="no pixel"):
        Radiometric(_Loaded(np.zeros((2, 2), np.uint16)), "centikelvin")()


@pytest.mark.parametrize(
    ("pixels", "unit"),
    [
        (np.zeros((2, 2, 3), np.uint8), "centikelvin"),
        (np.zeros((2, 2, 3), np.uint8), "counts"),
        (np.zeros((2, 2), np.uint8), "centikelvin"),
    ],
)
def test_an_image_that_is_no_radiometric_frame_says_so(pixels, unit):
    with pytest.raises(ImageError, match=f"frame in {unit} wants gray"):
        Radiometric(_Loaded(pixels), unit)()


def test_what_loads_can_be_sent_to_other_processes():
    made = Radiometric(_Loaded(ROW), "centikelvin", (20.0, 40.0))
    assert pickle.loads(pickle.dumps(made))().tolist() == made().tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(
    ("unit", "bounds", "message"),
    [
        ("centikelvins", "frame", "Did you mean 'centikelvin'"),
        ((0.0, 1.0), "frame", "gain above 0"),
        ((1.0, float("nan")), "frame", "two finite numbers"),
        ("counts", "frame:9", "wants 'frame'"),
        ("counts", "frame:99:1", "percentiles"),
        ("counts", "room", "wants 'frame'"),
        ("counts", (40.0, 20.0), "low < high"),
        ("counts", (20.0, float("inf")), "two finite numbers"),
        ("counts", (True, 2), "two finite numbers"),
    ],
)
def test_a_malformed_option_is_one_clear_line_before_anything_is_read(unit, bounds, message):
    with pytest.raises(ConfigError, match=message) as caught:
        Radiometric(_Loaded(ROW), unit, bounds)
    assert "\n" not in str(caught.value)


def test_functions_refuse_what_they_cannot_use():
    with pytest.raises(UnknownNameError):
        celsius(ROW, "fahrenheit")
    with pytest.raises(ImageError, match="one channel"):
        celsius(np.zeros((2, 2, 3)), "counts")
    with pytest.raises(AlignEvalError, match="low ≤ high"):
        windowed(ROW, 2, 1)
    with pytest.raises(AlignEvalError, match="0 ≤ low < high ≤ 100"):
        frame_window(ROW, (50, 50))
