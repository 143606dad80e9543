import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from landmark_models.nets.layers import parameter_count
from landmark_models.nets.validated import (
    COMPACT,
    PAPER,
    ResidualBlock,
    ValidatedNet,
    ValidatedSize,
)

SMALL = ValidatedSize(points=5, size=20, stem=4, widths=(4, 8, 8), hidden=8)


def shape(seed=0, points=5):
    return 20 * torch.rand(points, 2, generator=torch.Generator().manual_seed(seed))


def by_hand(stem, a, b, c, cells, hidden, outputs):
    """Convolutions without biases, two numbers a channel for each normalisation."""
    first = 7 * 7 * stem + 2 * stem
    block1 = 9 * stem * a + 2 * a + 9 * a * a + 2 * a
    if stem != a:
        block1 += stem * a + 2 * a
    block2 = 9 * a * b + 2 * b + 9 * b * b + 2 * b + a * b + 2 * b
    block3 = 9 * b * c + 2 * c + 9 * c * c + 2 * c + b * c + 2 * c
    ends = (cells * cells * c * hidden + hidden) + (hidden * outputs + outputs)
    return first + block1 + block2 + block3 + ends


@pytest.mark.parametrize(("signal", "outputs"), [(True, 204), (False, 136)])
def test_the_papers_parameters_are_those_of_its_layers(signal, outputs):
    """128 pixels are 64 after the convolution, 32 after the pooling, then 32, 16 and 8."""
    net = ValidatedNet(ValidatedSize(signal=signal))
    assert ValidatedSize() == PAPER
    assert net.answer.out_features == outputs == (3 if signal else 2) * 68
    assert parameter_count(net) == by_hand(64, 64, 128, 256, 8, 512, outputs)


def test_the_papers_number_written_out():
    assert by_hand(64, 64, 128, 256, 8, 512, 204) == 9_720_204


def test_the_compact_form_is_less_than_a_fifth_of_it():
    assert parameter_count(ValidatedNet(COMPACT)) == by_hand(24, 32, 64, 128, 6, 256, 204)
    assert parameter_count(ValidatedNet(COMPACT)) < 9_720_204 / 5


@pytest.mark.parametrize("size", [96, 100, 20, 17])
def test_a_network_takes_images_of_any_fixed_size(size):
    net = ValidatedNet(ValidatedSize(5, size, 4, (4, 8, 8), 8)).eval()
    found = net(torch.rand(2, 1, size, size) * 255)
    assert found.points.shape == (2, 5, 2)
    assert found.signal.shape == (2, 5)


def test_answers_start_near_the_canonical_shape_and_without_weights_at_it():
    torch.manual_seed(0)
    net = ValidatedNet(SMALL, shape()).eval()
    images = torch.rand(3, 1, 20, 20) * 255
    assert (net(images).points - shape()).abs().max() < 2
    torch.nn.init.zeros_(net.answer.weight)
    assert torch.equal(net(images).points, shape().expand(3, -1, -1))


def test_the_three_outputs_of_a_landmark_are_neighbours():
    net = ValidatedNet(SMALL).eval()
    torch.nn.init.zeros_(net.answer.weight)
    with torch.no_grad():
        net.answer.bias.copy_(torch.arange(15.0))
    points, signal = net(torch.rand(1, 1, 20, 20) * 255)
    assert points[0, 1].tolist() == [3, 4]
    assert signal[0].tolist() == [2, 5, 8, 11, 14]


def test_without_a_signal_there_is_none():
    net = ValidatedNet(ValidatedSize(5, 20, 4, (4, 8, 8), 8, signal=False))
    assert net(torch.rand(2, 1, 20, 20)).signal is None


@given(st.integers(0, 100), st.floats(0.3, 1), st.floats(0, 40))
def test_what_it_finds_does_not_depend_on_gain_and_offset(seed, gain, offset):
    torch.manual_seed(seed)
    net = ValidatedNet(SMALL, shape()).eval()
    images = torch.rand(2, 1, 20, 20) * 200
    first, second = net(images), net(gain * images + offset)
    assert torch.allclose(first.points, second.points, atol=0.1)
    assert torch.allclose(first.signal, second.signal, atol=0.1)


@pytest.mark.parametrize(("outputs", "step", "past"), [(4, 1, False), (6, 1, True), (4, 2, True)])
def test_a_block_has_a_way_past_it(outputs, step, past):
    block = ResidualBlock(4, outputs, step).eval()
    for layer in (block.second, block.second_even):
        torch.nn.init.zeros_(layer.weight)
    maps = torch.rand(2, 4, 9, 9)
    found = block(maps)
    assert found.shape == (2, outputs, -(-9 // step), -(-9 // step))
    assert torch.equal(found, torch.relu(block.past(maps)))
    assert isinstance(block.past, torch.nn.Sequential) == past
