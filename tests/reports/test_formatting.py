import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import formatting as f

finite = st.floats(-1e6, 1e6)


@settings(max_examples=50, deadline=None)
@given(finite, st.integers(0, 4))
def test_a_printed_number_reads_back_within_half_its_last_digit(value, decimals):
    text = f.number(value, decimals).replace("−", "-").replace(",", "")
    assert abs(float(text) - value) <= 0.5 * 10**-decimals + 1e-9


@settings(max_examples=50, deadline=None)
@given(finite, st.integers(0, 4))
def test_a_difference_shows_its_sign_unless_it_rounds_to_zero(value, decimals):
    text = f.signed(value, decimals)
    zero = not any(digit in text for digit in "123456789")
    assert (text[0] in "+−") != zero
    assert zero or (text[0] == "+") == (value > 0)


@pytest.mark.parametrize("text", [f.number, f.signed])
def test_what_is_not_defined_is_a_dash(text):
    assert text(math.nan, 2) == text(None, 2) == f.MISSING


def test_an_interval_without_an_end_is_a_dash():
    assert f.span(0.1, math.nan, 1) == f.span(math.nan, 0.1, 1) == f.MISSING


def test_infinity_is_printed_as_itself():
    assert f.number(math.inf, 1) == "∞"
    assert f.number(-math.inf, 1) == "−∞"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "p < .001"),
        (0.00099, "p < .001"),
        (0.001, "p = .001"),
        (0.0499, "p = .050"),
        (0.0561, "p = .056"),
        (0.1, "p = .10"),
        (0.5, "p = .50"),
        (0.99, "p = .99"),
        (0.9991, "p > .99"),
        (1.0, "p > .99"),
        (math.nan, "p –"),
    ],
)
def test_a_p_has_no_zero_before_its_point_and_never_reads_as_zero_or_one(p, text):
    assert f.p_value(p).replace(f.NBSP, " ") == text


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-6, 1e3), st.floats(1.0, 10.0))
def test_a_narrower_interval_never_gets_fewer_decimals(width, factor):
    assert f.decimals_for([width]) >= f.decimals_for([width * factor])


def test_intervals_of_no_width_or_none_do_not_set_the_decimals():
    assert f.decimals_for([0.0, math.nan, math.inf, 0.02]) == f.decimals_for([0.02]) == 3
    assert f.decimals_for([0.0]) == 1


def test_one_thing_is_singular_and_every_other_number_plural():
    assert [f.plural(n, "face") for n in (0, 1, 2, 1000)] == [
        "0 faces",
        "1 face",
        "2 faces",
        "1,000 faces",
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_a_file_name_never_leaves_its_folder(names):
    name = f.slug("roc", *names)
    assert name.startswith("roc_")
    assert "/" not in name
    assert "\\" not in name
    assert ".." not in name.split("--")
    assert name.isascii()
