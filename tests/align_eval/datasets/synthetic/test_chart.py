"""The chart of the head."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic._shell import directions

DEGREES = st.tuples(st.floats(-120, 120), st.floats(-75, 75))


@settings(max_examples=30, deadline=None)
@given(DEGREES, st.floats(0.5, 3))
def test_azimuth_and_elevation_say_where_a_place_lies_from_the_middle(degrees, radius):
    towards = directions(np.array([degrees], np.float32))
    place = np.array(chart.CENTRE) + radius * towards
    assert np.allclose(chart.angles(place), [degrees], atol=0.01)


def test_a_texture_that_holds_its_own_coordinates_gives_them_back():
    x, y = np.meshgrid(np.arange(chart.WIDTH), np.arange(chart.HEIGHT))
    texture = np.dstack([x, y]).astype(np.float32)
    rng = np.random.default_rng(0)
    places = rng.uniform((0, 0), (chart.WIDTH - 1, chart.HEIGHT - 1), (3000, 2)).astype(np.float32)
    assert np.allclose(chart.lookup(texture, places), places, atol=0.04)


def test_places_beyond_the_edge_get_the_edge():
    texture = np.zeros((chart.HEIGHT, chart.WIDTH, 1), np.float32)
    texture[:, -1] = 5
    far = np.array([[chart.WIDTH + 50.0, 10.0]], np.float32)
    assert chart.lookup(texture, far).item() == 5


def test_no_places_give_no_values():
    texture = np.zeros((chart.HEIGHT, chart.WIDTH, 3), np.float32)
    assert chart.lookup(texture, np.zeros((0, 2), np.float32)).shape == (0, 3)
