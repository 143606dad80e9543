import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval._left import Area, Left, Queue, n_rejected
from align_eval._oracle import Oracle
from align_eval.dataset import Trials
from align_eval.errors import ConfigError
from align_eval.landmarks import Landmarks
from align_eval.metrics import parse_metric
from align_eval.rejection import (
    COLUMNS,
    CURVE_COLUMNS,
    ORDERS,
    check_rejection,
    errors_of,
    face_quality,
    rated_units,
    rejection_curve,
    rejection_rows,
)
from align_eval.resample import bootstrap, estimates
from align_eval.result import REJECTION_COLUMNS, REJECTION_CURVE_COLUMNS
from align_eval.schemes import scheme_named
from align_eval.scores import Scores
from align_eval.templates import template

SHARES = (0.1, 0.3)
METRICS = ("EER", "TAR@FAR=1e-1")
FRR, EER = "FRR@FAR=1e-1", "EER"
IBUG, FIVE = scheme_named("ibug68"), scheme_named("five")


def crossed(people=8, shots=6, seed=0):
    """Each person's reference against all probes; a probe is bad in a measure of its own."""
    rng = np.random.default_rng(seed)
    gallery = {f"g{i}": (f"g{i}",) for i in range(people)}
    owner = {f"p{i}_{j}": f"s{i}" for i in range(people) for j in range(shots)}
    owners = owner | {name: name.replace("g", "s") for name in gallery}
    trials = Trials.cross(gallery, list(owner), owners)
    good = rng.normal(0, 1, len(owner))
    values = rng.normal(0, 1, len(trials)) + trials.genuine * (1.5 + good[trials.probe_index])
    return Scores(trials, values), dict(zip(owner, good, strict=True))


def probes(scores, quality, failed=()):
    return rated_units(scores.trials, probes=quality, gallery=None, failed=frozenset(failed))


def rows(scores, units, shares=SHARES, metrics=METRICS, **options):
    orders = units if isinstance(units, dict) else {"signal": units}
    drawn = {"resamples": 30, "limit": 0.25} | options
    table = rejection_rows(scores, orders, metrics, shares, **drawn)
    return table.set_index(["metric", "way", "quantity", "order", "share"]).sort_index()


def left_by_hand(scores, quality, share):
    """The scores that are left when the worst probes are taken out of the list."""
    worst = sorted(quality, key=quality.__getitem__)[: int(n_rejected(share, len(quality)))]
    names = np.array(scores.trials.probes)[scores.trials.probe_index]
    return scores.only(~np.isin(names, worst))


def test_nothing_rejected_is_the_studys_own_metric_in_every_way_and_order():
    scores, quality = crossed()
    table = rows(scores, probes(scores, quality))
    tar = parse_metric("TAR@FAR=1e-1").value(scores)
    eer = parse_metric("EER").value(scores)
    start = table.xs(0.0, level="share").xs("error", level="quantity")["value"]
    for order in ("signal", "random", "oracle"):
        assert start[FRR, "fixed", order] == pytest.approx(1 - tar, rel=1e-12)
        assert start[FRR, "re-estimated", order] == pytest.approx(1 - tar, rel=1e-12)
        assert start[EER, "re-estimated", order] == pytest.approx(eer, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 0.9))
def test_what_is_left_is_what_taking_the_worst_probes_out_leaves(seed, share):
    scores, quality = crossed(5, 4, seed)
    queue = Queue(probes(scores, quality))
    left = left_by_hand(scores, quality, share)
    threshold = _threshold(scores, 0.1)
    fixed = Left("a", False, queue, share, 0.1, True).measure(scores).value
    assert fixed == pytest.approx(np.mean(left.genuine < threshold), abs=1e-12, nan_ok=True)
    if not len(left.genuine):
        return
    again = Left("b", False, queue, share, 0.1, False).measure(scores).value
    assert again == pytest.approx(parse_metric("FRR@FAR=1e-1").value(left), abs=1e-12)
    equal = Left("c", False, queue, share, None, False).measure(scores).value
    assert equal == pytest.approx(parse_metric("EER").value(left), abs=1e-12)
    far = queue.alone(scores).far(0.1, share)[0]
    assert far == pytest.approx(np.mean(left.impostor >= threshold), abs=1e-12)


def _threshold(scores, target):
    from align_eval.curves import Roc

    roc = Roc.of(scores)
    return roc.thresholds[np.flatnonzero(roc.far <= target)[-1]]


def test_under_resampled_subjects_it_is_what_their_repeated_probes_leave():
    """The k-fold subject is k subjects' worth of probes: repeat the trials and reject again."""
    scores, quality = crossed(6, 5)
    queue, share = Queue(probes(scores, quality)), 0.2
    metric = Left("a", False, queue, share, 0.1, True)
    found = estimates(scores, {"a": metric}, 5, 3)["a"].samples
    from align_eval.resample import identity_weights

    _, reference, probe = scores.trials.clusters
    for value, weights in zip(found, identity_weights(6, 5, 3), strict=True):
        times = weights[reference]
        times = np.where(scores.trials.genuine, times, times * weights[probe])
        whole = np.repeat(np.arange(len(scores.trials)), times)
        every = Scores(scores.trials.only(np.ones(len(times), bool)), scores.values)
        again = Scores(_picked(every.trials, whole), scores.values[whole])
        threshold = _threshold(again, 0.1)
        worth = np.array([weights[int(name[1])] for name in quality])
        order = np.argsort(list(quality.values()))
        gone = np.minimum(worth[order], np.maximum(0, _room(worth[order], share)))
        kept = dict(zip(np.array(list(quality))[order], worth[order] - gone, strict=True))
        mated = scores.trials.genuine
        names = np.array(scores.trials.probes)[scores.trials.probe_index[mated]]
        weight = np.array([kept[name] for name in names])
        fails = scores.genuine < threshold
        assert value == pytest.approx((weight @ fails) / weight.sum(), rel=1e-12)


def _picked(trials, index):
    return Trials(
        trials.references,
        trials.probes,
        trials.reference_subjects,
        trials.probe_subjects,
        trials.reference_index[index],
        trials.probe_index[index],
    )


def _room(worth, share):
    return n_rejected(share, worth.sum()) - (np.cumsum(worth) - worth)


def test_at_random_every_curve_is_flat_and_a_constant_quality_is_random_exactly():
    scores, quality = crossed()
    table = rows(scores, probes(scores, dict.fromkeys(quality, 0.5)))
    for (metric, way, quantity, order, _), row in table.iterrows():
        if order in ("signal", "random"):
            start = table.loc[(metric, way, "error", "random", 0.0)]
            assert row["value"] == pytest.approx(start["value"], rel=1e-12), (way, quantity)
            assert row["change"] == pytest.approx(0, abs=1e-12)
            assert row[["change_low", "change_high"]].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_random_is_the_mean_over_random_orders():
    scores, quality = crossed(6, 5)
    rng = np.random.default_rng(1)
    found = [
        Left("a", False, Queue(probes(scores, _shuffled(quality, rng))), 0.3, 0.1, True)
        .measure(scores)
        .value
        for _ in range(200)
    ]
    start = 1 - parse_metric("TAR@FAR=1e-1").value(scores)
    assert np.mean(found) == pytest.approx(start, abs=4 * np.std(found) / 14)


def _shuffled(quality, rng):
    return dict(zip(quality, rng.permutation(len(quality)).astype(float), strict=True))


def test_units_of_the_same_quality_are_left_in_the_same_part():
    scores, quality = crossed(6, 5)
    rng = np.random.default_rng(2)
    coarse = {face: round(value) for face, value in quality.items()}
    level = Left("a", False, Queue(probes(scores, coarse)), 0.3, 0.1, True).measure(scores).value
    broken = [
        Left(
            "a",
            False,
            Queue(probes(scores, {f: v + 1e-6 * rng.random() for f, v in coarse.items()})),
            0.3,
            0.1,
            True,
        )
        .measure(scores)
        .value
        for _ in range(200)
    ]
    assert level == pytest.approx(np.mean(broken), abs=4 * np.std(broken) / 14)


def test_a_quality_that_is_minus_the_genuine_trials_failure_is_the_oracle():
    scores, _ = crossed()
    failing = scores.genuine < _threshold(scores, 0.1)
    names = np.array(scores.trials.probes)[scores.trials.probe_index[scores.trials.genuine]]
    knows = dict(zip(names, -failing.astype(float), strict=True))
    table = rows(scores, probes(scores, knows))["value"]
    for share in SHARES:
        at = (FRR, "fixed", "error")
        assert table[(*at, "signal", share)] == pytest.approx(table[(*at, "oracle", share)])
    area = (FRR, "fixed", "area")
    assert table[(*area, "signal", 0.25)] == pytest.approx(table[(*area, "oracle", 0.25)])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.booleans())
def test_no_order_leaves_less_than_the_oracle_at_the_fixed_threshold(seed, references, both):
    scores, quality = several(references, seed)
    rng = np.random.default_rng(seed)
    gallery = {face: rng.random() for faces in scores.trials.gallery.values() for face in faces}
    units = rated_units(scores.trials, probes=quality, gallery=gallery if both else None)
    oracle = Oracle.of(scores, units, 0.1)
    count = len(units.quality)
    least = oracle.least(np.arange(count, dtype=float))
    for _ in range(4):
        standing = Queue(units._replace(quality=rng.random(count))).alone(scores)
        shares = rng.uniform(0, 0.95, 5)
        for share in shares:
            left, bound = standing.frr(0.1, share)[0], least[int(n_rejected(share, count))]
            assert np.isnan(left) or bound <= left + 1e-12


def several(references, seed, people=4, shots=3):
    """Several references a person, of two faces each; the last person's probes have no mate."""
    rng = np.random.default_rng(seed)
    gallery = {
        f"g{i}_{k}": (f"g{i}_{k}a", f"g{i}_{k}b")
        for i in range(people - 1)
        for k in range(references)
    }
    owner = {f"p{i}_{j}": f"s{i}" for i in range(people) for j in range(shots)}
    faces = {face: f"s{name[1]}" for name, group in gallery.items() for face in group}
    trials = Trials.cross(gallery, list(owner), owner | faces)
    values = rng.normal(0, 1, len(trials)) + trials.genuine
    return Scores(trials, values), {face: rng.normal() for face in owner}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_the_oracle_is_the_best_of_all_subsets(seed, references):
    scores, quality = several(references, seed)
    oracle = Oracle.of(scores, probes(scores, quality), 0.1)
    count = len(oracle.genuine)
    for size in (1, 2, 3):
        found = oracle.least(np.array([float(size)]))[0]
        every = [
            oracle.failing[keep].sum() / oracle.genuine[keep].sum()
            for gone in itertools.combinations(range(count), size)
            for keep in [np.setdiff1d(np.arange(count), gone)]
        ]
        assert found == pytest.approx(min(every), abs=1e-12)


def test_failures_are_rejected_first_and_are_errors_until_then():
    scores, quality = crossed()
    lost = list(quality)[5:9]
    gone = np.isin(np.array(scores.trials.probes)[scores.trials.probe_index], lost)
    scores = Scores(scores.trials, np.where(gone, -np.inf, scores.values))
    flattered = quality | dict.fromkeys(lost, 99.0)
    units = probes(scores, flattered, failed=lost)
    assert units.failed == 4
    assert np.isneginf(units.quality).sum() == 4
    standing = Queue(units).alone(scores)
    start, share = standing.frr(0.1, 0.0)[0], 4 / len(quality)
    assert standing.frr(0.1, share)[0] == pytest.approx((start * 48 - 4) / 44, rel=1e-12)
    oracle = Oracle.of(scores, units, 0.1).least(np.array([4.0]))[0]
    assert standing.frr(0.1, share)[0] == pytest.approx(oracle, rel=1e-12)


def test_a_face_without_quality_is_kept_no_longer_than_a_failure():
    scores, quality = crossed()
    mute, *others = quality
    units = probes(scores, {face: quality[face] for face in others})
    assert np.argmin(units.quality) == scores.trials.probes.index(mute)
    nan = probes(scores, quality | {mute: float("nan")})
    assert np.array_equal(units.quality, nan.quality)
    assert nan.failed == 0


def test_the_area_is_the_mean_of_the_step_function():
    scores, quality = crossed(5, 5)
    standing = Queue(probes(scores, quality)).alone(scores)
    middles = (np.arange(20_000) + 0.5) / 20_000 * 0.23
    heights = [standing.frr(0.1, share)[0] for share in np.arange(6) / 25]
    mean = np.mean([heights[int(n_rejected(share, 25))] for share in middles])
    area = Area("a", False, Queue(probes(scores, quality)), 0.23, 0.1).measure(scores).value
    assert area == pytest.approx(mean, abs=1e-4)


def test_where_both_sides_are_under_test_a_trial_goes_by_the_lower_of_its_faces():
    scores, quality = several(2, 1)
    gallery = {f: float(i) for i, f in enumerate(sorted(_enrolled(scores)))}
    units = rated_units(scores.trials, probes=quality, gallery=gallery, failed=frozenset({"p0_0"}))
    assert units.kind == "trial"
    trials = scores.trials
    for i in range(0, len(trials), 7):
        probe = trials.probes[trials.probe_index[i]]
        faces = trials.faces_of(trials.references[trials.reference_index[i]])
        low = -np.inf if probe == "p0_0" else quality[probe]
        assert units.quality[i] == min(low, np.mean([gallery[face] for face in faces]))
    assert units.failed == len(set(trials.reference_index))


def _enrolled(scores):
    return {face for faces in scores.trials.gallery.values() for face in faces}


def test_a_reference_fails_only_if_all_of_its_faces_do():
    scores, _ = several(1, 1)
    gallery = dict.fromkeys(_enrolled(scores), 1.0) | {"g1_0b": 3.0}
    lost = frozenset({"g0_0a", "g0_0b", "g1_0a"})
    units = rated_units(scores.trials, probes=None, gallery=gallery, failed=lost)
    assert units.kind == "reference"
    assert units.quality.tolist() == [-np.inf, 3.0, 1.0]
    assert units.failed == 1


def test_nobody_under_test_is_one_clear_error():
    with pytest.raises(ConfigError, match="probes or references under test"):
        rated_units(crossed()[0].trials, probes=None, gallery=None)


def test_a_signal_that_knows_beats_chance_with_its_interval_and_one_upside_down_is_worse():
    scores, quality = crossed(20, 8)
    for sign in (1, -1):
        units = probes(scores, {face: sign * value for face, value in quality.items()})
        table = rows(scores, units, resamples=200)
        row = table.loc[(FRR, "fixed", "area", "signal", 0.25)]
        assert sign * row["change_low" if sign < 0 else "change_high"] < 0
        assert row["change_low"] < row["change"] < row["change_high"]


def test_intervals_want_some_people_and_values_are_those_of_the_same_resamples():
    scores, quality = crossed(4, 6)
    table = rows(scores, probes(scores, quality))
    assert table[["low", "high", "change_low"]].isna().all(axis=None)
    many, quality = crossed(8, 6)
    start = Left("a", False, Queue(probes(many, quality)), 0.0, 0.1, True)
    found = estimates(many, {"a": start}, 20, 4)["a"].samples
    assert np.allclose(
        found, 1 - bootstrap(many, ["TAR@FAR=1e-1"], resamples=20, seed=4)[METRICS[1]]
    )


def test_the_order_by_landmark_error_has_its_rows_where_errors_are_known():
    scores, quality = crossed()
    units = {
        "signal": probes(scores, quality),
        "error": probes(scores, _shuffled(quality, np.random.default_rng(0))),
    }
    table = rows(scores, units)
    assert set(table.index.get_level_values("order")) == set(ORDERS)
    assert table.xs("error", level="order")["low"].notna().all()


def test_the_curve_passes_through_the_tables_values():
    scores, quality = crossed()
    orders = {"signal": probes(scores, quality)}
    curve = rejection_curve(scores, orders, METRICS, SHARES).set_index(["order", "share"])["value"]
    table = rows(scores, orders)["value"]
    for order in ("signal", "oracle"):
        for share in (0.0, 0.3):
            assert curve[order, share] == table[FRR, "fixed", "error", order, share]


def test_trials_without_impostors_or_genuine_ones_say_so():
    scores, quality = crossed()
    only = scores.only(scores.trials.genuine)
    table = rejection_rows(only, {"signal": probes(only, quality)}, METRICS, SHARES, resamples=5)
    assert table["value"].isna().all()
    assert table[table["order"] == "signal"]["note"].str.contains("no impostor").all()


def test_a_face_has_the_mean_quality_of_the_points_that_its_alignment_uses():
    quality = np.arange(68.0)
    marks = Landmarks(np.random.default_rng(0).uniform(0, 100, (68, 2)), IBUG, quality)
    five = [quality[36:42].mean(), quality[42:48].mean(), 30.0, 48.0, 54.0]
    target = template("arcface112")
    assert face_quality(marks, target) == pytest.approx(np.mean(five))
    assert face_quality(marks, target, "similarity:2") == pytest.approx(np.mean(five[:2]))
    holes = quality.copy()
    holes[48], holes[54] = np.nan, -np.inf
    broken = Landmarks(marks.points, IBUG, holes)
    assert face_quality(broken, target) == pytest.approx(np.mean(five[:3]))
    points = marks.points.copy()
    points[30] = np.nan
    lost = Landmarks(points, IBUG, quality)
    assert face_quality(lost, target) == pytest.approx(np.mean([*five[:2], *five[3:]]))
    assert np.isnan(face_quality(Landmarks(marks.points, IBUG), target))
    assert np.isnan(face_quality(Landmarks(marks.points, IBUG, np.full(68, np.nan)), target))


def test_errors_are_those_at_a_far_and_the_equal_one_each_once():
    assert errors_of(["TAR@FAR=1e-1", "FRR@FAR=1e-1", "d'", "rank-1"]) == {"FRR@FAR=1e-1": 0.1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (((0.1, 1.0), 0.2, METRICS), r"a number in \(0, 1\), got 1.0"),
        (((0.1, 0.1), 0.2, METRICS), "each share once, got 0.1"),
        ((SHARES, 0.0, METRICS), r"reject_limit wants a number in \(0, 1\), got 0.0"),
        ((SHARES, 0.2, ("EER", "AUC")), "a metric at a FAR, such as TAR@FAR=1e-2, got EER, AUC"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(given, message):
    with pytest.raises(ConfigError, match=message):
        check_rejection(*given)


def test_the_columns_are_those_of_the_result():
    assert ("dataset", "pipeline", "aligner", *COLUMNS) == REJECTION_COLUMNS
    assert ("dataset", "pipeline", "aligner", *CURVE_COLUMNS) == REJECTION_CURVE_COLUMNS
