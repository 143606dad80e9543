"""The vessels of a person."""

import numpy as np
import pytest

from align_eval.datasets.synthetic._unrolled import Unrolled
from align_eval.datasets.synthetic._vessels import vessel_map
from align_eval.datasets.synthetic.heads import ict


@pytest.fixture(scope="module")
def maps(data_root):
    head = ict.load(str(data_root / "permissive" / "ict_facekit"))
    flat = Unrolled.of(head)
    return [vessel_map(head, flat, np.random.default_rng(number)) for number in (0, 1, 2, 0)]


def test_vessels_only_warm_and_by_no_more_than_literature_says(maps):
    assert all(one.min() >= 0 and 0.3 < one.max() <= 1.2 for one in maps)


def test_the_same_numbers_grow_the_same_vessels(maps):
    assert maps[0].tobytes() == maps[3].tobytes()


def test_vessels_cover_a_small_part_of_the_skin(maps):
    assert all(0.01 < np.mean(one > 0.2) < 0.25 for one in maps)


def test_people_share_the_anatomy_but_not_the_course(maps):
    first, second = maps[0].ravel(), maps[1].ravel()
    assert 0.05 < np.corrcoef(first, second)[0, 1] < 0.75


def test_the_sides_of_a_face_differ(maps):
    assert np.corrcoef(maps[0].ravel(), maps[0][:, ::-1].ravel())[0, 1] < 0.8
