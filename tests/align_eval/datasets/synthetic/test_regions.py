"""The field through the sites."""

import numpy as np
import pytest

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic._regions import MIDDLE, PAIRS, regions_of
from align_eval.datasets.synthetic.heads import ict


@pytest.fixture(scope="module")
def regions(data_root):
    return regions_of(ict.load(str(data_root / "permissive" / "ict_facekit")))


def at(regions, field, place):
    return float(chart.lookup(field, regions.flat.texels(regions.flat(np.array([place]))))[0, 0])


def test_the_same_everywhere_stays_the_same_everywhere(regions):
    field = regions.field(np.full(MIDDLE + 2 * PAIRS, 33.0, np.float32))
    np.testing.assert_allclose(field, 33.0, atol=0.01)


def test_equal_sides_give_a_mirrored_field(regions):
    field = regions.field(regions.celsius)
    np.testing.assert_allclose(field, field[:, ::-1], atol=0.15)


def test_one_site_warms_its_own_surroundings_most(regions):
    values = np.zeros(MIDDLE + 2 * PAIRS, np.float32)
    values[3] = 1.0  # the tip of the nose
    row, column = np.unravel_index(regions.field(values).argmax(), regions.flat.shape)
    tip = regions.flat.texels(regions.flat([0.0, 0.47, -0.59]))
    assert np.hypot(column - tip[0], row - tip[1]) < 8


def test_the_field_holds_literatures_order(regions, data_root):
    anchors = ict.load(str(data_root / "permissive" / "ict_facekit")).anchors
    field = regions.field(regions.celsius)
    nose, cheek, brow = anchors[30], anchors[41] + [-0.08, 0.55, 0.02], anchors[21]
    forehead, chin = anchors[27] + [0, -0.7, 0], anchors[8] + [0, -0.2, 0]
    nose, cheek, brow, forehead, chin = (
        at(regions, field, place) for place in (nose, cheek, brow, forehead, chin)
    )
    assert nose < cheek < forehead <= brow
    assert nose < chin < forehead
