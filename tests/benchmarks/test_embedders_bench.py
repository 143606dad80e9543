"""What the pipeline costs beside the network it runs, as ratios within one run."""

from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np
import pytest

from verification.measures import compare
from verification.visible import EmbeddingPipeline

CHIPS = 64


def seconds(function):
    started = perf_counter()
    function()
    return perf_counter() - started


def ratio(benchmark, ours, bare, rounds):
    """Our time over the bare time, taken in turns so that a busy machine troubles both alike."""
    ours(), bare()
    pairs = [(seconds(bare), seconds(ours)) for _ in range(rounds)]
    found = median(mine / theirs for theirs, mine in pairs)
    benchmark.extra_info["ratio"] = round(found, 3)
    benchmark.pedantic(ours, rounds=1)
    return found


def chips(side):
    draw = np.random.default_rng(0)
    return list(draw.integers(0, 256, (CHIPS, side, side, 3), dtype=np.uint8))


def test_the_pipeline_adds_little_to_dlibs_network(benchmark):
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        pytest.skip("needs the extra 'dlib'")
    import dlib

    pipeline, some = EmbeddingPipeline("dlib", workers=1), chips(150)
    network = dlib.face_recognition_model_v1(str(pipeline.embedder._weights))

    def bare():
        return [network.compute_face_descriptor(chip) for chip in some]

    assert ratio(benchmark, lambda: pipeline.probe(some), bare, 2) < 1.1


def network(path):
    """A stack of convolutions of 0.5 GFLOP a crop; ArcFace's ResNet-50 needs 25 times that."""
    from onnx import TensorProto, helper, numpy_helper, save

    draw = np.random.default_rng(0)
    shapes = [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64, 3, 3), (128, 128, 3, 3)]
    strides, nodes, weights, last = [1, 2, 2, 1], [], [], "image"
    for i, (shape, stride) in enumerate(zip(shapes, strides, strict=True)):
        values = draw.normal(size=shape, scale=np.sqrt(2 / np.prod(shape[1:])))
        weights.append(numpy_helper.from_array(values.astype(np.float32), f"w{i}"))
        options = {"strides": [stride, stride], "pads": [1, 1, 1, 1]}
        nodes.append(helper.make_node("Conv", [last, f"w{i}"], [f"c{i}"], **options))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"]))
        last = f"r{i}"
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["row"]))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 112, 112])
    row = helper.make_tensor_value_info("row", TensorProto.FLOAT, ["N", 128])
    graph = helper.make_graph(nodes, "convolutions", [image], [row], weights)
    opset = [helper.make_opsetid("", 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return str(path)


def test_the_pipeline_adds_little_to_an_onnx_network(benchmark, tmp_path):
    options = {"name": "onnx", "path": network(tmp_path / "convolutions.onnx"), "threads": 1}
    pipeline, some = EmbeddingPipeline(options), chips(112)
    embedder = pipeline.embedder
    stacked = np.stack(some).transpose(0, 3, 1, 2).astype(np.float32)
    batches = [np.ascontiguousarray(stacked[i : i + 16]) for i in range(0, CHIPS, 16)]

    def bare():
        return [embedder._session.run(None, {"image": batch}) for batch in batches]

    assert ratio(benchmark, lambda: pipeline.probe(some), bare, 7) < 1.15


def test_a_million_euclidean_scores_cost_less_than_one_array_expression(benchmark):
    draw = np.random.default_rng(0)
    a, b = (draw.normal(size=(1_000_000, 128)).astype(np.float32) for _ in range(2))

    def bare():
        return -np.linalg.norm(a.astype(np.float64) - b, axis=1)

    assert ratio(benchmark, lambda: compare(a, b, "euclidean"), bare, 3) < 1
