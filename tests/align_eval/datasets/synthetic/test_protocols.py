import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic.protocols import (
    SIMPLE,
    Fold,
    arl_folds,
    cross_validated,
    dmsl_folds,
    every_pair,
    folds_of,
    probed,
    trials_of,
)
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality


def faces_of(subjects=3, sessions=1, variations=("NN", "EH"), mirrored=False):
    made = []
    for who in range(subjects):
        for session in range(sessions):
            for name in variations:
                for modality in Modality:
                    pair = f"s{who}_{session}_{name}"
                    attributes = {
                        "variation": name,
                        "session": session,
                        "pair": pair,
                        "mirrored": int(mirrored),
                    }
                    made.append(
                        Face(
                            f"{pair}_{modality}{'_m' * mirrored}",
                            f"s{who}",
                            modality,
                            lambda: np.zeros((2, 2), np.uint8),
                            None,
                            attributes,
                        )
                    )
    return made


@settings(deadline=None, max_examples=25)
@given(st.integers(10, 120), st.integers(0, 50))
def test_dmsl_tests_everyone_once_and_never_trains_on_them(count, first):
    members = range(first, first + count)
    folds = dmsl_folds(members)
    assert sorted(s for fold in folds for s in fold.test) == list(members)
    for fold in folds:
        parts = [*fold.test, *fold.validation, *fold.training]
        assert sorted(parts) == list(members)
        assert len(fold.validation) < len(fold.training)


def test_dmsl_with_fifty_people_is_the_papers():
    for fold in dmsl_folds(range(50)):
        assert (len(fold.test), len(fold.validation), len(fold.training)) == (5, 10, 35)


@pytest.mark.parametrize(
    ("protocol", "subjects", "test"), [("protocol1", 60, 30), ("protocol2", 111, 26)]
)
def test_arl_folds_are_random_of_the_papers_sizes_and_disjoint(protocol, subjects, test):
    folds = arl_folds(protocol, range(subjects), seed=7)
    assert len(folds) == 5
    for fold in folds:
        assert (len(fold.test), len(fold.training)) == (test, subjects - test)
        assert not set(fold.test) & set(fold.training)
    assert len({fold.test for fold in folds}) == 5
    assert folds == arl_folds(protocol, range(subjects), seed=7)
    assert folds != arl_folds(protocol, range(subjects), seed=8)


def test_another_number_of_subjects_keeps_the_share():
    assert len(arl_folds("protocol2", range(20), 0)[0].training) == round(20 * 85 / 111)


def test_folds_are_named_by_protocol_and_number():
    assert folds_of("dmsl:9", range(50), 0) == (dmsl_folds(range(50))[9],)
    assert folds_of("protocol1:4", range(60), 3) == (arl_folds("protocol1", range(60), 3)[4],)
    assert folds_of("visible", range(5), 0) == (Fold((0, 1, 2, 3, 4), (), ()),)
    assert folds_of("none", range(2), 0) == (Fold((0, 1), (), ()),)


def test_an_arl_protocol_without_a_number_is_all_its_folds():
    assert folds_of("protocol2", range(111), 3) == arl_folds("protocol2", range(111), 3)


@pytest.mark.parametrize("protocol", list(SIMPLE))
def test_the_last_subjects_are_trained_on(protocol):
    (fold,) = folds_of(protocol, [7, 5, 6, 8], 0, training=2)
    assert fold == Fold((5, 6), (), (7, 8))


@pytest.mark.parametrize(
    ("protocol", "training", "words"),
    [
        ("visible", -1, "from 0, got -1"),
        ("visible", True, "from 0, got True"),
        ("visible", 1.0, "from 0, got 1.0"),
        ("thermal_to_visible", 4, "at least 2 of 5 subjects to test, got 4"),
        ("visible_to_visible", 9, "at least 2 of 5 subjects to test, got 9"),
        ("protocol1:0", 2, "'protocol1:0' has its own"),
        ("none", 2, "'none' has its own"),
    ],
)
def test_training_subjects_that_cannot_be_are_refused(protocol, training, words):
    with pytest.raises(ConfigError, match=words):
        folds_of(protocol, range(5), 0, training)


@pytest.mark.parametrize(
    "name", ["protocol1:", "protocol1:5", "dmsl", "dmsl:-1", "visible:0", "visible:", "dmsl:x"]
)
def test_folds_that_are_not_there_are_refused(name):
    with pytest.raises(ConfigError):
        folds_of(name, range(60), 0)


def test_too_few_people_and_unknown_protocols_are_refused():
    with pytest.raises(ConfigError, match="at least 10"):
        dmsl_folds(range(9))
    with pytest.raises(ConfigError, match="at least 3"):
        arl_folds("protocol1", range(1), 0)
    with pytest.raises(UnknownNameError, match="protocol1"):
        folds_of("protocol3:0", range(60), 0)


def test_visible_has_every_pair_once():
    faces = faces_of(subjects=4, variations=("NN", "EH", "LR"))
    trials = trials_of("visible", faces)
    assert len(trials) == 12 * 11 // 2
    assert trials.n_genuine == 4 * 3
    assert not any("thermal" in name for name in trials.probes)


def test_thermal_probes_meet_the_visible_gallery_of_the_first_session():
    faces = faces_of(subjects=4, sessions=2, variations=("NN", "EH", "LR"))
    trials = trials_of("thermal_to_visible", faces)
    assert trials.references == ("s0", "s1", "s2", "s3")
    assert trials.faces_of("s2") == ("s2_0_NN_visible",)
    assert all("thermal" in name for name in trials.probes)
    assert not any("_0_NN_" in name for name in trials.probes)
    assert trials.n_genuine == len(trials.probes) == 4 * 5
    assert trials.n_impostor == 3 * trials.n_genuine


@pytest.mark.parametrize("arl", [False, True])
def test_visible_probes_are_of_the_thermal_ones_instants(arl):
    faces = faces_of(subjects=4, sessions=2, variations=("NN", "EH", "LR"))
    if arl:
        thermal = trials_of("protocol1:0", faces)
        visible = trials_of("protocol1:0", faces, probes="visible")
    else:
        thermal = trials_of("thermal_to_visible", faces)
        visible = trials_of("visible_to_visible", faces)
    assert visible.gallery == thermal.gallery
    assert visible.probes == tuple(name.replace("thermal", "visible") for name in thermal.probes)
    assert (visible.reference_index == thermal.reference_index).all()
    assert (visible.probe_index == thermal.probe_index).all()
    assert not set(visible.probes) & set(visible.faces_of("s0"))


def test_what_protocols_probe_with():
    assert probed("visible") is probed("visible_to_visible") is Modality.VISIBLE
    assert probed("thermal_to_visible") is probed("protocol2:3") is Modality.THERMAL
    assert probed("protocol1", "visible") is Modality.VISIBLE
    assert probed("none") is probed("dmsl:1") is None


def test_probes_are_chosen_for_the_arl_protocols_alone():
    with pytest.raises(ConfigError, match="'visible' has its own, got probes = 'visible'"):
        probed("visible", "visible")
    with pytest.raises(UnknownNameError, match="Did you mean 'thermal'"):
        probed("protocol1:0", "thermel")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sets(st.sampled_from(["s0", "s1", "s2", "s3"]), min_size=1), min_size=1))
def test_a_fold_of_many_has_the_trials_that_it_has_alone(tested):
    faces = faces_of(subjects=4, variations=("NN", "EH", "LR"))
    sometime = [face for face in faces if any(face.subject in fold for fold in tested)]
    trials = cross_validated(trials_of("protocol1", sometime), tested)
    assert trials.faces == trials_of("protocol1", sometime).faces
    for k, members in enumerate(tested):
        alone = trials_of("protocol1", [face for face in faces if face.subject in members])
        assert trials.only(trials.fold == k).same_pairs(alone)
    assert len(trials) == sum(2 * len(members) ** 2 for members in tested)


def test_several_variations_enrol_together():
    trials = trials_of("protocol1:0", faces_of(variations=("NN", "EH", "LR")), ("NN", "LR"))
    assert trials.faces_of("s1") == ("s1_0_NN_visible", "s1_0_LR_visible")
    assert {name.split("_")[2] for name in trials.probes} == {"EH"}


def test_mirrored_faces_are_in_no_trial():
    faces = faces_of()
    assert trials_of("visible", [*faces, *faces_of(mirrored=True)]).faces == (
        trials_of("visible", faces).faces
    )


def test_landmark_protocols_have_no_trials():
    assert trials_of("none", faces_of()) is None
    assert trials_of("dmsl:0", faces_of()) is None


def test_an_arl_protocol_of_thermal_faces_alone_is_about_landmarks():
    thermal = [face for face in faces_of() if face.modality is Modality.THERMAL]
    assert trials_of("protocol1:0", thermal) is None
    with pytest.raises(ConfigError, match="there are 0 and"):
        trials_of("thermal_to_visible", thermal)
    with pytest.raises(ConfigError, match=r"visible to visible wants .* there are 0 and 0"):
        trials_of("protocol1:0", thermal, probes="visible")


def test_faces_that_make_no_trials_are_refused():
    with pytest.raises(ConfigError, match="session 0"):
        trials_of("thermal_to_visible", faces_of(variations=("EH",)))
    with pytest.raises(ConfigError, match="other thermal"):
        trials_of("thermal_to_visible", faces_of(variations=("NN",)))
    with pytest.raises(ConfigError, match="two faces"):
        every_pair([])


def test_only_the_wanted_variations_are_probed_with():
    faces = faces_of(variations=("NN", "EH", "LD"))
    trials = trials_of("visible_to_visible", faces, variations=("NN", "EH"))
    asked = {face.id: face.attributes["variation"] for face in faces}
    assert {asked[name] for name in trials.probes} == {"EH"}
    assert {asked[name] for name in trials.faces} == {"NN", "EH"}
    pairs = trials_of("visible", faces, variations=("LD",))
    assert {asked[name] for name in pairs.faces} == {"LD"}
