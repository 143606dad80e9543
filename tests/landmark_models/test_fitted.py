import numpy as np
import pytest
from stores import made_dataset as dataset

from align_eval.errors import ConfigError, DataError, LandmarkError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.fitted import FittedModel

IBUG = scheme_named("ibug68")


SOME = ["tested", *(f"s{k}" for k in range(8))]


@pytest.fixture(scope="module")
def fitted():
    told = []
    model = FittedModel("dan", epochs=0.05, name="mine", seed=1, progress=lambda *s: told.append(s))
    model.fit({"one": dataset(SOME)})
    assert told[-1] == ("mine learns: dan stage2", 1, 1)
    return model


def test_a_fitted_model_locates_and_says_what_it_has_learned(fitted):
    one = dataset(SOME)
    found = fitted.locate([one.faces[0], one.faces[0].with_box(None)])
    assert found[1] is None
    assert found[0].scheme == IBUG
    assert np.isfinite(found[0].points).all()
    assert fitted.provenance["trained on"] == "7 faces of 7 subjects"
    assert fitted.provenance["validated on"] == "1 faces of 1 subjects"
    assert fitted.provenance["parameters"] == 2_706_368
    # Two bytes a weight, the compact DAN having few that are stored in four.
    assert fitted.provenance["file MB"] == pytest.approx(2 * 2.706, rel=0.05)


def test_a_fitted_model_knows_the_mean_shape(fitted):
    face = dataset(SOME).faces[0]
    box = face.box
    points = fitted.locate([face])[0].points
    apart = np.abs(points - dataset(SOME).truth["f0"].points).mean()
    assert apart < 0.25 * max(box.width, box.height)


def test_a_model_that_has_not_been_fitted_says_so():
    with pytest.raises(LandmarkError, match="'mine' has not been fitted"):
        FittedModel("dan", name="mine").locate([])


def stores(model, **datasets):
    return model._stores(datasets)


def test_the_data_sets_validation_subjects_are_chosen_by():
    splits = ["test", *["training"] * 5, *["validation"] * 3]
    learned, chosen = stores(FittedModel("dan"), one=dataset(SOME, splits))
    assert sorted(chosen.subjects) == ["one/s5", "one/s6", "one/s7"]
    assert len(learned) == 5


def test_someone_held_out_is_held_out_of_every_data_set():
    learned, chosen = stores(FittedModel("dan"), near=dataset(SOME), far=dataset(SOME))
    assert len(learned) == 14
    assert {name.split("/")[1] for name in chosen.subjects} & {
        name.split("/")[1] for name in learned.subjects
    } == set()


def test_it_learns_from_the_data_sets_that_it_is_told_and_from_no_other():
    model = FittedModel("dan", learns_from=["near"])
    for store in stores(model, near=dataset(SOME), far=dataset(SOME)):
        assert {name.split("/")[0] for name in store.subjects} == {"near"}
    with pytest.raises(UnknownNameError, match=r"data set to learn from 'fur'.*Did you mean 'far'"):
        stores(FittedModel("dan", learns_from=["fur"]), far=dataset(SOME))


@pytest.mark.parametrize(("spectra", "thermal"), [("thermal", True), ("visible", False)])
def test_it_learns_from_the_wanted_spectra_only(spectra, thermal):
    for store in stores(FittedModel("dan", spectra=spectra), one=dataset(SOME)):
        assert (store.thermal == thermal).all()


def test_without_faces_of_the_wanted_spectra_there_is_one_error():
    with pytest.raises(DataError, match="wants thermal training faces of at least two subjects"):
        stores(FittedModel("dan", spectra="thermal"), one=dataset(SOME, thermal=False))


def test_one_subject_is_not_enough():
    with pytest.raises(DataError, match="at least two subjects, got 3 faces of 1"):
        stores(FittedModel("dan"), one=dataset(["tested", "s1", "s1", "s1"]))


def test_options_that_cannot_be_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'thermal'"):
        FittedModel("dan", spectra="termal")
    with pytest.raises(ConfigError, match="epochs > 0"):
        FittedModel("dan", epochs=0)


def test_options_reach_the_task_and_the_model_that_comes_of_it():
    model = FittedModel(
        "validated",
        epochs=0.02,
        options={"variant": "NOBB"},
        balance="online",
        runtime={"flip_average": True},
    )
    model.fit({"one": dataset(SOME)})
    face = dataset(SOME).faces[0]
    (found,) = model.locate([face])
    assert found.quality.shape == (68,)
    assert np.ptp(found.quality) > 0
    assert {stage["balance"] for stage in model._fitted.card.training["stages"]} == {"online"}
    assert model._fitted._about.flip_average


def test_a_training_that_was_stopped_goes_on_in_its_folder(tmp_path):
    class StopError(Exception):
        pass

    def stopping(stage, done, total):
        if "fine" in stage or done == total:
            raise StopError

    told = []
    options = {"task": "mtcnn", "epochs": 0.02, "training_folder": tmp_path / "mine"}
    with pytest.raises(StopError):
        FittedModel(**options, progress=stopping).fit({"one": dataset(SOME)})
    resumed = FittedModel(**options, progress=lambda *state: told.append(state))
    resumed.fit({"one": dataset(SOME)})
    whole = FittedModel("mtcnn", epochs=0.02)
    whole.fit({"one": dataset(SOME)})
    faces = dataset(SOME).faces
    for one, other in zip(resumed.locate(faces), whole.locate(faces), strict=True):
        np.testing.assert_array_equal(one.points, other.points)
    told.clear()
    again = FittedModel(**options, progress=lambda *state: told.append(state))
    again.fit({"one": dataset(SOME)})
    assert not told  # nothing is left to learn
    with pytest.raises(ConfigError, match="another training"):
        FittedModel(**{**options, "epochs": 0.03}).fit({"one": dataset(SOME)})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"options": {"varaint": "NON"}}, "option of .*'varaint'. Did you mean 'variant'"),
        ({"runtime": {"flip_avrage": True}}, "Did you mean 'flip_average'"),
        ({"runtime": {"weights": "dan"}}, "unknown key of runtime 'weights'"),
        ({"balance": "ful"}, "Did you mean 'full'"),
    ],
)
def test_an_option_that_nothing_takes_is_refused_before_anything_is_trained(given, message):
    told = []
    model = FittedModel("validated", progress=lambda *step: told.append(step), **given)
    with pytest.raises(UnknownNameError, match=message):
        model.fit({"one": dataset(SOME)})
    assert not told


def test_the_configuration_has_one_place():
    with pytest.raises(ConfigError, match="options want no config 'paper'"):
        FittedModel("dan", options={"config": "paper"})
