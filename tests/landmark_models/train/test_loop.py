import csv
from dataclasses import replace

import numpy as np
import pytest
import torch
from stores import made_store
from tasks import TinyTask

from align_eval.errors import ConfigError, DataError, UnknownNameError
from landmark_models.train.checkpoint import load_checkpoint
from landmark_models.train.log import LOG_COLUMNS
from landmark_models.train.loop import AHEAD, Settings, train
from landmark_models.train.task import Loss, Stage

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


def judgements(folder):
    """Of every validation, not only of the best one, whose weights are kept."""
    return [(row["stage"], row["step"], row["error"]) for row in logged(folder)]


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


def watched(task):
    """A task, and the faces of all samples that are asked of it."""
    seen, draw = [], task.sample
    task.sample = lambda store, chosen, stage, rng: (
        seen.append(chosen) or draw(store, chosen, stage, rng)
    )
    return task, seen


@pytest.mark.parametrize("balance", ["online", "full"])
@pytest.mark.parametrize("reports", [1, 4])
def test_a_balanced_training_that_was_stopped_ends_as_if_it_had_not_been(
    tmp_path, balance, reports
):
    """All losses are found anew every third step: not at those where it is stopped."""
    task = TinyTask(Stage("all", 2, 3e-2, batch=2, balance=balance, schedule="constant"))

    def loss(network, batch, stage):
        each = task.error(network, batch, stage)
        return Loss(each.mean(), each**16)  # so different that who is drawn depends on each change

    task.loss = loss
    store, always = made_store(60), replace(ONE, checkpoint_seconds=-1.0)
    whole = train(task, store, VALIDATION, ONE, tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(task, store, VALIDATION, always, tmp_path / "part", stopping_at(reports))
    resumed = train(task, store, VALIDATION, always, tmp_path / "part")
    assert same(weights(whole), weights(resumed))
    assert judgements(tmp_path / "whole") == judgements(tmp_path / "part")


def test_an_online_training_draws_by_the_losses_of_as_many_steps_before(tmp_path):
    """Face 3 alone has a loss; it is the only one once all faces are known."""
    task, seen = watched(TinyTask(Stage("all", 40, 0.0, batch=8, balance="online")))
    draw = task.sample

    def loss(network, batch, stage):
        only = (batch["own"] == 3).float()
        return only + 0 * network.head.weight.sum()

    def sample(store, chosen, stage, rng):
        return {**draw(store, chosen, stage, rng), "own": torch.from_numpy(chosen)}

    task.loss, task.sample = loss, sample
    train(task, STORE, VALIDATION, ONE, tmp_path)
    known = set()
    for step, faces in enumerate(seen):
        known = set(np.concatenate(seen[: max(0, step - AHEAD + 1)] or [np.array([], int)]))
        if len(known) == 16:
            assert set(faces) == {3}
    assert len(known) == 16


def test_a_full_training_learns_all_losses_before_it_begins_and_every_tenth_of_an_epoch(tmp_path):
    task, seen = watched(TinyTask(Stage("all", 2, 1e-3, batch=2, balance="full")))
    train(task, made_store(40), VALIDATION, ONE, tmp_path)
    every = [faces for faces in seen if len(faces) > 2]
    assert seen[0].tolist() == list(range(40))
    assert len(every) == 2 * 10  # before the first step, but not after the last
    assert len(seen) - len(every) == 2 * 40 / 2


def test_a_balance_of_the_settings_overrules_that_of_the_stages(tmp_path):
    task, seen = watched(TinyTask(Stage("all", 1, 1e-3, batch=4, balance="online")))
    train(task, STORE, VALIDATION, replace(ONE, balance="none"), tmp_path)
    assert sorted(np.concatenate(seen).tolist()) == list(range(16))
    with pytest.raises(UnknownNameError, match="Did you mean 'online'"):
        Settings(balance="onlin")


@pytest.mark.parametrize("balance", ["online", "full"])
def test_a_loss_of_whole_batches_cannot_be_balanced_by(tmp_path, balance):
    task = TinyTask(Stage("all", 1, 1e-3, batch=4, balance=balance))
    task.loss = lambda network, batch, stage: task.error(network, batch, stage).mean()
    with pytest.raises(ConfigError, match=f"'{balance}' wants a loss of each face; stage 'all'"):
        train(task, STORE, VALIDATION, ONE, tmp_path)


def test_a_loss_may_say_what_each_face_counts_for(tmp_path):
    task, seen = watched(TinyTask(Stage("all", 20, 1e-3, batch=8, balance="full")))

    def loss(network, batch, stage):
        each = task.error(network, batch, stage)
        return Loss(each.mean(), torch.arange(len(each)).float() % 16 == 5)

    task.loss = loss
    train(task, STORE, VALIDATION, ONE, tmp_path)
    drawn = [faces for faces in seen if len(faces) == 8]
    assert set(np.concatenate(drawn)) == {5}


@pytest.mark.parametrize("shape", [(), (4,), (4, 3)])
def test_a_step_minimises_the_mean_of_what_the_task_gives(tmp_path, shape):
    """With a loss that is the sum of the weights, the step is the same whatever its shape."""
    task = TinyTask(Stage("head", 1, 1e-3, batch=4, trained=("head",), optimiser="sgd"))
    task.loss = lambda network, batch, stage: network.head.bias.sum() * torch.ones(shape)
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    torch.manual_seed(ONE.seed)
    before = task.network(STORE).head.bias
    moved = (before - trained.network.head.bias).detach()
    assert moved.min() == pytest.approx(moved.max().item(), rel=1e-3)
    assert moved.min() > 0


@pytest.mark.parametrize(("clip", "norm"), [(0.5, 0.5), (0.0, None)])
def test_a_gradient_is_clipped_to_the_stages_norm(tmp_path, clip, norm):
    stage = Stage("head", 0.25, 1.0, 4, ("head",), "constant", "sgd", clip=clip, warmup=0)
    task = TinyTask(stage)
    task.loss = lambda network, batch, stage: 3 * network.head.bias.sum()
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    torch.manual_seed(ONE.seed)
    before = task.network(STORE).head.bias
    moved = torch.linalg.vector_norm(before - trained.network.head.bias).item()
    assert moved == pytest.approx(norm or 3 * 136**0.5, rel=1e-3)


def test_a_task_without_stages_is_judged_as_it_is_made(tmp_path):
    task = TinyTask.as_made()
    trained = train(task, STORE, VALIDATION, ONE, tmp_path)
    torch.manual_seed(ONE.seed)
    assert same(weights(trained), task.network(STORE).state_dict())
    (row,) = logged(tmp_path)
    assert (row["stage"], row["step"], row["loss"]) == ("", "0", "")
    mean = np.mean([found["error"] for found in trained.errors.values()])
    assert float(row["error"]) == pytest.approx(mean, rel=1e-4)
    assert trained.stages == ()
    assert trained.seconds > 0


@pytest.mark.parametrize(
    ("value", "other"),
    [("manhattan", "euclidean"), (1, 2), (("flip",), ()), (frozenset({"a", "b"}), frozenset("a"))],
)
def test_a_task_of_other_options_is_another_training(tmp_path, value, other):
    task = TinyTask()
    task.chosen = value
    train(task, STORE, VALIDATION, ONE, tmp_path)
    train(task, STORE, VALIDATION, ONE, tmp_path)
    task.chosen = other
    with pytest.raises(ConfigError, match="another training: options differ"):
        train(task, STORE, VALIDATION, ONE, tmp_path)
