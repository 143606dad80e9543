import numpy as np
import pytest
import torch
from stores import made_store

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.schemes import scheme_named
from landmark_models.heatmap import PLACE, SIZE
from landmark_models.nets.heatmap import COMPACT, PAPERS, HeatmapSize
from landmark_models.onnx_description import Description
from landmark_models.train.export import export
from landmark_models.train.maps import gaussians
from landmark_models.train.tasks.heatmap import (
    COARSE,
    TRICKS,
    HeatmapTask,
)

STORE = made_store(16)
EVERY = np.arange(16)


def small(config="compact", **options):
    task = HeatmapTask(config, width=0.25, stack="SD", filters=16, **options)
    torch.manual_seed(0)
    return task, task.network(STORE)


def batch_of(task, stage, *, seed=0, check=False):
    make = task.check if check else task.sample
    return make(STORE, EVERY, stage, np.random.default_rng(seed))


def test_configurations_are_the_papers_and_the_shipped_one():
    assert HeatmapTask().sizes == COMPACT
    assert HeatmapTask("paper", scheme="jd106").sizes == HeatmapSize(
        **{**vars(PAPERS["mobilenetv2"]), "inputs": 1}
    )
    residual = HeatmapTask("paper", backbone="resnet18", scheme="wflw98").sizes
    assert (residual.points, residual.backbone, residual.last) == (98, "resnet18", False)
    stages = HeatmapTask("paper").stages
    assert [(s.epochs, s.rate, s.batch, s.optimiser) for s in stages] == [
        (20, 1e-3, 16, "adam"), (10, 1e-4, 16, "adam"), (10, 1e-5, 16, "adam"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"config": "large"}, "configuration of heatmap"),
        ({"scheme": "ibug86"}, "Did you mean 'ibug68'"),
        ({"without": ["flips"]}, "Did you mean 'flip'"),
        ({"config": "paper", "without": ["degrade"]}, "trick of heatmap"),
    ],
)
def test_what_is_not_known_is_refused(options, message):
    with pytest.raises(UnknownNameError, match=message):
        HeatmapTask(**options)


@pytest.mark.parametrize(("stage", "size"), [("coarse", COARSE), ("fine", SIZE)])
def test_faces_are_placed_as_in_use(stage, size):
    """The validation faces' own five points lie near the template's, in a crop of any size."""
    task = HeatmapTask()
    batch = batch_of(task, stage, check=True)
    assert batch["images"].shape == (16, 1, size, size)
    _, weights = scheme_named("ibug68").conversion(PLACE.landmarks.scheme)
    five = torch.einsum("qp,bpc->bqc", torch.tensor(weights).float(), batch["points"])
    aim = (torch.tensor(PLACE.landmarks.points).float() + 0.5) * (size / SIZE) - 0.5
    # The made-up shapes are no faces: it is their middle, size and upright place that must fit.
    eyes, wanted = five[:, 1] - five[:, 0], aim[1] - aim[0]
    assert torch.allclose(five.mean(dim=1), aim.mean(dim=0).expand(16, 2), atol=0.06 * size)
    assert (eyes.norm(dim=1) / wanted.norm() - 1).abs().max() < 0.6
    assert torch.atan2(eyes[:, 1], eyes[:, 0]).abs().max() < 0.35


def test_the_images_show_what_the_points_say():
    """The bright spots of the made-up faces lie on their points."""
    batch = batch_of(HeatmapTask(without=[t for t in TRICKS if t != "aligned"]), "fine")
    images, points = batch["images"][:, 0], batch["points"].round().long()
    shown = points.clamp(0, SIZE - 1) == points
    inside = shown.all(dim=2)
    values = torch.stack([image[at[:, 1].clamp(0, SIZE - 1), at[:, 0].clamp(0, SIZE - 1)]
                          for image, at in zip(images, points, strict=True)])  # fmt: skip
    assert inside.float().mean() > 0.9
    assert values[inside].median() > 200
    assert images.median() < 40


def test_a_trick_changes_what_it_is_meant_to_change():
    """Of the first face: what is drawn for it moves the stream of the others."""
    plain = batch_of(HeatmapTask(without=TRICKS[1:]), "fine")
    again = batch_of(HeatmapTask(without=TRICKS[1:]), "fine", seed=1)
    assert not torch.equal(plain["images"], again["images"])
    for trick in TRICKS[2:]:
        kept = batch_of(HeatmapTask(without=[t for t in TRICKS[1:] if t != trick]), "fine")
        moved = not torch.allclose(kept["points"][0], plain["points"][0])
        assert moved == (trick in ("rotate", "move")), trick
        if not moved:
            assert not torch.equal(kept["images"][0], plain["images"][0]), trick


def test_a_face_may_be_placed_by_its_box():
    batch = batch_of(HeatmapTask(without=TRICKS), "fine")
    extent = batch["points"].amax(dim=1) - batch["points"].amin(dim=1)
    assert (extent.amax(dim=1) / SIZE - 0.65).abs().max() < 0.12


def test_paper_tricks_change_colours():
    task, plain = HeatmapTask("paper"), HeatmapTask("paper", without=["colour"])
    one, other = batch_of(task, "first"), batch_of(plain, "first")
    assert torch.equal(one["points"], other["points"])
    assert not torch.equal(one["images"], other["images"])
    assert one["images"].min() >= 0
    assert one["images"].max() <= 255


@pytest.mark.parametrize("config", ["compact", "paper"])
def test_it_learns_a_few_faces(config):
    task, net = small(config)
    batch = batch_of(HeatmapTask("compact", without=TRICKS[1:]), "coarse")
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    net.train()
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = task.loss(net, batch, "coarse")
        assert loss.shape == (16,)
        loss.mean().backward()
        optimiser.step()
        losses.append(loss.mean().item())
    assert all(parameter.grad is not None for parameter in net.parameters())
    assert losses[-1] < 0.75 * losses[0]


def test_the_error_is_that_of_the_points():
    """A network that knows the points has no error."""
    task = HeatmapTask()
    batch = batch_of(task, "fine", check=True)
    inside = {**batch, "points": batch["points"].clamp(12, SIZE - 13)}

    class Knows(torch.nn.Module):
        def forward(self, images):
            at = (inside["points"] + 0.5) / 4 - 0.5
            across, down = gaussians(at, 48, 1.0)
            return down[..., None] + across[..., None, :]

    assert task.error(Knows(), inside, "fine").max() < 1e-3


def test_what_is_exported_says_how_it_was_trained(tmp_path):
    task, net = small()
    exported = task.exported(net)[0]
    about = Description.from_keys(exported.about)
    assert exported.size == about.fixed_size() == (SIZE, SIZE)
    assert (about.decode, about.output) == ("gaussian", "maps")
    assert export(exported, tmp_path).stat().st_size > 1000


def test_points_that_a_data_set_lacks_are_named():
    with pytest.raises(LandmarkError, match="'jd106'"):
        batch_of(HeatmapTask(scheme="jd106"), "fine")
