import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from align_eval._intervals import expanded
from align_eval._weighted import PairWeighted, Ranked, pair_words
from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.errors import ConfigError, DataError, MetricError, UnknownNameError
from align_eval.metrics import parse_metric
from align_eval.resample import (
    COLUMNS,
    FEWEST_CORRECTED,
    bootstrap,
    compare,
    estimates,
    holm,
    identity_weights,
    resolution,
)
from align_eval.result import ROW_COLUMNS
from align_eval.scores import Scores

CURVE_METRICS = ["EER", "TAR@FAR=1e-1", "FNMR@FMR=5e-2", "AUC", "FAR@T=0.5", "FNMR@T=0.5"]
NUMBERS = ["value", "low", "high", "delta", "delta_low", "delta_high", "p", "p_holm", "detectable"]
TAIL_12 = expanded(0.025, 12)


def make_trials(subjects=12, faces=4, seed=0):
    """One reference a subject against every probe, in a shuffled order."""
    owner = {f"s{i:03}f{j}": f"s{i:03}" for i in range(subjects) for j in range(faces)}
    first = [face for face in owner if face.endswith("f0")]
    second = [face for face in owner if not face.endswith("f0")]
    pairs = [(a, b) for a in first for b in second]
    order = np.random.default_rng(seed).permutation(len(pairs))
    one, two = zip(*(pairs[i] for i in order), strict=True)
    return Trials.pairs(one, two, owner, np.arange(len(pairs)) % 5)


def make_scores(trials, names="abc", seed=1, failures=0.05):
    """Scores with an effect of each face, rounded so that some are tied."""
    rng = np.random.default_rng(seed)
    found = {}
    for i, name in enumerate(names):
        effects = rng.normal(0, 0.7, len(trials.references)), rng.normal(0, 0.7, len(trials.probes))
        values = effects[0][trials.reference_index] + effects[1][trials.probe_index]
        values += rng.normal(0, 0.5, len(trials)) + (1.5 + 0.3 * i) * trials.genuine
        lost = rng.random(len(trials.probes)) < failures
        values = np.where(lost[trials.probe_index], -np.inf, values.round(1))
        found[name] = Scores(trials, values)
    return found


def raw(scores):
    return scores.values  # noqa: PD011 - an array, no frame


def literal(scores, name, weights):
    """The metric after repeating every trial as often as its subjects were drawn."""
    _, reference, probe = scores.trials.clusters
    genuine, values = scores.trials.genuine, raw(scores)
    times = np.where(genuine, weights[reference], weights[reference] * weights[probe])
    sides = [np.repeat(values[side], times[side]) for side in (genuine, ~genuine)]
    if name == "d'":
        means, variances = zip(*((s.mean(), s.var()) for s in map(finite, sides)), strict=True)
        return (means[0] - means[1]) / np.sqrt(sum(variances) / 2)
    return float(parse_metric(name).form.of(Roc.from_scores(*sides), parse_metric(name).target))


def small_sample_p(p, subjects):
    """The p of Student's t at the same multiple of the standard error, (n - 1) / n too small."""
    distance = stats.norm.isf(min(p, 1.0) / 2) * np.sqrt((subjects - 1) / subjects)
    return 2 * stats.t.sf(distance, subjects - 1)


def finite(side):
    return side[np.isfinite(side)]


def test_columns_are_those_of_a_result_without_what_a_study_adds():
    added = {"dataset", "pipeline", "fta", "n_faces"}
    assert tuple(column for column in ROW_COLUMNS if column not in added) == COLUMNS


@pytest.mark.parametrize("policy", ["reject", "exclude"])
def test_intervals_are_those_of_repeating_trials_one_resample_at_a_time(policy):
    scores = make_scores(make_trials(), "ab")
    metrics, count = [*CURVE_METRICS, "d'"], 150
    table = compare(scores, "a", metrics, policy=policy, resamples=count, seed=4)
    if policy == "exclude":
        keep = ~(scores["a"].failed | scores["b"].failed)
        scores = {name: one.only(keep) for name, one in scores.items()}
    weights = identity_weights(12, count, 4)
    for name in metrics:
        drawn = {
            side: np.array([literal(one, name, row) for row in weights])
            for side, one in scores.items()
        }
        row = table[(table["aligner"] == "b") & (table["metric"] == name)].iloc[0]
        values = {side: parse_metric(name).value(one) for side, one in scores.items()}
        gaps = drawn["b"] - drawn["a"]
        expected = [
            values["b"],
            *np.quantile(drawn["b"], [TAIL_12, 1 - TAIL_12]),
            values["b"] - values["a"],
            *np.quantile(gaps, [TAIL_12, 1 - TAIL_12]),
        ]
        np.testing.assert_allclose(list(row[NUMBERS[:6]]), expected, rtol=0, atol=1e-12)
        fewer = min(np.sum(gaps <= 0), np.sum(gaps >= 0))
        assert row["p"] == pytest.approx(small_sample_p(2 * (fewer + 1) / (count + 1), 12))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_each_resample_is_the_repeated_trials(data):
    trials = make_trials(subjects=5, faces=3)
    values = data.draw(
        st.lists(
            st.sampled_from([-np.inf, 0.0, 0.5, 1.0, 2.0]),
            min_size=len(trials),
            max_size=len(trials),
        )
    )
    scores = Scores(trials, values)
    drawn = bootstrap(scores, CURVE_METRICS, resamples=8, seed=2)
    for name in CURVE_METRICS:
        for found, weights in zip(drawn[name], identity_weights(5, 8, 2), strict=True):
            if np.count_nonzero(weights) > 1:
                np.testing.assert_allclose(found, literal(scores, name, weights), atol=1e-12)


@pytest.mark.parametrize("name", [*CURVE_METRICS, "d'"])
def test_a_resample_of_pairs_doubles_or_drops_all_trials_of_two_subjects(name):
    scores = make_scores(make_trials(), "a")["a"]
    ranked, words = Ranked.of(scores), pair_words(6, 5)
    found = parse_metric(name).resampler(ranked)(PairWeighted.of(ranked, words))
    weights = PairWeighted.of(ranked, words).impostor
    assert set(np.unique(weights)) == {0, 2}
    for k in range(6):
        by_pair = {}
        for one, two, weight in zip(*ranked.pair, weights[k], strict=True):
            assert by_pair.setdefault(frozenset((one, two)), weight) == weight
        sides = ranked.genuine, np.repeat(ranked.impostor, weights[k])
        if name == "d'":
            one, two = map(finite, sides)
            expected = (one.mean() - two.mean()) / np.sqrt((one.var() + two.var()) / 2)
        else:
            metric = parse_metric(name)
            expected = metric.form.of(Roc.from_scores(*sides), metric.target)
        assert found[k] == pytest.approx(expected, abs=1e-12)


def test_weights_of_pairs_are_independent_with_mean_and_variance_1():
    ranked = Ranked.of(make_scores(make_trials(subjects=20), "a")["a"])
    pairs, place = ranked.pairs
    first = np.unique(place, return_index=True)[1]
    weights = PairWeighted.of(ranked, pair_words(2000, 1)).impostor[:, first]
    assert weights.shape == (2000, 190) == (2000, len(pairs))
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=5 / np.sqrt(2000))
    off = np.corrcoef(weights.T)[np.triu_indices(190, 1)]
    assert off.std() == pytest.approx(1 / np.sqrt(2000), rel=0.05)
    assert np.abs(off).max() < 6 / np.sqrt(2000)


def test_two_subjects_weigh_the_same_in_another_list_of_their_trials():
    scores = make_scores(make_trials(), "a")["a"]
    fewer = scores.only(scores.trials.genuine | (np.arange(len(scores.trials)) % 3 > 0))
    seen = []
    for one in (scores, fewer):
        ranked = Ranked.of(one)
        pairs, place = ranked.pairs
        weights = PairWeighted.of(ranked, pair_words(3, 0)).impostor
        seen.append({pairs[p]: tuple(weights[:, i]) for i, p in enumerate(place)})
    assert seen[1].items() <= seen[0].items()


def met_once(subjects, seed):
    """Two aligners; each subject has a genuine trial and one impostor trial, with no one else."""
    names = [f"s{i:03}" for i in range(subjects)]
    owner = {f"{name}{face}": name for name in names for face in "abc"}
    first = [f"{name}a" for name in names] + [f"{name}a" for name in names[::2]]
    second = [f"{name}b" for name in names] + [f"{name}c" for name in names[1::2]]
    trials = Trials.pairs(first, second, owner)
    rng = np.random.default_rng(seed)
    return {
        name: Scores(trials, rng.normal(0, 1, len(trials)) + 2 * trials.genuine) for name in "ab"
    }


def test_the_difference_of_impostor_rates_over_disjoint_pairs_has_their_binomial_error():
    metric, errors = {"FAR@T=1": parse_metric("FAR@T=1")}, []
    for seed in range(8):
        scores = met_once(400, seed)
        one, base = (estimates(scores[name], metric, 500, seed)["FAR@T=1"] for name in "ba")
        assert one.corrected is one.samples
        gap = one.minus(base)
        accepted = [raw(scores[name])[~scores[name].trials.genuine] >= 1 for name in "ba"]
        independent = np.std(accepted[0].astype(float) - accepted[1]) / np.sqrt(200)
        errors.append([gap.samples.std() / independent, gap.corrected.std() / independent])
    resampled, corrected = np.mean(errors, axis=0)
    assert resampled == pytest.approx(np.sqrt(3), rel=0.05)
    # Never less than a third of the variance is left, so that chance makes it a little larger.
    assert 0.97 < corrected < 1.12


def test_a_difference_of_genuine_rates_is_not_corrected():
    scores = met_once(40, 3)
    metric = {"FRR@T=1": parse_metric("FRR@T=1")}
    one, base = (estimates(scores[name], metric, 100, 0)["FRR@T=1"] for name in "ba")
    np.testing.assert_array_equal(one.minus(base).corrected, one.minus(base).samples)


@pytest.mark.parametrize(("subjects", "corrected"), [(FEWEST_CORRECTED, True), (18, False)])
def test_only_enough_subjects_have_the_corrected_spread(subjects, corrected):
    scores = met_once(subjects, 3)
    metric = {"AUC": parse_metric("AUC")}
    one, base = (estimates(scores[name], metric, 200, 0)["AUC"] for name in "ba")
    gap = one.minus(base)
    assert (np.ptp(gap.corrected) < np.ptp(gap.samples)) == corrected


def test_what_is_detectable_follows_from_the_spread_of_the_difference():
    scores = make_scores(make_trials(subjects=25), "ab")
    row = compare(scores, "a", ["EER"], resamples=300, seed=2).set_index("aligner")
    metric = {"EER": parse_metric("EER")}
    gap = estimates(scores["b"], metric, 300, 2)["EER"].minus(
        estimates(scores["a"], metric, 300, 2)["EER"]
    )
    error = gap.corrected.std() * np.sqrt(25 / 24)
    expected = (stats.t.ppf(0.975, 24) + stats.norm.ppf(0.8)) * error
    assert row.loc["b", "detectable"] == pytest.approx(expected)
    assert resolution(gap, 0.025).detectable == pytest.approx(expected)
    assert np.isnan(row.loc["a", "detectable"])


def test_nothing_is_called_detectable_where_no_resample_differs():
    scores = make_scores(make_trials(), "a")
    scores["twin"] = Scores(scores["a"].trials, raw(scores["a"]))
    table = compare(scores, "a", ["EER", "5-fold accuracy"], resamples=50)
    assert table["detectable"].isna().all()


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    scores = make_scores(make_trials())
    whole = compare(scores, "a", CURVE_METRICS, resamples=60)
    monkeypatch.setattr("align_eval.resample._CHUNK_WEIGHTS", 7 * len(scores["a"].trials))
    pd.testing.assert_frame_equal(whole, compare(scores, "a", CURVE_METRICS, resamples=60))


def test_the_order_of_aligners_and_trials_changes_nothing():
    scores = make_scores(make_trials())
    table = compare(scores, "b", CURVE_METRICS, resamples=100).set_index(["aligner", "metric"])
    order = np.random.default_rng(0).permutation(len(scores["a"].trials))
    old = scores["a"].trials
    moved = Trials(
        old.references,
        old.probes,
        old.reference_subjects,
        old.probe_subjects,
        old.reference_index[order],
        old.probe_index[order],
    )
    values = {name: raw(one) for name, one in scores.items()}
    other = {name: Scores(moved, values[name][order]) for name in "cab"}
    again = compare(other, "b", CURVE_METRICS, resamples=100).set_index(["aligner", "metric"])
    pd.testing.assert_frame_equal(table, again.loc[table.index], check_exact=True)


def test_an_aligner_has_the_same_interval_alone_as_among_others():
    scores = make_scores(make_trials())
    among = compare(scores, "a", CURVE_METRICS, resamples=100)
    for name in scores:
        alone = compare({name: scores[name]}, name, CURVE_METRICS, resamples=100)
        same = among[among["aligner"] == name]
        for column in ("value", "low", "high"):
            np.testing.assert_array_equal(alone[column], same[column])


def test_the_baseline_minus_itself_is_exactly_zero():
    scores = make_scores(make_trials())
    scores["twin"] = Scores(scores["a"].trials, scores["a"].values)
    metrics = [*CURVE_METRICS, "d'", "5-fold accuracy"]
    table = compare(scores, "a", metrics, resamples=50)
    for name in ("a", "twin"):
        rows = table[table["aligner"] == name]
        assert (rows[["delta", "delta_low", "delta_high"]] == 0.0).all(axis=None)
        assert (rows[["p", "p_holm"]] == 1.0).all(axis=None)
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["high"]).all()


def test_a_clear_difference_has_less_p_than_resamples_show_and_never_zero():
    trials = make_trials()
    bad = make_scores(trials, "a", failures=0)["a"]
    values = np.where(trials.genuine, 6.0, 0.0) + raw(bad)
    good = Scores(trials, values)
    table = compare({"bad": bad, "good": good}, "bad", ["EER"], resamples=199)
    row = table.set_index("aligner").loc["good"]
    assert row["delta_high"] < 0
    assert 0 < row["p"] == row["p_holm"] < small_sample_p(2 / 200, 12)


def test_holm_adjusts_over_the_other_aligners_of_each_metric():
    scores = make_scores(make_trials(), "abcd")
    table = compare(scores, "b", ["EER", "AUC"], resamples=100)
    for _, rows in table.groupby("metric"):
        others = rows[rows["aligner"] != "b"]
        np.testing.assert_array_equal(others["p_holm"], holm(others["p"]))
        assert (others["p_holm"] >= others["p"]).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=8), st.randoms())
def test_holm_rejects_just_as_its_step_down_test_does(p, random):
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.3):
        rejected, order = set(), sorted(range(len(p)), key=p.__getitem__)
        for rank, i in enumerate(order):
            if p[i] * (len(p) - rank) > level:
                break
            rejected.add(i)
        assert rejected == {i for i in range(len(p)) if adjusted[i] <= level}


def test_holm_leaves_undefined_p_values_out():
    np.testing.assert_array_equal(holm([0.03, np.nan, 0.01]), [0.03, np.nan, 0.02])


def test_exclude_keeps_the_trials_on_which_every_aligner_succeeded():
    scores = make_scores(make_trials(), failures=0.2)
    keep = ~np.any([one.failed for one in scores.values()], axis=0)
    cut = {name: one.only(keep) for name, one in scores.items()}
    found = compare(scores, "a", CURVE_METRICS, policy="exclude", resamples=50)
    expected = compare(cut, "a", CURVE_METRICS, resamples=50)
    assert 0 < keep.sum() < len(keep)
    assert set(found["policy"]) == {"exclude"}
    assert (found["n_genuine"] + found["n_impostor"] == keep.sum()).all()
    pd.testing.assert_frame_equal(found.drop(columns="policy"), expected.drop(columns="policy"))


def test_excluding_every_trial_leaves_nothing_defined_and_says_so():
    trials = make_trials(subjects=3)
    lost = Scores(trials, np.full(len(trials), -np.inf))
    scores = make_scores(trials, "a") | {"lost": lost}
    table = compare(scores, "a", ["EER", "5-fold accuracy"], policy="exclude", resamples=10)
    assert table[NUMBERS].isna().all(axis=None)
    assert (table["n_genuine"] == 0).all()
    assert table["note"].str.len().all()


def test_few_subjects_give_values_without_intervals():
    table = compare(make_scores(make_trials(subjects=4)), "a", ["EER"], resamples=20)
    assert table[["value", "delta"]].notna().all(axis=None)
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["note"].str.contains("4 subjects, at least 5 wanted").all()
    assert table.set_index("aligner").loc["b", ["delta_low", "p", "p_holm"]].isna().all()


def test_one_subject_has_no_impostors_and_the_table_says_so():
    table = compare(make_scores(make_trials(subjects=1)), "a", ["EER", "d'"], resamples=20)
    assert table[NUMBERS].isna().all(axis=None)
    assert table["note"].str.contains("impostor trials").all()
    assert (table["n_subjects"] == 1).all()


def few_impostors(subjects):
    """Every subject has a genuine pair; only the first few meet somebody else."""
    first = [f"{i}a" for i in range(12)]
    second = [f"{i}b" for i in range(12)]
    owner = {name: name[:-1] for name in (*first, *second)}
    pairs = [*zip(first, second, strict=True)]
    pairs += [(first[i], second[j]) for i in range(subjects) for j in range(subjects) if i != j]
    one, two = zip(*pairs, strict=True)
    trials = Trials.pairs(one, two, owner)
    rng = np.random.default_rng(0)
    return {"a": Scores(trials, rng.normal(0, 1, len(trials)) + trials.genuine)}


def test_resamples_without_impostors_are_counted_and_left_out():
    scores, count = few_impostors(6), 300
    drawn = bootstrap(scores["a"], ["EER"], resamples=count)["EER"]
    _, reference, probe = scores["a"].trials.clusters
    met = ~scores["a"].trials.genuine
    weights = identity_weights(12, count, 0)
    empty = (weights[:, reference[met]] * weights[:, probe[met]]).sum(axis=1) == 0
    np.testing.assert_array_equal(np.isnan(drawn), empty)
    row = compare(scores, "a", ["EER"], resamples=count).iloc[0]
    assert row["note"] == f"{empty.sum()} of 300 resamples leave it undefined"
    np.testing.assert_allclose(
        [row["low"], row["high"]], np.nanquantile(drawn, [TAIL_12, 1 - TAIL_12])
    )


def test_no_interval_is_given_where_many_resamples_have_no_impostors():
    row = compare(few_impostors(2), "a", ["EER"], resamples=100).iloc[0]
    assert np.isfinite(row["value"])
    assert np.isnan(row["low"])
    assert row["note"].startswith("no interval: ")


def test_fold_accuracy_has_the_interval_and_p_of_a_paired_t_test():
    scores = make_scores(make_trials())
    table = compare(scores, "a", ["5-fold accuracy"], confidence=0.9).set_index("aligner")
    metric = parse_metric("5-fold accuracy")
    folds = {name: metric.folds(one) for name, one in scores.items()}
    for name in "bc":
        row, test = table.loc[name], stats.ttest_rel(folds[name], folds["a"])
        interval = stats.t.interval(0.9, 4, folds[name].mean(), stats.sem(folds[name]))
        np.testing.assert_allclose(row[["low", "high"]].astype(float), interval)
        between = test.confidence_interval(0.9)
        error = stats.sem(folds[name] - folds["a"])
        seen = (stats.t.ppf(0.95, 4) + stats.norm.ppf(0.8)) * error
        assert row["detectable"] == pytest.approx(seen)
        np.testing.assert_allclose(row[["delta_low", "delta_high"]].astype(float), between)
        assert row["p"] == pytest.approx(test.pvalue)
        assert "Student's t" in row["note"]


def test_rank_1_is_resampled_over_the_probes_subjects_with_the_gallery_as_it_is():
    trials = make_trials()
    names = {name: (name,) for name in trials.references}
    owner = {name: name[:4] for name in (*trials.references, *trials.probes)}
    crossed = Trials.cross(names, trials.probes, owner)
    scores = make_scores(crossed, "ab")
    table = compare(scores, "a", ["rank-1"], resamples=80).set_index("aligner")
    values = raw(scores["b"])
    grid = np.full((len(crossed.probes), len(crossed.references)), np.nan)
    grid[crossed.probe_index, crossed.reference_index] = values
    mate = np.array([crossed.reference_subjects.index(s) for s in crossed.probe_subjects])
    own = grid[np.arange(len(mate)), mate]
    grid[np.arange(len(mate)), mate] = -np.inf
    hit = np.isfinite(own) & (own > grid.max(axis=1))
    number = [int(subject[1:]) for subject in crossed.probe_subjects]
    weights = identity_weights(12, 80, 0)[:, number]
    drawn = (weights * hit).sum(axis=1) / weights.sum(axis=1)
    assert table.loc["b", "value"] == hit.mean()
    found = table.loc["b", ["low", "high"]].astype(float)
    np.testing.assert_allclose(found, np.quantile(drawn, [TAIL_12, 1 - TAIL_12]), atol=1e-12)


def test_a_seed_gives_the_same_table_and_another_seed_other_intervals():
    scores = make_scores(make_trials())
    tables = [compare(scores, "a", ["EER"], resamples=50, seed=seed) for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0][["low", "high"]].equals(tables[2][["low", "high"]])


def test_identity_weights_draw_each_subject_once_on_average():
    weights = identity_weights(20, 3000, 0)
    assert (weights.sum(axis=1) == 20).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1.0, atol=0.1)
    np.testing.assert_allclose(weights.var(), 1 - 1 / 20, rtol=0.05)
    np.testing.assert_array_equal(weights[:10], identity_weights(20, 10, 0))


def test_a_wider_confidence_gives_a_wider_interval():
    scores = make_scores(make_trials())
    narrow = compare(scores, "a", ["AUC"], confidence=0.8, resamples=200)
    wide = compare(scores, "a", ["AUC"], confidence=0.99, resamples=200)
    assert (wide["high"] - wide["low"] > narrow["high"] - narrow["low"]).all()


def test_one_metric_in_two_spellings_is_one_row():
    table = compare(make_scores(make_trials(), "a"), "a", ["TAR@FAR=0.01", "TAR@FAR=1e-2"])
    assert table["metric"].tolist() == ["TAR@FAR=1e-2"]


def test_scores_over_other_trials_are_refused():
    scores = make_scores(make_trials(), "a")
    other = make_scores(make_trials(seed=5), "b")
    with pytest.raises(DataError, match="different trials"):
        compare(scores | other, "a", ["EER"])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"baseline": "A"}, UnknownNameError, "unknown baseline 'A'"),
        ({"policy": "exlude"}, UnknownNameError, "Did you mean 'exclude'"),
        ({"metrics": ["TAR@FAR"]}, MetricError, "wants a value"),
        ({"resamples": 0}, ConfigError, "at least one resample"),
        ({"confidence": 95}, ConfigError, "between 0 and 1"),
    ],
)
def test_unusable_options_are_refused(options, error, message):
    usable = {"baseline": "a", "metrics": ["EER"], "resamples": 10}
    with pytest.raises(error, match=message):
        compare(make_scores(make_trials(), "ab"), **(usable | options))


def test_standard_errors_are_near_those_of_cimat():
    cimat = pytest.importorskip("cimat", reason="cimat, an independent check, is not installed")
    trials = make_trials(subjects=40, faces=4, seed=3)
    scores = make_scores(trials, "a", seed=8, failures=0)["a"]
    threshold = 1.05  # between two scores: cimat accepts above a threshold, here at or above it
    names = [f"FNMR@T={threshold}", f"FMR@T={threshold}"]
    drawn = bootstrap(scores, names, resamples=2000)
    ours = [drawn[name].std() for name in names]
    nested = nested_scores(scores)
    estimator = cimat.UncertaintyEstimator(nested)
    rates = estimator.compute_binerror_metrics(threshold)[:2]
    assert [parse_metric(name).value(scores) for name in names] == pytest.approx(list(rates))
    plugin = np.sqrt(estimator.compute_variance(threshold=threshold, estimator="plugin"))
    # cimat's analytic variance is the limit of many subjects, in which a subject's weight has
    # variance 1. A multinomial weight's variance is 1 - 1/S, and the product of two weights has
    # further terms of order 1/S: some per cent with 40 subjects.
    assert ours == pytest.approx(list(plugin), rel=0.1)
    # cimat's double-or-nothing bootstrap keeps each subject with probability 1/2: relative to its
    # mean, a weight of variance 1 again. It reads the rates at the resample's score nearest to
    # the threshold, and 200 resamples know a standard error to 5 %.
    np.random.seed(0)  # noqa: NPY002 - cimat draws from numpy's global generator
    estimator.run_bootstrap(B=200)
    doubled = np.sqrt(estimator.compute_variance(threshold=threshold, estimator="boot"))
    assert ours == pytest.approx(list(doubled), rel=0.2)


def nested_scores(scores):
    """cimat's shape: subject → subject → scores, every pair under both subjects."""
    trials = scores.trials
    nested = {}
    for r, p, value in zip(trials.reference_index, trials.probe_index, scores.values, strict=True):
        one, two = trials.reference_subjects[r], trials.probe_subjects[p]
        nested.setdefault(one, {}).setdefault(two, []).append(float(value))
        if one != two:
            nested.setdefault(two, {}).setdefault(one, []).append(float(value))
    return nested
