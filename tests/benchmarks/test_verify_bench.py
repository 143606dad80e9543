"""A report on two million scores, from the command to the page."""

import subprocess
import sys
import time

import numpy as np

SCORES = 1_000_000  # of either side
SECONDS = 5.0


def test_a_report_on_two_million_scores(benchmark, tmp_path):
    rng = np.random.default_rng(0)
    files = [tmp_path / f"{kind}.txt" for kind in ("genuine", "impostor")]
    for path, mean in zip(files, (3.0, 0.0), strict=True):
        np.savetxt(path, rng.normal(mean, 1, SCORES), fmt="%.17g")
    command = [sys.executable, "-m", "align_eval", "verify", *map(str, files)]
    command += ["--out", str(tmp_path / "out")]

    def whole():
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start

    assert benchmark.pedantic(whole, rounds=3) < SECONDS
    assert (tmp_path / "out/report.html").exists()
