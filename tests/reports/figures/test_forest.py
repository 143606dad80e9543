import math

import pytest
from matplotlib.figure import Figure

from reports.figures.forest import Difference, ForestDisplay, figure
from reports.figures.style import PAPER, looks
from reports.measures import measure

ROWS = (Difference("a", -0.02, -0.03, -0.01), Difference("b", 0.001, -0.01, 0.012))
LOOKS = looks(["base", "a", "b"], "base")


def panel(name="TAR@FAR=1e-2", rows=ROWS):
    return ForestDisplay(measure(name), rows, "base").plot(Figure().subplots(), LOOKS)


def marks(ax):
    return [line for line in ax.lines if line.get_marker() not in ("None", None, "")]


def test_a_full_mark_is_a_difference_whose_interval_leaves_0_out():
    a, b = marks(panel())
    assert a.get_markerfacecolor() == LOOKS["a"].colour
    assert b.get_markerfacecolor() == PAPER


def test_rates_are_drawn_in_points_and_0_is_always_in_view():
    ax = panel(rows=ROWS[:1])
    assert marks(ax)[0].get_xdata()[0] == pytest.approx(-2.0)
    low, high = ax.get_xlim()
    assert low < -3 < 0 < high


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("TAR@FAR=1e-2", ["TAR@FAR=1e-2", "points, better →"]),
        ("EER", ["EER", "points, ← better"]),
        ("novelty", ["novelty", ""]),
    ],
)
def test_unit_and_better_side_are_named_where_they_are_known(name, texts):
    assert [text.get_text() for text in panel(name).texts] == texts


def test_a_difference_without_interval_or_of_0_is_drawn():
    rows = (Difference("a", 0.0, 0.0, 0.0), Difference("b", 0.01, math.nan, math.nan))
    ax = panel(rows=rows)
    assert not rows[0].decided
    assert not rows[1].decided
    assert len(marks(ax)) == 2


def names_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_panels_stand_three_in_a_line_and_name_the_aligners_once_a_line():
    panels = [ForestDisplay(measure(n), ROWS, "base") for n in ("EER", "AUC", "d'", "FNMR")]
    first, second, third, fourth = figure(panels, LOOKS).axes
    corners = [ax.get_position() for ax in (first, second, third, fourth)]
    assert len({round(at.y0, 6) for at in corners[:3]}) == 1
    assert corners[0].x1 < corners[1].x0 < corners[1].x1 < corners[2].x0
    assert corners[3].y1 < corners[0].y0
    assert names_of(first) == names_of(fourth) == ["a", "b"]
    assert names_of(second) == names_of(third) == ["", ""]


def test_a_panel_of_other_aligners_names_its_own():
    panels = [ForestDisplay(measure("EER"), ROWS, "base")]
    panels.append(ForestDisplay(measure("AUC"), ROWS[1:], "base"))
    assert [names_of(ax) for ax in figure(panels, LOOKS).axes] == [["a", "b"], ["b"]]
