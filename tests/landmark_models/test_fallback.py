import pickle

import numpy as np
import pytest
from gridded import Grid

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.interfaces import DatasetBound, LandmarkModel, TrainableModel
from align_eval.schemes import scheme_named
from landmark_models import CATALOG
from landmark_models.box import BoxTemplate
from landmark_models.fallback import Fallback

BLANK = np.zeros((80, 100), np.uint8)
BLIND = {"name": "blind", "model": "placers:Given"}
SURE = {"name": "sure", "model": "hostile:Breaking"}
FIVE, SIXTY_EIGHT = scheme_named("five"), scheme_named("ibug68")
GRID = "gridded:Grid"


def face(box=None, name="a"):
    return Face(name, "A", Modality.VISIBLE, BLANK.copy, box)


def test_a_face_has_the_landmarks_of_the_first_model_that_finds_it():
    faces = [face(Box(10, 10, 40, 40)), face(), face(Box(0, 0, 20, 20))]
    found = Fallback(["box", SURE]).locate(faces)
    alone = BoxTemplate().locate(faces)
    np.testing.assert_array_equal(found[0].points, alone[0].points)
    np.testing.assert_array_equal(found[2].points, alone[2].points)
    assert alone[1] is None
    assert found[1] is not None


def test_a_later_model_is_asked_for_the_faces_that_are_left_only():
    model = Fallback([BLIND, "box", SURE])
    model.locate([face(Box(10, 10, 40, 40)), face(), face()])
    model.locate([face(Box(10, 10, 40, 40))])
    about = model.provenance
    assert about["models"] == "blind, box, sure"
    assert [about[f"found by {name}"] for name in ("blind", "box", "sure", "none")] == [0, 2, 2, 0]


def test_what_no_model_finds_stays_a_failure_and_is_counted():
    model = Fallback([BLIND, "box"])
    assert model.locate([face(), face()]) == [None, None]
    assert model.provenance["found by none"] == 2


def test_points_none_of_which_is_known_are_not_found():
    model = Fallback([{"name": "blank", "model": GRID, "blank": True}, "box"])
    box = Box(10, 10, 40, 40)
    found = model.locate([face(box)])[0]
    np.testing.assert_array_equal(found.points, BoxTemplate().locate([face(box)])[0].points)


def test_models_of_one_scheme_keep_it():
    model = Fallback([{"name": "first", "model": GRID}, {"name": "second", "model": GRID}])
    assert model.scheme == SIXTY_EIGHT
    assert model.locate([face(Box(0, 0, 9, 9))])[0].points.shape == (68, 2)


def test_models_of_several_schemes_give_the_five_points_with_their_quality():
    model = Fallback([{"name": "grid", "model": GRID}, SURE])
    first, second = model.locate([face(Box(0, 0, 9, 9)), face()])
    assert model.scheme == first.scheme == second.scheme == FIVE
    whole = Grid().locate([face(Box(0, 0, 9, 9))])[0].to(FIVE)
    np.testing.assert_array_equal(first.points, whole.points)
    np.testing.assert_array_equal(first.quality, whole.quality)
    assert second.quality is None


def test_a_model_without_the_five_points_is_refused_among_others():
    with pytest.raises(ConfigError, match="'five', got 'corners' of scheme 'dlib5' without"):
        Fallback([{"name": "corners", "model": GRID, "scheme": "dlib5"}, "box"])


def test_every_model_s_weights_are_named():
    about = Fallback([{"name": "grid", "model": GRID}, "box"]).provenance
    assert (about["grid weights"], about["grid sha256"]) == ("grid.onnx", "0" * 64)


def test_a_box_is_needed_if_every_model_needs_one():
    assert Fallback(["box", BLIND]).box_policy == "needed"
    assert Fallback(["box", SURE]).box_policy == "ignored"


def test_it_is_ready_as_it_is_made():
    model = CATALOG.build("fallback", {"models": ["box", SURE]}, seed=0, workers=2)
    assert isinstance(model, LandmarkModel)
    assert not isinstance(model, DatasetBound | TrainableModel)


def test_a_copy_by_pickle_is_the_same_model():
    model = Fallback(["box", SURE], name="both")
    faces = [face(Box(10, 10, 40, 40)), face()]
    copy = pickle.loads(pickle.dumps(model))
    assert copy.name == "both"
    for one, other in zip(model.locate(faces), copy.locate(faces), strict=True):
        np.testing.assert_array_equal(one.points, other.points)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["box"], "at least two models"),
        ("box", "a list of at least two models"),
        (["box", "box"], "names the model 'box' twice"),
        (["box", "ground_truth"], "got 'ground_truth', which must know the data set"),
        (["box", {"model": "fitted", "task": "dan"}], "got 'fitted', which learns"),
        (["box", {"name": "wide", "model": "box", "layuot": "x"}], "layuot"),
    ],
)
def test_what_it_cannot_use_is_refused(models, message):
    with pytest.raises(ConfigError, match=message):
        Fallback(models)


def test_an_unknown_model_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'box'"):
        Fallback(["box", "bix"])
