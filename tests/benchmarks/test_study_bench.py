"""What a whole study costs beside the network that it cannot do without."""

import os
import time

import numpy as np
import pytest

from align_eval import app
from align_eval.result import Key
from verification.embedders.dlib_embedder import DlibEmbedder

pytest.importorskip("dlib", reason="needs the extra 'dlib'")


def test_the_lfw_study_takes_at_most_a_quarter_more_than_its_embedder(
    benchmark, data_root, tmp_path
):
    def whole():
        return app.run("lfw_aligners", tmp_path / "run", data_root=data_root)

    result = benchmark.pedantic(whole, rounds=1)
    aligners = [part["name"] for part in result.study["aligners"]]
    first = result.scores[Key("lfw", "dlib", aligners[0])]
    acquired = len(first.trials.faces) - int(result.rows["fta"].iloc[0])

    def chips():
        rng = np.random.default_rng(0)
        for _ in range(acquired):
            yield rng.integers(0, 256, (150, 150, 3), dtype=np.uint8)

    embedder = DlibEmbedder(workers=os.cpu_count())
    start = time.perf_counter()
    assert embedder.embed(chips()).shape == (acquired, 128)
    alone = (time.perf_counter() - start) * len(aligners)
    embedder.close()
    ratio = benchmark.stats.stats.total / alone
    benchmark.extra_info.update(embedder_seconds=alone, ratio=ratio)
    assert ratio <= 1.25
