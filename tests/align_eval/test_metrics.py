import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyeer.eer_info import get_eer_stats

from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.errors import MetricError, UnknownNameError
from align_eval.metrics import METRICS, parse_metric
from align_eval.scores import Scores

quick = settings(max_examples=50, deadline=None)
SCORE = st.sampled_from([-np.inf, -2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 3.0])
SIDE = st.lists(SCORE, min_size=1, max_size=12)
FINITE = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=12)
RANKED = ["EER", "AUC", "TAR@FAR=0.2", "FRR@FAR=0.05", "FNMR@FMR=0.3"]


def scored(genuine, impostor, fold=None):
    """Trials in which every genuine pair has a subject of its own."""
    first = [f"a{i}" for i in range(len(genuine) + len(impostor))]
    second = [f"b{i}" for i in range(len(first))]
    owners = {name: f"s{i}" for i, name in enumerate(first)}
    owners |= {name: f"s{i}" for i, name in enumerate(second[: len(genuine)])}
    owners |= {name: f"other{i}" for i, name in enumerate(second[len(genuine) :])}
    return Scores(Trials.pairs(first, second, owners, fold), [*genuine, *impostor])


def value(name, genuine, impostor):
    return parse_metric(name).value(scored(genuine, impostor))


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    c = rng.normal(2, 1, 300), rng.normal(0, 1, 5000)
    return c, (rng.normal(3.2, 1, 50), rng.normal(0, 1, 400))


A = [0.9, 0.8, 0.7, 0.6, 0.4], [0.65, 0.5, 0.45, 0.3, 0.2, 0.1]
B = [0.9, 0.8, 0.8, 0.5, 0.5], [0.5, 0.5, 0.3, 0.2]
C, D = drawn()


@pytest.mark.parametrize(
    ("sides", "name", "golden"),
    [
        (A, "EER", 11 / 60),
        (A, "TAR@FAR=0.1", 0.6),
        (B, "EER", 0.2),
        (B, "TAR@FAR=0.1", 0.6),
        (C, "EER", 0.17),
        (C, "TAR@FAR=0.01", 113 / 300),
        (C, "TAR@FAR=0.001", 59 / 300),
        (D, "EER", 0.06),
        (D, "TAR@FAR=0.01", 0.72),
    ],
)
def test_golden_values(sides, name, golden):
    assert value(name, *sides) == pytest.approx(golden, abs=1e-15)


@quick
@given(SIDE, SIDE)
def test_eer_is_where_far_and_frr_are_nearest_and_then_smallest(genuine, impostor):
    roc = Roc.from_scores(genuine, impostor)
    wrong = roc.n_genuine - roc.accepted_genuine.astype(int)
    false = roc.accepted_impostor.astype(int)
    gaps = np.abs(false * roc.n_genuine - wrong * roc.n_impostor)  # exact, unlike the rates
    best = gaps == gaps.min()
    assert value("EER", genuine, impostor) == ((roc.far + roc.frr) / 2)[best].min()


@quick
@given(SIDE, SIDE, st.floats(0, 1))
def test_tar_at_far_is_the_largest_tar_with_far_at_most_x(genuine, impostor, x):
    roc = Roc.from_scores(genuine, impostor)
    assert value(f"TAR@FAR={x!r}", genuine, impostor) == roc.tar[roc.far <= x].max()
    assert value(f"FRR@FAR={x!r}", genuine, impostor) == roc.frr[roc.far <= x].min()


def test_a_far_that_is_met_exactly_is_allowed():
    # 0.29 * 100 is below 29 in floating point: rates are compared, not counts.
    impostor = np.arange(100.0)
    one = scored(impostor - 0.5, impostor)
    found = [parse_metric(f"TAR@FAR={hits / 100}").value(one) for hits in range(1, 100)]
    assert found == [hits / 100 for hits in range(1, 100)]


@quick
@given(SIDE, SIDE)
def test_tar_grows_with_the_far_that_is_allowed(genuine, impostor):
    tars = [value(f"TAR@FAR={x}", genuine, impostor) for x in np.linspace(0, 1, 12)]
    assert tars == sorted(tars)


@quick
@given(FINITE, FINITE, st.sampled_from(RANKED))
def test_only_the_order_of_scores_matters(genuine, impostor, name):
    def stretch(scores):
        return np.exp(np.array(scores) / 2) - 7

    assert value(name, genuine, impostor) == value(name, stretch(genuine), stretch(impostor))


@quick
@given(FINITE, FINITE)
def test_swapping_sides_and_signs_leaves_eer(genuine, impostor):
    swapped = value("EER", -np.array(impostor), -np.array(genuine))
    assert value("EER", genuine, impostor) == swapped


@quick
@given(SIDE, SIDE, st.sampled_from([*RANKED, "FAR@T=0.25", "FRR@T=0.25"]), st.randoms())
def test_order_and_repetition_of_trials_change_nothing(genuine, impostor, name, random):
    before = parse_metric(name).measure(scored(genuine, impostor)).value
    random.shuffle(genuine)
    random.shuffle(impostor)
    after = parse_metric(name).measure(scored(genuine * 3, impostor * 3)).value
    assert after == before or (np.isnan(after) and np.isnan(before))


@quick
@given(FINITE, FINITE, st.integers(-4, 4), st.data())
def test_a_failed_detection_raises_neither_tar_nor_far_at_a_threshold(
    genuine, impostor, threshold, data
):
    failed_g, failed_i = (
        [data.draw(st.sampled_from([score, -np.inf])) for score in side]
        for side in (genuine, impostor)
    )
    for name in (f"TAR@T={threshold}", f"FAR@T={threshold}"):
        assert value(name, failed_g, failed_i) <= value(name, genuine, impostor)


def test_pyeer_gives_the_same_eer_where_both_rates_can_be_equal():
    # pyeer takes the two thresholds around the crossing and of them the smaller sum, here the
    # nearer pair counts. With as many genuine as impostor trials and no ties, FAR - FRR moves in
    # steps of 1/n through 0, and both definitions give that point.
    rng = np.random.default_rng(5)
    genuine, impostor = rng.normal(1.5, 1, 400), rng.normal(0, 1, 400)
    assert value("EER", genuine, impostor) == pytest.approx(get_eer_stats(genuine, impostor).eer)


def test_pyeer_gives_another_eer_where_its_definition_differs():
    # At threshold 4 (FAR, FRR) is (1/4, 1/3), at 3 it is (1/4, 0). The rates are nearest at 4;
    # pyeer takes the smaller sum of the two thresholds around the crossing, at 3.
    genuine, impostor = [3, 4, 5], [0, 1, 2, 6]
    assert get_eer_stats(genuine, impostor).eer == pytest.approx(1 / 8)
    assert value("EER", genuine, impostor) == pytest.approx(7 / 24)


def test_pyeer_gives_the_same_fnmr_where_the_fmr_is_met_exactly():
    # pyeer takes the FMR nearest to the target, on either side; 1000 distinct impostor scores
    # meet 1/100 and 1/1000 exactly, and "at most" is then the same point.
    rng = np.random.default_rng(6)
    genuine, impostor = rng.normal(2, 1, 300), rng.normal(0, 1, 1000)
    stats = get_eer_stats(genuine, impostor)
    assert value("FNMR@FMR=1e-2", genuine, impostor) == pytest.approx(stats.fmr100)
    assert value("FNMR@FMR=1e-3", genuine, impostor) == pytest.approx(stats.fmr1000)
    assert value("d'", genuine, impostor) == pytest.approx(stats.decidability)


@pytest.mark.parametrize("name", METRICS)
def test_every_listed_name_is_canonical(name):
    metric = parse_metric(name)
    assert metric.name == name
    better = ("TAR", "AUC", "d'", "rank", "10-fold", "DIR", "TPIR")
    assert metric.higher_is_better == name.startswith(better)


@pytest.mark.parametrize(
    ("given_name", "canonical"),
    [
        ("TAR@FAR=0.001", "TAR@FAR=1e-3"),
        ("TAR@FAR=1E-03", "TAR@FAR=1e-3"),
        (" FNMR@FMR = .0250 ", "FNMR@FMR=0.025"),
        ("FRR@FAR=.5", "FRR@FAR=5e-1"),
        ("TAR@FAR=0", "TAR@FAR=0"),
        ("FMR@T=0.50", "FMR@T=0.5"),
        ("FAR@T=-12.0", "FAR@T=-12"),
        ("TAR@T=1e-9", "TAR@T=1e-9"),
        ("TAR@T=-0.0", "TAR@T=0"),
        ("d′", "d'"),
        ("5-fold accuracy", "5-fold accuracy"),
    ],
)
def test_spellings_of_a_metric_are_one_metric(given_name, canonical):
    assert parse_metric(given_name).name == canonical
    assert parse_metric(given_name) == parse_metric(canonical)


@pytest.mark.parametrize("name", ["TAR@FAR", "FNMR@FMR=", "FMR@T"])
def test_a_metric_without_its_value_is_refused(name):
    with pytest.raises(MetricError, match="wants a value, such as " + name.rstrip("=")):
        parse_metric(name)


@pytest.mark.parametrize(
    "name",
    [
        "EER=3",
        "rank-1=",
        "TAR@FAR=low",
        "TAR@FAR=1.5",
        "TAR@FAR=-1",
        "TAR@T=inf",
        "1-fold accuracy",
    ],
)
def test_a_metric_with_a_wrong_value_is_refused(name):
    with pytest.raises(MetricError):
        parse_metric(name)


@pytest.mark.parametrize(("name", "near"), [("ERR", "EER"), ("TRA@FAR=1e-3", "TAR@FAR=1e-3")])
def test_an_unknown_metric_answers_with_the_nearest(name, near):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{near}'"):
        parse_metric(name)


def test_a_target_below_one_impostor_is_called_insufficient():
    genuine, impostor = [0.9, 0.2], np.linspace(0, 0.5, 50)
    value_, note, resolved = parse_metric("TAR@FAR=1e-3").measure(scored(genuine, impostor))
    assert value_ == 0.5
    assert not resolved
    assert note == "insufficient impostors: 50 trials resolve no FAR below 0.02; achieved FAR 0"
    assert parse_metric("TAR@FAR=0.02").note(scored(genuine, impostor)) == ""


def test_fmr_resolves_no_better_than_the_impostors_without_failure():
    one = scored([0.9], [0.1, 0.2, -np.inf, -np.inf])
    assert "2 trials resolve no FMR below 0.5" in parse_metric("FNMR@FMR=0.3").note(one)
    assert parse_metric("FRR@FAR=0.3").note(one) == ""


def test_fmr_and_fnmr_leave_failures_out_and_far_and_frr_keep_them():
    one = scored([0.9, 0.1, -np.inf, -np.inf], [0.7, -np.inf])
    found = {name: parse_metric(f"{name}@T=0.5").value(one) for name in ("FMR", "FAR", "TAR")}
    assert found == {"FMR": 1.0, "FAR": 0.5, "TAR": 0.25}
    found = {name: parse_metric(f"{name}@T=0.5").value(one) for name in ("FNMR", "FRR")}
    assert found == {"FNMR": 0.5, "FRR": 0.75}


def test_a_rate_over_no_trials_is_not_defined():
    one = scored([0.9], [-np.inf])
    for name in ("FMR@T=0.5", "FNMR@FMR=0.5"):
        found = parse_metric(name).measure(one)
        assert np.isnan(found.value)
        assert "failure to acquire" in found.note
        with pytest.raises(MetricError, match="failure to acquire"):
            parse_metric(name).value(one)


@pytest.mark.parametrize("name", ["EER", "AUC", "TAR@FAR=1e-2", "d'", "TAR@T=0"])
def test_no_impostors_is_explained(name):
    one = scored([0.9, 0.8], [])
    with pytest.raises(MetricError, match=r"impostor trials"):
        parse_metric(name).value(one)
    found = parse_metric(name).measure(one)
    assert np.isnan(found.value)
    assert "impostor trials" in found.note


def test_decidability_is_over_finite_scores_and_says_so():
    found = parse_metric("d'").measure(scored([3, 5, -np.inf], [0, 2]))
    assert found == (3.0, "leaves out 1 trials with a failure to acquire", True)


@pytest.mark.parametrize("sides", [([0.1] * 3, [0.3] * 3), ([-np.inf], [1, 2])])
def test_decidability_wants_spread_and_scores(sides):
    assert np.isnan(parse_metric("d'").measure(scored(*sides)).value)


def folded(seed=1, folds=10):
    rng = np.random.default_rng(seed)
    genuine, impostor = rng.normal(1.5, 1, 120).round(1), rng.normal(0, 1, 120).round(1)
    genuine[::17] = -np.inf
    return scored(genuine, impostor, np.tile(np.arange(folds), 240 // folds))


@pytest.mark.parametrize("folds", [2, 10])
def test_fold_accuracy_takes_its_threshold_from_the_other_folds(folds):
    one = folded(folds=folds)
    genuine, fold, expected = one.trials.genuine, one.trials.fold, []
    for k in range(folds):
        candidates = [np.inf, *sorted(set(one.values[fold != k]) - {-np.inf}, reverse=True)]
        right = [np.sum(((one.values >= t) == genuine)[fold != k]) for t in candidates]
        best = candidates[int(np.argmax(right))]
        expected.append(np.mean(((one.values >= best) == genuine)[fold == k]))
    metric = parse_metric(f"{folds}-fold accuracy")
    np.testing.assert_allclose(metric.folds(one), expected, rtol=1e-15)
    error = np.std(expected, ddof=1) / np.sqrt(folds)
    assert metric.value(one) == pytest.approx(np.mean(expected))
    assert metric.note(one) == f"standard error {error:.4f} over {folds} folds"


def test_fold_accuracy_depends_on_the_order_of_scores_alone():
    one, metric = folded(), parse_metric("10-fold accuracy")
    stretched = np.where(one.failed, -np.inf, np.exp(one.values))
    assert metric.value(Scores(one.trials, stretched)) == metric.value(one)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (scored([1, 2], [0, 0.5]), "these have none"),
        (scored([1, 2], [0, 0.5], [0, 1, 0, 1]), "wants 10 folds; the trials have 2"),
    ],
)
def test_fold_accuracy_wants_as_many_folds_as_it_names(one, message):
    found = parse_metric("10-fold accuracy").measure(one)
    assert np.isnan(found.value)
    assert message in found.note


def gallery(values, owners="abc", probes="abcz"):
    """Every probe against three references; `values` is probe by reference."""
    subjects = {f"r{name}": name for name in owners} | {f"p{name}": name for name in probes}
    trials = Trials.cross(
        {f"R{name}": (f"r{name}",) for name in owners}, [f"p{name}" for name in probes], subjects
    )
    table = np.asarray(values, float)
    return Scores(trials, table[trials.probe_index, trials.reference_index])


def test_rank_1_counts_ties_and_failures_against_and_leaves_unmated_probes_out():
    one = gallery([[0.9, 0.1, 0.2], [0.5, 0.5, 0.1], [-np.inf] * 3, [0.9, 0.8, 0.7]])
    found = parse_metric("rank-1").measure(one)
    assert found.value == pytest.approx(1 / 3)
    assert found.note == "3 probes, 3 references; 1 probes without a mate left out"


def test_rank_1_takes_the_best_of_a_subjects_references():
    subjects = {"r1": "a", "r2": "a", "r3": "b", "p1": "a", "p2": "b"}
    trials = Trials.cross({n: (n,) for n in ("r1", "r2", "r3")}, ["p1", "p2"], subjects)
    table = np.array([[0.2, 0.9, 0.5], [0.1, 0.8, 0.7]])
    one = Scores(trials, table[trials.probe_index, trials.reference_index])
    assert parse_metric("rank-1").value(one) == 0.5


def test_rank_1_allows_that_a_face_is_not_compared_with_itself():
    names = ["a1", "a2", "b1", "b2"]
    subjects = {name: name[0] for name in names}
    trials = Trials.cross({name: (name,) for name in names}, names, subjects)
    one = Scores(trials, np.where(trials.genuine, 1.0, 0.0))
    assert len(trials) == 12
    assert parse_metric("rank-1").value(one) == 1.0


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (scored([1, 2], [0]), "every probe compared with every reference"),
        (gallery([[0.1, 0.2]] * 2, "ab", "yz"), "whose subject is in the gallery"),
    ],
)
def test_rank_1_wants_a_gallery_that_every_probe_meets(one, message):
    with pytest.raises(MetricError, match=message):
        parse_metric("rank-1").value(one)
