"""Brushes."""

import numpy as np

from align_eval.datasets.synthetic import _paint

SHAPE = (60, 80)


def test_a_filled_outline_covers_its_area():
    square = np.array([[10, 10], [40, 10], [40, 30], [10, 30]], float)
    plane = _paint.filled(SHAPE, square)
    assert plane[20, 20] == 1
    assert plane[50, 50] == 0
    assert abs(plane.sum() - 31 * 21) < 60


def test_a_smooth_curve_passes_through_its_points():
    points = np.array([[0, 0], [10, 5], [20, 0], [30, 8]], float)
    curve = _paint.smooth(points, 2000)
    nearest = np.linalg.norm(curve[:, None] - points, axis=-1).min(axis=0)
    assert nearest.max() < 0.02
    assert np.allclose(curve[[0, -1]], points[[0, -1]])


def test_a_closed_curve_returns_to_its_start():
    circle = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], float)
    curve = _paint.smooth(circle, 400, closed=True)
    assert np.linalg.norm(curve[0] - curve[-1]) < 0.05
    assert np.abs(np.linalg.norm(curve, axis=1) - 1).max() < 0.1


def test_a_blob_peaks_at_its_centre_and_falls_off():
    plane = _paint.blob(SHAPE, (30, 20), (5, 8))
    assert np.unravel_index(plane.argmax(), SHAPE) == (20, 30)
    assert np.isclose(plane[20, 35], np.exp(-0.5))
    assert np.isclose(plane[28, 30], np.exp(-0.5))


def test_smoothstep_goes_either_way():
    values = np.array([0.0, 0.5, 1.0])
    assert _paint.smoothstep(0, 1, values).tolist() == [0, 0.5, 1]
    assert _paint.smoothstep(1, 0, values).tolist() == [1, 0.5, 0]


def test_finer_noise_has_steeper_slopes():
    slopes = [
        np.abs(np.diff(_paint.noise(np.random.default_rng(0), (200, 200), cell))).mean()
        for cell in (20, 5)
    ]
    assert slopes[1] > 2 * slopes[0]
