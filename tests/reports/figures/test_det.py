import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.special import ndtri

from align_eval.curves import Roc
from reports.figures.det import DetDisplay, ticks
from reports.figures.style import looks


def display(apart=2.0):
    rng = np.random.default_rng(1)
    roc = Roc.from_scores(rng.normal(apart, 1, 4000), rng.normal(0, 1, 4000))
    return DetDisplay({"a": (roc.far, roc.frr)}, 4000, 4000, looks(["a"]))


def test_normal_scores_make_a_straight_line_of_slope_minus_one():
    line = display().plot(Figure().subplots()).lines[-1]
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    inner = (abs(x) < 2) & (abs(y) < 2)
    slope, offset = np.polyfit(x[inner], y[inner], 1)
    assert abs(slope + 1) < 0.05
    assert abs(offset + 2) < 0.05


def test_a_worse_system_gets_a_wider_axis():
    assert display(0.5).top > display(2.0).top >= 0.2


@settings(max_examples=40, deadline=None)
@given(st.floats(-4.5, -1.0), st.floats(-0.8, 1.2), st.floats(0.02, 0.3))
def test_labels_keep_their_distance(low, high, gap):
    places = ndtri(ticks(low, high, gap))
    assert ((places >= low) & (places <= high)).all()
    assert (np.diff(places) >= gap * (high - low) - 1e-9).all()


def test_perfect_scores_are_drawn_without_a_line():
    roc = Roc.from_scores([0.9, 0.8], [0.1, 0.2])
    shown = DetDisplay({"a": (roc.far, roc.frr)}, 2, 2, looks(["a"]))
    assert shown.figure().axes


@pytest.mark.parametrize("impostor", [[0.1], [0.1, 0.2]])
def test_a_single_trial_of_a_kind_is_drawn_without_infinite_axes(impostor):
    roc = Roc.from_scores([0.9], impostor)
    drawn = DetDisplay({"a": (roc.far, roc.frr)}, 1, len(impostor), looks(["a"]))
    axes = drawn.plot(Figure().subplots())
    assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()
    assert all(np.isfinite(patch.get_window_extent().bounds).all() for patch in axes.patches)
