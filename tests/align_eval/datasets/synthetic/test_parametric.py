"""The head made from code: its surface, landmarks, people and expressions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from scipy.spatial import cKDTree

from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.heads.parametric import load
from align_eval.datasets.synthetic.mesh import Part
from align_eval.datasets.synthetic.raster import rasterise, visible
from align_eval.schemes import scheme_named

CAMERA = Camera(1200.0, (320, 320))
SIDED = {
    "browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekSquint", "eyeBlink",
    "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple",
    "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp",
    "noseSneer",
}  # fmt: skip
WHOLE = {
    "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft",
    "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper",
}  # fmt: skip
NEUTRAL = np.zeros(0)


@pytest.fixture(scope="module")
def head():
    return load()


def seen(mesh, yaw=0.0, pitch=0.0):
    """What a camera sees of a head, and the head in camera space."""
    posed = mesh.moved(Pose(yaw, pitch, 0.0, (0.0, 0.4, 14.0))(mesh.vertices))
    return rasterise(posed, CAMERA), posed


def count(mesh, part):
    return int((seen(mesh)[0].parts == part).sum())


def both(**weights):
    return {f"{name}_{side}": weight for name, weight in weights.items() for side in "LR"}


def people(head, number, seed=0):
    rng = np.random.default_rng(seed)
    return [head.mesh(rng.normal(size=len(head.identity)), {}) for _ in range(number)]


def test_the_catalogue_knows_it(head):
    assert HEADS.build("parametric", {}) is head


def test_building_it_again_gives_the_same_bytes(head):
    again = load.__wrapped__()
    for name in ("vertices", "triangles", "parts", "landmarks", "identity", "expression"):
        assert getattr(again, name).tobytes() == getattr(head, name).tobytes()


def test_the_unit_is_the_eye_distance_and_the_origin_lies_between_the_eyes(head):
    left, right = head.anchors[36:48].reshape(2, 6, 3).mean(axis=1)
    assert np.linalg.norm(right - left) == pytest.approx(1, abs=2e-3)
    np.testing.assert_allclose((left + right) / 2, 0, atol=3e-3)


def test_no_triangle_is_degenerate_and_no_edge_has_more_than_two(head):
    corners = head.vertices[head.triangles].astype(np.float64)
    sides = corners - np.roll(corners, 1, axis=1)
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    assert area.min() > 1e-8
    edges = np.sort(head.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert np.unique(edges, axis=0, return_counts=True)[1].max() == 2


def test_neighbours_agree_on_which_side_is_out(head):
    directed = head.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    assert len(np.unique(directed, axis=0)) == len(directed)


def test_skin_and_eyeballs_face_outwards(head):
    corners = head.vertices[head.triangles].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middles = corners.mean(axis=1)
    skin = (head.parts == Part.SKIN) & (middles[:, 1] < 1.5) & (np.abs(middles[:, 0]) < 1.05)
    assert (np.sum(normals * (middles - [0, 0.3, 1.2]), axis=1)[skin] > 0).mean() > 0.93
    balls = head.parts == Part.EYEBALL
    centres = np.where(middles[balls, :1] > 0, [0.5, -0.01, 0.17], [-0.5, -0.01, 0.17])
    assert (np.sum(normals[balls] * (middles[balls] - centres), axis=1) > 0).all()


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (40, 0), (-80, 0), (0, 25), (0, -25)])
def test_no_view_shows_a_hole(head, yaw, pitch):
    for mesh in (head.mesh(NEUTRAL, {}), head.mesh(NEUTRAL, {"jawOpen": 1.0}), *people(head, 2)):
        mask = seen(mesh, yaw, pitch)[0].mask
        outside, pieces = label(~np.pad(mask, 1))
        sizes = np.bincount(outside.ravel())[1:]
        # A gap between ear and head shows what lies behind it; a hole in the face would be seen.
        assert np.sort(sizes)[:-1].sum() <= 0.002 * mask.sum(), pieces


def test_the_mean_head_is_its_own_mirror_image(head):
    mirror = [-1, 1, 1]
    gap, _ = cKDTree(head.vertices).query(head.vertices * mirror)
    assert gap.max() < 1e-6
    swapped = head.anchors[list(scheme_named("ibug68").mirror)] * mirror
    np.testing.assert_allclose(head.anchors, swapped, atol=1e-6)


def test_landmarks_stand_in_ibug_order(head):
    x, y = head.anchors[:, 0], head.anchors[:, 1]
    for chain in (range(17), range(17, 27), range(31, 36), range(48, 55), range(60, 65)):
        assert (np.diff(x[list(chain)]) > 0).all()
    assert (np.diff(y[27:31]) > 0).all()
    assert y[:17].argmax() == 8
    for inner, upper, lower in ((39, (37, 38), (40, 41)), (42, (43, 44), (46, 47))):
        assert y[list(upper)].max() < y[inner] < y[list(lower)].min()
    assert y[51] < y[62] <= y[66] < y[57] < y[8]


def test_the_layout_is_an_average_face(head):
    x, y = head.anchors[:, 0], head.anchors[:, 1]
    assert 0.3 < -y[17:27].mean() < 0.42
    assert 0.42 < y[30] < 0.65
    assert 0.95 < y[48:68].mean() < 1.1
    assert 1.75 < y[8] < 1.85
    assert 2.15 < x[16] - x[0] < 2.35


def test_a_camera_in_front_sees_every_landmark(head):
    surface, posed = seen(head.mesh(NEUTRAL, {}))
    hidden = ~visible(surface, CAMERA, posed.vertices[head.landmarks])
    assert not hidden[17:].any()
    assert hidden.sum() <= 4


def test_expressions_have_the_names_of_arkit(head):
    assert set(head.expression_names) == {f"{n}_{s}" for n in SIDED for s in "LR"} | WHOLE


def test_every_expression_moves_the_head_a_little(head):
    moved = np.linalg.norm(head.expression.astype(np.float64), axis=2).max(axis=1)
    assert (moved > 0.02).all()
    assert (moved < 0.75).all()


@pytest.mark.parametrize("name", sorted(SIDED))
def test_right_is_the_mirror_image_of_left(head, name):
    place = head.expression_names.index
    left, right = (head.expression[place(f"{name}_{side}")] for side in "LR")
    _, mirror = cKDTree(head.vertices).query(head.vertices * [-1, 1, 1])
    # The seam's two lips share their places, so compare where every vertex ends up.
    ends = (head.vertices + right)[mirror] * [-1, 1, 1]
    gap, _ = cKDTree(head.vertices + left).query(ends)
    assert gap.max() < 1e-5
    assert np.linalg.norm(left[head.vertices[:, 0] > 0.02], axis=1).max() > 0.01


def test_left_is_the_subjects_left(head):
    smile = head.mesh(NEUTRAL, {"mouthSmile_L": 1.0}).vertices[head.landmarks] - head.anchors
    assert np.linalg.norm(smile[54]) > 4 * np.linalg.norm(smile[48])
    assert smile[54, 0] > 0.05
    assert smile[54, 1] < -0.05


def test_a_blink_closes_the_lids_over_the_eyeball(head):
    still = head.mesh(NEUTRAL, {})
    opened = count(still, Part.EYEBALL)
    assert opened > 100
    for weight, left in ((1.0, 0.0), (0.9, 0.05)):
        shut = head.mesh(NEUTRAL, both(eyeBlink=weight))
        assert count(shut, Part.EYEBALL) <= left * opened
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        before, after = (m.vertices[head.landmarks[[lower, upper]]] for m in (still, shut))
        assert np.linalg.norm(after[0] - after[1]) < 0.2 * np.linalg.norm(before[0] - before[1])


def test_everybody_can_close_the_eyes(head):
    rng = np.random.default_rng(5)
    for _ in range(12):
        weights = rng.normal(size=len(head.identity))
        opened, shut = (head.mesh(weights, both(eyeBlink=w)) for w in (0.0, 1.0))
        assert count(shut, Part.EYEBALL) < 0.2 * count(opened, Part.EYEBALL)


def test_eyes_turn_without_leaving_their_place(head):
    for name, axis, sign in (("LookUp", 1, -1), ("LookDown", 1, 1), ("LookOut", 0, 1)):
        field = head.expression[head.expression_names.index(f"eye{name}_L")]
        balls = np.unique(head.triangles[head.parts == Part.EYEBALL])
        right = balls[head.vertices[balls, 0] > 0]
        front = right[head.vertices[right, 2].argmin()]
        assert sign * field[front, axis] > 0.05
        centre = np.array([0.5, -0.012, 0.17])
        before = np.linalg.norm(head.vertices[right] - centre, axis=1)
        after = np.linalg.norm(head.vertices[right] + field[right] - centre, axis=1)
        np.testing.assert_allclose(after, before, atol=1e-5)


def test_the_jaw_opens_the_mouth(head):
    still, wide = head.mesh(NEUTRAL, {}), head.mesh(NEUTRAL, {"jawOpen": 1.0})
    inside = (Part.MOUTH, Part.TEETH, Part.TONGUE)
    assert sum(count(still, part) for part in inside) == 0
    assert all(count(wide, part) > 20 for part in inside)
    gap = [
        m.vertices[head.landmarks[66], 1] - m.vertices[head.landmarks[62], 1] for m in (still, wide)
    ]
    assert gap[0] == pytest.approx(0, abs=0.01)
    assert gap[1] > 0.3


def test_the_lips_meet_again_when_told_to(head):
    shut = head.mesh(NEUTRAL, {"jawOpen": 1.0, "mouthClose": 1.0}).vertices[head.landmarks]
    assert abs(shut[66, 1] - shut[62, 1]) < 0.05
    assert shut[8, 1] > head.anchors[8, 1] + 0.2


def test_people_differ(head):
    faces = np.stack([mesh.vertices[head.landmarks] for mesh in people(head, 20)])
    distance = np.linalg.norm(faces[:, None] - faces[None], axis=-1).mean(axis=-1)
    apart = distance[np.triu_indices(20, 1)]
    assert apart.min() > 0.03
    assert apart.mean() > 0.08


def test_nobodys_teeth_or_eyeballs_come_through_the_skin(head):
    eyes = count(head.mesh(NEUTRAL, {}), Part.EYEBALL)
    for mesh in people(head, 25, seed=3):
        assert count(mesh, Part.TEETH) == 0
        assert 0.5 * eyes < count(mesh, Part.EYEBALL) < 1.7 * eyes


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_features_keep_their_order_on_everyone(seed):
    head = load()
    mesh = people(head, 1, seed)[0]
    points = mesh.vertices[head.landmarks]
    assert np.isfinite(points).all()
    heights = [
        points[i].mean(axis=0)[1] for i in (range(17, 27), range(36, 48), [33], range(48, 68), [8])
    ]
    assert (np.diff(heights) > 0).all()
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]
    assert points[30, 2] < points[33, 2]
