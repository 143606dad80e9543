import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.measures import measure
from reports.verdict import Rules, compare, error_verdicts, lead_metric, resolved, verdicts

RULES = Rules("yunet", 0.95)


def row(**changes):
    base = {
        "aligner": "dlib68",
        "metric": "TAR@FAR=1e-2",
        "value": 0.9,
        "low": 0.88,
        "high": 0.92,
        "delta": -0.014,
        "delta_low": -0.023,
        "delta_high": -0.006,
        "p": 0.001,
        "p_holm": 0.002,
        "note": "",
    }
    return {**base, **changes}


def said(**changes):
    verdict = compare(row(**changes), RULES)
    return verdict.kind, verdict.sentence.replace("\N{NO-BREAK SPACE}", " ")


def test_a_loss_is_worse_and_its_interval_is_of_the_loss():
    assert said() == (
        "worse",
        "dlib68 loses 1.4 points of TAR@FAR=1e-2 against yunet "
        "(95 % interval 0.6 to 2.3, p = .002 after Holm).",
    )


def test_a_gain_is_better():
    kind, sentence = said(delta=0.014, delta_low=0.006, delta_high=0.023)
    assert kind == "better"
    assert sentence.startswith("dlib68 gains 1.4 points of TAR@FAR=1e-2 against yunet (")


@pytest.mark.parametrize(
    ("sign", "kind", "verb"), [(1, "worse", "raises"), (-1, "better", "lowers")]
)
def test_more_of_an_error_rate_is_worse(sign, kind, verb):
    ends = sorted((sign * 0.006, sign * 0.023))
    given_kind, sentence = said(
        metric="EER", delta=sign * 0.014, delta_low=ends[0], delta_high=ends[1]
    )
    assert given_kind == kind
    assert sentence.startswith(f"dlib68 {verb} EER by 1.4 points against yunet (95 % interval 0.6")


def test_a_metric_of_unknown_direction_is_only_different():
    kind, sentence = said(metric="novelty", delta=0.5, delta_low=0.2, delta_high=0.9)
    assert kind == "different"
    assert "has novelty 0.50 higher than yunet (95 % interval 0.20 to 0.90" in sentence


def test_an_interval_with_0_inside_tells_nothing_apart():
    assert said(delta_high=0.004, p=0.2, p_holm=0.52) == (
        "level",
        "dlib68 cannot be told apart from yunet on TAR@FAR=1e-2 on these data "
        "(difference −1.4 points, 95 % interval −2.3 to +0.4, p = .52 after Holm).",
    )


def test_what_the_data_cannot_resolve_is_said_with_its_size():
    assert said(delta_high=0.004, p=0.2, p_holm=0.52, detectable=0.0194, n_subjects=50) == (
        "level",
        "dlib68 cannot be told apart from yunet on TAR@FAR=1e-2: with these 50 subjects a "
        "difference below 1.9 points cannot be seen with 80 % power "
        "(difference −1.4 points, 95 % interval −2.3 to +0.4, p = .52 after Holm).",
    )


def test_a_metric_that_is_no_rate_is_resolved_in_its_own_unit():
    unclear = {"delta": 0.01, "delta_low": -0.05, "delta_high": 0.07, "p_holm": 0.8}
    text = said(metric="d'", **unclear, detectable=0.0861, n_subjects=1234)[1]
    assert ": with these 1,234 subjects a difference below 0.09 cannot be seen" in text


@pytest.mark.parametrize("absent", [{}, {"detectable": math.nan, "n_subjects": 50}])
def test_without_a_resolution_none_is_claimed(absent):
    assert "cannot be seen" not in said(delta_high=0.004, p_holm=0.52, **absent)[1]


def test_a_difference_that_is_seen_says_nothing_of_what_is_not():
    assert "cannot be seen" not in said(detectable=0.02, n_subjects=50)[1]


def test_several_rows_are_as_unresolved_as_the_worst_of_them():
    rows = [row(detectable=size, n_subjects=50) for size in (0.011, 0.025, 0.02)]
    assert "below 2.5\N{NO-BREAK SPACE}points" in resolved(rows, measure("EER"), 1)
    assert resolved([*rows, row(detectable=math.nan)], measure("EER"), 1) == ""
    assert resolved([], measure("EER"), 1) == ""


def test_a_difference_of_exactly_0_tells_nothing_apart():
    assert said(delta=0.0, delta_low=0.0, delta_high=0.0, p=1.0, p_holm=1.0)[0] == "level"


def test_a_difference_that_holm_does_not_keep_is_no_claim():
    kind, sentence = said(p=0.03, p_holm=0.09)
    assert kind == "unsure"
    assert "cannot safely be told apart" in sentence
    assert "95 % interval −2.3 to −0.6" in sentence
    assert "p = .090 after Holm is not below .05" in sentence


def test_without_holm_the_plain_p_decides_and_says_so():
    assert said(p_holm=math.nan)[1].endswith("p = .001, unadjusted).")
    assert said(p=0.2, p_holm=math.nan)[0] == "unsure"
    assert said(p=math.nan, p_holm=math.nan)[1].endswith("0.6 to 2.3, no p).")


@pytest.mark.parametrize("missing", ["delta", "delta_low", "delta_high"])
def test_without_a_difference_and_its_interval_nothing_is_claimed(missing):
    note = "insufficient impostors: 500 cannot show FAR 1e-4"
    kind, sentence = said(**{missing: math.nan}, note=note)
    assert kind == "undefined"
    assert sentence == f"dlib68 cannot be compared with yunet on TAR@FAR=1e-2 ({note})."


def test_a_missing_reason_is_admitted():
    assert "no reason recorded" in said(delta=math.nan, note=math.nan)[1]


def test_the_confidence_is_the_studys():
    text = compare(row(), Rules("yunet", 0.99)).sentence
    assert "99\N{NO-BREAK SPACE}% interval" in text


@settings(max_examples=80, deadline=None)
@given(
    st.floats(-0.5, 0.5),
    st.floats(0, 0.3),
    st.floats(0, 1),
    st.sampled_from(["EER", "AUC", "TAR@FAR=1e-2", "d'"]),
)
def test_a_claim_is_only_made_where_the_interval_leaves_0_out_and_p_is_small(delta, half, p, name):
    given_row = row(
        metric=name, delta=delta, delta_low=delta - half, delta_high=delta + half, p=p, p_holm=p
    )
    verdict = compare(given_row, RULES)
    claims = verdict.kind in ("better", "worse")
    assert claims == (not delta - half <= 0 <= delta + half and p <= 0.05 + 1e-9)
    assert "interval" in verdict.sentence


def frame(*rows):
    return pd.DataFrame(rows)


def test_the_baseline_speaks_first_and_claims_no_difference():
    rows = frame(row(), row(aligner="yunet", delta=0.0, delta_low=0.0, delta_high=0.0))
    first, second = verdicts(rows, RULES)
    assert (first.kind, second.kind) == ("baseline", "worse")
    text = first.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert text == "yunet is the baseline: its TAR@FAR=1e-2 is 90.0 % (95 % interval 88.0 to 92.0)."


def test_a_baseline_without_interval_says_so():
    rows = frame(row(aligner="yunet", low=math.nan, high=math.nan))
    assert verdicts(rows, RULES)[0].sentence.endswith("(no interval).")


def test_a_baseline_without_value_says_why():
    rows = frame(row(aligner="yunet", value=math.nan, note="insufficient impostors"))
    verdict = verdicts(rows, RULES)[0]
    assert verdict.kind == "undefined"
    assert verdict.sentence.endswith("on these data (insufficient impostors).")


def test_other_metrics_are_told_where_they_differ_and_only_there():
    rows = frame(
        row(delta_high=0.004, p_holm=0.5),
        row(metric="EER", delta=0.02, delta_low=0.01, delta_high=0.03),
        row(metric="AUC", delta_high=0.01, p_holm=0.5),
    )
    (verdict,) = verdicts(rows, RULES)
    assert verdict.kind == "level"
    assert "EER +2.0" in verdict.also
    assert "(worse; 95" in verdict.also
    assert "AUC" not in verdict.sentence


def test_the_sentences_are_about_the_first_tar_that_every_aligner_has():
    defined = frame(row(metric="EER"), row(metric="TAR@FAR=1e-4", value=math.nan), row())
    assert lead_metric(defined) == "TAR@FAR=1e-2"
    only_eer = frame(row(metric="AUC"), row(metric="EER"), row(value=math.nan))
    assert lead_metric(only_eer) == "EER"
    assert lead_metric(frame(row(metric="AUC"), row(value=math.nan))) == "AUC"
    assert lead_metric(frame(row(value=math.nan))) == "TAR@FAR=1e-2"


def test_no_rows_make_no_sentences():
    assert verdicts(frame(row()).iloc[:0], RULES) == []


def test_landmark_errors_alone_are_ranked_without_a_claim(result):
    (said,) = error_verdicts(result.landmark_errors)
    assert said.kind == "described"
    assert said.sentence.startswith("drawn (240 faces): NME in % of ")
    listed = said.sentence.split(": ")[-1].removesuffix(".").split(", ")
    values = [float(entry.split()[1]) for entry in listed]
    assert values == sorted(values)
    assert {entry.split()[0] for entry in listed} == {"yunet", "dlib68", "ghostone98", "box"}
    missed = [entry for entry in listed if "missed" in entry]
    assert any("(10 missed)" in entry for entry in missed)


def test_a_landmark_error_that_is_not_defined_says_why(result):
    errors = result.landmark_errors.assign(value=math.nan, note="no such points")
    assert "no NME of yunet (no such points)" in error_verdicts(errors)[0].sentence
