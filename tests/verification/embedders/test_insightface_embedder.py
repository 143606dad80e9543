"""insightface's own recogniser is the measure: the same file, the same crop, the same row."""

import hashlib
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip("insightface", reason="needs the extra 'insightface'")

from packs import genderage, manifest, pack, recogniser
from standins import detector, landmarks106

from align_eval.alignment import align
from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError
from align_eval.image import write_png
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template
from verification.embedders import EMBEDDERS
from verification.embedders.insightface_embedder import InsightfaceEmbedder
from verification.embedders.onnx_embedder import OnnxEmbedder

# scikit-image tells insightface so at every crop.
pytestmark = pytest.mark.filterwarnings("ignore:.*estimate.*is deprecated:FutureWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("packs") / "buffalo_l")


def crops(count, side=112, seed=0):
    draw = np.random.default_rng(seed)
    return list(draw.integers(0, 256, (count, side, side, 3), dtype=np.uint8))


def own(path, crop):
    """insightface's row of an RGB crop."""
    from insightface.model_zoo import get_model

    model = get_model(str(path), providers=["CPUExecutionProvider"])
    return model.get_feat(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))[0]


@pytest.mark.parametrize("scaling", [False, True])
@pytest.mark.parametrize("side", [112, 128])
def test_a_row_is_insightface_s_to_the_bit(tmp_path, scaling, side):
    path = recogniser(tmp_path / "r.onnx", side=side, scaling=scaling)
    embedder = InsightfaceEmbedder(path, batch_size=1, threads=1)
    assert (embedder.size, embedder.template) == ((side, side), f"arcface{side}")
    for crop, row in zip(crops(3, side), embedder.embed(crops(3, side)), strict=True):
        assert np.array_equal(row, own(path, crop))


def test_the_mean_and_scale_are_those_that_insightface_reads_off_the_network(tmp_path):
    plain = InsightfaceEmbedder(recogniser(tmp_path / "plain.onnx"))
    itself = InsightfaceEmbedder(recogniser(tmp_path / "itself.onnx", scaling=True))
    about = [(one.provenance["mean"], one.provenance["scale"]) for one in (plain, itself)]
    assert about == [(127.5, 1 / 127.5), (0.0, 1.0)]
    np.testing.assert_allclose(plain.embed(crops(2)), itself.embed(crops(2)), rtol=1e-4, atol=1e-5)


def test_it_is_the_onnx_embedder_told_what_insightface_finds_out(tmp_path):
    path = recogniser(tmp_path / "r.onnx")
    rows = InsightfaceEmbedder(path).embed(crops(4))
    np.testing.assert_allclose(OnnxEmbedder(path).embed(crops(4)), rows, rtol=1e-4, atol=1e-5)
    wrong = OnnxEmbedder(path, colour="BGR").embed(crops(4))
    assert np.abs(wrong - rows).max() > 0.01


def test_a_face_of_faceanalysis_has_the_row_of_its_crop(folder):
    from insightface.app import FaceAnalysis

    app = FaceAnalysis(str(folder), providers=["CPUExecutionProvider"])
    app.prepare(0, det_size=(640, 640))
    image = np.random.default_rng(1).integers(0, 256, (640, 640, 3)).astype(np.uint8)
    image[..., 2] = 0
    image[192:224, 160:192, 2] = 255
    (face,) = app.get(image)
    rgb = np.ascontiguousarray(image[..., ::-1])
    crop = align(rgb, Landmarks(face.kps, scheme_named("five")), template("arcface112")).image
    row = InsightfaceEmbedder(str(folder), batch_size=1, threads=1).embed([crop])[0]
    np.testing.assert_allclose(row, face.embedding, atol=2e-3)
    assert np.abs(face.embedding).max() > 0.1


@pytest.mark.parametrize("batch", ["N", 1, 3])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_free_and_fixed_batches_give_a_row_for_each_crop_in_order(tmp_path, batch, count):
    path = recogniser(tmp_path / "r.onnx", batch=batch, width=8)
    embedder = InsightfaceEmbedder(path, batch_size=4)
    together = embedder.embed(crops(count))
    assert together.shape == (count, 8)
    single = [embedder.embed([crop]) for crop in crops(count)]
    np.testing.assert_allclose(together, np.concatenate(single), rtol=1e-5, atol=1e-6)


def test_a_pack_gives_the_recogniser_that_faceanalysis_would_load(folder, tmp_path):
    from insightface.app import FaceAnalysis

    made = InsightfaceEmbedder(str(folder))
    assert (made.name, made.provenance["weights"]) == ("w600k_r50", "w600k_r50.onnx")
    for name in ("z.onnx", "b.onnx", "c.onnx"):
        recogniser(tmp_path / name, width=4 if name == "b.onnx" else 8)
    detector(tmp_path / "det_1.onnx")
    genderage(tmp_path / "a.onnx")
    app = FaceAnalysis(str(tmp_path), providers=["CPUExecutionProvider"])
    assert app.models["recognition"].model_file.endswith("b.onnx")
    assert InsightfaceEmbedder(str(tmp_path)).name == "b"


def test_a_manifest_names_the_recogniser_and_how_it_is_fed(tmp_path):
    recogniser(tmp_path / "a.onnx")
    file = recogniser(tmp_path / "b.onnx", width=16)
    about = {"file": "b.onnx", "preprocessing": {"mean": 10, "std": 20}}
    manifest(tmp_path, recognition=about)
    embedder = InsightfaceEmbedder(str(tmp_path))
    assert (embedder.name, embedder.provenance["mean"]) == ("b", 10.0)
    wanted = OnnxEmbedder(file, mean=10, scale=1 / 20).embed(crops(2))
    np.testing.assert_allclose(embedder.embed(crops(2)), wanted, rtol=1e-4, atol=1e-5)
    manifest(tmp_path, recognition={**about, "sha256": "0" * 64})
    with pytest.raises(ConfigError, match=r"embedder 'insightface' cannot use .*"):
        InsightfaceEmbedder(str(tmp_path))


def test_the_catalogue_knows_it_and_its_pipeline_verifies(folder, tmp_path):
    from verification.visible import EmbeddingPipeline

    embedder = EMBEDDERS.build("insightface", {"path": str(folder)}, workers=1)
    rows = embedder.embed(crops(2))
    table = {"name": "insightface", "path": str(folder)}
    with EmbeddingPipeline(table, workers=1) as pipeline:
        assert pipeline.template.name == "arcface112"
        scores = pipeline.enroll(crops(2), ["a", "b"]) @ pipeline.probe(crops(2)).T
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(scores, unit @ unit.T, atol=1e-5)


def test_provenance_says_what_ran_and_threads_are_those_asked_for(tmp_path):
    path = recogniser(tmp_path / "r.onnx")
    embedder = InsightfaceEmbedder(path, workers=1, normalise=True)
    made = embedder.provenance
    assert made["sha256"] == hashlib.sha256((tmp_path / "r.onnx").read_bytes()).hexdigest()
    assert (made["provider"], made["threads"]) == ("CPUExecutionProvider", 1)
    assert made["insightface"][0].isdigit()
    session = InsightfaceEmbedder(path, threads=2, workers=1)._model.session
    assert session.get_session_options().intra_op_num_threads == 2
    lengths = np.linalg.norm(embedder.embed(crops(3)), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-6)


def test_what_is_no_recogniser_is_told_in_one_line(tmp_path):
    empty, others, broken = (tmp_path / name for name in ("empty", "others", "broken"))
    for place in (empty, others, broken):
        place.mkdir()
    det = detector(others / "det.onnx")
    points = landmarks106(others / "points.onnx")
    (broken / "x.onnx").write_bytes(b"no model at all")
    write_png(tmp_path / "image.png", np.zeros((4, 4), np.uint8))
    odd = recogniser(tmp_path / "odd.onnx", side=120)
    for path, message in (
        ("", "wants the option path: a recogniser's ONNX file, or the folder of a pack"),
        (str(tmp_path / "none.onnx"), "there is no weights file"),
        (str(tmp_path / "image.png"), r"wants a file that ends in \.onnx, got 'image.png'"),
        (det, r"takes det\.onnx for detection"),
        (points, r"takes points\.onnx for landmark_2d_106"),
        (odd, r"takes odd\.onnx for nothing it knows"),
        (str(empty), "finds no recogniser in the folder .*: no ONNX file"),
        (str(others), r"finds no recogniser in the folder .*: det\.onnx, points\.onnx"),
        (str(broken), r"cannot use x\.onnx: "),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            InsightfaceEmbedder(path)
        assert "\n" not in str(caught.value)


def test_options_that_do_not_fit_are_told_in_one_line(tmp_path):
    path = recogniser(tmp_path / "r.onnx")
    for options, message in (
        ({"batch_size": 0}, "must be positive"),
        ({"threads": -1}, "must be positive"),
    ):
        with pytest.raises(ConfigError, match=message):
            InsightfaceEmbedder(path, **options)
    with pytest.raises(UnknownNameError, match="Did you mean 'CUDAExecutionProvider'"):
        InsightfaceEmbedder(path, providers="CUDAExecutionProvder")
    with pytest.raises(ConfigError, match=r"112 × 112 .* got shape \(128, 128, 3\) at number 0"):
        InsightfaceEmbedder(path).embed(crops(1, 128))


def test_a_missing_package_names_its_extra(tmp_path, monkeypatch):
    path = recogniser(tmp_path / "r.onnx")
    monkeypatch.setitem(sys.modules, "insightface", None)
    with pytest.raises(MissingExtraError, match=r"align-eval\[insightface\]"):
        InsightfaceEmbedder(path)
