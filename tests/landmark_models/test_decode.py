import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from landmark_models.decode import READS, decode
from landmark_models.peaks import Reading, read

POINTS = np.array([[[10.0, 20.0], [30.0, 5.0]], [[1.0, 2.0], [3.0, 4.0]]])
SIZE = (40, 80)


@pytest.mark.parametrize(
    ("how", "values"),
    [
        ("pixels", POINTS),
        ("normalised", POINTS / SIZE),
        ("centred", 2 * POINTS / SIZE - 1),
    ],
)
def test_every_coding_of_the_same_points_gives_them_back(how, values):
    found = decode(values.reshape(2, 4), 2, SIZE, how)
    np.testing.assert_allclose(found.points, POINTS)
    assert found.quality is None


def test_coordinates_may_be_interleaved_in_three_ways():
    for order, values in (
        ("yx", POINTS[..., ::-1]),
        ("xyz", np.concatenate([POINTS, np.full((2, 2, 1), 9.0)], axis=-1)),
    ):
        found = decode(values.reshape(2, -1), 2, SIZE, "pixels", order)
        np.testing.assert_array_equal(found.points, POINTS)


@pytest.mark.parametrize(("how", "shape"), [("pixels", (1, 5)), ("heatmap", (1, 3, 8, 8))])
def test_a_number_of_outputs_that_does_not_fit_is_refused(how, shape):
    with pytest.raises(ConfigError, match="want"):
        decode(np.zeros(shape, np.float32), 2, SIZE, how)


@settings(max_examples=25, deadline=None)
@given(x=st.floats(8, 55), y=st.floats(8, 119))
def test_the_peak_of_a_heatmap_is_found_within_a_quarter_of_a_cell(x, y):
    stride = 4
    rows, columns = np.mgrid[:32, :16]
    at = (np.stack([columns, rows], axis=-1) + 0.5) * stride - 0.5
    blob = np.exp(-np.square(at - [x, y]).sum(axis=-1) / (2 * 6.0**2))
    found = decode(blob[None, None].astype(np.float32), 1, (64, 128), "heatmap")
    # A quarter of a cell off the highest cell leaves at most a quarter of a cell on each side.
    assert np.abs(found.points[0, 0] - [x, y]).max() <= stride / 4 + 1e-4
    assert found.quality[0, 0] == pytest.approx(blob.max())


def test_heatmaps_of_a_batch_are_read_one_by_one():
    maps = np.random.default_rng(0).random((3, 2, 6, 7)).astype(np.float32)
    together = decode(maps, 2, SIZE, "heatmap").points
    for k in range(3):
        np.testing.assert_array_equal(
            decode(maps[k : k + 1], 2, SIZE, "heatmap").points[0], together[k]
        )


def test_a_peak_at_the_border_is_not_moved():
    maps = np.zeros((1, 1, 4, 4), np.float32)
    maps[0, 0, 0, 3] = 1
    assert decode(maps, 1, (4, 4), "heatmap").points.tolist() == [[[3.0, 0.0]]]


def blobs(x, y, deviation, stride):
    """A map of 16 × 32 cells of a Gaussian whose centre and width are in crop pixels."""
    rows, columns = np.mgrid[:32, :16]
    at = (np.stack([columns, rows], axis=-1) + 0.5) * stride - 0.5
    return np.exp(-np.square((at - [x, y]) / deviation).sum(axis=-1) / 2)[None, None]


def test_heatmap_is_another_name_of_quarter():
    maps = np.random.default_rng(0).random((3, 2, 6, 7)).astype(np.float32)
    old, new = (decode(maps, 2, SIZE, how) for how in ("heatmap", "quarter"))
    np.testing.assert_array_equal(old.points, new.points)
    np.testing.assert_array_equal(old.quality, new.quality)


@settings(max_examples=25, deadline=None)
@given(x=st.floats(16, 47), y=st.floats(40, 211))
def test_cells_are_brought_to_crop_pixels_on_each_axis(x, y):
    """4 pixels a cell along x, 8 along y."""
    for how in ("taylor", "gaussian", "softargmax"):
        maps = blobs(x, y, [5.0, 10.0], [4, 8])
        found = decode(maps, 1, (64, 256), how)
        slack = 0.05 if how == "softargmax" else 1e-6  # a tail may end at the border
        np.testing.assert_allclose(found.points[0, 0], [x, y], atol=slack)
        spread = decode(maps, 1, (64, 256), how, grade="spread")
        np.testing.assert_array_equal(spread.points, found.points)
        assert spread.quality[0, 0] == pytest.approx(-np.sqrt((25 + 100) / 2), rel=0.02)


@pytest.mark.parametrize("how", READS)
def test_a_wider_peak_is_of_lower_quality(how):
    maps = np.concatenate([blobs(32, 64, d, 4) for d in (5.0, 7.0, 9.0)], axis=1)
    quality = decode(maps, 3, (64, 128), how, grade="spread").quality[0]
    assert (np.diff(quality) < -1).all()
    assert (quality < 0).all()
    height = decode(maps * [[[[3]], [[2]], [[1]]]], 3, (64, 128), how).quality[0]
    assert (np.diff(height) < -0.5).all()


def test_options_reach_the_reader():
    maps = np.random.default_rng(0).random((2, 3, 12, 12))
    for how, reading in (
        ("taylor", Reading(blur=1.5)),
        ("gaussian", Reading(window=7)),
        ("softargmax", Reading(window=5, sharpness=4.0)),
    ):
        found = decode(maps, 3, (24, 24), how, reading=reading)
        np.testing.assert_array_equal(found.points, (read(maps, how, reading).at + 0.5) * 2 - 0.5)
        assert np.abs(found.points - decode(maps, 3, (24, 24), how).points).max() > 0.01


@pytest.mark.parametrize("how", READS)
def test_a_map_of_no_numbers_has_no_point(how):
    maps = np.full((1, 2, 8, 8), np.nan, np.float32)
    maps[0, 1] = 0
    found = decode(maps, 2, (16, 16), how)
    assert np.isnan(found.points[0, 0]).all()
    assert np.isnan(found.quality[0, 0])
    assert np.isfinite(found.points[0, 1]).all()
