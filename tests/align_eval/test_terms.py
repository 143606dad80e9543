import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from align_eval.terms import Term, parse_claim

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,8}", fullmatch=True)
TERMS = st.builds(
    Term,
    NAMES,
    NAMES,
    st.sampled_from([1.0, 0.5, 1.5, 12.0]),
    st.sampled_from(["", "*", "LD", "E1", "a=b"]),
    st.one_of(st.just(""), NAMES),
)


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
        ("a/:b < b:c", "got 'a/:b'"),
        ("/p:b < b:c", "got '/p:b'"),
        ("a/p/q:b < b:c", "got 'a/p/q:b'"),
    ],
)
def test_a_comparison_that_cannot_be_read_is_one_clear_error(holds, message):
    with pytest.raises(ConfigError) as caught:
        parse_claim(holds)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
