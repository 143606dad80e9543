"""p of resampled values, also beyond what their number can show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from align_eval._intervals import percentile

RESAMPLES = 1000


def resampled_means(values: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(3)
    return values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)


@pytest.mark.parametrize("shift", [0.8, 1.2, 2.0])
def test_p_of_a_clear_mean_is_near_students(shift: float) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=20)
    values = (values - values.mean()) / values.std(ddof=1) + shift
    p = percentile(resampled_means(values), 0.025, clusters=len(values)).p
    assert p == pytest.approx(ttest_1samp(values, 0).pvalue, rel=0.8)
    assert p < 2 / (RESAMPLES + 1) or shift == 0.8


def test_p_can_stand_after_holm_over_many() -> None:
    samples = resampled_means(np.random.default_rng(2).normal(3, 1, size=20))
    assert 14 * percentile(samples, 0.025, clusters=20).p < 0.001


def test_values_that_are_all_the_same_show_what_their_number_shows() -> None:
    assert percentile(np.full(99, 0.5), 0.025).p == 2 / 100
    assert percentile(np.zeros(99), 0.025).p == 1


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=40),
    st.floats(-3, 3),
    st.sampled_from([5.0, 20.0, float("inf")]),
)
def test_p_agrees_with_the_interval_and_never_exceeds_what_is_shown(
    values: list[float], shift: float, clusters: float
) -> None:
    samples = np.array(values) + shift
    found = percentile(samples, 0.025, clusters)
    mirrored = percentile(-samples, 0.025, clusters)
    assert 0 <= found.p <= 1
    assert found.p == pytest.approx(mirrored.p)
    crossing = min(np.count_nonzero(samples <= 0), np.count_nonzero(samples >= 0))
    shown = min(1.0, 2 * (crossing + 1) / (len(samples) + 1))
    if clusters == float("inf"):
        assert found.p <= shown
        assert found.p == shown or not crossing
