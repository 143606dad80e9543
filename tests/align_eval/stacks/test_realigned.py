"""Any ``embed(crop)`` behind any landmark model; stand-ins of uniface's and deepface's ways."""

import cv2
import numpy as np
import pytest

from align_eval._drawn import drawn_faces
from align_eval.alignment import align
from align_eval.errors import (
    ConfigError,
    DegenerateFitError,
    ImageError,
    LandmarkError,
    UnknownNameError,
)
from align_eval.faces import Box
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.stacks import Realigned
from align_eval.templates import template

FIVE = scheme_named("five")


@pytest.fixture(scope="module")
def face():
    return drawn_faces(1)[0]


@pytest.fixture(scope="module")
def image(face):
    """RGB, of three different planes."""
    noise = np.random.default_rng(4).integers(0, 64, (*face.load().shape[:2], 3)).astype(np.uint8)
    return noise + np.uint8([0, 64, 128])


class Placed:
    """Always the same points; it keeps what it was shown."""

    name, box_policy = "placed", "ignored"

    def __init__(self, points, scheme=FIVE):
        self.points, self.scheme, self.seen = points, scheme, []

    def locate(self, faces):
        self.seen.extend((face.load(), face.box, face.modality) for face in faces)
        return [None if self.points is None else Landmarks(self.points, self.scheme) for _ in faces]


@pytest.fixture
def points():
    return template("arcface112").landmarks.points * 0.8 + [30.3, 20.1]


def own(image, points, name="arcface112"):
    return align(image, Landmarks(points, FIVE), template(name)).image


def test_embed_gets_the_crop_by_the_template_and_its_answer_is_the_answer(image, points):
    stack = Realigned(Placed(points), lambda crop: crop.copy(), "arcface128")
    assert np.array_equal(stack(image), own(image, points, "arcface128"))
    aligned = stack.align(image)
    assert np.array_equal(aligned.image, stack(image))
    fitted = aligned.transform(points)
    np.testing.assert_allclose(fitted, template("arcface128").landmarks.points, atol=1e-9)


def test_the_model_sees_rgb_whatever_the_stack_s_order_and_embed_the_stack_s(image, points):
    pixels = image.copy()
    for colour, given in (("RGB", image), ("BGR", np.ascontiguousarray(image[..., ::-1]))):
        model = Placed(points)
        made = Realigned(model, np.copy, colour=colour)(given, Box(1, 2, 3, 4))
        ((seen, box, modality),) = model.seen
        assert np.array_equal(seen, image)
        assert (box, modality) == (Box(1, 2, 3, 4), "visible")
        assert np.array_equal(made, own(given, points))
    assert np.array_equal(image, pixels)


def test_gray_frames_of_16_bits_keep_their_bits(points):
    frame = np.random.default_rng(0).integers(0, 1 << 14, (150, 160)).astype(np.uint16)
    for colour in ("RGB", "BGR"):
        model = Placed(points)
        crop = Realigned(model, np.copy, colour=colour, modality="thermal")(frame)
        assert crop.dtype == np.uint16
        assert np.array_equal(crop, own(frame, points))
        assert model.seen[0][2] == "thermal"


class ArcFace:
    """uniface's recogniser by its signature: BGR, aligned already where it gets no landmarks."""

    input_size = (112, 112)

    def get_embedding(self, image, landmarks=None):
        assert landmarks is None
        resized = cv2.resize(image, self.input_size)
        blob = cv2.dnn.blobFromImage(
            resized, 1 / 127.5, self.input_size, (127.5, 127.5, 127.5), swapRB=True
        )
        return blob.mean(axis=(2, 3))


class DeepFace:
    """deepface's function by its signature: BGR arrays; "skip" neither detects nor aligns."""

    @staticmethod
    def represent(
        img_path,
        model_name="VGG-Face",
        enforce_detection=True,
        detector_backend="opencv",
        align=True,
        expand_percentage=0,
        normalization="base",
    ):
        assert detector_backend == "skip"
        assert img_path.ndim == 3
        shrunk = cv2.resize(img_path, (160, 160))
        return [{"embedding": shrunk.mean(axis=(0, 1)).tolist(), "face_confidence": 0}]


def test_uniface_s_recogniser_is_fed_as_it_says(image, points):
    bgr = np.ascontiguousarray(image[..., ::-1])
    stack = Realigned(Placed(points), ArcFace().get_embedding, colour="BGR")
    rgb_means = own(image, points).astype(float).mean(axis=(0, 1))
    np.testing.assert_allclose(stack(bgr)[0], (rgb_means - 127.5) / 127.5, atol=1e-5)


def test_deepface_s_function_is_fed_as_it_says(image, points):
    def embed(crop):
        found = DeepFace.represent(
            crop, model_name="Facenet512", detector_backend="skip", align=False
        )
        return found[0]["embedding"]

    bgr = np.ascontiguousarray(image[..., ::-1])
    stack = Realigned(Placed(points), embed, "facenet160", colour="BGR")
    rgb_means = own(image, points, "facenet160").astype(float).mean(axis=(0, 1))
    np.testing.assert_allclose(stack(bgr), rgb_means[::-1], atol=1e-6)


def test_a_model_by_name_works_on_a_face(face):
    stack = Realigned("dan", np.copy)
    (found,) = (one.points for one in [stack.model.locate([face])[0]])
    crop = align(face.load(), Landmarks(found, stack.model.scheme), template("arcface112")).image
    assert np.array_equal(stack(face.load(), face.box), crop)


def test_two_points_in_common_with_the_template_will_do(image):
    pytest.importorskip("dlib")
    stack = Realigned("dlib5", np.copy)
    assert stack(image, Box(20, 20, 90, 90)).shape == (112, 112, 3)


@pytest.mark.parametrize("estimator", ["similarity", "affine"])
def test_the_transform_is_fitted_as_the_option_says(image, points, estimator):
    bent = points * [1, 1.2]
    made = Realigned(Placed(bent), np.copy, estimator=estimator).align(image)
    gap = np.abs(made.transform(bent) - template("arcface112").landmarks.points).max()
    assert (gap < 1e-9) == (estimator == "affine")


def test_pixels_of_another_kind_are_refused_in_one_line(image, points):
    for colour in ("RGB", "BGR"):
        stack = Realigned(Placed(points), np.copy, colour=colour)
        for wrong in (image.astype(float), image.astype(int), image[..., :2], image[None]):
            with pytest.raises(ImageError, match=r"wants .*uint8 .*, got") as caught:
                stack(wrong)
            assert "\n" not in str(caught.value)


def test_a_face_without_landmarks_is_an_error_and_nothing_is_embedded(image, points):
    def embed(_):
        raise AssertionError("embedded")

    with pytest.raises(LandmarkError, match="placed found no landmarks"):
        Realigned(Placed(None), embed)(image)
    with pytest.raises(DegenerateFitError, match="span less than one pixel"):
        Realigned(Placed(np.zeros((5, 2))), embed)(image)
    with pytest.raises(DegenerateFitError, match="0 usable points"):
        Realigned(Placed(np.full((5, 2), np.nan)), embed)(image)
    with pytest.raises(LandmarkError, match="dan wants a box, got none"):
        Realigned("dan", embed)(image)
    with pytest.raises(LandmarkError, match="dan found no landmarks"):
        Realigned("dan", embed)(image, Box(9000, 9000, 10, 10))


def test_what_cannot_be_is_told_in_one_line(points):
    model = Placed(points)
    for options, error, message in (
        ({"colour": "BGRA"}, UnknownNameError, "Did you mean 'BGR'"),
        ({"modality": "thermall"}, UnknownNameError, "Did you mean 'thermal'"),
        ({"template": "arcface113"}, ConfigError, "multiple of 112 or 128, got 113"),
        ({"estimator": "similarty"}, UnknownNameError, "Did you mean 'similarity'"),
        ({"path": "x"}, ConfigError, "takes no path"),
    ):
        with pytest.raises(error, match=message) as caught:
            Realigned(model, np.copy, **options)
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownNameError, match="unknown option of landmark model 'box' 'pth'"):
        Realigned("box", np.copy, pth="x")
