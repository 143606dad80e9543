import pytest

from align_eval.config import differences, expand, packaged_studies, read_study
from align_eval.errors import ConfigError, UnknownNameError


@pytest.mark.parametrize("name", sorted(packaged_studies()))
def test_every_packaged_study_reads_and_has_a_title(name):
    assert read_study(name).title


def test_an_unknown_study_says_what_is_near():
    with pytest.raises(UnknownNameError, match="Did you mean 'lfw_aligners'"):
        read_study("lfw_aligner")


@pytest.mark.parametrize("content", ["name = ", "\xff\xfe"])
def test_a_file_that_is_no_toml_is_one_clear_error(tmp_path, content):
    path = tmp_path / "s.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"s\.toml"):
        read_study(path)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot read the study"):
        read_study(tmp_path / "none.toml")


def test_roots_and_settings_replace_what_the_study_says():
    study = read_study("lfw_aligners", data={"lfw": "elsewhere"}, settings={"seed": 7})
    assert study.datasets[0].options["root"] == "elsewhere"
    assert study.seed == 7
    with pytest.raises(UnknownNameError, match="Did you mean 'lfw'"):
        read_study("lfw_aligners", data={"lfv": "x"})


def test_an_unset_variable_is_named():
    with pytest.raises(ConfigError, match="NOWHERE"):
        expand({"path": ["${NOWHERE}/x"]}, {})


def test_differences_name_parts_by_their_names():
    old = {"seed": 1, "aligners": [{"name": "a", "k": 1}, {"name": "b"}]}
    new = {"seed": 2, "aligners": [{"name": "b"}, {"name": "a", "k": 1}], "extra": 1}
    assert differences(old, new) == ("seed", "extra")
