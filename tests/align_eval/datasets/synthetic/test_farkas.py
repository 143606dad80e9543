"""Measurements of the parametric head against the published ones."""

import numpy as np
import pytest

from align_eval.datasets.synthetic.heads._assembly import assemble
from align_eval.datasets.synthetic.heads._farkas import MEASUREMENTS, effects, measure
from align_eval.datasets.synthetic.heads.parametric import load

DEVIATIONS = np.array([measurement.deviation for measurement in MEASUREMENTS])
MEANS = np.array([measurement.mean for measurement in MEASUREMENTS])


@pytest.fixture(scope="module")
def head():
    return assemble()


def test_a_measurements_mode_changes_it_by_one_deviation_and_no_other(head):
    change = effects(head, load().identity.astype(np.float64))
    np.testing.assert_allclose(change, np.eye(*change.shape), atol=5e-3)


def test_the_mean_head_measures_as_published(head):
    off = dict(
        zip(
            (measurement.name for measurement in MEASUREMENTS),
            (measure(head, head.places) - MEANS) / DEVIATIONS,
            strict=True,
        )
    )
    # iBUG's corners of the eye lie inside the canthi that callipers find.
    assert off.pop("eye fissure length") < 0
    assert max(abs(value) for value in off.values()) < 2


def test_a_population_spreads_as_published(head):
    modes = load().identity.astype(np.float64)
    weights = np.random.default_rng(1).normal(size=(150, len(modes)))
    ends = [measure(head, head.places + np.tensordot(w, modes, 1)) for w in weights]
    np.testing.assert_allclose(np.std(ends, axis=0), DEVIATIONS, rtol=0.25)
