import numpy as np
import pytest
import torch
from stores import made_store

from align_eval.errors import UnknownNameError
from landmark_models.nets.chu import ChuSize
from landmark_models.nets.unet import MaskSize
from landmark_models.onnx_description import Description
from landmark_models.train.task import as_loss
from landmark_models.train.tasks.chu import ChuTask, expression_loss
from landmark_models.train.tasks.dmsl import CROP, DmslTask

STORE = made_store(14)
EVERY = np.arange(14)


def small_task():
    task = ChuTask()
    task.sizes = ChuSize(size=32, landmark=MaskSize((4, 8), hidden=32, pool=2, normalise=True))
    return task


def small_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def batch_of(task, stage):
    return task.check(STORE, EVERY, stage, np.random.default_rng(0))


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_chu_is_trained_as_the_main_model_of_dmsl_is(config):
    ours, others = ChuTask(config).stages, DmslTask(config).stages[2:]
    for mine, other in zip(ours, others, strict=True):
        assert (mine.epochs, mine.rate, mine.batch, mine.patience) == (
            other.epochs, other.rate, other.batch, other.patience
        )  # fmt: skip
        assert mine.trained[0] == other.trained[0]
    assert ours[1].trained[1:] == ("expression",)


def test_an_unknown_configuration_is_refused():
    with pytest.raises(UnknownNameError, match="configuration of chu"):
        ChuTask("large")


@pytest.mark.parametrize("number", [0, 1])
def test_a_stages_loss_reaches_the_parts_that_it_trains(number):
    task = small_task()
    net, stage = small_net(task), task.stages[number]
    with torch.autocast("cpu", torch.bfloat16):
        loss = as_loss(task.loss(net, batch_of(task, stage.name), stage.name)).total
    loss.backward()
    assert torch.isfinite(loss)
    for part in stage.trained:
        for name, parameter in net.get_submodule(part).named_parameters():
            assert parameter.grad is not None, name


def test_both_stages_learn_a_few_faces():
    task = small_task()
    net = small_net(task)
    for stage, steps in zip(task.stages, (100, 250), strict=True):
        batch = batch_of(task, stage.name)
        with torch.no_grad():
            before = task.error(net, batch, stage.name).mean()
        parts = [net.get_submodule(name) for name in stage.trained]
        learning = [parameter for part in parts for parameter in part.parameters()]
        optimiser = torch.optim.Adam(learning, 1e-2)
        for _ in range(steps):
            for part in parts:
                part.train()
            optimiser.zero_grad()
            as_loss(task.loss(net, batch, stage.name)).total.backward()
            optimiser.step()
            net.eval()
        with torch.no_grad():
            after = task.error(net, batch, stage.name).mean()
        assert after < (0.75 if stage.name == "unet" else 0.4) * before


def test_an_unknown_expression_does_not_count():
    logits = torch.randn(3, 7)
    known = expression_loss(logits[:2], torch.tensor([4, 0]))
    assert expression_loss(logits, torch.tensor([4, 0, -1])) == pytest.approx(known.item())


def test_without_a_known_expression_there_is_no_loss_of_it():
    logits = torch.randn(3, 7, requires_grad=True)
    loss = expression_loss(logits, torch.full((3,), -1))
    loss.backward()
    assert loss == 0
    assert not logits.grad.any()


def test_the_expression_is_part_of_the_heads_loss():
    task = small_task()
    net = small_net(task)
    batch = dict(batch_of(task, "head"))
    whole = task.loss(net, batch, "head")
    batch["expression"] = torch.full((14,), -1)
    without = task.loss(net, batch, "head")
    assert without.total < whole.total
    assert torch.equal(without.faces, whole.faces)
    assert without.total.item() == pytest.approx(without.faces.mean().item(), rel=1e-5)


def test_what_is_exported_says_how_it_was_trained():
    exported = ChuTask().exported(small_net(small_task()))[0]
    about = Description.from_keys(exported.about)
    assert about.crop.scale == CROP
    assert exported.size == about.fixed_size() == (64, 64)
