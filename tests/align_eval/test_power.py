import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from align_eval.errors import ConfigError
from align_eval.power import POWER, Resolution

RESOLUTIONS = st.builds(
    Resolution, st.floats(1e-4, 10), st.integers(5, 500), st.sampled_from([0.8, 0.95, 0.99])
)


@given(RESOLUTIONS, st.floats(0.5, 0.99))
def test_what_is_detectable_is_seen_with_just_that_power(study, power):
    size = study.detectable_with(power)
    wrong_side = stats.norm.cdf(-2 * stats.norm.isf((1 - study.confidence) / 2))
    assert study.power(size) == pytest.approx(power, abs=wrong_side)
    assert study.power(-size) == study.power(size)
    assert study.power(size / 2) < study.power(size) < study.power(2 * size) + 1e-12


@given(RESOLUTIONS)
def test_no_difference_is_seen_about_as_often_as_the_confidence_leaves_out(study):
    assert study.power(0.0) <= 1 - study.confidence + 1e-12
    assert study.with_subjects(10**6).power(0.0) == pytest.approx(1 - study.confidence, rel=1e-3)


@given(RESOLUTIONS, st.floats(0.1, 3))
def test_the_subjects_for_a_difference_are_the_fewest_that_see_it(study, share):
    size = share * study.detectable
    count = study.subjects_for(size)
    assert study.with_subjects(count).detectable <= size
    assert count == 2 or study.with_subjects(count - 1).detectable > size
    assert study.subjects_for(-size) == count


@given(RESOLUTIONS)
def test_a_study_needs_its_own_subjects_for_what_it_detects(study):
    assert abs(study.subjects_for(study.detectable) - study.n_subjects) <= 1
    assert study.with_subjects(study.n_subjects) == study


def test_four_times_the_subjects_see_half_the_difference():
    study = Resolution(0.01, 400)
    assert study.with_subjects(1600).detectable == pytest.approx(study.detectable / 2, rel=0.005)
    few = Resolution(0.01, 10)
    assert few.with_subjects(40).detectable < few.detectable / 2


def test_a_paired_t_test_sees_the_detectable_difference_in_four_of_five_studies():
    """Subjects' differences are normal here, and each study's error is its own."""
    rng, subjects = np.random.default_rng(0), 30
    true = Resolution(1 / np.sqrt(subjects), subjects).detectable
    drawn = rng.normal(true, 1, (4000, subjects))
    assert np.mean(stats.ttest_1samp(drawn, 0, axis=1).pvalue <= 0.05) == pytest.approx(
        POWER, abs=0.03
    )


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: Resolution(0.0, 10), "a standard error above 0, got 0.0"),
        (lambda: Resolution(float("nan"), 10), "a standard error above 0, got nan"),
        (lambda: Resolution(0.1, 1), "at least 2 subjects, got 1"),
        (lambda: Resolution(0.1, 10, 95), "between 0 and 1, got 95"),
        (lambda: Resolution(0.1, 10).with_subjects(1), "at least 2 subjects, got 1"),
        (lambda: Resolution(0.1, 10).detectable_with(0.2), "lies in [0.5, 1), got 0.2"),
        (lambda: Resolution(0.1, 10).subjects_for(0.0), "other than 0, got 0.0"),
    ],
)
def test_what_has_no_answer_is_refused(use, message):
    with pytest.raises(ConfigError) as caught:
        use()
    assert message in str(caught.value)
