"""Sensitivity studies made of other studies, and the verb for them."""

from dataclasses import replace

import pytest

from align_eval.cli import main
from align_eval.config import packaged_studies, read_study
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.roles import Roles
from align_eval.sensitivity import Sensitivity
from align_eval.sensitivity_app import ON, sensitivity_study

STUDY = read_study("thermal_to_visible")


def test_models_are_replayed_and_yardsticks_are_not():
    made = sensitivity_study(STUDY)
    names = [part.name for part in made.aligners]
    assert names == [made.baseline, *made.sensitivity.replay]
    assert {"dan", "mtcnn"} <= set(names)
    assert not {"box", "jitter5"} & set(names)
    assert [part.name for part in made.pipelines] == [STUDY.pipelines[0].name]
    assert (made.claims, made.published, made.discard) == ((), (), ())
    assert made.roles == STUDY.roles


def test_what_is_said_counts():
    made = sensitivity_study(
        STUDY,
        on="both",
        pipelines=["dog_pls"],
        kinds=["points"],
        levels=[0.02],
        replay=["pbc"],
        repeats=None,
    )
    assert made.roles == Roles("baseline", "tested", "tested")
    assert [part.name for part in made.aligners] == ["ground_truth", "pbc"]
    assert [part.name for part in made.pipelines] == ["dog_pls"]
    assert made.sensitivity == Sensitivity(("points",), (0.02,), replay=("pbc",))


def test_a_studys_own_table_is_kept_where_nothing_else_is_said():
    own = replace(STUDY, sensitivity=Sensitivity(("scale",), (0.2,), 1, ("dan",)))
    made = sensitivity_study(own, repeats=2)
    assert made.sensitivity == Sensitivity(("scale",), (0.2,), 2, ("dan",))


def test_metrics_over_folds_are_left_out():
    made = sensitivity_study(read_study("lfw_aligners"), kinds=["jitter"])
    assert "10-fold accuracy" not in made.metrics
    assert made.baseline == "yunet"
    assert made.sensitivity.replay == ("dlib68", "ghostone98")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"on": "gallry"}, r"side whose landmarks are moved 'gallry'.*gallery"),
        ({"pipelines": ["dpm_pl"]}, r"pipeline 'dpm_pl'.*dpm_pls"),
        ({"replay": ["nobody"]}, "aligner to replay 'nobody'"),
        ({"kinds": ["nobody"]}, "kind of perturbation 'nobody'"),
    ],
)
def test_unknown_names_are_named(settings, words):
    with pytest.raises(UnknownNameError, match=words):
        sensitivity_study(STUDY, **settings)


def test_a_study_that_verifies_nothing_is_refused():
    with pytest.raises(ConfigError, match="has no pipelines: landmark errors cost nothing"):
        sensitivity_study(read_study("helen_landmarks"))


@pytest.mark.parametrize("name", packaged_studies())
def test_every_packaged_study_that_verifies_has_one(name):
    study = read_study(name)
    if study.pipelines:
        assert sensitivity_study(study).sensitivity.sweeps()


def test_every_side_leaves_something_to_the_aligner_under_test():
    assert all("tested" in roles.to_config().values() for roles in ON.values())


CONFIG = """
name = "tiny"
baseline = "ground_truth"
metrics = ["EER"]
resamples = 40
samples = 2
normalisers = ["ipn"]
aligners = ["ground_truth"]

[[datasets]]
name = "fake"
model = "fakes:load"
subjects = 6

[[pipelines]]
name = "pixels"
model = "fakes:Pixels"
"""


def test_the_verb_runs_and_names_the_report(tmp_path, capsys):
    study = tmp_path / "tiny.toml"
    study.write_text(CONFIG, encoding="utf-8")
    out = tmp_path / "run"
    words = ["sensitivity", str(study), "--out", str(out), "--kinds", "jitter,shift_x"]
    words += ["--levels", "0.1,0.3", "--repeats", "1", "--on", "probes", "--format", "html,md,csv"]
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(out / "report.html")
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "What moved landmarks cost" in text
    assert "Every point off at random by" in text
    assert (out / "tables" / "sensitivity.csv").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--levels", "a"], "--levels wants numbers, got 'a'"),
        (["--workers", "0"], "--workers wants at least 1, got 0"),
        (["--levels", "0"], "levels want finite numbers above 0, got 0.0"),
        (["--kinds", "jiter"], "'jiter'"),
    ],
)
def test_the_verb_refuses_in_one_line(tmp_path, capsys, words, said):
    assert main(["sensitivity", "thermal_to_visible", "--out", str(tmp_path), *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
