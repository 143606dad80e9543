import numpy as np

from align_eval.datasets.synthetic.recipe import recipe_of
from align_eval.datasets.synthetic.sheet import contact_sheet

RECIPE = recipe_of(subjects=2, variations="NN OHM", size=64, sessions=2)


def test_a_sheet_has_a_row_for_each_person_and_spectrum_and_a_column_for_each_variation():
    sheet = contact_sheet(RECIPE, tile=48)
    assert sheet.shape == (22 + 4 * 48, 22 + 2 * 48, 3)
    assert sheet.dtype == np.uint8
    thermal = sheet[22 + 48 : 22 + 96, 22:]
    assert (thermal[..., 0] == thermal[..., 2]).all()


def test_people_and_spectra_can_be_chosen():
    sheet = contact_sheet(RECIPE, [1], tile=48, spectra=["visible"])
    assert sheet.shape[0] == 22 + 48
    np.testing.assert_array_equal(
        sheet[22:, 22:], contact_sheet(RECIPE, tile=48)[22 + 96 : 22 + 144, 22:]
    )


def test_marks_tell_seen_points_from_hidden_ones():
    sheet = contact_sheet(RECIPE, [0], tile=160, spectra=["thermal"], landmarks=True)
    colours = sheet[22:, 22:].astype(int)
    green = (colours[..., 1] - colours[..., 0] > 100).any(axis=0)
    red = (colours[..., 0] - colours[..., 1] > 100).any(axis=0)
    assert green[:160].any()
    assert red[160:].any()
