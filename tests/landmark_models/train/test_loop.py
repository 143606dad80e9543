import csv
from dataclasses import replace

import numpy as np
import pytest
import torch
from stores import made_store
from tasks import TinyTask

from align_eval.errors import ConfigError, DataError
from landmark_models.train.checkpoint import load_checkpoint
from landmark_models.train.loop import LOG_COLUMNS, Settings, train
from landmark_models.train.task import Stage

STORE, VALIDATION = made_store(16), made_store(6, seed=1)
ONE = Settings(seed=3, threads=1, bf16=False)


class Interrupted(Exception):
    pass


def stopping_at(count):
    """A progress that stops the training after a number of reports."""
    calls = []

    def progress(stage, done, total):
        calls.append((stage, done, total))
        if len(calls) == count:
            raise Interrupted

    return progress


def weights(trained):
    return {name: value.clone() for name, value in trained.network.state_dict().items()}


def logged(folder):
    return list(csv.DictReader((folder / "log.csv").read_text().splitlines()))


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_training_lowers_the_error(tmp_path):
    task = TinyTask(Stage("all", 40, 1e-2, batch=8))
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    rows = logged(tmp_path)
    assert tuple(rows[0]) == LOG_COLUMNS
    assert float(rows[-1]["loss"]) < 0.6 * float(rows[0]["loss"])
    assert trained.errors["thermal"]["n"] == trained.errors["visible"]["n"] == 3


def test_the_same_seed_gives_the_same_weights_and_another_others(tmp_path):
    first = train(TinyTask(), STORE, VALIDATION, ONE, tmp_path / "a")
    again = train(TinyTask(), STORE, VALIDATION, ONE, tmp_path / "b")
    other = train(TinyTask(), STORE, VALIDATION, replace(ONE, seed=4), tmp_path / "c")
    assert same(weights(first), weights(again))
    assert not same(weights(first), weights(other))


@pytest.mark.parametrize("reports", [1, 2])
def test_a_stopped_training_ends_as_if_it_had_not_been_stopped(tmp_path, reports):
    task = TinyTask(*(Stage(n, 3, 1e-3, batch=4, trained=(n,)) for n in ("base", "head")))
    whole = train(task, STORE, VALIDATION, ONE, tmp_path / "whole")
    always = replace(ONE, checkpoint_seconds=-1.0)
    with pytest.raises(Interrupted):
        train(task, STORE, VALIDATION, always, tmp_path / "part", stopping_at(reports))
    resumed = train(task, STORE, VALIDATION, always, tmp_path / "part")
    assert same(weights(whole), weights(resumed))
    assert resumed.errors == whole.errors


def test_frozen_parts_do_not_move_not_even_their_batch_statistics(tmp_path):
    task = TinyTask(Stage("head", 3, 1e-2, batch=4, trained=("head",)))
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    torch.manual_seed(ONE.seed)
    new = task.network(STORE).state_dict()
    after = trained.network.state_dict()
    moved = {name for name in new if not torch.equal(new[name], after[name])}
    assert moved == {"head.weight", "head.bias"}


def test_patience_ends_a_stage_that_does_not_get_better(tmp_path):
    task = TinyTask(Stage("all", 50, 0.0, batch=4, patience=2))
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    assert trained.stages[0]["steps"] < 50 * 4


def test_the_best_weights_are_kept_not_the_last(tmp_path):
    task = TinyTask(Stage("all", 6, 1e-2, batch=4, schedule="constant"))
    task.loss = lambda network, batch, stage: -task.error(network, batch, stage).mean()
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    errors = [float(row["error"]) for row in logged(tmp_path)]
    assert trained.stages[0]["error"] == pytest.approx(min(errors), rel=1e-4)
    assert errors[-1] > min(errors)


def test_someone_who_is_validated_on_is_not_trained_on(tmp_path):
    with pytest.raises(DataError, match="'0-s0' is both trained on and validated on"):
        train(TinyTask(), STORE, STORE, ONE, tmp_path)


def test_a_checkpoint_of_another_training_is_refused_by_what_differs(tmp_path):
    train(TinyTask(), STORE, VALIDATION, ONE, tmp_path)
    with pytest.raises(ConfigError, match="another training: seed differ"):
        train(TinyTask(), STORE, VALIDATION, replace(ONE, seed=9), tmp_path)


def test_a_damaged_checkpoint_is_one_clear_error(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"\x80\x04nonsense")
    with pytest.raises(ConfigError, match=r"checkpoint\.pt cannot be read"):
        load_checkpoint(tmp_path / "checkpoint.pt", {})


def test_a_checkpoint_executes_nothing(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (tmp_path / "harmed").write_text, ("x",)

    torch.save({"identity": Hostile()}, tmp_path / "checkpoint.pt")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_checkpoint(tmp_path / "checkpoint.pt", {})
    assert not (tmp_path / "harmed").exists()


def test_a_training_that_diverges_says_so(tmp_path):
    task = TinyTask(Stage("all", 1, 1e-3, batch=4))
    task.loss = lambda network, batch, stage: network.head.weight.sum() * float("nan")
    with pytest.raises(ConfigError, match="'tiny' has diverged in stage 'all', step 0"):
        train(task, STORE, VALIDATION, ONE, tmp_path)


def test_a_device_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no device 'abacus'"):
        train(TinyTask(), STORE, VALIDATION, replace(ONE, device="abacus"), tmp_path)


def test_every_face_comes_once_in_an_epoch(tmp_path):
    seen = []
    task = TinyTask(Stage("all", 2, 1e-3, batch=4))
    draw = task.sample
    task.sample = lambda store, chosen, stage, rng: (
        seen.append(chosen) or draw(store, chosen, stage, rng)
    )
    train(task, STORE, VALIDATION, ONE, tmp_path)
    for epoch in (seen[:4], seen[4:]):
        assert sorted(np.concatenate(epoch).tolist()) == list(range(16))
