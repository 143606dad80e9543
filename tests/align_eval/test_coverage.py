"""Coverage on simulated studies of known truth; tests/benchmarks has the same at full size."""

import numpy as np
import pytest
from simulated import coverage, draw, trials_of, truth

from align_eval.metrics import parse_metric

NAMES = ("EER", "TAR@FAR=1e-2")
STUDIES = 80


@pytest.fixture(scope="module")
def found():
    trials = trials_of(25, 3)
    return coverage(trials, (3.0, 2.5), NAMES, studies=STUDIES, resamples=150, seed=1)


def chance(share, sigmas=3.0):
    """How far a share over the studies may lie from its expectation."""
    return sigmas * np.sqrt(share * (1 - share) / STUDIES)


def test_the_simulated_rates_are_the_populations():
    trials = trials_of(400, 2, others=20)
    for name in NAMES:
        values = [
            parse_metric(name).value(draw(trials, np.random.default_rng(seed), (3.0,))[0])
            for seed in range(5)
        ]
        assert np.mean(values) == pytest.approx(truth(name, 3.0), rel=0.06)


@pytest.mark.parametrize("name", ["EER", "TAR@FAR=1e-2", "ΔEER", "ΔTAR@FAR=1e-2"])
def test_intervals_clustered_by_subject_cover_the_truth_as_often_as_they_say(found, name):
    assert 0.93 - chance(0.93) <= found[name] <= 0.97 + chance(0.97)


@pytest.mark.parametrize("name", NAMES)
def test_intervals_of_independent_trials_cover_visibly_less(found, name):
    assert found[f"naive {name}"] < found[name] - 0.05
    assert found[f"naive {name}"] < 0.93


@pytest.mark.parametrize("name", NAMES)
def test_differences_are_seen_as_often_as_the_studies_say_of_themselves(found, name):
    seen = found[f"seen Δ{name}"]
    assert 0.1 < seen < 0.95
    assert found[f"power Δ{name}"] == pytest.approx(seen, abs=chance(0.5))
