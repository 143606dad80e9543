"""Clothes: a garment over neck and shoulders, so that no edge of the head's mesh shows."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from align_eval.datasets.synthetic._shell import (
    COLUMNS,
    directions,
    grid_triangles,
    shell_of,
    shift,
    with_inside,
)
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part
from align_eval.datasets.synthetic.person import Person

Values = NDArray[np.float32]

_TORSO = (3.0, 1.0, 1.05)  # half axes: shoulders, up, front to back
_CLOTH = 0.09
_ROWS = 16
_BOTTOM = 4.0


def clothes_mesh(head: HeadModel, person: Person, shape: Mesh) -> Mesh:
    """A garment from its collar down to below the image.

    Parameters
    ----------
    head : HeadModel
        Which head.
    person : Person
        Its neckline.
    shape : Mesh
        The person's head, neutral and not yet posed.

    Returns
    -------
    Mesh
        Of `Part.CLOTH`, in the same space.
    """
    shell = shell_of(head, "body")
    azimuth = shell.degrees[0, :, 0]
    collar = _collar(person, azimuth)
    share = np.linspace(0, 1, _ROWS)[:, None]
    degrees = np.stack(
        [np.broadcast_to(azimuth, (_ROWS, COLUMNS)), collar + share * (8 - collar)], axis=-1
    ).astype(np.float32)
    out = directions(degrees)
    cloth = np.interp(np.arange(_ROWS), (0, 1, 2, 5), (0.045, 0.06, 0.07, _CLOTH))
    if person.pattern == 2:
        cloth[:3] += 0.03  # a shirt's collar stands off the neck
    radius = body_radius(head, out) + cloth[:, None]
    worn = shell.centre + out * radius[..., None]
    hem = worn[-1:] + np.array([0.0, _BOTTOM, 0.0])
    canonical: Values = np.concatenate([worn, hem]).astype(np.float32)
    places = canonical + shift(head, shape.vertices, canonical)
    triangles = grid_triangles(_ROWS + 1)
    garment = Mesh(
        places.reshape(-1, 3).astype(np.float32),
        canonical.reshape(-1, 3),
        triangles,
        np.full(len(triangles), Part.CLOTH, np.uint8),
    )
    return with_inside(garment, np.asarray((triangles < 4 * COLUMNS).all(axis=1)))


def _collar(person: Person, azimuth: Values) -> Values:
    """(COLUMNS,) elevation of the collar's edge, seen from inside the chest; −90 is straight up."""
    front = np.exp(-0.5 * (azimuth / 38) ** 2)
    wide = person.neckline
    edge: Values = (-62 + 12 * wide + front * (4 + 20 * wide)).astype(np.float32)
    return edge


def body_radius(head: HeadModel, towards: NDArray[np.floating]) -> Values:
    """(…,) how far neck, shoulders and chest reach in (…, 3) unit directions from their centre."""
    x, y, z = np.moveaxis(np.asarray(towards, np.float64), -1, 0)
    azimuth = np.degrees(np.arctan2(x, -z))
    elevation = np.degrees(np.arcsin(np.clip(y, -1, 1)))
    grid, low, step = _radii(head)
    column = (azimuth + 180) / 360 * COLUMNS
    row = np.clip((elevation - low) / step, 0, len(grid) - 1)
    padded = np.concatenate([grid, grid[:, :1]], axis=1)
    body = map_coordinates(padded, [row, column % COLUMNS], order=1, mode="nearest")
    wide, high, deep = _TORSO
    torso = 1 / np.sqrt((x / wide) ** 2 + (np.minimum(y, 0) / high) ** 2 + (z / deep) ** 2 + 1e-6)
    found: Values = np.maximum(body, np.minimum(torso, wide)).astype(np.float32)
    return found


@lru_cache(maxsize=2)
def _radii(head: HeadModel) -> tuple[Values, float, float]:
    shell = shell_of(head, "body")
    radius = np.linalg.norm(shell.base - shell.centre, axis=-1)
    elevation = shell.degrees[:, 0, 1]
    return radius, float(elevation[0]), float(elevation[1] - elevation[0])
