from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from align_eval.curves import Roc
from reports.figures.roc import RocDisplay
from reports.figures.style import looks


def display(seed, n_impostor=50):
    rng = np.random.default_rng(seed)
    roc = Roc.from_scores(rng.integers(0, 9, 30) / 4, rng.integers(-4, 6, n_impostor) / 4)
    return roc, RocDisplay({"a": (roc.far, roc.tar)}, n_impostor, looks(["a"]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.02, 1.0))
def test_the_drawn_step_at_any_far_is_the_best_tar_at_most_that_far(seed, at):
    roc, shown = display(seed)
    far, tar = shown.cut("a")
    drawn = tar[far <= at * (1 + 1e-9)][-1]
    assert drawn == roc.tar[roc.far <= at * (1 + 1e-9)].max()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_nothing_is_drawn_below_one_impostor_trial(seed):
    _, shown = display(seed)
    far, tar = shown.cut("a")
    assert far[0] == shown.floor == 1 / 50
    assert far[-1] == 1.0
    assert (np.diff(far) >= 0).all()
    assert (np.diff(tar) >= 0).all()


def test_folds_are_thin_lines_behind_that_end_where_one_of_their_trials_does():
    roc, shown = display(0)
    folds = {"a": [(roc.far, roc.tar, 10), (roc.far, roc.tar, 20)]}
    ax = replace(shown, folds=folds).plot(Figure().subplots())
    *thin, pooled = ax.lines
    assert [line.get_xdata()[0] for line in thin] == [1 / 10, 1 / 20]
    assert {line.get_color() for line in thin} == {pooled.get_color()}
    assert all(line.get_linewidth() < pooled.get_linewidth() / 2 for line in thin)
    assert all(line.get_zorder() < pooled.get_zorder() for line in thin)
    assert len(ax.get_legend_handles_labels()[1]) == 1


def test_the_axes_say_what_they_are_and_far_is_logarithmic():
    ax = display(0)[1].plot(Figure().subplots())
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel().startswith("FAR")
    assert ax.get_ylabel().startswith("TAR")
    assert [text.get_text() for text in ax.texts] == ["less than 1 of 50 impostor trials"]
