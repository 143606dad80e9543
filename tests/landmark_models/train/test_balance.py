import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from landmark_models.train.balance import LossBalance

DRAWS = 20_000
losses = st.lists(st.floats(0, 100), min_size=2, max_size=12)


def shares(balance, seed=0):
    drawn = balance.drawn(DRAWS, np.random.default_rng(seed))
    return np.bincount(drawn, minlength=len(balance.losses)) / DRAWS


def by_equation_1(values, place):
    """The smallest k whose sum of losses up to k is at least the place."""
    total = 0.0
    for k, value in enumerate(values):
        total += value
        if total >= place:
            return k
    raise AssertionError(place)


@given(losses, st.integers(0, 1000))
def test_faces_come_as_often_as_their_losses_say(values, seed):
    wanted = (
        np.array(values) / sum(values) if sum(values) else np.full(len(values), 1 / len(values))
    )
    spread = 6 * np.sqrt(wanted * (1 - wanted) / DRAWS) + 1e-9
    assert (np.abs(shares(LossBalance(values), seed) - wanted) <= spread + 1e-3).all()


@given(st.lists(st.integers(1, 9), min_size=2, max_size=9), st.integers(0, 1000))
def test_a_face_is_the_one_of_equation_1(values, seed):
    (drawn,) = LossBalance(values).drawn(1, np.random.default_rng(seed))
    place = np.random.default_rng(seed).random(1)[0] * sum(values)
    assert drawn == by_equation_1(values, place)


@given(st.floats(1e-300, 1e300), st.integers(2, 30), st.integers(0, 1000))
def test_equal_losses_are_no_losses_at_all(value, count, seed):
    first, second = (
        LossBalance(known).drawn(50, np.random.default_rng(seed))
        for known in (np.full(count, value), np.full(count, np.nan))
    )
    assert np.array_equal(first, second)


@given(st.lists(st.sampled_from([0.0, 5e-324, 1e-9, 1.0, 1e308]), min_size=1, max_size=9))
def test_a_face_without_loss_never_comes_unless_all_are_so(values):
    drawn = LossBalance(values).drawn(300, np.random.default_rng(0))
    assert ((drawn >= 0) & (drawn < len(values))).all()
    if any(values):
        assert all(values[k] > 0 for k in drawn)


def test_a_face_whose_loss_is_not_known_counts_as_the_mean_of_the_others():
    known = shares(LossBalance([2.0, 6.0, 4.0]))
    assert np.array_equal(shares(LossBalance([2.0, 6.0, np.nan])), known)


def test_what_is_noted_replaces_what_was_known():
    balance = LossBalance.unknown(4)
    balance.note(np.array([0, 2, 0]), [1.0, 3.0, 2.0])
    assert balance.losses.tolist()[:3:2] == [2.0, 3.0]
    assert np.isnan(balance.losses[[1, 3]]).all()
    balance.note(np.array([0, 1]), [np.nan, 5.0])
    assert balance.losses[:3].tolist() == [2.0, 5.0, 3.0]


def test_a_loss_below_nothing_or_without_bound_is_refused():
    with pytest.raises(ConfigError, match="losses from 0 up, got -1"):
        LossBalance([1.0, -1.0])
    with pytest.raises(ConfigError, match="got inf"):
        LossBalance.unknown(2).note(np.array([1]), [np.inf])
