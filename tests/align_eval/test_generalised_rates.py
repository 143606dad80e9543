"""FRR and FAR over all trials are the generalised rates of ISO/IEC 19795-1.

GFRR = FTE + (1 − FTE) · FTA + (1 − FTE) · (1 − FTA) · FNMR and GFAR = (1 − FTE) · (1 − FTA) · FMR,
with FTE the share of trials whose reference could not be enrolled, FTA the share of the others
whose probe was not acquired, each over the trials of its side.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from align_eval.metrics import parse_metric
from align_eval.resample import under
from align_eval.scores import Scores
from align_eval.trials import Trials

PEOPLE, SHOTS = 6, 3
SUBJECTS = {f"s{i}_{j}": f"s{i}" for i in range(PEOPLE) for j in range(SHOTS)}
TRIALS = Trials.cross(
    {f"s{i}_0": (f"s{i}_0",) for i in range(PEOPLE)},
    [face for face in SUBJECTS if not face.endswith("_0")],
    SUBJECTS,
)
REFERENCES, PROBES = len(TRIALS.references), len(TRIALS.probes)


def flags(count):
    return st.lists(st.booleans(), min_size=count, max_size=count).map(np.array)


@st.composite
def studies(draw):
    """Scores with failures on either side, and which references and probes they were."""
    enrolled, acquired = draw(flags(REFERENCES)), draw(flags(PROBES))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    values = rng.normal(0, 1, len(TRIALS)).round(1) + TRIALS.genuine
    works = enrolled[TRIALS.reference_index] & acquired[TRIALS.probe_index]
    return Scores(TRIALS, np.where(works, values, -np.inf)), enrolled, acquired


def shares(side, enrolled, acquired):
    """FTE, and FTA among the trials whose reference was enrolled."""
    known = enrolled[TRIALS.reference_index[side]]
    found = acquired[TRIALS.probe_index[side]]
    return 1 - known.mean(), 1 - found[known].mean() if known.any() else 0.0


def rate(name, scores, threshold):
    measured = parse_metric(f"{name}@T={threshold}").measure(scores).value
    return 0.0 if np.isnan(measured) else measured  # of no trials, and then weighed with 0


@settings(max_examples=60, deadline=None)
@given(studies(), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]))
def test_the_rates_over_all_trials_are_the_generalised_ones(study, threshold):
    scores, enrolled, acquired = study
    fte, fta = shares(TRIALS.genuine, enrolled, acquired)
    fnmr = rate("FNMR", scores, threshold)
    generalised = fte + (1 - fte) * fta + (1 - fte) * (1 - fta) * fnmr
    assert rate("FRR", scores, threshold) == pytest.approx(generalised)
    fte, fta = shares(~TRIALS.genuine, enrolled, acquired)
    generalised = (1 - fte) * (1 - fta) * rate("FMR", scores, threshold)
    assert rate("FAR", scores, threshold) == pytest.approx(generalised)


@settings(max_examples=20, deadline=None)
@given(studies(), st.sampled_from([0.0, 1.0]))
def test_where_failures_are_excluded_the_rates_are_those_of_matching(study, threshold):
    scores, _, _ = study
    left = under("exclude", {"one": scores})["one"]
    assume(len(left.genuine) and len(left.impostor))  # else there is no rate to be equal
    for whole, matching in (("FRR", "FNMR"), ("FAR", "FMR")):
        assert rate(whole, left, threshold) == pytest.approx(rate(matching, scores, threshold))


def test_rejecting_is_not_excluding_where_somebody_fails():
    values = np.where(TRIALS.genuine, 1.0, 0.0)
    values[TRIALS.probe_index == 0] = -np.inf
    scores = Scores(TRIALS, values)
    failed = np.count_nonzero(TRIALS.genuine & (TRIALS.probe_index == 0)) / TRIALS.n_genuine
    assert rate("FRR", scores, 0.5) == pytest.approx(failed)
    assert rate("FNMR", scores, 0.5) == 0
