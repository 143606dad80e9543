import numpy as np
import pytest
import torch

from landmark_models import peaks
from landmark_models.decode import decode
from landmark_models.nets.peaks import moments, pixels, soft_argmax, taylor

SOFT = [(None, None), (6.0, None), (None, 5), (6.0, 7)]


def blobs(count, shape=(9, 12), noise=0.02, seed=0):
    """(2, count, h, w) noisy Gaussians anywhere, some beyond the border."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    x, y = (
        draw.uniform(-1, shape[1], (2, count, 1, 1)),
        draw.uniform(-1, shape[0], (2, count, 1, 1)),
    )
    deviation = draw.uniform(0.8, 2.5, (2, count, 1, 1))
    maps = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * deviation**2))
    return maps + draw.normal(0, noise, maps.shape)


def odd():
    """Noise about 0, and maps that are below 0, flat, 0 or no numbers."""
    maps = np.random.default_rng(1).normal(size=(2, 60, 9, 12))
    maps[0, 1] -= 9
    maps[0, 2], maps[0, 3], maps[1, 0, 3, 4] = 0.5, 0.0, np.nan
    return maps


@pytest.mark.parametrize("maps", [blobs(40), odd()], ids=["blobs", "odd"])
@pytest.mark.parametrize(("sharpness", "window"), SOFT)
def test_means_and_variances_are_those_of_run_time(maps, sharpness, window):
    found = moments(torch.as_tensor(maps), sharpness, window)
    expected = peaks.read(maps, "softargmax", peaks.Reading(window, 0.0, sharpness))
    np.testing.assert_allclose(found.mean, expected.at, atol=1e-9)
    np.testing.assert_allclose(found.variance, expected.spread**2, atol=1e-9)
    mean = soft_argmax(torch.as_tensor(maps), sharpness, window)
    assert torch.equal(mean.nan_to_num(), found.mean.nan_to_num())


@pytest.mark.parametrize("maps", [blobs(40), odd()], ids=["blobs", "odd"])
def test_taylor_is_that_of_run_time(maps):
    found = taylor(torch.as_tensor(maps))
    np.testing.assert_allclose(found, peaks.read(maps, "taylor").at, atol=1e-9)


@pytest.mark.parametrize(("sharpness", "window"), SOFT)
def test_the_soft_arg_max_has_the_gradient_of_its_differences(sharpness, window):
    # Values above 0, since the positive part bends there.
    maps = torch.as_tensor(np.abs(blobs(2, (6, 7))) + 0.01).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: moments(m, sharpness, window), (maps,))


def test_the_step_of_taylor_has_the_gradient_of_its_differences():
    maps = torch.as_tensor(blobs(3, (6, 7), 0.0, seed=3)).requires_grad_()
    assert torch.autograd.gradcheck(taylor, (maps,))
    (slopes,) = torch.autograd.grad(taylor(maps).sum(), maps)
    assert (slopes != 0).sum(dim=(2, 3)).max() <= 9
    assert slopes.abs().max() > 0.1


@pytest.mark.parametrize("read", [taylor, soft_argmax])
def test_a_flat_or_empty_map_has_no_infinite_gradient(read):
    maps = torch.zeros(1, 3, 8, 8, dtype=torch.float64)
    maps[0, 1], maps[0, 2] = 0.5, -1.0
    maps.requires_grad_()
    (slopes,) = torch.autograd.grad(read(maps).sum(), maps)
    assert slopes.isfinite().all()


def test_descending_the_error_of_a_peak_moves_it_to_its_target():
    maps = torch.as_tensor(blobs(1, (9, 12), 0.0, seed=5)).requires_grad_()
    target = torch.tensor([5.3, 4.2], dtype=torch.float64)
    for read, rate in ((soft_argmax, 0.05), (taylor, 0.01)):
        moved = maps.detach().clone().requires_grad_()
        before = after = (read(moved) - target).square().sum()
        for _ in range(60):
            (slopes,) = torch.autograd.grad(after, moved)
            moved = (moved - rate * slopes).detach().requires_grad_()
            after = (read(moved) - target).square().sum()
        assert after < 0.5 * before


def test_cells_become_the_pixels_of_run_time():
    maps = blobs(4)
    found = pixels(taylor(torch.as_tensor(maps)), 4)
    np.testing.assert_allclose(found, decode(maps, 4, (48, 36), "taylor").points, atol=1e-9)
