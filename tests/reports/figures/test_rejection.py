import numpy as np
import pytest

from reports.figures.rejection import Edc, RejectionDisplay
from reports.figures.style import MUTED, looks

SHARES = np.linspace(0, 0.3, 7)


@pytest.fixture
def display():
    falling = Edc(SHARES, 0.2 - 0.4 * SHARES)
    level, bound = Edc(SHARES, np.full(7, 0.2)), Edc(SHARES, np.maximum(0.2 - SHARES, 0))
    curves = {"a": {"signal": falling, "random": level, "oracle": bound}, "b": {"signal": level}}
    spans = {
        name: [(0.05, 0.18, 0.15, 0.21), (0.1, 0.16, 0.1, 0.2), (0.3, 0.08, 0.0, 0.25)]
        for name in curves
    }
    return RejectionDisplay(curves, spans, "probes", "FRR", 0.2, looks(["a", "b"]))


def test_each_curve_is_drawn_as_steps_through_its_numbers(display):
    figure = display.figure()
    ax = figure.axes[0]
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    assert [line.get_ydata()[-1] for line in steps] == pytest.approx([0.08, 0.2, 0.0])
    assert steps[0].get_color() != MUTED
    assert {line.get_color() for line in steps[1:]} == {MUTED}


def test_panels_share_a_scale_that_starts_at_zero_and_holds_the_intervals(display):
    figure = display.figure()
    assert len({ax.get_ylim() for ax in figure.axes}) == 1
    low, high = figure.axes[0].get_ylim()
    assert low == 0
    assert high > 0.25


def test_ticks_are_at_shares_that_stand_apart_and_keys_are_those_that_are_drawn(display):
    figure = display.figure()
    assert figure.axes[0].get_xticks().tolist() == [0.0, 0.1, 0.3]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["quality", "random", "oracle"]
