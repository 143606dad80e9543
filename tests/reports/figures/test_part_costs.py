from math import nan

import pytest
from matplotlib.figure import Figure

from reports.figures.forest import Difference
from reports.figures.part_costs import PartCostsDisplay
from reports.figures.style import looks, svg
from reports.measures import measure

LOOKS = looks(["base", "a", "b"], "base")
ROWS = {
    "a": [Difference("a", -0.1, -0.2, -0.05), Difference("a", nan, nan, nan)],
    "b": [Difference("b", 0.01, -0.02, 0.04), Difference("b", 0.3, nan, nan)],
}


def display(rows=None):
    return PartCostsDisplay(
        measure("TAR@FAR=1e-2"), ("x", "y"), ROWS if rows is None else rows, "base", LOOKS
    )


@pytest.fixture
def ax():
    return display().plot(Figure().subplots())


def marks(ax):
    return [line for line in ax.lines if line.get_marker() in ("s", "^")]


def test_every_known_difference_has_a_mark_in_points(ax):
    found = marks(ax)
    assert [line.get_xdata()[0] for line in found] == pytest.approx([-10, 1, 30])
    assert [line.get_color() for line in found] == [LOOKS[name].colour for name in "abb"]


def test_a_mark_is_full_where_the_interval_leaves_zero_out(ax):
    full = [line.get_markerfacecolor() == line.get_color() for line in marks(ax)]
    assert full == [True, False, False]


def test_aligners_do_not_cover_each_other_and_parts_come_from_the_top(ax):
    first, second, third = (line.get_ydata()[0] for line in marks(ax))
    assert first < second < 0.5 < third
    bottom, top = ax.get_ylim()
    assert top < 0 < 1 < bottom


def test_zero_and_every_interval_are_in_view(ax):
    low, high = ax.get_xlim()
    assert low < -20 < 0 < 30 < high
    assert "better →" in ax.get_xlabel()


def test_each_aligner_is_named_once_in_the_drawing():
    drawn = svg(display().figure)
    assert drawn.count(">b<") == 1


def test_without_any_number_it_can_be_drawn():
    nothing = {"a": [Difference("a", nan, nan, nan)] * 2}
    low, high = display(nothing).plot(Figure().subplots()).get_xlim()
    assert low < 0 < high
