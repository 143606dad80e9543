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
    ("name", "text"), [("TAR@FAR=1e-2", "better →"), ("EER", "← better"), ("novelty", "")]
)
def test_the_better_side_is_named_where_it_is_known(name, text):
    assert panel(name).get_title(loc="right") == text


def test_the_numbers_stand_beside_their_marks():
    assert [text.get_text() for text in panel().texts] == [
        "−2.0  [−3.0 to −1.0]",
        "+0.1  [−1.0 to +1.2]",
    ]


def test_a_difference_without_interval_or_of_0_is_drawn():
    rows = (Difference("a", 0.0, 0.0, 0.0), Difference("b", 0.01, math.nan, math.nan))
    ax = panel(rows=rows)
    assert not rows[0].decided
    assert not rows[1].decided
    assert len(marks(ax)) == 2


def test_a_panel_for_each_metric():
    panels = [ForestDisplay(measure(name), ROWS, "base") for name in ("EER", "AUC", "d'")]
    assert len(figure(panels, LOOKS).axes) == 3
