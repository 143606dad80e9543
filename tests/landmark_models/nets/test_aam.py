import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from textures import LATTICE, MESH, textured

from landmark_models.nets.aam import (
    COMPACT,
    PAPER,
    Features,
    Shapes,
    appearance,
    blurred,
    gaussian,
)
from landmark_models.train.appearance import frame, shape_modes, similarity_modes, slopes

SMALL = st.floats(-1, 1)
few = settings(max_examples=20, deadline=None)


def plane():
    """A model with two modes, of the lattice."""
    rng = np.random.default_rng(3)
    bends = rng.normal(0, 3, (40, 2)) @ rng.normal(0, 0.2, (2, LATTICE.size))
    rigid = similarity_modes(LATTICE)
    modes, spread = shape_modes(bends.reshape(40, -1, 2), rigid, 2)
    made = (LATTICE, modes, spread, slopes(MESH))
    return Shapes(*(torch.from_numpy(value).float() for value in made))


SHAPES = plane()


def moved(size, turn, right, down, one=0.0, two=0.0):
    """(1, P, 2) a shape of the model."""
    shapes = SHAPES
    bend = torch.tensor([[one, two]]) * shapes.spread @ shapes.modes
    off = (shapes.mean + bend.unflatten(1, (-1, 2)))[0] - shapes.mean.mean(dim=0)
    x, y = off[:, 0], off[:, 1]
    turned = torch.stack([size * x - turn * y, turn * x + size * y], dim=1)
    return (turned + shapes.mean.mean(dim=0) + torch.tensor([right, down]))[None]


@few
@given(st.floats(0.71, 1.39), st.floats(-0.59, 0.59), SMALL, SMALL, SMALL, SMALL)
def test_a_shape_of_the_model_is_held_as_it_is(size, turn, right, down, one, two):
    shape = moved(size, turn, 5 * right, 5 * down, one, two)
    held, coefficients = SHAPES.held(shape)
    assert torch.allclose(held, shape, atol=1e-3)
    assert coefficients[0].tolist() == pytest.approx([one, two], abs=1e-3)


@few
@given(st.floats(-100, 100), st.floats(-100, 100))
def test_coefficients_are_within_three_standard_deviations(one, two):
    _, coefficients = SHAPES.held(moved(1, 0, 0, 0, one, two))
    assert coefficients.abs().max() <= 3
    assert coefficients[0].tolist() == pytest.approx(np.clip([one, two], -3, 3), abs=0.02)


def test_shapes_are_brought_back_to_where_faces_are():
    held, _ = SHAPES.held(moved(3, 2, 1000, -1000))
    wide = SHAPES.mean[:, 0].max() - SHAPES.mean[:, 0].min()
    assert torch.allclose(held, moved(1.4, 0.6, 0.3 * wide, -0.3 * wide), atol=1e-3)


def test_whatever_is_held_is_finite():
    for shape in (torch.zeros(1, len(LATTICE), 2), 1e6 * torch.randn(1, len(LATTICE), 2)):
        held, coefficients = SHAPES.held(shape)
        assert held.isfinite().all()
        assert coefficients.isfinite().all()


@few
@given(st.floats(0.6, 1.5), st.floats(-0.5, 0.5), st.floats(-9, 9), SMALL, SMALL)
def test_a_change_of_the_mean_is_carried_by_the_warp(size, turn, right, down, grow):
    """Exactly so where the warp is one similarity: of all triangles alike."""
    change = torch.stack([torch.full((len(LATTICE),), down), grow * SHAPES.mean[:, 0] / 9], dim=1)
    composed = SHAPES.composed(moved(size, turn, right, 0), change[None])
    off = SHAPES.mean + change - SHAPES.mean.mean(dim=0)
    x, y = off[:, 0], off[:, 1]
    wanted = torch.stack([size * x - turn * y + right, turn * x + size * y], dim=1)
    assert torch.allclose(composed[0], wanted + SHAPES.mean.mean(dim=0), atol=1e-3)


def test_without_a_change_a_composed_shape_stays():
    shape = moved(1.1, 0.2, 3, 4, 2, -1)
    assert torch.equal(SHAPES.composed(shape, torch.zeros_like(shape)), shape)


def test_the_warp_of_the_mean_shape_is_the_identity():
    places = torch.from_numpy(frame(MESH, 16)).float()
    low, high = LATTICE.min(axis=0), LATTICE.max(axis=0)
    where = places @ SHAPES.mean
    ramp = torch.arange(48.0).expand(1, 1, 48, 48)
    both = torch.cat([ramp, ramp.transpose(2, 3)], dim=1)
    seen = appearance(both, places, SHAPES.mean[None]).unflatten(1, (2, -1))[0]
    assert torch.allclose(seen, where.T, atol=1e-3)
    assert torch.allclose(places.sum(dim=1), torch.ones(len(places)), atol=1e-5)
    assert (where >= torch.tensor(low) - 1e-3).all()
    assert (where <= torch.tensor(high) + 1e-3).all()
    assert len(places) == pytest.approx(16 * 16 * np.ptp(LATTICE[:, 1]) / np.ptp(LATTICE[:, 0]), 1)


def test_a_texture_looks_alike_in_the_frame_however_it_is_deformed():
    places = torch.from_numpy(frame(MESH, 16)).float()
    still, bent = SHAPES.mean[None], moved(1.1, 0.1, 2, -1, 1, 1)
    image = torch.from_numpy(textured(bent[0]))[None, None]
    wanted = appearance(torch.from_numpy(textured(still[0]))[None, None], places, still)
    apart, off = ((appearance(image, places, one) - wanted).abs().mean() for one in (bent, still))
    assert apart < 0.15 * wanted.std()
    assert apart < 0.2 * off


@few
@given(st.floats(0.3, 1), st.floats(0, 50))
def test_features_do_not_depend_on_gain_and_offset(gain, offset):
    images = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0)) * 200
    features = Features(8, 0.7, 1.0)
    assert torch.allclose(features(images), features(gain * images + offset), atol=0.02)


def test_an_edge_is_seen_in_its_own_direction():
    image = torch.zeros(1, 1, 16, 16)
    image[..., 8:] = 200  # brighter to the right
    seen = Features(4, 0.0, 0.0)(image).amax(dim=(2, 3))[0]
    assert seen[0] > 0.3
    assert seen[1:].max() < 1e-3


def test_a_flat_image_has_no_edges_and_gray_values_are_features_too():
    assert Features(8, 1.0, 1.0)(torch.full((1, 1, 16, 16), 9.0)).abs().max() < 1e-6
    assert Features(0, 1.0, 0.0)(torch.rand(2, 1, 16, 16)).shape == (2, 1, 16, 16)


@pytest.mark.parametrize("deviation", [0.4, 1.0, 2.5])
def test_a_blur_keeps_the_sum_and_has_its_deviation(deviation):
    dot = torch.zeros(1, 1, 33, 33)
    dot[..., 16, 16] = 1
    spot = blurred(dot, gaussian(deviation))[0, 0]
    across = torch.arange(-16, 17).square()
    assert spot.sum().item() == pytest.approx(1, abs=1e-5)
    if deviation >= 1:
        assert (spot.sum(dim=0) * across).sum().item() == pytest.approx(deviation**2, rel=0.03)


def test_both_configurations_go_from_coarse_to_fine():
    for sizes in (PAPER, COMPACT):
        frames = [level.frame for level in sizes.levels]
        reaches = [level.reach for level in sizes.levels]
        assert frames == sorted(frames)
        assert reaches == sorted(reaches, reverse=True)
    assert not PAPER.directions
