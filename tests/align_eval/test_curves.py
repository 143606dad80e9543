import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pyeer.eer_stats import calculate_roc, calculate_roc_auc
from sklearn.metrics import roc_auc_score, roc_curve

from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.errors import MetricError
from align_eval.scores import Scores

# Few distinct values, so that ties within and between the sides are the rule.
SCORE = st.sampled_from([-np.inf, -2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 3.0])
SIDE = st.lists(SCORE, min_size=1, max_size=12)
quick = settings(max_examples=60, deadline=None)


def draw(genuine=300, impostor=2000, decimals=None, seed=3):
    rng = np.random.default_rng(seed)
    sides = rng.normal(1.5, 1, genuine), rng.normal(0, 1, impostor)
    return sides if decimals is None else tuple(np.round(side, decimals) for side in sides)


@quick
@given(SIDE, SIDE)
def test_every_count_is_the_number_of_trials_at_or_above_the_threshold(genuine, impostor):
    roc = Roc.from_scores(genuine, impostor)
    finite = {score for score in (*genuine, *impostor) if score > -np.inf}
    assert roc.thresholds.tolist() == [np.inf, *sorted(finite, reverse=True)]
    for i, threshold in enumerate(roc.thresholds):
        assert roc.accepted_genuine[i] == sum(score >= threshold for score in genuine)
        assert roc.accepted_impostor[i] == sum(score >= threshold for score in impostor)
    assert (roc.n_genuine, roc.n_impostor) == (len(genuine), len(impostor))
    assert roc.failed_genuine == genuine.count(-np.inf)
    assert roc.failed_impostor == impostor.count(-np.inf)


@quick
@given(SIDE, SIDE)
def test_auc_is_the_share_of_pairs_that_genuine_wins_with_ties_half(genuine, impostor):
    wins = [(g > i) + (g == i) / 2 for g in genuine for i in impostor]
    assert Roc.from_scores(genuine, impostor).auc == pytest.approx(np.mean(wins), abs=1e-14)


@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("sizes", [(300, 2000), (2000, 300)])
def test_scikit_learn_gives_the_same_curve_and_area(sizes, decimals):
    genuine, impostor = draw(*sizes, decimals)
    roc = Roc.from_scores(genuine, impostor)
    truth = np.r_[np.ones(len(genuine)), np.zeros(len(impostor))]
    values = np.r_[genuine, impostor]
    far, tar, thresholds = roc_curve(truth, values, drop_intermediate=False)
    assert_array_equal(roc.thresholds, thresholds)
    assert_array_equal(roc.far, far)
    assert_array_equal(roc.tar, tar)
    assert_allclose(roc.frr, 1 - tar, atol=1e-15)
    assert roc.auc == pytest.approx(roc_auc_score(truth, values), abs=1e-12)


@pytest.mark.parametrize("decimals", [None, 1])
def test_pyeer_gives_the_same_counts_at_every_finite_threshold(decimals):
    # pyeer also accepts at score >= threshold, but its curve has no point that accepts nothing.
    genuine, impostor = draw(decimals=decimals)
    roc = Roc.from_scores(genuine, impostor)
    thresholds, matches, non_matches = calculate_roc(genuine, impostor, rates=False)
    assert_array_equal(roc.thresholds[:0:-1], thresholds)
    assert_array_equal(roc.accepted_impostor[:0:-1], matches)
    assert_array_equal(roc.n_genuine - roc.accepted_genuine[:0:-1], non_matches)


def test_pyeer_gives_the_same_area_where_the_highest_score_is_genuine():
    # Without that point, pyeer's trapezes miss the area left of the highest impostor score.
    genuine, impostor = draw()
    genuine[0] = impostor.max() + 1
    _, fmr, fnmr = calculate_roc(genuine, impostor)
    assert Roc.from_scores(genuine, impostor).auc == pytest.approx(calculate_roc_auc(fmr, fnmr))


@quick
@given(SIDE, SIDE, st.randoms())
def test_the_order_of_trials_changes_nothing(genuine, impostor, random):
    before = Roc.from_scores(genuine, impostor).to_frame()
    random.shuffle(genuine)
    random.shuffle(impostor)
    pd.testing.assert_frame_equal(before, Roc.from_scores(genuine, impostor).to_frame())


@quick
@given(SIDE, SIDE)
def test_doubling_every_trial_changes_no_rate(genuine, impostor):
    once, twice = Roc.from_scores(genuine, impostor), Roc.from_scores(genuine * 2, impostor * 2)
    for rate in ("thresholds", "far", "frr", "tar", "fmr", "fnmr", "auc"):
        assert_array_equal(getattr(once, rate), getattr(twice, rate))


def test_far_keeps_failures_in_the_denominator_and_fmr_does_not():
    roc = Roc.from_scores([0.9, 0.1, -np.inf, -np.inf], [0.5, -np.inf])
    k = roc.index(0.5)
    assert (roc.far[k], roc.frr[k], roc.tar[k]) == (0.5, 0.75, 0.25)
    fmr, fnmr = roc.det
    assert (fmr[k], fnmr[k]) == (1.0, 0.5)


def test_no_threshold_accepts_a_failure():
    roc = Roc.from_scores([-np.inf, -np.inf], [-np.inf])
    assert roc.thresholds.tolist() == [np.inf]
    assert (roc.far[0], roc.tar[0], roc.auc) == (0.0, 0.0, 0.5)
    assert np.isnan(roc.fmr[0])
    assert np.isnan(roc.fnmr[0])


@pytest.mark.parametrize(
    ("threshold", "position"), [(2.0, 0), (0.9, 1), (0.7, 1), (0.5, 2), (0.1, 3), (-9, 3)]
)
def test_index_is_the_lowest_threshold_at_or_above_a_score(threshold, position):
    assert Roc.from_scores([0.9, 0.5], [0.1]).index(threshold) == position


@pytest.mark.parametrize(
    ("genuine", "impostor", "message"),
    [
        ([], [0.1], "no genuine trials"),
        ([0.1], [], "no impostor trials: a ROC wants"),
        ([np.nan, 1], [0.1], "genuine score is NaN"),
        ([1], [np.inf, 0], "impostor score is NaN or"),
        ([[1, 2]], [0], "one dimension"),
    ],
)
def test_unusable_sides_are_refused(genuine, impostor, message):
    with pytest.raises(MetricError, match=message):
        Roc.from_scores(genuine, impostor)


def test_trials_of_one_subject_have_no_roc():
    trials = Trials.pairs(["a"], ["b"], {"a": "Ann", "b": "Ann"})
    with pytest.raises(MetricError, match="no impostor trials"):
        Roc.of(Scores(trials, [0.5]))


def test_scores_are_left_as_they_were():
    genuine, impostor = draw(20, 30)
    kept = genuine.copy(), impostor.copy()
    roc = Roc.from_scores(genuine, impostor)
    assert_array_equal(genuine, kept[0])
    assert_array_equal(impostor, kept[1])
    with pytest.raises(ValueError, match="read-only"):
        roc.thresholds[0] = 0


@pytest.mark.parametrize("points", [4, 50, 5000])
def test_a_thinned_curve_is_a_subset_with_both_ends(points):
    roc = Roc.from_scores(*draw(decimals=2))
    thin = roc.thinned(points)
    assert len(thin) <= points
    assert np.isin(thin.thresholds, roc.thresholds).all()
    k = [roc.index(t) for t in thin.thresholds]
    assert (k[0], k[-1]) == (0, len(roc) - 1)
    assert_array_equal(thin.far, roc.far[k])
    assert_array_equal(thin.frr, roc.frr[k])


def test_a_thinned_curve_keeps_the_low_rates():
    roc = Roc.from_scores(*draw(2000, 100_000))
    lowest = np.unique(roc.far)[:20]
    assert np.isin(lowest, roc.thinned(1000).far).all()


def test_thinning_to_nothing_is_refused():
    with pytest.raises(MetricError, match="at least 4"):
        Roc.from_scores([1], [0]).thinned(3)


def test_csv_holds_the_whole_curve(tmp_path):
    roc = Roc.from_scores(*draw(5, 9))
    roc.to_csv(tmp_path / "roc.csv")
    read = pd.read_csv(tmp_path / "roc.csv")
    pd.testing.assert_frame_equal(read, roc.to_frame(), check_dtype=False, rtol=1e-14)
    assert (tmp_path / "roc.csv").read_text().splitlines()[1].startswith("inf,0,0,0.0,1.0")
