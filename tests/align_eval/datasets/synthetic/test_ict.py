import numpy as np
import pytest

from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.heads.ict import load
from align_eval.datasets.synthetic.mesh import Part
from align_eval.errors import DataError


@pytest.fixture(scope="module")
def head(data_root):
    return load(str(data_root / "permissive" / "ict_facekit"))


def test_the_unit_is_the_eye_distance_and_the_origin_lies_between_the_eyes(head):
    eyes = head.anchors[36:48].reshape(2, 6, 3).mean(axis=1)
    np.testing.assert_allclose(eyes.mean(axis=0), 0, atol=1e-5)
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(1, abs=1e-5)
    assert eyes[0][0] < 0 < eyes[1][0]


def test_the_face_is_upright_and_looks_at_the_viewer(head):
    nose, chin, brow = head.anchors[30], head.anchors[8], head.anchors[19]
    assert brow[1] < nose[1] < chin[1]
    assert nose[2] < head.vertices[:, 2].mean()


def test_parts_are_told_apart(head):
    parts = np.bincount(head.parts, minlength=len(Part))
    for part in (Part.SKIN, Part.MOUTH, Part.TEETH, Part.TONGUE, Part.EYE_SOCKET, Part.EYEBALL):
        assert parts[part] > 100


def test_a_person_with_an_expression_is_the_mean_and_its_modes(head):
    nobody = head.mesh(np.zeros(3), {})
    np.testing.assert_array_equal(nobody.vertices, head.vertices)
    one = head.mesh(np.array([0.0, 2.0]), {"jawOpen": 0.5})
    place = head.expression_names.index("jawOpen")
    wanted = head.vertices + 2 * head.identity[1] + 0.5 * head.expression[place]
    np.testing.assert_allclose(one.vertices, wanted, atol=1e-5)
    assert one.vertices[head.landmarks[8], 1] > head.anchors[8, 1]


def test_a_head_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="head model 'ict' cannot be read"):
        HEADS.build("ict", {"path": str(tmp_path)})
