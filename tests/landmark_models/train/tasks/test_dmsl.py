import numpy as np
import pytest
import torch
from stores import made_store

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.dmsl import DmslSize
from landmark_models.nets.unet import MaskSize
from landmark_models.onnx_description import Description
from landmark_models.train.store import Store
from landmark_models.train.task import as_loss
from landmark_models.train.tasks.dmsl import CROP, DmslTask, landmark_loss, mask_loss, overlap

STORE = made_store(16)
EVERY = np.arange(16)
TINY = MaskSize((4, 8), hidden=32, pool=2, normalise=True)
STAGES = ("boundary-unet", "boundary-head", "landmark-unet", "landmark-head")


def small_task():
    task = DmslTask()
    task.sizes = DmslSize(size=32, boundary=TINY, landmark=TINY)
    return task


def small_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def five_points():
    images, points = STORE.images[:, :, :], STORE.points[:, :5]
    return Store(
        images, points, STORE.thermal, STORE.expression, STORE.ids, STORE.subjects,
        scheme_named("five"),
    )  # fmt: skip


def learn(task, net, stage, steps, rate):
    part = net.get_submodule(stage.trained[0])
    optimiser = torch.optim.Adam(part.parameters(), rate)
    batches = [task.check(STORE, EVERY, stage.name, np.random.default_rng(k)) for k in (0, 1)]
    for step in range(steps):
        batch = batches[step % 2]
        net.eval()
        part.train()
        optimiser.zero_grad()
        as_loss(task.loss(net, batch, stage.name)).total.backward()
        optimiser.step()
    net.eval()


def judged(task, net, stage):
    with torch.no_grad():
        batch = task.check(STORE, EVERY, stage.name, np.random.default_rng(0))
        return task.error(net, batch, stage.name)


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_each_model_draws_before_it_reads_and_the_box_comes_first(config):
    stages = DmslTask(config).stages
    assert tuple(stage.name for stage in stages) == STAGES
    assert [stage.trained for stage in stages] == [
        ("boundary.unet",), ("boundary.reader",), ("landmark.unet",), ("landmark.reader",)
    ]  # fmt: skip


def test_an_unknown_configuration_is_refused():
    with pytest.raises(UnknownNameError, match=r"'compcat'.*Did you mean 'compact'"):
        DmslTask("compcat")


def test_a_store_that_cannot_give_68_points_is_refused():
    with pytest.raises(LandmarkError, match="ibug68"):
        DmslTask().check(five_points(), EVERY, STAGES[3], np.random.default_rng(0))


@pytest.mark.parametrize("number", range(4))
def test_a_stages_loss_reaches_the_part_that_it_trains(number):
    task = small_task()
    net, stage = small_net(task), task.stages[number]
    batch = task.sample(STORE, EVERY, stage.name, np.random.default_rng(0))
    with torch.autocast("cpu", torch.bfloat16):
        loss = as_loss(task.loss(net, batch, stage.name)).total
    loss.backward()
    assert torch.isfinite(loss)
    for name, parameter in net.get_submodule(stage.trained[0]).named_parameters():
        assert parameter.grad is not None, name


def test_the_main_models_losses_do_not_touch_the_auxiliary_model():
    task = small_task()
    net = small_net(task)
    batch = task.sample(STORE, EVERY, STAGES[3], np.random.default_rng(0))
    for stage in STAGES[2:]:
        task.loss(net, batch, stage).mean().backward()
    assert all(parameter.grad is None for parameter in net.boundary.parameters())


def test_every_stage_learns_a_few_faces():
    task = small_task()
    net = small_net(task)
    for stage, steps, rate in zip(task.stages, (40, 100, 60, 200), (1e-2,) * 4, strict=True):
        before = judged(task, net, stage).mean()
        learn(task, net, stage, steps, rate)
        after = judged(task, net, stage).mean()
        assert after < (0.75 if stage.name.endswith("unet") else 0.4) * before, stage.name


def test_an_error_is_that_of_the_points_over_the_outer_eye_corners():
    task = small_task()
    net = small_net(task)
    batch = task.check(STORE, EVERY, STAGES[3], np.random.default_rng(0))
    with torch.no_grad():
        found, wanted = net(batch["images"]).numpy(), batch["points"].numpy()
    apart = np.linalg.norm(found - wanted, axis=2).mean(axis=1)
    span = np.linalg.norm(wanted[:, 36] - wanted[:, 45], axis=1)
    assert judged(task, net, task.stages[3]).numpy() == pytest.approx(apart / span, rel=1e-4)


def test_the_box_of_a_sample_is_that_of_its_points():
    batch = small_task().check(STORE, EVERY, STAGES[0], np.random.default_rng(0))
    low, high = batch["points"].amin(dim=1), batch["points"].amax(dim=1)
    assert torch.equal(batch["boxes"], torch.cat([low, high - low], dim=1))
    assert overlap(batch["boxes"], batch["boxes"]).tolist() == pytest.approx([1.0] * 16)


def test_every_landmark_lies_in_the_crop_when_the_box_is_off_by_a_tenth():
    batch = DmslTask().check(STORE, np.repeat(EVERY, 20), STAGES[0], np.random.default_rng(0))
    side = DmslTask().sizes.size
    assert batch["points"].min() > -0.5
    assert batch["points"].max() < side - 0.5


def test_the_main_model_learns_on_own_and_on_given_boxes():
    task = small_task()
    net = small_net(task)
    batch = task.sample(STORE, EVERY, STAGES[2], np.random.default_rng(0))
    assert 0 < batch["own"].sum() < 16
    assert (overlap(batch["given"], batch["boxes"]) > 0.7).all()
    found = task.loss(net, batch, STAGES[2]).mean()
    own = {**batch, "own": torch.ones(16, dtype=torch.bool)}
    without = {key: value for key, value in batch.items() if key not in ("own", "given")}
    alone, unsaid = (task.loss(net, one, STAGES[2]).mean() for one in (own, without))
    assert alone == unsaid != found


def test_equation_2_is_the_squared_distance_in_hundredths_of_the_side():
    found = torch.tensor([[[3.0, 4.0], [0.0, 0.0]]])
    assert landmark_loss(found, torch.zeros(1, 2, 2), 50).tolist() == [[4 * 25, 0]]


def test_equation_4_is_the_cross_entropy_of_the_masks():
    logits, masks = torch.randn(2, 1, 4, 4), torch.rand(2, 1, 4, 4)
    drawn = torch.sigmoid(logits)
    wanted = -(masks * drawn.log() + (1 - masks) * (1 - drawn).log()).mean(dim=(1, 2, 3))
    assert mask_loss(logits, masks).numpy() == pytest.approx(wanted.numpy(), abs=1e-5)


def test_what_is_exported_says_how_it_was_trained():
    task = DmslTask()
    exported = task.exported(small_net(small_task()))[0]
    about = Description.from_keys(exported.about)
    assert about.crop.scale == CROP
    assert exported.size == about.fixed_size() == (64, 64)
