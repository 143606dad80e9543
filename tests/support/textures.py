"""Textured surfaces that deform as a model of appearance has it."""

import numpy as np
from scipy.spatial import Delaunay

SIDE = 48
GRID = np.stack(np.meshgrid(np.linspace(12, 35, 4), np.linspace(13, 34, 4)), axis=-1)
LATTICE = GRID.reshape(-1, 2) + np.random.default_rng(5).uniform(-1, 1, (16, 2))
"""(16, 2) points of a surface, in images of `SIDE` pixels."""
MESH = Delaunay(LATTICE)


def textured(shape, tone=0.0):
    """(SIDE, SIDE) float32 image of the surface, with its points at (16, 2) positions.

    The warp is piecewise affine over the triangles of `MESH`; the tone changes the pattern.
    """
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    pixels = np.stack([x, y], axis=-1)
    image = np.full((SIDE, SIDE), 90.0)
    for triangle in MESH.simplices:
        corners, origin = np.asarray(shape, float)[triangle], LATTICE[triangle]
        two = (pixels - corners[0]) @ np.linalg.inv(corners[1:] - corners[0])
        inside = (two.min(axis=-1) >= 0) & (two.sum(axis=-1) <= 1)
        u, v = (origin[0] + two[inside] @ (origin[1:] - origin[0])).T
        pattern = 50 * np.sin(u / 2.6) * np.cos(v / 3.1) + 30 * np.sin((u + v) / 4)
        image[inside] = 120 + pattern + 15 * tone * np.sin(u / 7)
    return image.astype(np.float32)
