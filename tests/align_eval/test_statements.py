import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.statements import Claim, Published, Term, parse_claim

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,8}", fullmatch=True)
TERMS = st.builds(
    Term,
    NAMES,
    NAMES,
    st.sampled_from([1.0, 0.5, 1.5, 12.0]),
    st.sampled_from(["", "*", "LD", "E1", "a=b"]),
)
FIGURE = {"source": "s", "dataset": "d", "aligner": "a", "metric": "NME", "value": 0.02}


@given(st.lists(TERMS, min_size=2, max_size=4), st.data())
def test_a_written_claim_is_read_as_its_terms_and_signs(terms, data):
    signs = [data.draw(st.sampled_from(["<", "<=", ">", ">="])) for _ in terms[1:]]
    words = [str(terms[0]), *(f"{s} {t}" for s, t in zip(signs, terms[1:], strict=True))]
    assert parse_claim(" ".join(words)) == (tuple(terms), tuple(signs))
    assert parse_claim("".join(words)) == (tuple(terms), tuple(signs))


@pytest.mark.parametrize(
    ("holds", "message"),
    [
        ("", "wants terms joined by"),
        ("a:b", "wants terms joined by"),
        ("a:b <", "got '' in"),
        ("a:b << c:d", "got '' in"),
        ("a:b == c:d < e:f", "got 'a:b == c:d'"),
        ("a < b:c", "got 'a' in"),
        ("2 a:b < b:c", "got '2 a:b'"),
        ("-1 * a:b < b:c", "got '-1"),
        ("a:b@ < b:c", "got 'a:b@'"),
        ("a:b@one two < b:c", "got 'a:b@one two'"),
    ],
)
def test_a_comparison_that_cannot_be_read_is_one_clear_error(holds, message):
    with pytest.raises(ConfigError) as caught:
        Claim.from_config({"text": "t", "holds": holds})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("made", "table", "message"),
    [
        (Claim, "PBC degrades", "a claim wants a table"),
        (Claim, {"text": "t"}, "a claim wants the key 'holds', got text"),
        (Claim, {}, "wants the key 'text', got none"),
        (Claim, {"text": "t", "hold": ""}, "unknown key of a claim 'hold'. Did you mean 'holds'"),
        (Claim, {"text": 3, "holds": "a:b < c:d"}, "'text' of a claim wants a text, got 3"),
        (Published, {**FIGURE, "value": "2 %"}, "'value' of a published figure wants a number"),
        (Published, {**FIGURE, "value": True}, "wants a number, got True"),
        (Published, {**FIGURE, "value": float("nan")}, "wants finite numbers"),
        (Published, {**FIGURE, "low": 0.01}, "both low and high, or spread"),
        (Published, {**FIGURE, "low": 0.0, "high": 0.03, "spread": 0.01}, "or spread, or none"),
        (Published, {**FIGURE, "low": 0.03, "high": 0.04}, "low ≤ value ≤ high"),
        (Published, {**FIGURE, "spread": -0.1}, "wants finite numbers"),
        (Published, {k: v for k, v in FIGURE.items() if k != "source"}, "wants the key 'source'"),
    ],
)
def test_a_bad_table_is_one_clear_error(made, table, message):
    with pytest.raises(ConfigError) as caught:
        made.from_config(table)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "extra", [{}, {"low": 0.0, "high": 0.02}, {"spread": 0}, {"part": "LD", "group": "five"}]
)
def test_a_published_figure_survives_its_table(extra):
    figure = Published.from_config({**FIGURE, **extra})
    assert Published.from_config(figure.to_config()) == figure
    assert None not in figure.to_config().values()


def test_a_part_of_another_metric_than_nme_is_refused():
    figure = Published.from_config({**FIGURE, "metric": "NMSE", "part": "LD"})
    with pytest.raises(ConfigError, match="and the metric NME, got NMSE"):
        figure.check(["d"], ["NMSE"], ["variation"])


def test_an_unknown_name_in_a_claim_says_which_claim_and_what_is_near():
    claim = Claim("PBC degrades", "R3:pbc > R1:pbc")
    with pytest.raises(UnknownNameError, match=r"in the claim 'PBC degrades' 'R3'. Did you mean"):
        claim.check(["R1", "R2"], ["pbc"], [])
