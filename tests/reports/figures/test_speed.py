import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from reports.figures.speed import SpeedDisplay, SpeedMark, front
from reports.figures.style import PAPER, looks

NAMES = [f"model-{i}" for i in range(9)]
LOOKS = looks(NAMES)
numbers = st.integers(1, 6).map(float)


def display(points):
    marks = tuple(SpeedMark(name, *point) for name, point in zip(NAMES, points, strict=False))
    return SpeedDisplay(marks, "ms a face on one core", "NME, %", LOOKS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=9))
def test_the_front_is_what_no_other_mark_beats(points):
    marks = [SpeedMark(str(i), *point) for i, point in enumerate(points)]
    best = front(marks)
    beaten = [
        any(
            other.ms <= one.ms
            and other.error <= one.error
            and (other.ms, other.error) != (one.ms, one.error)
            for other in marks
        )
        for one in marks
    ]
    wanted = {(one.ms, one.error) for one, lost in zip(marks, beaten, strict=True) if not lost}
    assert {(one.ms, one.error) for one in best} == wanted
    assert len(best) == len(wanted)


def test_marks_of_the_front_are_full_and_others_hollow():
    ax = display([(1, 5), (10, 2), (20, 4)]).plot(Figure().subplots())
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == PAPER for dot in dots] == [False, False, True]
    assert [float(dot.get_xdata()[0]) for dot in dots] == [1, 10, 20]
    (stairs,) = (line for line in ax.lines if len(line.get_xdata()) > 1)
    assert list(zip(*stairs.get_data(), strict=True)) == [(1, 5), (10, 5), (10, 2)]


def test_time_is_logarithmic_and_the_error_from_0_unless_it_is_far_spread():
    near = display([(1, 5), (10, 2)]).plot(Figure().subplots())
    far = display([(1, 50), (10, 2)]).plot(Figure().subplots())
    assert near.get_xscale() == far.get_xscale() == "log"
    assert (near.get_yscale(), far.get_yscale()) == ("linear", "log")
    assert near.get_ylim()[0] == 0
    assert near.get_xlabel().endswith("log")
    assert far.get_ylabel().endswith("log")
    assert not near.get_ylabel().endswith("log")


@pytest.mark.parametrize("seed", range(3))
def test_every_mark_has_a_label_and_no_two_overlap(seed):
    rng = np.random.default_rng(seed)
    points = [(float(10**x), float(y)) for x, y in rng.uniform((0, 2), (1, 3), (9, 2))]
    figure = display(points).figure()
    (ax,) = figure.axes
    assert sorted(text.get_text() for text in ax.texts) == sorted(NAMES)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_equal_marks_are_one_corner_of_the_front():
    ax = display([(2, 3), (2, 3)]).plot(Figure().subplots())
    assert len(ax.lines) == 3
