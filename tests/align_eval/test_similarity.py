import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tolerances import RECOVERED, SAME_FIT_PX, SINGLE_PRECISION_PX

from align_eval.errors import DegenerateFitError
from align_eval.similarity import Affine, Similarity
from align_eval.templates import arcface

law = settings(max_examples=40, deadline=None)
TEMPLATE = arcface(112).landmarks.points
FAMILIES = pytest.mark.parametrize("family", [Similarity, Affine])

scales = st.floats(0.01, 100)
angles = st.floats(-math.pi, math.pi)
shifts = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
similarities = st.builds(Similarity.make, scales, angles, shifts)
seeds = st.integers(0, 2**32 - 1)


def _points(seed, *shape):
    return np.random.default_rng(seed).normal(100, 40, (*shape, 2))


def _close(a, b, tolerance=RECOVERED):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1, np.abs(b).max()))


def _insightface():
    """Insightface's alignment, whose import and whose use of skimage announce deprecations."""
    pytest.importorskip("insightface")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.utils import face_align
    return face_align


def _estimate_norm(points, size):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*estimate.*", category=FutureWarning)
        return _insightface().estimate_norm(points, size)


@law
@given(seed=seeds, scale=scales, angle=angles, shift=shifts, count=st.integers(2, 9))
def test_a_similarity_is_recovered_for_any_scale_angle_and_shift(seed, scale, angle, shift, count):
    source = _points(seed, count)
    assume(np.ptp(source, axis=0).max() > 5)
    found = Similarity.fit(source, Similarity.make(scale, angle, shift)(source))
    _close(found.scale, scale, 1e-7)
    assert abs(np.exp(1j * found.angle) - np.exp(1j * angle)) < 1e-7
    _close(found(source), Similarity.make(scale, angle, shift)(source))


@law
@given(seed=seeds, count=st.integers(3, 9), matrix=arrays(float, (2, 3), elements=st.floats(-9, 9)))
def test_an_affine_map_is_recovered(seed, count, matrix):
    source = _points(seed, count)
    assume(abs(np.linalg.det(matrix[:, :2])) > 0.1)
    assume(np.linalg.svd(source - source.mean(0))[1][1] > 5)
    _close(Affine.fit(source, Affine(matrix)(source)).matrix, matrix, 1e-8)


@law
@given(seed=seeds, count=st.integers(2, 12))
def test_a_fit_equals_skimage(seed, count):
    transform = pytest.importorskip("skimage.transform")
    source, target = _points(seed, count), _points(seed + 1, count)
    ours = Similarity.fit(source, target)
    theirs = transform.SimilarityTransform.from_estimate(source, target)
    _close(ours.matrix, theirs.params[:2], SAME_FIT_PX)


@pytest.mark.parametrize("size", [112, 128, 224, 256])
def test_a_fit_equals_insightface(size, monkeypatch):
    face_align = _insightface()
    rng = np.random.default_rng(size)
    faces = TEMPLATE * 2 + 50 + rng.normal(0, 6, (20, 5, 2))
    target = arcface(size).landmarks.points
    for face in faces:
        gap = Similarity.fit(face, target).matrix - _estimate_norm(face, size)
        assert np.abs(gap).max() < SINGLE_PRECISION_PX * size / 112
    monkeypatch.setattr(face_align, "arcface_dst", TEMPLATE.copy())
    for face in faces:
        gap = Similarity.fit(face, target).matrix - _estimate_norm(face, size)
        assert np.abs(gap).max() < SAME_FIT_PX


@FAMILIES
@law
@given(seed=seeds)
def test_a_batch_of_fits_is_the_fits_one_by_one(family, seed):
    source, target = _points(seed, 4, 3, 5), _points(seed + 1, 4, 3, 5)
    weights = np.random.default_rng(seed).random((4, 3, 5)) + 0.1
    batch = family.fit(source, target, weights).matrix
    for i in np.ndindex(4, 3):
        _close(batch[i], family.fit(source[i], target[i], weights[i]).matrix, 1e-10)


@FAMILIES
def test_one_template_or_one_face_broadcasts_against_a_batch(family):
    faces, weights = _points(0, 6, 5), np.random.default_rng(1).random((6, 5)) + 0.1
    many = np.broadcast_to(TEMPLATE, faces.shape)
    assert family.fit(faces, TEMPLATE).matrix.shape == (6, 2, 3)
    _close(family.fit(faces, TEMPLATE).matrix, family.fit(faces, many).matrix, 1e-12)
    _close(family.fit(TEMPLATE, faces).matrix, family.fit(many, faces).matrix, 1e-12)
    _close(
        family.fit(faces[0], TEMPLATE, weights).matrix,
        family.fit(np.broadcast_to(faces[0], faces.shape), many, weights).matrix,
        1e-12,
    )
    _close(
        family.fit(faces, TEMPLATE, weights[0]).matrix,
        family.fit(faces, many, np.broadcast_to(weights[0], (6, 5))).matrix,
        1e-12,
    )


def test_an_empty_batch_gives_no_transforms():
    assert Similarity.fit(np.empty((0, 5, 2)), TEMPLATE).matrix.shape == (0, 2, 3)


@FAMILIES
@law
@given(seed=seeds, which=st.integers(0, 4))
def test_doubling_a_weight_repeats_the_point(family, seed, which):
    source, target = _points(seed, 5), _points(seed + 1, 5)
    weights = np.ones(5)
    weights[which] = 2
    again = [*range(5), which]
    _close(
        family.fit(source, target, weights).matrix, family.fit(source[again], target[again]).matrix
    )


@FAMILIES
@law
@given(seed=seeds, which=st.integers(0, 4))
def test_a_weight_of_zero_leaves_the_point_out(family, seed, which):
    source, target = _points(seed, 5), _points(seed + 1, 5)
    weights = np.ones(5)
    weights[which] = 0
    kept = np.arange(5) != which
    _close(
        family.fit(source, target, weights).matrix, family.fit(source[kept], target[kept]).matrix
    )


@FAMILIES
@pytest.mark.parametrize("factor", [1e-30, 1e-6, 1e6])
def test_only_the_ratio_of_weights_matters(family, factor):
    source, target = _points(0, 5), _points(1, 5)
    weights = np.arange(1.0, 6.0)
    _close(
        family.fit(source, target, weights * factor).matrix,
        family.fit(source, target, weights).matrix,
    )


@FAMILIES
@law
@given(seed=seeds)
def test_the_fit_has_the_least_squared_error(family, seed):
    source, target = _points(seed, 6), _points(seed + 1, 6)
    best = family.fit(source, target)
    error = (best.residuals(source, target) ** 2).sum()
    rng = np.random.default_rng(seed)
    for _ in range(5):
        matrix = best.matrix + rng.normal(0, 1e-3, (2, 3))
        if family is Similarity:
            matrix[1, :2] = -matrix[0, 1], matrix[0, 0]
        assert (Affine(matrix).residuals(source, target) ** 2).sum() >= error


@FAMILIES
@law
@given(seed=seeds)
def test_measuring_in_the_source_is_the_inverse_of_the_reverse_fit(family, seed):
    source, target = _points(seed, 5), _points(seed + 1, 5)
    forward = family.fit(source, target, minimise="source")
    _close(forward.matrix, family.fit(target, source).inverse.matrix)
    _close(forward.inverse(target), family.fit(target, source)(target), 1e-6)


@law
@given(a=similarities, b=similarities, c=similarities, seed=seeds)
def test_composition_is_applying_one_after_the_other_and_is_associative(a, b, c, seed):
    points = _points(seed, 3)
    _close((a @ b)(points), a(b(points)))
    _close(((a @ b) @ c).matrix, (a @ (b @ c)).matrix)
    _close((a @ b).scale, a.scale * b.scale)


@law
@given(a=similarities, b=similarities)
def test_inverses_undo_and_compose_in_reverse(a, b):
    identity = np.eye(3)[:2]
    for product in (a @ a.inverse, a.inverse @ a):
        np.testing.assert_allclose(product.matrix, identity, atol=1e-6)
    _close((a @ b).inverse.matrix, (b.inverse @ a.inverse).matrix, 1e-7)
    _close(a.inverse.scale, 1 / a.scale)


def test_two_similarities_compose_to_a_similarity_and_any_other_two_to_an_affine_map():
    turn, shear = Similarity.make(2.0, 0.3), Affine([[1, 0.5, 0], [0, 1, 0]])
    assert type(turn @ turn) is Similarity
    assert {type(turn @ shear), type(shear @ turn), type(shear @ shear)} == {Affine}
    _close((turn @ shear)([[1, 2]]), turn(shear([[1, 2]])))


def test_residuals_are_the_distances_left_in_target_pixels():
    source, target = [[0, 0], [10, 0], [5, 5]], [[0, 0], [20, 0], [10, 13]]
    doubled = Similarity.make(2.0)
    assert doubled.residuals(source, target).tolist() == [0, 0, 3]
    assert doubled.residuals([source, source], target).shape == (2, 3)


@given(scale=scales, angle=st.floats(-3.14, 3.14), shift=shifts)
@law
def test_a_similarity_gives_back_the_numbers_it_was_made_of(scale, angle, shift):
    made = Similarity.make(scale, angle, shift)
    _close(made.scale, scale)
    assert made.angle.item() == pytest.approx(angle, abs=1e-9)
    assert tuple(made.shift) == shift


def test_angles_turn_x_towards_y():
    assert Similarity.make(angle=np.pi / 2)([[1, 0]]).round(12).tolist() == [[0, 1]]


def test_batched_similarities_are_made_applied_and_inverted_at_once():
    made = Similarity.make([1.0, 2.0], [0.0, np.pi], [[1, 2], [3, 4]])
    assert made([[1, 0]]).round(12).tolist() == [[[2, 2]], [[1, 4]]]
    _close(made.inverse(made(TEMPLATE)), np.stack([TEMPLATE, TEMPLATE]))


@pytest.mark.parametrize("kind", [np.float32, np.int64, list])
def test_single_precision_integers_and_lists_are_fitted_in_double(kind):
    source = np.array([[10, 20], [50, 22], [31, 60]])
    given_ = source.tolist() if kind is list else source.astype(kind)
    fitted = Similarity.fit(given_, TEMPLATE[:3])
    assert fitted.matrix.dtype == np.float64
    assert np.array_equal(fitted.matrix, Similarity.fit(source.astype(float), TEMPLATE[:3]).matrix)


def test_a_transform_cannot_be_changed():
    fitted = Similarity.fit(TEMPLATE * 2, TEMPLATE)
    with pytest.raises(ValueError, match="read-only"):
        fitted.matrix[0, 0] = 5


BAD_SOURCES = {
    "one point": np.ones((1, 2)),
    "no point": np.ones((0, 2)),
    "coincident points": np.full((5, 2), 0.1),
    "coincident points far away": np.full((5, 2), 1e6 + 0.1) + 1e-11,
    "a NaN": np.array([[1, 2], [np.nan, 4], [5, 7]]),
    "an infinity": np.array([[1, 2], [np.inf, 4], [5, 7]]),
}


@FAMILIES
@pytest.mark.parametrize("minimise", ["target", "source"])
@pytest.mark.parametrize("bad", BAD_SOURCES.values(), ids=BAD_SOURCES.keys())
def test_points_that_fix_no_transform_are_refused_on_either_side(family, minimise, bad):
    good = _points(0, len(bad))
    for pair in ((bad, good), (good, bad), (bad, bad)):
        with pytest.raises(DegenerateFitError):
            family.fit(*pair, minimise=minimise)


@FAMILIES
def test_one_bad_set_in_a_batch_is_refused(family):
    batch = _points(0, 8, 5)
    batch[3] = 7.0
    with pytest.raises(DegenerateFitError):
        family.fit(batch, TEMPLATE)


@law
@given(seed=seeds, count=st.integers(2, 6), slope=st.floats(-5, 5), offset=st.floats(-1e4, 1e4))
def test_an_affine_fit_refuses_collinear_points(seed, count, slope, offset):
    x = np.random.default_rng(seed).normal(100, 40, count)
    with pytest.raises(DegenerateFitError, match="on one line"):
        Affine.fit(np.stack([x, slope * x + offset], axis=-1), _points(seed, count))


def test_mirrored_squares_fix_no_similarity_and_are_refused():
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    with pytest.raises(DegenerateFitError):
        Similarity.fit(square, square * [-1, 1])


@pytest.mark.parametrize(
    "matrix", [np.zeros((2, 3)), [[1, 2, 0], [2, 4, 0]], [[0.1, 0.3, 0], [0.3, 0.9, 0]]]
)
def test_a_transform_that_flattens_the_plane_has_no_inverse(matrix):
    with pytest.raises(DegenerateFitError, match="flattens"):
        _ = Affine(matrix).inverse


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 1, -1, 1, 1], ValueError, "negative"),
        ([1, 1, 1], ValueError, "wants .* 5. weights"),
        ([1, 0, 0, 0, 0], DegenerateFitError, "two points with positive weight"),
        ([1, 1, np.nan, 1, 1], DegenerateFitError, "weights of a fit are not all finite"),
    ],
)
def test_bad_weights_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        Similarity.fit(TEMPLATE, TEMPLATE, weights)


@pytest.mark.parametrize(
    ("source", "target"),
    [([1, 2], [1, 2]), (TEMPLATE, TEMPLATE[:4]), ([], []), (np.ones((5, 3)), np.ones((5, 3)))],
)
def test_points_of_other_shapes_are_refused(source, target):
    with pytest.raises(ValueError, match="matching"):
        Similarity.fit(source, target)


def test_an_unknown_side_to_minimise_is_refused():
    with pytest.raises(ValueError, match="'target' or 'source', got 'sauce'"):
        Similarity.fit(TEMPLATE, TEMPLATE, minimise="sauce")


def test_a_matrix_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(…, 2, 3\) matrix, got \(3, 3\)"):
        Affine(np.eye(3))
