from dataclasses import replace

import numpy as np
import pytest
import torch
from cards import card
from stores import made_store

from align_eval._drawn import drawn_faces
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.image import to_gray
from align_eval.weights import sha256
from landmark_models.boxes import square
from landmark_models.card import write_card
from landmark_models.ccnn import Ccnn
from landmark_models.crops import cut
from landmark_models.nets.ccnn import CcnnSize, to_cells
from landmark_models.onnx_description import Description
from landmark_models.train.export import export, rounded
from landmark_models.train.task import as_loss
from landmark_models.train.tasks.ccnn import CROP, CcnnTask

STORE = made_store(16)
EVERY = np.arange(16)
SMALL = CcnnSize(
    size=68,
    channels=1,
    units=2,
    base=(4, 4, 8, 8, 8, 8),
    features=(12, 12),
    heads=(12, 12, 16, 16),
    heat=(12, 12, 16),
    regression=(16, 16, 16, 32, 32),
    dropout=0.0,
    sigma=1.0,
    spread=True,
    softmax=True,
)


def small_task(**keys):
    task = CcnnTask()
    task.sizes = replace(SMALL, **keys)
    return task


def small_net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


def checked(task, seed=0):
    return task.check(STORE, EVERY, task.stages[0].name, np.random.default_rng(seed))


def learned(task, steps, rate):
    """Loss and error on one batch before a few steps and after them."""
    net = small_net(task).train()
    batch = task.check(STORE, EVERY[:6], "", np.random.default_rng(0))
    optimiser = torch.optim.Adam(net.parameters(), rate)
    marks = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = as_loss(task.loss(net, batch, "")).total
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            marks.append((loss.item(), task.error(net, batch, "").mean().item()))
    return marks[0], marks[-1]


def judged(task, net):
    with torch.no_grad():
        return task.error(net, checked(task), "").mean().item()


def test_the_papers_learning_rates_make_2500_epochs():
    stages = CcnnTask("paper").stages
    assert [(stage.epochs, stage.rate) for stage in stages] == [
        (30, 1e-5), (5, 5e-6), (2465, 1e-6)
    ]  # fmt: skip
    assert all(stage.schedule == "constant" for stage in stages)


@pytest.mark.parametrize(("config", "own"), [("paper", 4), ("compact", 2)])
def test_the_number_of_units_is_the_configurations_unless_it_is_given(config, own):
    assert CcnnTask(config).sizes.units == own
    assert CcnnTask(config, units=3).sizes == replace(CcnnTask(config).sizes, units=3)


def test_cascades_of_other_lengths_are_other_stages():
    names = {CcnnTask(units=k).stages[0].name for k in (1, 2, 3, 4)}
    assert len(names) == 4


def test_unknown_configurations_and_other_cascades_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'compact'"):
        CcnnTask("compcat")
    for units in (0, 5):
        with pytest.raises(ConfigError, match=f"whole number from 1 to 4, got {units}"):
            CcnnTask(units=units)


@pytest.mark.parametrize("softmax", [True, False])
def test_the_loss_is_one_number_a_face_and_reaches_everything(softmax):
    task = small_task(softmax=softmax)
    net = small_net(task)
    batch = task.sample(STORE, EVERY, "", np.random.default_rng(0))
    with torch.autocast("cpu", torch.bfloat16):
        loss = task.loss(net.train(), batch, "")
    assert loss.shape == (16,)
    loss.mean().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_it_learns_a_few_faces():
    (_, before), (_, after) = learned(small_task(), 20, 2e-2)
    assert after < 0.3 * before


def test_it_learns_by_the_papers_losses():
    (before, _), (after, _) = learned(small_task(softmax=False), 20, 1e-2)
    assert after < 0.3 * before


def test_an_error_is_that_of_the_last_unit_over_the_outer_eye_corners():
    task = small_task()
    net, batch = small_net(task), checked(task)
    with torch.no_grad():
        found, wanted = net(batch["images"]).points[-1].numpy(), batch["points"].numpy()
    span = np.linalg.norm(wanted[:, 36] - wanted[:, 45], axis=1)
    errors = np.linalg.norm(found - wanted, axis=2).mean(axis=1) / span
    assert judged(task, net) == pytest.approx(errors.mean(), rel=1e-4)


def test_every_landmark_lies_in_the_crop_when_the_box_is_off_by_a_tenth():
    task = CcnnTask()
    batch = task.check(STORE, np.repeat(EVERY, 20), "", np.random.default_rng(0))
    cells = to_cells(batch["points"])
    assert cells.min() > -0.5
    assert cells.max() < task.sizes.side - 0.5


def test_what_is_exported_says_how_it_was_trained():
    task = CcnnTask()
    exported = task.exported(small_net(small_task()))[0]
    about = Description.from_keys(exported.about)
    assert about.crop.scale == CROP
    assert exported.size == about.fixed_size() == (112, 112)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A small task's network, and the card of its ONNX file."""
    task = small_task()
    exported = task.exported(small_net(task))[0]
    file = export(exported, tmp_path_factory.mktemp("ccnn"))
    made = card(name="ccnn", files={file.name: sha256(file)}, description=exported.about)
    return rounded(exported.module).ccnn, str(write_card(made, file.parent))


@pytest.mark.parametrize("unit", [None, 1, 2])
def test_what_is_served_without_torch_are_the_units_points(served, unit):
    network, path = served
    face = drawn_faces(1)[0]
    area = square(face.box, "max", CROP)
    crop, back = cut(to_gray(face.load()), area, (68, 68), "replicate")
    with torch.inference_mode():
        found = network(torch.tensor(crop, dtype=torch.float32)[None, None])
    landmarks = Ccnn(path, unit).locate([face])[0]
    points = found.points[(unit or 2) - 1][0].numpy()
    np.testing.assert_allclose(landmarks.points, back(points), atol=1e-3)
    if unit is None:
        heights = found.maps[-1].amax(dim=(2, 3))[0].numpy()
        np.testing.assert_allclose(landmarks.quality, heights, atol=1e-4)
