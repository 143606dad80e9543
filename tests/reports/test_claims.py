import pandas as pd
import pytest

from reports.claims import judgements


@pytest.fixture(scope="module")
def said(asked):
    return judgements(asked.claims, "ion")


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_claim_is_said_once_in_order_with_its_outcome(said):
    assert [one.outcome for one in said] == ["held", "did not hold", "cannot be told"]
    assert [one.kind for one in said] == ["held", "failed", "unknown"]


def test_the_figures_stand_in_the_comparison_with_their_factors(said):
    assert plain(said[1].facts) == (
        "drawn dlib68 3.00 % ≥ 2 × drawn yunet 3.80 %; missed: 10 of 240 faces by drawn dlib68"
    )


def test_every_other_part_is_said_from_its_least_to_its_most(said):
    assert plain(said[0].sentence) == (
        "held: LD is the worst (Keong): drawn yunet on LD 6.40 % > drawn yunet on every other "
        "part, 2.10 % (NN) to 3.20 % (OC)"
    )


def test_what_cannot_be_told_says_why_instead_of_figures(said):
    assert said[2].sentence == "cannot be told: far is worse (Poster): no error"


def test_what_was_compared_is_said_with_its_points_and_normaliser(said):
    assert said[1].rule == (
        "drawn:dlib68 >= 2 * drawn:yunet, of NMEs in % of ion, over the alignment points (of "
        "five) that a model gives"
    )


def test_no_claims_say_nothing(asked):
    assert judgements(asked.claims.iloc[:0], "ion") == []
    assert judgements(pd.DataFrame(columns=asked.claims.columns), "") == []
