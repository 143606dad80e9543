import numpy as np
import pytest

from align_eval.datasets.synthetic._shapes import empty, solid_mesh
from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.mesh import Part
from align_eval.datasets.synthetic.truth import Truth, boundary, hidden_by
from align_eval.datasets.synthetic.variations import shot_of
from align_eval.schemes import scheme_named

CAMERA = Camera(100.0, (64, 64))
PLATE = solid_mesh(
    np.array([[-1.0, -1, 10], [1, -1, 10], [1, 1, 10], [-1, 1, 10]]),
    np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
    Part.HAND,
)


@pytest.fixture
def truth():
    rng = np.random.default_rng(3)
    return Truth(
        rng.uniform(10, 50, (68, 2)),
        rng.uniform(size=68) < 0.7,
        rng.integers(0, 12, (48, 64)).astype(np.uint8),
        0.25,
        shot_of(1, 2, 0, "OHM"),
        16.0,
    )


def test_a_plate_hides_what_is_behind_it_and_nothing_else():
    places = np.array([[0, 0, 11], [0, 0, 9], [1.2, 0, 11], [1.2, 0, 13], [0.9, -0.9, 10.5]])
    assert hidden_by(PLATE, CAMERA, places).tolist() == [True, False, False, True, True]


def test_a_tilted_plate_hides_by_its_depth_at_the_point():
    tilted = PLATE.moved(PLATE.vertices + np.array([0, 0, 1]) * PLATE.vertices[:, :1] * 5)
    on_it = np.array([[0.5, 0.2, 12.5], [-0.5, 0.3, 7.5]])
    assert hidden_by(tilted, CAMERA, on_it * 1.01).all()
    assert not hidden_by(tilted, CAMERA, on_it * 0.99).any()


def test_nothing_hides_nothing():
    assert not hidden_by(empty(), CAMERA, np.ones((4, 3))).any()


def test_the_boundary_holds_every_point_and_touches_them():
    points = np.random.default_rng(0).uniform(0, 100, (68, 2))
    x, y, width, height = boundary(points)
    np.testing.assert_allclose([x, y], points.min(axis=0))
    np.testing.assert_allclose([x + width, y + height], points.max(axis=0))


def test_mirroring_twice_gives_the_truth_back(truth):
    again = truth.mirrored().mirrored()
    np.testing.assert_allclose(again.points, truth.points)
    np.testing.assert_array_equal(again.visible, truth.visible)
    np.testing.assert_array_equal(again.parts, truth.parts)


def test_mirroring_moves_points_with_their_pixels_and_flags(truth):
    flipped = truth.mirrored()
    mirror = list(scheme_named("ibug68").mirror)
    np.testing.assert_allclose(flipped.points[:, 0], 63 - truth.points[mirror, 0])
    np.testing.assert_array_equal(flipped.visible, truth.visible[mirror])


def test_truth_survives_json(truth):
    again = Truth.from_json(truth.to_json(), truth.parts)
    np.testing.assert_array_equal(again.points, truth.points)
    np.testing.assert_array_equal(again.visible, truth.visible)
    assert (again.shot, again.occluded, again.eye_distance) == (truth.shot, 0.25, 16.0)


def test_the_five_points_are_means_and_members_of_the_sixty_eight(truth):
    five = truth.five.points
    np.testing.assert_allclose(five[0], truth.points[36:42].mean(axis=0))
    np.testing.assert_allclose(five[1], truth.points[42:48].mean(axis=0))
    np.testing.assert_allclose(five[2:], truth.points[[30, 48, 54]])
    assert truth.angles == (truth.shot.yaw, truth.shot.pitch, truth.shot.roll)
