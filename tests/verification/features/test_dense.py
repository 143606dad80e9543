"""Dense descriptors, against their definition pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from verification.features.dense import DenseDescriptor, orientation_maps

SMALL = {"size": (46, 60), "cell": 4, "cells": 3, "step": 7, "bins": 6}


def crops(count=3, size=(46, 60), seed=0, dtype=np.uint8):
    top = np.iinfo(dtype).max
    return list(
        np.random.default_rng(seed).integers(0, top, (count, size[1], size[0]), dtype=dtype)
    )


def described(dense, some):
    return np.concatenate(list(dense.describe(some)))


def test_shapes_and_lengths():
    dense = DenseDescriptor((110, 150))
    rows = described(dense, crops(9, (110, 150)))
    assert rows.shape == (9, len(dense.positions), dense.length)
    assert np.allclose(np.linalg.norm(rows, axis=-1), 1, atol=1e-5)
    assert (rows >= 0).all()
    assert np.abs(dense.positions[:, :2]).max() < 1
    assert set(dense.positions[:, 2]) == {0, 1}


def test_patches_lie_symmetrically():
    places = DenseDescriptor((110, 150), scales=1).positions
    assert np.allclose(sorted(places[:, 0]), sorted(-places[:, 0]), atol=0.02)


def test_it_is_its_definition():
    """One scale, no filter, no clipping: histograms summed over pixels in plain loops."""
    dense = DenseDescriptor(**SMALL, scales=1, band=None, clip=1.0)
    image = crops(1)[0]
    plane = image.astype(float)
    dy, dx = (np.gradient(plane, axis=axis) for axis in (0, 1))
    dx[:, [0, -1]] = dy[[0, -1]] = 0
    width, height = SMALL["size"]
    cell, side = SMALL["cell"], SMALL["cell"] * SMALL["cells"]
    left = (width - side - (width - side) // 7 * 7) // 2
    top = (height - side - (height - side) // 7 * 7) // 2
    x0, y0 = left + 2 * 7, top + 3 * 7  # the third patch of the fourth row
    wanted = np.zeros((3, 3, 6))
    for y in range(height):
        for x in range(width):
            turn = (np.arctan2(dy[y, x], dx[y, x]) % (2 * np.pi)) / (2 * np.pi) * 6
            for j in range(3):
                for i in range(3):
                    away = [
                        abs(at - (start + cell * (k + 0.5) - 0.5)) / cell
                        for at, start, k in ((y, y0, j), (x, x0, i))
                    ]
                    near = max(0, 1 - away[0]) * max(0, 1 - away[1])
                    for b in range(6):
                        gap = min(abs(turn - b), 6 - abs(turn - b))
                        wanted[j, i, b] += near * max(0, 1 - gap) * np.hypot(dx[y, x], dy[y, x])
    wanted = wanted.ravel() / np.linalg.norm(wanted)
    across = len(range(left, width - side + 1, 7))
    assert np.abs(described(dense, [image])[0, 3 * across + 2] - wanted).max() < 1e-5


def test_bins_share_the_gradient():
    plane = np.random.default_rng(0).normal(size=(2, 20, 20)).astype(np.float32)
    maps = orientation_maps(plane, 8)
    assert (maps >= 0).all()
    assert ((maps > 0).sum(axis=1) <= 2).all()
    size = np.hypot(*(np.gradient(plane, axis=axis) for axis in (1, 2)))[:, 1:-1, 1:-1]
    assert np.abs(maps.sum(axis=1)[:, 1:-1, 1:-1] - size).max() < 1e-5


def test_polarity_counts():
    image = crops(1)[0]
    dense = DenseDescriptor(**SMALL, scales=1)
    upright, negative = described(dense, [image, 255 - image])
    half = np.roll(upright.reshape(-1, 6), 3, axis=1).reshape(upright.shape)
    assert np.abs(negative - half).max() < 1e-4


@given(st.integers(1, 20), st.integers(1, 3))
def test_a_row_depends_on_its_crop_alone(count, workers):
    dense, some = DenseDescriptor(**SMALL, scales=1), crops(20)
    alone = described(dense, some[count - 1 : count])
    rows = np.concatenate(list(dense.describe(some[:count], workers)))
    assert len(rows) == count
    assert np.abs(rows[-1] - alone[0]).max() < 1e-6


def test_gain_and_offset_change_nothing():
    dense = DenseDescriptor(**SMALL, scales=1)
    image = crops(1, dtype=np.uint16)[0] // 8
    assert np.abs(np.subtract(*described(dense, [image, 3 * image + 20000]))).max() < 1e-3


def test_a_flat_crop_has_no_direction():
    dense = DenseDescriptor(**SMALL, scales=1)
    rows = described(dense, [np.full((60, 46), 30000, np.uint16)])
    assert np.isfinite(rows).all()


def test_no_crops_no_rows():
    assert list(DenseDescriptor(**SMALL, scales=1).describe([])) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"size": (40, 12), "scales": 2}, "do not fit into the 6 pixels"),
        ({"step": 0}, "step wants at least 1"),
        ({"clip": 0.0}, "clip wants"),
        ({"band": (2.0, 1.0)}, "difference of Gaussians wants"),
    ],
)
def test_numbers_that_make_no_patch_are_refused(changes, says):
    with pytest.raises(ConfigError, match=says):
        DenseDescriptor(**{**SMALL, **changes})


def test_a_crop_of_another_size_is_refused():
    with pytest.raises(ConfigError, match="want the size 46 × 60, got 60 × 46"):
        list(DenseDescriptor(**SMALL, scales=1).describe([np.zeros((46, 60), np.uint8)]))
