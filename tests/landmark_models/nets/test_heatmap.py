from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import nn

from align_eval.errors import ConfigError, UnknownNameError
from landmark_models.nets.cost import cost
from landmark_models.nets.heatmap import BACKBONES, COMPACT, PAPER, PAPERS, HeatmapNet, HeatmapSize
from landmark_models.nets.layers import parameter_count

# Earp et al., Tables 2 and 3 (MNetV2_0.25): billions of operations and megabytes.
TABLE_3 = {
    "SSSS": (0.56, 6.12),
    "DSSS": (0.64, 9.56),
    "DDSS": (0.96, 12.00),
    "DSSD": (1.10, 10.08),
    "DSDS": (1.73, 11.69),
    "DDDS": (2.25, 16.44),
    "SSSD": (1.02, 6.64),
    "SDSD": (1.29, 8.76),
    "SSDD": (2.90, 10.08),
    "SDDD": (3.36, 13.51),
    "DDDD": (3.50, 18.26),
}
TABLE_4 = {"SSD": 0.32, "SDD": 0.43, "SSSD": 0.55}
TABLE_6 = {"mobilenetv2": (0.43, 12.16), "resnet18": (1.13, 45.56), "resnet50": (3.23, 94.10)}
MISPRINTED = "DDSS"
SMALL = HeatmapSize(points=5, size=64, width=0.25, stack="SD", filters=8, neck=0)


@cache
def costs(sizes):
    return cost(on_meta(sizes), (sizes.inputs, sizes.size, sizes.size))


def on_meta(sizes):
    with torch.device("meta"):
        return HeatmapNet(sizes)


@pytest.mark.parametrize("stack", TABLE_3)
def test_table_3_comes_out(stack):
    gflops, megabytes = TABLE_3[stack]
    found = costs(replace(PAPER, stack=stack))
    assert found.gmacs == pytest.approx(gflops, rel=0.006)
    if stack != MISPRINTED:
        assert found.megabytes == pytest.approx(megabytes, rel=0.001)


def test_the_size_of_ddss_is_misprinted_by_one():
    """The paper's own rows say so: a D before an S adds the same wherever it stands."""
    step = TABLE_3["DSSS"][1] - TABLE_3["SSSS"][1]
    assert TABLE_3["DSSS"][1] + step == pytest.approx(13.00)
    assert TABLE_3["DDDS"][1] - step == pytest.approx(13.00)
    assert costs(replace(PAPER, stack="DDSS")).megabytes == pytest.approx(13.00, rel=0.001)


@pytest.mark.parametrize("which", [0, 1])
def test_the_rows_of_table_3_keep_their_order(which):
    def ours(stack):
        found = costs(replace(PAPER, stack=stack))
        return (found.gmacs, found.megabytes)[which]

    rows = sorted((paper[which], ours(stack)) for stack, paper in TABLE_3.items())
    told = [row for row in rows if which == 0 or row[0] != TABLE_3[MISPRINTED][1]]
    found = [round(value, 3) for _, value in told]
    assert found == sorted(found)


@pytest.mark.parametrize("stack", TABLE_4)
def test_table_4_comes_out(stack):
    found = costs(replace(PAPERS["mobilenetv2"], stack=stack))
    assert found.gmacs == pytest.approx(TABLE_4[stack], rel=0.011)


def test_sddsd_in_table_4_costs_what_sdsd_does():
    final = PAPERS["mobilenetv2"]
    assert costs(replace(final, stack="SDSD")).gmacs == pytest.approx(0.61, rel=0.01)
    assert costs(replace(final, stack="SDDSD")).gmacs == pytest.approx(1.847, rel=0.001)


@pytest.mark.parametrize("name", TABLE_6)
def test_table_6_comes_out(name):
    gflops, megabytes = TABLE_6[name]
    found = costs(PAPERS[name])
    assert found.megabytes == pytest.approx(megabytes, rel=0.001)
    scaled_again = (192 / 224) ** 2 if name == "resnet18" else 1
    assert found.gmacs * scaled_again == pytest.approx(gflops, rel=0.01)


def test_the_paper_s_maps_have_its_sizes():
    assert PAPERS["baseline"] == PAPER
    assert (PAPER.points, PAPER.inputs, PAPER.size, PAPER.cells) == (106, 3, 192, 96)
    assert all(sizes.cells == 48 for name, sizes in PAPERS.items() if name != "baseline")
    maps = on_meta(PAPER)(torch.zeros(1, 3, 192, 192, device="meta"))
    assert maps.shape == (1, 106, 96, 96)


@pytest.mark.parametrize("name", PAPERS)
def test_a_head_has_as_many_maps_as_points(name):
    nets = {points: on_meta(replace(PAPERS[name], points=points)) for points in (68, 98, 106)}
    assert all(net.maps.out_channels == points for points, net in nets.items())
    numbers = {points: parameter_count(net) for points, net in nets.items()}
    assert numbers[106] - numbers[98] == 8 * (1 + PAPERS[name].filters)
    assert numbers[98] - numbers[68] == 30 * (1 + PAPERS[name].filters)


def test_compact_is_fixed():
    """Trained weights exist."""
    net = on_meta(COMPACT)
    names = list(net.state_dict())
    assert HeatmapSize(68, 1, 192, "mobilenetv2", 1.0, "SDD", 128, 256, False, True) == COMPACT
    assert parameter_count(net) == 2_536_004
    assert net(torch.zeros(1, 1, 192, 192, device="meta")).shape == (1, 68, 48, 48)
    assert names[0] == "backbone.parts.0.0.weight"
    assert names[-2:] == ["maps.weight", "maps.bias"]
    shapes = [net.get_parameter(f"stack.{k}.up.0.weight").shape for k in range(3)]
    assert shapes == [(128, 256, 3, 3), (32, 128, 4, 4), (128, 128, 4, 4)]
    assert {name.split(".")[0] for name in names} == {
        "backbone",
        "neck",
        "stack",
        "laterals",
        "maps",
    }


@pytest.mark.parametrize("side", [64, 70, 96])
def test_a_net_takes_other_sizes(side):
    torch.manual_seed(0)
    maps = HeatmapNet(SMALL).eval()(torch.rand(1, 1, side, side) * 255)
    assert maps.shape[-1] == replace(SMALL, size=side).cells


@pytest.mark.parametrize("inputs", [1, 3])
def test_maps_do_not_depend_on_gain_and_offset(inputs):
    """Even where those of the images of a batch differ, which batch normalisation cannot undo."""
    torch.manual_seed(0)
    net = HeatmapNet(replace(SMALL, inputs=inputs))
    images = torch.rand(2, inputs, 64, 64) * 65535
    gain, offset = torch.tensor([[0.5, 1.2], [2000.0, 500.0]])[..., None, None, None]
    assert torch.allclose(net(images), net(gain * images + offset), atol=0.05)
    assert not torch.allclose(net(images), net(images.flip(3)), atol=0.5)


@pytest.mark.parametrize(("backbone", "width"), [("mobilenetv2", 0.25), ("resnet18", 1.0)])
def test_every_weight_learns(backbone, width):
    torch.manual_seed(0)
    net = HeatmapNet(
        HeatmapSize(3, size=64, backbone=backbone, width=width, filters=8, neck=8, laterals=True)
    )
    net(torch.rand(2, 1, 64, 64) * 255).square().mean().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_unknown_backbones_are_named():
    assert {sizes.backbone for sizes in PAPERS.values()} == set(BACKBONES)
    with pytest.raises(UnknownNameError, match=r"unknown backbone 'resnet34'\. Did you mean"):
        HeatmapNet(HeatmapSize(backbone="resnet34"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stack": "SSX"}, "letters D and S"),
        ({"stack": ""}, "letters D and S"),
        ({"filters": 6}, "multiple of 4 filters, got 6"),
        ({"backbone": "resnet18", "width": 0.5}, "resnet18 wants width 1 and last False, got 0.5"),
        ({"backbone": "resnet50", "last": True}, "resnet50 wants width 1 and last False"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        HeatmapNet(HeatmapSize(**change))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_backbone_gives_its_features_at_every_resolution(backbone):
    torch.manual_seed(0)
    made = HeatmapNet(replace(SMALL, backbone=backbone, width=1.0)).backbone.eval()
    images = torch.rand(1, 1, 64, 96)
    levels = made.levels(images)
    assert [tuple(level.shape[1:]) for level in levels] == [
        (width, 64 // stride, 96 // stride)
        for width, stride in zip(made.widths, (2, 4, 8, 16, 32), strict=True)
    ]
    assert torch.equal(levels[-1], made(images))
    assert made.channels == made.widths[-1]


def test_laterals_are_added_to_the_stack():
    """Those that give nothing change nothing; the finest ones bring what a pixel shows."""
    torch.manual_seed(0)
    sizes = replace(SMALL, stack="SDD", laterals=True)
    net, plain = HeatmapNet(sizes).eval(), HeatmapNet(replace(sizes, laterals=False)).eval()
    plain.load_state_dict(
        {key: value for key, value in net.state_dict().items() if "laterals" not in key}
    )
    images = torch.rand(2, 1, 64, 64) * 255
    assert not torch.allclose(net(images), plain(images), atol=1e-4)
    for lateral in net.laterals:
        nn.init.zeros_(lateral[1].weight)
    assert torch.allclose(net(images), plain(images), atol=1e-6)


def test_a_stack_that_is_longer_than_the_backbone_has_no_more_laterals():
    with torch.device("meta"):
        net = HeatmapNet(replace(SMALL, stack="SDSDD", laterals=True))
        assert len(net.laterals) == 4
        assert net(torch.zeros(1, 1, 64, 64)).shape == (1, 5, 64, 64)
