import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import DegenerateFitError
from align_eval.misalignment import PARAMETERS, PARTS, decompose, implied, jacobian
from align_eval.similarity import Similarity
from align_eval.templates import template

POINTS = template("arcface112").landmarks.points
TARGET = POINTS / np.hypot(*(POINTS[1] - POINTS[0]))
WEIGHTS = np.array([1.0, 0.4, 0.9, 0.2, 0.7])
IMAGE = Similarity.make(37.0, 0.3, (100.0, 80.0))
SEEDS = st.integers(0, 2**32 - 1)


def a_face(seed=0, shape=0.08):
    """True points in an image: the template turned, and of another shape."""
    return IMAGE(TARGET + np.random.default_rng(seed).normal(0, shape, (5, 2)))


def errors(seed, size, count=()):
    return np.random.default_rng([seed, 1]).normal(0, size, (*count, 5, 2))


def common_noise(seed=3):
    """(10, 10) a covariance of errors, in pixels², in which points err together."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(0, 0.2, (10, 10))
    shared = np.tile(np.diag([0.09, 0.25]), (5, 5))
    return mixed @ mixed.T / 4 + shared


@pytest.mark.parametrize("weights", [None, WEIGHTS, [1, 1, 0, 1, 1]])
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_the_jacobian_is_what_small_differences_give(weights, seed):
    face, step = a_face(seed), 1e-4
    derivative = jacobian(face, TARGET, weights)
    assert derivative.shape == (len(PARAMETERS), 5, 2)
    for point, axis in np.ndindex(5, 2):
        moved = np.zeros((5, 2))
        moved[point, axis] = step
        ahead, behind = (decompose(face + s * moved, face, TARGET, weights) for s in (1, -1))
        slope = (ahead.parameters - behind.parameters) / (2 * step)
        assert derivative[:, point, axis] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_the_jacobian_of_many_faces_is_that_of_each():
    faces = np.stack([a_face(seed) for seed in range(4)])
    together = jacobian(faces, TARGET)
    for face, own in zip(faces, together, strict=True):
        assert np.allclose(own, jacobian(face, TARGET), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_implied_covariance_is_that_of_simulated_errors_that_go_together(weights):
    face, covariance = a_face(), 0.1 * common_noise()
    mean = 0.3 * np.array([[0.5, 0.1], [0.3, -0.2], [0.0, 0.4], [0.2, 0.2], [-0.1, 0.3]])
    rng = np.random.default_rng(11)
    drawn = rng.multivariate_normal(mean.ravel(), covariance, 40_000).reshape(-1, 5, 2)
    found = decompose(face + drawn, face, TARGET, weights).parameters
    said = implied(jacobian(face, TARGET, weights), mean, covariance)
    assert said.deviations == pytest.approx(found.std(axis=0), rel=0.02)
    size = np.outer(said.deviations, said.deviations)
    simulated = np.cov(found, rowvar=False)
    assert np.abs(simulated - said.covariance).max() < 0.02 * size.max()
    assert np.all(np.abs(simulated - said.covariance) < 0.03 * size)
    # The second order of so small errors is about a hundredth of their size.
    assert found.mean(axis=0) == pytest.approx(said.mean, abs=0.015 * said.deviations.max())


def test_points_that_err_together_shift_and_those_that_do_not_turn_and_grow():
    face = TARGET
    rows = jacobian(face, TARGET)
    shared = np.tile(np.eye(2), (5, 5))
    assert implied(rows, np.zeros((5, 2)), shared).deviations == pytest.approx([1, 1, 0, 0])
    alone = implied(rows, np.zeros((5, 2)), np.eye(10)).deviations
    spread = np.square(TARGET - TARGET.mean(axis=0)).sum()
    assert alone**2 == pytest.approx([0.2, 0.2, 1 / spread, 1 / spread])


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, size=st.floats(1e-6, 30.0), weighted=st.booleans())
def test_the_energies_of_all_parts_add_up_to_that_of_the_error(seed, size, weighted):
    face, weights = a_face(seed), WEIGHTS if weighted else None
    off = errors(seed, size)
    found = decompose(face + off, face, TARGET, weights)
    shares = WEIGHTS / WEIGHTS.sum() if weighted else np.full(5, 0.2)
    scale = Similarity.fit(face, TARGET, weights).scale
    whole = (shares * np.square(off).sum(axis=1)).sum() * scale**2
    assert found.energies.shape == (len(PARTS),)
    assert (found.energies >= 0).all()
    assert found.energy == pytest.approx(whole, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, weighted=st.booleans())
def test_what_is_shape_leaves_alignment_as_it_is_to_the_first_order(seed, weighted):
    face, weights = a_face(seed), WEIGHTS if weighted else None
    rows = jacobian(face, TARGET, weights).reshape(4, 10)
    off = errors(seed, 1.0).ravel()
    unseen = off - rows.T @ np.linalg.solve(rows @ rows.T, rows @ off)
    found = decompose(face + 1e-4 * unseen.reshape(5, 2), face, TARGET, weights)
    assert np.abs(found.parameters).max() < 1e-9
    # Unweighted, such errors are orthogonal to all that alignment sees: nothing but shape.
    assert found.energies[:4].sum() <= 1e-12 * found.energy


@settings(max_examples=30, deadline=None)
@given(
    seed=SEEDS,
    scale=st.floats(0.05, 20.0),
    angle=st.floats(-3.1, 3.1),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_where_the_face_is_in_its_image_and_how_it_is_turned_changes_nothing(
    seed, scale, angle, shift
):
    face = a_face(seed)
    wrong, other = face + errors(seed, 2.0), Similarity.make(scale, angle, shift)
    here, there = decompose(wrong, face, TARGET), decompose(other(wrong), other(face), TARGET)
    assert there.parameters == pytest.approx(here.parameters, abs=1e-9)
    assert there.energies == pytest.approx(here.energies, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    seed=SEEDS,
    scale=st.floats(0.5, 2.0),
    angle=st.floats(-1.5, 1.5),
    shift=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)
def test_a_similarity_of_the_points_is_undone_exactly(seed, scale, angle, shift):
    """Points moved by a similarity move the face by its inverse, however large it is."""
    face = a_face(seed)
    right = Similarity.fit(face, TARGET)
    wrong = Similarity.make(scale, angle, shift)
    found = decompose(right.inverse(wrong(right(face))), face, TARGET)
    assert np.allclose(found.similarity.matrix, wrong.inverse.matrix, atol=1e-9)
    centre = TARGET.mean(axis=0)
    goes = wrong.inverse(centre[None])[0] - centre
    assert found.parameters == pytest.approx([*goes, -angle, -np.log(scale)], abs=1e-9)


@pytest.mark.parametrize(
    ("wrong", "sign"),
    [
        (Similarity.make(shift=(0.01, 0.0)), "shift_x"),
        (Similarity.make(shift=(0.0, 0.01)), "shift_y"),
        (Similarity.make(1.0, 0.01), "rotation"),
        (Similarity.make(1.01), "scale"),
    ],
)
def test_each_pure_error_is_all_its_own_part_and_moves_the_face_the_other_way(wrong, sign):
    centre = TARGET.mean(axis=0)
    found = decompose(wrong(TARGET - centre) + centre, TARGET, TARGET)
    at = PARTS.index(sign)
    assert found.energies[at] / found.energy == pytest.approx(1, abs=1e-4)
    assert found.parameters[at] < -0.009
    assert np.abs(np.delete(found.parameters, at)).max() < 1e-9


def test_the_shift_does_not_change_with_rotation_and_scale_about_the_centre():
    centre = TARGET.mean(axis=0)
    for seed in range(5):
        face = a_face(seed)
        right = Similarity.fit(face, TARGET)
        mid = right(face).mean(axis=0)
        assert mid == pytest.approx(centre)
        about = Similarity.make(1.3, 0.4)
        found = decompose(right.inverse(about(right(face) - mid) + mid), face, TARGET)
        assert found.parameters[:2] == pytest.approx([0, 0], abs=1e-12)
        assert found.parameters[2:] == pytest.approx([-0.4, -np.log(1.3)])


def test_to_the_first_order_energies_are_those_of_the_parameters():
    face = a_face()
    derivative = jacobian(face, TARGET)
    off = errors(4, 1e-4)
    found = decompose(face + off, face, TARGET)
    linear = np.einsum("kni,ni->k", derivative, off)
    assert found.parameters == pytest.approx(linear, rel=1e-4, abs=1e-12)
    assert found.energies[:2] == pytest.approx(linear[:2] ** 2, rel=1e-9)
    # Both of the others have one length: S² / (S + R), R the face's distance from the template.
    aligned = Similarity.fit(face, TARGET)(face)
    spread = np.square(aligned - aligned.mean(axis=0)).sum(axis=1).mean()
    away = np.square(aligned - TARGET).sum(axis=1).mean()
    length = spread**2 / (spread + away)
    assert found.energies[2:4] == pytest.approx(length * linear[2:] ** 2, rel=1e-9)


@pytest.mark.parametrize(("way", "part"), [(1j, "rotation"), (1.0, "scale")])
def test_a_face_of_another_shape_turns_and_grows_with_a_little_shape(way, part):
    face = a_face()
    right = Similarity.fit(face, TARGET)
    aligned = right(face)
    own = aligned - aligned.mean(axis=0)
    off = own if way == 1.0 else np.stack([-own[:, 1], own[:, 0]], axis=1)
    found = decompose(right.inverse(aligned + 1e-3 * off), face, TARGET)
    spread, away = (np.square(points).sum() for points in (own, aligned - TARGET))
    share = found.energies[PARTS.index(part)] / found.energy
    assert share == pytest.approx(spread / (spread + away), rel=1e-9)
    assert found.energies[4] / found.energy == pytest.approx(away / (spread + away), rel=1e-6)


def test_a_point_without_weight_is_left_out_wherever_it_is():
    face = a_face()
    wrong, kept = face + errors(1, 2.0), [0, 1, 3, 4]
    far = wrong.copy()
    far[2] = 1e4
    found = decompose(far, face, TARGET, [1, 1, 0, 1, 1])
    alone = decompose(wrong[kept], face[kept], TARGET[kept])
    assert found.parameters == pytest.approx(alone.parameters, rel=1e-12)
    assert found.energies == pytest.approx(alone.energies, rel=1e-9)


def test_two_points_have_no_shape():
    face = a_face()
    found = decompose(face + errors(2, 2.0), face, TARGET, [1, 1, 0, 0, 0])
    assert found.energies[4] < 1e-25 < found.energy


def test_points_without_a_fit_are_refused():
    with pytest.raises(DegenerateFitError):
        decompose(np.full((5, 2), 3.0), TARGET, TARGET)
    with pytest.raises(DegenerateFitError):
        jacobian(np.full((5, 2), 3.0), TARGET)
