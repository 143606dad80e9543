from dataclasses import replace

import pytest
from parted import MeanShape, load

from align_eval.errors import ContractError, DataError
from align_eval.fitting import fit
from align_eval.interfaces import TrainableModel


def test_training_faces_of_one_data_set_are_enough():
    model = MeanShape()
    assert isinstance(model, TrainableModel)
    fit("mean", model, {"a": load(trained=0), "b": load()})
    assert model.provenance == {"learned_from": 8}


def test_training_faces_without_landmarks_are_none():
    blind = replace(load(), truth={})
    with pytest.raises(DataError, match="none are in a"):
        fit("mean", MeanShape(), {"a": blind})


def test_a_leak_names_the_subject_and_both_data_sets():
    with pytest.raises(
        DataError, match="subject 'subject 6' of data set 'a', who is tested in 'b'"
    ):
        fit("mean", MeanShape(), {"a": load(), "b": load(subjects=8)})


def test_an_error_while_learning_names_the_model():
    class Broken(MeanShape):
        def fit(self, datasets):
            raise KeyError("x")

    with pytest.raises(ContractError, match="aligner 'mean', while it learned, raised KeyError"):
        fit("mean", Broken(), {"a": load()})
