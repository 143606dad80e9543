from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fakes import catalogs, load

from align_eval.executor import Executor
from align_eval.metric_parts import FEWEST, metric_part_rows
from align_eval.resample import compare
from align_eval.result import METRIC_PART_COLUMNS
from align_eval.scores import Scores
from align_eval.store import load_result
from align_eval.study import Part, Study

STUDY = Study(
    "small",
    datasets=(Part("fake", "fake"),),
    aligners=(Part("ground_truth", "ground_truth"), Part("noisy", "jittered")),
    metrics=("AUC", "EER", "TAR@FAR=0.1", "TAR@FAR=0.5"),
    breakdown=("variation",),
    resamples=80,
    seed=3,
)
SUBJECTS = 12


def faces(of):
    """A data set whose attributes of a face are `of` its subject's number and its shot's."""
    data = load(subjects=SUBJECTS, shots=4)
    own = tuple(
        replace(face, attributes=of(*map(int, face.id[1:].split("_")))) for face in data.faces
    )
    return replace(data, faces=own)


DATA = faces(lambda subject, shot: {"variation": "hard" if shot == 3 else "easy"})


def scored(data=DATA, seed=0, costs=0.0):
    """Scores; those of the probes of the last shot are `costs` lower if genuine."""
    trials = data.trials
    rng = np.random.default_rng(seed)
    hard = np.array([face.endswith("_3") for face in trials.probes])[trials.probe_index]
    return Scores(trials, rng.normal(0, 0.5, len(trials)) + (2 - costs * hard) * trials.genuine)


def rows(data=DATA, study=STUDY, **aligners):
    every = {"ground_truth": scored(data), "noisy": scored(data, costs=2.0), **aligners}
    return metric_part_rows(study, data, every)


def test_a_part_has_the_lead_metrics_of_its_probes_trials_alone():
    found = rows()
    assert tuple(found.columns) == METRIC_PART_COLUMNS[2:]
    assert list(dict.fromkeys(found["metric"])) == ["EER", "TAR@FAR=1e-1"]
    base, noisy = scored(), scored(costs=2.0)
    mask = np.array([f.endswith("_3") for f in base.trials.probes])[base.trials.probe_index]
    table = compare(
        {"ground_truth": base.only(mask), "noisy": noisy.only(mask)},
        "ground_truth",
        ["EER", "TAR@FAR=0.1"],
        resamples=80,
        seed=3,
    )
    own = found[found["part"] == "hard"]
    for column in ("value", "low", "high", "delta", "delta_low", "delta_high", "n_genuine"):
        np.testing.assert_array_equal(own[column], table[column])


def test_what_costs_on_one_part_costs_there_alone():
    found = rows().query("aligner == 'noisy' and metric == 'EER'").set_index("part")
    assert found.loc["easy", ["delta", "delta_low", "delta_high"]].tolist() == [0, 0, 0]
    assert found.loc["hard", "delta_low"] > 0.1


def test_the_trials_of_the_parts_are_all_trials():
    found = rows().query("aligner == 'noisy' and metric == 'EER'")
    assert found["n_genuine"].sum() == DATA.trials.n_genuine
    assert found["n_impostor"].sum() == DATA.trials.n_impostor


def test_a_part_of_too_few_trials_says_so():
    few = faces(lambda subject, shot: {"variation": "rare" if (subject, shot) == (0, 1) else "x"})
    own = rows(few).query("part == 'rare'")
    assert len(own) == 4
    assert own["value"].isna().all()
    assert own["n_genuine"].tolist() == [1] * 4
    assert set(own["note"]) == {f"too few: 1 genuine trials, at least {FEWEST} wanted"}


def test_a_part_without_the_impostors_for_a_far_says_so():
    study = replace(STUDY, metrics=("TAR@FAR=1e-4",))
    found = rows(study=study)
    assert found["note"].str.contains("insufficient impostors").all()


def test_angles_are_divided_into_ranges():
    data = faces(lambda subject, shot: {"yaw": 7.0 * subject - 40})
    found = rows(data, replace(STUDY, breakdown=("yaw",)))
    bounds = (-45, -30, -15, 0, 15, 30, 45)
    assert list(dict.fromkeys(found["part"])) == [
        f"{low} to {high}" for low, high in pairwise(bounds)
    ]


def test_an_attribute_that_the_probes_lack_is_one_row_that_says_so():
    found = rows(study=replace(STUDY, breakdown=("range", "variation")))
    first = found.iloc[0]
    assert (first["aligner"], first["attribute"], first["n_genuine"]) == ("*", "range", 0)
    assert first["note"] == "no probe of the data set has the attribute 'range'"
    assert set(found["attribute"][1:]) == {"variation"}
    assert rows(study=replace(STUDY, breakdown=())).empty


@pytest.mark.parametrize("policy", ["reject", "exclude"])
def test_failures_count_as_the_study_s_first_policy_says(policy):
    lost = Scores(DATA.trials, np.where(np.arange(len(DATA.trials)) % 3, scored().values, -np.inf))
    study = replace(STUDY, policies=(policy,))
    found = rows(study=study, noisy=lost).query("metric == 'EER' and aligner == 'noisy'")
    whole = DATA.trials.n_genuine
    assert (found["n_genuine"].sum() == whole) == (policy == "reject")


def test_a_study_divides_its_probes_and_keeps_the_table(tmp_path):
    study = replace(STUDY, breakdown=("shot",), pipelines=(Part("pixels", "pixels"),), samples=0)
    made = Executor(study, tmp_path / "a", catalogs()).run()
    table = made.metric_parts
    assert tuple(table.columns) == METRIC_PART_COLUMNS
    assert list(dict.fromkeys(table["part"])) == ["1", "2"]
    assert (table["note"].str.startswith("too few: 6 genuine")).all()
    read = load_result(tmp_path / "a").metric_parts
    assert read.to_csv() == table.to_csv()
