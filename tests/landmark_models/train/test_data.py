import tomllib
from importlib.resources import files

import pytest
from stores import Pixels, made_store

from align_eval.config import packaged_studies, read_study
from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models.train.data import PARTS, packaged_data, read_data, stores

TOML = """
title = "people"
[[training]]
name = "a"
model = "synthetic"
[[training]]
name = "b"
model = "synthetic"
seed = 2
[[validation]]
name = "c"
model = "synthetic"
[[test]]
name = "d"
model = "synthetic"
"""


def written(folder, text):
    path = folder / "people.toml"
    path.write_text(text, encoding="utf-8")
    return path


def seeds(tables):
    return [table.get("seed", 0) for table in tables if table.get("model") == "synthetic"]


@pytest.mark.parametrize("name", packaged_data())
def test_no_seed_of_training_is_used_twice_or_in_a_study(name):
    text = (files("landmark_models.train.recipes") / f"{name}.toml").read_text("utf-8")
    config = tomllib.loads(text)
    own = [seed for part in PARTS for seed in seeds(config[part])]
    assert len(set(own)) == len(own)
    for study in packaged_studies():
        tested = seeds(read_study(study).to_config()["datasets"])
        assert not set(own) & set(tested)


def test_packaged_descriptions_share_no_seed():
    every = [
        part.options["seed"]
        for name in packaged_data()
        for kind in PARTS
        for part in getattr(read_data(name), kind)
    ]
    assert len(set(every)) == len(every)


def test_a_file_is_read_as_it_is_written(tmp_path):
    data = read_data(written(tmp_path, TOML))
    assert [part.name for part in data.training] == ["a", "b"]
    assert data.training[1].options == {"seed": 2}
    assert data.to_config() == tomllib.loads(TOML)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[[test]]", "[[tets]]"), "Did you mean 'test'"),
        (("[[validation]]", "[[training]]"), r"want at least one \[\[validation\]\]"),
        (('name = "b"', 'name = "a"'), "names the data set 'a' twice"),
        (('"people"', "people"), "no valid TOML"),
    ],
)
def test_a_description_that_cannot_be_used_says_why(tmp_path, change, said):
    with pytest.raises(ConfigError, match=said):
        read_data(written(tmp_path, TOML.replace(*change)))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="synthetic"):
        read_data("sinthetic")


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot read the training data"):
        read_data(tmp_path / "no.toml")


def test_data_sets_are_joined_under_their_names(tmp_path):
    source = made_store(2)

    def load(part):
        faces = tuple(
            Face(f"f{k}", "s", Modality.VISIBLE, Pixels(image))
            for k, image in enumerate(source.images)
        )
        ibug = scheme_named("ibug68")
        truth = {f"f{k}": Landmarks(points, ibug) for k, points in enumerate(source.points)}
        return Dataset(part.name, faces, None, truth)

    training, validation = stores(read_data(written(tmp_path, TOML)), load)
    assert training.ids == ("a/f0", "a/f1", "b/f0", "b/f1")
    assert set(training.subjects) == {"a/s", "b/s"}
    assert validation.ids == ("c/f0", "c/f1")
