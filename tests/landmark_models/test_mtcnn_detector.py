"""A cascade that detects bright squares on black, so that every convention shows in its boxes.

Its networks take windows of 1.2 sides of the square: stage 1 compares with a template, the others
measure the square's middle and area.
"""

import pickle

import numpy as np
import pytest
from cards import model, shipped

from align_eval.checks import check_detector, require
from align_eval.errors import ConfigError
from align_eval.image import read_image
from landmark_models import DETECTORS
from landmark_models.mtcnn_detector import MtcnnDetector
from landmark_models.mtcnn_stages import SIZES

SCALE = 1.2
ABOUT = {
    "scheme": "five",
    "input_size": 48,
    "colour": "gray",
    "decode": "pixels",
    "output": "points",
    "crop": {"side": "max", "scale": SCALE, "border": "replicate"},
}
PYRAMID = {"factor": 0.85, "thresholds": [0.4, 0.5, 0.5]}
FIRST = """
    first (float[N,1,H,W] images) => (float[N,h,w] face, float[N,4,h,w] box) {
        likeness = Conv<strides = [2, 2]>(images, template)
        face = Squeeze(likeness, one)
        box = Conv<strides = [2, 2]>(images, nothing, inset)
    }"""
LATER = """
    later (float[N,1,S,S] images) => (float[N] face, float[N,4] box, float[N,5,2] points) {
        lit = Div(images, white)
        mass = ReduceSum<keepdims = 0>(lit, axes)
        across = Mul(lit, columns)
        down = Mul(lit, rows)
        x_sum = ReduceSum<keepdims = 0>(across, axes)
        y_sum = ReduceSum<keepdims = 0>(down, axes)
        x = Div(x_sum, mass)
        y = Div(y_sum, mass)
        side = Sqrt(mass)
        half = Mul(side, point5)
        left = Sub(x, half)
        top = Sub(y, half)
        right = Add(x, half)
        bottom = Add(y, half)
        one = Constant<value_ints = [1]>()
        l = Unsqueeze(left, one)
        t = Unsqueeze(top, one)
        r = Unsqueeze(right, one)
        b = Unsqueeze(bottom, one)
        pixels = Concat<axis = 1>(l, t, r, b)
        edges = Add(pixels, point5)
        parts = Div(edges, size)
        box = Sub(parts, window)
        share = Div(side, size)
        face = Mul(share, point9)
        px = Unsqueeze(x, one)
        py = Unsqueeze(y, one)
        pair = Concat<axis = 1>(px, py)
        lone = Unsqueeze(pair, one)
        five = Constant<value_ints = [1, 5, 1]>()
        points = Tile(lone, five)
    }"""


def first():
    template = np.full((12, 12), -2 / 44)
    template[1:11, 1:11] = 1 / 100
    return model(
        FIRST,
        one=np.array([1]),
        template=(template / 255).astype(np.float32)[None, None],
        nothing=np.zeros((4, 1, 12, 12), np.float32),
        inset=(np.array([1, 1, -1, -1]) / 12).astype(np.float32),
    )


def later(size):
    axis = np.arange(size, dtype=np.float32)
    return model(
        LATER,
        white=np.float32(255),
        axes=np.array([1, 2, 3]),
        columns=axis[None, None, None],
        rows=axis[None, None, :, None],
        point5=np.float32(0.5),
        point9=np.float32(0.9),
        size=np.float32(size),
        window=np.array([0, 0, 1, 1], np.float32),
    )


def stages():
    return {"mtcnn.onnx": later(48), "mtcnn-stage1.onnx": first(), "mtcnn-stage2.onnx": later(24)}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mtcnn")
    return str(shipped(folder, stages(), name="mtcnn", description=ABOUT))


@pytest.fixture(scope="module")
def detector(path):
    return MtcnnDetector(path, **PYRAMID)


def scene(*squares, shape=(240, 320)):
    """Bright squares (x, y, side) on black; x and y are their first pixels."""
    image = np.zeros(shape, np.uint8)
    for x, y, side in squares:
        image[y : y + side, x : x + side] = 255
    return image


@pytest.mark.parametrize("square", [(40, 50, 30), (101, 33, 47), (60, 20, 120), (150, 77, 90)])
def test_a_square_is_found_once_where_it_is(detector, square):
    x, y, side = square
    found = detector.detect(scene(square))
    assert len(found) == 1
    np.testing.assert_allclose(found[0].box, (x - 0.5, y - 0.5, side, side), atol=0.2)
    middle = [x + (side - 1) / 2, y + (side - 1) / 2]
    np.testing.assert_allclose(found[0].landmarks.points, [middle] * 5, atol=0.1)
    assert found[0].score == pytest.approx(0.9 / SCALE, abs=0.02)


def test_every_square_of_a_scene_is_found_best_first(detector):
    squares = [(20, 20, 30), (90, 90, 70), (220, 150, 45), (200, 20, 60)]
    found = detector.detect(scene(*squares))
    assert sorted(round(one.box.width / 5) for one in found) == [6, 9, 12, 14]
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)


def test_nothing_is_found_where_nothing_is(detector):
    for image in (scene(), np.full((100, 100), 255, np.uint8), scene(shape=(11, 300))):
        assert detector.detect(image) == []


def test_a_threshold_that_no_window_reaches_leaves_nothing(path):
    image = scene((40, 50, 30))
    for k in range(3):
        thresholds = list(PYRAMID["thresholds"])
        thresholds[k] = 1.0
        assert MtcnnDetector(path, factor=0.85, thresholds=thresholds).detect(image) == []


def test_faces_smaller_than_min_face_are_left_out(path):
    image = scene((40, 50, 30), (120, 60, 100))
    widths = [
        [
            round(one.box.width / 10)
            for one in MtcnnDetector(path, min_face=m, **PYRAMID).detect(image)
        ]
        for m in (24, 60)
    ]
    assert sorted(widths[0]) == [3, 10]
    assert widths[1] == [10]


def test_a_large_image_is_shrunk_and_boxes_scaled_back(path):
    image = scene((400, 300, 500), shape=(1200, 1600))
    found = MtcnnDetector(path, max_side=320, **PYRAMID).detect(image)
    assert len(found) == 1
    np.testing.assert_allclose(found[0].box, (399.5, 299.5, 500, 500), atol=10)


def test_16_bits_and_colour_show_the_same_square(detector):
    gray = scene((101, 33, 47))
    (wanted,) = detector.detect(gray)
    for image in (gray.astype(np.uint16) * 60, np.repeat(gray[..., None], 3, axis=2)):
        (found,) = detector.detect(image)
        np.testing.assert_allclose(found.box, wanted.box, atol=1e-6)


def test_a_square_at_the_border_is_found(detector):
    found = detector.detect(scene((4, 4, 60)))
    assert len(found) == 1
    np.testing.assert_allclose(found[0].box, (3.5, 3.5, 60, 60), atol=0.2)


def test_an_image_full_of_candidates_takes_bounded_time_and_gives_sound_boxes(path):
    noise = np.random.default_rng(0).integers(0, 256, (300, 400)).astype(np.uint8)
    everything = MtcnnDetector(path, thresholds=[0, 0, 0])
    require(check_detector(everything, [noise]))


def test_it_keeps_the_contract_of_detectors(detector):
    require(check_detector(detector))
    require(check_detector(detector, [scene((40, 50, 30)), scene()]))


def test_it_can_be_pickled_and_says_what_it_is(path):
    made = DETECTORS.build("mtcnn", {"weights": path, **PYRAMID, "name": "squares"}, workers=1)
    copy = pickle.loads(pickle.dumps(made))
    image = scene((101, 33, 47))
    assert copy.name == "squares"
    assert copy.detect(image)[0].box == made.detect(image)[0].box
    assert made.provenance["weights"] == "mtcnn.json"
    assert len(made.provenance["sha256"]) == 64
    assert made.provenance["trained on"] == "40 faces of 4 subjects: drawn"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thresholds": [0.5, 0.5]}, r"three numbers from 0 to 1, got \[0.5, 0.5\]"),
        ({"thresholds": [0.5, 0.5, 1.5]}, "three numbers from 0 to 1"),
        ({"thresholds": "0.5"}, "three numbers from 0 to 1"),
        ({"thresholds": 0.5}, "three numbers from 0 to 1, got 0.5"),
        ({"min_face": 2}, "min_face wants at least 8 pixels, got 2"),
        ({"min_face": float("nan")}, "min_face wants at least 8 pixels, got nan"),
        ({"factor": 1.0}, "factor wants more than 0 and at most 0.95, got 1.0"),
        ({"max_side": 5}, "max_side wants at least 12 pixels, got 5"),
        ({"max_sides": 5}, "Did you mean 'max_side'"),
    ],
)
def test_an_option_out_of_its_range_is_refused_in_one_line(path, options, message):
    with pytest.raises(ConfigError, match=message) as caught:
        DETECTORS.build("mtcnn", {"weights": path, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "made", "message"),
    [
        ("mtcnn-stage2.onnx", None, r"names no file \*-stage2.onnx"),
        ("mtcnn-stage2.onnx", later(20), "stage2.onnx does not run on windows of 24 pixels"),
        ("mtcnn.onnx", first(), "unknown output of mtcnn.onnx 'points'"),
        ("mtcnn-stage2.onnx", first(), r"'face' of two windows has shape \(2, 7, 7\), \(2,\) is"),
    ],
)
def test_weights_that_are_no_cascade_are_refused_in_one_line(tmp_path, name, made, message):
    files = {key: value for key, value in {**stages(), name: made}.items() if value is not None}
    path = shipped(tmp_path, files, name="mtcnn", description=ABOUT)
    with pytest.raises(ConfigError, match=message) as caught:
        MtcnnDetector(str(path))
    assert "\n" not in str(caught.value)


def test_windows_are_those_that_the_networks_are_trained_on():
    from landmark_models.nets import mtcnn

    assert mtcnn.SIZES == SIZES


def test_the_packaged_cascade_finds_the_faces_of_photographs_with_few_false_alarms(data_root):
    detector = MtcnnDetector()
    paths = sorted((data_root / "permissive/frll/neutral_front").glob("*.jpg"))[:30]
    faces = alarms = 0
    for path in paths:
        found = detector.detect(read_image(path))
        middle = [one for one in found if abs(one.box.centre[0] - 270) < 60 < one.box.width / 2]
        faces += bool(middle)
        alarms += len(found) - bool(middle)
    assert len(paths) == 30
    assert faces == 30
    assert alarms <= 12
