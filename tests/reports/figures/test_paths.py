"""A path in shorthand goes through the same points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.paths import polyline, relative

places = st.lists(st.tuples(*[st.floats(-1e4, 1e4).map(lambda v: round(v, 6))] * 2), min_size=1)


def longhand(points):
    return "".join(f"{'L' if i else 'M'} {x:.6f} {y:.6f} \n" for i, (x, y) in enumerate(points))


@given(places)
def test_every_point_is_within_half_a_hundredth_of_where_it_was(walked, points):
    for text in (polyline(points), relative(longhand(points))):
        found = np.array(walked(text))
        assert found.shape == (len(points), 2)
        assert np.allclose(found, points, atol=0.005001, rtol=0)


@given(st.lists(places, min_size=1, max_size=4), st.booleans())
def test_several_strokes_keep_their_starts_and_ends(walked, strokes, closed):
    end = "z\n" if closed else ""
    text = relative("".join(longhand(points) + end for points in strokes))
    assert text.count("M") == len(strokes)
    assert text.count("z") == len(strokes) * closed
    assert np.allclose(walked(text), np.concatenate(strokes), atol=0.005001, rtol=0)


@pytest.mark.parametrize("path", ["M 0 1.5 C 1 2 3 4 5 6 z", "M 1 2 Q 3 4 5 6", "M 1 2 3 4", ""])
def test_what_is_no_line_keeps_its_commands(path):
    assert relative(path) == path.replace("0.", ".")


def test_numbers_with_exponents_are_points_too():
    assert relative("M 1e-05 2 L 3 1.5e+01 ") == "M0 2l3 13"
