import pytest
from fakes import Pixels
from hostile import Breaking, Shapeless

from align_eval.errors import ContractError, ImageError
from align_eval.interfaces import Detector, LandmarkModel, Pipeline, blaming, require_protocol


def test_an_object_that_keeps_its_protocol_is_let_through():
    require_protocol(Breaking(), LandmarkModel, "aligner 'a'")
    require_protocol(Pixels(), Pipeline, "pipeline 'p'")


def test_what_an_object_lacks_is_named():
    with pytest.raises(ContractError, match=r"^detector 'd' lacks detect, name: Shapeless$"):
        require_protocol(Shapeless(), Detector, "detector 'd'")


def test_an_error_says_who_raised_it_and_where_in_one_line():
    with (
        pytest.raises(ContractError, match=r"^mine raised ValueError: a b \(test_.*, line \d+\)$"),
        blaming("mine"),
    ):
        raise ValueError("a\n  b")


def test_known_errors_and_those_of_others_pass():
    with pytest.raises(ImageError, match="gone"), blaming("mine"):
        raise ImageError("gone")
    theirs = KeyError("theirs")
    with pytest.raises(KeyError), blaming("mine", [theirs]):
        raise theirs
