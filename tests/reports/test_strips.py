import numpy as np

from reports.strips import shrunk, strips


def test_a_strip_has_a_place_for_every_aligner_and_face(result):
    dlib, arcface = strips(result.samples)
    assert (dlib.pipelines, arcface.pipelines) == (("dlib",), ("arcface",))
    assert [aligner for aligner, _ in dlib.rows] == ["yunet", "dlib68", "ghostone98", "box"]
    assert {len(samples) for _, samples in dlib.rows} == {len(dlib.faces)} == {8}


def test_a_sample_that_is_missing_leaves_its_place_empty(result):
    grid = strips(result.samples[1:32])[0]
    assert grid.rows[0][1][grid.faces.index("s00_0")] is None


def test_pipelines_that_are_shown_the_same_crops_share_a_strip(costed):
    grids = strips(costed.samples)
    assert [(one.dataset, one.pipelines) for one in grids] == [
        ("thermal", ("dpm_pls", "dpm_cosine")),
        ("visible", ("dpm_pls", "dpm_cosine")),
    ]
    assert grids[0].heading == "thermal, dpm_pls and dpm_cosine"


def test_one_pixel_that_differs_makes_a_strip_of_its_own(costed):
    first, *others = costed.samples
    crop = first.crop.copy()
    crop[0, 0, 0] ^= 1
    names = [one.pipelines for one in strips((first._replace(crop=crop), *others))]
    assert names == [("dpm_pls",), ("dpm_cosine",), ("dpm_pls", "dpm_cosine")]


def test_no_samples_make_no_strips():
    assert strips(()) == []


def test_a_crop_is_made_smaller_but_never_larger():
    assert shrunk(np.zeros((300, 200, 3), np.uint8), 150).shape == (150, 100, 3)
    small = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert np.array_equal(shrunk(small, 150), small)


def test_a_shrunk_ramp_stays_where_it_was():
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)
    half = shrunk(ramp, 100).astype(float)[50, 1:-1, 0]
    assert np.abs(half - (2 * np.arange(1, 99) + 0.5)).max() <= 0.51


def test_a_sixteen_bit_gray_crop_becomes_rgb():
    thermal = np.linspace(7000, 9000, 120 * 100).reshape(120, 100).astype(np.uint16)
    shown = shrunk(thermal)
    assert (shown.shape, shown.dtype) == ((120, 100, 3), np.uint8)
    assert (shown.min(), shown.max()) == (0, 255)
