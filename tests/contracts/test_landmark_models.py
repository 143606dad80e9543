"""What every landmark model and every detector of the catalogues keeps."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import standins
from stores import made_dataset

from align_eval.checks import check, check_detector, check_landmark_model, require
from align_eval.detection import choose
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile
from align_eval.interfaces import DatasetBound, Detector, LandmarkModel
from landmark_models import CATALOG, DETECTORS
from landmark_models.fitted import FittedModel

NEEDS_DATA = {
    "yunet": "permissive/models/yunet_n_dynamic.onnx",
    "mediapipe_mesh": "permissive/models/mp_face_landmark.tflite",
}
PACKAGES = {"dlib": "dlib", "insightface": "insightface", "fan": "face_alignment"}
STANDINS = {
    "insightface_106": standins.landmarks106,
    "insightface_kps": partial(standins.detector, steady=True),
    "insightface": partial(standins.detector, steady=True),
    "tfan": standins.tfan,
}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A random linear network from a 32-pixel crop to five points."""
    from onnx import TensorProto, helper, numpy_helper, save

    matrix = np.random.default_rng(0).normal(size=(48, 10)).astype(np.float32) / 255
    pool = {"kernel_shape": [8, 8], "strides": [8, 8]}
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["image"], ["means"], **pool),
            helper.make_node("Flatten", ["means"], ["row"]),
            helper.make_node("MatMul", ["row", "matrix"], ["points"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 32, 32])],
        [helper.make_tensor_value_info("points", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    path = tmp_path_factory.mktemp("network") / "tiny.onnx"
    opset = [helper.make_opsetid("", 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return str(path)


def build(catalog, name, request):
    """The object with what it cannot do without, or a skip that says what is missing."""
    for start, package in PACKAGES.items():
        if name.startswith(start) and find_spec(package) is None:
            pytest.skip(f"needs the extra {start!r}")
    options = {}
    if name in STANDINS:
        folder = request.getfixturevalue("tmp_path_factory").mktemp(name)
        options = {"path": STANDINS[name](folder / "standin.onnx")}
    elif name == "onnx":
        options = {"path": request.getfixturevalue("network"), "scheme": "five"}
    elif name in NEEDS_DATA:
        options = {"path": str(request.getfixturevalue("data_root") / NEEDS_DATA[name])}
    if name == "fallback":
        options = {"models": ["dan", "box"]}
    if name == "fitted":
        options = {"task": "dan", "epochs": 0.02}
    made = catalog.build(name, options, workers=1, seed=0)
    if name == "fitted":
        made.fit({"drawn": made_dataset(["tested", "a", "b", "c"])})
    return made


@pytest.fixture(params=list(CATALOG))
def model(request):
    return build(CATALOG, request.param, request)


@pytest.fixture(params=list(DETECTORS))
def detector(request):
    return build(DETECTORS, request.param, request)


@pytest.fixture(scope="module")
def photographs(data_root):
    """Three photographs with the boxes of YuNet."""
    paths = sorted((data_root / "permissive/frll/neutral_front").glob("*.jpg"))[:3]
    yunet = DETECTORS.build("yunet", {"path": str(data_root / NEEDS_DATA["yunet"])})
    faces = []
    for path in paths:
        face = Face(path.name, path.stem, Modality.VISIBLE, ImageFile(path))
        image = face.load()
        faces.append(face.with_box(choose(yunet.detect(image), image.shape).box).with_image(image))
    return faces


def test_every_landmark_model_keeps_the_contract(model):
    assert isinstance(model, DatasetBound | LandmarkModel)
    require(check(model))


def test_every_landmark_model_keeps_it_on_photographs_and_finds_every_face(model, photographs):
    findings = check_landmark_model(model, photographs)
    require(findings)
    assert "3 of 3 found" in [law.detail for law in findings]


def test_every_detector_keeps_the_contract(detector):
    assert isinstance(detector, Detector)
    require(check_detector(detector))


def test_every_detector_keeps_it_on_photographs_and_finds_one_face_each(detector, photographs):
    findings = check_detector(detector, [face.load() for face in photographs])
    require(findings)
    assert "3 faces in 3 images" in [law.detail for law in findings]


def test_every_entry_can_be_given_a_name(request, model):
    if model.name == "ground_truth":
        pytest.skip("ground truth is always called so")
    if model.name == "fitted":
        assert FittedModel("dan", name="other").name == "other"
        return
    named = type(model)(**{**model._options, "name": "other"})
    assert named.name == "other"


def test_every_model_that_reads_weights_says_which(model):
    if model.name in ("ground_truth", "box", "perturbed"):
        assert not hasattr(model, "provenance")
        return
    about = model.provenance
    if model.name == "fitted":  # it has made its own
        assert about["trained on"]
    elif model.name == "fallback":
        assert about["models"] == "dan, box"
        assert about["dan weights"]
        assert len(about["dan sha256"]) == 64
    else:
        assert about["weights"]
        assert len(about["sha256"]) == 64
    assert all(isinstance(value, str | int | float) for value in about.values())


@pytest.mark.parametrize("catalog", [CATALOG, DETECTORS], ids=["models", "detectors"])
def test_every_entry_has_one_line_of_summary(catalog):
    for name in catalog:
        assert "\n" not in catalog[name].summary
        assert catalog[name].summary
