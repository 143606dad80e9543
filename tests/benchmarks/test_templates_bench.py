"""IJB's size: eight million pairs of twelve thousand templates, in a process of their own."""

import json
import subprocess
import sys

import numpy as np
import pytest

from verification.templates import pool_templates

PAIRS, TEMPLATES, WIDTH = 8_000_000, 12_000, 512
IMAGES = 227_630

CODE = """
import json, resource, time
import numpy as np
from align_eval.curves import Roc
from align_eval.metrics import parse_metric
from align_eval.trials import Trials
from align_eval.verifying import Embedded, score

def pairs(rng):
    first, second = (rng.integers(0, TEMPLATES, PAIRS) for _ in range(2))
    mates = np.arange(10_000)
    first[mates], second[mates] = mates, (mates + SUBJECTS) % TEMPLATES
    return first, second

PAIRS, TEMPLATES, WIDTH, SUBJECTS = {pairs}, {templates}, {width}, 3_000
rng = np.random.default_rng(0)
people = rng.standard_normal((SUBJECTS, WIDTH), dtype=np.float32)
rows = 0.6 * people[np.arange(TEMPLATES) % SUBJECTS]
rows += rng.standard_normal((TEMPLATES, WIDTH), dtype=np.float32)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
names = tuple(map(str, range(TEMPLATES)))
owners = tuple(f"s{{k % SUBJECTS}}" for k in range(TEMPLATES))
first, second = pairs(rng)
ok = np.ones(TEMPLATES, dtype=bool)
start, cpu = time.perf_counter(), time.process_time()
trials = Trials(names, names, owners, owners, first, second)
scores = score(None, trials, Embedded(rows, rows, ok, ok))
scored = time.perf_counter()
roc = Roc.of(scores)
values = {{m: parse_metric(m).measure(scores, roc).value
          for m in ("EER", "TAR@FAR=1e-4", "TAR@FAR=1e-6")}}
done, cpu = time.perf_counter(), time.process_time() - cpu
chosen = rng.integers(0, PAIRS, 1000)
dots = np.einsum("td,td->t", rows[first[chosen]], rows[second[chosen]], dtype=np.float64)
print(json.dumps({{
    "scored": scored - start, "evaluated": done - scored, "cpu": cpu, "genuine": trials.n_genuine,
    "off": float(np.abs(dots - scores.values[chosen]).max()), **values,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""


def whole():
    code = CODE.format(pairs=PAIRS, templates=TEMPLATES, width=WIDTH)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_eight_million_pairs_are_scored_and_evaluated_in_a_minute_and_two_gigabytes(benchmark):
    found = benchmark.pedantic(whole, rounds=1)
    for key in ("scored", "evaluated", "cpu", "megabytes"):
        benchmark.extra_info[key] = round(found[key], 1)
    assert found["scored"] + found["evaluated"] < 60
    assert found["megabytes"] < 2000
    assert found["off"] < 1e-12
    assert 0 < found["TAR@FAR=1e-6"] < found["TAR@FAR=1e-4"] < 1
    assert 0 < found["EER"] < 0.1


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((IMAGES, WIDTH), dtype=np.float32)
    templates = rng.integers(0, TEMPLATES, IMAGES)
    return features, templates, rng.integers(0, 40, IMAGES), rng.random(IMAGES)


def test_the_images_of_ijb_b_are_pooled_in_half_a_minute(benchmark, images):
    features, templates, media, scores = images
    found = benchmark.pedantic(
        pool_templates,
        args=(features, templates, media),
        kwargs={"detector_scores": scores, "keep_norm": False},
        rounds=1,
    )
    assert found.ok.all()
    assert benchmark.stats.stats.min < 30
