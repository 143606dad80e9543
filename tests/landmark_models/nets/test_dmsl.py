import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from landmark_models.nets.dmsl import (
    COMPACT,
    PAPER,
    Dmsl,
    DmslSize,
    blacked_out,
    box_fractions,
    box_pixels,
    covered,
)
from landmark_models.nets.layers import parameter_count
from landmark_models.nets.unet import MaskSize

SIDE = 16
TINY = MaskSize((4, 8), hidden=8, pool=2, normalise=True)
SMALL = DmslSize(points=5, size=SIDE, boundary=TINY, landmark=TINY)
BOX = torch.tensor([[3.2, 4.0, 7.5, 6.0]])
coordinates = st.floats(-10, SIDE + 10, width=32)
lengths = st.floats(0, SIDE, width=32)


def small():
    torch.manual_seed(0)
    return Dmsl(SMALL).eval()


def images(seed=0, batch=1):
    return 255 * torch.rand(batch, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def outside(box=BOX):
    return covered(box, SIDE) == 0


def test_the_papers_models_have_these_parameters():
    with torch.device("meta"):
        net = Dmsl(PAPER)
    unet, hidden = 31_030_593, 16384 * 1024 + 1024
    assert parameter_count(net.boundary) == unet + hidden + 1024 * 4 + 4 == 47_812_933
    assert parameter_count(net.landmark) == unet + hidden + 1024 * 136 + 136 == 47_948_233


def test_the_compact_form_fits_in_three_megabytes_of_half_precision():
    assert parameter_count(Dmsl(COMPACT)) * 2 < 3e6


@given(coordinates, coordinates, lengths, lengths)
def test_what_a_box_covers_adds_up_to_its_area_in_the_image(x, y, width, height):
    share = covered(torch.tensor([[x, y, width, height]]), SIDE)
    edge = SIDE - 0.5
    across = max(0.0, min(x + width, edge) - max(x, -0.5))
    down = max(0.0, min(y + height, edge) - max(y, -0.5))
    assert share.sum().item() == pytest.approx(across * down, abs=1e-3)
    assert 0 <= share.min() <= share.max() <= 1 + 1e-6


def test_the_share_that_a_box_covers_has_no_jumps():
    moved = torch.stack([BOX[0] + torch.tensor([k / 100, 0, 0, 0]) for k in range(300)])
    steps = covered(moved, SIDE).diff(dim=0).abs()
    assert steps.max() <= 0.011


def test_nothing_outside_of_the_box_is_left():
    blacked = blacked_out(images(), BOX)
    assert (blacked[outside()] == 0).all()
    assert (blacked[~outside()] != 0).all()


def test_nothing_outside_of_the_box_has_any_influence():
    first, second = images(), images(seed=1)
    other = torch.where(outside(), second, first)
    net = small()
    assert torch.equal(blacked_out(first, BOX), blacked_out(other, BOX))
    assert torch.equal(net.points(first, BOX), net.points(other, BOX))


@given(st.floats(0.5, 3), st.floats(-50, 50))
def test_gain_and_offset_do_not_matter_inside(gain, offset):
    even = blacked_out(images(), BOX)
    assert blacked_out(gain * images() + offset, BOX).numpy() == pytest.approx(
        even.numpy(), abs=0.05
    )


@pytest.mark.parametrize("box", [[3.0, 3.0, 0.0, 0.0], [-9.0, -9.0, 2.0, 2.0]])
def test_a_box_with_nothing_in_it_leaves_an_even_image(box):
    assert (blacked_out(images(), torch.tensor([box])) == 0).all()


@given(st.lists(st.floats(-20, 150), min_size=4, max_size=4), st.integers(1, 256))
def test_box_pixels_takes_box_fractions_back(box, side):
    back = box_pixels(box_fractions(torch.tensor([box]), side), side)
    assert back[0].tolist() == pytest.approx(box, abs=1e-3)


def test_an_untrained_net_says_the_mean_shape_and_its_box():
    torch.manual_seed(0)
    shape = torch.rand(5, 2) * 0.5 + 0.2
    net = Dmsl(SMALL, shape).eval()
    low, high = shape.amin(dim=0) * SIDE - 0.5, shape.amax(dim=0) * SIDE - 0.5
    assert net.box(images())[0].tolist() == pytest.approx(
        [*low.tolist(), *(high - low).tolist()], abs=0.3
    )
    assert net(images())[0].detach().numpy() == pytest.approx((shape * SIDE - 0.5).numpy(), abs=0.3)


def test_the_box_of_the_auxiliary_model_decides_what_the_main_model_sees():
    net = small()
    assert torch.equal(net(images()), net.points(images(), net.box(images())))
    with torch.no_grad():
        net.boundary.reader.answer.bias += torch.tensor([0.0, 0.0, -1.0, -1.0])
    assert not torch.equal(net(images()), small()(images()))


def test_the_batch_stays_free_when_the_net_is_traced():
    batch = torch.export.Dim("batch", max=64)
    traced = torch.export.export(small(), (images(batch=3),), dynamic_shapes=({0: batch},))
    alone = traced.module()(images(batch=5))
    assert alone.detach().numpy() == pytest.approx(
        small()(images(batch=5)).detach().numpy(), abs=1e-5
    )
