import pickle
import sys

import numpy as np
import pytest

pytest.importorskip("dlib", reason="needs the extra 'dlib'")

from align_eval import weights
from align_eval._drawn import drawn_faces
from align_eval.errors import MissingExtraError, UnknownNameError
from align_eval.faces import Box
from landmark_models.dlib_models import Dlib5, Dlib68, DlibHog, _box, _pixels


@pytest.fixture(scope="module")
def five():
    return Dlib5()


@pytest.fixture(scope="module")
def faces():
    return drawn_faces()


def test_a_rectangle_becomes_a_box_and_the_same_rectangle_again():
    import dlib

    for edges in ((3, 4, 9, 12), (-5, 0, 0, 5), (7, 7, 7, 7)):
        box = _box(dlib.rectangle(*edges))
        assert _pixels(box) == edges
        assert box.centre == ((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)


def test_a_box_shifted_by_whole_pixels_has_its_rectangle_shifted():
    for x in (0.0, 0.25, 0.5, 0.75):
        left, _, right, _ = _pixels(Box(x, 0, 10, 10))
        assert _pixels(Box(x + 7, 0, 10, 10))[::2] == (left + 7, right + 7)


def test_points_are_whole_pixels_unless_the_face_is_enlarged(five, faces):
    plain = five.locate(faces)[0].points
    fine = Dlib5(enlarge_to=640).locate(faces)[0].points
    assert (plain == np.rint(plain)).all()
    assert (fine != np.rint(fine)).any()
    assert np.abs(plain - fine).max() < 4


def test_points_move_with_image_and_box(five, faces):
    image, box = faces[0].load(), faces[0].box
    moved = np.roll(image, (6, 10), axis=(0, 1))
    other = faces[0].with_image(moved).with_box(Box(box.x + 10, box.y + 6, *box[2:]))
    first, second = five.locate([faces[0], other])
    np.testing.assert_array_equal(first.points + [10, 6], second.points)


def test_yunet_s_boxes_are_made_square_and_others_left(faces):
    image, box = faces[0].load(), faces[0].box
    tall = Box(box.x, box.y - 20, box.width, box.height + 40)
    square = Box(tall.centre[0] - 50, tall.centre[1] - 50 + 0.03 * 100, 100, 100)
    assert tall.width + tall.height == 200
    yunet, plain = Dlib5(box_from="yunet"), Dlib5(box_from="dlib-hog")
    face = faces[0].with_image(image)
    np.testing.assert_array_equal(
        yunet.locate([face.with_box(tall)])[0].points,
        plain.locate([face.with_box(square)])[0].points,
    )


def test_gray_and_16_bit_images_are_taken(five, faces):
    gray = faces[0].load()[..., 0]
    low, high = int(gray.min()), int(gray.max())
    deep = ((gray.astype(np.uint16) - low) * 257).astype(np.uint16)
    stretched = np.rint((gray.astype(float) - low) * 255 / (high - low)).astype(np.uint8)
    pair = five.locate([faces[0].with_image(deep), faces[0].with_image(stretched)])
    np.testing.assert_array_equal(pair[0].points, pair[1].points)


def test_a_face_without_a_box_in_the_image_is_not_found(five, faces):
    assert (
        five.locate([faces[0].with_box(None), faces[0].with_box(Box(900, 9, 9, 9))]) == [None] * 2
    )


def test_the_detector_finds_the_drawn_face_where_it_is(faces):
    for face in faces:
        found = DlibHog().detect(face.load())
        assert len(found) == 1
        gap = np.subtract(found[0].box.centre, face.box.centre)
        assert np.abs(gap).max() < 0.2 * face.box.width


def test_a_large_image_is_shrunk_and_its_boxes_scaled_back(faces):
    image = np.repeat(np.repeat(faces[0].load(), 3, axis=0), 3, axis=1)
    plain, shrunk = DlibHog(upsample=0).detect(image), DlibHog(max_side=180).detect(image)
    centres = [np.array(found[0].box.centre) for found in (plain, shrunk)]
    assert np.abs(centres[0] - centres[1]).max() < 0.1 * plain[0].box.width


def test_models_can_be_pickled_and_named(faces):
    model = pickle.loads(pickle.dumps(Dlib5(box_from="yunet", name="fine")))
    assert model.name == "fine"
    wanted = Dlib5(box_from="yunet").locate(faces)
    for one, other in zip(model.locate(faces), wanted, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
    assert pickle.loads(pickle.dumps(DlibHog(name="hog"))).name == "hog"


def test_provenance_names_the_weights_and_the_package(five):
    assert five.provenance["weights"] == "shape_predictor_5_face_landmarks.dat"
    assert len(five.provenance["sha256"]) == 64
    assert five.provenance["dlib"][0].isdigit()


def test_an_unknown_layout_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'yunet'"):
        Dlib5(box_from="yunt")


def test_a_missing_package_names_its_extra(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(weights, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match=r"align-eval\[dlib\]"):
            Dlib68()
    monkeypatch.setitem(sys.modules, "dlib", None)
    for make in (Dlib68, Dlib5, DlibHog):
        with pytest.raises(MissingExtraError, match=r"align-eval\[dlib\]"):
            make()
