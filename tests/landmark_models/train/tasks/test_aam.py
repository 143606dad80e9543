from dataclasses import replace

import numpy as np
import pytest
import torch
from cards import card
from stores import made_store

from align_eval._drawn import drawn_faces
from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.image import to_gray
from align_eval.onnx_session import open_session
from align_eval.schemes import scheme_named
from align_eval.weights import sha256
from landmark_models.aam import Aam as Served
from landmark_models.boxes import square
from landmark_models.card import write_card
from landmark_models.crops import cut
from landmark_models.nets.aam import AamSize, LevelSize
from landmark_models.nets.layers import parameter_count
from landmark_models.onnx_description import Description
from landmark_models.train.export import export, rounded
from landmark_models.train.parity import compare
from landmark_models.train.store import Store
from landmark_models.train.tasks.aam import CROP, FACES, HOW, AamTask

SMALL = AamSize(
    size=64,
    directions=4,
    modes=4,
    appearance=20,
    levels=(LevelSize(16, 3, 1.0, 3.0, 0.6), LevelSize(24, 3, 0.7, 1.5, 0.3)),
    together=10.0,
)
TINY = replace(SMALL, levels=(LevelSize(12, 1, 1.0, 2.0, 0.5), LevelSize(16, 1, 0.0, 1.0, 0.3)))


def relatives(count, seed):
    """Faces whose shapes differ in size, in how wide they are, and in how far their jaws drop."""
    base, rng = made_store(count, seed), np.random.default_rng(seed)
    first = made_store(1).points[0]
    middle, below = first.mean(axis=0), np.maximum(first[:, 1:] - 110, 0) / 20
    images, points = np.full_like(base.images, 20), []
    for image, (wide, drop) in zip(images, rng.normal(0, 1, (count, 2)), strict=True):
        shape = middle + (first - middle) * [1 + 0.06 * wide, 1]
        points.append(shape + 3 * drop * below * [0, 1])
        for x, y in np.rint(points[-1]).astype(int):
            image[y - 3 : y + 4, x - 3 : x + 4] = 230
    return replace(base, images=images, points=np.array(points, np.float32))


STORE, UNSEEN = relatives(80, 0), relatives(30, 7)


@pytest.fixture(scope="module")
def task():
    made = AamTask()
    made.sizes = SMALL
    return made


@pytest.fixture(scope="module")
def net(task):
    torch.manual_seed(0)
    return task.network(STORE).eval()


@pytest.fixture(scope="module")
def exported():
    task = AamTask()
    task.sizes = TINY
    torch.manual_seed(0)
    return task.exported(task.network(STORE).eval())[0]


@pytest.fixture(scope="module")
def path(exported, tmp_path_factory):
    return export(exported, tmp_path_factory.mktemp("aam"))


def judged(task, store):
    return task.check(store, np.arange(len(store)), "", np.random.default_rng(0))


def test_an_unknown_configuration_is_refused():
    with pytest.raises(UnknownNameError, match=r"'compcat'.*Did you mean 'compact'"):
        AamTask("compcat")


def test_nothing_is_learnt_in_stages_or_by_descent(net):
    assert AamTask.stages == ()
    assert not any(parameter.requires_grad for parameter in net.parameters())
    assert parameter_count(net) > 0


def test_unseen_faces_are_found_better_than_by_the_mean_shape(task, net):
    batch = judged(task, UNSEEN)
    with torch.inference_mode():
        found = task.error(net, batch, "")
        start = (net.fits(batch["images"])[0] - batch["points"]).norm(dim=2).mean(dim=1)
    assert found.mean() < 0.7 * (start / batch["span"]).mean()


def test_an_error_is_that_of_the_points_over_the_outer_eye_corners(task, net):
    batch = judged(task, UNSEEN)
    with torch.inference_mode():
        found, wanted = net(batch["images"]).numpy(), batch["points"].numpy()
        errors = task.error(net, batch, "").numpy()
        losses = task.loss(net, batch, "").numpy()
    span = np.linalg.norm(wanted[:, 36] - wanted[:, 45], axis=1)
    apart = np.linalg.norm(found - wanted, axis=2).mean(axis=1)
    assert errors == pytest.approx(apart / span, rel=1e-4)
    assert losses.tolist() == errors.tolist()


def test_the_model_is_of_the_seed(task, net):
    torch.manual_seed(0)
    again = task.network(STORE).state_dict()
    assert all(torch.equal(value, again[key]) for key, value in net.state_dict().items())
    torch.manual_seed(1)
    other = task.network(STORE).state_dict()
    assert not torch.equal(other["levels.0.update"], again["levels.0.update"])


def test_a_large_store_is_thinned_evenly(task, monkeypatch):
    seen = []

    def looked(store, chosen, how, rng):
        seen.append((chosen, how))
        raise StopIteration

    monkeypatch.setattr(task, "_batch", looked)
    for count in (1, 40, FACES, 3 * FACES + 1):
        with pytest.raises(StopIteration):
            task.network(range(count))
    assert [len(chosen) for chosen, _ in seen] == [1, 40, FACES, FACES]
    assert all(how is HOW for _, how in seen)
    last = seen[-1][0]
    assert (last[0], last[-1]) == (0, 3 * FACES)
    assert set(np.diff(last)) <= {3, 4}


def test_a_store_that_cannot_give_68_points_is_refused(task):
    five = Store(
        STORE.images, STORE.points[:, :5], STORE.thermal, STORE.expression, STORE.ids,
        STORE.subjects, scheme_named("five"),
    )  # fmt: skip
    with pytest.raises(LandmarkError, match="ibug68"):
        judged(task, five)


def test_the_file_says_what_the_network_says_on_faces_noise_and_nothing(task, exported, path):
    session, network = open_session(path, "it", threads=1), rounded(exported.module)
    noise = 255 * np.random.default_rng(0).random((3, 1, 64, 64), dtype=np.float32)
    flat = np.full((2, 1, 64, 64), 7, np.float32)
    for images in (judged(task, UNSEEN)["images"].numpy(), noise, flat):
        assert compare(network, session, exported, images) <= 1e-4


def test_what_is_served_without_torch_are_the_network_s_points(exported, path):
    made = card(name="aam", files={path.name: sha256(path)}, description=exported.about)
    model = Served(str(write_card(made, path.parent)))
    network = rounded(exported.module)
    for face in drawn_faces(2):
        area = square(face.box, "max", CROP)
        crop, back = cut(to_gray(face.load()), area, (64, 64), "replicate")
        with torch.inference_mode():
            points = network(torch.tensor(crop, dtype=torch.float32)[None, None])[0].numpy()
        np.testing.assert_allclose(model.locate([face])[0].points, back(points), atol=1e-2)


def test_what_is_exported_says_how_it_was_made():
    exported = AamTask().exported(torch.nn.Identity())[0]
    about = Description.from_keys(exported.about)
    assert about.crop.scale == CROP
    assert exported.size == about.fixed_size() == (96, 96)
