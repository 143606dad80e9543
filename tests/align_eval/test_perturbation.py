"""Moved landmarks: frames, kinds, residuals and their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.perturbation import (
    FIVE,
    KINDS,
    PARTS,
    POINTS,
    Draw,
    Framed,
    donors,
    draw_of,
    part_alone,
    parts_of,
    perturbed,
    residual,
)
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity

FACE = Landmarks([[100, 100], [160, 102], [130, 135], [108, 165], [155, 166]], FIVE)
turns = st.floats(-3, 3)
sizes = st.floats(0.2, 5)
seeds = st.integers(0, 2**16)


def drawn(seed, side=1):
    normal = np.random.default_rng(seed).standard_normal((6, 2)) @ np.array([1, 1j])
    return Draw(normal[:-1], complex(normal[-1]), side)


def face(name, modality=Modality.VISIBLE, **attributes):
    return Face(name, name, modality, lambda: np.zeros((4, 4), np.uint8), None, attributes)


@pytest.mark.parametrize("kind", KINDS)
@given(turn=turns, size=sizes, seed=seeds)
def test_a_kind_moves_in_the_faces_own_frame(kind, turn, size, seed):
    """To move and then to turn the image is to turn it and then to move."""
    to = Similarity.make(size, turn, (7.0, -3.0))
    draw = drawn(seed)
    first = to(perturbed(FACE, kind, 0.1, draw).points)
    second = perturbed(Landmarks(to(FACE.points), FIVE), kind, 0.1, draw).points
    np.testing.assert_allclose(first, second, atol=1e-9 * size * 200)


@pytest.mark.parametrize("kind", KINDS)
def test_level_zero_moves_nothing(kind):
    np.testing.assert_allclose(perturbed(FACE, kind, 0.0, drawn(1)).points, FACE.points)


@pytest.mark.parametrize("name", [*POINTS, "eyes", "mouth"])
def test_a_part_of_the_face_moves_alone(name):
    moved = perturbed(FACE, name, 0.2, drawn(2)).points
    stayed = (moved == FACE.points).all(axis=1) | np.isclose(moved, FACE.points).all(axis=1)
    of = {"eyes": POINTS[:2], "mouth": POINTS[3:]}.get(name, (name,))
    assert [p for p, still in zip(POINTS, stayed, strict=True) if not still] == list(of)


def test_the_level_is_a_standard_deviation_in_eye_distances():
    span = np.linalg.norm(FACE.points[1] - FACE.points[0])
    draws = [draw_of(face(str(i)), 3, 0) for i in range(4000)]
    off = np.array([perturbed(FACE, "jitter", 0.05, d).points - FACE.points for d in draws])
    np.testing.assert_allclose(off.std(axis=0) / span, 0.05, rtol=0.05)
    for kind, axis in (("shift_x", 0), ("shift_y", 1)):
        off = np.array([perturbed(FACE, kind, 0.05, d).points - FACE.points for d in draws])
        assert np.ptp(off, axis=1).max() < 1e-9
        along = (FACE.points[1] - FACE.points[0]) / span
        unit = along if axis == 0 else np.array([-along[1], along[0]])
        np.testing.assert_allclose((off[:, 0] @ unit).std() / span, 0.05, rtol=0.05)
        across = np.array([-unit[1], unit[0]])
        np.testing.assert_allclose(off[:, 0] @ across, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "angle", "size"), [("rotation", True, False), ("scale", False, True)]
)
def test_a_rotation_turns_and_a_scale_grows(kind, angle, size):
    draw = drawn(5)
    fit = Similarity.fit(FACE.points, perturbed(FACE, kind, 0.1, draw).points)
    wanted = 0.1 * draw.common.real
    assert fit.angle == pytest.approx(wanted if angle else 0, abs=1e-12)
    assert np.log(fit.scale) == pytest.approx(wanted if size else 0, abs=1e-12)
    np.testing.assert_allclose(fit(FACE.points.mean(axis=0)[None])[0], FACE.points.mean(axis=0))


@pytest.mark.parametrize("axis", ["x", "y"])
def test_an_opposite_bias_parts_the_spectra(axis):
    same = [perturbed(FACE, f"bias_{axis}", 0.1, drawn(0, side)).points for side in (1, -1)]
    apart = [perturbed(FACE, f"opposite_{axis}", 0.1, drawn(0, side)).points for side in (1, -1)]
    np.testing.assert_array_equal(same[0], same[1])
    np.testing.assert_array_equal(apart[0], same[0])
    np.testing.assert_allclose(apart[0] + apart[1], 2 * FACE.points)


def test_the_faces_of_an_instant_have_the_same_draws_but_for_their_side():
    one = draw_of(face("a", pair="t0"), 1, 0)
    other = draw_of(face("b", Modality.THERMAL, pair="t0"), 1, 0)
    np.testing.assert_array_equal(one.each, other.each)
    assert (one.common, one.side, other.side) == (other.common, 1, -1)
    for seed, repeat, name in ((2, 0, "t0"), (1, 1, "t0"), (1, 0, "t1")):
        assert draw_of(face("a", pair=name), seed, repeat).common != one.common


def test_without_eyes_there_is_no_unit():
    points = FACE.points.copy()
    points[0] = np.nan
    assert perturbed(Landmarks(points, FIVE), "jitter", 0.1, drawn(0)) is None
    assert residual(FACE, Landmarks(points, FIVE)) is None
    same = np.tile(FACE.points[:1], (5, 1))
    assert perturbed(Landmarks(same, FIVE), "jitter", 0.1, drawn(0)) is None


def test_a_point_that_is_not_known_stays_so():
    points = FACE.points.copy()
    points[2] = np.nan
    for kind in KINDS:
        moved = perturbed(Landmarks(points, FIVE), kind, 0.1, drawn(0)).points
        assert np.isnan(moved).any(axis=1).tolist() == [False, False, True, False, False]


def test_other_schemes_give_their_five_points():
    ibug = scheme_named("ibug68")
    points = np.random.default_rng(0).uniform(0, 200, (68, 2))
    own = Landmarks(points, ibug)
    np.testing.assert_allclose(perturbed(own, "jitter", 0.0, drawn(0)).points, own.to(FIVE).points)


def test_an_unknown_kind_is_named():
    with pytest.raises(UnknownNameError, match=r"kind of perturbation 'jiter'.*jitter"):
        perturbed(FACE, "jiter", 0.1, drawn(0))


@given(seed=seeds)
def test_parts_add_up_and_are_orthogonal(seed):
    rng = np.random.default_rng(seed)
    off = 0.05 * rng.standard_normal((5, 2)) @ np.array([1, 1j])
    truth = Framed.of(FACE)
    points = truth.points / truth.eyes
    part = parts_of(off, points)
    around = points - points.mean()
    ratio = np.exp(part.log_scale + 1j * part.rotation)
    np.testing.assert_allclose(part.shift + (ratio - 1) * around + part.shape, off, atol=1e-12)
    for of_similarity in (np.ones(5), 1j * np.ones(5), around, 1j * around):
        assert np.vdot(part.shape, of_similarity).real == pytest.approx(0, abs=1e-12)


@given(seed=seeds)
def test_shape_alone_is_absorbed_by_the_fit(seed):
    off = 0.05 * np.random.default_rng(seed).standard_normal((5, 2)) @ np.array([1, 1j])
    alone = part_alone(off, Framed.of(FACE), "shape").landmarks()
    fit = Similarity.fit(FACE.points, alone.points)
    np.testing.assert_allclose(fit(FACE.points), FACE.points, atol=1e-9)


@pytest.mark.parametrize("part", PARTS)
def test_a_residual_of_one_part_has_no_other(part):
    off = residual(perturbed(FACE, "jitter", 0.1, drawn(4)), FACE)
    alone = residual(part_alone(off, Framed.of(FACE), part).landmarks(), FACE)
    points = Framed.of(FACE).points / Framed.of(FACE).eyes
    whole, one = parts_of(off, points), parts_of(alone, points)
    sizes = {
        "shift": abs(one.shift),
        "rotation": abs(one.rotation),
        "scale": abs(one.log_scale),
        "shape": np.abs(one.shape).max(),
    }
    assert {name for name, size in sizes.items() if size > 1e-9} == {part}
    if part == "shift":
        assert one.shift == pytest.approx(whole.shift)
    if part == "scale":
        assert one.log_scale == pytest.approx(whole.log_scale)
    if part == "rotation":
        assert one.rotation == pytest.approx(whole.rotation)


def test_a_donor_is_of_the_stratum_and_another_subject():
    strata = ["n", "n", "n", "o", "o", "p"]
    subjects = ["A", "A", "B", "A", "B", "C"]
    for repeat in range(20):
        chosen = donors(strata, subjects, 1, repeat)
        assert [strata[i] for i in chosen] == strata
        assert [subjects[i] != subjects[j] for i, j in enumerate(chosen)] == [True] * 5 + [False]
    assert not np.array_equal(
        donors(strata * 9, subjects * 9, 1, 0), donors(strata * 9, subjects * 9, 1, 1)
    )
