import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from align_eval.faces import Face, Modality
from align_eval.parts import MOST_BINS, NOT_GIVEN, bounds, divided


def faces(values, attribute="yaw"):
    return [
        Face(f"f{i}", "A", Modality.VISIBLE, lambda: None, attributes={attribute: value})
        for i, value in enumerate(values)
    ]


NUMBERS = st.lists(
    st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 3)),
    min_size=MOST_BINS + 1,
    unique=True,
)


@given(NUMBERS)
def test_every_number_lies_in_its_range(values):
    parts = divided(faces(values), "yaw")
    assert set(parts.of.values()) == set(parts.order)
    assert len(parts.order) <= MOST_BINS
    for i, value in enumerate(values):
        low, high = map(float, parts.of[f"f{i}"].split(" to "))
        slack = 1e-5 * max(abs(low), abs(high))  # names have six digits
        assert low - slack <= value <= high + slack


@given(NUMBERS)
def test_ranges_are_equally_wide_ascend_and_hold_all_values(values):
    edges = np.array(bounds(values))
    assert 2 <= len(edges) <= MOST_BINS + 1
    widths = np.diff(edges)
    np.testing.assert_allclose(widths, widths[0], rtol=1e-6)
    assert edges[0] <= min(values) + 1e-9 * widths[0]
    assert edges[-1] >= max(values) - 1e-9 * widths[0]


def test_ranges_have_round_bounds_and_ascend_whatever_the_order_of_faces():
    parts = divided(faces([44.0, -44.0, 3.0, -3.0, 20.0, -20.0, 0.0]), "yaw")
    assert parts.order == (
        "-45 to -30",
        "-30 to -15",
        "-15 to 0",
        "0 to 15",
        "15 to 30",
        "30 to 45",
    )
    assert parts.of["f5"] == "-30 to -15"
    assert parts.of["f6"] == "0 to 15"


def test_few_numbers_are_parts_of_their_own():
    assert divided(faces([1.0]), "range").order == (NOT_GIVEN,)
    assert divided(faces([1.0, 2.5, 1.0, 3], "range"), "range").order == ("1", "2.5", "3")


def test_names_among_numbers_are_not_divided_into_ranges():
    values = [*map(float, range(9)), "frontal"]
    assert len(divided(faces(values), "yaw").order) == 10


def test_faces_without_a_number_come_last():
    bare = Face("bare", "A", Modality.VISIBLE, lambda: None)
    parts = divided([bare, *faces([float(i) for i in range(12)])], "yaw")
    assert parts.of["bare"] == parts.order[-1] == NOT_GIVEN
    assert parts.given
