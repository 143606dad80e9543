from dataclasses import replace

import pytest
from crossing import Recorder, T, V, folded, listed, split
from parted import MeanShape, load

from align_eval.errors import ConfigError, ContractError, DataError
from align_eval.fitting import (
    fit,
    modalities,
    nothing_to_learn,
    require_single_references,
    require_training,
)
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


def test_what_trials_compare_is_one_modality_with_one():
    for data, probes in ((split(), T), (split(probes="visible"), V), (folded(), T)):
        assert modalities("d", "p", data, data.trials) == (V, probes)
    mixed = split(mixed=True)
    with pytest.raises(ConfigError, match=r"'p' .*data set 'd' has thermal and visible probes"):
        modalities("d", "p", mixed, mixed.trials)


def test_a_fold_without_training_faces_is_named():
    data = folded()
    require_training("d", "p", data, data.trials)
    bare = replace(data, folds={**data.folds, 1: ()})
    with pytest.raises(DataError, match=r"pipeline 'p' .*: fold 1 of data set 'd' has none"):
        require_training("d", "p", bare, bare.trials)
    assert "'a' aligned none in data set 'd'" in str(nothing_to_learn("d", "p", None, "a"))


def test_references_that_are_set_against_each_other_are_of_one_subject_each():
    pipeline = Recorder()
    require_single_references("listed", pipeline, listed().trials)
    pipeline.one_reference_per_subject = True
    require_single_references("split", pipeline, split().trials)
    with pytest.raises(ConfigError, match=r"'recorder' sets .*'listed' has 3 of 'p0'"):
        require_single_references("listed", pipeline, listed().trials)
