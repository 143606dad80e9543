from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from align_eval.errors import ConfigError
from landmark_models.nets.ccnn import (
    COMPACT,
    PAPER,
    STRIDE,
    Ccnn,
    CcnnSize,
    location,
    to_cells,
    to_pixels,
)
from landmark_models.nets.layers import parameter_count

SMALL = CcnnSize(
    points=5,
    size=68,
    channels=1,
    units=2,
    base=(4, 4, 4, 6, 6, 6),
    features=(6, 5),
    heads=(6, 6, 8, 8),
    heat=(6, 6, 8),
    regression=(8, 8, 8, 8, 8),
    dropout=0.0,
    spread=True,
    softmax=True,
)
# Rows of Tables 2–4: inputs, outputs, kernel, side of the input; F is 128 or 68 wide.
TABLE_2 = (
    (3, 64, 3, 256), (64, 64, 3, 256), (64, 64, 3, 128), (64, 128, 3, 128), (128, 128, 3, 64),
    (128, 128, 3, 64), (128, "F", 1, 64), ("F", 128, 9, 64), (128, 128, 9, 64), (128, 256, 1, 64),
    (256, 256, 1, 64), (256, 68, 1, 64),
)  # fmt: skip
TABLE_3 = ((136, 64, 7, 64), (64, 64, 13, 64), (64, 128, 1, 64), (128, 68, 1, 64))
TABLE_4 = (
    (332, 64, 7, 64), (64, 128, 5, 32), (128, 256, 3, 16), (512, 512, 3, 8), (512, 1024, 3, 4),
    (1024, 136, 2, 2),
)  # fmt: skip


def rows():
    """All convolutions of the paper's CCNN in the order in which they run."""
    first, second = (
        [tuple(width if n == "F" else n for n in row) for row in TABLE_2] for width in (128, 68)
    )
    beginning = [(256, *row[1:]) if row[0] == 512 and row[3] == 8 else row for row in TABLE_4]
    return [*first, *second, *TABLE_3, *beginning, *3 * [*TABLE_3, *TABLE_4]]


def small(sizes=SMALL, seed=0):
    torch.manual_seed(seed)
    return Ccnn(sizes).eval()


def images(count=3, size=SMALL.size, seed=0):
    return 255 * torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(seed))


def bumps(x, y, side=16, sigma=1.3):
    axis = torch.arange(side).float()
    across, down = (torch.exp(-((axis - v) ** 2) / (2 * sigma**2)) for v in (x, y))
    return (down[:, None] * across)[None, None]


def with_gradient(module):
    return {name for name, one in module.named_parameters() if one.grad is not None}


def test_every_convolution_of_the_paper_sees_what_the_tables_state():
    seen = []

    def note(layer, inputs, output):
        (map_,) = inputs
        seen.append((map_.shape[1], output.shape[1], layer.kernel_size[0], map_.shape[2]))

    with torch.device("meta"):
        net = Ccnn(PAPER).eval()
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.register_forward_hook(note)
        found = net(torch.empty(1, 1, 256, 256))
    assert seen == rows()
    assert [tuple(one.shape) for one in found.maps] == 5 * [(1, 68, 64, 64)]
    assert [tuple(one.shape) for one in found.points] == 4 * [(1, 68, 2)]


def test_the_paper_has_as_many_parameters_as_its_tables_make():
    """Kernels, two numbers of normalisation a channel, and C6's biases instead of those."""
    wanted = sum(
        outputs * (inputs * kernel**2 + (1 if outputs == 136 else 2))
        for inputs, outputs, kernel, _ in rows()
    )
    with torch.device("meta"):
        assert parameter_count(Ccnn(PAPER)) == wanted == 45_922_136


def test_the_compact_form_is_a_twentieth_of_it():
    assert parameter_count(Ccnn(COMPACT)) == 2_279_232 < 45_922_136 / 20


@pytest.mark.parametrize("units", [1, 2, 3, 4])
def test_there_is_a_heat_map_of_the_base_and_each_unit_and_points_of_each_unit(units):
    found = small(replace(SMALL, units=units))(images())
    assert [tuple(one.shape) for one in found.maps] == (units + 1) * [(3, 5, 17, 17)]
    assert [tuple(one.shape) for one in found.points] == units * [(3, 5, 2)]


@pytest.mark.parametrize("softmax", [True, False])
def test_the_first_units_of_a_cascade_are_a_shorter_cascade(softmax):
    long, short = (small(replace(SMALL, units=k, softmax=softmax), seed=k) for k in (3, 2))
    wanted = short.state_dict().keys()
    assert wanted < long.state_dict().keys()
    short.load_state_dict({key: long.state_dict()[key] for key in wanted})
    mine, other = short(images()), long(images())
    for k in range(2):
        assert torch.equal(mine.points[k], other.points[k])
        assert torch.equal(mine.maps[k + 1], other.maps[k + 1])


@pytest.mark.parametrize("softmax", [True, False])
def test_regressors_teach_the_first_base_and_heat_maps_the_second(softmax):
    net = small(replace(SMALL, softmax=softmax))
    every = {name for name, _ in net.named_parameters()}
    regressing = {name for name in every if name.startswith(("base.0.", "regression."))}
    net(images()).points[-1].sum().backward()
    # The last unit's offset does not come from the first one's.
    own = ("regression.0.change.", "regression.0.answer.")
    assert with_gradient(net) == {name for name in regressing if not name.startswith(own)}
    net.zero_grad()
    sum(one.square().sum() for one in net(images()).maps).backward()
    assert with_gradient(net) == every - regressing


def test_a_point_is_where_its_heat_map_shows_it_and_the_offset():
    net = small()
    for regressor in net.regression:
        nn.init.zeros_(regressor.answer.weight)
        nn.init.constant_(regressor.answer.bias, 0.5)
    found = net(images())
    for k in (0, 1):
        shown = location(found.maps[k + 1])
        assert torch.allclose(found.points[k], to_pixels(shown) + 0.5 * STRIDE, atol=1e-4)


@given(st.floats(3, 12), st.floats(3, 12), st.floats(0.05, 2), st.floats(0, 0.04))
def test_a_location_is_finer_than_a_cell_and_deaf_to_a_low_background(x, y, height, ground):
    maps = height * (bumps(x, y) + ground)
    assert location(maps)[0, 0].tolist() == pytest.approx([x, y], abs=0.02)


@pytest.mark.parametrize("size", [64, 70])
def test_sizes_that_leave_a_unit_nothing_to_see_are_refused(size):
    with pytest.raises(ConfigError, match=f"multiple of 4 above 64, got {size}"):
        replace(SMALL, size=size)


def test_an_empty_map_shows_the_middle():
    assert location(torch.zeros(1, 2, 8, 8)).flatten().tolist() == pytest.approx([3.5] * 4)


@pytest.mark.parametrize("softmax", [True, False])
def test_either_kind_of_map_can_be_the_wanted_gaussian(softmax):
    """A ReLU's of its heights, a softmax of their logarithms, with any constant."""
    sizes = replace(SMALL, softmax=softmax)
    wanted = bumps(7.3, 8.6, side=17, sigma=sizes.sigma)
    scores = wanted.log() + 5 if softmax else wanted - 1e-3
    assert torch.allclose(small(sizes).maps(scores), wanted, atol=2e-3)


@given(st.floats(-50, 300))
def test_cells_and_pixels_have_the_same_edges(x):
    value = torch.tensor(x)
    assert to_pixels(to_cells(value)).item() == pytest.approx(x, abs=1e-3)
    edges = torch.tensor([-0.5, SMALL.side - 0.5])
    assert to_pixels(edges).tolist() == [-0.5, SMALL.size - 0.5]


def test_what_it_finds_does_not_depend_on_gain_and_offset():
    net, seen = small(), images()
    one, other = (net(given).points[-1] for given in (seen, 0.5 * seen + 20))
    assert torch.allclose(one, other, atol=0.2)


def test_gray_images_are_repeated_for_three_channels():
    net = small(replace(SMALL, channels=3))
    single = small(SMALL)
    state = net.state_dict()
    for base in (0, 1):
        name = f"base.{base}.features.0.weight"
        state[name] = state[name].sum(dim=1, keepdim=True)
    single.load_state_dict(state)
    assert torch.allclose(net(images()).points[-1], single(images()).points[-1], atol=1e-3)
