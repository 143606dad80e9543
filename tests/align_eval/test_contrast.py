import numpy as np
import pytest
from scored import Shelf, people, scores_of, trials_of

from align_eval._intervals import expanded
from align_eval.contrast import Bench, contrast, subjects_of
from align_eval.curves import Roc
from align_eval.errors import DataError
from align_eval.metrics import parse_metric
from align_eval.quantity import parse_quantity
from align_eval.resample import compare, identity_weights
from align_eval.result import Key
from align_eval.scores import Scores

NEAR, FAR = Key("near", "p", "a"), Key("far", "p", "a")
EER = parse_quantity("EER")


def raw(scores):
    return scores.values


def bench(scores, metrics=("EER",), **options):
    usable = {"baseline": "base", "resamples": 200, "seed": 3} | options
    return Bench(scores, dict.fromkeys(scores, metrics), **usable)


def gap_of(scores, keys=(NEAR, FAR), name="EER", **options):
    left, right = bench(scores, (parse_quantity(name).metric,), **options).sides(
        keys, parse_quantity(name)
    )
    return contrast(left, right, 0.95)


def copied(scores, trials):
    """The score that the same two people, with faces of the same numbers, have in another list."""
    own = scores.trials
    known = {
        (own.references[r][-6:], own.probes[p][-6:]): value
        for r, p, value in zip(own.reference_index, own.probe_index, raw(scores), strict=True)
    }
    values = [
        known[trials.references[r][-6:], trials.probes[p][-6:]]
        for r, p in zip(trials.reference_index, trials.probe_index, strict=True)
    ]
    return Scores(trials, values)


def test_the_same_people_with_the_same_scores_differ_by_nothing_on_every_resample():
    names = people(20)
    near = scores_of(trials_of(names, prefix="n"))
    far = copied(near, trials_of(sorted(names), seed=9, prefix="f"))
    assert set(near.trials.references).isdisjoint(far.trials.references)
    gap, interval = gap_of({NEAR: near, FAR: far})
    assert (gap, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_other_people_with_the_same_scores_differ_by_chance_as_two_samples_do():
    near = scores_of(trials_of(people(20)))
    others = trials_of([name.replace("s", "t") for name in people(20)])
    scores = {NEAR: near, FAR: Scores(others, raw(near))}
    gap, interval = gap_of(scores, resamples=1500)
    assert gap == 0.0
    alone = compare({"base": near}, "base", ["EER"], resamples=1500).iloc[0]
    width = (interval.high - interval.low) / (alone["high"] - alone["low"])
    assert width == pytest.approx(np.sqrt(2), rel=0.15)
    left, right = bench(scores, resamples=1500).sides([NEAR, FAR], EER)
    drawn = np.corrcoef(left.estimate.samples, right.estimate.samples)[0, 1]
    assert abs(drawn) < 0.1


def literal(scores, name, weights):
    """The metric after repeating every trial as often as its subjects, by name, were drawn."""
    trials, values = scores.trials, raw(scores)
    first = np.array([weights[trials.reference_subjects[i]] for i in trials.reference_index])
    second = np.array([weights[trials.probe_subjects[i]] for i in trials.probe_index])
    times = np.where(trials.genuine, first, first * second)
    sides = [np.repeat(values[side], times[side]) for side in (trials.genuine, ~trials.genuine)]
    metric = parse_metric(name)
    return float(metric.form.of(Roc.from_scores(*sides), metric.target))


@pytest.mark.parametrize("name", ["EER", "TAR@FAR=1e-1", "AUC"])
def test_lists_of_other_trials_see_the_same_people_drawn(name):
    names = people(12)
    near = scores_of(trials_of(names, faces=4, prefix="n"))
    far = scores_of(trials_of(names[::-1], faces=3, seed=5, prefix="f"), apart=1.0, seed=8)
    kept = np.ones(len(far.trials), dtype=bool)
    kept[::7] = False
    far = far.only(kept)
    gap, interval = gap_of({NEAR: near, FAR: far}, name=name, resamples=150)
    assert gap == parse_metric(name).value(near) - parse_metric(name).value(far)
    drawn = []
    for row in identity_weights(12, 150, 3):
        weights = dict(zip(sorted(names), row, strict=True))
        drawn.append(literal(near, name, weights) - literal(far, name, weights))
    tail = expanded(0.025, 12)
    np.testing.assert_allclose(interval[:2], np.quantile(drawn, [tail, 1 - tail]), atol=1e-12)


@pytest.mark.parametrize("policy", ["reject", "exclude"])
@pytest.mark.parametrize("metric", ["EER", "d'", "5-fold accuracy"])
def test_within_one_table_differences_are_those_that_the_table_prints(policy, metric):
    trials = trials_of(people(15))
    base, own, third = (scores_of(trials, seed=i, failures=0.05) for i in range(3))
    scores = {NEAR._replace(aligner="base"): base, NEAR: own, NEAR._replace(aligner="c"): third}
    options = {"policy": policy, "resamples": 100, "seed": 3}
    table = compare({k.aligner: v for k, v in scores.items()}, "base", [metric], **options)
    row = table.set_index("aligner").loc["a"]
    gap, interval = gap_of(scores, (NEAR, NEAR._replace(aligner="base")), metric, **options)
    expected = [row["delta"], row["delta_low"], row["delta_high"]]
    np.testing.assert_array_equal([gap, *interval[:2]], expected)
    (side,) = bench(scores, (metric,), **options).sides([NEAR], parse_quantity(f"Δ{metric}"))
    assert side.estimate.value == row["delta"]


def test_differences_to_baselines_are_resampled_with_them():
    names = people(15)
    scores = {}
    for k, dataset in enumerate(("near", "far")):
        trials = trials_of(names, prefix=dataset, seed=k)
        for i, aligner in enumerate(("base", "a")):
            scores[Key(dataset, "p", aligner)] = scores_of(trials, 1.5 - 0.4 * i, seed=k)
    gap, interval = gap_of(scores, name="ΔEER")
    parts = bench(scores).sides(list(scores), EER)
    values = [side.estimate.value for side in parts]
    drawn = [side.estimate.samples for side in parts]
    assert gap == (values[1] - values[0]) - (values[3] - values[2])
    samples = (drawn[1] - drawn[0]) - (drawn[3] - drawn[2])
    tail = expanded(0.025, 15)
    np.testing.assert_allclose(interval[:2], np.quantile(samples, [tail, 1 - tail]), atol=1e-15)


def test_scores_are_read_once_and_only_where_they_are_wanted():
    trials = trials_of(people(8))
    keys = [Key(d, "p", a) for d in ("near", "far") for a in ("base", "a", "b")]
    shelf = Shelf({key: scores_of(trials, seed=i) for i, key in enumerate(keys)})
    wanted = {key: ("EER", "AUC") for key in keys if key.aligner != "b"}
    made = Bench(shelf, wanted, "base", resamples=20)
    for name in ("EER", "ΔEER", "ΔAUC"):
        made.sides([NEAR, FAR, NEAR], parse_quantity(name))
    assert sorted(shelf.taken) == sorted(wanted)


def test_exclusion_looks_at_every_aligner_of_the_table_once():
    trials = trials_of(people(8))
    keys = [Key("near", "p", a) for a in ("base", "a", "b")]
    shelf = Shelf({key: scores_of(trials, seed=i, failures=0.1) for i, key in enumerate(keys)})
    made = Bench(shelf, {NEAR: ("EER",)}, "base", "exclude", resamples=20)
    kept = ~np.any([one.failed for one in shelf.values()], axis=0)
    (side,) = made.sides([NEAR], EER)
    assert len(side.trials) == kept.sum() < len(trials)
    assert sorted(shelf.taken) == sorted(keys)


def test_scores_of_one_table_over_other_trials_are_refused():
    scores = {
        NEAR: scores_of(trials_of(people(8))),
        NEAR._replace(aligner="base"): scores_of(trials_of(people(8), seed=4)),
    }
    with pytest.raises(DataError, match="different trials"):
        bench(scores).sides([NEAR], parse_quantity("ΔEER"))


def test_accuracies_over_folds_of_other_trials_have_a_difference_and_no_interval():
    scores = {NEAR: scores_of(trials_of(people(8))), FAR: scores_of(trials_of(people(8), seed=4))}
    gap, interval = gap_of(scores, name="5-fold accuracy")
    assert np.isfinite(gap)
    assert np.isnan(interval.low)
    assert "the two have different trials" in interval.note


def test_subjects_are_those_of_the_trials_that_are_left():
    trials = trials_of(people(8))
    left = np.array([trials.reference_subjects[i] == "s003" for i in trials.reference_index])
    assert subjects_of(trials) == set(people(8))
    assert subjects_of(trials.only(left & trials.genuine)) == {"s003"}
