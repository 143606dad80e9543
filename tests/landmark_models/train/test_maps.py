import numpy as np
import pytest
import torch

from landmark_models.train.maps import gaussians, share_loss, square_loss


def made_axes(*points):
    return gaussians(torch.tensor(points)[None], 12, 1.0)


def test_the_wanted_map_has_height_1_at_the_point_and_falls_by_sigma():
    across, down = made_axes([4.0, 7.0])
    drawn = (down[..., :, None] + across[..., None, :]).exp()[0, 0]
    assert drawn[7, 4] == 1
    assert drawn[7, 5].item() == drawn[8, 4].item() == pytest.approx(np.exp(-0.5))


def test_the_squared_distance_is_a_sum_over_cells():
    across, down = axes = made_axes([4.2, 7.6], [3.0, 2.0])
    drawn = (down[..., :, None] + across[..., None, :]).exp()
    assert square_loss(drawn, axes).tolist() == [[0, 0]]
    assert square_loss(drawn + 0.5, axes).tolist() == [[pytest.approx(12 * 12 / 4)] * 2]


def test_the_cross_entropy_is_least_at_the_wanted_map_whatever_is_added_to_it():
    across, down = axes = made_axes([4.2, 7.6], [3.0, 2.0])
    scores = down[..., :, None] + across[..., None, :]
    least = share_loss(scores, axes).mean().item()
    assert least == pytest.approx(1 + np.log(2 * np.pi), abs=0.05)  # a Gaussian's entropy
    assert share_loss(scores + 3, axes).mean().item() == pytest.approx(least, abs=1e-4)
    for other in (0.5 * scores, 2 * scores, scores.roll(1, dims=3)):
        assert share_loss(other, axes).min().item() > least + 0.05


def test_a_point_outside_pulls_to_the_border():
    axes = made_axes([-9.0, 5.0])
    scores = torch.zeros(1, 1, 12, 12, requires_grad=True)
    share_loss(scores, axes).sum().backward()
    assert divmod(scores.grad.argmin().item(), 12) == (5, 0)
