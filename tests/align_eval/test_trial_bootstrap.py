"""Draws of trials: as if every trial were drawn by itself, at a fraction of the cost."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from align_eval import _trial_draws
from align_eval._influence import influence
from align_eval.curves import Roc
from align_eval.errors import DataError
from align_eval.metrics import parse_metric
from align_eval.score_tables import scores_of_sides, unnamed_trials
from align_eval.scores import Scores
from align_eval.trial_bootstrap import compare_trials

METRICS = ["EER", "TAR@FAR=1e-1", "TAR@FAR=1e-2", "FNMR@FMR=1e-2", "FRR@T=1.5", "AUC", "d'"]


def gaussian(genuine=400, impostor=1200, seed=0, apart=2.0):
    rng = np.random.default_rng(seed)
    return scores_of_sides(rng.normal(apart, 1, genuine), rng.normal(0, 1, impostor))


def noisier(scores, scale=0.6, seed=9):
    rng = np.random.default_rng(seed)
    return Scores(scores.trials, scores.values + rng.normal(0, scale, len(scores.values)))


def table(scores, baseline="a", metrics=METRICS, **draws):
    return compare_trials(scores, baseline, metrics, **draws).set_index(["aligner", "metric"])


def one_by_one(scores, metrics, draws, seed=1):
    """Metric → its values on draws of whole trials, in the plainest way."""
    rng = np.random.default_rng(seed)
    parsed = [parse_metric(name) for name in metrics]
    genuine = scores["a"].trials.genuine
    sides = [np.flatnonzero(genuine), np.flatnonzero(~genuine)]
    found = {(name, m.name): [] for name in scores for m in parsed}
    for _ in range(draws):
        drawn = np.concatenate([rng.choice(side, len(side)) for side in sides])
        for name, one in scores.items():
            again = Scores(unnamed_trials(genuine[drawn]), one.values[drawn])
            for metric in parsed:
                found[name, metric.name].append(metric.value(again))
    return {key: np.array(values) for key, values in found.items()}


@pytest.fixture(scope="module")
def plain():
    scores = {"a": gaussian(), "b": noisier(gaussian())}
    return scores, one_by_one(scores, METRICS, 120)


@pytest.mark.parametrize("few", [2048, 8], ids=["every threshold", "thresholds in question"])
def test_intervals_are_those_of_drawing_trials_one_by_one(monkeypatch, plain, few):
    monkeypatch.setattr(_trial_draws, "_FEW", few)
    scores, drawn = plain
    found = table(scores, resamples=2000)
    for metric in METRICS:
        gaps = drawn["b", metric] - drawn["a", metric]
        for values, row, ends in (
            (drawn["a", metric], found.loc[("a", metric)], ("low", "high")),
            (gaps, found.loc[("b", metric)], ("delta_low", "delta_high")),
        ):
            spread = values.std()
            low, high = np.quantile(values, [0.025, 0.975])
            # 120 draws give a standard deviation to 7 %, and a quantile to 0.25 of it
            assert row[ends[1]] - row[ends[0]] == pytest.approx(3.92 * spread, rel=0.25), metric
            assert row[ends[0]] == pytest.approx(low, abs=0.8 * spread), metric
            assert row[ends[1]] == pytest.approx(high, abs=0.8 * spread), metric


def test_few_thresholds_of_a_large_roc_move_no_interval_by_much(monkeypatch):
    scores = {"a": gaussian(3000, 9000)}
    whole = table(scores, metrics=METRICS[:4], resamples=1000)
    monkeypatch.setattr(_trial_draws, "_FEW", 16)
    kept = table(scores, metrics=METRICS[:4], resamples=1000)
    width = whole["high"] - whole["low"]
    assert (abs(kept["low"] - whole["low"]) < 0.2 * width).all()
    assert (abs(kept["high"] - whole["high"]) < 0.2 * width).all()


def test_the_same_seed_gives_the_same_intervals_and_another_gives_others():
    scores = {"a": gaussian()}
    one, same, other = (table(scores, resamples=100, seed=seed) for seed in (3, 3, 4))
    assert one.equals(same)
    assert not one["low"].equals(other["low"])


def test_values_are_those_of_the_metrics():
    scores = {"a": gaussian(), "b": noisier(gaussian())}
    found = table(scores, resamples=20)
    for name, one in scores.items():
        for metric in METRICS:
            assert found.loc[(name, metric), "value"] == parse_metric(metric).value(one)
    assert (found.loc["a", ["delta", "delta_low", "delta_high"]] == 0).all(axis=None)
    assert (found.loc["a", "p"] == 1).all()


@pytest.mark.parametrize("name", ["AUC", "d'"])
def test_what_trials_add_has_the_variance_of_new_trials(name):
    rng = np.random.default_rng(2)
    metric, values, variances = parse_metric(name), [], []
    for _ in range(300):
        one = scores_of_sides(rng.normal(2, 1, 60), rng.normal(0, 1, 90))
        values.append(metric.value(one))
        variances.append(np.square(influence(name, one, Roc.of(one))).sum())
    # a standard deviation of 300 values is known to 4 %
    assert np.sqrt(np.mean(variances)) == pytest.approx(np.std(values), rel=0.12)


def test_what_trials_add_is_what_leaving_them_out_changes():
    scores = gaussian(30, 40)
    for name in ("AUC", "d'"):
        added = influence(name, scores, Roc.of(scores))
        genuine = scores.trials.genuine
        whole = parse_metric(name).value(scores)
        for at in (0, 7, 35, 60):
            rest = np.arange(len(added)) != at
            left = Scores(unnamed_trials(genuine[rest]), scores.values[rest])
            size = np.count_nonzero(genuine == genuine[at])
            jackknife = (whole - parse_metric(name).value(left)) * (size - 1) / size
            assert added[at] == pytest.approx(jackknife, abs=2e-3), name


def test_ties_and_failures_add_to_the_auc_what_delong_has_for_them():
    scores = scores_of_sides([2, 1, 1, -np.inf], [1, 0, -np.inf])
    added = influence("AUC", scores, Roc.of(scores))
    values = np.where(np.isinf(scores.values), -9, scores.values)
    genuine = scores.trials.genuine
    won = [roc_auc_score([1, 0, 0, 0], [v, *values[~genuine]]) for v in values[genuine]]
    lost = [roc_auc_score([0, 1, 1, 1, 1], [v, *values[genuine]]) for v in values[~genuine]]
    variance = np.var(won, ddof=1) / 4 + np.var(lost, ddof=1) / 3
    assert np.square(added).sum() == pytest.approx(variance)


def test_where_all_genuine_trials_are_accepted_the_bound_is_exact():
    one = scores_of_sides(np.linspace(2, 3, 40), np.linspace(0, 1, 200))
    row = table({"a": one}, metrics=["TAR@FAR=1e-2"]).iloc[0]
    exact = binomtest(40, 40).proportion_ci(0.95)
    assert (row["low"], row["high"]) == pytest.approx((exact.low, exact.high))
    assert "exact binomial bound over 40 trials" in row["note"]


def test_accuracy_over_folds_has_the_interval_of_its_folds():
    rng = np.random.default_rng(0)
    labels = np.tile([True, False], 60)
    trials = unnamed_trials(labels, np.arange(120) % 10)
    one = Scores(trials, labels * 1.5 + rng.normal(0, 1, 120))
    row = table({"a": one}, metrics=["10-fold accuracy"]).iloc[0]
    assert row["low"] < row["value"] < row["high"]
    assert "Student" in row["note"]


@pytest.mark.parametrize("sides", [([1.0, 2.0], []), ([], [1.0])])
def test_a_side_without_trials_has_no_value(sides):
    row = table({"a": scores_of_sides(*sides)}, metrics=["EER"]).iloc[0]
    assert np.isnan(row["value"])
    assert "trials" in row["note"]


def test_other_trials_are_refused():
    with pytest.raises(DataError, match="different trials"):
        table({"a": gaussian(), "b": gaussian(401)})


def test_half_a_million_trials_are_drawn_in_seconds():
    scores = {"a": gaussian(200_000, 300_000)}
    kept = _trial_draws.kept_thresholds(
        Roc.of(scores["a"]), [parse_metric(name) for name in ("EER", "TAR@FAR=1e-3")]
    )
    assert len(kept) <= 2 * 240 + 2  # so that no draw handles the trials one by one
    row = table(scores, metrics=["EER"], resamples=200).iloc[0]
    assert row["low"] < row["value"] < row["high"]
    far = Roc.of(scores["a"]).far
    error = np.sqrt(row["value"] * (1 - row["value"]) * (1 / 200_000 + 1 / 300_000) / 4)
    assert len(far) > 400_000
    assert (row["high"] - row["low"]) / 3.92 == pytest.approx(error, rel=0.25)
