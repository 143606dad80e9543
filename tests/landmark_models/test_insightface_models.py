"""Stand-in networks show what insightface's crops, colours and decoding make of an image."""

import pickle
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip("insightface", reason="needs the extra 'insightface'")

from packs import manifest
from standins import (
    BOX_IN_CELLS,
    FIVE_IN_CELLS,
    detector,
    landmarks106,
    matrix,
    normalised_by_itself,
)

from align_eval._drawn import drawn_faces
from align_eval.checks import check, require
from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError
from align_eval.faces import Box
from align_eval.schemes import jd106, scheme_named
from landmark_models.insightface_models import Insightface106, InsightfaceDetector


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("insightface")
    return {
        "plain": landmarks106(folder / "2d106det.onnx"),
        "scaling": normalised_by_itself(folder / "scaling.onnx"),
        "det": detector(folder / "det_500m.onnx"),
        "folder": str(folder),
    }


def expected(image, box):
    """The stand-in's points by the recipe of insightface, written out once more."""
    scale = 192 / (1.5 * max(box.width, box.height))
    x, y = box.centre
    to_crop = np.array([[scale, 0, 96 - scale * x], [0, scale, 96 - scale * y]])
    crop = cv2.warpAffine(image, to_crop, (192, 192))
    values = (crop.astype(np.float32).transpose(2, 0, 1) - 127.5) / 128
    means = values.reshape(3, 4, 48, 4, 48).mean(axis=(2, 4)).ravel()
    output = (means @ matrix(48, 212)).reshape(106, 2)
    return ((output + 1) * 96 - 96) / scale + (x, y)


@pytest.mark.parametrize("kind", ["plain", "scaling"])
def test_the_106_points_are_those_of_insightface_s_recipe_in_rgb(files, kind):
    model = Insightface106(files[kind])
    for face in drawn_faces():
        found = model.locate([face])[0]
        points = expected(face.load(), face.box)
        np.testing.assert_allclose(found.points, points, atol=2e-3)
        assert np.abs(points - expected(face.load()[..., ::-1], face.box)).max() > 0.1


def test_points_move_and_grow_with_image_and_box(files):
    model, face = Insightface106(files["plain"]), drawn_faces(1)[0]
    image, box = face.load(), face.box
    moved = face.with_image(np.roll(image, (6, 10), axis=(0, 1)))
    moved = moved.with_box(Box(box.x + 10, box.y + 6, *box[2:]))
    first, second = model.locate([face, moved])
    np.testing.assert_allclose(second.points, first.points + [10, 6], atol=0.5)


def test_the_order_is_a_permutation_of_jd_s_and_gives_the_five_points_in_common_use():
    scheme = scheme_named("insightface106")
    assert sorted(scheme.points) == sorted(jd106.POINTS)
    assert scheme.indices("nose_tip", "left_mouth", "right_mouth") == (86, 52, 61)
    corners = ("left_eye_outer", "left_eye_inner", "right_eye_inner", "right_eye_outer")
    assert scheme.indices(*corners) == (35, 39, 89, 93)
    _, weights = scheme.conversion(scheme_named("five"))
    assert np.flatnonzero(weights[0]).tolist() == [34, 38]
    assert np.flatnonzero(weights[1]).tolist() == [88, 92]
    assert scheme.indices("jaw_0", "jaw_8", "jaw_16", "subnasale") == (1, 0, 17, 80)


def test_faces_that_cannot_be_cut_out_are_not_found(files):
    model, face = Insightface106(files["plain"]), drawn_faces(1)[0]
    assert model.locate([face.with_box(None), face.with_box(Box(900, 9, 9, 9))]) == [None] * 2


def spotted(*cells, side=640):
    """Bright red squares of 32 px on black, at cells (column, row) of insightface's grid."""
    image = np.zeros((side, side, 3), np.uint8)
    for column, row in cells:
        image[32 * row : 32 * row + 32, 32 * column : 32 * column + 32, 0] = 255 - 2 * column
    return image


def test_the_detector_gives_boxes_and_points_best_first(files):
    found = InsightfaceDetector(files["det"]).detect(spotted((12, 10), (5, 6)))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert len(found) == 2
    for one, cell in zip(found, [(5, 6), (12, 10)], strict=True):
        anchor = 32 * np.array(cell)
        np.testing.assert_allclose(one.landmarks.points, anchor + 32 * FIVE_IN_CELLS, atol=1e-3)
        left, top, right, bottom = 32 * BOX_IN_CELLS
        edges = (*(anchor - (left, top)), left + right, top + bottom)
        np.testing.assert_allclose(one.box, edges, atol=1e-3)
        assert one.landmarks.scheme.name == "five"


def test_a_larger_image_is_shrunk_and_its_points_scaled_back(files):
    image = np.repeat(np.repeat(spotted((5, 6)), 2, axis=0), 2, axis=1)
    found = InsightfaceDetector(files["det"]).detect(image)
    np.testing.assert_allclose(found[0].landmarks.points, 64 * (FIVE_IN_CELLS + (5, 6)), atol=1e-2)


def test_a_face_s_box_picks_the_detection_that_overlaps_it(files):
    model, face = InsightfaceDetector(files["det"]), drawn_faces(1)[0]
    face = face.with_image(spotted((12, 10), (5, 6)))
    near, none = Box(300, 220, 200, 200), Box(560, 560, 50, 50)
    picked = model.locate([face.with_box(near), face.with_box(none), face.with_box(None)])
    anchors = [32 * np.array(cell) for cell in ((12, 10), (12, 10))]
    np.testing.assert_allclose(picked[0].points[2], anchors[0], atol=1e-3)
    assert picked[1] is None
    np.testing.assert_allclose(picked[2].points[2], anchors[1], atol=1e-3)  # the central one


def test_thresholds_are_the_options(files):
    image = spotted((12, 10), (5, 6), (6, 6))
    assert len(InsightfaceDetector(files["det"]).detect(image)) == 2  # one of two that overlap
    assert len(InsightfaceDetector(files["det"], nms_threshold=0.99).detect(image)) == 3
    assert len(InsightfaceDetector(files["det"], score_threshold=0.5).detect(image)) == 2
    assert InsightfaceDetector(files["det"], score_threshold=0.999).detect(image) == []


def test_the_size_may_have_two_sides(files):
    model = InsightfaceDetector(files["det"], size=(640, 320))
    found = model.detect(spotted((5, 6))[:320])
    np.testing.assert_allclose(found[0].landmarks.points, 32 * (FIVE_IN_CELLS + (5, 6)), atol=1e-2)
    halved = model.detect(np.repeat(np.repeat(spotted((5, 6)), 2, axis=0), 2, axis=1)[:640])
    np.testing.assert_allclose(halved[0].landmarks.points, 64 * (FIVE_IN_CELLS + (5, 6)), atol=1e-2)


def test_the_detector_of_a_pack_with_a_manifest_is_the_manifest_s(tmp_path):
    file = detector(tmp_path / "eyes.onnx")
    manifest(tmp_path, detection={"file": "eyes.onnx", "preprocessing": {"mean": 0, "std": 64}})
    model = InsightfaceDetector(str(tmp_path), score_threshold=3.5)
    assert model.provenance["weights"] == "eyes.onnx"
    (found,) = model.detect(spotted((5, 6)))
    assert found.score == pytest.approx(245 / 64)  # (255 - 127.5) / 128 without the manifest
    assert pickle.loads(pickle.dumps(model)).detect(spotted((5, 6)))[0].score == found.score
    assert InsightfaceDetector(file, score_threshold=0.9).detect(spotted((5, 6)))[0].score < 1
    manifest(tmp_path, recognition={"file": "eyes.onnx"})
    with pytest.raises(ConfigError, match="names no detection"):
        InsightfaceDetector(str(tmp_path))


def test_an_image_that_shrinks_to_nothing_holds_no_face(files):
    assert InsightfaceDetector(files["det"]).detect(np.zeros((2000, 1, 3), np.uint8)) == []


def test_the_contract_is_kept(files):
    require(check(Insightface106(files["plain"])))
    require(check(InsightfaceDetector(files["det"], size=64)))


def test_a_pack_s_folder_is_searched_for_the_one_file(files, tmp_path):
    assert Insightface106(files["folder"]).provenance["weights"] == "2d106det.onnx"
    assert InsightfaceDetector(files["folder"]).provenance["weights"] == "det_500m.onnx"
    with pytest.raises(ConfigError, match=r"wants one 2d106det\.onnx in the folder .*got none"):
        Insightface106(str(tmp_path))
    for name in ("det_1.onnx", "scrfd_2.onnx"):
        (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=r"got det_1\.onnx, scrfd_2\.onnx"):
        InsightfaceDetector(str(tmp_path))


def test_a_file_of_another_kind_is_told_in_one_line(files, tmp_path):
    for make, path, message in (
        (Insightface106, None, "wants the option path"),
        (Insightface106, str(tmp_path / "none.onnx"), "no weights file"),
        (Insightface106, files["det"], "cannot use det_500m.onnx as a model of 106 points"),
        (Insightface106, landmarks106(tmp_path / "five.onnx", 10), "as landmark_2d_5;"),
        (InsightfaceDetector, files["plain"], r"2d106det\.onnx gives no key points; a detector"),
        (InsightfaceDetector, detector(tmp_path / "d.onnx", key_points=False), "no key points"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            make(path)
        assert "\n" not in str(caught.value)
    for size in (100, (640, 100), (640, 640, 640), (640.0, 640)):
        with pytest.raises(ConfigError, match=r"size wants a multiple of 32 pixels, or .*, got "):
            InsightfaceDetector(files["det"], size=size)
    with pytest.raises(UnknownNameError, match="Did you mean 'largest'"):
        InsightfaceDetector(files["det"], pick="large")


def test_models_can_be_pickled_and_named_and_say_what_runs(files):
    face = drawn_faces(1)[0]
    model = pickle.loads(pickle.dumps(Insightface106(files["plain"], name="points", workers=2)))
    assert model.name == "points"
    assert model.provenance["threads"] == 2
    assert model.provenance["provider"] == "CPUExecutionProvider"
    assert model.provenance["insightface"][0].isdigit()
    wanted = Insightface106(files["plain"]).locate([face])[0]
    np.testing.assert_array_equal(model.locate([face])[0].points, wanted.points)
    assert pickle.loads(pickle.dumps(InsightfaceDetector(files["det"], name="d"))).name == "d"


def test_a_missing_package_names_its_extra(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "insightface", None)
    for make in (Insightface106, InsightfaceDetector):
        with pytest.raises(MissingExtraError, match=r"align-eval\[insightface\]"):
            make(files["plain"])
