"""Hair and clothes as meshes."""

from dataclasses import replace

import numpy as np
import pytest

from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.clothes import clothes_mesh
from align_eval.datasets.synthetic.hair import hair_mesh
from align_eval.datasets.synthetic.hairline import hair_extent, hairline
from align_eval.datasets.synthetic.heads import ict
from align_eval.datasets.synthetic.mesh import Mesh, Part
from align_eval.datasets.synthetic.person import HAIR_STYLES, person_of
from align_eval.datasets.synthetic.raster import rasterise

GROWING = [style for style in HAIR_STYLES if style != "bald"]


@pytest.fixture(scope="module")
def head(data_root):
    return ict.load(str(data_root / "permissive" / "ict_facekit"))


@pytest.fixture(scope="module")
def shape(head):
    return head.mesh(person_of(5, 1).identity, {})


def styled(style):
    own = person_of(5, 1)
    return replace(own, hair=replace(own.hair, style=style))


def seen(meshes):
    mesh = Mesh.join(meshes)
    posed = mesh.moved(Pose(0, 0, 0, (0, 0.75, 12.4))(mesh.vertices))
    return rasterise(posed, Camera(96 * 11 / 5.0, (96, 96)))


def test_a_bald_head_has_no_hair(head, shape):
    assert len(hair_mesh(head, styled("bald"), shape).triangles) == 0


@pytest.mark.parametrize("style", GROWING)
def test_hair_is_finite_seen_from_the_front_and_leaves_the_face_free(head, shape, style):
    hair = hair_mesh(head, styled(style), shape)
    assert np.isfinite(hair.vertices).all()
    assert hair.vertices.shape == hair.canonical.shape
    assert set(hair.parts) == {Part.HAIR}
    surface = seen([shape, hair])
    parts = surface.image(surface.parts.astype(np.float32), -1)
    assert (parts == Part.HAIR).mean() > 0.006
    features = shape.vertices[head.landmarks[27:]]
    posed = Pose(0, 0, 0, (0, 0.75, 12.4))(features)
    columns, rows = np.rint(Camera(96 * 11 / 5.0, (96, 96)).project(posed)).astype(int).T
    assert (parts[rows, columns] != Part.HAIR).all()


def test_styles_change_the_outline_of_the_head(head, shape):
    wide = {
        style: seen([shape, hair_mesh(head, styled(style), shape)]).mask.sum() for style in GROWING
    }
    assert wide["afro"] > wide["short"] > wide["buzz"]
    assert wide["long"] > wide["buzz"]


def test_hair_follows_the_shape_of_the_head(head, shape):
    wider = shape.moved((shape.vertices * np.array([1.2, 1, 1])).astype(np.float32))
    here, there = (hair_mesh(head, styled("short"), one) for one in (shape, wider))
    assert np.array_equal(here.canonical, there.canonical)
    assert there.vertices[:, 0].max() > here.vertices[:, 0].max() + 0.1


def test_receding_hairlines_lie_higher_and_hanging_hair_lower():
    temple = np.array([[38.0, -47.0], [0.0, -50.0]], np.float32)
    assert (hairline(styled("receding"), temple) < hairline(styled("short"), temple)).all()
    beside = np.array([[80.0, 30.0], [-85.0, 20.0]], np.float32)
    assert (hairline(styled("long"), beside) < 0).all()
    assert (hair_extent(styled("long"), beside) > 0).all()
    assert (hair_extent(styled("short"), beside) < 0).all()


@pytest.mark.parametrize("neckline", [0.0, 0.5, 1.0])
def test_clothes_hide_the_cut_edge_and_leave_the_chin_free(head, shape, neckline):
    person = replace(person_of(5, 1), neckline=neckline)
    clothes = clothes_mesh(head, person, shape)
    assert set(clothes.parts) == {Part.CLOTH}
    surface = seen([shape, clothes])
    parts = surface.image(surface.parts.astype(np.float32), -1)
    assert (parts[-1] == Part.CLOTH).mean() > 0.75
    assert set(parts[-1]) <= {Part.CLOTH, Part.SKIN}
    chin = Pose(0, 0, 0, (0, 0.75, 12.4))(shape.vertices[head.landmarks[[8]]])
    ((column, row),) = Camera(96 * 11 / 5.0, (96, 96)).project(chin).astype(int)
    assert parts[row - 2, column] == Part.SKIN
