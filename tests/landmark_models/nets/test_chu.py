import pytest
import torch

from landmark_models.nets import dmsl
from landmark_models.nets.chu import COMPACT, PAPER, Chu, ChuSize
from landmark_models.nets.layers import parameter_count
from landmark_models.nets.unet import MaskSize

SIDE = 16
SMALL = ChuSize(points=5, size=SIDE, landmark=MaskSize((4, 8), hidden=8, pool=2, normalise=True))
SHAPE = torch.tensor([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.4, 0.8], [0.6, 0.8]])


def small():
    torch.manual_seed(0)
    return Chu(SMALL, SHAPE).eval()


def images(batch=2):
    return 255 * torch.rand(batch, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("config", "other"), [(PAPER, dmsl.PAPER), (COMPACT, dmsl.COMPACT)])
def test_chu_is_the_main_model_of_dmsl_and_an_expression_layer(config, other):
    with torch.device("meta"):
        ours, main = Chu(config), dmsl.Dmsl(other).landmark
    assert config.size == other.size
    assert parameter_count(ours.landmark) == parameter_count(main)
    assert parameter_count(ours) == parameter_count(main) + 1024 * 7 + 7


def test_an_untrained_net_says_the_mean_shape():
    found = small()(images())
    assert found[1].detach().numpy() == pytest.approx((SHAPE * SIDE - 0.5).numpy(), abs=0.3)


def test_both_outputs_read_the_same_mask():
    net = small()
    answers = net.read(net.mask(images()))
    assert torch.equal(answers.points, net(images()))
    assert answers.expression.shape == (2, 7)


def test_the_expression_reads_the_hidden_layer_of_the_points():
    net = small()
    net.read(net.mask(images())).expression.sum().backward()
    assert net.landmark.reader.hidden.weight.grad.abs().sum() > 0
    assert net.landmark.reader.answer.weight.grad is None
