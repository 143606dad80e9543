import numpy as np
import pytest

from align_eval.datasets.synthetic._shapes import empty, tube, wrap
from align_eval.datasets.synthetic.mesh import Mesh, Part


def volume(mesh):
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles].astype(np.float64), 1, 0)
    return np.einsum("td,td->", a, np.cross(b, c)) / 6


def edges_of(mesh):
    """How often each directed edge occurs, after corners in one place are made one."""
    _, number = np.unique(mesh.vertices.round(5), axis=0, return_inverse=True)
    triangles = number[mesh.triangles]
    whole = np.array([len(set(t)) == 3 for t in triangles.tolist()])
    pairs = np.concatenate([triangles[whole][:, [i, (i + 1) % 3]] for i in range(3)])
    return {tuple(pair) for pair in pairs.tolist()}, len(pairs)


def test_a_wrapped_ball_has_the_balls_volume_faces_out_and_is_closed():
    ball = wrap(
        lambda at: np.linalg.norm(at, axis=1) - 1.0,
        np.full(3, -1.33),
        np.full(3, 1.3),
        0.1,
        Part.HAND,
    )
    assert volume(ball) == pytest.approx(4 / 3 * np.pi, rel=0.03)
    np.testing.assert_allclose(np.linalg.norm(ball.vertices, axis=1), 1, atol=0.02)
    assert (np.einsum("vd,vd->v", ball.normals(), ball.vertices) > 0.9).all()
    directed, count = edges_of(ball)
    assert len(directed) == count
    assert {(b, a) for a, b in directed} == directed


@pytest.mark.parametrize("closed", [False, True])
def test_a_tube_has_the_volume_of_its_path_and_faces_out(closed):
    angle = np.linspace(0, 2 * np.pi if closed else np.pi, 120, endpoint=not closed)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], 1)
    made = tube(ring, 0.1, Part.FRAME, up=(0, 0, -1), closed=closed, sides=32)
    length = 2 * np.pi if closed else np.pi
    assert volume(made) == pytest.approx(length * np.pi * 0.1**2, rel=0.02)
    directed, _ = edges_of(made)
    assert {(b, a) for a, b in directed} == directed


def test_a_flat_tube_is_as_thick_as_it_is_told_in_either_direction():
    path = np.stack([np.zeros(5), np.arange(5.0), np.zeros(5)], 1)
    made = tube(path, np.tile([0.3, 0.1], (5, 1)), Part.FRAME, up=(0, 0, -1), sides=64)
    reach = np.abs(made.vertices).max(axis=0)
    assert reach[2] == pytest.approx(0.3)
    assert reach[0] == pytest.approx(0.1)


def test_nothing_joins_with_something():
    ring = np.array([[0.0, 0, 0], [0, 1, 0]])
    made = tube(ring, 0.1, Part.HAT, up=(0, 0, 1))
    assert len(Mesh.join([made, empty()]).triangles) == len(made.triangles)
