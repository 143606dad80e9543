import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from align_eval.similarity import Similarity
from landmark_models.nets.dan import (
    COMPACT,
    PAPER,
    Dan,
    DanSize,
    apply,
    heat_map,
    resampled,
    similarity,
    undo,
)
from landmark_models.nets.layers import parameter_count, standardised

SMALL = DanSize(points=5, size=16, widths=(4, 8), hidden=8, normalise=True)


def shapes(seed, batch=3, points=5, size=16):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.uniform(0, size, (batch, points, 2)), dtype=torch.float32)


def test_the_paper_has_23_022_592_parameters():
    assert parameter_count(Dan(PAPER)) == 23_022_592


def test_the_compact_form_is_a_tenth_of_it():
    assert parameter_count(Dan(COMPACT)) < 23_022_592 / 8


@given(st.integers(0, 10_000))
def test_the_similarity_is_the_least_squares_one_of_the_core(seed):
    source, target = shapes(seed), shapes(seed + 1)[0]
    turn, shift = similarity(source, target)
    for k in range(3):
        wanted = Similarity.fit(source[k].numpy(), target.numpy())(source[k].numpy())
        assert apply(turn, shift, source)[k].numpy() == pytest.approx(wanted, abs=1e-3)


@given(st.integers(0, 10_000))
def test_undo_takes_apply_back(seed):
    source, target = shapes(seed), shapes(seed + 1)[0]
    turn, shift = similarity(source, target)
    assert undo(turn, shift, apply(turn, shift, source)) == pytest.approx(source, abs=0.05)


def test_a_resampled_image_shows_its_points_where_the_similarity_takes_them():
    images = torch.zeros(1, 1, 16, 16)
    images[0, 0, 4, 10] = 1.0
    turn, shift = torch.tensor([[0.0, 1.0]]), torch.tensor([[15.0, 0.0]])  # a quarter turn
    placed = apply(turn, shift, torch.tensor([[[10.0, 4.0]]]))[0, 0]
    turned = resampled(images, turn, shift)
    assert placed.tolist() == [11.0, 10.0]
    assert turned[0, 0, 10, 11].item() == pytest.approx(1.0)
    assert turned.sum().item() == pytest.approx(1.0)


def test_a_heat_map_is_one_at_points_and_a_half_a_pixel_away_from_the_nearest():
    warm = heat_map(torch.tensor([[[3.0, 5.0], [12.0, 5.0]]]), 16)[0, 0]
    assert warm[5, 3].item() == pytest.approx(1.0, abs=2e-3)
    assert warm[5, 4].item() == pytest.approx(0.5, abs=1e-3)
    assert warm[5, 10].item() == pytest.approx(1 / 3, abs=1e-3)


def test_without_weights_a_dan_gives_the_canonical_shape():
    shape = shapes(0)[0]
    dan = Dan(SMALL, shape).eval()
    for stage in (dan.first, dan.second):
        nn.init.zeros_(stage.change.weight)
    found = dan(torch.rand(2, 1, 16, 16) * 255)
    assert torch.allclose(found.first, shape.expand(2, -1, -1), atol=1e-3)
    assert torch.allclose(found.second, shape.expand(2, -1, -1), atol=1e-3)


def test_what_a_dan_finds_does_not_depend_on_gain_and_offset():
    torch.manual_seed(0)
    dan = Dan(SMALL, shapes(0)[0]).eval()
    images = torch.rand(2, 1, 16, 16) * 200
    assert torch.allclose(dan(images).second, dan(0.5 * images + 20).second, atol=0.15)


def test_begin_is_the_first_stage():
    torch.manual_seed(0)
    dan = Dan(SMALL, shapes(0)[0]).eval()
    images = torch.rand(2, 1, 16, 16) * 255
    assert torch.allclose(dan.begin(images), dan(images).first)


def test_an_even_image_is_standardised_to_nothing():
    assert torch.equal(standardised(torch.full((1, 1, 4, 4), 7.0)), torch.zeros(1, 1, 4, 4))
