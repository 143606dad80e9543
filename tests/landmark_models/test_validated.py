import numpy as np
import pytest
from cards import brightest, shipped

from align_eval._drawn import drawn_faces
from align_eval.checks import check_landmark_model, require
from align_eval.faces import Box
from landmark_models.validated import Validated

ABOUT = {
    "scheme": "five",
    "input_size": 32,
    "colour": "gray",
    "decode": "pixels",
    "output": "points",
    "crop": {"scale": 1.0, "border": "replicate"},
}


@pytest.fixture(scope="module", params=[True, False])
def graded(request, tmp_path_factory):
    """Whether the weights have a validation signal, and a model of them."""
    about = {**ABOUT, "quality": "quality"} if request.param else ABOUT
    folder = tmp_path_factory.mktemp("validated")
    path = shipped(folder, {"validated.onnx": brightest()}, name="validated", description=about)
    return request.param, Validated(str(path))


def test_points_have_a_quality_where_the_weights_have_a_signal(graded):
    signal, model = graded
    image = np.full((64, 64), 20, np.uint8)
    image[30, 40] = 200
    face = drawn_faces(1)[0].with_image(image).with_box(Box(15.5, 15.5, 32, 32))
    (found,) = model.locate([face])
    np.testing.assert_allclose(found.points, [[40, 30]] * 5, atol=0.5)
    if signal:
        np.testing.assert_allclose(found.quality, 200, atol=1)
    else:
        assert found.quality is None


def test_it_keeps_the_contract_of_landmark_models(graded):
    require(check_landmark_model(graded[1]))
