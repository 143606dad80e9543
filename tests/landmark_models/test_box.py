import pickle

import numpy as np
import pytest

from align_eval.datasets.frll import load
from align_eval.detection import choose
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.landmarks import Landmarks
from landmark_models import DETECTORS
from landmark_models.box import LAYOUTS, BoxTemplate
from landmark_models.boxes import landmark_box

BLANK = np.zeros((80, 100), np.uint8)


def face(box):
    return Face("a", "A", Modality.VISIBLE, BLANK.copy, box)


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_a_layout_is_its_own_mirror_image_and_stands_upright(layout):
    found = BoxTemplate(layout).locate([face(Box(-0.5, -0.5, 100, 80))])[0]
    np.testing.assert_allclose(found.mirrored(100).points, found.points, atol=1e-9)
    left, right, nose, left_mouth, right_mouth = found.points
    assert left[0] < right[0]
    assert left_mouth[0] < right_mouth[0]
    assert left[1] < nose[1] < left_mouth[1]


def test_points_move_and_scale_with_the_box():
    small, large = BoxTemplate().locate([face(Box(0, 0, 10, 20)), face(Box(5, 7, 20, 40))])
    np.testing.assert_allclose(large.points, small.points * 2 + [5, 7])


def test_fractions_of_one_s_own_replace_the_layout():
    own = [[0, 0], [1, 0], [0.5, 0.5], [0, 1], [1, 1]]
    found = BoxTemplate(fractions=own).locate([face(Box(10, 20, 30, 40))])[0]
    assert found.points[4].tolist() == [40, 60]


def test_a_face_without_a_box_in_the_image_is_not_found():
    faces = [face(None), face(Box(200, 0, 10, 10)), face(Box(0, 0, 0, 0))]
    assert BoxTemplate().locate(faces) == [None, None, None]


def test_bad_options_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'yunet'"):
        BoxTemplate("yunnet")
    for bad in ([[0, 0]] * 4, [[0, 0], [1]], [[0, np.nan]] * 5):
        with pytest.raises(ConfigError, match="five pairs"):
            BoxTemplate(fractions=bad)


def test_it_can_be_pickled():
    model = pickle.loads(pickle.dumps(BoxTemplate("dlib-hog", name="control")))
    assert model.name == "control"
    wanted = BoxTemplate("dlib-hog").locate([face(Box(0, 0, 50, 50))])[0].points
    np.testing.assert_array_equal(model.locate([face(Box(0, 0, 50, 50))])[0].points, wanted)


def test_a_landmark_box_is_the_same_face_in_another_box():
    whole = Box(20, 30, 100, 120)
    inner = landmark_box(whole, "dlib-hog")
    wanted = BoxTemplate("dlib-hog").locate([face(whole)])[0].points
    found = BoxTemplate("landmarks").locate([face(inner)])[0].points
    np.testing.assert_allclose(found, wanted, atol=1.0)


@pytest.mark.parametrize("layout", ["yunet", "dlib-hog"])
def test_a_layout_is_where_the_marked_points_lie_in_that_detectors_boxes(layout, data_root):
    permissive = data_root / "permissive"
    dataset = load(str(permissive / "frll"))
    options = {"path": str(permissive / "models" / "yunet_n_dynamic.onnx")}
    detector = DETECTORS.build(layout, options if layout == "yunet" else {})
    places = []
    for face_id, truth in dataset.truth.items():
        image = dataset.face(face_id).load()
        box = choose(detector.detect(image), image.shape).box
        unit = Landmarks((truth.points - box[:2]) / box[2:], truth.scheme)
        # Pixel centre x of a box of width 1 is mirrored at its middle, half a unit.
        places += [unit.points, unit.mirrored(2.0).points]
    np.testing.assert_allclose(np.mean(places, axis=0), LAYOUTS[layout], atol=1.5e-3)
