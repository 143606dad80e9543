import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from align_eval import weights
from align_eval.alignment import align
from align_eval.errors import ConfigError, MissingExtraError
from align_eval.image import to_rgb
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template
from verification.embedders import _dlib_worker, dlib_embedder
from verification.embedders.dlib_embedder import DlibEmbedder
from verification.visible import EmbeddingPipeline

if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
    pytest.skip("needs the extra 'dlib'", allow_module_level=True)


def chips(count, seed=0):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 150, 150, 3), dtype=np.uint8))


def test_rows_are_dlibs_own_and_not_of_unit_length():
    import dlib

    embedder, (chip,) = DlibEmbedder(workers=1), chips(1)
    direct = dlib.face_recognition_model_v1(str(embedder._weights)).compute_face_descriptor(chip)
    row = embedder.embed([chip])
    assert (row[0] == np.array(direct, dtype=np.float32)).all()
    assert abs(np.linalg.norm(row[0]) - 1) > 0.05


def test_the_number_of_workers_changes_no_bit(monkeypatch):
    monkeypatch.setattr(dlib_embedder, "_CHUNK", 1)
    crops = chips(4)
    with DlibEmbedder(workers=2) as two:
        rows = two.embed(crops)
    assert rows.tobytes() == DlibEmbedder(workers=1).embed(crops).tobytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_crops_are_read_a_bounded_number_ahead(workers, monkeypatch):
    read, ahead = [], []

    def describe(some):
        ahead.append(len(read) - 8 * len(ahead))
        return np.zeros((len(some.pixels), 128), np.float32)

    def in_order(function, tasks):
        return map(function, tasks)

    def source():
        for chip in chips(1) * 40:
            read.append(chip)
            yield chip

    monkeypatch.setattr(dlib_embedder, "describe", describe)
    embedder = DlibEmbedder(workers=workers)
    monkeypatch.setattr(embedder._pool, "map", in_order)  # its own bound is tested with it
    assert embedder.embed(source()).shape == (40, 128)
    assert ahead == [8] * 5


def test_the_weights_are_loaded_once_in_a_process():
    _dlib_worker._network.cache_clear()
    embedder = DlibEmbedder(workers=1)
    embedder.embed(chips(1))
    embedder.embed(chips(1))
    assert _dlib_worker._network.cache_info().misses == 1


def test_no_crops_need_no_process():
    embedder = DlibEmbedder(workers=2)
    assert embedder.embed([]).shape == (0, 128)
    assert embedder._pool._executor is None


def test_as_many_workers_as_cores_by_default_and_at_least_one():
    assert DlibEmbedder().provenance["workers"] == os.cpu_count()
    with pytest.raises(ConfigError, match="at least one worker, got 0"):
        DlibEmbedder(workers=0)


def test_provenance_names_the_weights():
    made = DlibEmbedder(workers=1).provenance
    assert made["weights"] == "dlib_face_recognition_resnet_model_v1.dat"
    assert len(made["sha256"]) == 64


@pytest.mark.parametrize(
    ("module", "absent"),
    [(dlib_embedder, "dlib"), (weights, "face_recognition_models")],
)
def test_a_missing_package_is_named_with_its_extra(module, absent, monkeypatch):
    found = module.find_spec
    monkeypatch.setattr(module, "find_spec", lambda n: None if n == absent else found(n))
    with pytest.raises(MissingExtraError, match=rf"'{absent}': pip install 'align-eval\[dlib\]'"):
        EmbeddingPipeline("dlib")


@pytest.fixture(scope="module")
def lfw():
    """A few real pairs with the points that YuNet finds: (images, points, pairs)."""
    import cv2

    data = os.environ.get("ALIGN_EVAL_DATA")
    root = Path(data or "") / "research" / "lfw_dev"
    if not data or not root.is_dir():
        pytest.skip("needs lfw_dev: set ALIGN_EVAL_DATA to the data folder")
    model = Path(data) / "permissive" / "models" / "yunet_n_dynamic.onnx"
    detector = cv2.FaceDetectorYN.create(str(model), "", (150, 150), 0.5)
    lines = [line.split("\t") for line in (root / "pairsDevTest.txt").read_text().splitlines()]
    genuine = [((n, a), (n, b)) for n, a, b in (f for f in lines if len(f) == 3)]
    impostor = [((n, a), (m, b)) for n, a, m, b in (f for f in lines if len(f) == 4)]
    pairs = genuine[10:22] + impostor[10:22]
    images, points = {}, {}
    for name, number in dict.fromkeys(face for pair in pairs for face in pair):
        image = cv2.imread(str(root / "images" / name / f"{name}_{int(number):04}.jpg"))
        found = detector.detect(image)[1]
        middle = found[:, :2] + found[:, 2:4] / 2 - 74.5
        nearest = found[np.argmin(np.hypot(*middle.T))]
        images[name, number] = image[..., ::-1]
        points[name, number] = Landmarks(nearest[4:14].reshape(5, 2), scheme_named("five"))
    return images, points, pairs


def separation(lfw, wanted):
    """d′ of the scores when faces are aligned to a template of 150 × 150."""
    images, points, pairs = lfw
    with EmbeddingPipeline("dlib", template=wanted, workers=2) as pipeline:
        rows = pipeline.embed(align(to_rgb(images[f]), points[f], wanted).image for f in images)
    place = {face: i for i, face in enumerate(images)}
    first, second = ([place[pair[side]] for pair in pairs] for side in (0, 1))
    scores = pipeline.score(rows[first], rows[second])
    genuine, impostor = scores[:12], scores[12:]
    spread = np.sqrt((genuine.var() + impostor.var()) / 2)
    return (genuine.mean() - impostor.mean()) / spread, genuine, impostor


def test_real_people_are_told_apart_far_better_on_dlibs_own_template(lfw):
    own, genuine, impostor = separation(lfw, template("dlib150"))
    layout = {"name": "scaled", "size": [150, 150], "scheme": "five"}
    points = template("arcface112").landmarks.points * (150 / 112)
    other = separation(lfw, type(template("dlib150")).from_config({**layout, "points": points}))[0]
    assert ((genuine > -0.6).mean() + (impostor <= -0.6).mean()) / 2 > 0.9  # King's threshold
    assert own > 1.5 * other
