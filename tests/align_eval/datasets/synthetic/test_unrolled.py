"""The flat map of the head."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic._unrolled import TEXELS, Unrolled

FLAT = Unrolled(1.2, 1.7)


@settings(max_examples=30, deadline=None)
@given(st.floats(-2, 2), st.floats(-1.5, 3), st.floats(-0.6, 0.6))
def test_a_small_step_on_the_head_is_a_small_step_on_the_map(x, y, z):
    here = FLAT([x, y, z])
    there = FLAT([x + 1e-3, y + 1e-3, z])
    assert np.linalg.norm(there - here) < 6e-3


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 2), st.floats(-1.5, 3), st.floats(-0.6, 1))
def test_the_map_is_mirrored_with_the_head(x, y, z):
    left, right = FLAT([-x, y, z]), FLAT([x, y, z])
    np.testing.assert_allclose(left, right * [-1, 1], atol=1e-6)


def test_a_texel_is_looked_up_at_its_own_centre():
    full = FLAT.grid(1)
    spots = full[5:-5:37, 5:-5:41].reshape(-1, 2)
    np.testing.assert_allclose(chart.lookup(full, FLAT.texels(spots)), spots, atol=1e-4)


def test_a_coarse_map_lies_where_the_fine_one_does():
    enlarged = np.dstack([FLAT.enlarged(FLAT.grid(4)[..., k].copy()) for k in range(2)])
    inner = slice(8, -8)
    gap = np.abs(enlarged - FLAT.grid(1))[inner, inner]
    assert gap.max() < 0.5 / TEXELS
