"""Coverage of the intervals on simulated studies of known truth, and what they say of their power.

Each benchmark prints its shares: coverage of 95 % intervals clustered by subject, and naive ones
that take trials for independent.
"""

import pytest
from simulated import coverage, trials_of

NAMES = ("EER", "TAR@FAR=1e-2")


@pytest.mark.parametrize(
    ("subjects", "others"), [(20, None), (50, None), (50, 20), (200, 20)], ids=str
)
def test_intervals_by_subject_cover_the_truth_and_naive_ones_do_not(benchmark, subjects, others):
    trials = trials_of(subjects, 5, others)
    found = benchmark.pedantic(
        coverage,
        args=(trials, (3.0, 2.7), NAMES),
        kwargs={"studies": 300, "resamples": 400, "seed": subjects},
        rounds=1,
    )
    benchmark.extra_info.update(found)
    for name in NAMES:
        assert 0.88 < found[name] < 0.99
        assert 0.91 < found[f"Δ{name}"] < 0.99
        assert found[f"naive {name}"] < found[name] - 0.05
        assert found[f"power Δ{name}"] == pytest.approx(found[f"seen Δ{name}"], abs=0.1)
