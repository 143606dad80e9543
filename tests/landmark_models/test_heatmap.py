"""The network of these tests averages blocks of 4 × 4 pixels: its map is the crop, made smaller."""

import pickle

import numpy as np
import pytest
from cards import model, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval._drawn import drawn_faces
from align_eval.checks import check_landmark_model, require
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box
from align_eval.similarity import Similarity
from landmark_models.heatmap import PLACE, SIZE, Heatmap

BLOCKS = """
    blocks (float[N,1,192,192] images) => (float[N,5,48,48] maps) {
        pooled = AveragePool<kernel_shape = [4, 4], strides = [4, 4]>(images)
        times = Constant<value_ints = [1, 5, 1, 1]>()
        maps = Tile(pooled, times)
    }"""
ABOUT = {"scheme": "five", "decode": "taylor"}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heatmap")
    made = {"heatmap.onnx": model(BLOCKS)}
    return str(shipped(folder, made, name="heatmap", description=ABOUT))


def placed(path, points):
    return Heatmap(path, placed_by={"name": "placers:Given", "points": points})


def lit(x, y, shape=(500, 600), spread=6.0):
    """A face whose image is dark but for a soft spot."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    image = 250 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return drawn_faces(1)[0].with_image(image.astype(np.uint8)).with_box(Box(9, 9, 300, 300))


@settings(max_examples=20, deadline=None)
@given(
    st.floats(0.8, 1.3),
    st.floats(-np.pi, np.pi),
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.tuples(st.floats(60, 130), st.floats(60, 130)),
)
def test_points_are_mapped_back_wherever_the_face_lies(path, scale, angle, x, y, spot):
    """A spot at a known place of the aligned face is found at its place in the image."""
    turn = Similarity.make(scale, angle, (300 + x, 250 + y))
    centre = np.full(2, (SIZE - 1) / 2)
    points = turn(PLACE.landmarks.points - centre)
    wanted = turn(np.array([spot]) - centre)[0]
    found = placed(path, points.tolist()).locate([lit(*wanted, spread=7 * scale)])[0]
    np.testing.assert_allclose(found.points, [wanted] * 5, atol=0.3)


def test_a_large_face_is_averaged_before_it_is_looked_at(path):
    """One bright pixel in 64 counts as a 64th, wherever it lies."""
    rng = np.random.default_rng(0)
    noise = (rng.random((SIZE * 8, SIZE * 8)) < 1 / 64).astype(np.uint8) * 255
    points = (PLACE.landmarks.points + 0.5) * 8 - 0.5
    face = drawn_faces(1)[0].with_image(noise).with_box(Box(100, 100, 1000, 1000))
    crop, _ = placed(path, points.tolist())._cut(face)
    assert crop[16:-16, 16:-16].mean() == pytest.approx(255 / 64, rel=0.2)
    assert crop.std() < 6


def test_the_packaged_five_point_model_places_faces(path):
    made = Heatmap(path)
    require(check_landmark_model(made))
    assert made.provenance["placed by"] == "mtcnn"
    assert made.provenance["placed by: weights"] == "mtcnn.json"


def test_its_box_is_of_the_same_kind(path):
    """The five points get the box as it is, and are told whose it is."""
    face = lit(100, 100)
    by_detector = Heatmap(path, box_from="yunet")
    assert by_detector._placer._box_from == "yunet"
    assert (Heatmap(path)._cut(face)[0] != by_detector._cut(face)[0]).any()


def test_a_face_that_cannot_be_placed_is_not_found(path):
    face = lit(100, 100)
    assert placed(path, None).locate([face]) == [None]
    assert placed(path, [[50.0, 50.0]] * 5).locate([face]) == [None]
    assert placed(path, [[np.nan] * 2] * 5).locate([face]) == [None]
    assert placed(path, PLACE.landmarks.points.tolist()).locate([face.with_box(None)]) == [None]


def test_the_mirrored_crop_can_be_averaged_in(path):
    points = (PLACE.landmarks.points + 100).tolist()
    once, twice = (
        placed(path, points),
        Heatmap(path, placed_by={"name": "placers:Given", "points": points}, flip_average=True),
    )
    face = lit(180, 190)
    np.testing.assert_allclose(
        once.locate([face])[0].points, twice.locate([face])[0].points, atol=1e-3
    )


def test_it_can_be_pickled(path):
    made = Heatmap(path, placed_by={"name": "box"}, box_from="yunet")
    other = pickle.loads(pickle.dumps(made))
    face = lit(150, 140)
    np.testing.assert_array_equal(made.locate([face])[0].points, other.locate([face])[0].points)


def test_who_places_must_be_known_and_give_points_to_place_by(path):
    with pytest.raises(UnknownNameError, match="Did you mean 'mtcnn'"):
        Heatmap(path, placed_by="mtcn")
    with pytest.raises(ConfigError, match="wants the name of a landmark model"):
        Heatmap(path, placed_by={"path": "x.onnx"})
