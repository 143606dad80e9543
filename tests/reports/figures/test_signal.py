import numpy as np
from matplotlib.figure import Figure

from reports.figures.signal import SignalCurve, SignalDisplay
from reports.figures.style import MUTED, looks

LOOKS = looks(["a", "b"])
RANK = np.linspace(0.1, 0.9, 5)
CURVE = SignalCurve(RANK, RANK**2 / 50, RANK - 0.1, RANK, RANK + 0.1)


def test_the_error_is_drawn_over_its_last_bin_and_the_signal_as_it_is():
    ax = SignalDisplay({"a": CURVE}, LOOKS).plot(Figure().subplots(), "a")
    signal, error = ax.lines
    assert np.array_equal(signal.get_ydata(), CURVE.signal)
    assert signal.get_color() == LOOKS["a"].colour
    assert error.get_ydata().max() == 1
    assert error.get_color() == MUTED
    (band,) = ax.collections
    ends = band.get_paths()[0].vertices[:, 1]
    assert ends.min() == CURVE.low.min()
    assert ends.max() == CURVE.high.max()


def test_a_panel_for_each_aligner():
    figure = SignalDisplay({"a": CURVE, "b": CURVE}, LOOKS).figure()
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["a", "b"]
    assert {ax.get_xlim() for ax in figure.axes} == {(0.0, 1.0)}
    assert len(figure.legends[0].get_texts()) == 3
