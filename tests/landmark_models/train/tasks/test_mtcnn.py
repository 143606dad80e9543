from dataclasses import replace

import numpy as np
import pytest
import torch
from stores import made_store

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.mtcnn import SIZES, WINDOW
from landmark_models.onnx_description import Description
from landmark_models.train.store import bounding
from landmark_models.train.tasks.mtcnn import FACE, NONE, MtcnnTask

STORE = made_store(24)
EVERY = np.arange(24)
STAGES = ("stage1", "stage2", "stage3")


def made_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def batch_of(task, stage, kind="sample", seed=0):
    return getattr(task, kind)(STORE, EVERY, stage, np.random.default_rng(seed))


def judged(task, net, stage):
    with torch.no_grad():
        return task.error(net, batch_of(task, stage, "check"), stage)


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_each_stage_is_trained_on_its_own(config):
    stages = MtcnnTask(config).stages
    assert [(stage.name, stage.trained) for stage in stages] == [(name, (name,)) for name in STAGES]


def test_an_unknown_configuration_is_refused():
    with pytest.raises(UnknownNameError, match=r"'compcat'.*Did you mean 'compact'"):
        MtcnnTask("compcat")


def test_a_store_that_cannot_give_five_points_is_refused():
    less = replace(STORE, points=STORE.points[:, :5], scheme=scheme_named("dlib5"))
    with pytest.raises(LandmarkError, match="left_mouth"):
        MtcnnTask().check(less, EVERY, "stage3", np.random.default_rng(0))


@pytest.mark.parametrize("config", ["paper", "compact"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_loss_is_finite_and_reaches_its_stage_alone(config, stage):
    task = MtcnnTask(config)
    net = made_net(task)
    with torch.autocast("cpu", torch.bfloat16):
        loss = task.loss(net, batch_of(task, stage), stage).total
    loss.backward()
    assert torch.isfinite(loss)
    for name, parameter in net.named_parameters():
        assert (parameter.grad is not None) == name.startswith(stage), name


@pytest.mark.parametrize("stage", STAGES)
def test_windows_of_a_sample_have_the_stages_size_one_a_face(stage):
    batch = batch_of(MtcnnTask(), stage)
    size = SIZES[STAGES.index(stage)]
    assert batch["images"].shape == (24, 1, size, size)


def test_a_paper_batch_minimises_one_of_three_losses_and_all_come_up():
    counted = {
        tuple(batch_of(MtcnnTask("paper"), "stage2", seed=seed)["counts"].any(dim=0).tolist())
        for seed in range(30)
    }
    assert counted == {(True, False, False), (False, True, False), (False, False, True)}


def test_only_parts_of_a_face_are_not_classified():
    for seed in range(5):
        batch = batch_of(MtcnnTask(), "stage1", seed=seed)
        face, box = batch["counts"][:, 0], batch["counts"][:, 1]
        assert (batch["face"].bool() <= face).all()
        assert (batch["face"].bool() <= box).all()
        assert not (~box & ~face).all()
    assert NONE < FACE


def test_windows_that_do_not_count_do_not_change_the_loss():
    task = MtcnnTask()
    net, batch = made_net(task), batch_of(task, "stage2")
    before = task.loss(net, batch, "stage2").total
    for name, column in (("face", 0), ("box", 1), ("points", 2)):
        out = ~batch["counts"][:, column]
        assert out.any()
        batch[name] = batch[name].clone()
        batch[name][out] = 0.5
    assert task.loss(net, batch, "stage2").total == before


def test_the_box_and_the_points_are_those_of_the_window():
    batch = batch_of(MtcnnTask(), "stage3", "check")
    edges = batch["box"].numpy() + [0, 0, 1, 1]
    side = (edges[:, 2:] - edges[:, :2]).max(axis=1)
    # Jitter scales a box by a tenth and the window measures WINDOW of its longer sides.
    assert (np.abs(side * WINDOW - 1) < 0.12).all()
    points = batch["points"].view(24, 5, 2).numpy() + 0.5
    assert (points > edges[:, None, :2]).all()
    assert (points < edges[:, None, 2:]).all()


def test_stages_before_the_last_are_judged_by_faces_and_other_windows_alike():
    face = batch_of(MtcnnTask(), "stage1", "check")["face"]
    assert 0.25 < face.mean() <= 0.65
    assert batch_of(MtcnnTask(), "stage3", "check")["counts"][:, 2].all()


def test_an_error_of_stage_3_is_that_of_the_served_points_over_the_outer_eye_corners():
    task = MtcnnTask()
    net = made_net(task)
    batch = batch_of(task, "stage3", "check")
    served = task.exported(net)[0].module
    with torch.no_grad():
        found = served(batch["images"])[0].numpy()
    wanted = (batch["points"].view(24, 5, 2).numpy() + 0.5) * 48 - 0.5
    apart = np.linalg.norm(found - wanted, axis=2).mean(axis=1)
    assert judged(task, net, "stage3").numpy() == pytest.approx(
        apart / (batch["span"].numpy() * 48), rel=1e-3
    )


def test_the_span_is_the_distance_of_the_outer_eye_corners_in_sides_of_the_window():
    task = MtcnnTask()
    batch = batch_of(task, "stage3", "check")
    points = STORE.points
    span = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
    longer = [max(bounding(shape)[2:]) for shape in points]
    ratio = batch["span"].numpy() / (span / longer / WINDOW)
    assert (np.abs(np.log(ratio)) < 0.12).all()


def test_every_stage_learns_a_few_faces():
    task = MtcnnTask()
    net = made_net(task)
    for stage, steps in (("stage1", 150), ("stage2", 60), ("stage3", 60)):
        before = judged(task, net, stage).mean()
        optimiser = torch.optim.Adam(net.get_submodule(stage).parameters(), 3e-3)
        for step in range(steps):
            optimiser.zero_grad()
            task.loss(net, batch_of(task, stage, seed=step % 8), stage).total.backward()
            optimiser.step()
        assert judged(task, net, stage).mean() < 0.6 * before, stage


def test_what_is_exported_says_how_it_was_trained():
    points, first, second = MtcnnTask().exported(made_net(MtcnnTask()))
    about = Description.from_keys(points.about)
    assert about.crop.scale == WINDOW
    assert points.size == about.fixed_size() == (48, 48)
    assert (first.name, first.free, first.about) == ("mtcnn-stage1", True, {})
    assert (second.name, second.free, second.size) == ("mtcnn-stage2", False, (24, 24))


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_a_window_counts_for_its_own_losses_hard_or_not_and_for_nothing_without_any(config):
    task = MtcnnTask(config)
    net, batch = made_net(task), dict(batch_of(task, "stage2"))
    batch["counts"] = torch.ones_like(batch["counts"])
    batch["counts"][0] = False
    with torch.no_grad():
        own = task.loss(net, batch, "stage2").faces
        for k in range(1, len(own)):
            alone = {key: value[k : k + 1] for key, value in batch.items()}
            total = task.loss(net, alone, "stage2").total.item()
            assert own[k].item() == pytest.approx(total, rel=1e-4)
    assert own[0].isnan()
