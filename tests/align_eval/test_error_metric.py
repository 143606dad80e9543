import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.discard import ORDERS
from align_eval.error_metric import Kept, error_metric, parse_kept


@given(st.sampled_from(sorted(ORDERS)), st.integers(1, 999).map(lambda n: n / 1000))
def test_what_is_kept_survives_its_names(order, share):
    kept = Kept(order, share)
    assert parse_kept(kept.word) == parse_kept(kept.metric) == kept
    assert error_metric(kept.metric) == kept.metric


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("NME", "NME"),
        (" NMSE ", "NMSE"),
        ("AUC@0.080", "AUC@0.08"),
        ("FR@.08", "FR@0.08"),
        ("NME@discard=.30", "NME@discard=0.3"),
        ("AUC", None),
        ("EER", None),
        ("TAR@FAR=1e-2", None),
        ("discard=0.3", None),
        ("FR@0.0.8", None),
        ("NME@discard=", None),
        ("NME@LD", None),
    ],
)
def test_the_names_of_landmark_errors_are_told_from_others(name, known):
    assert error_metric(name) == known


@pytest.mark.parametrize("text", ["", "*", "LD", "discard", "discard=x", "discard=0.3.1", "NME"])
def test_parts_are_no_discarding(text):
    assert parse_kept(text) is None
