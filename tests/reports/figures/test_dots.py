import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.figures.dots import DotsDisplay
from reports.figures.style import looks

LOOKS = looks(["base", "a"], "base")


def shown(values, parts=("x", "y", "z")):
    return DotsDisplay(parts, values, "NME, in % of ion", LOOKS).plot(Figure().subplots())


def test_every_aligner_has_a_mark_on_every_part_from_the_top():
    ax = shown({"base": [1.0, 2.0, 3.0], "a": [2.0, math.nan, 1.0]})
    base, other = ax.lines
    assert np.array_equal(base.get_xdata(), [1, 2, 3])
    assert np.array_equal(other.get_xdata(), [2, math.nan, 1], equal_nan=True)
    assert base.get_marker() == LOOKS["base"].marker
    assert other.get_color() == LOOKS["a"].colour
    assert [text.get_text() for text in ax.get_yticklabels()] == ["x", "y", "z"]
    bottom, top = ax.get_ylim()
    assert top < 0 < 2 < bottom


@pytest.mark.parametrize("highest", [0.03, 3.0, 40.0])
def test_zero_and_the_largest_value_are_in_view(highest):
    low, high = shown({"a": [highest / 2, highest, math.nan]}).get_xlim()
    assert low <= 0 < highest <= high


def test_exact_landmarks_alone_are_drawn_at_zero():
    low, high = shown({"base": [0.0, 0.0, 0.0]}).get_xlim()
    assert low <= 0 < high
