import numpy as np
import pytest
from matplotlib.figure import Figure

from align_eval.dataset import Trials
from align_eval.scores import Scores
from reports.figures.histogram import HistogramDisplay, figure, shared_edges
from reports.figures.style import looks


@pytest.fixture
def scores():
    subjects = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    trials = Trials.pairs(["a1", "b1", "a1", "a2"], ["a2", "b2", "b1", "b2"], subjects)
    return Scores(trials, [0.9, -np.inf, 0.1, -np.inf])


def test_bins_and_failures_hold_every_trial(scores):
    shown = HistogramDisplay.of("a", scores, shared_edges([(0.1, 0.9)]))
    assert shown.genuine.sum() + shown.failed[0] / shown.trials[0] == 1
    assert shown.impostor.sum() + shown.failed[1] / shown.trials[1] == 1
    assert shown.failures == "no score: 1 of 2 genuine, 1 of 2 impostor"


def test_without_failures_the_label_says_so(scores):
    shown = HistogramDisplay.of("a", scores.only(~scores.failed), shared_edges([(0.1, 0.9)]))
    assert shown.failures == "every trial has a score"


def test_one_value_alone_still_has_bins():
    edges = shared_edges([(0.5, 0.5)])
    assert edges[0] < 0.5 < edges[-1]


def test_panels_share_their_axes_and_no_bar_is_cut(scores):
    edges = shared_edges([(0.1, 0.9)])
    shown = [HistogramDisplay.of(name, scores, edges) for name in ("a", "b")]
    drawn = figure(shown, looks(["a", "b"]), "cosine score")
    limits = {(ax.get_xlim(), ax.get_ylim()) for ax in drawn.axes}
    assert len(limits) == 1
    assert drawn.axes[0].get_ylim()[1] > 0.5


def test_the_aligners_name_has_its_colour(scores):
    shown = HistogramDisplay.of("a", scores, shared_edges([(0.1, 0.9)]))
    ax = shown.plot(Figure().subplots(), "#123456")
    assert ax.get_title(loc="left") == "a"
    assert ax._left_title.get_color() == "#123456"
