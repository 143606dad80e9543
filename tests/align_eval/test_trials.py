import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import DataError
from align_eval.trials import Trials

SUBJECTS = {f"{subject}{i}": subject for subject in "abc" for i in range(3)}
IDS = list(SUBJECTS)
law = settings(max_examples=30, deadline=None)

pairs = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), min_size=1, max_size=20)


def _compared(trials):
    return [
        (trials.references[r], trials.probes[p])
        for r, p in zip(trials.reference_index, trials.probe_index, strict=True)
    ]


@law
@given(pairs=pairs)
def test_a_pair_list_compares_what_it_lists_and_knows_who_is_genuine(pairs):
    trials = Trials.pairs(*zip(*pairs, strict=True), SUBJECTS)
    assert _compared(trials) == pairs
    assert trials.genuine.tolist() == [SUBJECTS[a] == SUBJECTS[b] for a, b in pairs]
    assert len(trials) == trials.n_genuine + trials.n_impostor == len(pairs)
    assert trials.n_genuine == trials.genuine.sum()
    assert set(trials.faces) == {face for pair in pairs for face in pair}


@law
@given(pairs=pairs, seed=st.integers(0, 99))
def test_a_subset_of_trials_keeps_their_pairs_folds_and_order(pairs, seed):
    rng = np.random.default_rng(seed)
    fold = rng.integers(0, 10, len(pairs))
    keep = rng.random(len(pairs)) < 0.5
    trials = Trials.pairs(*zip(*pairs, strict=True), SUBJECTS, fold)
    some = trials.only(keep)
    assert _compared(some) == [pair for pair, kept in zip(pairs, keep, strict=True) if kept]
    assert np.array_equal(some.genuine, trials.genuine[keep])
    assert np.array_equal(some.fold, fold[keep])


@law
@given(pairs=pairs)
def test_clusters_number_the_subjects_on_both_sides_alike(pairs):
    trials = Trials.pairs(*zip(*pairs, strict=True), SUBJECTS)
    count, reference, probe = trials.clusters
    used = {SUBJECTS[face] for pair in pairs for face in pair}
    assert count == len(used)
    assert set(reference) | set(probe) == set(range(count))
    owners = {}
    for (a, b), r, p in zip(pairs, reference, probe, strict=True):
        assert owners.setdefault(SUBJECTS[a], r) == r
        assert owners.setdefault(SUBJECTS[b], p) == p
    assert len(set(owners.values())) == count


def test_clusters_leave_out_subjects_whose_trials_were_taken_out():
    trials = Trials.pairs(["a0", "b0"], ["a1", "c0"], SUBJECTS)
    assert trials.clusters[0] == 3
    assert trials.only(np.array([True, False])).clusters[0] == 1


@pytest.mark.parametrize(
    ("references", "probes", "fold", "message"),
    [
        (["a0"], ["a1", "b0"], None, "1 references do not pair with 2 probes"),
        (["a0"], ["a1"], [0, 1], "a fold for each"),
        (["a0"], ["stranger"], None, "the face 'stranger', whose subject is not known"),
        (["stranger"], ["a0"], None, "the face 'stranger', whose subject is not known"),
    ],
)
def test_a_pair_list_that_does_not_fit_is_refused(references, probes, fold, message):
    with pytest.raises(DataError, match=message):
        Trials.pairs(references, probes, SUBJECTS, fold)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"references": ("a0", "a0")}, "a reference stands twice"),
        ({"probes": ("c0", "c0")}, "a probe stands twice"),
        ({"probe_index": np.array([0])}, "as many reference as probe indices"),
        ({"probe_index": np.array([0, 2])}, "a probe outside the 2"),
        ({"reference_index": np.array([-1, 0])}, "a reference outside the 2"),
        ({"probe_subjects": ("c",)}, "2 probes want as many subjects, got 1"),
        ({"fold": np.array([0])}, "a fold for each"),
    ],
)
def test_trials_that_point_nowhere_are_refused(change, message):
    good = {
        "references": ("a0", "b0"), "reference_subjects": ("a", "b"),
        "probes": ("a1", "c0"), "probe_subjects": ("a", "c"),
        "reference_index": np.array([0, 1]), "probe_index": np.array([0, 1]),
    }  # fmt: skip
    assert Trials(**good).genuine.tolist() == [True, False]
    with pytest.raises(DataError, match=message):
        Trials(**(good | change))


@law
@given(
    groups=st.dictionaries(
        st.sampled_from("ABC"), st.sets(st.integers(0, 2), min_size=1), min_size=1
    ),
    probes=st.sets(st.sampled_from(IDS), min_size=1),
)
def test_crossing_compares_each_reference_with_each_probe_but_no_face_with_itself(groups, probes):
    gallery = {name: tuple(f"{name.lower()}{i}" for i in sorted(faces))
               for name, faces in groups.items()}  # fmt: skip
    probes = sorted(probes)
    trials = Trials.cross(gallery, probes, SUBJECTS)
    expected = [(name, p) for name in gallery for p in probes if p not in gallery[name]]
    assert _compared(trials) == expected
    assert trials.genuine.tolist() == [name.lower() == SUBJECTS[p] for name, p in expected]
    assert set(trials.faces) == {*probes, *(face for group in gallery.values() for face in group)}
    assert all(trials.faces_of(name) == faces for name, faces in gallery.items())


def test_a_probe_named_twice_is_crossed_once():
    assert len(Trials.cross({"A": ("a0",)}, ["b0", "b0"], SUBJECTS)) == 1


@pytest.mark.parametrize("faces", [(), ("a0", "b0")])
def test_a_gallery_entry_belongs_to_exactly_one_subject(faces):
    with pytest.raises(DataError, match="'mixed' wants the faces of exactly one subject"):
        Trials.cross({"mixed": faces}, ["c0"], SUBJECTS)


def test_crossing_unknown_faces_is_refused():
    for gallery, probes in (({"A": ("stranger",)}, ["a0"]), ({"A": ("a0",)}, ["stranger"])):
        with pytest.raises(DataError, match="'stranger', whose subject is not known"):
            Trials.cross(gallery, probes, SUBJECTS)


def test_crossing_with_no_probes_gives_no_trials():
    assert len(Trials.cross({"A": ("a0",)}, [], SUBJECTS)) == 0


def test_a_subset_of_crossed_trials_keeps_the_gallery():
    trials = Trials.cross({"A": ("a0", "a1")}, ["b0", "c0"], SUBJECTS)
    assert trials.only(np.array([True, False])).faces_of("A") == ("a0", "a1")


@law
@given(pairs=pairs, seed=st.integers(0, 99))
def test_the_folds_share_the_trials_out_and_list_only_what_they_compare(pairs, seed):
    fold = np.random.default_rng(seed).integers(0, 3, len(pairs))
    trials = Trials.pairs(*zip(*pairs, strict=True), SUBJECTS, fold)
    for number in np.unique(fold).tolist():
        own = trials.in_fold(number)
        assert _compared(own) == [pair for pair, k in zip(pairs, fold, strict=True) if k == number]
        assert np.array_equal(own.genuine, trials.genuine[fold == number])
        assert set(own.fold) == {number}
        assert set(own.references) == {a for a, _ in _compared(own)}
        assert set(own.probes) == {b for _, b in _compared(own)}
        assert [SUBJECTS[a] for a in own.references] == list(own.reference_subjects)
        assert [SUBJECTS[b] for b in own.probes] == list(own.probe_subjects)


def test_a_fold_keeps_the_gallery_of_its_references():
    crossed = Trials.cross({"A": ("a0", "a1"), "B": ("b0",)}, ["c0"], SUBJECTS)
    folds = np.array([0, 1])
    trials = Trials(
        crossed.references,
        crossed.probes,
        crossed.reference_subjects,
        crossed.probe_subjects,
        crossed.reference_index,
        crossed.probe_index,
        folds,
        crossed.gallery,
    )
    assert trials.in_fold(0).gallery == {"A": ("a0", "a1")}
    assert trials.in_fold(1).enrolled == ("b0",)
    assert trials.enrolled == ("a0", "a1", "b0")
    with pytest.raises(DataError, match="without folds have no fold 0"):
        crossed.in_fold(0)


def templates(probe_faces):
    return Trials(
        ("A", "B"), tuple(probe_faces), ("a", "b"), ("a", "c"),
        np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([0, 0, 1]),
        {"A": ("a0", "a1"), "B": ("b0",)}, probe_faces,
    )  # fmt: skip


def test_a_probe_may_consist_of_several_faces():
    trials = templates({"P": ("a2", "b0"), "Q": ("c0", "c1")})
    assert trials.faces_of_probe("Q") == ("c0", "c1")
    assert trials.probed == ("a2", "b0", "c0", "c1")
    assert trials.faces == ("a0", "a1", "b0", "a2", "c0", "c1")
    assert trials.genuine.tolist() == [True, False, False]
    some = trials.only(np.array([False, False, True]))
    assert some.faces_of_probe("Q") == ("c0", "c1")
    assert trials.in_fold(1).probe_faces == {"Q": ("c0", "c1")}
    assert trials.in_fold(1).faces == ("b0", "c0", "c1")


def test_a_probe_without_its_faces_is_refused():
    with pytest.raises(DataError, match="probe 'Q' wants the faces that it consists of"):
        Trials(
            ("A",), ("P", "Q"), ("a",), ("a", "b"), np.array([0]), np.array([0]),
            probe_faces={"P": ("a1",)},
        )  # fmt: skip


def test_a_probe_that_is_a_face_consists_of_itself():
    trials = Trials.pairs(["a0"], ["b0"], SUBJECTS)
    assert trials.faces_of_probe("b0") == ("b0",)
    assert trials.probed == trials.probes == ("b0",)
