import numpy as np
import pytest

from align_eval.dataset import Trials
from align_eval.errors import DataError
from align_eval.scores import Scores

SUBJECTS = {"a0": "a", "a1": "a", "b0": "b", "c0": "c"}
TRIALS = Trials.pairs(["a0", "a0", "a0"], ["a1", "b0", "c0"], SUBJECTS)


def test_scores_part_into_genuine_and_impostor():
    scores = Scores(TRIALS, [0.9, 0.2, 0.4])
    assert scores.genuine.tolist() == [0.9]
    assert scores.impostor.tolist() == [0.2, 0.4]


def test_a_failure_to_acquire_stays_among_the_scores():
    scores = Scores(TRIALS, [-np.inf, 0.2, -np.inf])
    assert scores.failed.tolist() == [True, False, True]
    assert scores.genuine.tolist() == [-np.inf]
    assert len(scores.impostor) == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_no_score_is_refused(bad):
    with pytest.raises(DataError, match="NaN or \\+inf"):
        Scores(TRIALS, [0.9, bad, 0.4])


@pytest.mark.parametrize("values", [[0.1, 0.2], [[0.1, 0.2, 0.3]], 0.5])
def test_every_trial_wants_one_score(values):
    with pytest.raises(DataError, match="3 trials want as many scores"):
        Scores(TRIALS, values)


def test_a_subset_keeps_scores_with_their_trials():
    some = Scores(TRIALS, [0.9, 0.2, 0.4]).only(np.array([True, False, True]))
    assert some.values.tolist() == [0.9, 0.4]
    assert some.trials.genuine.tolist() == [True, False]


def test_scores_are_a_copy_that_cannot_be_changed():
    given = np.array([0.9, 0.2, 0.4])
    scores = Scores(TRIALS, given)
    given[0] = 0
    assert scores.values[0] == 0.9
    with pytest.raises(ValueError, match="read-only"):
        scores.values[0] = 0
