import numpy as np
import pytest

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


def test_without_failures_there_is_nothing_to_say(scores):
    shown = HistogramDisplay.of("a", scores.only(~scores.failed), shared_edges([(0.1, 0.9)]))
    assert shown.failures == ""


def test_one_value_alone_still_has_bins():
    edges = shared_edges([(0.5, 0.5)])
    assert edges[0] < 0.5 < edges[-1]


def drawn(scores, names=("a", "b")):
    edges = shared_edges([(0.1, 0.9)])
    shown = [HistogramDisplay.of(name, scores, edges) for name in names]
    return figure(shown, looks(names), "cosine score").axes[0]


def test_aligners_stand_one_below_the_other_and_no_bar_reaches_the_next(scores):
    ax = drawn(scores, ("a", "b", "c"))
    steps = [patch.get_data() for patch in ax.patches if hasattr(patch, "get_data")]
    bases = [float(np.min(step.baseline)) for step in steps]
    assert sorted(set(bases), reverse=True) == [2, 1, 0]
    assert all(step.values.max() < base + 1 for step, base in zip(steps, bases, strict=True))
    low, high = ax.get_ylim()
    assert low < 0
    assert high >= 3


def test_all_lines_have_one_scale(scores):
    better = Scores(scores.trials, [0.9, 0.8, 0.1, 0.2])
    edges = shared_edges([(0.1, 0.9)])
    shown = [HistogramDisplay.of("a", scores, edges), HistogramDisplay.of("b", better, edges)]
    ax = figure(shown, looks(["a", "b"]), "cosine").axes[0]
    heights = [
        float((step.values - step.baseline).max())
        for step in (patch.get_data() for patch in ax.patches)
    ]
    # impostor, genuine twice; a share of one bin is the same height for both aligners
    assert heights == pytest.approx([0.92] * 6)
    half = HistogramDisplay.of("a", Scores(scores.trials, [0.9, 0.1, 0.1, 0.1]), edges)
    top = (
        figure([half, shown[0]], looks(["a"]), "cosine").axes[0].patches[1].get_data().values.max()
    )
    assert top - 1 == pytest.approx(0.92 / 2)


def test_an_aligners_name_has_its_colour_and_its_failures_stand_beside_it(scores):
    ax = drawn(scores)
    names = ax.get_yticklabels()
    assert [name.get_text() for name in names] == ["a", "b"]
    assert [name.get_color() for name in names] == [
        look.colour for look in looks(["a", "b"]).values()
    ]
    assert [text.get_text() for text in ax.texts] == [
        "no score: 1 of 2 genuine, 1 of 2 impostor"
    ] * 2
