import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.detection import LEAST_IOU, choose, iou
from align_eval.errors import UnknownNameError
from align_eval.faces import Box
from align_eval.interfaces import Detection

SHAPE = (200, 300, 3)
boxes = st.builds(
    Box,
    *(st.floats(-50, 250, allow_nan=False) for _ in range(2)),
    *(st.floats(1, 150, allow_nan=False) for _ in range(2)),
)
detections = st.lists(
    st.builds(Detection, boxes, st.floats(0, 1), st.none()), min_size=1, max_size=6
)


def test_no_detections_choose_none():
    assert choose([], SHAPE) is None
    assert choose([], SHAPE, near=Box(0, 0, 9, 9)) is None


def test_central_measures_distance_in_the_size_of_the_face():
    face = Detection(Box(60, 30, 120, 120), 0.8)
    speck = Detection(Box(170, 100, 6, 6), 0.99)
    assert choose([speck, face], SHAPE) is face


def test_central_leaves_nearly_equal_distances_to_the_score():
    weak, strong = Detection(Box(100, 50, 100, 100), 0.7), Detection(Box(102, 52, 100, 100), 0.9)
    assert choose([weak, strong], SHAPE) is strong


def test_largest_and_score_look_at_nothing_else():
    big, sure = Detection(Box(0, 0, 90, 90), 0.1), Detection(Box(140, 90, 20, 20), 0.9)
    assert choose([sure, big], SHAPE, "largest") is big
    assert choose([big, sure], SHAPE, "score") is sure


@settings(max_examples=40, deadline=None)
@given(found=detections, near=boxes)
def test_a_given_box_takes_the_largest_overlap_or_nothing(found, near):
    overlaps = [iou(one.box, near) for one in found]
    chosen = choose(found, SHAPE, near=near)
    if max(overlaps) < LEAST_IOU:
        assert chosen is None
    else:
        assert iou(chosen.box, near) == max(overlaps)


@settings(max_examples=40, deadline=None)
@given(found=detections, rule=st.sampled_from(["central", "largest", "score"]))
def test_one_of_the_detections_is_chosen_and_no_other_has_all_better(found, rule):
    chosen = choose(found, SHAPE, rule)
    assert chosen in found
    key = {"largest": lambda d: d.box.area, "score": lambda d: d.score}.get(rule)
    if key is not None:
        assert key(chosen) == max(map(key, found))


@settings(max_examples=40, deadline=None)
@given(first=boxes, second=boxes)
def test_iou_is_symmetric_bounded_and_one_for_a_box_with_itself(first, second):
    assert iou(first, second) == iou(second, first)
    assert 0 <= iou(first, second) <= 1 + 1e-12
    assert iou(first, first) == pytest.approx(1)


def test_iou_of_empty_boxes_is_zero():
    assert iou(Box(0, 0, 0, 0), Box(0, 0, 0, 0)) == 0


def test_a_box_without_area_is_never_central_before_a_face():
    empty, face = Detection(Box(140, 95, 0, 0), 0.9), Detection(Box(0, 0, 90, 90), 0.7)
    assert choose([empty, face], SHAPE) is face


def test_a_box_that_is_not_finite_matches_nothing():
    assert choose([Detection(Box(0, 0, 9, 9), 1.0)], SHAPE, near=Box(*[np.nan] * 4)) is None


def test_an_unknown_rule_is_refused_even_without_detections():
    with pytest.raises(UnknownNameError, match="Did you mean 'central'"):
        choose([], SHAPE, "centre")
