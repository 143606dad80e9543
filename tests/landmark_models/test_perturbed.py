import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.alignment import estimate
from align_eval.checks import check_landmark_model, require
from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, LandmarkError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.interfaces import DatasetBound, LandmarkModel
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template
from landmark_models import CATALOG
from landmark_models.perturbed import PerturbedTruth

FIVE = scheme_named("five")
POINTS = template("arcface112").landmarks.points
EYES = np.hypot(*(POINTS[1] - POINTS[0]))


def faces_of(count, modality=Modality.VISIBLE, **attributes):
    made = []
    for k in range(count):
        own = {name: f"{value}{k}" for name, value in attributes.items()}
        made.append(Face(f"{modality}-{k}", f"s{k}", modality, blank, attributes=own))
    return made


def blank():
    return np.zeros((112, 112), np.uint8)


def bound(faces, sigma, points=POINTS, scheme=FIVE, seed=0):
    truth = {face.id: Landmarks(points, scheme) for face in faces}
    return PerturbedTruth(sigma, seed=seed).for_dataset(Dataset("d", tuple(faces), truth=truth))


def moved(faces, *arguments, **options):
    return np.stack([one.points for one in bound(faces, *arguments, **options).locate(faces)])


def outline():
    """68 points whose eyes' centres are 40 px apart."""
    rng = np.random.default_rng(3)
    points = rng.uniform(20, 90, (68, 2))
    for first, x in ((36, 30.0), (42, 70.0)):
        points[first : first + 6] += [x, 50.0] - points[first : first + 6].mean(axis=0)
    return points


def test_the_noise_is_gaussian_isotropic_and_independent_point_by_point():
    faces = faces_of(3000)
    gap = (moved(faces, 0.05) - POINTS) / EYES
    np.testing.assert_allclose(gap.mean(axis=0), 0, atol=0.004)
    np.testing.assert_allclose(gap.std(axis=0), 0.05, rtol=0.06)
    assert np.mean(np.abs(gap) < 0.05) == pytest.approx(0.6827, abs=0.01)
    correlation = np.corrcoef(gap.reshape(3000, 10).T)
    assert np.abs(correlation - np.eye(10)).max() < 0.08


def test_68_points_are_averaged_before_the_noise_and_not_after_it():
    faces, scheme = faces_of(2000), scheme_named("ibug68")
    gap = moved(faces, 0.1, outline(), scheme) - Landmarks(outline(), scheme).to(FIVE).points
    np.testing.assert_allclose(gap.std(axis=0), 0.1 * 40.0, rtol=0.08)


def test_all_points_are_moved_each_by_noise_of_its_own_where_that_is_asked_for():
    faces, points, scheme = faces_of(300), outline(), scheme_named("ibug68")
    truth = {face.id: Landmarks(points, scheme) for face in faces}
    dataset = Dataset("d", tuple(faces), truth=truth)
    model = PerturbedTruth(0.05, points="all").for_dataset(dataset)
    found = model.locate(faces)
    assert model.scheme == scheme == found[0].scheme
    gap = (np.stack([one.points for one in found]) - points) / 40
    np.testing.assert_allclose(gap.std(axis=0), 0.05, rtol=0.2)
    eyes = np.stack([one.to(FIVE).points[0] for one in found])
    assert eyes.std(axis=0).mean() / 40 == pytest.approx(0.05 / np.sqrt(6), rel=0.1)
    again = pickle.loads(pickle.dumps(model)).locate(faces[:1])
    np.testing.assert_array_equal(again[0].points, found[0].points)
    with pytest.raises(UnknownNameError, match="most"):
        PerturbedTruth(points="most")


def test_sigma_0_is_ground_truths_five_points_to_the_bit():
    faces, scheme = faces_of(3), scheme_named("ibug68")
    for found in bound(faces, 0, outline(), scheme).locate(faces):
        np.testing.assert_array_equal(found.points, Landmarks(outline(), scheme).to(FIVE).points)
        assert found.scheme == FIVE


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(6)), st.integers(1, 6), st.integers(0, 2**40))
def test_batch_and_order_change_nothing_and_the_seed_does(order, size, seed):
    faces = faces_of(6)
    model = bound(faces, 0.05, seed=seed)
    together = {f.id: one.points for f, one in zip(faces, model.locate(faces), strict=True)}
    mixed = [faces[k] for k in order]
    for start in range(0, 6, size):
        part = mixed[start : start + size]
        for face, found in zip(part, model.locate(part), strict=True):
            np.testing.assert_array_equal(found.points, together[face.id])
    assert (moved(faces, 0.05, seed=seed + 1) != np.stack(list(together.values()))).all()


def test_both_spectra_of_an_instant_are_moved_alike_in_units_of_their_eyes():
    visible = faces_of(20, Modality.VISIBLE, pair="instant")
    thermal = faces_of(20, Modality.THERMAL, pair="instant")
    first = (moved(visible, 0.05) - POINTS) / EYES
    second = (moved(thermal, 0.05, POINTS * 3 + 7) - POINTS * 3 - 7) / (3 * EYES)
    np.testing.assert_allclose(first, second, atol=1e-12)
    assert (np.ptp(first, axis=0) > 0).all()


def test_another_sigma_scales_the_same_draws():
    faces = faces_of(5)
    small, large = (moved(faces, sigma) - POINTS for sigma in (0.02, 0.1))
    np.testing.assert_allclose(large, 5 * small, atol=1e-10)


def test_the_rms_error_is_what_was_asked_for():
    faces = faces_of(2000)
    gap = np.linalg.norm(moved(faces, 0.1) - POINTS, axis=2) / EYES
    assert np.sqrt((gap**2).mean()) == pytest.approx(0.1 * np.sqrt(2), rel=0.03)


def test_a_point_without_truth_stays_unknown_and_leaves_the_others_alone():
    faces, holed = faces_of(2), POINTS.copy()
    holed[3] = np.nan
    found = moved(faces, 0.05, holed)
    assert np.isnan(found[:, 3]).all()
    others = [0, 1, 2, 4]
    np.testing.assert_array_equal(found[:, others], moved(faces, 0.05)[:, others])


def test_without_both_eyes_there_is_no_length_and_no_result():
    faces, blind = faces_of(1), POINTS.copy()
    blind[0] = np.nan
    assert bound(faces, 0.05, blind).locate(faces) == [None]
    np.testing.assert_array_equal(moved(faces, 0, blind)[0], blind)


def test_a_face_without_truth_is_not_found():
    faces = faces_of(2)
    assert bound(faces[:1], 0.05).locate(faces)[1] is None
    assert bound(faces, 0.0, np.full((5, 2), np.nan)).locate(faces) == [None, None]


def test_a_point_that_the_truths_scheme_lacks_is_unknown_and_the_rest_aligns():
    faces, scheme = faces_of(1), scheme_named("visth6")
    rng = np.random.default_rng(0)
    points = Landmarks(rng.uniform(0, 99, (6, 2)), scheme)
    found = bound(faces, 0.0, points.points, scheme).locate(faces)[0]
    indices, known = points.common(FIVE)
    np.testing.assert_array_equal(found.points[list(indices)], known)
    assert np.isnan(np.delete(found.points, indices, axis=0)).all()
    assert len(indices) == 4
    assert np.isfinite(estimate(found, template("arcface112")).matrix).all()


def test_it_keeps_the_contract_and_can_be_pickled_bound_or_not():
    assert isinstance(CATALOG.build("perturbed", {"sigma": 0.1}, seed=3), DatasetBound)
    faces = faces_of(4)
    model = bound(faces, 0.05, seed=9)
    assert isinstance(model, LandmarkModel)
    require(check_landmark_model(model, faces))
    for one in (model, PerturbedTruth(0.05, seed=9)):
        copy = pickle.loads(pickle.dumps(one))
        if one is not model:
            truth = {face.id: Landmarks(POINTS, FIVE) for face in faces}
            copy = copy.for_dataset(Dataset("d", tuple(faces), truth=truth))
        np.testing.assert_array_equal(copy.locate(faces)[2].points, model.locate(faces)[2].points)


def test_the_box_and_the_image_play_no_part():
    faces = faces_of(1)
    model = bound(faces, 0.05)
    unread = replace(faces[0], load=None, box=None)
    np.testing.assert_array_equal(model.locate([unread])[0].points, moved(faces, 0.05)[0])


@pytest.mark.parametrize("sigma", [-0.01, np.nan, np.inf, True])
def test_a_sigma_that_is_no_length_is_refused(sigma):
    with pytest.raises(ConfigError, match="finite sigma from 0"):
        PerturbedTruth(sigma)


def test_a_data_set_that_cannot_be_perturbed_is_refused():
    with pytest.raises(ConfigError, match="seed from 0, got -1"):
        PerturbedTruth(seed=-1)
    faces = faces_of(1)
    with pytest.raises(LandmarkError, match="no ground-truth"):
        PerturbedTruth().for_dataset(Dataset("d", tuple(faces)))
