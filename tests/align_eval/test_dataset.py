import numpy as np
import pytest

from align_eval.dataset import Dataset, GroundTruth, Trials
from align_eval.errors import DataError, LandmarkError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

SUBJECTS = {f"{subject}{i}": subject for subject in "abc" for i in range(3)}
IDS = list(SUBJECTS)


def _face(name, subject=None):
    return Face(name, subject or SUBJECTS[name], Modality.VISIBLE, lambda: np.zeros((2, 2)))


FACES = tuple(map(_face, IDS))


def test_a_data_set_finds_its_faces_and_lists_its_subjects_once():
    training = (_face("z0", "z"),)
    dataset = Dataset("toy", FACES, training=training)
    assert dataset.face("b1") is FACES[4]
    assert dataset.face("z0") is training[0]
    assert dataset.subjects == ("a", "b", "c")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faces": ()}, "'toy' holds no faces"),
        ({"faces": (FACES[0], FACES[0])}, "the face id 'a0' twice"),
        ({"training": (FACES[0],)}, "the face id 'a0' twice"),
        ({"training": (_face("new", "a"),)}, "subject 'a' is trained and tested"),
        ({"faces": FACES[:2], "trials": Trials.pairs(["a0"], ["b2"], SUBJECTS)}, "such as 'b2'"),
        (
            {"faces": FACES[:6], "training": FACES[6:],
             "trials": Trials.pairs(["a0"], ["c0"], SUBJECTS)},
            "not among the tested ones, such as 'c0'",
        ),
        ({"faces": FACES[:2], "trials": Trials.cross({"A": ("a0", "a2")}, ["a1"], SUBJECTS)},
         "such as 'a2'"),
    ],
)  # fmt: skip
def test_a_data_set_that_contradicts_itself_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        Dataset(**({"name": "toy", "faces": FACES} | options))


FIVE = scheme_named("five")
KNOWN = Landmarks(np.arange(10).reshape(5, 2), FIVE)


def test_ground_truth_is_a_landmark_model_that_looks_up():
    truth = GroundTruth().for_dataset(Dataset("toy", FACES, truth={"a1": KNOWN}))
    assert truth.name == "ground_truth"
    assert truth.scheme == FIVE
    assert truth.locate(FACES[:3]) == [None, KNOWN, None]


def test_ground_truth_wants_a_data_set_that_has_some():
    with pytest.raises(LandmarkError, match="'toy' has no ground-truth landmarks: name another"):
        GroundTruth().for_dataset(Dataset("toy", FACES))
    with pytest.raises(LandmarkError, match="bound to no data set"):
        _ = GroundTruth().scheme


def test_the_same_pairs_in_another_numbering_are_the_same():
    trials = Trials.pairs(["a0", "b0"], ["a1", "c0"], SUBJECTS)
    renumbered = Trials(
        ("b0", "a0"), ("c0", "a1"), ("b", "a"), ("c", "a"), np.array([1, 0]), np.array([1, 0])
    )
    assert trials.same_pairs(renumbered)
    assert not trials.same_pairs(Trials.pairs(["b0", "a0"], ["c0", "a1"], SUBJECTS))
    assert not trials.same_pairs(trials.only(np.array([True, False])))


def _in_folds(folds, trained=(), fold=(0, 1), **options):
    trials = Trials.pairs(["a0", "b0"], ["a1", "c0"], SUBJECTS, fold)
    return Dataset("toy", FACES, trials, training=trained, folds=folds, **options)


def test_a_subject_may_be_trained_on_in_one_fold_and_tested_in_another():
    data = _in_folds({0: ("b0", "c1"), 1: ("a0",)})
    assert [face.id for face in data.trained(0)] == ["b0", "c1"]
    assert [face.id for face in data.trained(1)] == ["a0"]
    assert data.trained() == ()
    learned = (_face("z0", "z"),)
    assert Dataset("toy", FACES, training=learned).trained() == learned


@pytest.mark.parametrize(
    ("folds", "options", "message"),
    [
        ({0: ("a2",), 1: ()}, {}, "subject 'a' is trained and tested in fold 0"),
        ({0: (), 1: ("c2",)}, {}, "subject 'c' is trained and tested in fold 1"),
        ({0: (), 1: ("z0",)}, {}, "fold 1 trains on the unknown face 'z0'"),
        ({0: ()}, {}, "other folds than it trains"),
        ({0: (), 1: (), 2: ()}, {}, "other folds than it trains"),
        ({0: (), 1: ()}, {"fold": None}, "wants trials with folds"),
        ({0: (), 1: ()}, {"trained": (_face("z0", "z"),)}, "no training faces besides"),
    ],
)
def test_folds_that_contradict_the_trials_are_refused(folds, options, message):
    with pytest.raises(DataError, match=message):
        _in_folds(folds, **options)
