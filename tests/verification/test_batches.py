import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from verification.embedders._batches import batched, rgb_chips, stacked


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(), max_size=20), st.integers(1, 7))
def test_batches_hold_every_item_once_and_all_but_the_last_are_full(items, size):
    batches = list(batched(items, size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batches)


def test_a_batch_is_read_when_it_is_asked_for():
    source = iter(range(10))
    stream = batched(source, 3)
    assert next(stream) == [0, 1, 2]
    assert next(source) == 3


def test_gray_and_16_bit_crops_become_rgb():
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3)
    deep = gray.astype(np.uint16) * 51 + 1000
    first, second = rgb_chips([gray, deep], (3, 2), "a test")
    assert (first == gray[..., None]).all()
    assert (second == gray[..., None] * 51).all()


def test_a_mirrored_view_becomes_contiguous():
    (chip,) = rgb_chips([np.zeros((2, 3, 3), np.uint8)[:, ::-1]], (3, 2), "a test")
    assert chip.flags.c_contiguous


@pytest.mark.parametrize("shape", [(3, 2, 3), (2, 3, 4), (2, 3, 1), (2,), (3, 2)])
def test_a_crop_of_another_shape_is_named_by_its_number(shape):
    crops = [np.zeros((2, 3, 3), np.uint8), np.zeros(shape, np.uint8)]
    with pytest.raises(ConfigError, match=r"a test wants .* 3 × 2 .* number 1"):
        list(rgb_chips(crops, (3, 2), "a test"))


def test_blocks_stack_to_single_precision_in_order():
    made = stacked([np.ones((2, 4)), np.zeros((1, 4))], 4)
    assert made.dtype == np.float32
    assert made.sum(axis=1).tolist() == [4, 4, 0]
