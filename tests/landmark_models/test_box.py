import pickle

import numpy as np
import pytest

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from landmark_models.box import LAYOUTS, BoxTemplate

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
