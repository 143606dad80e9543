import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.mesh import Mesh, Part
from align_eval.datasets.synthetic.raster import rasterise, visible

CAMERA = Camera(300.0, (80, 60))


def plate(z, half=1.0, part=Part.SKIN, x=0.0):
    """A square before the camera, facing it."""
    corners = [[x - half, -half, z], [x + half, -half, z], [x + half, half, z], [x - half, half, z]]
    places = np.array(corners, dtype=np.float32)
    triangles = np.array([[0, 2, 1], [0, 3, 2]], dtype=np.int32)
    return Mesh(places, places - [0, 0, z], triangles, np.full(2, part, dtype=np.uint8))


def ball(radius=1.0, n=24):
    """A sphere round the origin, its triangles pointing out."""
    v, u = np.meshgrid(np.linspace(0.05, np.pi - 0.05, n), np.linspace(0, 2 * np.pi, n))
    places = radius * np.stack([np.sin(v) * np.cos(u), np.cos(v), np.sin(v) * np.sin(u)], -1)
    index = np.arange(n * n).reshape(n, n)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    places = places.reshape(-1, 3).astype(np.float32)
    parts = np.zeros(len(triangles), dtype=np.uint8)
    return Mesh(places, places, triangles.astype(np.int32), parts)


def test_what_a_pixel_sees_projects_back_onto_its_centre():
    turned = Pose(20, 10, 5, (0.1, 0.0, 9.0), (0, 0, 0))
    mesh = ball()
    surface = rasterise(mesh.moved(turned(mesh.vertices)), CAMERA)
    rows, columns = np.nonzero(surface.mask)
    assert surface.mask.mean() > 0.5
    pixels = CAMERA.project(surface.positions)
    np.testing.assert_allclose(pixels, np.stack([columns, rows], 1), atol=2e-3)
    np.testing.assert_allclose(surface.depth[surface.mask], surface.positions[:, 2], rtol=1e-4)


def test_the_nearer_surface_is_seen_and_hides_points_behind_it():
    scene = Mesh.join([plate(10.0), plate(8.0, 0.4, Part.HAND)])
    surface = rasterise(scene, CAMERA)
    parts = surface.image(surface.parts, background=-1)
    assert parts[30, 40] == Part.HAND
    assert parts[30, 60] == Part.SKIN
    assert parts[0, 0] == -1
    points = np.array([[0, 0, 10.0], [0, 0, 8.0], [0.8, 0, 10.0], [50, 0, 10.0]])
    assert visible(surface, CAMERA, points).tolist() == [False, True, True, False]


def test_back_faces_are_not_seen():
    away = plate(10.0)
    surface = rasterise(
        Mesh(away.vertices, away.canonical, away.triangles[:, ::-1], away.parts), CAMERA
    )
    assert not surface.mask.any()
    assert surface.positions.shape == (0, 3)


def test_normals_of_a_ball_point_from_its_centre():
    surface = rasterise(ball().moved(ball().vertices + np.float32([0, 0, 9])), CAMERA)
    outward = surface.positions - [0, 0, 9]
    np.testing.assert_allclose(
        surface.normals(), outward / np.linalg.norm(outward, axis=1)[:, None], atol=0.06
    )


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.floats(-60, 60)] * 3),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(5, 20)),
)
def test_a_pose_is_rigid_and_keeps_its_pivot(angles, shift):
    pose = Pose(*angles, shift)
    rotation = pose.rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(pose(pose.pivot), shift, atol=1e-5)


def test_positive_angles_turn_right_down_and_clockwise():
    nose = [0.0, 0.0, -1.0]
    assert Pose(30, 0, 0, (0, 0, 10), (0, 0, 0))(nose)[0] > 0
    assert Pose(0, 30, 0, (0, 0, 10), (0, 0, 0))(nose)[1] > 0
    right_ear = Pose(0, 0, 30, (0, 0, 10), (0, 0, 0))([1.0, 0.0, 0.0])
    assert right_ear[1] > 0
