"""A batch of fits against scikit-image one by one, as a ratio in one run."""

from time import perf_counter

import numpy as np
import pytest

from align_eval.similarity import Similarity
from align_eval.templates import arcface

FACES, SAMPLE, WANTED_RATIO = 100_000, 2_000, 100


def test_a_batch_is_a_hundred_times_faster_than_skimage_one_by_one(benchmark):
    transform = pytest.importorskip("skimage.transform")
    target = arcface(112).landmarks.points
    faces = target * 2 + np.random.default_rng(0).normal(50, 5, (FACES, 5, 2))

    def one_by_one():
        start = perf_counter()
        fits = [transform.SimilarityTransform.from_estimate(f, target) for f in faces[:SAMPLE]]
        return (perf_counter() - start) / SAMPLE, np.array([fit.params[:2] for fit in fits])

    one_by_one()
    theirs, expected = min((one_by_one() for _ in range(3)), key=lambda timed: timed[0])
    fitted = benchmark.pedantic(Similarity.fit, (faces, target), rounds=7, warmup_rounds=1)
    ours = benchmark.stats.stats.min / FACES
    np.testing.assert_allclose(fitted.matrix[:SAMPLE], expected, atol=1e-9)
    benchmark.extra_info |= {
        "skimage_us_per_set": theirs * 1e6,
        "ours_us_per_set": ours * 1e6,
        "ratio": theirs / ours,
    }
    assert theirs / ours >= WANTED_RATIO
