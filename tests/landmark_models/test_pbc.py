import numpy as np
import pytest
from cards import brightest, shipped
from hypothesis import given
from hypothesis import strategies as st

from align_eval._drawn import drawn_faces
from align_eval.checks import check_landmark_model, require
from align_eval.faces import Box
from landmark_models.boxes import square
from landmark_models.pbc import NEAREST, Pbc, unenlarged

SCALE = 1.1
ABOUT = {"scheme": "five", "colour": "gray", "crop": {"scale": SCALE, "border": "replicate"}}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pbc")
    return str(shipped(folder, {"pbc.onnx": brightest()}, name="pbc", description=ABOUT))


def lit(points, box, shape=(600, 700)):
    """A face with bright spots of 5 × 5 pixels."""
    image = np.full(shape, 20, np.uint8)
    for x, y in points:
        image[y - 2 : y + 3, x - 2 : x + 3] = 180
        image[y, x] = 200
    return drawn_faces(1)[0].with_image(image).with_box(box)


@given(st.floats(1, 3000), st.floats(-500, 500), st.floats(-500, 500), st.floats(0.8, 2))
def test_a_crop_is_never_enlarged_and_keeps_its_middle(longest, x, y, scale):
    area = square(Box(x, y, longest, longest / 2), "max", scale)
    side, seen = unenlarged(area, longest)
    step = seen.width / side
    assert step == pytest.approx(max(1, longest / NEAREST))
    assert seen.centre == pytest.approx(area.centre)
    assert side == 60 or abs(side - area.width / step) <= 0.5 + 1e-9  # either way at a half


@pytest.mark.parametrize("side", [8, 40, 90, 189])
def test_a_face_is_seen_in_the_image_s_own_pixels(path, side):
    """At whole pixels, the brightest one of the crop is the one of the image, exactly."""
    area = SCALE * side
    width, _ = unenlarged(Box(0, 0, area, area), side)
    middle = 300 - 0.5 if width % 2 == 0 else 300
    face = lit([(302, 298)], Box(middle - side / 2, middle - side / 2, side, side))
    found = Pbc(path).locate([face])[0]
    np.testing.assert_allclose(found.points, [[302, 298]] * 5, atol=1e-9)
    np.testing.assert_allclose(found.quality, 200, atol=1e-3)


def test_a_near_face_is_shrunk(path):
    face = lit([(320, 280)], Box(110, 110, 380, 380))
    found = Pbc(path).locate([face])[0]
    np.testing.assert_allclose(found.points, [[320, 280]] * 5, atol=2)
    assert found.quality[0] < 195


def test_faces_of_several_sizes_go_together(path):
    faces = [lit([(300, 300)], Box(300 - s / 2, 300 - s / 2, s, s)) for s in (20, 100, 400)]
    faces.insert(1, faces[0].with_box(None))
    model = Pbc(path, batch_size=8)
    found = model.locate(faces)
    assert found[1] is None
    for k in (0, 2, 3):
        np.testing.assert_array_equal(found[k].points, model.locate([faces[k]])[0].points)


def test_a_mirrored_pass_is_averaged_in_pixels_of_its_own_crop(path):
    face = lit([(310, 295)], Box(249.5, 249.5, 100, 100))
    once, twice = (Pbc(path, flip_average=flip).locate([face])[0] for flip in (False, True))
    np.testing.assert_allclose(once.points, twice.points, atol=1e-9)


def test_it_keeps_the_contract_of_landmark_models(path):
    require(check_landmark_model(Pbc(path)))
