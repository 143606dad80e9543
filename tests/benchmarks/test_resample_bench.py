"""The bootstrap at full size: 5 aligners, 1e5 trials of 200 subjects, 1,000 resamples."""

import numpy as np
import pytest

from align_eval.dataset import Trials
from align_eval.resample import compare
from align_eval.scores import Scores

SUBJECTS, REFERENCES, PROBES = 200, 200, 500
METRICS = ["EER", "TAR@FAR=1e-2", "TAR@FAR=1e-3", "AUC"]


def make_scores(genuine_share):
    rng = np.random.default_rng(0)
    subjects = {f"r{i}": f"s{i}" for i in range(REFERENCES)}
    subjects |= {f"p{j}": f"s{j % SUBJECTS}" for j in range(PROBES)}
    count = REFERENCES * PROBES
    probe = rng.integers(0, PROBES, count)
    reference = rng.integers(0, REFERENCES, count)
    reference = np.where(rng.random(count) < genuine_share, probe % SUBJECTS, reference)
    names = [f"r{i}" for i in reference], [f"p{j}" for j in probe]
    trials = Trials.pairs(*names, subjects)
    signal = np.where(trials.genuine, 2.0, 0.0)
    return {
        f"aligner {i}": Scores(trials, rng.normal(0, 1, count) + signal + 0.05 * i)
        for i in range(5)
    }


@pytest.mark.parametrize("genuine_share", [0.01, 0.5])
def test_a_thousand_resamples_of_five_aligners_take_seconds(benchmark, genuine_share):
    scores = make_scores(genuine_share)
    table = benchmark.pedantic(
        compare,
        args=(scores, "aligner 0", METRICS),
        kwargs={"resamples": 1000},
        rounds=1,
    )
    assert table["low"].notna().all()
    assert len(table) == 20
    assert benchmark.stats.stats.max < 10
