from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from stores import made_store

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.nets.pbc import EDGE, PATCH, PbcSize, cells, patches
from landmark_models.onnx_description import Description
from landmark_models.train.tasks.pbc import (
    CROP,
    FAR,
    NEAR,
    NEGATIVE,
    NONE,
    POSITIVE,
    PbcTask,
    classes_of,
    overlaps,
)

STORE = made_store(6)
EVERY = np.arange(6)
SMALL = PbcSize((8, 12, 12, 16, 24, 24))


def small_task(config="compact"):
    task = PbcTask(config)
    task.sizes = SMALL
    return task


def made_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def batch_of(task, kind="sample", seed=0):
    return getattr(task, kind)(STORE, EVERY, "patches", np.random.default_rng(seed))


def test_an_unknown_configuration_is_refused():
    with pytest.raises(UnknownNameError, match=r"'compcat'.*Did you mean 'compact'"):
        PbcTask("compcat")


def test_a_store_that_cannot_give_five_points_is_refused():
    less = replace(STORE, points=STORE.points[:, :5], scheme=scheme_named("dlib5"))
    with pytest.raises(LandmarkError, match="left_mouth"):
        PbcTask().check(less, EVERY, "patches", np.random.default_rng(0))


def test_the_paper_classifies_128_patches_a_step():
    stage = PbcTask("paper").stages[0]
    chosen = np.arange(stage.batch) % 6
    batch = PbcTask("paper").sample(STORE, chosen, "patches", np.random.default_rng(0))
    assert batch["classes"].numel() == 128
    assert (stage.epochs, stage.rate, stage.optimiser) == (4, 1e-3, "adam")


def box_overlap(a, b):
    """By the definition, of squares of 60 pixels with these centres."""
    shared = np.prod([max(0, min(p, q) + 30 - (max(p, q) - 30)) for p, q in zip(a, b, strict=True)])
    return shared / (2 * 3600 - shared)


spots = st.tuples(st.floats(-80, 80), st.floats(-80, 80))


@given(spots, st.lists(spots, min_size=5, max_size=5))
def test_a_patch_is_the_landmark_that_it_overlaps_most_with_or_none_or_undecided(centre, points):
    shares = [box_overlap(centre, point) for point in points]
    assert overlaps(np.array([centre]), np.array(points))[0] == pytest.approx(shares)
    found = classes_of(np.array([centre]), np.array(points))[0]
    best = max(shares)
    if best > POSITIVE:
        assert shares[found] == pytest.approx(best)
    elif abs(best - NEGATIVE) > 1e-9:
        assert found == (NONE if best < NEGATIVE else -1)


@pytest.mark.parametrize("seed", range(4))
def test_a_papers_face_shows_every_landmark_and_patches_without_one(seed):
    batch = batch_of(small_task("paper"), seed=seed)
    classes = batch["classes"]
    known = classes[:, :5] == torch.arange(5)
    assert known.float().mean() > 0.5
    assert ((classes[:, :5] == -1) | known).float().mean() > 0.9
    assert (classes[:, 5:] == NONE).float().mean() > 0.8


@pytest.mark.parametrize("seed", range(4))
def test_the_patch_of_a_landmark_has_it_near_its_middle(seed):
    batch = batch_of(small_task("paper"), seed=seed)
    centres = batch["corners"].numpy() - EDGE + (PATCH - 1) / 2
    for face, patch in zip(*np.nonzero(batch["classes"].numpy() < 5), strict=True):
        kind = int(batch["classes"][face, patch])
        if kind >= 0:
            off = centres[face, patch] - batch["points"][face, kind].numpy()
            assert np.abs(off).max() < 7


def test_the_images_of_a_map_are_labelled_cell_by_cell():
    task = small_task()
    batch = batch_of(task)
    net = made_net(task)
    size = batch["images"].shape[-1]
    width = cells(size + 2 * EDGE)
    assert batch["classes"].shape == (6, width**2)
    assert net.scores(net.prepared(batch["images"])).shape[2:] == (width, width)
    face, cell = np.argwhere((batch["classes"] < 5).numpy() & (batch["classes"] >= 0).numpy())[0]
    point = batch["points"][face, batch["classes"][face, cell]].numpy()
    centre = 8 * np.array([cell % width, cell // width]) - 0.5
    assert np.abs(centre - point).max() < 7


def test_faces_of_a_step_are_between_range_3_and_range_1():
    sizes = [batch_of(small_task(), seed=k)["images"].shape[-1] for k in range(12)]
    assert min(sizes) >= round(FAR * CROP)
    assert max(sizes) <= round(NEAR * CROP)
    assert max(sizes) > 1.5 * min(sizes)


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_a_loss_is_finite_and_reaches_every_layer(config):
    task = small_task(config)
    net = made_net(task)
    with torch.autocast("cpu", torch.bfloat16):
        loss = task.loss(net, batch_of(task), "patches").total
    loss.backward()
    assert torch.isfinite(loss)
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_undecided_patches_do_not_change_the_loss():
    task = small_task("paper")
    net, batch = made_net(task), batch_of(task)
    batch["classes"][0, :3] = -1
    kept = batch["classes"].flatten() >= 0
    with torch.no_grad():
        shown = patches(net.prepared(batch["images"]), batch["corners"])[kept]
        scores = net.scores(shown).flatten(1)
        chances = torch.log_softmax(scores, dim=1)
        wanted = -chances[torch.arange(len(chances)), batch["classes"].flatten()[kept]].mean()
        assert task.loss(net, batch, "patches").total.item() == pytest.approx(
            wanted.item(), rel=1e-4
        )


def test_a_few_faces_can_be_learnt():
    task = small_task()
    net = made_net(task)
    check = batch_of(task, "check")
    with torch.no_grad():
        before = task.error(net, check, "patches").mean()
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    for step in range(40):
        optimiser.zero_grad()
        task.loss(net, batch_of(task, seed=step), "patches").total.backward()
        optimiser.step()
    with torch.no_grad():
        assert task.error(net, check, "patches").mean() < 0.6 * before


def test_faces_are_checked_at_range_1():
    batch = batch_of(PbcTask(), "check")
    assert batch["images"].shape == (6, 1, round(NEAR * CROP), round(NEAR * CROP))
    side = torch.linalg.vector_norm(batch["points"][:, 0] - batch["points"][:, 4], dim=1)
    assert (side > 0.3 * NEAR).all()


def test_what_is_exported_says_how_it_was_trained():
    (exported,) = PbcTask().exported(made_net(small_task()))
    assert Description.from_keys(exported.about).crop.scale == CROP
    assert exported.outputs == ("points", "quality")
    assert exported.free


@pytest.mark.parametrize("config", ["paper", "compact"])
def test_a_face_counts_for_the_mean_of_its_patches_that_are_decided(config):
    task = small_task(config)
    net, batch = made_net(task), batch_of(task)
    batch["classes"][0] = -1
    batch["classes"][1, 2:] = -1
    batch["classes"][1, :2] = torch.tensor([3, NONE])
    with torch.no_grad():
        own = task.loss(net, batch, "patches").faces
        prepared = net.prepared(batch["images"])
        if config == "paper":
            scores = net.scores(patches(prepared, batch["corners"])).view(6, -1, 6)
        else:
            scores = net.scores(prepared).flatten(2).transpose(1, 2)
    chances = torch.log_softmax(scores[1, :2], dim=1)
    wanted = -(chances[0, 3] + chances[1, NONE]) / 2
    assert own[0].isnan()
    assert own[1].item() == pytest.approx(wanted.item(), rel=1e-4)
