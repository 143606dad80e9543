import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.faces import Box
from align_eval.landmark_error import (
    COLUMNS,
    NORMALISERS,
    ced,
    ced_auc,
    failure_rate,
    landmark_errors,
    nme,
    point_errors,
)
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.result import ERROR_COLUMNS
from align_eval.schemes import scheme_named

FIVE, IBUG = scheme_named("five"), scheme_named("ibug68")
MOUTH = LandmarkScheme("mouth", ("left_mouth", "right_mouth"), mirror=(1, 0))
FACE = np.array([[10.0, 10], [50, 10], [30, 30], [15, 50], [45, 50]])  # eyes 40 px apart
quick = settings(max_examples=60, deadline=None)
ERRORS = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def five(shift=(0, 0), points=FACE):
    return Landmarks(np.asarray(points) + shift, FIVE)


def table_of(predicted, truth, normaliser="ipn", **options):
    table, errors = landmark_errors(predicted, truth, normaliser, **options)
    return table.set_index(["group", "metric"]), errors["all"]


def ibug(seed=0, shift=0.0):
    return Landmarks(np.random.default_rng(seed).uniform(0, 100, (68, 2)) + shift, IBUG)


def test_columns_are_those_of_a_result_without_what_a_study_adds():
    added = {"dataset", "aligner"}
    assert tuple(column for column in ERROR_COLUMNS if column not in added) == COLUMNS


def test_errors_are_distances_on_shared_points_in_the_truths_order():
    names, errors = point_errors(
        Landmarks([[0, 0], [48, 54]], MOUTH), five(points=np.where([[1]] * 5, FACE, 0))
    )
    assert names == ("left_mouth", "right_mouth")
    assert errors.tolist() == [np.hypot(15, 50), 5.0]


def test_a_point_that_either_scheme_derives_is_shared():
    truth = ibug()
    predicted = truth.to(FIVE)
    names, errors = point_errors(predicted, truth)
    assert names == ("nose_tip", "left_mouth", "right_mouth", "left_eye", "right_eye")
    np.testing.assert_allclose(errors, 0, atol=1e-12)
    back, errors = point_errors(truth, predicted)
    assert set(back) == set(names)
    np.testing.assert_allclose(errors, 0, atol=1e-12)


def test_the_other_direction_gives_the_same_distances():
    one, other = five(), ibug()
    ahead, back = (
        dict(zip(*point_errors(*pair), strict=True)) for pair in ((one, other), (other, one))
    )
    assert ahead == pytest.approx(back)


def test_schemes_without_a_shared_point_are_refused():
    ear = Landmarks([[0, 0]], LandmarkScheme("ear", ("ear",), mirror=(0,)))
    with pytest.raises(LandmarkError, match="'ear' and 'five' share no points"):
        point_errors(ear, five())


def test_a_missed_point_is_infinitely_wrong_and_an_unknown_truth_is_left_out():
    points = FACE.copy()
    points[1] = np.nan
    _, errors = point_errors(five(points=points), five((3, 4)))
    assert errors.tolist() == [5, np.inf, 5, 5, 5]
    _, errors = point_errors(five((3, 4)), five(points=points))
    np.testing.assert_array_equal(errors, [5, np.nan, 5, 5, 5])


@pytest.mark.parametrize(
    ("normaliser", "length"),
    [("ipn", 40.0), ("box", 40.0), ("diagonal", np.hypot(40, 40))],
)
def test_errors_are_over_the_named_length_of_the_truth(normaliser, length):
    errors = landmark_errors([five((3, 4))], [five()], normaliser)[1]["all"]
    assert errors == pytest.approx([5 / length])


def test_a_face_box_replaces_that_around_the_true_points_and_the_note_says_which():
    both = [five((3, 4))] * 2, [five()] * 2
    table, errors = table_of(*both, "box", boxes=[Box(0, 0, 100, 25), None])
    assert errors == pytest.approx([5 / 50, 5 / 40])
    assert "for 1 faces without one" in table.loc[("all", "NME"), "note"]
    table, _ = table_of(*both, "diagonal", boxes=[Box(0, 0, 30, 40)] * 2)
    assert table.loc[("all", "NME"), "value"] == pytest.approx(0.1)
    assert table.loc[("all", "NME"), "note"].endswith(
        "diagonal of the box; 5 shared points; the face box"
    )
    table, _ = table_of(*both, "box")
    assert "the box around the true points" in table.loc[("all", "NME"), "note"]


@pytest.mark.parametrize(
    ("normaliser", "scheme", "words"),
    [
        ("ion", IBUG, "outer eye corners: ibug68 points 36, 45"),
        ("ipn", IBUG, "eye centres: means of ibug68 points 36–41 and 42–47"),
        ("ipn", FIVE, "eye centres: five points 0, 1"),
    ],
)
def test_a_normaliser_prints_its_indices(normaliser, scheme, words):
    assert NORMALISERS[normaliser].describe(scheme) == words


def test_the_table_prints_the_indices():
    table, errors = table_of([ibug(shift=3)], [ibug()], "ion")
    notes = table["note"].drop("five", level="group")
    assert notes.str.startswith("outer eye corners: ibug68 points 36, 45; 68 shared points").all()
    corners = ibug().points[[36, 45]]
    expected = np.hypot(3, 3) / np.hypot(*(corners[1] - corners[0]))
    assert errors == pytest.approx([expected])


@pytest.mark.parametrize(
    ("normaliser", "missing"), [("ion", "left_eye_outer"), ("ipn", "left_eye")]
)
def test_a_scheme_without_the_normalisers_points_is_refused_by_name(normaliser, missing):
    mouth = Landmarks([[0, 0], [1, 1]], MOUTH)
    with pytest.raises(LandmarkError, match=f"'mouth' has no {missing}"):
        landmark_errors([mouth], [mouth], normaliser)


@quick
@given(ERRORS, st.floats(0.01, 2))
def test_auc_is_at_least_one_minus_nme_over_t(errors, limit):
    assert ced_auc(errors, limit) >= 1 - nme(errors) / limit


@quick
@given(ERRORS, st.integers(0, 5), st.floats(0.05, 1))
def test_auc_is_the_area_under_the_ced(errors, missed, limit):
    errors = [*errors, *[np.inf] * missed]
    x, y = ced(errors)
    x, y = np.append(x[x < limit], limit), y[x < limit]
    assert ced_auc(errors, limit) == pytest.approx(np.sum(np.diff(x) * y) / limit, abs=1e-12)


@quick
@given(ERRORS, st.integers(0, 5), st.floats(0, 1))
def test_the_ced_and_the_failure_rate_add_to_one(errors, missed, limit):
    errors = [*errors, *[np.inf] * missed]
    _, fraction = ced(errors, [limit])
    assert fraction[0] + failure_rate(errors, limit) == pytest.approx(1)


def test_measures_of_no_faces_are_not_defined():
    for found in (nme([]), ced_auc([np.nan], 1), failure_rate([], 1), *ced([], [0.1])[1]):
        assert np.isnan(found)


def test_a_missed_face_counts_in_every_group_and_only_nme_leaves_it_out():
    truth = [five()] * 4
    predicted = [five(), five((3, 4)), None, five((0, 40))]
    table, errors = table_of(predicted, truth, limit=0.2)
    np.testing.assert_allclose(errors, [0, 0.125, np.inf, 1])
    assert (table["n_faces"] == 4).all()
    assert (table["missed"] == 1).all()
    assert set(table.index.get_level_values("group")) == {"all", "eyes", "nose", "mouth"}
    for group in ("all", "eyes"):
        assert table.loc[(group, "NME"), "value"] == pytest.approx(1.125 / 3)
        assert table.loc[(group, "AUC@0.2"), "value"] == pytest.approx(1 - 0.525 / 4 / 0.2)
        assert table.loc[(group, "FR@0.2"), "value"] == 0.5
        assert "over the 3 found faces" in table.loc[(group, "NME"), "note"]


def test_groups_hold_the_shared_points_that_are_made_of_theirs_alone():
    truth, predicted = ibug(), ibug().to(FIVE).points.copy()
    predicted[:2] += [[30, 40], [0, 0]]  # an eye
    table, _ = table_of([Landmarks(predicted, FIVE)], [truth])
    values = table.xs("NME", level="metric")["value"]
    eyes = truth.to(FIVE).points
    unit = np.hypot(*(eyes[1] - eyes[0]))
    assert set(values.index) == {"all", "five", "nose", "eyes", "mouth"}  # no brows, no jaw
    assert values["eyes"] == pytest.approx(25 / unit)
    assert values["mouth"] == pytest.approx(0, abs=1e-12)
    assert values["all"] == pytest.approx(10 / unit)


def test_nmse_is_posters_mean_over_points_and_is_not_squared():
    gone = FACE.copy()
    gone[2:] = np.nan  # a face with two marked points weighs less than one with five
    truth = [five(), five(points=gone), five()]
    table, errors = table_of([five((4, 0)), five((8, 0)), None], truth)
    assert errors.tolist() == [0.1, 0.2, np.inf]
    assert table.loc[("all", "NME"), "value"] == pytest.approx(0.15)
    assert table.loc[("all", "NMSE"), "value"] == pytest.approx((5 * 0.1 + 2 * 0.2) / 7)
    assert "not squared" in table.loc[("all", "NMSE"), "note"]


def test_nmse_is_undefined_for_a_normaliser_that_is_not_between_the_eyes():
    table, _ = table_of([five()], [five()], "box")
    assert np.isnan(table.loc[("all", "NMSE"), "value"])
    assert "use ion or ipn" in table.loc[("all", "NMSE"), "note"]


def test_faces_whose_truth_lacks_the_normalisers_points_are_left_out_and_counted():
    gone = FACE.copy()
    gone[0] = np.nan
    table, errors = table_of([five((4, 0)), five((4, 0))], [five(), five(points=gone)])
    np.testing.assert_allclose(errors, [0.1, np.nan])
    assert (table["n_faces"] == 1).all()
    assert table["note"].str.contains("1 faces without that length are left out").all()


def test_coincident_eyes_normalise_nothing():
    table, errors = table_of([five()], [five(points=np.zeros((5, 2)))])
    assert np.isnan(errors).all()
    assert np.isnan(table.loc[("all", "NME"), "value"])
    assert (table["n_faces"] == 0).all()
    assert table["note"].str.contains("no face has such points").all()


def test_a_model_that_finds_nobody_fails_everywhere():
    table, errors = table_of([None, None], [ibug(1), ibug(2)], "ion")
    assert np.isinf(errors).all()
    assert (table["missed"] == 2).all()
    assert (table.xs("FR@0.08", level="metric")["value"] == 1).all()
    assert (table.xs("AUC@0.08", level="metric")["value"] == 0).all()
    assert table.xs("NME", level="metric")["value"].isna().all()


@quick
@given(arrays(float, (6, 68, 2), elements=st.floats(-5, 5)), st.permutations(range(6)))
def test_many_faces_have_the_errors_of_each_face(noise, order):
    # A mixture of schemes: the batches by scheme must not be seen.
    truth = [ibug(i) for i in range(6)]
    moved = [Landmarks(t.points + n, IBUG) for t, n in zip(truth, noise, strict=True)]
    predicted = [m.to(FIVE) if i % 2 else m for i, m in enumerate(moved)]
    predicted[3] = None
    together = landmark_errors([predicted[i] for i in order], [truth[i] for i in order], "ion")[1][
        "all"
    ]
    for i, error in zip(order, together, strict=True):
        if i == 3:
            assert error == np.inf
        else:
            ends = truth[i].points[[36, 45]]
            alone = point_errors(predicted[i], truth[i])[1].mean()
            assert error == pytest.approx(alone / np.hypot(*(ends[1] - ends[0])), rel=1e-12)


@quick
@given(st.floats(0.1, 10), st.floats(-100, 100), st.sampled_from(["ipn", "box", "diagonal"]))
def test_scaling_and_moving_a_face_leaves_its_error(scale, shift, normaliser):
    def moved(marks):
        return Landmarks(marks.points * scale + shift, FIVE)

    before = landmark_errors([five((3, 4))], [five()], normaliser)[1]["all"]
    after = landmark_errors([moved(five((3, 4)))], [moved(five())], normaliser)[1]["all"]
    assert after == pytest.approx(before)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"normaliser": "ipm"}, UnknownNameError, "Did you mean 'ipn'"),
        ({"truth": []}, LandmarkError, "got 1 predictions and 0 truths"),
        ({"boxes": []}, LandmarkError, "1 faces want as many boxes, got 0"),
        ({"limit": 0}, LandmarkError, "positive"),
    ],
)
def test_unusable_arguments_are_refused(change, error, message):
    usable = {"predicted": [five()], "truth": [five()], "normaliser": "ipn"}
    with pytest.raises(error, match=message):
        landmark_errors(**(usable | change))


def test_the_five_points_of_alignment_compare_models_of_any_scheme():
    truth = ibug()
    moved = truth.points.copy()
    moved[:17] += 40  # the jaw, which no alignment uses
    moved[30] += [3, 4]  # the tip of the nose
    for predicted in (Landmarks(moved, IBUG), Landmarks(moved, IBUG).to(FIVE)):
        table, _ = table_of([predicted], [truth])
        row = table.loc[("five", "NME")]
        unit = np.hypot(*(truth.to(FIVE).points[1] - truth.to(FIVE).points[0]))
        assert row["value"] == pytest.approx(5 / 5 / unit)
        assert "5 points of alignment" in row["note"]
