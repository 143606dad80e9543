"""What a crop costs thermal-to-visible verification, beside dlib's embedding of one."""

from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np
import pytest

from align_eval.faces import Face, Modality
from verification.embedders import EMBEDDERS
from verification.thermal import dpm_pls

CROPS = 64


def faces(count):
    return [
        Face(f"f{k}", f"s{k // 4}", list(Modality)[k % 2], lambda: None, None, {"pair": k // 2})
        for k in range(count)
    ]


def crops(some):
    draw = np.random.default_rng(0)
    return [
        draw.integers(0, 256, (150, 110, 3), dtype=np.uint8)
        if face.modality is Modality.VISIBLE
        else draw.integers(29000, 31000, (150, 110), dtype=np.uint16)
        for face in some
    ]


def milliseconds(function, some):
    started = perf_counter()
    function(some)
    return 1e3 * (perf_counter() - started) / len(some)


def test_a_probe_costs_a_tenth_of_dlibs_embedding(benchmark):
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        pytest.skip("needs the extra 'dlib'")
    known = faces(CROPS)
    pipeline, dlib = dpm_pls(workers=1), EMBEDDERS.build("dlib", {}, workers=1)
    pipeline.fit(crops(known), known, references=Modality.VISIBLE, probes=Modality.THERMAL)
    probes = [crop for crop in crops(known) if crop.ndim == 2]
    chips = np.random.default_rng(0).integers(0, 256, (8, 150, 150, 3), dtype=np.uint8)
    pairs = [
        (milliseconds(pipeline.probe, probes), milliseconds(dlib.embed, chips)) for _ in range(5)
    ]
    own, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    benchmark.extra_info.update({"ms a crop": own, "dlib": theirs, "ratio to dlib": own / theirs})
    benchmark.pedantic(pipeline.probe, (probes,), rounds=1)
    assert own < 0.1 * theirs
