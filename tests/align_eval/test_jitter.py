import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box
from align_eval.jitter import jitter_of, jittered

SIZES = st.floats(1, 500)
PLACES = st.floats(-300, 300)
BOXES = st.builds(Box, PLACES, PLACES, SIZES, SIZES)
IDS = st.text(max_size=12)


def moves(box, moved):
    """How far centre and size went, as fractions of the box."""
    shift = np.subtract(moved.centre, box.centre) / box[2:]
    return np.concatenate([shift, np.divide(moved[2:], box[2:]) - 1])


@given(BOXES, st.floats(0, 0.99), st.integers(0, 2**40), IDS)
def test_no_part_of_a_box_moves_by_more_than_the_jitter(box, jitter, seed, face):
    moved = moves(box, jittered(box, jitter, seed, face))
    assert np.abs(moved).max() <= jitter + 1e-9
    assert jittered(box, jitter, seed, face) == jittered(box, jitter, seed, face)


@given(BOXES, BOXES, IDS)
def test_the_draws_are_the_faces_own_and_not_the_boxes(one, other, face):
    first, second = (moves(box, jittered(box, 0.1, 3, face)) for box in (one, other))
    assert np.allclose(first, second, atol=1e-8)


def test_faces_and_seeds_are_drawn_apart_and_evenly_over_the_whole_range():
    box = Box(10, 20, 100, 50)
    drawn = np.array([moves(box, jittered(box, 0.1, 1, f"face {i}")) for i in range(2000)])
    other = moves(box, jittered(box, 0.1, 2, "face 0"))
    assert len(np.unique(drawn.round(9), axis=0)) == 2000
    assert not np.allclose(drawn[0], other)
    assert np.abs(drawn.mean(axis=0)).max() < 0.005  # σ of a mean is .0013
    assert np.allclose(drawn.std(axis=0), 0.1 / np.sqrt(3), rtol=0.05)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 0.1


def test_ids_that_differ_by_an_empty_byte_are_drawn_apart():
    box = Box(0, 0, 1, 1)
    assert jittered(box, 0.1, 0, "a") != jittered(box, 0.1, 0, "a\0")


@pytest.mark.parametrize("value", [-0.1, 1, float("nan"), float("inf"), True, "0.1", None])
def test_a_jitter_that_is_no_fraction_is_refused(value):
    with pytest.raises(ConfigError, match="wants a number in"):
        jitter_of({"jitter": value})


def test_an_unknown_option_says_what_is_near():
    with pytest.raises(UnknownNameError, match=r"'jittter'\. Did you mean 'jitter'"):
        jitter_of({"jittter": 0.1})
    assert jitter_of({}) == 0
