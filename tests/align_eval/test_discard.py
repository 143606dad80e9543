import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.discard import (
    COLUMNS,
    ORDERS,
    discard_rows,
    discarding_order,
    kept_errors,
    n_discarded,
    rated_points,
)
from align_eval.errors import ConfigError, LandmarkError, UnknownNameError
from align_eval.landmark_error import landmark_errors
from align_eval.landmarks import Landmarks
from align_eval.result import DISCARD_COLUMNS
from align_eval.schemes import scheme_named

IBUG, FIVE = scheme_named("ibug68"), scheme_named("five")
BASE = np.random.default_rng(5).uniform(0, 100, (68, 2))
SHARES = (0.1, 0.3)


def faces(count=12, quality=None, seed=0):
    """Predictions with errors of every size, and their truth; quality of the (68,) errors."""
    rng = np.random.default_rng(seed)
    predicted, truth = [], []
    for _ in range(count):
        off = rng.normal(0, 1, (68, 2)) * rng.gamma(1, 1, (68, 1))
        rated = None if quality is None else quality(np.hypot(*off.T), rng)
        predicted.append(Landmarks(BASE + off, IBUG, rated))
        truth.append(Landmarks(BASE, IBUG))
    return predicted, truth


def rows(points, shares=SHARES, seed=0, people=6, **options):
    ids = [f"f{i}" for i in points.faces]
    subjects = [f"s{i % people}" for i in points.faces]
    table = discard_rows(
        points, shares, ids=ids, subjects=subjects, seed=seed, resamples=200, **options
    )
    return table.set_index(["order", "share"])


def exact(errors, rng):
    return -errors


def noisy(errors, rng):
    return -errors + rng.normal(0, 2, len(errors))


def test_with_nothing_discarded_it_is_the_nme_of_all_points_in_every_order():
    predicted, truth = faces(quality=noisy)
    table = rows(rated_points(predicted, truth, "ion"))
    known, _ = landmark_errors(predicted, truth, "ion")
    nme = known[(known["group"] == "all") & (known["metric"] == "NME")]["value"].item()
    for order in ORDERS:
        assert table.loc[(order, 0.0), "nme"] == pytest.approx(nme, rel=1e-12)
        assert table.loc[(order, 0.0), "change"] == 0


def test_a_quality_that_is_the_error_is_the_bound_and_one_that_is_constant_is_chance():
    knows = rows(rated_points(*faces(quality=exact), "ion"))
    for share in SHARES:
        assert knows.loc[("signal", share), "nme"] == knows.loc[("oracle", share), "nme"]
        assert knows.loc[("signal", share), "to_random_high"] < 0
    level = rows(rated_points(*faces(quality=lambda e, _: np.full(68, 0.5)), "ion"))
    for share in SHARES:
        assert level.loc[("signal", share), "nme"] == level.loc[("random", share), "nme"]
        assert level.loc[("signal", share), "to_random"] == 0


def test_a_quality_that_is_upside_down_is_worse_than_chance_with_its_interval():
    table = rows(rated_points(*faces(40, quality=lambda e, _: e), "ion"))
    assert table.loc[("signal", 0.3), "to_random_low"] > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 0.95), min_size=1, max_size=3, unique=True))
def test_no_order_beats_the_bound_which_falls_with_the_share(seed, shares):
    points = rated_points(*faces(4, quality=noisy, seed=seed), "box")
    table = rows(points, shares, people=3)["nme"]
    for share in shares:
        assert table["oracle", share] <= table["signal", share] + 1e-12
        assert table["oracle", share] <= table["random", share] + 1e-12
    bound = [table["oracle", share] for share in sorted([0.0, *shares])]
    assert all(later <= first + 1e-12 for first, later in itertools.pairwise(bound))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.001, 0.999), st.integers(1, 200))
def test_the_number_discarded_is_the_nearest_and_leaves_a_point(share, points):
    dropped = n_discarded(share, points)
    assert 0 <= dropped < points
    assert abs(dropped - share * points) <= 0.5 + 1e-6 or dropped == points - 1


def test_chance_depends_on_the_seed_and_the_faces_id_alone():
    points = rated_points(*faces(6, quality=noisy), "ion")
    ids = [f"f{i}" for i in range(6)]
    whole = discarding_order(points, "random", ids, 3)
    turned = type(points)(points.faces[::-1], points.errors[::-1], points.signal[::-1])
    assert np.array_equal(discarding_order(turned, "random", ids[::-1], 3), whole[::-1])
    assert not np.array_equal(discarding_order(points, "random", ids, 4), whole)
    assert not np.array_equal(whole[0], whole[1])


def test_only_faces_that_were_found_whole_and_have_a_quality_count():
    predicted, truth = faces(5, quality=exact)
    predicted[0] = None
    predicted[1] = Landmarks(predicted[1].points, IBUG)
    hole = predicted[2].points.copy()
    hole[7] = np.nan
    predicted[2] = Landmarks(hole, IBUG, predicted[2].quality)
    points = rated_points(predicted, truth, "ion")
    assert sorted(points.faces.tolist()) == [3, 4]
    assert rows(points)["n"].unique().tolist() == [2]


def test_a_model_without_quality_has_no_rows_but_the_columns():
    points = rated_points(*faces(3), "ion")
    table = discard_rows(points, SHARES, ids=[], subjects=[])
    assert table.empty
    assert tuple(table.columns) == COLUMNS[1:]


def test_a_point_without_truth_is_neither_counted_nor_discarded():
    predicted, truth = faces(3, quality=exact)
    hidden = BASE.copy()
    hidden[:34] = np.nan
    truth = [Landmarks(hidden, IBUG) for _ in truth]
    points = rated_points(predicted, truth, "box")
    places = discarding_order(points, "signal", ["a", "b", "c"], 0)
    assert (places[:, :34] >= 34).all()
    left = kept_errors(points, places, 0.5)
    lowest = np.sort(points.errors[:, 34:], axis=1)[:, :17]
    assert np.allclose(left, lowest.mean(axis=1))


def test_a_point_without_quality_is_trusted_least():
    def forgetful(errors, _):
        return np.where(np.arange(68) == 11, np.nan, -errors)

    points = rated_points(*faces(3, quality=forgetful), "ion")
    places = discarding_order(points, "signal", ["a", "b", "c"], 0)
    assert (places[:, 11] == 0).all()


def test_points_made_of_several_have_the_mean_of_their_qualities():
    predicted, _ = faces(2, quality=exact)
    truth = [Landmarks(np.arange(10.0).reshape(5, 2) ** 2, FIVE) for _ in predicted]
    points = rated_points(predicted, truth, "ipn")
    assert points.errors.shape[1] == 5
    eye = [-predicted[0].quality[36:42].mean(), -predicted[0].quality[42:48].mean()]
    assert np.allclose(points.signal[0, :2], eye)


def test_faces_of_different_schemes_stand_side_by_side():
    predicted, truth = faces(2, quality=exact)
    five = predicted[1].to(FIVE)
    points = rated_points([predicted[0], five], truth, "ion")
    counts = dict(zip(points.faces.tolist(), (~np.isnan(points.errors)).sum(axis=1), strict=True))
    assert counts == {0: 68, 1: 5}


def test_intervals_are_paired_and_want_some_people():
    predicted, truth = faces(30, quality=exact)
    points = rated_points(predicted, truth, "ion")
    many = rows(points, people=10)
    value, low, high = many.loc[("signal", 0.3), ["change", "low", "high"]]
    assert low < value < high < 0
    few = rows(points, people=3)
    assert few[["low", "high"]].isna().all(axis=None)
    assert few.loc[("signal", 0.3), "change"] == value
    assert many.loc[("random", 0.3), ["to_random_low", "to_random_high"]].tolist() == [0, 0]


def test_a_perfect_model_has_no_change_to_speak_of():
    truth = [Landmarks(BASE, IBUG)] * 6
    points = rated_points([Landmarks(BASE, IBUG, np.arange(68.0))] * 6, truth, "ion")
    table = rows(points)
    assert (table["nme"] == 0).all()
    assert table["change"].isna().all()


def test_what_cannot_be_is_one_clear_error():
    predicted, truth = faces(2, quality=exact)
    points = rated_points(predicted, truth, "ion")
    with pytest.raises(ConfigError, match=r"a number in \(0, 1\), got 1"):
        discard_rows(points, [1], ids=["a", "b"], subjects=["a", "b"])
    with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
        discarding_order(points, "ramdom", ["a", "b"], 0)
    with pytest.raises(UnknownNameError, match="normaliser"):
        rated_points(predicted, truth, "iod")
    with pytest.raises(LandmarkError, match="2 predictions and 1 truths"):
        rated_points(predicted, truth[:1], "ion")


def test_the_columns_are_those_of_the_result():
    assert ("dataset", "aligner", *COLUMNS) == DISCARD_COLUMNS
