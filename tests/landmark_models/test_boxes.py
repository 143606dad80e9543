import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic.dataset import load
from align_eval.detection import choose
from align_eval.errors import UnknownNameError
from align_eval.faces import Box
from align_eval.similarity import Affine
from landmark_models import DETECTORS
from landmark_models.boxes import LANDMARK_BOXES, landmark_box, moved, square, usable
from landmark_models.train.store import bounding

numbers = st.floats(-100, 100)
sizes = st.floats(1, 200)
boxes = st.builds(Box, numbers, numbers, sizes, sizes)


@settings(max_examples=30, deadline=None)
@given(box=boxes, side=st.sampled_from(["max", "mean", "width", "height"]), k=st.floats(0.5, 3))
def test_a_square_is_square_and_without_shift_keeps_the_centre(box, side, k):
    made = square(box, side, k)
    assert made.width == made.height
    np.testing.assert_allclose(made.centre, box.centre, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(box=boxes, x=numbers, y=numbers, k=st.floats(0.1, 10))
def test_squaring_commutes_with_moving_and_scaling_the_image(box, x, y, k):
    move = Affine([[k, 0, x], [0, k, y]])
    one = square(moved(box, move), "mean", 1.2, (0.1, -0.2))
    other = moved(square(box, "mean", 1.2, (0.1, -0.2)), move)
    np.testing.assert_allclose(one, other, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(box=boxes, x=numbers, k=st.floats(0.1, 10))
def test_moving_back_gives_the_box_again(box, x, k):
    move = Affine([[k, 0, x], [0, k, -x]])
    np.testing.assert_allclose(moved(moved(box, move), move.inverse), box, atol=1e-6)


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (Box(0, 0, 10, 10), True),
        (Box(-9, -9, 10, 10), True),
        (Box(-11, 0, 10, 10), False),
        (Box(20, 0, 10, 10), False),
        (Box(0, 0, 0.5, 10), False),
        (Box(0, 0, -3, -3), False),
        (Box(np.nan, 0, 10, 10), False),
        (Box(0, 0, np.inf, 10), False),
        (Box(-1e9, -1e9, 1e10, 1e10), False),
    ],
)
def test_a_box_is_usable_if_finite_not_empty_and_partly_inside(box, wanted):
    assert usable(box, (10, 20, 3)) is wanted


@pytest.mark.parametrize("source", list(LANDMARK_BOXES))
@given(box=boxes, x=numbers, k=st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_the_landmarks_box_moves_and_scales_with_the_detectors(source, box, x, k):
    move = Affine([[k, 0, x], [0, k, -x]])
    one, other = landmark_box(moved(box, move), source), moved(landmark_box(box, source), move)
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_an_unknown_source_of_boxes_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'yunet'"):
        landmark_box(Box(0, 0, 1, 1), "yunett")


@pytest.mark.parametrize("source", ["yunet", "dlib-hog"])
def test_the_landmarks_box_of_a_detector_is_the_median_over_rendered_faces(source, data_root):
    options = {"path": str(data_root / "permissive/models/yunet_n_dynamic.onnx")}
    if source != "yunet":
        pytest.importorskip("dlib")
        options = {}
    detector, shares = DETECTORS.build(source, options), []
    people = load(protocol="none", spectra="visible", variations="NN EH LR", subjects=20)
    for face in people.faces:
        own, image = bounding(people.truth[face.id].points), face.load()
        found = choose(detector.detect(image), image.shape, near=own)
        if found is not None:
            x, y, width, height = found.box
            shares.append(
                [(own.x - x) / width, (own.y - y) / height, own.width / width, own.height / height]
            )
    assert len(shares) > 50
    assert np.median(shares, axis=0) == pytest.approx(LANDMARK_BOXES[source], abs=0.03)
