import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.faces import Box
from landmark_models.crops import cut, resized


def ramp(height, width):
    """Gray values that are x + 2y, so that a crop's pixel says where it was taken."""
    return (np.arange(width)[None] + 2 * np.arange(height)[:, None]).astype(np.uint16) * 100


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(10, 30),
    y=st.floats(10, 30),
    side=st.floats(8, 60),
    size=st.tuples(st.integers(8, 40), st.integers(8, 40)),
)
def test_a_crop_s_pixels_come_from_where_the_transform_back_says(x, y, side, size):
    crop, back = cut(ramp(110, 110), Box(x, y, side, side), size)
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    at = back(np.stack([columns, rows], axis=-1).reshape(-1, 2))
    # OpenCV's bilinear weights have five bits: 1/32 px of x + 2y, times 100; and rounding.
    assert np.abs(crop.ravel() - 100 * (at[:, 0] + 2 * at[:, 1])).max() <= 100 * 3 / 32 + 1


def test_outside_is_black_or_the_nearest_pixel():
    white = np.full((10, 10, 3), 200, np.uint8)
    black, _ = cut(white, Box(5, 0, 20, 10), (20, 10))
    assert black[:, 6:].max() == 0
    nearest, _ = cut(white, Box(5, 0, 20, 10), (20, 10), "replicate")
    assert (nearest == 200).all()


def test_a_strong_reduction_averages_and_skips_no_pixel():
    fine = np.zeros((640, 640), np.uint8)
    fine[::2] = 200
    crop, _ = cut(fine, Box(-0.5, -0.5, 640, 640), (40, 40))
    assert np.abs(crop.astype(int) - 100).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 5, 3)])
@pytest.mark.parametrize("longest", [1, 4, 64])
def test_a_resized_copy_covers_the_image_exactly(shape, longest):
    copy, back = resized(np.zeros(shape, np.uint8), longest)
    assert max(copy.shape[:2]) == longest
    corners = back([[-0.5, -0.5], [copy.shape[1] - 0.5, copy.shape[0] - 0.5]])
    wanted = [[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]]
    np.testing.assert_allclose(corners, wanted, atol=1e-12)


def test_an_image_of_the_right_size_is_not_resampled():
    image = ramp(20, 30)
    copy, back = resized(image, 30)
    assert copy is image
    assert back([[3, 4]]).tolist() == [[3, 4]]
