import pytest
import torch
from torch import nn

from align_eval.errors import ConfigError
from landmark_models.nets.cost import cost
from landmark_models.nets.layers import parameter_count
from landmark_models.nets.mobilenet import InvertedResidual, MobileNetV2


def on_meta(inputs=3, width=1.0, **options):
    with torch.device("meta"):
        return MobileNetV2(inputs, width, **options)


def test_the_parameters_are_those_of_the_published_network_less_its_classifier():
    assert parameter_count(on_meta(last=True)) == 3_504_872 - 1_281_000
    assert parameter_count(on_meta()) == 2_223_872 - (320 * 1280 + 2 * 1280)


def test_the_cost_is_the_published_one():
    """300 million in Table 4 of MobileNetV2, of which the classifier is 1.28."""
    macs = cost(on_meta(last=True), (3, 224, 224)).macs
    assert macs + 1_280_000 == pytest.approx(300e6, rel=0.01)


@pytest.mark.parametrize(("width", "channels"), [(0.25, 80), (0.5, 160), (1.0, 320), (1.4, 448)])
def test_the_width_multiplies_channels(width, channels):
    net = on_meta(1, width)
    assert net.channels == channels
    assert net(torch.zeros(1, 1, 192, 192, device="meta")).shape == (1, channels, 6, 6)


@pytest.mark.parametrize(("width", "channels"), [(0.25, 1280), (1.0, 1280), (1.5, 1920)])
def test_the_last_convolution_never_narrows(width, channels):
    assert on_meta(1, width, last=True).channels == channels


@pytest.mark.parametrize("width", [0.0, 0.06, -1.0, float("nan")])
def test_a_width_without_channels_is_refused(width):
    with pytest.raises(ConfigError, match=r"width of 1/16 at least, got"):
        MobileNetV2(1, width)


@pytest.mark.parametrize(
    ("outputs", "stride", "kept"), [(4, 1, True), (8, 1, False), (4, 2, False)]
)
def test_a_block_keeps_its_input_where_it_fits(outputs, stride, kept):
    block = InvertedResidual(4, outputs, 6, stride).eval()
    nn.init.zeros_(block.parts[-1].weight)
    nn.init.zeros_(block.parts[-1].bias)
    features = torch.rand(1, 4, 8, 8)
    made = block(features)
    assert torch.equal(made, features) == kept
    assert kept or not made.any()
