from dataclasses import replace

import numpy as np
import pytest

from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.mesh import Part
from align_eval.datasets.synthetic.ranges import RANGES, View, view_of
from align_eval.datasets.synthetic.render import render
from align_eval.datasets.synthetic.thermal_camera import ThermalCamera, to_celsius
from align_eval.datasets.synthetic.truth import NOTHING
from align_eval.datasets.synthetic.variations import SPREADS, VARIATIONS, shot_of
from align_eval.errors import ConfigError, UnknownNameError

VIEW = View(96, 24.0)


@pytest.fixture(scope="module")
def head():
    return HEADS.build("parametric")


@pytest.fixture(scope="module")
def pairs(head):
    return {name: render(head, shot_of(5, 1, 0, name), VIEW) for name in VARIATIONS}


def test_images_have_their_size_and_depth(pairs):
    for pair in pairs.values():
        assert (pair.visible.shape, pair.visible.dtype) == ((96, 96, 3), np.uint8)
        assert (pair.thermal.shape, pair.thermal.dtype) == ((96, 96), np.uint16)
        assert pair.visible_truth.parts.shape == (96, 96)


def test_the_same_shot_gives_the_same_bytes_whatever_was_rendered_before(head, pairs):
    render(head, shot_of(5, 3, 0, "OH"), VIEW)
    again = render(head, shot_of(5, 1, 0, "OOG"), VIEW)
    np.testing.assert_array_equal(again.visible, pairs["OOG"].visible)
    np.testing.assert_array_equal(again.thermal, pairs["OOG"].thermal)


def test_one_spectrum_alone_is_what_it_is_in_the_pair(head, pairs):
    shot = shot_of(5, 1, 0, "OSG")
    visible = render(head, shot, VIEW, spectra=["visible"])
    thermal = render(head, shot, VIEW, spectra=["thermal"])
    assert visible.thermal is None
    assert thermal.visible is None
    np.testing.assert_array_equal(visible.visible, pairs["OSG"].visible)
    np.testing.assert_array_equal(thermal.thermal, pairs["OSG"].thermal)


def test_a_pair_is_registered_and_other_people_and_seeds_differ(head, pairs):
    pair = pairs["NN"]
    assert pair.truth("visible") is pair.truth("thermal")
    for shot in (shot_of(5, 2, 0, "NN"), shot_of(6, 1, 0, "NN"), shot_of(5, 1, 1, "NN")):
        other = render(head, shot, VIEW)
        assert np.abs(other.visible.astype(int) - pair.visible).mean() > 2
        assert not np.array_equal(other.thermal, pair.thermal)


def test_in_the_dark_a_visible_camera_sees_nothing_and_a_thermal_one_all(pairs):
    assert pairs["LD"].visible.max() < 25
    celsius = to_celsius(pairs["LD"].thermal)
    skin = pairs["LD"].thermal_truth.parts == Part.SKIN
    assert celsius[skin].mean() > celsius[~skin].mean() + 2


def test_clear_glass_hides_eyes_from_thermal_cameras_only(pairs):
    clear, dark = pairs["OOG"], pairs["OSG"]
    assert clear.visible_truth.visible[36:48].all()
    assert not clear.thermal_truth.visible[36:48].any()
    assert not dark.visible_truth.visible[36:48].any()
    np.testing.assert_array_equal(clear.visible_truth.points, clear.thermal_truth.points)
    assert (clear.thermal_truth.parts == Part.LENS).sum() > 20
    assert not (clear.visible_truth.parts == Part.LENS).any()
    assert clear.thermal_truth.occluded > clear.visible_truth.occluded


def test_hands_hide_points_from_both(pairs):
    for name in ("OHM", "OHE"):
        truth = pairs[name].visible_truth
        assert truth.occluded > 0.2
        assert truth.visible.mean() <= 1 - truth.occluded
    assert pairs["NN"].visible_truth.occluded == 0


def test_a_turned_head_hides_its_far_side(head):
    shot = replace(shot_of(5, 1, 0, "NN", 0, SPREADS["still"]), yaw=40.0)
    seen = render(head, shot, VIEW).visible_truth.visible
    assert seen[2:6].all()
    assert not seen[12:16].any()


def test_points_lie_on_the_parts_that_they_mark(pairs):
    truth = pairs["NN"].visible_truth
    columns, rows = np.rint(truth.points[[30, 33, 27]]).astype(int).T
    assert (truth.parts[rows, columns] == Part.SKIN).all()
    outside = truth.parts == NOTHING
    assert 0.1 < outside.mean() < 0.8


def test_eyelids_enclose_the_eyeballs_to_a_fraction_of_a_pixel(head):
    shot = shot_of(5, 1, 0, "ESp", 0, SPREADS["still"])
    truth = render(head, shot, View(512, 128.0)).visible_truth
    rows, columns = np.nonzero(truth.parts == Part.EYEBALL)
    for side in (slice(36, 42), slice(42, 48)):
        low, high = truth.points[side].min(axis=0), truth.points[side].max(axis=0)
        near = np.abs(columns - truth.points[side, 0].mean()) < 60
        assert columns[near].min() == pytest.approx(low[0], abs=8)
        assert columns[near].max() == pytest.approx(high[0], abs=8)
        assert rows[near].mean() == pytest.approx((low[1] + high[1]) / 2, abs=8)


def test_at_twice_the_size_a_pixels_centre_is_where_the_convention_puts_it(head):
    shot = shot_of(5, 2, 0, "PL")
    small, large = (
        render(head, shot, View(size, size / 4), spectra=["thermal"]) for size in (64, 128)
    )
    expected = 2 * (small.thermal_truth.points + 0.5) - 0.5
    np.testing.assert_allclose(large.thermal_truth.points, expected, atol=1e-6)
    shrunk = large.thermal_truth.parts[::2, ::2] == NOTHING
    assert ((small.thermal_truth.parts == NOTHING) == shrunk).mean() > 0.95


def test_the_eye_distance_is_the_one_that_was_asked_for(head):
    distances = []
    for subject in range(8):
        shot = shot_of(5, subject, 0, "NN", 0, SPREADS["still"])
        eyes = render(head, shot, View(128, 26.0), spectra=["thermal"]).thermal_truth.five.points
        distances.append(np.linalg.norm(eyes[1] - eyes[0]))
    assert np.mean(distances) == pytest.approx(26, rel=0.06)


def test_parallax_moves_near_and_far_points_against_each_other(head):
    shot = shot_of(5, 1, 0, "NN")
    flat = render(head, shot, VIEW)
    deep = render(head, shot, VIEW, parallax=1.5)
    np.testing.assert_array_equal(flat.visible, deep.visible)
    np.testing.assert_array_equal(flat.visible_truth.points, deep.visible_truth.points)
    moved = deep.thermal_truth.points[:, 0] - flat.thermal_truth.points[:, 0]
    nose, ear = moved[30], moved[[0, 16]].mean()
    assert nose < ear - 1
    assert np.abs(moved[36:48]).max() < 3


@pytest.mark.parametrize(
    "options",
    [
        {"spectra": ["infrared"]},
        {"spectra": []},
        {"parallax": 4.0},
        {"parallax": float("nan")},
        {"thermal_camera": ThermalCamera(sensor=(48, 48))},
    ],
)
def test_what_cannot_be_rendered_is_refused(head, options):
    with pytest.raises(ConfigError):
        render(head, shot_of(5, 1, 0, "NN"), VIEW, **options)


def test_a_head_without_the_blend_shapes_is_named(head):
    poor = replace(head, expression=head.expression[:1], expression_names=("jawForward",))
    with pytest.raises(ConfigError, match=r"parametric.*lacks.*mouthSmile_L"):
        render(poor, shot_of(5, 1, 0, "EH"), VIEW)


def test_ranges_have_the_papers_eye_distances():
    assert [view.eye_distance for view in RANGES.values()] == [87, 44, 31, 26]
    assert view_of("R1", size=640) == View(640, 87.0)
    with pytest.raises(UnknownNameError, match="R2"):
        view_of("R4")
    for size, eyes in ((8, 2.0), (256, 200.0), (256, 1.0), (256, float("nan"))):
        with pytest.raises(ConfigError):
            View(size, eyes)
