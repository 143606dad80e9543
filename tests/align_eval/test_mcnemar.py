import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from simulated import draw, trials_of

from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.errors import DataError, MetricError, UnknownNameError
from align_eval.mcnemar import COLUMNS, mcnemar, mcnemar_rows
from align_eval.resample import holm
from align_eval.scores import Scores


def genuine_pairs(net):
    """Trials with +1 won, −1 lost or 0 of each subject, and one impostor pair."""
    owner, first, second, values = {}, [], [], []
    for number, own in enumerate(net):
        for k, one in enumerate(own):
            names = f"{number}-{k}a", f"{number}-{k}b"
            owner |= dict.fromkeys(names, str(number))
            first.append(names[0])
            second.append(names[1])
            values.append(one)
    trials = Trials.pairs([*first, first[0]], [*second, second[-1]], owner)
    moved = np.array([*values, 0])
    return Scores(trials, moved > 0), Scores(trials, moved < 0)


NETS = st.lists(
    st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=4), min_size=2, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(NETS)
def test_genuine_trials_have_the_exact_p_and_obuchowskis(net):
    found = mcnemar(*genuine_pairs(net), threshold=0.5)["genuine"]
    flat, sums = [one for own in net for one in own], np.array([sum(own) for own in net])
    assert (found.won, found.lost) == (flat.count(1), flat.count(-1))
    assert (found.n_trials, found.n_subjects) == (len(flat), len(net))
    disagree = found.won + found.lost
    exact = stats.binomtest(found.won, disagree).pvalue if disagree else 1.0
    assert found.p_exact == pytest.approx(exact)
    if sums.any():
        share = (len(net) - 1) / len(net)
        statistic = share * sums.sum() ** 2 / np.square(sums).sum()
        assert found.p == pytest.approx(stats.f.sf(statistic, 1, len(net) - 1))
    else:
        assert found.p == 1.0


@settings(max_examples=30, deadline=None)
@given(NETS)
def test_swapping_the_aligners_swaps_won_and_lost_alone(net):
    one, other = genuine_pairs(net)
    there, back = mcnemar(one, other, 0.5), mcnemar(other, one, 0.5)
    for side in there:
        assert back[side] == there[side]._replace(won=there[side].lost, lost=there[side].won)


def test_an_impostor_that_only_the_baseline_accepts_is_won():
    trials = trials_of(6, 1)
    base = Scores(trials, np.where(trials.genuine, 0.0, 1.0))
    found = mcnemar(Scores(trials, np.zeros(len(trials))), base, 0.5)
    assert (found["impostor"].won, found["impostor"].lost) == (30, 0)
    assert (found["genuine"].won, found["genuine"].lost, found["genuine"].p) == (0, 0, 1.0)


def test_trials_of_one_subject_alone_decide_nothing():
    together = [[1] * 8] + [[0] * 8] * 9
    found = mcnemar(*genuine_pairs(together), threshold=0.5)["genuine"]
    assert found.p_exact < 0.01
    assert found.p > 0.3


@pytest.mark.parametrize("side", ["genuine", "impostor"])
def test_aligners_that_are_equally_good_differ_in_one_study_of_twenty(side):
    """The clustered p holds its level where that of independent trials does not."""
    trials, rng = trials_of(30, 5), np.random.default_rng(3)
    threshold = {"genuine": 1.5, "impostor": 1.0}[side]
    p = []
    for _ in range(200):
        one, base = draw(trials, rng, (2.0, 2.0))
        found = mcnemar(one, base, threshold)[side]
        p.append((found.p, found.p_exact))
    clustered, exact = np.mean(np.array(p) <= 0.05, axis=0)
    error = np.sqrt(0.05 * 0.95 / 200)
    assert abs(clustered - 0.05) < 3 * error
    assert exact > 0.05 + 3 * error


def test_the_table_is_at_the_baselines_threshold_with_holm_over_the_aligners():
    trials = trials_of(12, 3)
    scores = dict(zip("abc", draw(trials, np.random.default_rng(1), (2.0, 1.2, 2.6)), strict=True))
    table = mcnemar_rows(scores, "a", [0.1, 0.01])
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 2 * 2 * 2
    roc = Roc.of(scores["a"])
    for far, rows in table.groupby("far"):
        (threshold,) = rows["threshold"].unique()
        assert threshold == roc.thresholds[roc.far <= far][-1]
        for row in rows.to_dict("records"):
            found = mcnemar(scores[row["aligner"]], scores["a"], threshold)[row["side"]]
            assert found == tuple(row[name] for name in found._fields)
    for _, rows in table.groupby(["far", "side"]):
        np.testing.assert_array_equal(rows["p_holm"], holm(rows["p"]))


def test_excluded_trials_are_neither_won_nor_lost():
    trials = trials_of(8, 2)
    one, base = draw(trials, np.random.default_rng(1), (2.0, 2.0))
    lost = Scores(trials, np.where(trials.probe_index == 0, -np.inf, one.values))
    rejected = mcnemar_rows({"a": base, "b": lost}, "a", [0.1])
    excluded = mcnemar_rows({"a": base, "b": lost}, "a", [0.1], policy="exclude")
    assert rejected["n_trials"].sum() == len(trials)
    assert excluded["n_trials"].sum() == np.count_nonzero(trials.probe_index != 0)


def test_the_baseline_alone_makes_no_rows():
    (one,) = draw(trials_of(6, 1), np.random.default_rng(1), (2.0,))
    table = mcnemar_rows({"a": one}, "a", [0.1])
    assert tuple(table.columns) == COLUMNS
    assert table.empty


def test_what_cannot_be_compared_is_refused():
    rng = np.random.default_rng(1)
    (one,), (other,) = (draw(trials_of(6, count), rng, (2.0,)) for count in (1, 2))
    with pytest.raises(DataError, match="different trials"):
        mcnemar(one, other, 0.5)
    with pytest.raises(DataError, match="different trials"):
        mcnemar_rows({"a": one, "b": other}, "a", [0.1])
    with pytest.raises(UnknownNameError, match="unknown baseline 'c'"):
        mcnemar_rows({"a": one}, "c", [0.1])
    with pytest.raises(MetricError, match="between 0 and 1, got 5"):
        mcnemar_rows({"a": one}, "a", [5])
