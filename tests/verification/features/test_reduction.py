"""Principal components."""

import numpy as np
import pytest

from align_eval.errors import DataError
from verification.features.reduction import Reduction


def test_it_keeps_what_varies_most():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    spread = np.array([10.0, 5.0, 3.0] + [0.01] * 17)
    rows = (rng.normal(size=(30, 40, 20)) * spread @ axes.T + 7).astype(np.float32)
    reduce = Reduction(rows, 3)
    assert reduce.explained > 0.999
    reduced = reduce(rows)
    assert reduced.shape == (30, 40, 3)
    assert np.abs(reduced.mean(axis=(0, 1))).max() < 1e-3
    assert np.allclose(reduced.std(axis=(0, 1)), [10, 5, 3], rtol=0.1)


def test_no_more_dimensions_than_there_are():
    rows = np.random.default_rng(0).normal(size=(4, 9, 6)).astype(np.float32)
    assert Reduction(rows, 64)(rows).shape == (4, 9, 6)


def test_too_few_descriptors_are_refused():
    with pytest.raises(DataError, match="6 components want more than 4 descriptors"):
        Reduction(np.zeros((2, 2, 6), np.float32), 64)
