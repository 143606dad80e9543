"""Which unit is read; the network here says the same of every image."""

import pickle

import numpy as np
import pytest
from cards import brightest, model, shipped

from align_eval._drawn import drawn_faces
from align_eval.checks import check_landmark_model, require
from align_eval.errors import ConfigError
from align_eval.faces import Box
from landmark_models import CATALOG
from landmark_models.ccnn import Ccnn

SIDE = 32
ABOUT = {
    "scheme": "five",
    "input_size": SIDE,
    "colour": "gray",
    "decode": "pixels",
    "output": "points",
    "quality": "quality",
    "crop": {"side": "max", "scale": 1.0, "border": "replicate"},
}
SAYING = """
    saying (float[N,1,32,32] images)
        => (float[N,5,2] points, float[N,5] quality, float[N,2,5,2] units) {
        count = Shape<end = 1>(images)
        one = Constant<value_ints = [1]>()
        two = Concat<axis = 0>(count, one)
        three = Concat<axis = 0>(two, one)
        four = Concat<axis = 0>(three, one)
        points = Expand(last, three)
        quality = Expand(high, two)
        units = Expand(every, four)
    }"""


@pytest.fixture
def path(tmp_path):
    every = np.array([0.25, 0.5], np.float32)[None, :, None, None] + np.zeros((1, 1, 5, 2))
    made = model(
        SAYING,
        last=np.full((1, 5, 2), 16, np.float32),
        high=np.full((1, 5), 0.75, np.float32),
        every=every.astype(np.float32),
    )
    return str(shipped(tmp_path / "ccnn", {"ccnn.onnx": made}, name="ccnn", description=ABOUT))


def face():
    """In a box of `SIDE` pixels at (20, 10)."""
    image = np.full((80, 90), 50, np.uint8)
    return drawn_faces(1)[0].with_image(image).with_box(Box(19.5, 9.5, SIDE, SIDE))


def test_the_last_unit_is_read_with_its_quality(path):
    found = Ccnn(path).locate([face()])[0]
    np.testing.assert_allclose(found.points, [[36, 26]] * 5, atol=1e-5)
    np.testing.assert_allclose(found.quality, 0.75)


@pytest.mark.parametrize(("unit", "at"), [(1, (28, 18)), (2, (36, 26))])
def test_each_unit_can_be_read_from_the_same_file(path, unit, at):
    found = Ccnn(path, unit=unit).locate([face(), face()])
    assert len(found) == 2
    np.testing.assert_allclose(found[1].points, [at] * 5, atol=1e-5)
    assert found[1].quality is None


@pytest.mark.parametrize("unit", [0, 3, -1, True, 1.0, "1"])
def test_a_unit_that_the_weights_do_not_have_is_refused(path, unit):
    with pytest.raises(ConfigError, match="unit wants a whole number from 1 to 2, got"):
        Ccnn(path, unit=unit)


def test_weights_without_units_are_refused(tmp_path):
    one = str(shipped(tmp_path, {"ccnn.onnx": brightest()}, name="ccnn", description=ABOUT))
    with pytest.raises(ConfigError, match="output 'units', got points, quality"):
        Ccnn(one, unit=1)
    assert Ccnn(one).locate([face()])[0] is not None


def test_a_study_names_the_unit_and_provenance_tells_it(path):
    made = CATALOG.build("ccnn", {"weights": path, "unit": 1}, workers=2, seed=0)
    assert made.provenance["unit"] == 1
    assert made.provenance["threads"] == 2
    assert "unit" not in Ccnn(path).provenance


def test_a_copy_reads_the_same_unit(path):
    made = Ccnn(path, unit=1, crop={"scale": 2.0})
    copy = pickle.loads(pickle.dumps(made))
    one, other = (each.locate([face()])[0].points for each in (made, copy))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("unit", [None, 1])
def test_it_keeps_the_contract_of_landmark_models(path, unit):
    require(check_landmark_model(Ccnn(path, unit=unit, batch_size=2)))
