import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from landmark_models.train.losses import COORDINATE_LOSSES, DISTANCES, validation_loss, wing

differences = st.floats(-80, 80, allow_subnormal=False)


def slope(loss, value):
    at = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    loss(at).backward()
    return at.grad.item()


@pytest.mark.parametrize("name", COORDINATE_LOSSES)
@given(differences)
def test_a_loss_is_even_and_nothing_at_nothing(name, value):
    loss = COORDINATE_LOSSES[name]
    each = loss(torch.tensor([value, -value, 0.0]))
    assert each[0] == each[1] >= each[2] == 0


@given(differences)
def test_the_gradient_of_l2_is_the_difference(value):
    assert slope(COORDINATE_LOSSES["l2"], value) == value


def test_the_wing_loss_is_one_curve_and_as_steep_as_l1_beyond_its_width():
    below, above = wing(torch.tensor([10.0 - 1e-4, 10.0 + 1e-4], dtype=torch.float64)).tolist()
    assert above - below == pytest.approx(2e-4, rel=0.5)
    assert slope(wing, 30.0) == 1
    assert slope(wing, 1.0) == pytest.approx(10 / 3)  # w / (ε + |d|)


@pytest.mark.parametrize("distance", DISTANCES)
def test_equation_3_moves_the_signal_towards_the_distance_and_no_point(distance):
    difference = torch.tensor([[[3.0, -4.0], [0.0, 2.0]]], requires_grad=True)
    signal = torch.tensor([[1.0, 5.0]], requires_grad=True)
    validation_loss(signal, difference, distance).sum().backward()
    far = {"manhattan": [7.0, 2.0], "euclidean": [5.0, 2.0]}[distance]
    assert difference.grad is None
    assert (-signal.grad).tolist() == [[far[0] - 1, far[1] - 5]]
