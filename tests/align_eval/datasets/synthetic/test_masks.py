"""Where hair and lips are on the skin."""

from dataclasses import replace

import numpy as np
import pytest

from align_eval.datasets.synthetic.complexion import complexion, skin_colour
from align_eval.datasets.synthetic.heads import ict
from align_eval.datasets.synthetic.masks import beard_mask, brow_mask, lip_mask, scalp_mask
from align_eval.datasets.synthetic.person import Beard, person_of

MASKS = (brow_mask, beard_mask, lip_mask, scalp_mask)


@pytest.fixture(scope="module")
def head(data_root):
    return ict.load(str(data_root / "permissive" / "ict_facekit"))


@pytest.fixture(scope="module")
def bearded():
    beard = Beard(0.9, 0.9, 0.9, 0.8, (0.02, 0.015, 0.01))
    return replace(person_of(5, 0), beard=beard)


@pytest.mark.parametrize("mask", MASKS)
def test_masks_lie_between_nothing_and_all(head, bearded, mask):
    cover = mask(head, bearded, head.vertices)
    assert cover.shape == (len(head.vertices),)
    assert 0 <= cover.min() < 0.01
    assert 0.5 < cover.max() <= 1


def test_each_mask_covers_its_own_landmarks_and_not_the_others(head, bearded):
    anchors = head.anchors
    brow, lips = anchors[[18, 19, 20, 23, 24, 25]], anchors[48:60]
    cheeks = 0.5 * (anchors[[36, 45]] + anchors[[48, 54]])
    chin = anchors[[8]] + (0, -0.1, -0.02)
    assert brow_mask(head, bearded, brow).mean() > 0.5
    assert lip_mask(head, bearded, lips).mean() > 0.4
    assert beard_mask(head, bearded, chin).mean() > 0.5
    for place in (lips, cheeks, chin):
        assert brow_mask(head, bearded, place).max() < 0.02
    for place in (brow, cheeks, chin):
        assert lip_mask(head, bearded, place).max() < 0.02
        assert scalp_mask(head, bearded, place).max() < 0.02
    assert beard_mask(head, bearded, brow).max() < 0.02


def test_hair_grows_on_the_back_of_a_bald_head_and_not_on_its_top(head, bearded):
    bald = replace(bearded, hair=replace(bearded.hair, style="bald"))
    top = head.vertices[head.vertices[:, 1].argmin()][None]
    forehead_to_crown = top - (0, 0, 0.6)
    assert scalp_mask(head, bald, forehead_to_crown).max() < 0.1
    assert scalp_mask(head, bearded, forehead_to_crown).max() > 0.5


def test_a_person_without_beard_has_no_beard(head):
    smooth = replace(person_of(5, 0), beard=Beard(0, 0, 0, 0, (0, 0, 0)))
    assert beard_mask(head, smooth, head.vertices).max() == 0


def test_more_melanin_makes_darker_skin_and_blood_takes_green(head):
    own = person_of(5, 0)
    colours = [
        skin_colour(replace(own, skin=replace(own.skin, melanin=m, blood=b)))
        for m, b in ((0.0, 0.4), (0.5, 0.4), (1.0, 0.4), (0.5, 0.8))
    ]
    assert (np.diff(colours[:3], axis=0) < 0).all()
    assert colours[3][1] / colours[3][0] < colours[1][1] / colours[1][0]
    assert all(red > green > blue for red, green, blue in colours)


def test_the_complexion_of_a_person_is_the_same_every_time(head):
    own = person_of(5, 4)
    first = complexion(head, own)
    again = complexion(head, replace(own))
    assert again is not first
    for name in ("colour", "slope", "cover"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert np.isfinite(first.slope).all()
    assert first.colour[..., :3].min() > 0
    assert first.colour[..., :3].max() < 1
