import sys
from importlib.metadata import EntryPoint

import pytest

from align_eval import catalog
from align_eval.catalog import Catalog, Entry, load_object
from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError

SHELF = Catalog(
    "toy",
    {
        "join": Entry("os.path:join", "joins paths"),
        "counter": Entry("collections:Counter", "counts"),
        "pi": Entry("math:pi", "a number"),
    },
)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module for one test and gives its dotted prefix."""
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(text, name="toy_module_for_a_test"):
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_a_catalogue_lists_its_names_and_finds_its_objects():
    assert list(SHELF) == ["join", "counter", "pi"]
    assert len(SHELF) == 3
    assert "join" in SHELF
    assert "split" not in SHELF
    assert SHELF["join"].summary == "joins paths"
    assert SHELF.get("join")("a", "b") == "a/b"


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"unknown toy 'jion'. Did you mean 'join'"
    ) as raised:
        SHELF.get("jion")
    assert raised.value.near == "join"


def test_a_name_like_no_other_lists_what_is_known():
    with pytest.raises(UnknownNameError) as raised:
        SHELF.get("zzzz")
    assert str(raised.value) == "unknown toy 'zzzz'. Known: counter, join, pi."


def test_a_dotted_path_reaches_outside_objects_and_their_attributes():
    assert SHELF.get("fractions:Fraction.from_float")(0.5) == 0.5


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no_such_package_at_all:Model", "cannot import 'no_such_package_at_all'"),
        ("math:no_such_name", "'math' has no 'no_such_name'"),
        ("math:", "not of the form"),
        (":pi", "not of the form"),
    ],
)
def test_a_dotted_path_that_leads_nowhere_is_a_configuration_error(path, message):
    with pytest.raises(ConfigError, match=message):
        SHELF.get(path)


def test_a_missing_package_names_the_extra_that_brings_it(module):
    name = module("import a_package_nobody_has")
    with pytest.raises(MissingExtraError) as raised:
        load_object(f"{name}:Model", "toy 'model'", "gadgets")
    assert str(raised.value) == (
        "toy 'model' needs the package 'a_package_nobody_has': "
        "pip install 'align-eval[gadgets]'."
    )  # fmt: skip


def test_the_extra_is_named_even_if_the_module_is_called_after_the_package(module):
    name = module("import nobody_has", "nobody_has_models")
    with pytest.raises(MissingExtraError, match="needs the package 'nobody_has'"):
        load_object(f"{name}:Model", "toy", "gadgets")


def test_a_missing_package_without_an_extra_is_a_configuration_error(module):
    name = module("import a_package_nobody_has")
    with pytest.raises(ConfigError, match="No module named 'a_package_nobody_has'"):
        load_object(f"{name}:Model", "toy 'model'")


def test_a_module_that_is_itself_missing_is_no_matter_of_extras():
    with pytest.raises(ConfigError, match=r"cannot import 'nowhere\.at\.all'"):
        load_object("nowhere.at.all:Model", "toy 'model'", "gadgets")


def test_other_packages_add_names_by_an_entry_point_and_cannot_replace_ours(monkeypatch):
    def points(group):
        assert group == "align_eval.toys"
        return [EntryPoint("sqrt", "math:sqrt", group), EntryPoint("pi", "math:e", group)]

    monkeypatch.setattr(catalog, "entry_points", points)
    shelf = Catalog("toy", SHELF.entries, group="align_eval.toys")
    assert shelf.get("sqrt")(9) == 3
    assert shelf["sqrt"].summary == "from math:sqrt"
    assert shelf["pi"].path == "math:pi"


TOY = """
class Toy:
    def __init__(self, size, colour="red", *, workers=1):
        self.made = (size, colour, workers)

def loose(**options):
    return options

def no_context(size):
    return size
"""


def test_build_passes_options_and_only_the_context_that_is_wanted(module):
    toy = f"{module(TOY)}:Toy"
    assert SHELF.build(toy, {"size": 3}, workers=4, seed=7).made == (3, "red", 4)
    assert SHELF.build(toy, {"size": 3, "workers": 2}, workers=4).made == (3, "red", 2)
    assert SHELF.build(toy.replace("Toy", "no_context"), {"size": 5}, workers=4) == 5


def test_build_refuses_unknown_options_and_says_what_is_near(module):
    with pytest.raises(UnknownNameError, match=r"option of toy .* 'color'. Did you mean 'colour'"):
        SHELF.build(f"{module(TOY)}:Toy", {"size": 3, "color": "blue"})


def test_build_names_an_option_that_is_missing(module):
    with pytest.raises(ConfigError, match="missing a required argument: 'size'"):
        SHELF.build(f"{module(TOY)}:Toy")


def test_build_gives_any_option_to_a_factory_that_takes_any(module):
    loose = f"{module(TOY)}:loose"
    assert SHELF.build(loose, {"anything": 1}, workers=4) == {"anything": 1}


def test_build_leaves_the_studys_options_as_they_are(module):
    options = {"size": 3}
    SHELF.build(f"{module(TOY)}:Toy", options, workers=4)
    assert options == {"size": 3}


def test_build_refuses_what_cannot_be_called():
    with pytest.raises(ConfigError, match="toy 'pi' is no class or function"):
        SHELF.build("pi")


@pytest.mark.parametrize("bad", [{"size": "three"}, {"size": [1]}])
def test_build_says_which_options_an_object_cannot_be_made_of(module, bad):
    name = module("def make(size):\n    return [0] * int(size)")
    with pytest.raises(ConfigError, match=r"cannot be made of size = .*: (Type|Value)Error: "):
        SHELF.build(f"{name}:make", bad)
