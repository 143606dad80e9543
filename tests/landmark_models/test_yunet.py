import pickle
from importlib.util import find_spec

import numpy as np
import pytest

from align_eval._drawn import drawn_faces
from align_eval.detection import iou
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box
from align_eval.image import read_image
from landmark_models.crops import resized
from landmark_models.yunet import YuNet

ASIDE = Box(500, 500, 20, 20)


@pytest.fixture(scope="module")
def path(data_root):
    return str(data_root / "permissive/models/yunet_n_dynamic.onnx")


@pytest.fixture(scope="module")
def yunet(path):
    return YuNet(path)


@pytest.fixture(scope="module")
def photo(data_root):
    return read_image(sorted((data_root / "permissive/frll/neutral_front").glob("*.jpg"))[0])


def located(model, image, box=None):
    return model.locate([drawn_faces(1)[0].with_image(image).with_box(box)])[0]


def test_points_stand_in_image_order_on_a_photograph(yunet, photo):
    left, right, nose, left_mouth, right_mouth = located(yunet, photo).points
    assert left[0] < nose[0] < right[0]
    assert left_mouth[0] < nose[0] < right_mouth[0]
    assert max(left[1], right[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_the_pupils_are_near_those_that_people_marked(yunet, data_root):
    for tem in sorted((data_root / "permissive/frll/neutral_front").glob("*.tem"))[:5]:
        marked = np.array([line.split() for line in tem.read_text().splitlines()[1:3]], float)
        found = located(yunet, read_image(tem.with_suffix(".jpg"))).points[:2]
        ordered = marked[np.argsort(marked[:, 0])]
        eyes = np.linalg.norm(ordered[1] - ordered[0])
        assert np.linalg.norm(found - ordered, axis=1).max() < 0.1 * eyes


def test_a_mirrored_photograph_gives_mirrored_points(yunet, photo):
    points = located(yunet, photo)
    mirrored = located(yunet, np.ascontiguousarray(photo[:, ::-1]))
    gap = np.abs(points.mirrored(photo.shape[1]).points - mirrored.points).max()
    assert gap < 0.1 * np.ptp(points.points[:, 0])


def test_a_large_image_is_shrunk_and_points_scaled_back(path, yunet, photo):
    small, back = resized(photo, 320)
    shrinking = located(YuNet(path, max_side=320), photo).points
    np.testing.assert_allclose(shrinking, back(located(yunet, small).points), atol=1e-9)


def test_a_small_image_without_finds_is_enlarged(path, photo):
    tiny, _ = resized(photo, 24)
    assert YuNet(path, upscale=False).detect(tiny) == []
    found = YuNet(path).detect(tiny)
    assert len(found) == 1
    assert 0 < found[0].box.centre[0] < tiny.shape[1]


def test_a_given_box_picks_the_detection_that_overlaps_it(yunet, photo):
    two = np.concatenate([photo, photo], axis=1)
    width = photo.shape[1]
    right = max(yunet.detect(two), key=lambda found: found.box.x)
    assert right.box.centre[0] > width
    points = located(yunet, two, right.box).points
    assert points[:, 0].min() > width
    assert located(yunet, photo, ASIDE) is None


def test_gray_and_16_bit_images_give_the_same_face(yunet, photo):
    gray = np.ascontiguousarray(photo[..., 1])
    box = yunet.detect(photo)[0].box
    for image in (gray, gray.astype(np.uint16) * 100):
        assert iou(yunet.detect(image)[0].box, box) > 0.7


def test_both_files_of_the_model_agree(yunet, photo, data_root):
    fixed = YuNet(str(data_root / "permissive/models/yunet_n_640_640.onnx"))
    np.testing.assert_allclose(located(fixed, photo).points, located(yunet, photo).points, atol=0.1)


def test_scores_reach_the_threshold(path, photo):
    assert all(found.score >= 0.9 for found in YuNet(path, score_threshold=0.9).detect(photo))
    assert YuNet(path, score_threshold=0.9999).detect(photo) == []


def test_it_can_be_pickled_and_named(path, yunet, photo):
    copy = pickle.loads(pickle.dumps(YuNet(path, name="five", max_side=320)))
    assert copy.name == "five"
    wanted = located(YuNet(path, max_side=320), photo).points
    np.testing.assert_array_equal(located(copy, photo).points, wanted)
    assert yunet.provenance["weights"] == "yunet_n_dynamic.onnx"
    assert len(yunet.provenance["sha256"]) == 64


def test_making_it_prints_nothing_and_leaves_opencv_s_log_level(path, capfd):
    import cv2

    before = cv2.utils.logging.getLogLevel()
    YuNet(path)
    assert cv2.utils.logging.getLogLevel() == before
    assert capfd.readouterr() == ("", "")


def test_a_missing_or_foreign_file_is_refused(tmp_path, capfd):
    with pytest.raises(ConfigError, match="wants the option path"):
        YuNet()
    with pytest.raises(ConfigError, match="there is no weights file"):
        YuNet("none.onnx")
    noise = tmp_path / "noise.onnx"
    noise.write_bytes(b"no model")
    with pytest.raises(ConfigError, match="cannot use"):
        YuNet(str(noise))


@pytest.mark.skipif(find_spec("onnx") is None, reason="needs the package onnx")
def test_an_onnx_model_that_is_not_yunet_is_refused(tmp_path):
    from onnx import TensorProto, helper, save

    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 320, 320])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3, 320, 320])
    graph = helper.make_graph([helper.make_node("Relu", ["image"], ["out"])], "g", [image], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, tmp_path / "relu.onnx")
    with pytest.raises(ConfigError, match="cannot use"):
        YuNet(str(tmp_path / "relu.onnx"))


def test_an_unknown_rule_is_refused_at_once():
    with pytest.raises(UnknownNameError, match="Did you mean 'central'"):
        YuNet("any.onnx", pick="centre")
