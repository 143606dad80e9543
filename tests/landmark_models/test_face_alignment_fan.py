"""A package of face-alignment's signatures stands in for it: its weights are not ours."""

import inspect
import pickle
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import standins

from align_eval._drawn import drawn_faces
from align_eval.checks import check, require
from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError
from align_eval.faces import Box
from landmark_models.boxes import landmark_box
from landmark_models.face_alignment_fan import Fan


@pytest.fixture
def package(monkeypatch, tmp_path):
    """The stand-in's class, with a file where the package looks for its weights."""
    made = standins.face_alignment(monkeypatch, tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / standins.WEIGHTS).write_bytes(b"weights")
    return made


def centre_and_size(found):
    low, high = found.points.min(axis=0), found.points.max(axis=0)
    return (low + high) / 2, high - low


def test_the_face_s_own_box_is_what_the_package_gets(package):
    face = drawn_faces(1)[0].with_box(Box(20, 30, 60, 90))
    found = Fan().locate([face])[0]
    middle, size = centre_and_size(found)
    np.testing.assert_allclose(middle, (50, 75), atol=1e-3)
    assert size[1] / size[0] == pytest.approx(1.5, abs=1e-3)
    assert found.scheme.name == "ibug68"
    np.testing.assert_allclose(found.quality, np.linspace(0.1, 0.9, 68), atol=1e-6)


def test_a_landmark_box_is_enlarged_to_a_detector_s(package):
    face = drawn_faces(1)[0]
    outer = Box(20, 30, 60, 90)
    inner = face.with_box(landmark_box(outer, "yunet"))
    one, other = Fan(box_from="landmarks").locate([inner]) + Fan().locate([face.with_box(outer)])
    np.testing.assert_allclose(one.points, other.points, atol=1e-3)


def test_it_is_made_without_a_detector_or_compilation(package):
    Fan(flip=True)
    assert package.made[-1].given == {
        "landmarks_type": standins.LandmarksType.TWO_D,
        "device": "cpu",
        "flip_input": True,
        "face_detector": "folder",
        "compile": False,
    }


def test_an_older_package_without_compilation_is_taken(package, monkeypatch):
    class Older(standins.FaceAlignment):
        def __init__(self, landmarks_type, device="cuda", flip_input=False, face_detector="sfd"):
            super().__init__(landmarks_type, device=device)

    monkeypatch.setattr(sys.modules["face_alignment"], "FaceAlignment", Older)
    assert Fan().locate(drawn_faces(1))[0] is not None


def test_the_contract_is_kept_though_the_package_scribbles_on_images(package):
    require(check(Fan()))


def test_missing_weights_are_named_with_their_place_and_nothing_is_fetched(monkeypatch, tmp_path):
    made = standins.face_alignment(monkeypatch, tmp_path)
    with pytest.raises(ConfigError, match=rf"{standins.WEIGHTS} is not in .*put it there from h"):
        Fan()
    assert made.made == []


def test_what_the_package_says_becomes_one_line(package):
    with pytest.raises(ConfigError, match=r"cannot be used: no such device: nowhere$"):
        Fan(device="nowhere")


def test_an_unknown_layout_is_refused(package):
    with pytest.raises(UnknownNameError, match="Did you mean 'landmarks'"):
        Fan(box_from="landmark")


def test_a_missing_package_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    with pytest.raises(MissingExtraError, match=r"align-eval\[fan\]"):
        Fan()


def test_it_can_be_pickled_and_named_and_says_its_weights(package):
    model = pickle.loads(pickle.dumps(Fan(name="bulat")))
    assert model.name == "bulat"
    assert model.provenance["weights"] == standins.WEIGHTS
    assert len(model.provenance["sha256"]) == 64
    assert model.provenance["device"] == "cpu"


@pytest.mark.skipif(find_spec("face_alignment") is None, reason="needs the extra 'fan'")
def test_the_stand_in_has_the_package_s_signatures():
    import face_alignment

    for method in ("__init__", "get_landmarks_from_image"):
        ours, theirs = (
            inspect.signature(getattr(one, method)).parameters
            for one in (standins.FaceAlignment, face_alignment.FaceAlignment)
        )
        assert list(ours) == list(theirs)[: len(ours)]
