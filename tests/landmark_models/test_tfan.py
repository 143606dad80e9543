"""A stand-in network of TFAN's signature shows crop, normalisation and decoding."""

import pickle

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the package onnx")

from standins import landmarks106, matrix, tfan

from align_eval._drawn import drawn_faces
from align_eval.checks import check, require
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.image import to_rgb
from align_eval.schemes import ibug68, scheme_named
from landmark_models.tfan import Tfan


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tfan(tmp_path_factory.mktemp("tfan") / "tfan70.onnx")


def by_the_package(image, box, points=70):
    """Points and variances by the recipe of thermal-face-alignment, written out once more."""
    side = 1.25 * max(box.width, box.height)
    x, y = (centre - side / 2 for centre in box.centre)
    step = side / 224
    to_image = np.array([[step, 0, x + step / 2], [0, step, y + step / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(to_rgb(image), to_image, (224, 224), flags=flags).astype(np.float32)
    values = (crop / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    means = values.transpose(2, 0, 1).reshape(3, 7, 32, 7, 32).mean(axis=(2, 4)).ravel()
    numbers = (means @ matrix(147, 3 * points)).reshape(points, 3)
    return numbers[:, :2] * side + (x, y), numbers[:, 2]


def test_points_and_variances_are_those_of_the_package_s_recipe(path):
    model = Tfan(path)
    for face in drawn_faces():
        found = model.locate([face])[0]
        points, variances = by_the_package(face.load(), face.box)
        # The package counts from the crop's edge, half a crop pixel away.
        assert np.abs(found.points - points).max() < 1.25 * face.box.width / 224
        np.testing.assert_allclose(found.quality, -variances, atol=1e-3)


def test_a_thermal_image_is_stretched_and_seen_three_times(path):
    face = drawn_faces(1)[0]
    gray = face.load()[..., 0]
    deep = gray.astype(np.uint16) * 20 + 3000
    low, high = int(gray.min()), int(gray.max())
    stretched = np.rint((gray.astype(float) - low) * 255 / (high - low)).astype(np.uint8)
    images = (deep, stretched, np.repeat(stretched[..., None], 3, axis=2))
    first, *others = Tfan(path).locate([face.with_image(image) for image in images])
    for other in others:
        np.testing.assert_array_equal(first.points, other.points)


def test_the_dense_model_has_mediapipe_s_478_points(tmp_path):
    model = Tfan(tfan(tmp_path / "dense.onnx", 478), scheme="mediapipe478")
    found = model.locate(drawn_faces(1))[0]
    assert found.points.shape == (478, 2)
    pupils = ("left_pupil", "right_pupil")
    assert found.scheme.indices(*pupils) == (468, 473)


def test_the_scheme_is_ibug_s_with_pupils_and_its_eye_centres_are_ibug_s():
    scheme = scheme_named("tfake70")
    assert scheme.points[:68] == ibug68.POINTS
    assert scheme.points[68:] == ("left_pupil", "right_pupil")
    names, weights = scheme.conversion(scheme_named("five"))
    assert names == scheme_named("five").points
    assert not weights[:, 68:].any()


def test_the_crop_can_be_overruled(path):
    face = drawn_faces(1)[0]
    plain, wide = (Tfan(path, crop=crop).locate([face])[0] for crop in (None, {"scale": 1.5}))
    assert np.abs(plain.points - wide.points).max() > 1


def test_the_contract_is_kept(path):
    require(check(Tfan(path)))


def test_a_misfit_is_told_in_one_line(path, tmp_path):
    for given, options, message in (
        (None, {}, "wants the option path"),
        (path, {"scheme": "mediapipe478"}, "210 numbers a face.* want 1434"),
        (tfan(tmp_path / "two.onnx", 70, 2), {}, "140 numbers a face.* want 210"),
        (landmarks106(tmp_path / "other.onnx"), {}, "does not run on one crop"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            Tfan(given, **options)
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownNameError, match="unknown scheme of TFAN 'ibug68'"):
        Tfan(path, scheme="ibug68")


def test_it_can_be_pickled_and_named(path):
    model = pickle.loads(pickle.dumps(Tfan(path, name="thermal", workers=2)))
    assert (model.name, model.provenance["threads"]) == ("thermal", 2)
    face = drawn_faces(1)[0]
    wanted = Tfan(path).locate([face])[0]
    np.testing.assert_allclose(model.locate([face])[0].points, wanted.points, atol=1e-4)
