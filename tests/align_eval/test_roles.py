import crossing
import pytest
from crossing import far, near

from align_eval.faces import Modality
from align_eval.roles import (
    AUTO,
    FORMS,
    Roles,
    aligned_faces,
    faces_under_test,
    roles_from_config,
    roles_on,
)

SAME = Roles("tested", "tested", "tested")
PROBES = Roles("g", "g", "tested")


@pytest.mark.parametrize(
    ("form", "data", "wanted"),
    [
        (AUTO, crossing.split(), PROBES),
        (AUTO, crossing.split(mixed=True), PROBES),
        (AUTO, crossing.folded(), PROBES),
        (AUTO, crossing.split(probes="visible"), SAME),
        (AUTO, crossing.listed(), SAME),
        ("probes", crossing.listed(), PROBES),
        ("same", crossing.split(), SAME),
        (Roles(gallery="a"), crossing.split(), Roles("g", "a", "tested")),
    ],
)
def test_roles_follow_from_what_a_data_set_compares(form, data, wanted):
    assert roles_on(form, data, "g") == wanted


def test_modalities_that_are_side_by_side_but_never_compared_are_not_crossed():
    from align_eval.dataset import Dataset, Trials

    mixed = crossing.split()
    owners = {face.id: face.subject for face in mixed.faces}
    apart = Trials.pairs(["p0_0", "p0_1"], ["p1_0", "p1_1"], owners)
    crossed = Trials.pairs(["p0_0", "p0_1"], ["p1_0", "p1_0"], owners)
    assert {face.modality for face in mixed.faces} == set(Modality)
    assert roles_on(AUTO, Dataset("x", mixed.faces, apart), "g") == SAME
    assert roles_on(AUTO, Dataset("x", mixed.faces, crossed), "g") == PROBES


def test_every_word_has_a_form_and_every_form_tests_something():
    for word, roles in FORMS.items():
        assert roles_from_config(word) == word
        assert roles_from_config(roles.to_config()) == roles
        assert "tested" in roles.to_config().values()


def ids(faces):
    return [face.id for face in faces]


def test_an_aligner_aligns_the_faces_of_its_roles():
    data = crossing.split()
    trained, probes = ids(data.training), list(data.trials.probes)
    assert ids(aligned_faces(data, PROBES, "g", True)) == ids(data.faces) + trained
    assert ids(aligned_faces(data, PROBES, "g", False)) == ids(data.faces)
    assert ids(aligned_faces(data, PROBES, "a", True)) == probes
    assert ids(aligned_faces(data, Roles("a", "g", "tested"), "a", True)) == probes + trained
    assert ids(aligned_faces(data, SAME, "a", True)) == ids(data.faces) + trained
    assert ids(aligned_faces(data, None, "a", True)) == ids(data.faces)
    gallery = Roles("g", "tested", "g")
    assert ids(aligned_faces(data, gallery, "a", True)) == list(data.trials.enrolled)


def test_the_training_faces_of_folds_are_aligned_by_whom_their_role_says():
    from dataclasses import replace

    data = replace(crossing.folded(), truth={})
    roles = Roles("t", "g", "tested")
    assert ids(aligned_faces(data, roles, "t", True)) == ids(data.faces)
    assert ids(aligned_faces(data, roles, "t", False)) == list(data.trials.probes)


def test_faces_to_look_at_are_those_that_the_aligner_under_test_aligns():
    trials = crossing.split().trials
    assert faces_under_test(trials, PROBES) == trials.probes
    assert faces_under_test(trials, SAME) == trials.faces
    assert faces_under_test(trials, Roles("g", "tested", "g")) == trials.enrolled


def test_a_study_gives_its_roles_by_name():
    study = crossing.study(aligners=["ground_truth", near(), far()], roles={"gallery": "far"})
    roles = roles_on(study.roles, crossing.split(), study.baseline).for_aligner("near")
    assert roles == Roles("ground_truth", "far", "near")
