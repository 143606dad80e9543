"""Laws that hold across schemes, templates, fits and crops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tolerances import MIRRORED_GREY_LEVELS, RECOVERED

from align_eval.alignment import Template, align, estimate
from align_eval.landmarks import Landmarks
from align_eval.schemes import CATALOG, scheme_named
from align_eval.similarity import Similarity
from align_eval.templates import TEMPLATES, template

law = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)
templates = st.sampled_from([template(name) for name in TEMPLATES])
moves = st.builds(
    Similarity.make,
    st.floats(0.2, 8),
    st.floats(-3.1, 3.1),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
FIVE = scheme_named("five")


def _noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("estimator", ["similarity", "affine"])
@law
@given(template=templates, move=moves)
def test_landmarks_of_an_exact_copy_land_on_the_template(estimator, template, move):
    face = Landmarks(move(template.landmarks.points), template.landmarks.scheme)
    landed = estimate(face, template, estimator=estimator)(face.points)
    np.testing.assert_allclose(landed, template.landmarks.points, atol=1e-7)


@law
@given(template=templates, move=moves, seed=seeds)
def test_moving_the_face_moves_the_fit_and_not_the_aligned_landmarks(template, move, seed):
    rng = np.random.default_rng(seed)
    points = template.landmarks.points + rng.normal(0, 3, (5, 2))
    still = estimate(Landmarks(points, FIVE), template)
    moved = estimate(Landmarks(move(points), FIVE), template)
    np.testing.assert_allclose(moved(move(points)), still(points), atol=1e-6)
    np.testing.assert_allclose((moved @ move).matrix, still.matrix, atol=1e-6)


@law
@given(
    template=templates,
    move=moves,
    missing=st.sets(st.integers(0, 4), max_size=3),
    coordinate=st.integers(0, 1),
)
def test_any_two_or_more_points_of_an_exact_copy_fix_the_same_fit(
    template, move, missing, coordinate
):
    points = move(template.landmarks.points)
    points[list(missing), coordinate] = np.nan
    found = estimate(Landmarks(points, FIVE), template)
    np.testing.assert_allclose(found.matrix, move.inverse.matrix, rtol=RECOVERED, atol=1e-7)


@pytest.mark.parametrize("estimator", ["similarity", "affine"])
@law
@given(template=templates, seed=seeds, width=st.integers(100, 260))
def test_the_mirrored_image_landmarks_and_template_give_the_mirrored_crop(
    estimator, template, seed, width
):
    rng = np.random.default_rng(seed)
    image = _noise(seed, 180, width, 3)
    place = Similarity.make(rng.uniform(0.5, 1.5), rng.uniform(-1, 1), rng.uniform(-30, 60, 2))
    points = place(template.landmarks.points) + rng.normal(0, 4, (5, 2))
    face = Landmarks(points, FIVE)
    straight = align(image, face, template, estimator=estimator)
    mirrored = align(
        np.ascontiguousarray(image[:, ::-1]),
        face.mirrored(width),
        template.mirrored(),
        estimator=estimator,
    )
    gap = np.abs(mirrored.image[:, ::-1].astype(int) - straight.image)
    assert gap.max() <= MIRRORED_GREY_LEVELS
    assert np.mean(gap > 0) < 0.01


@pytest.mark.parametrize("name", [name for name in CATALOG if name != "five"])
@law
@given(seed=seeds)
def test_a_face_in_any_scheme_is_fitted_by_what_it_gives_of_the_template(name, seed):
    scheme, target = scheme_named(name), template("arcface112")
    points = np.random.default_rng(seed).normal(100, 40, (len(scheme), 2))
    face = Landmarks(points, scheme)
    indices, shared = face.common(FIVE)
    by_hand = Similarity.fit(shared, target.landmarks.points[list(indices)])
    np.testing.assert_allclose(estimate(face, target).matrix, by_hand.matrix, atol=1e-12)


@law
@given(seed=seeds, factor=st.integers(2, 6), move=moves)
def test_scaling_the_template_scales_the_fit(seed, factor, move):
    small = template("arcface112")
    large = Template("large", Landmarks(small.landmarks.points * factor, FIVE), (999, 999))
    rng = np.random.default_rng(seed)
    face = Landmarks(move(small.landmarks.points) + rng.normal(0, 0.1, (5, 2)), FIVE)
    np.testing.assert_allclose(
        estimate(face, large).matrix, factor * estimate(face, small).matrix, rtol=1e-9, atol=1e-6
    )


@law
@given(seed=seeds, left=st.integers(0, 20), top=st.integers(0, 20))
def test_pixels_around_the_face_do_not_change_its_crop(seed, left, top):
    image, target = _noise(seed, 90, 80), template("arcface112")
    face = Landmarks(target.landmarks.points * 0.5 + [12, 15], FIVE)
    padded = np.pad(image, ((top, 3), (left, 5)))
    moved = Landmarks(face.points + [left, top], FIVE)
    gap = align(padded, moved, target).image.astype(int) - align(image, face, target).image
    assert np.abs(gap).max() <= MIRRORED_GREY_LEVELS
