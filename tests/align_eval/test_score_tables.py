"""Which systems scored the same trials."""

import numpy as np
import pytest

from align_eval.errors import DataError
from align_eval.score_tables import SystemScores, scores_of_sides, unnamed_trials
from align_eval.scores import Scores

LABELS = [True, True, False, False]


def system(values, labels=LABELS, keys=None, fold=None):
    trials = unnamed_trials(labels, fold)
    keyed = None if keys is None else np.array(keys, dtype=np.uint64)
    return SystemScores("x", Scores(trials, values), False, keyed)


def test_named_trials_are_matched_in_any_order():
    first = system([1, 2, 3, 4], keys=[11, 12, 13, 14])
    other = system([40, 10, 20, 30], [False, True, True, False], keys=[14, 11, 12, 13])
    paired = other.paired_with(first)
    assert paired.scores.values.tolist() == [10, 20, 30, 40]
    assert paired.scores.trials is first.scores.trials
    assert paired.keys.tolist() == [11, 12, 13, 14]


def test_trials_without_names_are_matched_by_their_place():
    assert system([4, 3, 2, 1]).paired_with(system([1, 2, 3, 4], keys=[1, 2, 3, 4])) is not None


@pytest.mark.parametrize(
    "other",
    [
        system([1, 2, 3], [True, True, False]),
        system([1, 2, 3, 4], [True, False, False, False]),
        system([1, 2, 3, 4], keys=[11, 12, 13, 15]),
        system([1, 2, 3, 4], [False, True, False, True], keys=[11, 12, 13, 14]),
        system([1, 2, 3, 4], fold=[0, 0, 1, 1]),
    ],
    ids=["fewer", "other labels", "other names", "named alike, other labels", "folds"],
)
def test_other_trials_are_not_paired(other):
    assert other.paired_with(system([1, 2, 3, 4], keys=[11, 12, 13, 14])) is None


def test_a_trial_that_stands_twice_is_paired_in_the_same_order_only():
    first = system([1, 2, 3, 4], keys=[11, 11, 13, 14])
    assert system([5, 6, 7, 8], keys=[11, 11, 13, 14]).paired_with(first) is not None
    assert system([5, 6, 7, 8], keys=[11, 11, 14, 13]).paired_with(first) is None


def test_sides_with_nan_are_refused():
    with pytest.raises(DataError, match="NaN"):
        scores_of_sides([np.nan], [1.0])
