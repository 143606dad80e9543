from matplotlib.figure import Figure

from reports.figures.discards import DiscardDisplay
from reports.figures.style import MUTED, looks

LOOKS = looks(["a", "b", "c"])
ORDERS = {"signal": [0.0, -0.1, -0.2], "random": [0.0, 0.01, 0.0], "oracle": [0.0, -0.2, -0.4]}


def display(names="ab"):
    return DiscardDisplay([0.0, 0.1, 0.3], dict.fromkeys(names, ORDERS), LOOKS)


def test_each_order_is_a_line_and_the_signal_has_the_aligners_colour():
    ax = display().plot(Figure().subplots(), "b")
    assert [line.get_ydata().tolist() for line in ax.lines] == list(map(list, ORDERS.values()))
    assert [line.get_color() for line in ax.lines] == [LOOKS["b"].colour, MUTED, MUTED]
    assert len({str(line.get_linestyle()) for line in ax.lines}) >= 2


def test_a_panel_for_each_aligner_on_one_scale_with_its_name():
    figure = display("abc").figure()
    assert len(figure.axes) == 3
    assert len({ax.get_ylim() for ax in figure.axes}) == 1
    low, high = figure.axes[0].get_ylim()
    assert low < -0.4
    assert high > 0.01
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["a", "b", "c"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "by the signal",
        "at random",
        "by the true error",
    ]


def test_the_lowest_panel_of_each_column_has_the_numbers():
    figure = display("abc").figure()
    shown = [ax.xaxis.get_tick_params()["labelbottom"] for ax in figure.axes]
    assert shown == [False, True, True]


def test_panels_do_not_overlap_and_nothing_leaves_the_figure():
    figure = display("abc").figure()
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    inside = figure.bbox
    assert all(box.x0 >= 0 and box.x1 <= inside.x1 and box.y0 >= 0 for box in boxes)
