import numpy as np
from pictured import FIVE, overlay, overlays

from align_eval.result import TRUTH
from reports.pngs import packed
from reports.points import SIDES, point_grids


def test_a_grid_for_each_data_set_with_the_truth_first():
    warm, seen = point_grids(overlays())
    assert (warm.dataset, seen.dataset) == ("warm", "seen")
    assert warm.rows == (TRUTH, "yunet", "dlib68")
    assert seen.rows == ("yunet", "dlib68", "exact")
    assert [face.face for face in warm.faces] == ["s00_0", "s01_0", "s02_0"]


def test_an_aligner_whose_points_are_the_truth_everywhere_has_no_row_of_its_own():
    first, *others = (one for one in overlays() if one.dataset == "warm")
    assert point_grids([first, *others])[0].exact == ("exact",)
    moved = first._replace(points={**first.points, "exact": FIVE + 1e-6})
    assert point_grids([moved, *others])[0].exact == ()


def test_pictures_are_as_large_as_the_budget_allows_and_points_stay_in_their_places():
    every = overlays()
    sides = []
    for budget in (10**9, 10_000, 0):
        faces = [face for grid in point_grids(every, budget) for face in grid.faces]
        sides.append(faces[0].image.shape[0])
        factor = sides[-1] / 200
        for face, whole in zip(faces, every, strict=True):
            expected = (whole.points["yunet"] + 0.5) * factor - 0.5
            assert np.allclose(face.points["yunet"], expected)
        total = sum(len(packed(face.image)) for face in faces)
        assert total <= budget or sides[-1] == SIDES[-1]
    assert sides[0] == SIDES[0]
    assert sides[0] > sides[1] > sides[2] == SIDES[-1]


def test_a_small_picture_is_not_enlarged():
    small = overlay("warm", 0, True)
    small = small._replace(image=small.image[:50, :40])
    ((face,),) = [grid.faces for grid in point_grids([small])]
    assert np.array_equal(face.image, small.image)
    assert np.array_equal(face.points[TRUTH], FIVE)


def test_no_overlays_make_no_grids():
    assert point_grids(()) == []
