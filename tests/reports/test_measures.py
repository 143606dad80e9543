import pytest

from align_eval.metrics import METRICS
from reports.measures import measure


@pytest.mark.parametrize("name", [*METRICS, "5-fold accuracy", "NME", "NMSE", "AUC@0.08", "FR@0.1"])
def test_every_metric_of_the_core_has_a_direction_and_a_definition_in_one_line(name):
    what = measure(name)
    assert what.higher_is_better is not None
    assert what.definition
    assert "\n" not in what.definition
    assert "{" not in what.definition


def test_rates_are_in_per_cent_and_decidability_is_a_plain_number():
    assert (measure("EER").scale, measure("EER").gap_unit) == (100.0, "points")
    assert (measure("d'").scale, measure("d'").gap_unit) == (1.0, "")


@pytest.mark.parametrize("name", METRICS)
def test_the_difference_of_every_metric_is_in_its_gap_unit_and_shows_its_sign(name):
    plain, gap = measure(name), measure(f"Δ{name}")
    assert gap.gap
    assert gap.unit == plain.gap_unit == gap.gap_unit
    assert gap.higher_is_better == plain.higher_is_better
    assert plain.definition in gap.definition
    assert gap.printed(0.02)[0] == "+"
    assert plain.printed(0.02)[0] != "+"
    assert gap.printed(float("nan")) == "–"


def test_the_value_in_a_name_is_in_its_definition():
    assert "1e-3" in measure("TAR@FAR=1e-3").definition
    assert "t = 0.08" in measure("AUC@0.08").definition


@pytest.mark.parametrize("order", ["discard", "random", "oracle"])
def test_what_discarding_leaves_is_an_nme_whose_definition_says_how_much_is_left(order):
    what = measure(f"NME@{order}=0.3")
    assert (what.higher_is_better, what.unit) == (False, "%")
    assert "0.3" in what.definition


def test_an_unknown_metric_is_neither_better_nor_worse():
    assert measure("novelty").higher_is_better is None
    assert measure("novelty").unit == ""
