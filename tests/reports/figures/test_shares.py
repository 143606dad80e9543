import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from reports.figures.shares import COLOURS, SharesDisplay
from reports.figures.style import THEME

PARTS = ["shift x", "shift y", "rotation", "scale", "shape"]
SHARES = {"a": [0.5, 0.2, 0.05, 0.05, 0.2], "b": [0.0, 0.0, 0.0, 0.1, 0.9]}


def display():
    return SharesDisplay(PARTS, SHARES, {"a": "3.1", "b": "12.0"}, "share of it", "size, %")


def test_the_bars_of_an_aligner_follow_each_other_and_end_at_one():
    ax = display().plot(Figure().subplots())
    for row, shares in enumerate(SHARES.values()):
        own = ax.patches[5 * row : 5 * row + 5]
        assert [bar.get_width() for bar in own] == pytest.approx(shares)
        ends = [bar.get_x() + bar.get_width() for bar in own]
        assert [bar.get_x() for bar in own[1:]] == pytest.approx(ends[:-1])
        assert ends[-1] == pytest.approx(1)
        assert [to_hex(bar.get_facecolor()) for bar in own] == list(COLOURS)


def test_every_part_has_a_colour_of_its_own_that_a_page_can_swap():
    assert len(set(COLOURS)) == len(PARTS)
    assert set(COLOURS) <= set(THEME)


def test_shares_with_room_have_their_number_and_every_bar_its_size():
    ax = display().plot(Figure().subplots())
    words = [text.get_text() for text in ax.texts]
    assert words == ["50", "20", "20", "3.1", "10", "90", "12.0"]


def test_names_and_keys_stand_within_the_figure():
    figure = display().figure()
    figure.draw_without_rendering()
    (ax,) = figure.axes
    box, inside = ax.get_tightbbox(), figure.bbox
    assert box.x0 >= 0
    assert box.x1 <= inside.x1
    assert box.y0 >= 0
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == PARTS
    assert legend.get_window_extent().x1 <= inside.x1
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
