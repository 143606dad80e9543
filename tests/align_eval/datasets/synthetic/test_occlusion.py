"""Ambient occlusion and shadows."""

import numpy as np
import pytest

from align_eval.datasets.synthetic.heads import ict
from align_eval.datasets.synthetic.light import Lamp
from align_eval.datasets.synthetic.mesh import Mesh, Part
from align_eval.datasets.synthetic.occlusion import ShadowCaster, contact, openness


def plate(z, half, part=Part.CLOTH, cells=24):
    x, y = np.meshgrid(np.linspace(-half, half, cells), np.linspace(-half, half, cells))
    vertices = np.stack([x, y, np.full_like(x, z)], axis=-1).reshape(-1, 3).astype(np.float32)
    r, c = np.mgrid[: cells - 1, : cells - 1].reshape(2, -1)
    a = r * cells + c
    triangles = np.concatenate(
        [np.stack([a, a + cells, a + 1], 1), np.stack([a + 1, a + cells, a + cells + 1], 1)]
    ).astype(np.int32)
    return Mesh(vertices, vertices, triangles, np.full(len(triangles), part, np.uint8))


@pytest.mark.parametrize("softness", [0.0, 1.0])
def test_a_plate_between_lamp_and_wall_shades_the_wall_behind_it_only(softness):
    caster = ShadowCaster(Mesh.join([plate(10.0, 2.5, cells=70), plate(9.0, 0.6)]))
    lamp = Lamp((0.0, 0.0, -1.0), (1, 1, 1), 1.0, softness)
    x = np.linspace(-2, 2, 81)
    lit = caster.light(lamp, np.stack([x, 0 * x, 0 * x + 10], 1).astype(np.float32))
    assert lit[np.abs(x) < 0.4].max() < 0.05
    assert lit[np.abs(x) > 1.0].min() > 0.95
    assert ((lit >= 0) & (lit <= 1)).all()


def test_a_slanted_lamp_moves_the_shadow_away_from_itself():
    caster = ShadowCaster(Mesh.join([plate(10.0, 2.5, cells=70), plate(9.0, 0.4)]))
    lamp = Lamp((-1.0, 0.0, -1.0), (1, 1, 1), 1.0, 0.2)
    x = np.array([-1.0, 1.0])
    lit = caster.light(lamp, np.stack([x, 0 * x, 0 * x + 10], 1).astype(np.float32))
    assert lit[0] > 0.95
    assert lit[1] < 0.05


def test_nothing_lies_in_the_shadow_of_the_inside_of_a_mouth():
    caster = ShadowCaster(Mesh.join([plate(10.0, 2.5, cells=70), plate(9.0, 0.6, Part.TEETH)]))
    lamp = Lamp((0.0, 0.0, -1.0), (1, 1, 1), 1.0, 0.0)
    assert caster.light(lamp, np.array([[0, 0, 10]], np.float32)).item() == 1


def test_a_surface_behind_its_neighbours_is_less_open():
    depth = np.full((64, 64), 10.0, np.float32)
    depth[:, :32] = 9.0
    open_ = contact(depth, np.ones((64, 64), bool), 3.0).reshape(64, 64)
    assert open_[32, 33] < 0.65 < 0.9 < open_[32, 60]
    assert open_[32, 30] == 1


def test_corners_of_eyes_lips_and_ears_see_less_sky_than_forehead_and_nose(data_root):
    head = ict.load(str(data_root / "permissive" / "ict_facekit"))
    share = openness(head)
    assert share.shape == (len(head.vertices),)
    assert share.min() >= 0
    assert share.max() <= 1

    def at(*place):
        return share[np.linalg.norm(head.vertices - np.array(place), axis=1).argmin()]

    free = min(at(*head.anchors[30]), at(0, -0.8, -0.15), at(*head.anchors[27]))
    hidden = max(at(*head.anchors[36]), at(*head.anchors[62]), at(1.15, 0.3, 1.5))
    assert free > 0.9
    assert hidden < 0.65
