import pickle

import numpy as np
import pytest

from align_eval.errors import LandmarkError
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

FIVE, IBUG = scheme_named("five"), scheme_named("ibug68")
POINTS = np.arange(136.0).reshape(68, 2)


def test_a_scheme_that_names_a_point_twice_is_refused():
    with pytest.raises(LandmarkError, match="'twins' names a point twice"):
        LandmarkScheme("twins", ("a", "a"), (0, 1))


@pytest.mark.parametrize("mirror", [(0,), (1, 2, 0), (0, 0, 2), (0, 1, 3)])
def test_a_mirror_that_is_no_involution_is_refused(mirror):
    with pytest.raises(LandmarkError, match="no involution"):
        LandmarkScheme("crooked", ("a", "b", "c"), mirror)


def test_a_derived_point_wants_known_points():
    with pytest.raises(LandmarkError, match="derives from unknown points"):
        LandmarkScheme("lost", ("a",), (0,), derived={"b": {"c": 1.0}})


def test_schemes_are_equal_by_name_and_points_and_survive_pickling():
    copy = pickle.loads(pickle.dumps(IBUG))
    assert copy == IBUG
    assert hash(copy) == hash(IBUG)
    assert copy.groups == IBUG.groups
    assert copy.conversion(FIVE)[0] == FIVE.points
    assert LandmarkScheme("ibug68", IBUG.points[::-1], IBUG.mirror) != IBUG
    assert IBUG != "ibug68"
    assert repr(IBUG) == "LandmarkScheme('ibug68', 68 points)"


def test_the_names_are_the_points_and_what_derives_from_them():
    assert IBUG.names == {*IBUG.points, "left_eye", "right_eye"}
    assert IBUG.indices("nose_tip", "jaw_8") == (30, 8)
    with pytest.raises(LandmarkError, match="'ibug68' has no point 'left_eye'"):
        IBUG.indices("nose_tip", "left_eye")


def test_conversion_weights_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        IBUG.conversion(FIVE)[1][0, 0] = 1


@pytest.mark.parametrize("shape", [(67, 2), (68, 3), (136,), (2, 68)])
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(LandmarkError, match=r"'ibug68' wants points of shape \(68, 2\), got"):
        Landmarks(np.zeros(shape), IBUG)


def test_quality_of_another_shape_is_refused():
    with pytest.raises(LandmarkError, match=r"wants quality of shape \(68,\), got \(5,\)"):
        Landmarks(POINTS, IBUG, np.ones(5))


def test_landmarks_are_a_copy_in_double_precision_that_cannot_be_changed():
    given = POINTS.astype(np.float32)
    landmarks = Landmarks(given, IBUG, np.ones(68))
    given[:] = -1
    assert np.array_equal(landmarks.points, POINTS)
    assert landmarks.points.dtype == np.float64
    for array in (landmarks.points, landmarks.quality):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_landmarks_survive_pickling():
    copy = pickle.loads(pickle.dumps(Landmarks(POINTS, IBUG, np.arange(68))))
    assert copy.scheme == IBUG
    assert np.array_equal(copy.points, POINTS)
    assert np.array_equal(copy.quality, np.arange(68))


def test_quality_is_converted_with_the_points_weights():
    quality = np.zeros(68)
    quality[36:42], quality[30] = [0, 0, 0, 0, 0, 6], 5
    assert Landmarks(POINTS, IBUG, quality).to(FIVE).quality.tolist() == [1, 0, 5, 0, 0]


def test_a_nan_point_spoils_what_derives_from_it_and_nothing_else():
    points, quality = POINTS.copy(), np.ones(68)
    points[[0, 40], 1] = np.nan
    quality[54] = np.nan
    converted = Landmarks(points, IBUG, quality).to(FIVE)
    clean = Landmarks(POINTS, IBUG).to(FIVE)
    assert np.isnan(converted.points[0, 1])
    assert np.array_equal(converted.points[1:], clean.points[1:])
    assert np.isnan(converted.quality).tolist() == [False, False, False, False, True]
    assert np.array_equal(Landmarks(points, IBUG).common(FIVE)[1][1:], clean.points[1:])


def test_a_point_at_infinity_counts_as_not_found():
    points = POINTS.copy()
    points[30] = np.inf
    assert np.isnan(Landmarks(points, IBUG).to(FIVE).points[2]).all()


def test_common_points_come_with_their_place_in_the_target():
    visth = scheme_named("visth6")
    corners = Landmarks([[10, 5], [20, 5], [30, 6], [40, 6], [15, 30], [35, 30]], visth)
    indices, points = corners.common(FIVE)
    assert indices == (0, 1, 3, 4)
    assert points.tolist() == [[15, 5], [35, 6], [15, 30], [35, 30]]


def test_schemes_without_a_common_point_share_nothing():
    indices, points = Landmarks([[1, 2]], LandmarkScheme("one", ("ear",), (0,))).common(FIVE)
    assert indices == ()
    assert points.shape == (0, 2)


def test_mirroring_reflects_about_the_middle_of_the_image_and_swaps_sides():
    five = Landmarks([[1, 10], [7, 11], [4, 20], [2, 30], [6, 31]], FIVE, [1, 2, 3, 4, 5])
    flipped = five.mirrored(10)
    assert flipped.points.tolist() == [[2, 11], [8, 10], [5, 20], [3, 31], [7, 30]]
    assert flipped.quality.tolist() == [2, 1, 3, 5, 4]
