import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landmark_models.nms import overlap, suppressed

CORNERS = arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 8))


def boxes_of(corners):
    """x, y, width, height in small whole numbers: many ties and equal boxes, some empty."""
    return np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1).astype(float)


def scores_of(boxes):
    """Few different scores, so that there are ties."""
    return (boxes.sum(axis=1) % 3) / 2


@given(CORNERS, st.sampled_from(["union", "smaller"]), st.sampled_from([0.0, 0.3, 0.7]))
def test_what_stays_overlaps_little_and_what_goes_overlaps_a_better_one(corners, over, limit):
    boxes = boxes_of(corners)
    scores = scores_of(boxes)
    kept = suppressed(boxes, scores, limit, over).tolist()
    for rank, k in enumerate(kept):
        assert (overlap(boxes[k], boxes[kept[:rank]], over) <= limit).all()
    rank = {k: place for place, k in enumerate(np.argsort(-scores, kind="stable"))}
    assert kept == sorted(kept, key=rank.get)
    for k in set(range(len(boxes))) - set(kept):
        better = [i for i in kept if rank[i] < rank[k]]
        assert (overlap(boxes[k], boxes[better], over) > limit).any()


@given(CORNERS)
def test_overlap_is_symmetric_and_one_with_itself(corners):
    boxes = boxes_of(corners)
    for over in ("union", "smaller"):
        table = np.array([overlap(box, boxes, over) for box in boxes]).reshape(2 * boxes.shape[:1])
        np.testing.assert_array_equal(table, table.T)
        full = (corners[:, 2:] > 0).all(axis=1)
        np.testing.assert_array_equal(np.diag(table), full.astype(float))


def test_a_box_inside_another_goes_only_if_the_smaller_area_counts():
    boxes, scores = np.array([[0, 0, 10, 10], [4, 4, 6, 6]], float), np.array([0.5, 0.9])
    assert suppressed(boxes, scores, 0.7).tolist() == [1, 0]
    assert suppressed(boxes, scores, 0.7, "smaller").tolist() == [1]


def test_no_boxes_leave_none():
    assert suppressed(np.empty((0, 4)), np.empty(0), 0.5).tolist() == []
