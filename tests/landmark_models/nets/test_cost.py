import pytest
import torch
from torch import nn

from align_eval.errors import ConfigError
from landmark_models.nets.cost import Cost, cost


@pytest.mark.parametrize(
    ("layer", "size", "macs"),
    [
        (nn.Conv2d(3, 8, 3, padding=1), (3, 5, 7), 3 * 8 * 9 * 5 * 7),
        (nn.Conv2d(3, 8, 3), (3, 5, 7), 3 * 8 * 9 * 3 * 5),
        (nn.Conv2d(3, 8, (1, 3), stride=2), (3, 6, 7), 3 * 8 * 3 * 3 * 3),
        (nn.Conv2d(8, 8, 3, padding=1, groups=8), (8, 4, 4), 8 * 9 * 16),
        (nn.ConvTranspose2d(3, 8, 4, stride=2, padding=1), (3, 5, 7), 3 * 8 * 16 * 5 * 7),
        (nn.ConvTranspose2d(4, 8, 2, stride=2, groups=2), (4, 3, 3), 4 * 4 * 4 * 9),
        (nn.Linear(6, 5), (6,), 30),
        (nn.Linear(6, 5), (7, 6), 7 * 30),
        (nn.BatchNorm2d(4), (4, 3, 3), 0),
        (nn.PReLU(4), (4, 3, 3), 0),
    ],
)
def test_a_layer_costs_what_can_be_counted_by_hand(layer, size, macs):
    assert cost(layer, size).macs == macs


def test_a_net_costs_what_its_layers_cost():
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 9, 10),
    )
    found = cost(net, (1, 6, 6))
    assert found == Cost(36 * 36 + 360, 36 + 8 + 370, 8)
    assert found.gmacs == pytest.approx(1656e-9)
    assert found.megabytes == 414 * 4 / 2**20


def test_a_layer_that_runs_twice_costs_twice_and_weighs_once():
    layer = nn.Conv2d(2, 2, 1, bias=False)
    assert cost(nn.Sequential(layer, layer), (2, 3, 3)) == Cost(2 * 36, 4, 0)


def test_a_module_is_left_as_it_was():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout())
    net[2].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    cost(net, (1, 5, 5))
    assert [module.training for module in net] == [True, True, False]
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not net[0]._forward_hooks


def test_a_module_is_left_as_it_was_even_if_the_size_does_not_fit():
    net = nn.Sequential(nn.Conv2d(1, 2, 3))
    with pytest.raises(RuntimeError):
        cost(net, (3, 5, 5))
    assert net.training
    assert not net[0]._forward_hooks


def test_the_device_and_the_precision_do_not_matter():
    layer = nn.Conv2d(1, 2, 3)
    wanted = cost(layer, (1, 5, 5))
    assert cost(nn.Conv2d(1, 2, 3, device="meta"), (1, 5, 5)) == wanted
    assert cost(layer.double(), (1, 5, 5)) == wanted


@pytest.mark.parametrize("layer", [nn.Conv1d(2, 2, 1), nn.Bilinear(2, 2, 2), nn.Embedding(3, 2)])
def test_what_cannot_be_counted_is_refused(layer):
    with pytest.raises(ConfigError, match=f"got weights in {type(layer).__name__}"):
        cost(nn.Sequential(layer), (2, 3))


def test_a_module_without_weights_costs_nothing():
    assert cost(nn.ReLU(), (1, 2, 2)) == Cost(0, 0, 0)
