"""What a face costs each shipped landmark model on one core, beside dlib's 68 points."""

from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np
import pytest

import landmark_models
from align_eval.faces import Box, Face, Modality

# Milliseconds a face on one core, crop and decoding included.
BUDGETS = {"dmsl": 15.0, "chu": 15.0, "dan": 10.0, "mtcnn": 2.0, "pbc": 30.0}
FACES, SIDE = 32, 256


def faces():
    draw = np.random.default_rng(0)
    return [
        Face(
            f"f{k}", "s", Modality.VISIBLE, lambda: None, Box(60.0, 70.0, 130.0, 140.0)
        ).with_image(draw.integers(0, 256, (SIDE, SIDE), dtype=np.uint8))
        for k in range(FACES)
    ]


def milliseconds(model, some):
    started = perf_counter()
    model.locate(some)
    return 1e3 * (perf_counter() - started) / len(some)


@pytest.mark.parametrize("name", BUDGETS)
def test_a_face_costs_no_more_than_its_budget(benchmark, name):
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        pytest.skip("needs the extra 'dlib'")
    model = landmark_models.CATALOG.build(name, {}, workers=1)
    other, some = landmark_models.CATALOG.build("dlib68", {}, workers=1), faces()
    model.locate(some), other.locate(some)
    pairs = [(milliseconds(model, some), milliseconds(other, some)) for _ in range(7)]
    own, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    benchmark.extra_info.update(
        {"ms a face": own, "dlib68": theirs, "ratio to dlib68": own / theirs}
    )
    benchmark.pedantic(model.locate, (some,), rounds=1)
    assert own <= BUDGETS[name]
