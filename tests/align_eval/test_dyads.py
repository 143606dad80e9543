from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval._dyads import pair_variance, sum_variance


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-2, 2)), max_size=12))
def test_every_product_of_two_trials_that_share_a_subject_counts_once(trials):
    first, second = (np.array([t[k] for t in trials], dtype=np.intp) for k in (0, 1))
    values = np.array([t[2] for t in trials], dtype=np.float64)
    people = [{t[0], t[1]} for t in trials]
    couples = list(product(zip(values, people, strict=True), repeat=2))
    shared = sum(a * b for (a, p), (b, q) in couples if p & q)
    same = sum(a * b for (a, p), (b, q) in couples if p == q)
    found = sum_variance(first, second, values)
    assert found == pytest.approx(max(shared, same), abs=1e-9)
    assert pair_variance(first, second, values) == pytest.approx(same, abs=1e-9)
    assert found == pytest.approx(sum_variance(second, first, values), abs=1e-12)
