import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import AlignEvalError, ConfigError, UnknownNameError
from align_eval.metrics import METRICS
from align_eval.quantity import Quantity, decimals_showing, parse_quantity


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_and_its_difference_is_a_quantity_that_survives_its_name(name):
    plain, gap = parse_quantity(name), parse_quantity(f"Δ{name}")
    assert plain == Quantity(plain.parsed.name, gap=False)
    assert gap == plain._replace(gap=True)
    for quantity in (plain, gap):
        assert parse_quantity(str(quantity)) == quantity


@pytest.mark.parametrize("written", ["ΔTAR@FAR=1e-2", "∆TAR@FAR=0.01", "delta TAR@FAR=0.010"])
def test_a_difference_has_one_name_however_it_is_written(written):
    assert str(parse_quantity(written)) == "ΔTAR@FAR=1e-2"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("ΔERR", UnknownNameError, "Did you mean 'EER'"),
        ("deltaEER", UnknownNameError, "unknown metric"),
        ("ΔTAR@FAR", AlignEvalError, "wants a value"),
        ("ΔNME", ConfigError, "a verification metric, or Δ and one, is wanted, got 'ΔNME'"),
        ("NME", ConfigError, "got 'NME'"),
        ("ΔΔEER", UnknownNameError, "unknown metric"),
        ("", UnknownNameError, "unknown metric"),
    ],
)
def test_what_is_no_quantity_is_one_clear_error(name, error, message):
    with pytest.raises(error, match=message):
        parse_quantity(name)


@given(st.lists(st.floats(-1e3, 1e3).filter(lambda x: x == 0 or abs(x) > 6e-5), min_size=1))
def test_decimals_show_whatever_is_not_zero(values):
    places = decimals_showing(*values)
    assert 2 <= places <= 4
    for value in values:
        assert (float(f"{value:.{places}f}") == 0) == (value == 0)


def test_differences_of_rates_are_in_points_and_decidability_is_plain():
    assert Quantity("ΔEER").span(-0.003, 0.012) == "−0.30 to +1.20 points"
    assert Quantity("d'", gap=True).span(0.25, 1.5) == "+0.25 to +1.50"
    assert Quantity("EER").span(0.0, 0.00004) == "0.000 to +0.004 points"
