"""Thermal-to-visible verification: whom it can tell apart, and whom it has learned from."""

from dataclasses import replace

import numpy as np
import pytest

from align_eval.errors import ConfigError, ContractError, DataError, UnknownNameError
from align_eval.faces import Modality
from align_eval.interfaces import Pipeline, SymmetricPipeline, Trainable
from verification import CATALOG
from verification.thermal import DescriptorPipeline, dog_cosine, dog_pls, dpm_cosine, dpm_pls

SMALL = {"step": 12, "dimensions": 32, "steps": 600}
FORMS = {"dpm_pls": dpm_pls, "dpm_cosine": dpm_cosine, "dog_pls": dog_pls, "dog_cosine": dog_cosine}


def eer(genuine, impostor):
    thresholds = np.unique([*genuine, *impostor])
    frr = np.array([(genuine < t).mean() for t in thresholds])
    far = np.array([(impostor >= t).mean() for t in thresholds])
    nearest = np.argmin(abs(far - frr))
    return (far[nearest] + frr[nearest]) / 2


def confused(genuine, impostor):
    """1 − AUC: how often an impostor scores higher; finer than an EER of 30 probes."""
    return float((impostor[:, None] > genuine).mean())


@pytest.fixture(scope="module")
def scored(rendered):
    """Each form's scores of thermal probes of people who were not trained on."""
    return {name: rendered.scores(rendered.learn(form(**SMALL))) for name, form in FORMS.items()}


def test_each_form_keeps_the_protocols():
    for name, form in FORMS.items():
        made = form()
        assert made.name == name
        assert isinstance(made, Pipeline)
        assert isinstance(made, Trainable)
        assert not isinstance(made, SymmetricPipeline)
        assert CATALOG.build(name).name == name
        assert made.one_reference_per_subject == name.endswith("pls")


def test_the_whole_pipeline_tells_people_apart(scored):
    assert eer(*scored["dpm_pls"]) <= 0.12


def test_mapping_and_regression_both_help(scored):
    assert confused(*scored["dpm_pls"]) < 0.85 * confused(*scored["dog_pls"])
    assert confused(*scored["dpm_pls"]) < 0.7 * confused(*scored["dpm_cosine"])


def test_filtering_helps(rendered, scored):
    unfiltered = rendered.learn(dog_pls(**SMALL, filter="none"))
    assert confused(*scored["dog_pls"]) < 0.7 * confused(*rendered.scores(unfiltered))


def test_torch_trains_a_mapping_of_the_same_quality(rendered, scored):
    pytest.importorskip("torch")
    trained = rendered.learn(dpm_pls(**SMALL, trainer="torch"))
    assert trained.provenance["trainer"] == "torch"
    usual = rendered.learn(dpm_pls(**SMALL)).provenance["mse"]
    assert trained.provenance["mse"] == pytest.approx(usual, rel=0.1)
    assert eer(*rendered.scores(trained)) == pytest.approx(eer(*scored["dpm_pls"]), abs=0.04)


def test_visible_probes_do_without_a_mapping(rendered):
    made = rendered.learn(dpm_pls(**SMALL), probes=Modality.VISIBLE)
    assert made.provenance["training_pairs"] == 0
    assert eer(*rendered.scores(made, rendered.visible)) <= 0.05


def test_shuffled_identities_give_chance(rendered):
    """With the training set's and the gallery's people mixed up, nothing is left to tell."""
    rates = []
    for seed in range(3):
        draw = np.random.default_rng(seed)
        owners = draw.permutation([face.subject for face in rendered.gallery])
        people = sorted({face.subject for face in rendered.training})
        mixed = dict(zip(people, draw.permutation(people), strict=True))
        # Thermal images keep their people, visible ones get another's: pairs are of two people.
        faces = [
            replace(f, subject=mixed[f.subject], attributes={})
            if f.modality is Modality.VISIBLE
            else replace(f, attributes={})
            for f in rendered.training
        ]
        gallery = [replace(f, subject=o) for f, o in zip(rendered.gallery, owners, strict=True)]
        pipeline = rendered.learn(dpm_pls(**SMALL), faces)
        rates.append(eer(*replace(rendered, gallery=gallery).scores(pipeline)))
    assert np.mean(rates) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_nothing_is_learned_from_the_tested(rendered, form):
    """Whatever the tested people look like, a probe's row and the background stay as they are.

    Components, mapping, means and background are learned by `fit`, which sees training crops
    only; enrolling or probing others before must leave no trace in them.
    """
    one, other = rendered.learn(form(**SMALL)), rendered.learn(form(**SMALL))
    strange = [np.roll(crop, 40, axis=0) for crop in rendered.of(rendered.gallery)]
    other.enroll(iter(strange), [f"x{i}" for i in range(len(strange))])
    other.probe(iter(rendered.of(rendered.visible)[:3]))
    probes = rendered.of(rendered.probes[:5])
    assert np.array_equal(one.probe(iter(probes)), other.probe(iter(probes)))
    owners = [face.subject for face in rendered.gallery]
    gallery = rendered.of(rendered.gallery)
    assert np.array_equal(one.enroll(iter(gallery), owners), other.enroll(iter(gallery), owners))


def test_calibration_knows_training_subjects_only(rendered):
    """A model's calibration is that of the background's responses, which have no tested face."""
    made = rendered.learn(dpm_pls(**SMALL))
    rows = made.enroll(iter(rendered.of(rendered.gallery)), [f.subject for f in rendered.gallery])
    trained = [f for f in rendered.training if f.modality is Modality.THERMAL]
    responses = rows @ made.probe(iter(rendered.of(trained))).T
    assert np.abs(responses.mean(axis=1)).max() < 1e-2
    assert np.allclose(responses.std(axis=1), 1, atol=1e-2)


def test_the_same_seed_and_any_workers_give_the_same_rows(rendered):
    rows = []
    for workers in (1, 3):
        made = rendered.learn(dpm_pls(**SMALL, workers=workers))
        rows.append(made.probe(iter(rendered.of(rendered.probes))))
    assert np.allclose(*rows, atol=1e-5)


def test_provenance_tells_what_was_learned(rendered):
    told = rendered.learn(dpm_pls(**SMALL)).provenance
    assert told["training_subjects"] == 12
    assert told["training_crops"] == len(rendered.training)
    assert told["training_pairs"] == len(rendered.training) / 2
    assert 0 < told["mse"] < 1
    assert 0 < told["variance_kept"] < 1


def test_it_has_to_learn_first():
    with pytest.raises(ContractError, match="'dpm_pls' has to learn before"):
        dpm_pls().probe([])
    with pytest.raises(ContractError, match="'dog_cosine' has to learn before"):
        dog_cosine().enroll([], [])


def test_nobody_to_learn_from_is_refused(rendered):
    with pytest.raises(DataError, match="none of the 0 training faces is visible"):
        rendered.learn(dpm_pls(**SMALL), [])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"filter": "gabor"}, UnknownNameError),
        ({"mapping": "gan"}, UnknownNameError),
        ({"matcher": "svm"}, UnknownNameError),
        ({"calibration": "platt"}, UnknownNameError),
        ({"band": (2.0, 1.0)}, ConfigError),
        ({"band": (1.0,)}, ConfigError),
        ({"dimensions": 0}, ConfigError),
        ({"components": 0}, ConfigError),
        ({"cells": 40}, ConfigError),
        ({"template": "arcface7"}, ConfigError),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(options, error):
    with pytest.raises(error):
        DescriptorPipeline(**options)
