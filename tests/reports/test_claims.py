import numpy as np
import pandas as pd
import pytest

from align_eval.result import CLAIM_COLUMNS
from reports.claims import introduction, judgements


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


NOTHING = (np.nan, np.nan, np.nan)


def verified(
    *sides, metric="ΔEER", outcome="held", reason="", pipelines=("pls", "pls", "pls"), number=1
):
    """Rows of a claim: (sign, factor, data set, aligner, value, (difference, low, high)) each."""
    holds = " ".join(f"{sign} {d}:{a}".strip() for sign, _, d, a, *_ in sides)
    head = (number, "heat is worse", "Poster", holds, "", outcome, reason)
    rows = [
        (*head, i, sign, f"{d}:{a}", factor, d, a, "", value, 0, 0, metric, pipelines[i], *gap)
        for i, (sign, factor, d, a, value, gap) in enumerate(sides)
    ]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


HOT = ("", 1.0, "thermal", "pbc", 0.04, NOTHING)
COLD = (">", 1.0, "visible", "pbc", 0.004, (0.036, 0.012, 0.059))


def one(frame, confidence=0.95):
    (found,) = judgements(frame, "ion", confidence)
    return found


def test_a_claim_on_verification_says_its_figures_and_the_interval_of_their_difference():
    found = one(verified(HOT, COLD))
    assert found.kind == "held"
    assert plain(found.sentence) == (
        "held: heat is worse (Poster): ΔEER of thermal pbc +4.00 points > visible pbc +0.40 "
        "points; difference +3.60 points (95 % interval +1.20 to +5.90)"
    )
    assert found.rule == "thermal:pbc > visible:pbc, of ΔEER by pls"
    assert "; difference +3.60 points (interval" in plain(one(verified(HOT, COLD), None).facts)


def test_an_open_claim_on_verification_says_why_and_then_its_figures():
    why = "the 95 % interval of the difference, −1.20 to +5.90 points, includes 0"
    open_one = (*COLD[:5], (0.036, -0.012, 0.059))
    facts = one(verified(HOT, open_one, outcome="cannot be told", reason=why)).facts
    assert plain(facts) == (f"{why}; ΔEER of thermal pbc +4.00 points > visible pbc +0.40 points")
    lost = (*COLD[:4], np.nan, NOTHING)
    gone = one(verified(HOT, lost, outcome="cannot be told", reason="there are no scores"))
    assert gone.facts == "there are no scores"


def test_factors_chains_and_pipelines_of_their_own_are_in_the_sentence():
    third = ("<", 1.0, "visible", "box", 0.2, (-0.192, -0.3, -0.00001))
    twice = (">", 2.0, *COLD[2:])
    found = one(
        verified(HOT, twice, third, metric="EER", outcome="did not hold", pipelines="abc"), 0.9
    )
    assert plain(found.facts) == (
        "EER of thermal a pbc 4.00 % > 2 × visible b pbc 0.40 % < visible c box 20.00 %; "
        "differences +3.60 points (90 % interval +1.20 to +5.90) and "
        "−19.200 points (90 % interval −30.000 to −0.001)"
    )
    assert found.rule.endswith(", of EER")


def test_decidability_is_compared_in_its_own_unit():
    sides = ("", 1.0, "a", "x", 2.5, NOTHING), ("<", 1.0, "a", "y", 3.0, (-0.5, -0.75, -0.25))
    assert plain(one(verified(*sides, metric="d'")).facts) == (
        "d' of a x 2.50 < a y 3.00; difference −0.50 (95 % interval −0.75 to −0.25)"
    )


def test_the_introduction_is_of_the_kinds_of_claims_that_there_are(asked):
    of_errors = introduction(asked.claims)
    of_scores = introduction(verified(HOT, COLD))
    both = introduction(pd.concat([asked.claims, verified(HOT, COLD, number=9)]))
    assert "more than chance" in of_errors
    assert "interval" not in of_errors
    assert "adjusted for the number of claims" in of_scores
    assert of_scores.startswith("Each compares")
    assert both.startswith("A claim on NME compares")
    assert both.endswith(of_scores.removeprefix("Each"))
    assert introduction(asked.claims.iloc[:0]) == ""


def test_claims_of_an_older_result_are_on_landmark_errors(asked, said):
    older = asked.claims[list(CLAIM_COLUMNS[:17])]
    assert judgements(older, "ion") == said
    assert introduction(older) == introduction(asked.claims)


def left(metric, parts):
    rows = [
        (1, "t", "", "the rule", "all", "held", "", place, sign, "", 1.0, "near", "dan")
        + (part, value, 40, 0, metric, "", np.nan, np.nan, np.nan)
        for place, (sign, part, value) in enumerate(parts)
    ]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


@pytest.mark.parametrize(
    ("metric", "parts", "facts"),
    [
        (
            "NME",
            [("", "discard=0.3", 0.02), ("<", "random=0.3", 0.03), ("<", "", 0.031)],
            "near dan without the 30 % of points of lowest quality 2.00 % < near dan without 30 % "
            "of points at random 3.00 % < near dan 3.10 %",
        ),
        (
            "NME@discard=0.3",
            [("", "discard=0.3", 0.02), ("<", "discard=0.3", 0.03)],
            "NME@discard=0.3 of near dan 2.00 % < near dan 3.00 %",
        ),
        ("FR@0.08", [("", "", 0.0), ("<", "", 0.25)], "FR@0.08 of near dan 0.00 % < near dan 25"),
    ],
)
def test_claims_on_other_landmark_errors_name_them(metric, parts, facts):
    table = left(metric, parts)
    (said,) = judgements(table, "ion")
    assert plain(said.facts).startswith(facts)
    assert ("of NMEs in %" in said.rule) == (metric == "NME")
    assert ("means of landmark errors" in introduction(table)) == (metric == "NME")
