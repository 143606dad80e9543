import pytest
import torch
from torch import nn

from align_eval.errors import ConfigError
from landmark_models.nets.cost import cost
from landmark_models.nets.layers import parameter_count
from landmark_models.nets.resnet import Residual, ResNet


def on_meta(depth, inputs=3):
    with torch.device("meta"):
        return ResNet(inputs, depth)


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_176_512), (50, 23_508_032)])
def test_the_parameters_are_those_of_the_published_networks(depth, parameters):
    assert parameter_count(on_meta(depth)) == parameters
    assert parameter_count(on_meta(depth, 1)) == parameters - 2 * 64 * 49


@pytest.mark.parametrize(("depth", "macs"), [(18, 1.8e9), (50, 4.1e9)])
def test_the_cost_is_the_known_one(depth, macs):
    """Table 1 of He et al. has 1.8 and 3.8; halving in the 3×3 convolution makes the latter 4.1."""
    assert cost(on_meta(depth), (3, 224, 224)).macs == pytest.approx(macs, rel=0.02)


@pytest.mark.parametrize(("depth", "channels"), [(18, 512), (50, 2048)])
def test_the_features_are_a_thirty_second_of_the_image(depth, channels):
    net = on_meta(depth, 1)
    assert net.channels == channels
    assert net(torch.zeros(2, 1, 192, 160, device="meta")).shape == (2, channels, 6, 5)


def test_other_depths_are_refused():
    with pytest.raises(ConfigError, match="wants 18 or 50 layers, got 34"):
        ResNet(3, 34)


@pytest.mark.parametrize("bottleneck", [False, True])
def test_a_block_that_adds_nothing_gives_its_input_back(bottleneck):
    width = 2 if bottleneck else 8
    block = Residual(8, width, 1, bottleneck=bottleneck).eval()
    nn.init.zeros_(block.parts[-1].weight)
    features = torch.rand(1, 8, 6, 6)
    assert torch.equal(block(features), features)
    assert torch.equal(block(-features), torch.zeros(1, 8, 6, 6))


@pytest.mark.parametrize(("inputs", "stride"), [(8, 2), (4, 1)])
def test_a_block_that_changes_the_shape_learns_its_shortcut(inputs, stride):
    block = Residual(inputs, 8, stride, bottleneck=False)
    assert block(torch.rand(1, inputs, 6, 6)).shape == (1, 8, 6 // stride, 6 // stride)
    assert parameter_count(block.shortcut) == inputs * 8 + 16


def test_every_weight_of_a_bottleneck_learns():
    torch.manual_seed(0)
    block = Residual(8, 4, 2, bottleneck=True)
    block(torch.randn(2, 8, 6, 6)).square().sum().backward()
    assert block.channels == 16
    assert all(p.grad.any() for p in block.parameters())


def test_signals_neither_fade_nor_grow_in_a_new_net():
    torch.manual_seed(0)
    net = ResNet(1, 18)
    spread = net(torch.randn(2, 1, 64, 64)).std().item()
    assert 0.3 < spread < 10
    first = net.parts[0].weight
    assert first.std().item() == pytest.approx((2 / (64 * 49)) ** 0.5, rel=0.1)
