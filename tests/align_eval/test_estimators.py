"""Laws of the ways in which landmarks are fitted to a template."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tolerances import RECOVERED

from align_eval.alignment import Template, estimate
from align_eval.errors import ConfigError, DegenerateFitError, UnknownNameError
from align_eval.estimators import FAMILIES, HUBER, MOST_TRIMMED, POINTS, Estimator, quality_weights
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine, Similarity
from align_eval.templates import template

FIVE, IBUG, DLIB5 = (scheme_named(name) for name in ("five", "ibug68", "dlib5"))
ARCFACE = template("arcface112")
DENSE = template({"base": "arcface112", "scheme": "ibug68"})
TARGET = ARCFACE.landmarks.points
SPELLED = [
    "similarity",
    "affine",
    "similarity:2",
    "similarity:3",
    "similarity:3-mouth",
    "similarity:4",
    "similarity:5",
    "affine:5",
    "similarity:5:quality",
    "similarity:5:huber",
    "affine:huber=0.05",
    "similarity:5:trimmed",
    "affine:5:trimmed",
    "similarity:quality:huber",
]
law = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 2**32 - 1)
moves = st.builds(
    Similarity.make,
    st.floats(0.3, 6),
    st.floats(-3.1, 3.1),
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
every = pytest.mark.parametrize("text", SPELLED)
both_ways = pytest.mark.parametrize("minimise", ["target", "source"])


def noisy(seed, spread=3.0, target=ARCFACE):
    """A face that is no copy of the template, with a quality of any range for each point."""
    rng = np.random.default_rng(seed)
    points = target.landmarks.points
    quality = rng.normal(-5, 30, len(points))
    return Landmarks(points + rng.normal(0, spread, points.shape), target.landmarks.scheme, quality)


def moved(landmarks, move):
    return Landmarks(move(landmarks.points), landmarks.scheme, landmarks.quality)


@every
def test_an_estimator_is_the_text_it_is_written_as(text):
    assert str(Estimator.parse(text)) == text
    family, *parts = text.split(":")
    assert Estimator.parse(":".join([family, *parts[::-1]])) == Estimator.parse(text)


def test_what_is_not_said_is_a_plain_fit_of_all_points():
    assert Estimator.parse("similarity") == Estimator() == Estimator.parse("similarity:all")
    assert Estimator.parse("similarity:eyes") == Estimator.parse("similarity:2")
    assert Estimator.parse(f"similarity:huber={HUBER}") == Estimator.parse("similarity:huber")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("similar", "unknown estimator 'similar'. Did you mean 'similarity'"),
        ("similarity:qualty", "unknown part of an estimator 'qualty'. Did you mean 'quality'"),
        ("similarity:hubber", "Did you mean 'huber'"),
        ("similarity:trimed", "Did you mean 'trimmed'"),
        ("similarity:eye", "Did you mean 'eyes'"),
        ("similarity:68", "unknown part of an estimator '68'"),
        ("similarity:", "unknown part of an estimator ''"),
    ],
)
def test_a_near_miss_is_answered_with_the_nearest(text, message):
    with pytest.raises(UnknownNameError, match=message):
        Estimator.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("similarity:4:5", "gives its points twice"),
        ("similarity:huber:trimmed", "gives its loss twice"),
        ("affine:eyes", "'affine:2' wants at least 3 points"),
        ("similarity:3:trimmed", "'similarity:3:trimmed' wants at least 4 points"),
        ("affine:4:trimmed", "wants at least 5 points"),
        ("similarity:huber=0", "positive constant, got 0.0"),
        ("similarity:huber=inf", "positive constant, got inf"),
        ("similarity:huber=wide", "number of eye distances, got 'wide'"),
        (5, "wants a text, got 5"),
    ],
)
def test_what_cannot_be_fitted_is_refused_before_any_face(text, message):
    with pytest.raises(ConfigError, match=message):
        Estimator.parse(text)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"points": "6"}, "unknown points of an estimator '6'"),
        ({"weights": "quantity"}, "Did you mean 'quality'"),
        ({"loss": "square"}, "Did you mean 'squares'"),
    ],
)
def test_an_estimator_has_known_parts_only(choice, message):
    with pytest.raises(UnknownNameError, match=message):
        Estimator(**choice)


@every
@both_ways
@law
@given(move=moves, seed=seeds)
def test_every_estimator_is_exact_on_an_exact_copy(text, minimise, move, seed):
    quality = np.random.default_rng(seed).normal(0, 9, 5)
    face = Landmarks(move(TARGET), FIVE, quality)
    found = estimate(face, ARCFACE, estimator=text, minimise=minimise)
    np.testing.assert_allclose(found.matrix, move.inverse.matrix, rtol=RECOVERED, atol=1e-6)


@every
@both_ways
@law
@given(move=moves, seed=seeds)
def test_moving_the_face_moves_the_fit_and_not_where_its_points_land(text, minimise, move, seed):
    face = noisy(seed)
    still = estimate(face, ARCFACE, estimator=text, minimise=minimise)
    after = estimate(moved(face, move), ARCFACE, estimator=text, minimise=minimise)
    np.testing.assert_allclose(after(move(face.points)), still(face.points), atol=1e-5)


@every
def test_mirroring_face_and_template_mirrors_the_fit(text):
    face = noisy(3)
    straight = estimate(face, ARCFACE, estimator=text)
    mirrored = estimate(face.mirrored(112), ARCFACE.mirrored(), estimator=text)
    at = straight(face.points)[[1, 0, 2, 4, 3]]
    at[:, 0] = 111 - at[:, 0]
    np.testing.assert_allclose(mirrored(face.mirrored(112).points), at, atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
@both_ways
@law
@given(seed=seeds, missing=st.sets(st.integers(0, 4), max_size=2))
def test_the_five_points_are_the_plain_fit_to_the_last_bit(family, minimise, seed, missing):
    face = noisy(seed)
    points = face.points.copy()
    points[list(missing)] = np.nan
    seen = [i for i in range(5) if i not in missing]
    wanted = FAMILIES[family].fit(points[seen], TARGET[seen], minimise=minimise).matrix
    for text in (family, f"{family}:all", f"{family}:5"):
        found = estimate(Landmarks(points, FIVE), ARCFACE, estimator=text, minimise=minimise)
        assert np.array_equal(found.matrix, wanted)


@pytest.mark.parametrize(
    ("points", "seen"), [("2", [0, 1]), ("3", [0, 1, 2]), ("4", [0, 1, 3, 4]), ("5", range(5))]
)
@law
@given(seed=seeds)
def test_a_group_sees_its_own_points_alone(points, seen, seed):
    face, own = noisy(seed), list(seen)
    spoilt = np.full((5, 2), 1e4)
    spoilt[own] = face.points[own]
    found = estimate(Landmarks(spoilt, FIVE), ARCFACE, estimator=f"similarity:{points}")
    wanted = Similarity.fit(face.points[own], TARGET[own])
    np.testing.assert_allclose(found.matrix, wanted.matrix, atol=1e-12)


def test_the_middle_of_the_mouth_is_that_of_its_corners():
    face = noisy(1)
    source, target = (np.vstack([p[:2], p[3:].mean(axis=0)]) for p in (face.points, TARGET))
    found = estimate(face, ARCFACE, estimator="similarity:3-mouth")
    np.testing.assert_allclose(found.matrix, Similarity.fit(source, target).matrix, atol=1e-12)


def test_a_template_of_68_points_is_fitted_by_all_or_by_the_five():
    face = noisy(5, target=DENSE)
    source, target = face.points, DENSE.landmarks.points
    found = estimate(face, DENSE, estimator="similarity:all").matrix
    np.testing.assert_allclose(found, Similarity.fit(source, target).matrix, atol=1e-12)
    five = Similarity.fit(face.to(FIVE).points, DENSE.landmarks.to(FIVE).points)
    found = estimate(face, DENSE, estimator="similarity:5").matrix
    np.testing.assert_allclose(found, five.matrix, atol=1e-12)


@law
@given(seed=seeds)
def test_huber_of_a_wide_reach_is_least_squares(seed):
    face = noisy(seed)
    wide = estimate(face, ARCFACE, estimator="similarity:huber=1000").matrix
    plain = estimate(face, ARCFACE, minimise="source").matrix
    np.testing.assert_allclose(wide, plain, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@law
@given(seed=seeds, wild=st.integers(0, 4))
def test_huber_is_at_the_minimum_of_its_loss(family, seed, wild):
    rng = np.random.default_rng(seed)
    points = noisy(seed).points.copy()
    points[wild] += rng.normal(0, 40, 2)
    plain = FAMILIES[family].fit(TARGET, points).matrix
    reach = 0.1 * ARCFACE.eye_distance * np.sqrt(abs(np.linalg.det(plain[:, :2])))

    def loss(matrix):
        r = Affine(matrix).residuals(TARGET, points)
        return np.where(r <= reach, r**2 / 2, reach * (r - reach / 2)).sum()

    found = estimate(Landmarks(points, FIVE), ARCFACE, estimator=f"{family}:huber=0.1")
    back, least = found.inverse.matrix, loss(found.inverse.matrix)
    for _ in range(20):
        other = FAMILIES[family].fit(TARGET, points, rng.uniform(0.2, 1, 5)).matrix
        for step in (1e-3, 0.1, 1.0):
            assert loss(back + step * (other - back)) >= least * (1 - 1e-6)


def shift_of(found, truth):
    """How far the template's points lie from where they should, in eye distances (worst)."""
    back = truth.inverse(TARGET)
    return np.hypot(*(found(back) - TARGET).T).max() / ARCFACE.eye_distance


@law
@given(wild=st.integers(0, 4), angle=st.floats(0, 6.3), seed=seeds)
def test_one_wild_point_of_five_moves_huber_less_than_least_squares(wild, angle, seed):
    points = noisy(seed, 0.5).points.copy()
    points[wild] += 100 * np.array([np.cos(angle), np.sin(angle)])
    face, truth = Landmarks(points, FIVE), Similarity.make()
    plain = shift_of(estimate(face, ARCFACE), truth)
    huber = shift_of(estimate(face, ARCFACE, estimator="similarity:huber=0.05"), truth)
    assert huber < 0.25 * plain


@pytest.mark.parametrize("family", FAMILIES)
@law
@given(wild=st.integers(0, 4), seed=seeds, far=st.floats(80, 1e4), angle=st.floats(0, 6.3))
def test_a_trimmed_fit_ignores_one_wild_point_wholly(family, wild, seed, far, angle):
    points = noisy(seed, 0.5).points.copy()
    kept = [i for i in range(5) if i != wild]
    wanted = FAMILIES[family].fit(points[kept], TARGET[kept]).matrix
    points[wild] = TARGET[wild] + far * np.array([np.cos(angle), np.sin(angle)])
    found = estimate(Landmarks(points, FIVE), ARCFACE, estimator=f"{family}:5:trimmed")
    # Three points and a wild one can lie nearer to an affine map than the four do.
    assume(family == "similarity" or found.residuals(points, TARGET)[wild] > 1)
    np.testing.assert_allclose(found.matrix, wanted, atol=1e-12)


def test_a_trimmed_fit_drops_a_fifth():
    rng = np.random.default_rng(4)
    target = rng.normal(0, 50, (10, 2))
    source = target + rng.normal(0, 0.3, (10, 2))
    source[[2, 7]] += 300
    kept = [i for i in range(10) if i not in (2, 7)]
    found = Estimator.parse("similarity:trimmed").fit(source, target)
    wanted = Similarity.fit(source[kept], target[kept])
    np.testing.assert_allclose(found.matrix, wanted.matrix, atol=1e-12)


def test_a_trimmed_fit_of_many_points_is_refused():
    face = noisy(0, target=DENSE)
    with pytest.raises(ConfigError, match=f"at most {MOST_TRIMMED} points, got 68: choose 4 or 5"):
        estimate(face, DENSE, estimator="similarity:trimmed")
    estimate(face, DENSE, estimator="similarity:5:trimmed")


def test_a_trimmed_fit_skips_subsets_that_fix_nothing():
    target = np.array([[0.0, 0], [0, 0], [0, 0], [40, 0], [0, 40]])
    found = Estimator.parse("similarity:trimmed").fit(target + [5, 5], target)
    np.testing.assert_allclose(found(target + [5.0, 5]), target, atol=1e-12)
    with pytest.raises(DegenerateFitError):
        Estimator.parse("affine:trimmed").fit(target[:, :1] * [1, 1], target)


@pytest.mark.parametrize("text", [text for text in SPELLED if text != "affine:5:trimmed"])
@law
@given(seed=seeds, out=st.integers(0, 4))
def test_a_weight_of_zero_leaves_a_point_out(text, seed, out):
    chosen = Estimator.parse(text)
    kept = [i for i in range(5) if i != out]
    source, weights = noisy(seed).points, np.random.default_rng(seed).uniform(0.1, 1, 5)
    weights[out] = 0.0
    unit = {"unit": ARCFACE.eye_distance}
    with_it = chosen.fit(source, TARGET, weights, **unit)
    without = chosen.fit(source[kept], TARGET[kept], weights[kept], **unit)
    np.testing.assert_allclose(with_it.matrix, without.matrix, rtol=1e-9, atol=1e-9)


@law
@given(seed=seeds, out=st.integers(0, 4), unsure=st.sampled_from([np.nan, -np.inf]))
def test_a_quality_that_vouches_for_nothing_is_a_missing_point(seed, out, unsure):
    face = noisy(seed)
    quality, points = face.quality.copy(), face.points.copy()
    quality[out], points[out] = unsure, np.nan
    by_quality = Landmarks(face.points, FIVE, quality)
    by_place = Landmarks(points, FIVE, face.quality)
    found, wanted = (
        estimate(one, ARCFACE, estimator="similarity:quality").matrix
        for one in (by_quality, by_place)
    )
    assert np.array_equal(found, wanted)


@law
@given(seed=seeds, points=st.sampled_from(["all", "4", "5"]))
def test_only_the_order_of_the_qualities_counts(seed, points):
    face = noisy(seed)
    rising = (lambda q: q / 1e4, lambda q: 7 * q - 300, lambda q: -np.exp(-q / 20))
    text = f"similarity:{points}:quality"
    wanted = estimate(face, ARCFACE, estimator=text).matrix
    for rule in rising:
        same = Landmarks(face.points, FIVE, rule(face.quality))
        assert np.array_equal(estimate(same, ARCFACE, estimator=text).matrix, wanted)


@law
@given(seed=seeds, best=st.integers(0, 4))
def test_the_surest_point_lies_nearer_than_with_equal_weights(seed, best):
    face = noisy(seed)
    quality = np.zeros(5)
    quality[best] = 1
    plain = estimate(face, ARCFACE).residuals(face.points, TARGET)[best]
    assume(plain > 0.5)
    sure = estimate(Landmarks(face.points, FIVE, quality), ARCFACE, estimator="similarity:quality")
    assert sure.residuals(face.points, TARGET)[best] < plain


def test_landmarks_without_quality_or_of_one_quality_weigh_equally():
    face = noisy(2)
    wanted = estimate(face, ARCFACE).matrix
    for quality in (None, np.full(5, -3.0)):
        same = Landmarks(face.points, FIVE, quality)
        found = estimate(same, ARCFACE, estimator="similarity:quality").matrix
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_a_derived_point_has_the_mean_quality_of_what_it_is_made_of():
    quality = np.zeros(68)
    quality[36:42], quality[42:48] = [9, 0, 0, 0, 0, 0], 1
    face = Landmarks(noisy(0, target=DENSE).points, IBUG, quality)
    chosen = Estimator.parse("similarity:2:quality")
    weights = chosen.shared(face, ARCFACE.landmarks)[2]
    assert weights.tolist() == quality_weights([1.5, 1.0]).tolist()


@pytest.mark.parametrize(
    ("text", "points", "needed"),
    [
        ("similarity:4", [2], 2),
        ("similarity:5:trimmed", [0, 1, 2], 4),
        ("affine:3", [0, 1], 3),
        ("similarity:2:quality", [0], 2),
    ],
)
def test_too_few_points_are_one_clear_line(text, points, needed):
    marks = np.full((5, 2), np.nan)
    marks[points] = TARGET[points]
    count = len(set(points) & {0, 1, 3, 4}) if text == "similarity:4" else len(points)
    message = f"{count} usable points of 'five' .* the {text} fit needs {needed}"
    with pytest.raises(DegenerateFitError, match=message):
        estimate(Landmarks(marks, FIVE, np.ones(5)), ARCFACE, estimator=text)


def test_a_model_without_mouth_is_fitted_by_what_a_group_shares_with_it():
    eyes = Landmarks([[80, 50], [65, 50], [30, 51], [45, 51], [55, 70]], DLIB5)
    wanted = estimate(eyes, ARCFACE, estimator="similarity:2").matrix
    for points in POINTS:
        found = estimate(eyes, ARCFACE, estimator=f"similarity:{points}").matrix
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_huber_wants_a_template_with_eyes():
    mouth = LandmarkScheme("mouth", ("left_mouth", "right_mouth"), (1, 0))
    target = Template("mouth", Landmarks([[30, 80], [70, 80]], mouth), (100, 100))
    face = Landmarks(noisy(0).points, FIVE)
    assert type(estimate(face, target)) is Similarity
    with pytest.raises(ConfigError, match="'mouth' wants two eyes"):
        estimate(face, target, estimator="similarity:huber")


@law
@given(values=st.lists(st.integers(-5, 5), min_size=1, max_size=9))
def test_weights_rise_with_quality_from_a_half_to_one(values):
    weights = quality_weights(values)
    assert ((weights > 0.5) & (weights <= 1)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(weights[order]) >= 0).all()
    for a, b in zip(values, weights, strict=True):
        assert all(b == w for v, w in zip(values, weights, strict=True) if v == a)
