"""Smooth shells round a head or a body, seen from a point inside, that follow a person's shape."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, median_filter
from scipy.spatial import cKDTree

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part

Values = NDArray[np.float32]

COLUMNS = 88
_NEAREST = 5
_EAR_WINDOW = (13, 11)  # grid cells; wider than twice an ear


@dataclass(frozen=True, eq=False)
class Shell:
    """A grid of places on the mean head; rows run downwards, columns round from the back.

    Parameters
    ----------
    degrees : (R, COLUMNS, 2) float32
        Azimuth and elevation of each place as seen from `centre`.
    base : (R, COLUMNS, 3) float32
        Places on the mean head.
    centre : (3,) float32
        Inside it.
    """

    degrees: Values
    base: Values
    centre: Values

    @property
    def outwards(self) -> Values:
        """(R, COLUMNS, 3) unit directions away from the centre."""
        return directions(self.degrees)


def shift(head: HeadModel, shape: Values, places: Values) -> Values:
    """How a person's own shape (V, 3) moves (R, C, 3) places near the mean head, smoothed."""
    near, nearest = _tree(head).query(places, _NEAREST)
    moved = (shape[: len(head.vertices)] - head.vertices)[nearest]
    mean = np.einsum("rck,rckd->rcd", _shares(near), moved)
    smooth: Values = gaussian_filter(mean, (1.2, 1.2, 0), mode=("nearest", "wrap", "nearest"))
    return smooth


@lru_cache(maxsize=2)
def _tree(head: HeadModel) -> cKDTree:
    """Of every vertex's mean place; inner ones are too far from any shell to be found."""
    return cKDTree(head.vertices)


def directions(degrees: Values) -> Values:
    """(…, 3) unit vectors of (…, 2) azimuths and elevations, as `chart.angles` counts them."""
    a, e = np.radians(degrees[..., 0]), np.radians(degrees[..., 1])
    unit: Values = np.stack([np.cos(e) * np.sin(a), np.sin(e), -np.cos(e) * np.cos(a)], axis=-1)
    return unit


@lru_cache(maxsize=4)
def shell_of(head: HeadModel, kind: Literal["scalp", "body"]) -> Shell:
    """The shell of a head's scalp (without ears), or of its neck and shoulders."""
    azimuth = np.linspace(-180, 180, COLUMNS, endpoint=False)
    used = head.vertices[np.unique(head.triangles[head.parts == Part.SKIN])]
    if kind == "scalp":
        elevation = np.linspace(-90, 46, 36)
        centre, places = np.array(chart.CENTRE), used[used[:, 1] < 1.9]
    else:
        elevation = np.linspace(-72, 0, 16)
        centre, places = _body_centre(head), used[used[:, 1] > 1.95]
    grid = np.stack(np.meshgrid(azimuth, elevation), axis=-1).astype(np.float32)
    out = directions(grid)
    offset = places - centre
    length = np.linalg.norm(offset, axis=1)
    distance, index = cKDTree(offset / length[:, None]).query(out, _NEAREST)
    radius = (_shares(distance) * length[index]).sum(axis=-1)
    if kind == "scalp":
        wide = _EAR_WINDOW[1]
        round_ = np.concatenate([radius[:, -wide:], radius, radius[:, :wide]], axis=1)
        around = median_filter(round_, _EAR_WINDOW, mode="nearest")[:, wide:-wide]
        radius = np.where(radius > around + 0.035, around, radius)
        radius = gaussian_filter(radius, (0.8, 0.8), mode=("nearest", "wrap"))
    base = (centre + out * radius[..., None]).astype(np.float32)
    return Shell(grid, base, centre.astype(np.float32))


def _body_centre(head: HeadModel) -> NDArray[np.float64]:
    """Inside the chest: below the lowest vertices, under the middle of the neck."""
    lowest = float(head.vertices[:, 1].max())
    return np.array([0.0, max(lowest, 3.0) + 0.1, 1.6])


def _shares(distance: NDArray[np.float64]) -> Values:
    inverse = 1 / (distance + 0.02)
    shares: Values = (inverse / inverse.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


def grid_triangles(rows: int) -> NDArray[np.int32]:
    """(T, 3) triangles of a grid of `rows` × COLUMNS that closes round; they face outwards."""
    r, c = np.mgrid[: rows - 1, :COLUMNS]
    here, right = r * COLUMNS + c, r * COLUMNS + (c + 1) % COLUMNS
    below, across = here + COLUMNS, right + COLUMNS
    upper = np.stack([here, below, right], axis=-1).reshape(-1, 3)
    lower = np.stack([right, below, across], axis=-1).reshape(-1, 3)
    return np.concatenate([upper, lower]).astype(np.int32)


def with_inside(mesh: Mesh, at: NDArray[np.bool_]) -> Mesh:
    """The mesh with its triangles `at` seen from behind too; their inside has its own vertices."""
    used, corners = np.unique(mesh.triangles[at], return_inverse=True)
    back = corners.reshape(-1, 3)[:, ::-1].astype(np.int32)
    inside = Mesh(mesh.vertices[used], mesh.canonical[used], back, mesh.parts[at])
    return Mesh.join([mesh, inside])
