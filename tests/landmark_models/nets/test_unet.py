import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from landmark_models.nets.layers import parameter_count
from landmark_models.nets.unet import (
    PAPER_MASK,
    MaskRegressor,
    MaskSize,
    Reader,
    UNet,
    fractions,
    pixels,
)

SMALL = MaskSize((4, 8), hidden=16, pool=2, normalise=True)


def kinds(net, kind):
    return [
        (layer.kernel_size, layer.stride, layer.in_channels, layer.out_channels)
        for layer in net.modules()
        if isinstance(layer, kind)
    ]


def paper_unet():
    with torch.device("meta"):
        return UNet(PAPER_MASK.widths)


def test_the_paper_has_two_3x3_convolutions_a_step_and_one_1x1_to_a_single_channel():
    found = kinds(paper_unet(), nn.Conv2d)
    assert len(found) == 2 * 9 + 1
    assert {layer[:2] for layer in found[:-1]} == {((3, 3), (1, 1))}
    assert found[-1] == ((1, 1), (1, 1), 64, 1)


def test_the_paper_goes_up_by_2x2_deconvolutions_and_concatenates_what_it_skipped():
    net = paper_unet()
    assert kinds(net, nn.ConvTranspose2d) == [
        ((2, 2), (2, 2), 2 * width, width) for width in (512, 256, 128, 64)
    ]
    assert [block[0][0].in_channels for block in net.up] == [1024, 512, 256, 128]


def test_the_papers_unet_has_31_030_593_parameters():
    assert parameter_count(paper_unet()) == 31_030_593


@pytest.mark.parametrize(("widths", "side"), [((4,), 5), ((4, 6), 10), ((4, 6, 8), 12)])
def test_a_mask_has_the_size_of_its_image(widths, side):
    assert UNet(widths)(torch.zeros(2, 1, side, side)).shape == (2, 1, side, side)


def test_the_finest_skip_reaches_the_output_past_all_pooling():
    torch.manual_seed(0)
    net = UNet((4, 8))
    for parameter in net.grow.parameters():
        nn.init.zeros_(parameter)
    image = torch.zeros(1, 1, 8, 8)
    changed = image.clone()
    changed[0, 0, 3, 3] = 5.0
    assert not torch.equal(net(image), net(changed))


def test_everything_in_a_unet_learns():
    torch.manual_seed(0)
    net = UNet((4, 8, 8), normalise=True)
    net(torch.randn(2, 1, 8, 8)).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=6), st.integers(0, 1000))
def test_an_untrained_reader_answers_about_the_mean(mean, seed):
    torch.manual_seed(seed)
    reader = Reader(8, MaskSize((4,), hidden=64), torch.tensor(mean)).eval()
    answers = reader(torch.rand(2, 1, 8, 8))
    assert answers.detach() == pytest.approx(torch.tensor([mean, mean]).numpy(), abs=0.03)


def test_a_reader_pools_before_it_flattens():
    reader = Reader(8, SMALL, torch.tensor([0.5])).eval()
    checks = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(4, 4)[None, None]
    assert reader.hidden.in_features == 16
    assert reader(checks).item() == pytest.approx(reader(torch.full((1, 1, 8, 8), 0.5)).item())


def test_a_face_is_answered_alike_in_any_batch():
    torch.manual_seed(0)
    net = MaskRegressor(8, SMALL, torch.tensor([0.2, 0.7])).eval()
    images = torch.randn(3, 1, 8, 8)
    alone = torch.cat([net(image[None]) for image in images])
    assert net(images).detach().numpy() == pytest.approx(alone.detach().numpy(), abs=1e-6)


@given(st.lists(st.floats(-20, 150), min_size=2, max_size=2), st.integers(1, 256))
def test_pixels_takes_fractions_back(point, side):
    values = fractions(torch.tensor([point]), side)
    assert pixels(values, side)[0, 0].tolist() == pytest.approx(point, abs=1e-3)
