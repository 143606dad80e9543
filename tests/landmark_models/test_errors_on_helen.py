"""Landmark errors against hand-marked points: each bound is the measured error plus a tenth.

They are medians over every eighth of HELEN's 330 test faces, in % of the outer eye distance; a
face without landmarks is infinitely wrong.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from align_eval.datasets.pts_folder import load
from align_eval.detection import choose
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models import CATALOG, DETECTORS

STEP = 8


@dataclass(frozen=True)
class Helen:
    """Faces with each detector's boxes, and their truth."""

    faces: dict
    truth: list
    models: str

    def median_error(self, name, options, boxes):
        model = CATALOG.build(name, options, workers=1)
        found = model.locate(self.faces[boxes])
        pairs = zip(found, self.truth, strict=True)
        return 100 * np.median([np.inf if one is None else error(one, t) for one, t in pairs])


def error(found, truth):
    target = scheme_named("five") if found.scheme.name == "five" else truth.scheme
    marked = truth.to(target)
    indices, points = found.common(target)
    corners = truth.points[list(truth.scheme.indices("left_eye_outer", "right_eye_outer"))]
    gaps = np.linalg.norm(points - marked.points[list(indices)], axis=1)
    return gaps.mean() / np.linalg.norm(corners[1] - corners[0])


@pytest.fixture(scope="module")
def helen(data_root):
    folder = data_root / "research/helen_test_crops"
    if not folder.is_dir():
        pytest.skip("the development data holds no research/helen_test_crops")
    data = load(str(folder))
    faces = [face.with_image(face.load()) for face in data.faces[::STEP]]
    truth = [data.truth[face.id] for face in faces]
    models = str(data_root / "permissive/models")
    detectors = {
        "yunet": DETECTORS.build("yunet", {"path": f"{models}/yunet_n_dynamic.onnx"}),
        "dlib-hog": DETECTORS.build("dlib-hog"),
    }
    boxed = {name: boxes(detector, faces) for name, detector in detectors.items()}
    return Helen({**boxed, "none": faces}, truth, models)


def boxes(detector, faces):
    found = [choose(detector.detect(face.load()), face.load().shape) for face in faces]
    return [face.with_box(one and one.box) for face, one in zip(faces, found, strict=True)]


@pytest.mark.parametrize(
    ("name", "options", "boxes", "measured"),
    [
        ("dlib68", {}, "dlib-hog", 2.25),
        ("dlib68", {"box_from": "yunet"}, "yunet", 2.16),
        ("dlib68", {"box_from": "yunet", "enlarge_to": 640}, "yunet", 2.07),
        ("dlib5", {"box_from": "yunet"}, "yunet", 1.71),
        ("onnx", {"config": "pfld_ghostone98", "path": "pfld_ghostone98.onnx"}, "yunet", 4.06),
        ("onnx", {"config": "pfld_ghostone98", "path": "pfld_ghostone98.onnx"}, "dlib-hog", 4.06),
        ("yunet", {"path": "yunet_n_dynamic.onnx"}, "none", 5.40),
        ("box", {}, "yunet", 13.26),
        ("box", {"layout": "dlib-hog"}, "dlib-hog", 13.97),
    ],
)
def test_the_median_error_stays_what_was_measured(helen, name, options, boxes, measured):
    given = dict(options)
    if "path" in given:
        given["path"] = f"{helen.models}/{given['path']}"
    assert helen.median_error(name, given, boxes) <= 1.1 * measured


def test_a_box_of_another_detector_must_be_corrected_for_dlib(helen):
    corrected = helen.median_error("dlib68", {"box_from": "yunet"}, "yunet")
    assert corrected < 0.9 * helen.median_error("dlib68", {"box_from": "as-is"}, "yunet")


def test_the_description_s_colour_order_beats_the_other(helen):
    path = f"{helen.models}/pfld_ghostone98.onnx"
    options = {"config": "pfld_ghostone98", "path": path}
    right = helen.median_error("onnx", options, "yunet")
    assert right < helen.median_error("onnx", {**options, "colour": "RGB"}, "yunet")


def test_shifted_truth_has_the_error_of_its_shift(helen):
    truth = helen.truth[0]
    corners = truth.points[[36, 45]]
    shift = np.linalg.norm(corners[1] - corners[0]) / 10
    assert error(Landmarks(truth.points + [shift, 0], truth.scheme), truth) == pytest.approx(0.1)
