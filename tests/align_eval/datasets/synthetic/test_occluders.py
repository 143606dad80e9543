from dataclasses import replace

import numpy as np
import pytest

from align_eval.datasets.synthetic._fit import Fit
from align_eval.datasets.synthetic._hats import Crown, Hat
from align_eval.datasets.synthetic._shapes import solid_mesh
from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.mesh import Part
from align_eval.datasets.synthetic.occluders import is_clear, occluder_mesh, pressed_hair
from align_eval.datasets.synthetic.person import person_of
from align_eval.datasets.synthetic.truth import hidden_by
from align_eval.datasets.synthetic.variations import shot_of
from align_eval.errors import UnknownNameError

PEOPLE = range(6)
EYES, MOUTH, BROWS = range(36, 48), range(48, 68), range(17, 27)


@pytest.fixture(scope="module")
def head():
    return HEADS.build("parametric")


@pytest.fixture(scope="module")
def shapes(head):
    return [head.mesh(person_of(5, who).identity, {}) for who in PEOPLE]


def hidden(head, shape, mesh):
    """Which landmarks the thing hides from a camera far in front."""
    before = np.array([0, -0.5, 12], dtype=np.float32)
    places = shape.vertices[head.landmarks] + before
    camera = Camera(1000.0, (512, 512))
    return hidden_by(mesh.moved(mesh.vertices + before), camera, places)


def things(head, shapes, variation):
    for who, shape in zip(PEOPLE, shapes, strict=True):
        yield shape, occluder_mesh(head, shape, shot_of(5, who, 0, variation))


def test_a_shot_without_occluder_puts_nothing_on(head, shapes):
    assert not len(occluder_mesh(head, shapes[0], shot_of(5, 0, 0, "NN")).triangles)


def test_an_unknown_occluder_is_named(head, shapes):
    with pytest.raises(UnknownNameError, match="mask"):
        occluder_mesh(head, shapes[0], replace(shot_of(5, 0, 0, "NN"), occluder="mask"))


@pytest.mark.parametrize(("variation", "dark"), [("OOG", False), ("OSG", True)])
def test_lenses_stand_before_both_eyes_and_only_sunglasses_are_dark(head, shapes, variation, dark):
    for shape, pair in things(head, shapes, variation):
        assert set(pair.parts) == {Part.FRAME, Part.LENS}
        assert is_clear(pair).any() != dark
        behind = hidden(head, shape, pair)
        assert behind[EYES].all()
        assert not behind[MOUTH].any()


@pytest.mark.parametrize("variation", ["OOG", "OSG"])
def test_lenses_and_rims_stay_clear_of_the_face(head, shapes, variation):
    for shape, pair in things(head, shapes, variation):
        fit = Fit(head, shape)
        lens = np.unique(pair.triangles[pair.parts == Part.LENS])
        places = pair.vertices[lens].astype(np.float64)
        assert (places[:, 2] < fit.front(places[:, :2])).all()
        assert (places[:, 2] > fit.eyes[2] - 0.9).all()


def test_clear_lenses_and_dark_ones_are_told_apart_by_their_canonical_place(head, shapes):
    for variation, low, high in (("OOG", -1, 1), ("OSG", 99, 101)):
        _, pair = next(things(head, shapes, variation))
        lens = np.unique(pair.triangles[pair.parts == Part.LENS])
        assert ((pair.canonical[lens, 0] > low) & (pair.canonical[lens, 0] < high)).all()


def test_temples_pass_outside_of_the_head_and_reach_the_ears(head, shapes):
    for shape, pair in things(head, shapes, "OOG"):
        fit = Fit(head, shape)
        frame = pair.vertices[np.unique(pair.triangles[pair.parts == Part.FRAME])]
        assert frame[:, 2].max() > fit.ear_top[1]
        back = frame[(frame[:, 2] > fit.eyes[2] + 0.4) & (frame[:, 2] < fit.ear_top[1])]
        reach = fit.half_width(back[:, 2].astype(np.float64))
        assert (np.abs(back[:, 0] - fit.eyes[0]) > reach - 0.02).all()


def test_a_hat_covers_the_skull_and_leaves_the_face_bare(head, shapes):
    for shape, hat in things(head, shapes, "OH"):
        assert set(hat.parts) == {Part.HAT}
        assert not hidden(head, shape, hat)[[*BROWS, *EYES, *MOUTH]].any()
        assert hat.vertices[:, 1].min() < shape.vertices[:, 1].min()


@pytest.mark.parametrize("style", ["cap", "beanie", "brimmed"])
def test_no_skull_pokes_through_a_crown_and_hair_is_pressed_under_it(head, shapes, style):
    for shape in shapes[:3]:
        fit = Fit(head, shape)
        crown = Crown(Hat(style, 0.2, 2.4, 0.9), fit)
        above = fit.skin[crown.level(fit.skin) > 0]
        assert crown.radius(above).max() <= 1
        wild = above * [1.5, 1.4, 1.3]
        pressed = crown.pressed(wild)
        assert crown.radius(pressed[crown.level(pressed) > 0]).max() <= 1
        low = np.array([[1.5, 1.5, 1.0], [-1.2, 1.0, 0.5]])
        np.testing.assert_array_equal(crown.pressed(low), low)


def test_hair_is_left_alone_without_a_hat(head, shapes):
    hair = solid_mesh(shapes[0].vertices.astype(np.float64) * 1.2, head.triangles, Part.HAIR)
    assert pressed_hair(head, shapes[0], hair, shot_of(5, 0, 0, "OOG")) is hair
    assert pressed_hair(head, shapes[0], hair, shot_of(5, 0, 0, "OH")) is not hair


@pytest.mark.parametrize(("variation", "points"), [("OHM", MOUTH), ("OHE", EYES)])
def test_a_hand_hides_what_it_is_laid_on(head, shapes, variation, points):
    for shape, hand in things(head, shapes, variation):
        assert set(hand.parts) == {Part.HAND, Part.CLOTH}
        behind = hidden(head, shape, hand)
        assert behind[points].mean() >= (0.9 if variation == "OHM" else 0.45)
        others = EYES if variation == "OHM" else MOUTH
        assert behind[others].mean() <= 0.75


@pytest.mark.parametrize("variation", ["OHM", "OHE"])
def test_a_hand_lies_before_the_face_and_not_far_from_it(head, shapes, variation):
    for shape, hand in things(head, shapes, variation):
        fit = Fit(head, shape)
        flesh = np.unique(hand.triangles[hand.parts == Part.HAND])
        places = hand.vertices[flesh].astype(np.float64)
        near = places[(np.abs(places[:, 0]) < 0.9) & (places[:, 1] < 1.6)]
        gap = fit.front(near[:, :2]) - near[:, 2]
        assert 0.05 < gap.min() < 0.1


def test_a_hand_is_about_as_long_as_a_face_is_high(head, shapes):
    hand = occluder_mesh(head, shapes[0], shot_of(5, 0, 0, "OHE"))
    own = hand.canonical[np.unique(hand.triangles[hand.parts == Part.HAND])]
    assert -own[:, 1].min() == pytest.approx(2.9, abs=0.1)


def test_people_keep_their_glasses_and_differ_in_them(head, shapes):
    first, later = (
        occluder_mesh(head, shapes[0], shot_of(5, 0, session, "OOG")) for session in (0, 3)
    )
    np.testing.assert_array_equal(first.vertices, later.vertices)
    others = [occluder_mesh(head, shapes[0], shot_of(5, who, 0, "OOG")) for who in PEOPLE]
    assert len({mesh.vertices.tobytes() for mesh in others}) == len(PEOPLE)


def test_hands_come_from_either_side_and_face_the_viewer(head, shapes):
    sides = set()
    for who in range(12):
        hand = occluder_mesh(head, shapes[0], shot_of(5, who, 0, "OHM"))
        corners = hand.vertices[hand.triangles[hand.parts == Part.HAND]]
        out = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        front = corners[:, :, 2].mean(axis=1) < np.median(corners[:, :, 2])
        assert out[front, 2].mean() < 0
        sides.add(bool(hand.vertices[:, 0].mean() < 0))
    assert sides == {True, False}
