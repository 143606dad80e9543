import numpy as np
import pandas as pd
import pytest
from misaligned import EYES, FACES, FIVE, POINTS, about_centre, moved, rows, world

from align_eval._misalignment_rows import COLUMNS, WHOLE
from align_eval.errors import DegenerateFitError, LandmarkError
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.misalignment import PARAMETERS, PARTS
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity


@pytest.fixture(scope="module")
def own():
    return world()


@pytest.fixture(scope="module")
def noisy(own):
    rng = np.random.default_rng(5)
    off = rng.normal(0, 1, (FACES, 5, 2)) + rng.normal(0, 1, (FACES, 1, 2))
    return moved(own, lambda points, number: points + off[number])


@pytest.mark.parametrize(
    ("change", "part", "bias"),
    [
        (lambda p, _: p + [0.03 * EYES, 0], "shift_x", -0.03),
        (lambda p, _: p + [0, -0.02 * EYES], "shift_y", 0.02),
        (about_centre(Similarity.make(1.0, 0.01)), "rotation", -0.01),
        (about_centre(Similarity.make(np.exp(0.01))), "scale", -0.01),
    ],
)
def test_an_aligner_with_one_bias_alone_is_all_that_part(own, change, part, bias):
    table = rows(own, moved(own, change))
    assert table.loc[part, "bias"] == pytest.approx(bias, rel=1e-9)
    assert table.loc[part, "bias_low"] == pytest.approx(bias, rel=1e-9)
    # But for what a face's own shape makes of its turning and growing, about a hundredth.
    assert table.loc[part, "share"] == pytest.approx(1, abs=0.015)
    assert table.loc[part, "largest"] == 1
    assert table.loc[list(PARAMETERS), "spread"].max() < 1e-12
    others = [name for name in PARAMETERS if name != part]
    assert table.loc[others, "bias"].abs().max() < 1e-12
    if part.startswith("shift"):
        assert table.loc[part, "share"] == pytest.approx(1, abs=1e-12)
        assert table.loc[part, "displacement"] == pytest.approx(abs(bias), rel=1e-9)
        assert table.loc[WHOLE, "error"] == pytest.approx(abs(bias), rel=0.05)


def test_energies_and_shares_add_up(own, noisy):
    table = rows(own, noisy)
    parts = table.loc[list(PARTS)]
    assert (parts["error"] ** 2).sum() == pytest.approx(table.loc[WHOLE, "error"] ** 2, rel=1e-12)
    assert parts["share"].sum() == pytest.approx(1, rel=1e-12)
    assert table.loc[WHOLE, "share"] == 1


def test_the_displacement_of_all_is_nearly_the_sum_of_the_parts(own, noisy):
    table = rows(own, noisy)
    each = np.sqrt((table.loc[list(PARAMETERS), "displacement"] ** 2).sum())
    assert table.loc[WHOLE, "displacement"] == pytest.approx(each, rel=0.03)
    assert np.isnan(table.loc["shape", "displacement"])


def test_a_displacement_is_bias_and_spread_together(own, noisy):
    table = rows(own, noisy)
    for part in ("shift_x", "shift_y"):
        row = table.loc[part]
        both = np.hypot(row["bias"], row["spread"])
        assert row["displacement"] == pytest.approx(both, rel=1e-12)


def test_the_covariance_of_the_errors_implies_the_spread(own, noisy):
    table = rows(own, noisy).loc[list(PARAMETERS)]
    assert table["implied"].to_numpy() == pytest.approx(table["spread"].to_numpy(), rel=0.05)
    # These points err together: as independent ones they would shift a face less.
    assert (table["independent"] < 0.85 * table["implied"])[["shift_x", "shift_y"]].all()


def test_every_interval_holds_its_value_and_is_wider_for_fewer_people(own, noisy):
    table = rows(own, noisy)
    for name in ("bias", "spread", "error", "share", "displacement"):
        known = table[table[name].notna()]
        assert (known[f"{name}_low"] <= known[name] + 1e-12).all(), name
        assert (known[name] <= known[f"{name}_high"] + 1e-12).all(), name
    assert table.loc[list(PARAMETERS), "largest"].sum() == pytest.approx(1)


def test_faces_of_one_person_count_together():
    """Everyone has a shift of his own: twelve people are no surer for having more faces."""
    few, many = world(24), world(240)
    widths = []
    for own in (few, many):
        shift = np.random.default_rng(2).normal(0, 0.03 * EYES, 12)
        table = rows(own, moved(own, lambda p, i, s=shift: p + [s[i % 12], 0.0]))
        widths.append(table.loc["shift_x", "bias_high"] - table.loc["shift_x", "bias_low"])
    assert widths[1] == pytest.approx(widths[0], rel=1e-6)


def test_too_few_people_have_no_interval(noisy, own):
    table = rows(own, noisy, subjects=["a", "b"] * (FACES // 2))
    assert table["bias_low"].isna().all()
    assert table["largest"].isna().all()
    assert set(table["note"]) == {"no interval: 2 subjects, at least 5 wanted"}
    assert table.loc["shift_x", "spread"] > 0


def test_the_truth_has_no_error_and_no_shares(own):
    table = rows(own, own.truth)
    assert table.loc[WHOLE, "error"] == 0
    assert table["share"].isna().all()
    assert table.loc[WHOLE, "displacement"] < 1e-12
    assert table["largest"].isna().all()


def test_faces_without_alignment_are_counted_and_change_nothing(own, noisy):
    alone = noisy[:-4]
    fewer = own._replace(truth=own.truth[:-4], subjects=own.subjects[:-4])
    hidden = np.full((5, 2), np.nan)
    hidden[0] = 3.0
    lost = [
        None,
        Landmarks(np.full((5, 2), 30.0), FIVE),
        Landmarks(hidden, FIVE),
        Landmarks(np.full((5, 2), np.nan), FIVE),
    ]
    table, whole = rows(own, [*alone, *lost]), rows(fewer, alone)
    assert set(table["missed"]) == {4}
    assert set(table["n_faces"]) == {FACES}
    values = [name for name in COLUMNS[1:] if name not in ("n_faces", "missed", "note")]
    assert table[values].to_csv() == whole[values].to_csv()


def test_one_face_whose_points_have_no_similarity_costs_no_other_its_place(own, noisy):
    """Points that are orthogonal to the template: the best similarity shrinks them to nothing."""
    goal = POINTS[:, 0] + 1j * POINTS[:, 1]
    goal -= goal.mean()
    odd = np.random.default_rng(0).normal(0, 20, 5) + 0j
    odd -= odd.mean()
    odd -= goal * np.vdot(goal, odd) / np.vdot(goal, goal)
    points = np.stack([odd.real, odd.imag], axis=1)
    with pytest.raises(DegenerateFitError):
        Similarity.fit(points, POINTS)
    table = rows(own, [*noisy[:7], Landmarks(points, FIVE), *noisy[8:]])
    missed = rows(own, [*noisy[:7], None, *noisy[8:]])
    assert set(table["missed"]) == {1}
    assert table.to_csv() == missed.to_csv()


def test_an_aligner_that_finds_nobody_has_one_row_that_says_so(own):
    table = rows(own, [None] * FACES)
    assert table.index.tolist() == [WHOLE]
    assert table.loc[WHOLE, "note"] == "no face could be aligned"
    assert table.loc[WHOLE, ["n_faces", "missed"]].tolist() == [FACES, FACES]
    assert np.isnan(table.loc[WHOLE, "error"])


def test_without_true_points_there_are_no_rows(own):
    nowhere = [Landmarks(np.full((5, 2), np.nan), FIVE)] * FACES
    table = rows(own._replace(truth=nowhere), own.truth)
    assert table.empty
    assert tuple(table.reset_index().columns) == COLUMNS


def test_points_that_are_missing_are_left_out_of_both_fits(own):
    """A shift is the same whichever points tell it; on four points it says which."""

    def shifted(points, number):
        off = points + [0.03 * EYES, 0]
        off[2] = np.nan
        return off

    table = rows(own, moved(own, shifted))
    assert table.loc["shift_x", "share"] == pytest.approx(1, abs=1e-6)
    words = "aligned on left_eye, right_eye, left_mouth, right_mouth"
    assert set(table["note"]) == {words}
    assert table["implied"].isna().all()


def test_schemes_meet_in_the_five_points():
    ibug = scheme_named("ibug68")
    rng = np.random.default_rng(0)
    shape = rng.uniform(0, 100, (68, 2))
    face = Landmarks(shape, ibug)
    truth = [Landmarks(face.to(FIVE).points + rng.normal(0, 1, (5, 2)), FIVE) for _ in range(10)]
    own = world(10, 5)._replace(truth=truth)
    direct = rows(own, [face.to(FIVE)] * 10)
    assert rows(own, [face] * 10).to_csv() == direct.to_csv()


def test_lists_that_do_not_match_and_schemes_that_share_nothing_are_refused(own):
    with pytest.raises(LandmarkError, match="got 1 predictions and 60 truths"):
        rows(own, own.truth[:1])
    apart = LandmarkScheme("ears", ("left_ear", "right_ear"), (1, 0))
    with pytest.raises(LandmarkError, match="share no point"):
        rows(own, [Landmarks(np.zeros((2, 2)), apart)] * FACES)


def test_the_columns_are_numbers_where_they_hold_numbers(own, noisy):
    table = rows(own, noisy).reset_index()
    texts = {"part", "note"}
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in set(COLUMNS) - texts)
