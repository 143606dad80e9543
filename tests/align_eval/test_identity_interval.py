import numpy as np
import pytest
from scipy import stats
from simulated import draw, trials_of

from align_eval.dataset import Trials
from align_eval.errors import ConfigError, MetricError
from align_eval.identity_interval import error_rates, wilson
from align_eval.resample import bootstrap
from align_eval.scores import Scores

THRESHOLD = 1.3
APART = 2.5


def nested(scores):
    """cimat's shape: subject → subject → scores, every pair under both subjects."""
    trials, found = scores.trials, {}
    for r, p, value in zip(trials.reference_index, trials.probe_index, scores.values, strict=True):
        one, two = trials.reference_subjects[r], trials.probe_subjects[p]
        for names in {(one, two), (two, one)}:
            found.setdefault(names[0], {}).setdefault(names[1], []).append(float(value))
    return found


def drawn(subjects=40, probes=4, seed=2):
    return draw(trials_of(subjects, probes), np.random.default_rng(seed), (APART,))[0]


def test_variances_and_effective_trials_are_cimats():
    cimat = pytest.importorskip("cimat", reason="cimat, an independent check, is not installed")
    scores = drawn(subjects=25, probes=3)
    found = error_rates(scores, THRESHOLD)
    estimator = cimat.UncertaintyEstimator(nested(scores))
    rates = estimator.compute_binerror_metrics(THRESHOLD)[:2]
    variances = estimator.compute_variance(threshold=THRESHOLD, estimator="plugin")
    bounds = estimator.get_binerror_ci(threshold=THRESHOLD)
    for own, rate, variance, theirs in zip(found, rates, variances, bounds, strict=True):
        assert own.value == pytest.approx(rate)
        assert own.error**2 == pytest.approx(variance)
        # Their quantile is the normal one.
        normal = wilson(own.value, own.effective, stats.norm.isf(0.025))
        assert normal == pytest.approx(theirs)
        assert own.low < normal[0] < normal[1] < own.high


def test_independent_trials_have_wilsons_interval():
    owner = {f"{i}{face}": str(i) for i in range(300) for face in "ab"}
    first, second = [f"{i}a" for i in range(300)], [f"{i}b" for i in range(300)]
    others = [f"{i ^ 1}b" for i in range(0, 300, 2)]
    trials = Trials.pairs([*first, *first[::2]], [*second, *others], owner)
    values = np.random.default_rng(0).normal(size=len(trials)) + trials.genuine
    found = error_rates(Scores(trials, values), 0.8)
    assert [rate.effective for rate in found] == pytest.approx([300, 150])
    for rate in found:
        result = stats.binomtest(round(rate.value * rate.trials), rate.trials)
        expected = result.proportion_ci(0.95, method="wilson")
        assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-3)


def test_standard_errors_are_near_those_of_the_bootstrap():
    scores = drawn()
    names = (f"FRR@T={THRESHOLD}", f"FAR@T={THRESHOLD}")
    resampled = bootstrap(scores, names, resamples=1000)
    found = error_rates(scores, THRESHOLD)
    for rate, name in zip(found, names, strict=True):
        assert rate.error == pytest.approx(resampled[name].std(), rel=0.1)


def test_intervals_cover_the_truth_where_those_of_independent_trials_do_not():
    trials, rng, studies = trials_of(50, 5, others=20), np.random.default_rng(5), 250
    true = stats.norm.cdf(THRESHOLD - APART), stats.norm.sf(THRESHOLD)
    held = np.zeros((studies, 2, 2), dtype=bool)
    for number in range(studies):
        found = error_rates(draw(trials, rng, (APART,))[0], THRESHOLD)
        for side, (rate, known) in enumerate(zip(found, true, strict=True)):
            free = wilson(rate.value, rate.trials, stats.norm.isf(0.025))
            held[number, side] = rate.low <= known <= rate.high, free[0] <= known <= free[1]
    aware, naive = held.mean(axis=0).T
    error = 3 * np.sqrt(0.95 * 0.05 / studies)
    assert np.all(np.abs(aware - 0.95) < 0.02 + error)
    assert np.all(naive < 0.9)


def test_without_an_error_there_are_as_many_trials_as_share_no_subject():
    found = error_rates(drawn(subjects=21), -100)
    assert (found.frr.value, found.frr.low, found.frr.effective) == (0, 0, 21)
    assert (found.far.value, found.far.high, found.far.effective) == (1, 1, 10)
    assert 0.1 < found.frr.high < 0.3
    assert np.isnan(found.frr.error)


def test_tar_is_the_complement_of_frr():
    found = error_rates(drawn(), THRESHOLD)
    assert (found.tar.value, found.tar.low) == (1 - found.frr.value, 1 - found.frr.high)
    assert found.tar.error == found.frr.error


def test_a_failure_to_acquire_is_a_rejected_trial():
    scores = drawn()
    lost = Scores(scores.trials, np.where(scores.trials.genuine, -np.inf, scores.values))
    assert error_rates(lost, THRESHOLD).frr.value == 1
    assert error_rates(lost, THRESHOLD).far == error_rates(scores, THRESHOLD).far


def test_what_has_no_interval_is_refused():
    owner = {"a1": "a", "a2": "a", "b1": "b"}
    one = Scores(Trials.pairs(["a1", "a1"], ["a2", "b1"], owner), [1.0, 0.0])
    with pytest.raises(MetricError, match="genuine trials of at least 2 subjects, got 1"):
        error_rates(one, 0.5)
    alone = Scores(Trials.pairs(["a1", "b1"], ["a2", "b1"], owner), [1.0, 0.0])
    with pytest.raises(MetricError, match="impostor trials of at least 2 subjects, got 0"):
        error_rates(alone, 0.5)
    with pytest.raises(ConfigError, match="between 0 and 1, got 95"):
        error_rates(one, 0.5, confidence=95)
