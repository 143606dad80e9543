import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval._assignments import assignments, toml_table, written
from align_eval.errors import ConfigError

plain = (
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))
)
values = st.recursive(
    plain,
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.text("abc_ .\"'", min_size=1), part, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abcdef_", min_size=1), values, max_size=3))
def test_what_is_written_is_what_is_read(table):
    found = toml_table("--option", written(table))
    assert found == table
    assert [type(value) for value in found.values()] == [type(value) for value in table.values()]


@given(st.sampled_from(["SSSD", "NOBB", "a b", "dlib-hog"]))
def test_a_plain_word_is_written_without_quotes(word):
    assert written({"key": word}) == [f"key={word}"]


@pytest.mark.parametrize("text", ["7", "true", "[1]", '"x"', "1e3", "2020-01-01"])
def test_a_text_that_toml_would_read_otherwise_is_quoted(text):
    (made,) = written({"key": text})
    assert made.startswith('key="')
    assert toml_table("--option", [made]) == {"key": text}


@pytest.mark.parametrize("text", ["seed", "=3", ""])
def test_a_text_without_name_or_sign_is_refused(text):
    with pytest.raises(ConfigError, match="--set wants NAME=VALUE, got"):
        assignments("--set", [text])
