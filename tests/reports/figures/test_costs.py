import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.figures.costs import CostDisplay, CostMark
from reports.figures.style import INK, PAPER, WIDTH, looks
from reports.measures import measure

NAMES = ["a", "b", "c", "m1", "m2"]
LOOKS = looks(["base", *NAMES], "base")


def mark(name, dataset="warm", error=3.0, delta=0.02, half=0.01):
    return CostMark(name, dataset, error, delta, delta - half, delta + half)


def display(marks, trails=None, datasets=("warm", "seen")):
    return CostDisplay(
        tuple(marks), trails or {}, datasets, measure("EER"), "error, %", "base", LOOKS
    )


TRAIL = {"warm": (mark("m1", error=2.0, delta=0.001), mark("m2", error=6.0, delta=0.01))}
MARKS = (mark("a"), mark("a", "seen", 2.5, 0.004), mark("b", error=4.0, delta=0.03))


def lines(ax, label=None):
    return [line for line in ax.lines if line.get_marker() not in ("", "None", None)]


def test_every_mark_stands_at_its_error_and_its_cost_in_points():
    ax = display(MARKS, TRAIL).plot(Figure().subplots())
    shown = {(line.get_xdata()[0], round(float(line.get_ydata()[0]), 9)) for line in lines(ax)}
    assert shown == {(3.0, 2.0), (2.5, 0.4), (4.0, 3.0), (2.0, 0.1), (6.0, 1.0)}


def test_intervals_are_bars_and_without_one_there_is_no_bar():
    full = display([mark("a"), mark("b")]).plot(Figure().subplots())
    bare = display([mark("a"), mark("b", half=math.nan)]).plot(Figure().subplots())
    assert len(full.lines) - len(bare.lines) == 1


def test_the_first_data_set_is_full_and_the_second_hollow_in_the_aligners_colour():
    ax = display(MARKS).plot(Figure().subplots())
    first, second, _ = lines(ax)
    assert first.get_markerfacecolor() == LOOKS["a"].colour
    assert second.get_markerfacecolor() == PAPER
    assert first.get_markeredgecolor() == second.get_markeredgecolor() == LOOKS["a"].colour
    assert first.get_marker() != second.get_marker()


def test_the_truth_moved_is_a_thin_line_with_small_marks():
    ax = display(MARKS, TRAIL).plot(Figure().subplots())
    trail = [line for line in ax.lines if list(line.get_xdata()) == [2.0, 6.0]]
    assert len(trail) == 1
    sizes = {line.get_markersize() for line in lines(ax)}
    assert min(sizes) < 0.6 * max(sizes)


@pytest.mark.parametrize(("far", "scale"), [(5.0, "linear"), (40.0, "log")])
def test_errors_of_very_different_size_have_a_logarithmic_axis_that_says_so(far, scale):
    ax = display([mark("a", error=2.0), mark("b", error=far)]).plot(Figure().subplots())
    assert ax.get_xscale() == scale
    assert ax.get_xlabel().endswith("log") == (scale == "log")


def test_an_error_of_0_keeps_the_axis_linear():
    ax = display([mark("a", error=0.0), mark("b", error=40.0)]).plot(Figure().subplots())
    assert ax.get_xscale() == "linear"
    assert ax.get_xlim()[0] <= 0


@pytest.mark.parametrize(("worst", "scale"), [(0.04, "linear"), (0.4, "symlog")])
def test_costs_of_very_different_size_are_drawn_in_powers_and_said_so(worst, scale):
    marks = [mark("a", delta=0.01), mark("b", delta=0.02), mark("c", delta=worst)]
    ax = display(marks).plot(Figure().subplots())
    assert ax.get_yscale() == scale
    assert ("log beyond" in ax.get_ylabel()) == (scale == "symlog")


def test_0_and_every_interval_are_in_view():
    for marks in (MARKS, [mark("a", delta=-0.02), mark("b", delta=0.5, half=0.3)]):
        ax = display(marks).plot(Figure().subplots())
        low, high = ax.get_ylim()
        assert low < 0 < high
        assert all(low < 100 * end < high for one in marks for end in (one.low, one.high))


def test_every_mark_and_the_baseline_have_a_label_and_no_two_overlap():
    rng = np.random.default_rng(4)
    marks = [
        mark(n, d, *rng.uniform((2, 0.001), (9, 0.02))) for n in "abc" for d in ("warm", "seen")
    ]
    figure = display(marks, TRAIL).figure()
    (ax,) = figure.axes
    texts = [text.get_text() for text in ax.texts]
    assert sorted(texts) == sorted([*"aabbcc", "m1", "m2", "base: 0"])
    boxes = [text.get_window_extent() for text in ax.texts]
    shared = [a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert not any(shared)
    assert ax.texts[-1].get_color() == INK


def test_a_figure_with_little_in_it_is_as_wide_as_the_others():
    assert display(MARKS).width == WIDTH
    assert display([mark("a", error=e) for e in range(1, 12)]).width > WIDTH
