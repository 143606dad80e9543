import numpy as np
import pytest
from stores import made_store

from align_eval.errors import LandmarkError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models.train.targets import converted, eye_span, mean_shape

IBUG, FIVE = scheme_named("ibug68"), scheme_named("five")
STORE = made_store(5)


def test_converted_points_are_those_that_landmarks_convert_to():
    found = converted(STORE.points, IBUG, FIVE)
    wanted = np.stack([Landmarks(points, IBUG).to(FIVE).points for points in STORE.points])
    assert found == pytest.approx(wanted, abs=1e-3)


def test_points_that_a_scheme_lacks_are_named():
    with pytest.raises(LandmarkError, match=r"'ibug68'; 'five' cannot give jaw_0"):
        converted(STORE.points[:, :5], FIVE, IBUG)


def test_the_span_is_that_of_the_outer_eye_corners():
    wanted = np.linalg.norm(STORE.points[:, 36] - STORE.points[:, 45], axis=1)
    assert eye_span(STORE.points, IBUG) == pytest.approx(wanted)
    with pytest.raises(LandmarkError, match="left_eye_outer"):
        eye_span(STORE.points[:, :5], FIVE)


def test_the_mean_shape_fills_its_crop_as_the_box_does():
    shape = mean_shape(STORE, IBUG, 100, 1.25)
    extent = shape.max(axis=0) - shape.min(axis=0)
    assert extent.max() == pytest.approx(80, abs=3)
    assert (shape.max(axis=0) + shape.min(axis=0)) / 2 == pytest.approx([49.5, 49.5], abs=2)
