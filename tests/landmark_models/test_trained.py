"""Trained models are read from a card; the networks here find the brightest pixel."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from cards import brightest, card, model, shipped

from align_eval._drawn import drawn_faces
from align_eval.checks import check_landmark_model, require
from align_eval.errors import ConfigError
from align_eval.faces import Box
from landmark_models import CATALOG, packaged
from landmark_models.card import write_card
from landmark_models.trained import TrainedModel

NAMES = ("dmsl", "chu", "dan", "mtcnn", "pbc", "heatmap", "ccnn", "validated", "aam")
SIDE = 32
ABOUT = {
    "scheme": "five",
    "input_size": SIDE,
    "colour": "gray",
    "decode": "pixels",
    "crop": {"side": "max", "scale": 1.0, "border": "replicate"},
}


@pytest.fixture
def path(tmp_path):
    return shipped(tmp_path / "tiny", {"tiny.onnx": brightest()}, description=ABOUT)


def lit(x, y, dtype=np.uint8):
    """A face in a box of `SIDE` pixels at (20, 10), with one bright pixel."""
    image = np.full((80, 90), 50, dtype)
    image[y, x] = 200
    return drawn_faces(1)[0].with_image(image).with_box(Box(19.5, 9.5, SIDE, SIDE))


def test_a_card_and_its_folder_name_the_same_model(path):
    for weights in (str(path), str(path.parent)):
        points = TrainedModel(weights).locate([lit(30, 25)])[0].points
        np.testing.assert_allclose(points, [[30, 25]] * 5)


def test_packaged_weights_are_found_by_name(path, monkeypatch):
    monkeypatch.setattr(packaged, "PACKAGED", path.parent)
    made = TrainedModel("tiny")
    assert made.name == "tiny"
    np.testing.assert_allclose(made.locate([lit(40, 20)])[0].points, [[40, 20]] * 5)


def test_it_keeps_the_contract_of_landmark_models(path):
    require(check_landmark_model(TrainedModel(str(path), batch_size=2)))


def test_a_16_bit_image_is_seen_as_its_8_bit_copy(path):
    deep = lit(33, 17, np.uint16)
    points = TrainedModel(str(path)).locate([deep])[0].points
    np.testing.assert_allclose(points, [[33, 17]] * 5)


def test_keys_overrule_the_card_one_by_one(path):
    made = TrainedModel(str(path), crop={"scale": 2.0}, quality="quality")
    found = made.locate([lit(10, 5)])[0]
    assert np.abs(found.points - [10, 5]).max() <= 1
    assert (found.quality > 50).all()
    assert TrainedModel(str(path)).locate([lit(10, 5)])[0].quality is None


def test_a_quality_must_be_one_number_a_point(path):
    with pytest.raises(ConfigError, match=r"'points' has shape \(5, 2\).* 5 points wants \(5,\)"):
        TrainedModel(str(path), quality="points")
    with pytest.raises(ConfigError, match="Did you mean 'quality'"):
        TrainedModel(str(path), quality="qualities")
    with pytest.raises(ConfigError, match=r"quality wants a name or a position, got 0\.5"):
        TrainedModel(str(path), quality=0.5)


def test_faces_run_one_by_one_whatever_the_card_says(tmp_path):
    """The points here are the number of faces in the batch."""
    counting = model(
        """counting (float[N,1,32,32] images) => (float[N,5,2] points) {
            count = Shape<end = 1>(images)
            rest = Constant<value_ints = [5, 2]>()
            shape = Concat<axis = 0>(count, rest)
            number = Cast<to = 1>(count)
            points = Expand(number, shape)
        }"""
    )
    about = {**ABOUT, "batch_size": 32, "crop": {"scale": 1.0}}
    path = str(shipped(tmp_path, {"tiny.onnx": counting}, description=about))
    faces = [lit(30, 25)] * 3
    batched = [TrainedModel(path, **keys).locate(faces) for keys in ({}, {"batch_size": 2})]
    counts = [[found.points[0, 0] - 20 for found in run] for run in batched]
    assert counts == [[1, 1, 1], [2, 2, 1]]


def test_provenance_pins_the_weights_and_says_what_they_were_trained_on(path):
    about = TrainedModel(str(path), workers=2).provenance
    assert about["weights"] == "tiny.json"
    assert about["sha256"] == packaged.sha256(path)
    assert about["file"] == "tiny.onnx"
    assert about["trained on"] == "40 faces of 4 subjects: drawn"
    assert about["threads"] == 2


def test_it_can_be_pickled_and_named(path):
    made = TrainedModel(str(path), name="other", crop={"scale": 2.0})
    copy = pickle.loads(pickle.dumps(made))
    assert copy.name == "other"
    first, second = (m.locate([lit(30, 25)])[0].points for m in (made, copy))
    np.testing.assert_array_equal(first, second)


def test_another_file_than_the_card_means_is_refused(path):
    (path.parent / "tiny.onnx").write_bytes(b"another")
    with pytest.raises(ConfigError, match=r"tiny.onnx has sha256 .* weight card 'tiny' wants"):
        TrainedModel(str(path))
    (path.parent / "tiny.onnx").unlink()
    with pytest.raises(ConfigError, match=r"names tiny\.onnx, which is not beside it"):
        TrainedModel(str(path))


def test_a_model_without_weights_of_its_own_wants_some():
    with pytest.raises(ConfigError, match="'TrainedModel' wants the option weights"):
        TrainedModel()


@pytest.mark.parametrize("name", NAMES)
def test_every_trained_model_says_how_to_train_it_where_it_is_not_packaged(
    name, tmp_path, monkeypatch
):
    monkeypatch.setattr(packaged, "PACKAGED", tmp_path)
    with pytest.raises(ConfigError, match=f"'{name}': .*`align-eval train {name} --out FOLDER`"):
        CATALOG.build(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "heatmap"])
def test_every_trained_model_takes_the_packaged_weights_of_its_name(name, tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "PACKAGED", tmp_path)
    shipped(tmp_path, {f"{name}.onnx": brightest()}, name=name, description=ABOUT)
    made = CATALOG.build(name, {}, workers=1, seed=0)
    assert made.name == name
    assert made.box_policy == "needed"
    points = made.locate([lit(30, 25)])[0].points
    assert np.abs(points - [30, 25]).max() <= 0.5


def test_a_card_whose_description_does_not_fit_its_file_is_refused(path):
    write_card(
        card(files=TrainedModel(str(path)).card.files, description={**ABOUT, "scheme": "ibug68"}),
        path.parent,
    )
    with pytest.raises(ConfigError, match=r"10 numbers a face.* 68 points"):
        TrainedModel(str(path))


def test_no_trained_model_imports_torch():
    """Torch trains and exports; nothing that serves needs it."""
    lines = [f"import landmark_models.{name}" for name in (*NAMES, "mtcnn_detector")]
    code = "; ".join(["import sys", *lines, "sys.exit('torch' in sys.modules)"])
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
