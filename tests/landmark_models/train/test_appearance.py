import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from textures import LATTICE, MESH, SIDE, textured

from align_eval.errors import DataError
from landmark_models.nets.aam import AamSize, LevelSize
from landmark_models.train.appearance import (
    aam_of,
    frame,
    principal,
    procrustes,
    shape_modes,
    similarity_modes,
    slopes,
    whitened,
)

SIZES = AamSize(
    points=16,
    size=SIDE,
    directions=4,
    modes=3,
    appearance=20,
    levels=(LevelSize(10, 4, 1.0, 2.0, 0.7), LevelSize(16, 6, 0.7, 1.0, 0.3)),
    together=10.0,
    stride=1.0,
)
BENDS = np.random.default_rng(1).normal(0, 0.12, (2, 32))


def surfaces(count, seed):
    """Images (N, 1, S, S) of surfaces, and where their points lie (N, 16, 2)."""
    rng = np.random.default_rng(seed)
    points, images = [], []
    for _ in range(count):
        bent = LATTICE + (rng.normal(0, 3, 2) @ BENDS).reshape(-1, 2)
        angle, size = rng.uniform(-0.1, 0.1), rng.uniform(0.93, 1.07)
        turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        placed = (bent - LATTICE.mean(axis=0)) @ turn + LATTICE.mean(axis=0)
        points.append(placed + rng.uniform(-2.5, 2.5, 2))
        images.append(textured(points[-1], rng.normal()))
    return tensor(np.stack(images)[:, None]), tensor(np.stack(points))


def tensor(values):
    return torch.from_numpy(np.asarray(values, np.float32))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return aam_of(SIZES, *surfaces(120, 0), tensor(LATTICE)).eval()


def test_a_deformed_surface_is_found_level_by_level(model):
    images, points = surfaces(30, 9)
    with torch.inference_mode():
        apart = [(found - points).norm(dim=2).mean() for found in model.fits(images)]
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 0.15 * apart[0]


def test_a_surface_in_its_place_stays_there(model):
    shape = model.shapes.mean[None]
    with torch.inference_mode():
        found = model(tensor(textured(shape[0]))[None, None])
    assert (found - shape).norm(dim=2).mean() < 0.3


def test_how_bright_an_image_is_changes_nothing(model):
    images, _ = surfaces(4, 3)
    with torch.inference_mode():
        assert torch.allclose(model(images), model(0.5 * images + 20), atol=0.1)


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 1, SIDE, SIDE),
        torch.full((1, 1, SIDE, SIDE), 255.0),
        255 * torch.rand(4, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0)),
        255.0 * (torch.arange(SIDE) % 2).expand(1, 1, SIDE, SIDE),
    ],
)
def test_on_any_image_the_fit_stays_a_shape_of_the_model(model, images):
    with torch.inference_mode():
        found = model(images)
        held, coefficients = model.shapes.held(found)
    assert found.isfinite().all()
    assert torch.allclose(held, found, atol=1e-2)
    assert coefficients.abs().max() <= 3


def test_four_faces_are_the_least():
    images, points = surfaces(4, 0)
    with torch.inference_mode():
        assert aam_of(SIZES, images, points, tensor(LATTICE))(images).isfinite().all()
    with pytest.raises(DataError, match="wants at least 4 faces, got 3"):
        aam_of(SIZES, images[:3], points[:3], tensor(LATTICE))


def test_a_model_of_the_same_seed_is_the_same():
    made = []
    for _ in range(2):
        torch.manual_seed(4)
        made.append(aam_of(SIZES, *surfaces(12, 0), tensor(LATTICE)).state_dict())
    assert all(torch.equal(value, made[1][key]) for key, value in made[0].items())


def test_the_derivative_is_that_of_the_warped_texture(model):
    """A step found at a small displacement is that displacement."""
    level, shapes = model.levels[-1], model.shapes
    images, points = surfaces(40, 5)
    off = torch.zeros(40, len(level.moves))
    off[:, 3:5] = 0.1 * torch.randn(40, 2, generator=torch.Generator().manual_seed(1))
    placed, _ = shapes.held(points)
    moved = shapes.composed(placed, (off @ level.moves).unflatten(1, (-1, 2)))
    seen = level.features(images)
    steps = [level.left(seen, one) @ level.update.T for one in (placed, moved)]
    found = steps[1] - steps[0]
    slope = (found * off).sum() / off.square().sum()
    assert slope.item() == pytest.approx(1, abs=0.35)
    assert (found - off).square().sum() < 0.35 * off.square().sum()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_similar_shapes_have_one_mean_and_no_modes(seed):
    rng = np.random.default_rng(seed)
    angles, sizes = rng.uniform(-1, 1, 6), rng.uniform(0.5, 2, 6)
    made = []
    for angle, size in zip(angles, sizes, strict=True):
        turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        made.append(LATTICE @ turn + rng.uniform(-50, 50, 2))
    mean, aligned = procrustes(np.stack(made), LATTICE)
    assert mean == pytest.approx(LATTICE, abs=1e-9)
    assert aligned == pytest.approx(np.repeat(LATTICE[None], 6, axis=0), abs=1e-9)


def test_the_mean_takes_place_size_and_turn_of_what_it_is_laid_on():
    shapes = LATTICE + np.random.default_rng(0).normal(0, 1, (9, 16, 2))
    turned = 0.7 * LATTICE @ np.array([[0.8, 0.6], [-0.6, 0.8]]) + 5
    mean, _ = procrustes(shapes, turned)
    rigid = similarity_modes(mean)
    assert (turned - mean).ravel() @ rigid.T == pytest.approx(np.zeros(4), abs=1e-9)


def test_modes_are_orthonormal_and_hold_no_similarity():
    apart = np.random.default_rng(0).normal(0, 1, (50, 16, 2))
    rigid = similarity_modes(LATTICE)
    modes, spread = shape_modes(apart, rigid, 5)
    assert modes @ modes.T == pytest.approx(np.eye(5), abs=1e-9)
    assert modes @ rigid.T == pytest.approx(np.zeros((5, 4)), abs=1e-9)
    assert (np.diff(spread) <= 0).all()
    assert (apart.reshape(50, -1) @ modes.T).std(axis=0) == pytest.approx(spread, rel=0.1)


def test_there_are_no_more_modes_than_shapes_have():
    one = np.random.default_rng(0).normal(0, 1, (1, 16, 2)) * np.arange(-3, 4)[:, None, None]
    modes, spread = shape_modes(one, similarity_modes(LATTICE), 5)
    assert modes.shape == (1, 32)
    assert spread.shape == (1,)


def test_slopes_are_exact_for_what_is_linear():
    values = LATTICE @ [2.0, -3.0] + 7
    assert slopes(MESH) @ values == pytest.approx(np.tile([2.0, -3.0], 16))


def test_a_frame_s_pixels_have_the_coordinates_of_their_triangle():
    places = frame(MESH, 12)
    assert places.sum(axis=1) == pytest.approx(np.ones(len(places)))
    assert places.min() > -1e-9
    assert ((places > 1e-9).sum(axis=1) <= 3).all()
    columns = np.unique((places @ LATTICE)[:, 0].round(6))
    assert np.diff(columns) == pytest.approx(np.full(len(columns) - 1, np.diff(columns)[0]))


def test_whitening_is_the_inverse_of_the_covariance():
    values = torch.from_numpy(np.random.default_rng(0).normal(0, 1, (40, 12)))
    values[:, :2] *= 5
    modes, power, floor = principal(values, 4)
    assert modes.T @ modes == pytest.approx(np.eye(4), abs=1e-9)
    rest = torch.eye(12) - modes @ modes.T
    covariance = modes @ torch.diag(power + floor) @ modes.T + floor * rest
    columns = torch.from_numpy(np.random.default_rng(1).normal(0, 1, (12, 3)))
    wanted = torch.linalg.solve(covariance, columns)
    assert whitened(columns, modes, power, floor).numpy() == pytest.approx(wanted.numpy())
    assert (power.sum() + 8 * floor).item() == pytest.approx((values.square().sum() / 40).item())
