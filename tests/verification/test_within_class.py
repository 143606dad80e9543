import numpy as np
import pytest

from align_eval.errors import DataError
from verification._within_class import SHRINKAGES, Side, Spread, best_shrinkage, sides


def people(count=8, each=4, width=6, nuisance=0.0, seed=0, gap=2.0):
    """Rows on two sides: a person's place, a side's offset, and variation along the first axis."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(count, width))
    offsets = np.zeros((2, width)), np.full(width, gap)
    rows, subjects, first = [], [], []
    for who in range(count):
        for shot in range(2 * each):
            noise = rng.normal(0, 0.3, width)
            noise[0] += rng.normal(0, nuisance) if nuisance else 0.0
            rows.append(places[who] + offsets[shot % 2][-1] + noise)
            subjects.append(f"s{who}")
            first.append(shot % 2 == 0)
    return np.array(rows), subjects, first


def test_the_sides_hold_who_has_rows_on_both():
    rows = np.arange(12.0).reshape(6, 2)
    subjects = ["a", "a", "b", "c", "a", "c"]
    first, second = sides(rows, subjects, [True, False, True, False, True, True], same=False)
    assert first.faces.tolist() == [0, 4, 5]
    assert second.faces.tolist() == [1, 3]
    assert first.subjects.tolist() == [0, 0, 2]
    np.testing.assert_array_equal(second.rows, rows[[1, 3]])


def test_of_one_spectrum_both_sides_hold_who_has_two_rows():
    rows = np.arange(8.0).reshape(4, 2)
    first, second = sides(rows, ["a", "b", "a", "c"], [True] * 4, same=True)
    assert first.faces.tolist() == second.faces.tolist() == [0, 2]


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("subjects", [[], ["a", "b"], ["a"]])
def test_no_subject_on_both_sides_is_refused(subjects, same):
    rows = np.zeros((len(subjects), 3))
    with pytest.raises(DataError, match=f"got none among {len(subjects)} crops"):
        sides(rows, subjects, [True, same][: len(subjects)], same)


@pytest.mark.parametrize("same", [False, True])
def test_whitened_deviations_within_subjects_have_the_identity_as_covariance(same):
    rows, subjects, first = people(count=40, each=6, nuisance=3.0)
    first, second = sides(rows, subjects, [True] * len(rows) if same else first, same)
    spread = Spread.of(first, second)
    whiten = spread.transform(1e-12)
    within = []
    for who in np.unique(first.subjects):
        own = [(first.rows - spread.centres[0])[first.subjects == who]]
        if not same:
            own.append((second.rows - spread.centres[1])[second.subjects == who])
        own = np.concatenate(own) @ whiten
        within.append(own - own.mean(axis=0))
    within = np.concatenate(within)
    np.testing.assert_allclose(within.T @ within / len(within), np.eye(6), atol=1e-8)


def test_full_shrinkage_leaves_directions_as_they_were():
    rows, subjects, first = people(nuisance=3.0)
    whiten = Spread.of(*sides(rows, subjects, first, False)).transform(1.0)
    size = whiten[:, 0] @ whiten[:, 0]
    np.testing.assert_allclose(whiten @ whiten.T, np.eye(6) * size, atol=1e-12)


def test_centres_are_each_sides_own():
    rows, subjects, first = people(gap=5.0)
    spread = Spread.of(*sides(rows, subjects, first, False))
    np.testing.assert_allclose(spread.centres[0], rows[::2].mean(axis=0))
    np.testing.assert_allclose(spread.centres[1], rows[1::2].mean(axis=0))


def test_rows_that_do_not_differ_are_refused():
    rows = np.repeat(np.eye(4), 2, axis=0)
    first, second = sides(rows, list("aabbccdd"), [True, False] * 4, False)
    with pytest.raises(DataError, match="that differ"):
        Spread.of(
            Side(np.zeros((4, 4)), first.subjects, first.faces),
            Side(np.zeros((4, 4)), second.subjects, second.faces),
        )


def test_a_strong_nuisance_is_whitened_and_plain_noise_is_not():
    strong = best_shrinkage(*sides(*people(count=20, nuisance=6.0), False))
    plain = best_shrinkage(*sides(*people(count=20), False))
    assert strong < 0.5 < plain
    assert {strong, plain} <= set(SHRINKAGES)


def test_at_a_tie_nothing_is_whitened(monkeypatch):
    from verification import _within_class as module

    monkeypatch.setattr(module, "_separation", lambda *_: 1.0)
    assert best_shrinkage(*sides(*people(), False)) == 1.0


def test_the_choice_depends_on_nobodys_order():
    rows, subjects, first = people(count=9, nuisance=2.0)
    order = np.random.default_rng(0).permutation(len(rows))
    mixed = sides(rows[order], [subjects[i] for i in order], [first[i] for i in order], False)
    assert best_shrinkage(*mixed) == best_shrinkage(*sides(rows, subjects, first, False))


def test_a_choice_wants_four_subjects():
    assert best_shrinkage(*sides(*people(count=4), False)) in SHRINKAGES
    with pytest.raises(DataError, match=r"at least 4 training subjects .* got 3"):
        best_shrinkage(*sides(*people(count=3), False))
