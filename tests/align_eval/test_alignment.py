import numpy as np
import pytest

from align_eval.alignment import Template, align, estimate
from align_eval.errors import ConfigError, DegenerateFitError, UnknownNameError
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine, Similarity
from align_eval.templates import template

FIVE, IBUG, VISTH, DLIB5 = (scheme_named(n) for n in ("five", "ibug68", "visth6", "dlib5"))
ARCFACE = template("arcface112")
FACE = Landmarks(ARCFACE.landmarks.points * 1.5 + [30, 20], FIVE)
BACK = Similarity.make(1 / 1.5, 0, (-20, -20 / 1.5))


def test_the_transform_goes_from_the_image_to_the_template():
    np.testing.assert_allclose(estimate(FACE, ARCFACE).matrix, BACK.matrix, atol=1e-9)


def test_points_that_are_nan_are_left_out():
    for missing in ([0], [2, 4], [1, 2, 3]):
        points = FACE.points.copy()
        points[missing, 0] = np.nan
        found = estimate(Landmarks(points, FIVE), ARCFACE)
        np.testing.assert_allclose(found.matrix, BACK.matrix, atol=1e-9)


def test_a_missing_jaw_point_does_not_touch_the_fit():
    points = np.random.default_rng(0).normal(100, 30, (68, 2))
    spoilt = points.copy()
    spoilt[3] = np.nan
    whole = estimate(Landmarks(points, IBUG), ARCFACE).matrix
    assert np.array_equal(estimate(Landmarks(spoilt, IBUG), ARCFACE).matrix, whole)


def test_a_template_in_another_scheme_takes_the_points_that_both_have():
    corners = Landmarks([[30, 50], [45, 50], [65, 50], [80, 50], [40, 92], [70, 92]], VISTH)
    target = Template("corners", corners, (110, 110))
    face = np.zeros((68, 2))
    face[[36, 39, 42, 45, 48, 54]] = Similarity.make(2, 0.1, (9, 8)).inverse(corners.points)
    found = estimate(Landmarks(face, IBUG), target)
    np.testing.assert_allclose(found.matrix, Similarity.make(2, 0.1, (9, 8)).matrix, atol=1e-9)


def test_two_eyes_suffice_for_a_similarity_and_not_for_an_affine_map():
    eyes = Landmarks([[80, 50], [65, 50], [30, 51], [45, 51], [55, 70]], DLIB5)
    assert type(estimate(eyes, ARCFACE)) is Similarity
    with pytest.raises(DegenerateFitError, match=r"2 usable points of 'dlib5' .* needs 3"):
        estimate(eyes, ARCFACE, estimator="affine")


def test_schemes_with_nothing_in_common_fit_nothing():
    ears = Landmarks([[1, 2], [9, 2]], LandmarkScheme("ears", ("left_ear", "right_ear"), (1, 0)))
    with pytest.raises(DegenerateFitError, match="0 usable points of 'ears'"):
        estimate(ears, ARCFACE)


def test_one_finite_point_fits_nothing():
    points = np.full((5, 2), np.nan)
    points[2] = 50
    with pytest.raises(DegenerateFitError, match="1 usable points"):
        estimate(Landmarks(points, FIVE), ARCFACE)


@pytest.mark.parametrize("estimator", ["similarity", "affine"])
def test_points_within_one_pixel_are_no_face(estimator):
    with pytest.raises(DegenerateFitError, match="less than one pixel"):
        estimate(Landmarks(FACE.points * 0.005, FIVE), ARCFACE, estimator=estimator)


def test_an_affine_estimate_undoes_a_shear():
    shear = Affine([[1.2, 0.3, 5], [0.1, 0.9, -4]])
    sheared = Landmarks(shear(ARCFACE.landmarks.points), FIVE)
    found = estimate(sheared, ARCFACE, estimator="affine")
    np.testing.assert_allclose(found.matrix, shear.inverse.matrix, atol=1e-9)


def test_the_error_can_be_measured_in_the_image():
    noisy = Landmarks(FACE.points + np.random.default_rng(1).normal(0, 5, (5, 2)), FIVE)
    found = estimate(noisy, ARCFACE, minimise="source")
    reverse = Similarity.fit(ARCFACE.landmarks.points, noisy.points)
    np.testing.assert_allclose(found.matrix, reverse.inverse.matrix, atol=1e-9)


@pytest.mark.parametrize(
    ("option", "near"), [({"estimator": "similar"}, "similarity"), ({"minimise": "src"}, "source")]
)
def test_unknown_options_are_answered_with_the_nearest(option, near):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{near}'"):
        estimate(FACE, ARCFACE, **option)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((200, 210, 3), np.uint8), ((200, 210), np.uint8), ((200, 210), np.uint16)],
)
def test_a_crop_has_the_templates_size_and_the_images_depth(shape, dtype):
    top = np.iinfo(dtype).max
    tall = template("thermal110x150")
    aligned = align(np.full(shape, top, dtype=dtype), FACE, tall)
    assert aligned.image.shape == (150, 110, *shape[2:])
    assert aligned.image.dtype == dtype
    assert aligned.image[75, 55].min() == top
    np.testing.assert_allclose(aligned.transform.matrix, estimate(FACE, tall).matrix)


def test_what_lies_outside_the_image_is_black():
    small = align(np.full((30, 30), 255, dtype=np.uint8), FACE, ARCFACE)
    assert small.image[-1].max() == 0


def test_the_identity_crop_is_the_image():
    image = np.random.default_rng(0).integers(0, 256, (112, 112, 3)).astype(np.uint8)
    assert np.array_equal(align(image, ARCFACE.landmarks, ARCFACE).image, image)


GOOD = {
    "name": "wide",
    "size": [120, 100],
    "scheme": "five",
    "points": ARCFACE.landmarks.points.tolist(),
}


def test_a_template_is_made_from_a_table():
    made = Template.from_config(GOOD | {"source": "by hand"})
    assert (made.name, made.size, made.source) == ("wide", (120, 100), "by hand")
    assert np.array_equal(made.landmarks.points, ARCFACE.landmarks.points)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 112}, r"'wide': size wants \[width, height\], got 112"),
        ({"size": [112]}, "size wants"),
        ({"size": [112.5, 112]}, "size wants"),
        ({"size": "11"}, "size wants"),
        ({"size": [0, 112]}, "is not positive"),
        ({"scheme": "fife"}, "Did you mean 'five'"),
        ({"points": [[1, 2]]}, r"'wide': scheme 'five' wants points of shape \(5, 2\)"),
        ({"points": "left"}, "template 'wide'"),
        ({"points": [[1, 2], [3]]}, "template 'wide'"),
        ({"points": [[float("nan"), 1]] * 5}, "not finite"),
        ({"colour": "red"}, "wants the keys name, points, scheme, size; got .*colour"),
    ],
)
def test_a_bad_table_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        Template.from_config(GOOD | change)


@pytest.mark.parametrize("key", sorted(GOOD))
def test_every_key_of_a_table_is_needed(key):
    with pytest.raises(ConfigError, match="wants the keys"):
        Template.from_config({k: v for k, v in GOOD.items() if k != key})
