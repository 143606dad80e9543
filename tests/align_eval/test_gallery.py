"""A gallery is spread over people and variations, and shows points where they are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.dataset import Dataset
from align_eval.errors import ImageError
from align_eval.faces import Box, Face, Modality
from align_eval.gallery import LONGEST_SIDE, cut, gallery_faces, take_overlays
from align_eval.image import shrink
from align_eval.landmarks import Landmarks
from align_eval.locating import Located
from align_eval.result import TRUTH
from align_eval.schemes import scheme_named

FIVE = scheme_named("five")
VARIATIONS = {"NN": 0, "EH": 0, "PL": 0, "OHM": 0.3, "OSG": 0.2}


def image():
    return np.arange(120 * 160, dtype=np.uint16).reshape(120, 160)


def face(subject, variation, spectrum="visible", paired=True):
    pair = {"pair": f"{subject}_{variation}"} if paired else {}
    attributes = {"variation": variation, "occluded": VARIATIONS[variation], **pair}
    name = f"{subject}_{variation}_{spectrum}"
    return Face(name, subject, Modality(spectrum), image, Box(40, 30, 60, 60), attributes)


def people(count, variations=tuple(VARIATIONS), spectra=("visible",), paired=True):
    names = [f"s{number}" for number in range(count)]
    faces = [face(n, v, s, paired) for n in names for v in variations for s in spectra]
    return Dataset("set", tuple(faces))


def chosen(dataset, count):
    return [dataset.face(name) for name in gallery_faces({"set": dataset}, count)["set"]]


def values(faces, attribute):
    return [face.attributes[attribute] for face in faces]


def test_hidden_faces_take_turns_with_easy_ones():
    assert [value > 0 for value in values(chosen(people(8), 6), "occluded")] == [False, True] * 3


def test_as_many_people_and_variations_are_shown_as_there_is_room_for():
    shown = chosen(people(8), 5)
    assert len({face.subject for face in shown}) == 5
    assert set(values(shown, "variation")) == set(VARIATIONS)


def test_thermal_and_visible_sets_show_the_same_people_in_the_same_variations():
    warm = people(6, ("NN", "EH", "PL", "OHM"), ("thermal",))
    seen = people(6, ("EH", "OHM", "OSG", "NN"))
    both = gallery_faces({"warm": warm, "seen": seen}, 7)
    pairs = [
        values((data.face(name) for name in both[which]), "pair")
        for which, data in (("warm", warm), ("seen", seen))
    ]
    assert len(pairs[0]) == 7
    assert pairs[0] == pairs[1]
    assert not {"PL", "OSG"} & {pair.split("_")[1] for pair in pairs[0]}


def test_what_hides_a_face_in_one_spectrum_counts_in_both():
    warm = people(6, ("NN", "EH"), ("thermal",))
    hidden = tuple(
        replace(
            f, attributes={**f.attributes, "occluded": 0.5 * (f.attributes["variation"] == "EH")}
        )
        for f in people(6, ("NN", "EH")).faces
    )
    both = gallery_faces({"warm": warm, "seen": Dataset("seen", hidden)}, 6)
    assert [n.rsplit("_", 1)[0] for n in both["warm"]] == [
        n.rsplit("_", 1)[0] for n in both["seen"]
    ]


def test_sets_of_other_people_or_without_pairs_choose_alone():
    sets = {"many": people(9), "few": people(2), "loose": people(9, ("NN", "EH"), paired=False)}
    together = gallery_faces(sets, 6)
    for name, dataset in sets.items():
        assert together[name] == gallery_faces({name: dataset}, 6)[name]


def test_sets_of_the_same_people_that_share_no_variation_still_have_a_gallery():
    both = gallery_faces({"a": people(4, ("NN",)), "b": people(4, ("OHM",))}, 3)
    assert [len(names) for names in both.values()] == [3, 3]


def test_a_set_of_both_spectra_shows_both():
    shown = chosen(people(4, spectra=("visible", "thermal")), 8)
    assert [face.modality for face in shown].count(Modality.THERMAL) == 4


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 30), st.booleans())
def test_no_face_twice_and_no_room_left(subjects, count, paired):
    data = people(subjects, paired=paired)
    names = [face.id for face in chosen(data, count)]
    assert len(set(names)) == len(names) == min(count, len(data.faces))


def test_faces_without_attributes_are_spread_over_subjects():
    bare = tuple(replace(face, attributes={}) for face in people(20).faces)
    shown = chosen(Dataset("bare", bare), 10)
    assert len({face.subject for face in shown}) == 10
    assert shown[0].subject == "s0"
    assert shown[-1].subject == "s18"


def spot(box, side=400):
    """An image that is black but for a spot at (x, y), and that (x, y)."""
    pixels = np.zeros((side, side, 3), np.uint8)
    x, y = (round(value) for value in box.centre)
    pixels[y - 4 : y + 5, x - 4 : x + 5] = 255
    return pixels, np.array([x, y], dtype=float)


@settings(max_examples=40, deadline=None)
@given(st.floats(20, 300), st.floats(20, 300), st.floats(20, 260), st.floats(20, 260))
def test_a_point_of_the_image_is_on_the_same_spot_of_the_crop(x, y, width, height):
    pixels, at = spot(Box(x, y, min(width, 390 - x), min(height, 390 - y)))
    crop, corner, scale = cut(pixels, Box(x, y, min(width, 390 - x), min(height, 390 - y)))
    assert crop.shape[0] == crop.shape[1] <= LONGEST_SIDE
    mass = crop[..., 0].astype(float)
    ys, xs = np.mgrid[: len(crop), : len(crop)]
    middle = np.array([(mass * xs).sum(), (mass * ys).sum()]) / mass.sum()
    assert np.allclose(middle, (at - corner + 0.5) * scale - 0.5, atol=0.35)


def test_a_crop_is_half_as_large_again_as_the_box_and_black_beyond_the_image():
    crop, corner, scale = cut(np.full((100, 100), 200, np.uint8), Box(60, 20, 40, 40))
    assert (crop.shape, scale) == ((60, 60), 1.0)
    assert corner.tolist() == [50, 10]
    assert (crop[:, :50] == 200).all()
    assert (crop[:, 50:] == 0).all()


def test_sixteen_bits_are_stretched_over_what_is_shown():
    pixels = image()
    pixels[0, 0] = 65535  # far from the face
    crop, _, _ = cut(pixels, Box(60, 50, 40, 40))
    assert (crop.dtype, crop.ndim) == (np.uint8, 2)
    assert (crop.min(), crop.max()) == (0, 255)


@pytest.mark.parametrize(
    "box",
    [
        None,
        Box(0, 0, 0, 5),
        Box(np.nan, 0, 5, 5),
        Box(0, 0, np.inf, 5),
        Box(9000, 0, 50, 50),
        Box(0, 0, 1e7, 1e7),
    ],
)
def test_without_a_box_that_can_be_used_the_whole_image_is_shown(box):
    crop, corner, scale = cut(np.full((60, 90), 9, np.uint8), box)
    assert (crop.shape, corner.tolist(), scale) == ((90, 90), [0, -15], 1.0)
    assert (crop[15:75] == 9).all()


def test_every_aligner_and_the_truth_have_their_points_in_the_crop():
    points = np.array([[60.0, 50], [80, 50], [70, 60], [60, 70], [np.nan, np.nan]])
    data = people(1, ("NN",))
    data = replace(data, truth={"s0_NN_visible": Landmarks(points, FIVE)})
    found = Located({"s0_NN_visible": Landmarks(points + 3, FIVE)}, {})
    lost = Located({}, {"s0_NN_visible": "found no landmarks"})
    (one,) = take_overlays("set", data, ["s0_NN_visible"], {"good": found, "bad": lost})
    assert list(one.points) == [TRUTH, "good", "bad"]
    assert one.points["bad"] is None
    corner = np.array([26, 16])  # the first whole pixel of a square of 90 px round (70, 60)
    assert np.allclose(one.points[TRUTH], points - corner, equal_nan=True)
    assert np.allclose(one.points["good"], points + 3 - corner, equal_nan=True)
    assert (one.dataset, one.face, one.variation) == ("set", "s0_NN_visible", "NN")


def test_a_face_that_cannot_be_read_is_left_out():
    def gone():
        raise ImageError("gone.png: the image is missing")

    first, second = people(1, ("NN", "EH")).faces
    data = Dataset("set", (replace(first, load=gone), second))
    taken = take_overlays("set", data, [first.id, second.id], {"a": Located({}, {})})
    assert [one.face for one in taken] == [second.id]


def test_an_image_is_shrunk_to_the_side_asked_for_and_never_enlarged():
    assert shrink(np.zeros((300, 200, 3), np.uint8), 150).shape == (150, 100, 3)
    small = np.zeros((20, 10), np.uint8)
    assert shrink(small, 150) is small
