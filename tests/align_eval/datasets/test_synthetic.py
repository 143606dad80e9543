"""Drawn faces depend on their numbers alone, and other software takes them for faces."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.alignment import estimate
from align_eval.datasets.synthetic import DrawnFace, load
from align_eval.datasets.synthetic.identity import identity_of, shot_of
from align_eval.datasets.synthetic.shading import CELLS, MIDDLE, REACH, Shading
from align_eval.errors import ConfigError
from align_eval.image import warp
from align_eval.schemes import scheme_named
from align_eval.templates import template

numbers = st.integers(0, 2**31)


@settings(max_examples=30, deadline=None)
@given(numbers, numbers, st.integers(0, 50))
def test_identity_and_shot_depend_on_their_numbers_alone(seed, subject, image):
    assert identity_of(seed, subject) == identity_of(seed, subject)
    assert shot_of(seed, subject, image) == shot_of(seed, subject, image)
    assert identity_of(seed, subject) != identity_of(seed + 1, subject)
    assert identity_of(seed, subject) != identity_of(seed, subject + 1)
    assert shot_of(seed, subject, image) != shot_of(seed, subject, image + 1)


def test_number_order_and_threads_change_no_pixel():
    small, large = load(subjects=2, images=2, size=96), load(subjects=3, images=4, size=96)
    with ThreadPoolExecutor(4) as pool:
        drawn = dict(zip(
            [face.id for face in reversed(large.faces)],
            pool.map(lambda face: face.load(), reversed(large.faces)),
            strict=True,
        ))  # fmt: skip
    for face in small.faces:
        assert np.array_equal(face.load(), drawn[face.id])
        assert np.array_equal(small.truth[face.id].points, large.truth[face.id].points)
        assert face.box == large.face(face.id).box


def test_another_seed_draws_other_people():
    one, two = (load(subjects=1, images=2, seed=seed, size=64) for seed in (0, 1))
    assert not np.array_equal(one.faces[0].load(), two.faces[0].load())


def test_the_first_image_of_each_is_the_gallery():
    data = load(subjects=3, images=3, size=64)
    assert data.trials.gallery == {f"s00{i}": (f"s00{i}_0",) for i in range(3)}
    assert data.trials.probes == tuple(f"s00{i}_{j}" for i in range(3) for j in (1, 2))
    assert (data.trials.n_genuine, data.trials.n_impostor) == (6, 12)


@settings(max_examples=20, deadline=None)
@given(numbers, st.integers(0, 3), st.sampled_from([64, 160, 333]))
def test_points_lie_in_the_image_in_the_order_of_an_upright_face(seed, image, size):
    points = DrawnFace(seed, 0, image, size).landmarks.points
    assert (points > 0).all()
    assert (points < size - 1).all()
    left, right = points[36:42].mean(0), points[42:48].mean(0)
    across = (right - left) / np.linalg.norm(right - left)
    down = np.array([-across[1], across[0]])
    assert np.linalg.norm(right - left) > 0.2 * size
    assert np.all(np.diff(points[[36, 39, 42, 45]] @ across) > 0)
    assert np.all(np.diff(points[[19, 37, 30, 33, 51, 57, 8]] @ down) > 0)
    assert points[48] @ across < points[54] @ across


def test_size_scales_image_points_and_box_alike():
    small, large = DrawnFace(5, 1, 2, 80), DrawnFace(5, 1, 2, 160)
    scaled = (small.landmarks.points + 0.5) * 2 - 0.5
    assert np.allclose(scaled, large.landmarks.points)
    shrunk = large().reshape(80, 2, 80, 2, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - small()).mean() < 8


@settings(max_examples=20, deadline=None)
@given(numbers, st.integers(0, 3), st.sampled_from([64, 480]))
def test_the_light_lies_on_the_face_it_was_computed_for(seed, image, size):
    face = DrawnFace(seed, 0, image, size).geometry
    points = np.random.default_rng(seed).uniform(-0.6, 0.6, (5, 3))
    cells = (face.upright(points) - [0, MIDDLE] + REACH) / (2 * REACH) * CELLS - 0.5
    matrix = Shading(face).frame(size)
    placed = cells @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(placed, face.project(points, size), atol=1e-3)  # OpenCV takes float32


def test_the_lit_side_is_the_lamps():
    for subject in range(20):
        face = DrawnFace(1, subject, 0, 160).geometry
        lamp = face.shot.light[0]
        if abs(lamp) > 0.3 and abs(face.shot.yaw) < 0.2 and abs(face.shot.roll) < 0.2:
            left, right = (Shading(face).at(x, 0.6, -0.1) for x in (-0.8, 0.8))
            assert (right > left) == (lamp > 0)


def test_the_pupils_are_drawn_where_the_eyes_points_say():
    hits = 0
    for subject in range(12):
        face = DrawnFace(3, subject, 0, 320)
        image, points = face().astype(int).sum(axis=2), face.landmarks.points
        for eye in (points[36:42], points[42:48]):
            x, y = eye.mean(axis=0).astype(int)
            white = (eye[0] * 0.85 + eye[3] * 0.15).astype(int)
            centre = image[y - 3 : y + 4, x - 3 : x + 4].min()
            hits += centre < image[white[1] - 1 : white[1] + 2, white[0] - 1 : white[0] + 2].max()
    assert hits >= 22


def test_a_drawn_face_is_a_value_that_can_be_pickled():
    face = DrawnFace(0, 1, 2, 64)
    copy = pickle.loads(pickle.dumps(face))
    assert copy == face
    assert np.array_equal(copy(), face())


def test_images_are_rgb_and_boxes_hold_all_points():
    data = load(subjects=2, images=2, size=100)
    for face in data.faces:
        image, points = face.load(), data.truth[face.id].points
        assert image.shape == (100, 100, 3)
        assert image.dtype == np.uint8
        low = np.array(face.box[:2])
        assert (points > low).all()
        assert (points < low + face.box[2:]).all()
        assert data.truth[face.id].scheme == scheme_named("ibug68")


@pytest.mark.parametrize(
    "option",
    [
        {"subjects": 0},
        {"images": 1},
        {"seed": -1},
        {"size": 63},
        {"size": 5000},
        {"size": 160.0},
        {"subjects": True},
        {"images": "4"},
    ],
)
def test_a_number_out_of_range_is_refused(option):
    name = next(iter(option))
    with pytest.raises(ConfigError, match=f"'synthetic': {name} wants a whole number from"):
        load(**option)


@pytest.fixture(scope="module")
def dlib_models():
    """dlib, and the folder of its models."""
    dlib = pytest.importorskip("dlib", reason="needs align-eval[dlib]")
    spec = find_spec("face_recognition_models")
    if spec is None:
        pytest.skip("needs align-eval[dlib]")
    return dlib, Path(spec.origin).parent / "models"


def test_dlib_finds_the_faces_and_their_points(dlib_models):
    dlib, models = dlib_models
    detect = dlib.get_frontal_face_detector()
    predict = dlib.shape_predictor(str(models / "shape_predictor_68_face_landmarks.dat"))
    data, errors = load(subjects=10), []
    for face in data.faces:
        image, truth = face.load(), data.truth[face.id].points
        for found in list(detect(image, 1))[:1]:
            points = np.array([(p.x, p.y) for p in predict(image, found).parts()])
            eyes = np.linalg.norm(truth[36:42].mean(0) - truth[42:48].mean(0))
            errors.append(np.linalg.norm(points - truth, axis=1).mean() / eyes)
    assert len(errors) >= 0.9 * len(data.faces)
    assert np.median(errors) <= 0.08


def test_dlibs_embedding_tells_the_people_apart(dlib_models):
    dlib, models = dlib_models
    path = models / "dlib_face_recognition_resnet_model_v1.dat"
    embedder, data, layout = dlib.face_recognition_model_v1(str(path)), load(), template("dlib150")
    chips = [
        warp(face.load(), estimate(data.truth[face.id], layout), layout.size)
        for face in data.faces
        if face.id[-1] in "01"
    ]
    rows = np.array([embedder.compute_face_descriptor(chip) for chip in chips])
    distance = np.linalg.norm(rows[::2, None] - rows[None, 1::2], axis=2)
    genuine = np.diag(distance)
    impostor = distance[~np.eye(len(distance), dtype=bool)]
    rates = [((genuine > t).mean(), (impostor <= t).mean()) for t in np.sort(distance, axis=None)]
    miss, accept = min(rates, key=lambda pair: abs(pair[0] - pair[1]))
    assert (miss + accept) / 2 < 0.2
