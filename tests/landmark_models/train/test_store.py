import numpy as np
import pytest
from stores import made_store

from align_eval.errors import DataError, ImageError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models.train.store import EXPRESSIONS, SIDE, bounding, joined, store_of

IBUG = scheme_named("ibug68")
SOURCE = made_store(6)


class Image:
    def __init__(self, pixels):
        self.pixels = pixels

    def __call__(self):
        if isinstance(self.pixels, str):
            raise ImageError(self.pixels)
        return self.pixels


def faces(**attributes):
    made = [
        Face(f"f{k}", f"s{k}", Modality.THERMAL if k % 2 else Modality.VISIBLE, Image(pixels))
        for k, pixels in enumerate(SOURCE.images)
    ]
    return made, {f"f{k}": Landmarks(points, IBUG) for k, points in enumerate(SOURCE.points)}


def test_points_stay_on_their_pixels_and_the_box_fills_half_of_the_crop():
    made, truth = faces()
    store = store_of(made, truth)
    for image, points in zip(store.images, store.points, strict=True):
        x, y = np.rint(points).astype(int).T
        assert (image[y, x] > 200).all()
        box = bounding(points)
        assert max(box.width, box.height) == pytest.approx(SIDE / 2, abs=0.01)
        assert box.centre == pytest.approx(((SIDE - 1) / 2, (SIDE - 1) / 2), abs=0.01)


def test_what_cannot_be_used_is_counted_by_its_reason():
    made, truth = faces()
    truth.pop("f0")
    truth["f1"] = Landmarks(np.where(np.arange(136).reshape(68, 2) == 7, np.nan, 1.0), IBUG)
    made[2] = Face("f2", "s2", Modality.VISIBLE, Image("cut short"))
    made[3] = Face("f3", "s3", Modality.VISIBLE, Image(np.full((200, 200), 9, np.uint8)))
    store = store_of(made, truth)
    assert store.ids == ("f4", "f5")
    assert store.left_out == {
        "no complete landmarks": 2,
        "cannot be read": 1,
        "shows nothing": 1,
    }


def test_nothing_to_learn_from_is_an_error_that_says_why():
    made, truth = faces()
    with pytest.raises(DataError, match="landmarks of one scheme, got 0 faces with none"):
        store_of(made, {})
    dark = [Face(f.id, f.subject, f.modality, Image(np.zeros((9, 9), np.uint8))) for f in made]
    with pytest.raises(DataError, match=r"none of 6 training faces .*'shows nothing': 6"):
        store_of(dark, truth)


def test_landmarks_of_several_schemes_are_refused():
    made, truth = faces()
    truth["f0"] = Landmarks(np.ones((5, 2)), scheme_named("five"))
    with pytest.raises(DataError, match="five, ibug68"):
        store_of(made, truth)


def test_sixteen_bits_and_colour_become_gray():
    made, truth = faces()
    deep = SOURCE.images[0].astype(np.uint16) * 10 + 29000
    made[0] = Face("f0", "s0", Modality.THERMAL, Image(deep))
    made[1] = Face(
        "f1", "s1", Modality.VISIBLE, Image(np.repeat(SOURCE.images[1][..., None], 3, 2))
    )
    store = store_of(made, truth)
    assert store.images.dtype == np.uint8
    assert np.abs(store.images[1].astype(int) - store_of(faces()[0], truth).images[1]).max() <= 1
    assert store.images[0].min() == 0
    assert store.images[0].max() > 240


def test_variations_tell_the_expression_and_others_are_neutral():
    made, truth = faces()
    for face, name in zip(made, ("NN", "EH", "AOM", "OH", "PU"), strict=False):
        face.attributes["variation"] = name
    found = store_of(made, truth).expression
    names = [EXPRESSIONS[i] if i >= 0 else None for i in found]
    assert names == ["neutral", "happy", "mouth open", "neutral", "neutral", None]


def test_joined_stores_keep_every_face_and_every_count():
    both = joined([made_store(3, 1), made_store(4, 2)])
    assert len(both) == 7
    assert both.ids == made_store(3, 1).ids + made_store(4, 2).ids


def test_joined_stores_share_no_id():
    with pytest.raises(DataError, match="share ids"):
        joined([made_store(3, 1), made_store(3, 1)])


def test_only_keeps_what_is_asked_for():
    kept = SOURCE.only(SOURCE.thermal)
    assert kept.thermal.all()
    assert kept.ids == SOURCE.ids[1::2]
    assert np.array_equal(kept.points, SOURCE.points[1::2])
