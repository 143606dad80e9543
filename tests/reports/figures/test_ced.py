import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from reports.figures.ced import CedDisplay
from reports.figures.style import looks

errors = st.lists(st.one_of(st.floats(0, 0.2), st.just(np.inf)), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(errors, st.floats(0, 0.2))
def test_the_curve_is_the_share_of_all_faces_within_a_limit(values, limit):
    values = np.array(values)
    error, share = CedDisplay({"a": values}, "ion", {}, 0.08).curve("a")
    assert share[error <= limit][-1] == np.mean(values <= limit) or limit == 0
    assert share[-1] == np.isfinite(values).mean()


def test_the_limit_is_marked_and_the_curve_reaches_the_edge():
    shown = CedDisplay({"a": np.array([0.01, 0.05, np.inf])}, "ion", looks(["a"]), 0.08)
    ax = shown.plot(Figure().subplots())
    assert ax.get_xlim() == (0.0, 0.1)
    assert ax.lines[0].get_xdata()[-1] == 0.1
    assert "8" in ax.texts[0].get_text()
    assert "ion" in ax.get_xlabel()


def test_an_aligner_that_missed_every_face_lies_on_the_axis():
    error, share = CedDisplay({"a": np.full(3, np.inf)}, "ion", {}, 0.08).curve("a")
    assert (error.tolist(), share.tolist()) == ([0.0], [0.0])


def test_a_long_curve_is_drawn_in_steps_that_cannot_be_told_apart():
    values = np.random.default_rng(0).uniform(0, 0.2, 20_000)
    shown = CedDisplay({"a": values}, "ion", looks(["a"]), 0.08)
    x, y = shown.plot(Figure().subplots()).lines[0].get_data()
    assert len(x) < 400
    places = np.linspace(0, 0.1, 500)
    drawn = y[np.searchsorted(x, places, side="right") - 1]
    exact = np.searchsorted(np.sort(values), places, side="right") / len(values)
    assert np.abs(drawn - exact).max() < 1 / 400
    assert y[-1] == np.mean(values <= 0.1)
