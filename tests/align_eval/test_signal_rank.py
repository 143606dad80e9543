import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.discard import RatedPoints
from align_eval.result import SIGNAL_BIN_COLUMNS, SIGNAL_COLUMNS
from align_eval.signal_rank import (
    BIN_COLUMNS,
    COLUMNS,
    CONSTANT,
    signal_bins,
    signal_rows,
    spearman,
)

values = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30)


def points(noise=1.0, faces=30, count=68, seed=0):
    rng = np.random.default_rng(seed)
    errors = rng.gamma(1, 0.02, (faces, count)) * rng.uniform(0.5, 2, (faces, 1))
    signal = errors + noise * errors.std() * rng.normal(0, 1, errors.shape)
    return RatedPoints(np.arange(faces), errors, signal)


def people(rated, count=10):
    return [f"s{i % count}" for i in rated.faces]


@settings(max_examples=60, deadline=None)
@given(values)
def test_spearman_is_scipys_ties_and_all(pairs):
    first, second = np.array(pairs, float).T
    if np.ptp(first) and np.ptp(second):
        assert spearman(first, second) == pytest.approx(scipy.stats.spearmanr(first, second)[0])
    else:
        assert np.isnan(spearman(first, second))


@settings(max_examples=30, deadline=None)
@given(values)
def test_a_rising_change_of_the_signal_changes_no_rank(pairs):
    first, second = np.array(pairs, float).T
    assert spearman(np.exp(first), second) == pytest.approx(spearman(first, second), nan_ok=True)
    assert spearman(-first, second) == pytest.approx(-spearman(first, second), nan_ok=True)


def test_points_and_faces_have_their_correlation_and_an_interval_around_it():
    rated = points()
    table = signal_rows(rated, subjects=people(rated), resamples=100).set_index("level")
    assert table.loc["point", "n"] == 30 * 68
    assert table.loc["face", "n"] == 30
    wanted = scipy.stats.spearmanr(rated.signal.ravel(), rated.errors.ravel())[0]
    assert table.loc["point", "rho"] == pytest.approx(wanted)
    means = [side.mean(axis=1) for side in (rated.signal, rated.errors)]
    assert table.loc["face", "rho"] == pytest.approx(scipy.stats.spearmanr(*means)[0])
    for level in ("point", "face"):
        low, rho, high = table.loc[level, ["low", "rho", "high"]]
        assert low < rho < high


def test_a_resample_counts_a_persons_points_as_often_as_the_person_was_drawn():
    from align_eval.resample import identity_weights

    rated = points(faces=6, count=8)
    table = signal_rows(rated, subjects=people(rated, 6), resamples=400, seed=3)
    drawn = []
    for weights in identity_weights(6, 400, 3):
        own = np.repeat(np.arange(6), weights)
        pair = rated.signal[own].ravel(), rated.errors[own].ravel()
        drawn.append(scipy.stats.spearmanr(*pair)[0])
    assert table["low"].iloc[0] == pytest.approx(np.quantile(drawn, 0.025))
    assert table["high"].iloc[0] == pytest.approx(np.quantile(drawn, 0.975))


def test_points_without_quality_or_truth_are_left_out():
    rated = points()
    rated.signal[:, ::2] = np.nan
    rated.errors[:, 1::4] = np.nan
    rated.signal[:, 1::4] = np.nan
    table = signal_rows(rated, subjects=people(rated), resamples=20).set_index("level")
    assert table.loc["point", "n"] == 30 * 17
    kept = rated.errors[:, 3::4].ravel(), rated.signal[:, 3::4].ravel()
    assert table.loc["point", "rho"] == pytest.approx(scipy.stats.spearmanr(*kept)[0])


def test_a_constant_signal_has_no_correlation_and_no_bins_and_says_so():
    rated = points()
    level = RatedPoints(rated.faces, rated.errors, np.ones_like(rated.errors))
    table = signal_rows(level, subjects=people(level))
    assert table["rho"].isna().all()
    assert set(table["note"]) == {CONSTANT}
    assert signal_bins(level).empty


def test_too_few_people_have_no_interval_and_no_faces_no_rows():
    rated = points()
    table = signal_rows(rated, subjects=people(rated, 3))
    assert table["low"].isna().all()
    assert "3 subjects" in table["note"].iloc[0]
    nothing = RatedPoints(np.arange(0), np.empty((0, 5)), np.empty((0, 5)))
    assert signal_rows(nothing, subjects=[]).empty
    assert signal_bins(nothing).empty


def test_bins_hold_all_points_in_the_order_of_their_errors():
    rated = points()
    bins = signal_bins(rated)
    assert bins["n"].sum() == rated.errors.size
    assert np.ptp(bins["n"]) <= 1
    assert bins["error"].is_monotonic_increasing
    assert bins["rank"].between(0, 1).all()
    assert (bins["low"] <= bins["signal"]).all()
    assert (bins["signal"] <= bins["high"]).all()


def test_a_signal_that_knows_rises_over_its_whole_scale_and_one_that_does_not_is_level():
    knows, guesses = signal_bins(points(0.0)), signal_bins(points(1e6))
    assert knows["signal"].is_monotonic_increasing
    assert knows["signal"].iloc[0] < 0.05
    assert knows["signal"].iloc[-1] > 0.95
    assert np.ptp(guesses["signal"]) < 0.5


def test_few_points_have_few_bins():
    assert len(signal_bins(points(faces=1, count=5))) == 1
    assert len(signal_bins(points(faces=2, count=68))) == 6


def test_the_columns_are_those_of_the_result():
    assert ("dataset", "aligner", *COLUMNS) == SIGNAL_COLUMNS
    assert ("dataset", "aligner", *BIN_COLUMNS) == SIGNAL_BIN_COLUMNS
