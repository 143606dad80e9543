import numpy as np
import pytest
import torch
from stores import made_store

from align_eval.errors import UnknownNameError
from landmark_models.nets.validated import ValidatedSize
from landmark_models.onnx_description import Description
from landmark_models.train.augment import Augmentation
from landmark_models.train.tasks.validated import (
    CROP,
    PAPER_AUGMENTATION,
    VARIANTS,
    ValidatedTask,
)

STORE = made_store(12)
EVERY = np.arange(12)
SMALL = {"size": 32, "stem": 8, "widths": (8, 12, 16), "hidden": 32}


def small_task(**options):
    task = ValidatedTask(**options)
    task.sizes = ValidatedSize(**SMALL, signal=task.sizes.signal)
    return task


def small_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def batch_of(task, seed=0):
    return task.check(STORE, EVERY, "wing", np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("option", "given", "near"),
    [("config", "compcat", "compact"), ("variant", "BBB", "BB"), ("distance", "manhatan", "manha")],
)
def test_an_unknown_option_is_refused(option, given, near):
    with pytest.raises(UnknownNameError, match=f"'{given}'.*Did you mean '{near}"):
        ValidatedTask(**{option: given})


@pytest.mark.parametrize("config", ["paper", "compact"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_fixes_the_outputs_and_the_balance(config, variant):
    task = ValidatedTask(config, variant)
    signal, balance = VARIANTS[variant]
    assert task.sizes.signal == signal
    assert {stage.balance for stage in task.stages} == {balance}


def test_the_papers_training_is_that_of_its_section_5():
    stages = ValidatedTask("paper").stages
    assert [(stage.name.partition("-")[0], stage.epochs, stage.rate) for stage in stages] == [
        ("l2", 2000, 1e-8),
        ("l2", 2000, 1e-7),
        ("l1", 2000, 1e-7),
        ("l1", 2000, 1e-6),
        ("wing", 300, 1e-6),
        ("wing", 300, 1e-7),
        ("wing", 300, 1e-8),
    ]
    for stage in stages:
        assert (stage.optimiser, stage.batch, stage.weight_decay) == ("sgd", 10, 5e-4)
        assert (stage.schedule, stage.warmup, stage.clip) == ("constant", 0, 0)


@pytest.mark.parametrize("config", ["paper", "compact"])
@pytest.mark.parametrize("variant", ["NON", "BB"])
@pytest.mark.parametrize("stage", ["l2-faster", "l1", "wing"])
def test_a_loss_is_one_of_each_face_and_reaches_every_layer(config, variant, stage):
    task = small_task(config=config, variant=variant)
    net = small_net(task)
    with torch.autocast("cpu", torch.bfloat16):
        loss = task.loss(net, batch_of(task), stage)
    assert loss.shape == ((12,) if config == "paper" else (12, 68))
    loss.mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize(("distance", "order"), [("manhattan", 1), ("euclidean", 2)])
def test_the_gradients_of_the_papers_l2_are_those_of_equation_3(distance, order):
    task = small_task(config="paper", distance=distance)
    net, batch = small_net(task), batch_of(task)
    task.loss(net, batch, "l2").sum().backward()
    with torch.no_grad():
        points, signal = net(batch["images"])
        off = batch["points"] - points
        expected = torch.linalg.vector_norm(off, ord=order, dim=2) - signal
    rows = torch.cat([off, expected[..., None]], dim=2).flatten(1)
    assert torch.allclose(-net.answer.bias.grad, rows.sum(dim=0), rtol=1e-4)


def test_the_signal_does_not_change_what_the_points_learn():
    (small, with_signal), (_, without) = (
        (task, small_net(task)) for task in (small_task(), small_task(variant="NON"))
    )
    batch = batch_of(small)
    with torch.no_grad():
        for name, value in without.state_dict().items():
            if not name.startswith("answer"):
                value.copy_(with_signal.state_dict()[name])
        without.answer.weight.copy_(with_signal.answer.weight.view(68, 3, -1)[:, :2].flatten(0, 1))
    small.loss(with_signal, batch, "wing").sum().backward()
    small_task(variant="NON").loss(without, batch, "wing").sum().backward()
    mine = with_signal.answer.weight.grad.view(68, 3, -1)[:, :2].flatten(0, 1)
    assert torch.allclose(mine, without.answer.weight.grad, rtol=1e-4, atol=1e-5)


def test_a_few_faces_and_how_far_off_they_are_can_be_learnt():
    task = small_task()
    net, batch = small_net(task).train(), batch_of(task)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    before = task.error(net, batch, "wing").mean()
    for _ in range(60):
        optimiser.zero_grad()
        task.loss(net, batch, "wing").mean().backward()
        optimiser.step()
    assert task.error(net, batch, "wing").mean() < 0.5 * before
    with torch.no_grad():
        points, signal = net(batch["images"])
    apart = (points - batch["points"]).abs().sum(dim=2)
    assert np.corrcoef(apart.flatten(), signal.flatten())[0, 1] > 0.4


def test_the_papers_faces_are_moved_turned_and_covered_as_its_section_5_says():
    how = PAPER_AUGMENTATION
    assert (how.shift, how.noise / 255, how.blurs, how.erased) == (0.2, 0.2, (1, 1.3), (0, 0.5))
    assert np.deg2rad(how.rotation) == pytest.approx(1)
    assert how.shades == ((0, 30), (200, 255), (0, 255))
    assert ValidatedTask("paper")._how == how
    assert ValidatedTask()._how == Augmentation()


@pytest.mark.parametrize(("variant", "outputs"), [("NON", 1), ("BB", 2)])
def test_what_is_exported_grades_its_points_in_sides_of_the_crop(variant, outputs):
    task = small_task(variant=variant)
    net = small_net(task)
    (exported,) = task.exported(net)
    about = Description.from_keys(exported.about)
    assert exported.outputs == ("points", "quality")[:outputs]
    assert about.quality == ("quality" if outputs == 2 else None)
    assert (about.crop.scale, about.fixed_size()) == (CROP, (32, 32))
    images = batch_of(task)["images"]
    with torch.no_grad():
        found, answer = net(images), exported.module(images)
    if outputs == 1:
        assert torch.equal(answer, found.points)
    else:
        assert torch.equal(answer[0], found.points)
        assert torch.allclose(answer[1], -found.signal / 32)
