"""How warm the regions of a face are: temperatures at anatomical sites, and a smooth field through
them.

The ordering of the sites follows Haddad et al. (*A new evaluation of heat distribution on facial
skin surface by infrared thermography*, Dentomaxillofacial Radiology 45, 2016: inner eye corners,
temples, the inner ends of the brows and the mouth's corners are warm; nose, outer eye corners and
the chin below the lip are cool), Christensen et al. (Dentomaxillofacial Radiology 41, 2012: the
sides differ by 0.1 °C, sessions by up to 1 °C, men are a little warmer) and Ioannou et al.
(*Thermal infrared imaging in psychophysiology*, Psychophysiology 51, 2014: the nose changes most).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._unrolled import FloatImage, Unrolled
from align_eval.datasets.synthetic.mesh import HeadModel
from align_eval.schemes import scheme_named

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Site:
    """A place on the skin, given at the image's left or in the middle.

    Parameters
    ----------
    anchors : tuple of int
        iBUG points (from 0) whose mean it is …
    offset : tuple of float
        … plus this, in eye distances.
    celsius : float
        Its temperature in a resting adult at 23 °C.
    nose, ear, chill : float
        How much of a session's cooling of the nose, the ears and the face it shows, 0 to 1.
    """

    anchors: tuple[int, ...]
    offset: tuple[float, float, float]
    celsius: float
    nose: float = 0.0
    ear: float = 0.0
    chill: float = 0.1


_MIDLINE = (
    Site((27,), (0, -0.02, 0), 34.7, 0.04),
    Site((28,), (0, 0, 0), 33.3, 0.3, 0, 0.2),
    Site((29,), (0, 0, 0), 31.9, 0.7, 0, 0.4),
    Site((30,), (0, 0, 0), 31.1, 1.0, 0, 0.6),
    Site((33,), (0, 0, 0), 31.8, 0.75, 0, 0.5),
    Site((33, 51), (0, 0, 0), 33.1, 0.25, 0, 0.4),
    Site((62,), (0, -0.05, 0), 33.7, 0.05, 0, 0.3),
    Site((66,), (0, 0.05, 0), 33.6, 0, 0, 0.3),
    Site((57,), (0, 0.1, 0), 32.7, 0, 0, 0.4),
    Site((8,), (0, -0.2, 0), 32.3, 0, 0, 0.6),
    Site((8,), (0, 0.1, 0.3), 34.1, 0, 0, 0.3),
    Site((8,), (0, 0.45, 0.8), 34.5),
    Site((8,), (0, 0.95, 0.9), 34.1),
    Site((8,), (0, 1.5, 0.9), 33.7),
    Site((21, 22), (0, -0.12, 0), 34.6),
    Site((21, 22), (0, -0.45, 0), 34.2),
    Site((21, 22), (0, -0.85, 0.2), 33.9),
    Site((21, 22), (0, -1.3, 0.9), 33.8, 0, 0, 0.3),
)
_LEFT = (
    Site((21,), (0.0, -0.1, 0), 34.7),
    Site((19,), (0, -0.02, 0), 34.2),
    Site((17,), (0.02, 0.0, 0), 34.0),
    Site((19,), (0, -0.45, 0.05), 34.2),
    Site((19,), (-0.05, -0.85, 0.3), 33.9),
    Site((17,), (-0.14, -0.32, 0.25), 34.4),
    Site((17,), (-0.2, -0.85, 0.6), 34.0, 0, 0, 0.2),
    Site((37, 38), (0, -0.09, 0), 34.7),
    Site((40, 41), (0, 0.08, 0), 34.3),
    Site((36,), (-0.1, 0.02, 0.05), 33.6),
    Site((39,), (0.08, 0.03, 0), 34.9),
    Site((39,), (0.1, 0.25, -0.05), 34.2, 0.2, 0, 0.2),
    Site((0, 36), (0, 0.02, 0), 34.3),
    Site((0,), (0.06, 0.1, -0.05), 34.6, 0, 0.1),
    Site((36,), (-0.08, 0.42, 0.05), 32.6, 0, 0, 0.5),
    Site((41,), (-0.08, 0.55, 0.02), 32.2, 0.05, 0, 0.6),
    Site((40,), (0.03, 0.32, 0), 33.1, 0.15, 0, 0.4),
    Site((31,), (-0.07, -0.12, 0), 31.6, 0.8, 0, 0.5),
    Site((31,), (-0.16, 0.04, 0), 32.9, 0.2, 0, 0.4),
    Site((48,), (0, 0, 0), 33.7, 0, 0, 0.3),
    Site((48,), (-0.25, -0.1, 0.05), 32.5, 0, 0, 0.5),
    Site((5, 48), (0, 0, 0), 32.6, 0, 0, 0.5),
    Site((2,), (0.3, 0.1, -0.35), 32.5, 0, 0, 0.5),
    Site((3,), (0.08, -0.05, -0.1), 33.4, 0, 0.05, 0.3),
    Site((6,), (0.02, -0.12, 0), 32.6, 0, 0, 0.5),
    Site((5,), (-0.02, 0.1, 0.15), 34.1, 0, 0, 0.3),
    Site((3,), (0.1, 0.6, 0.55), 34.9),
    Site((3,), (0.25, 1.05, 0.8), 34.7),
    Site((3,), (0.2, 1.6, 0.8), 34.0),
    Site((3,), (-0.5, 1.9, 1.0), 33.4),
    Site((0,), (-0.2, 0.1, 0.6), 32.2, 0, 1.0, 0.4),
    Site((0,), (-0.25, 0.45, 0.65), 31.6, 0, 1.0, 0.5),
    Site((0,), (-0.25, -0.1, 0.75), 31.6, 0, 1.0, 0.5),
    Site((0,), (0.0, 0.9, 0.65), 34.4, 0, 0.1),
    Site((0,), (0.0, 0.4, 1.15), 34.0, 0, 0.4),
    Site((0,), (-0.05, -0.7, 0.6), 33.8, 0, 0.1, 0.2),
)
MIDDLE, PAIRS = len(_MIDLINE), len(_LEFT)
"""How many sites lie in the middle, and how many pairs there are; in this order everywhere."""

_SOFTNESS = 0.18  # radius, in eye distances, within which a site does not stand out as a point
_COARSE = 4  # the field is smooth: a quarter of the map's resolution is enough


@dataclass(frozen=True, eq=False)
class Regions:
    """The field through the sites of a head model.

    Parameters
    ----------
    flat : Unrolled
        The head's map.
    basis : (cells, sites) float32
        The coarse map of each site; the columns sum to 1 in every cell.
    celsius, nose, ear, chill : (sites,) float32
        See `Site`; midline sites, then those at the left, then the same at the right.
    """

    flat: Unrolled
    basis: NDArray[np.float32]
    celsius: Vector
    nose: Vector
    ear: Vector
    chill: Vector

    def field(self, values: Vector) -> FloatImage:
        """The full map of (sites,) values."""
        rows, columns = (n // _COARSE for n in self.flat.shape)
        return self.flat.enlarged((self.basis @ values).reshape(rows, columns))


@lru_cache(maxsize=4)
def regions_of(head: HeadModel) -> Regions:
    """The regions of a head model, tied to its landmarks."""
    flat = Unrolled.of(head)
    places = flat(_places(head))
    sites = (*_MIDLINE, *_LEFT, *_LEFT)
    columns = ([getattr(s, key) for s in sites] for key in ("celsius", "nose", "ear", "chill"))
    celsius, nose, ear, chill = (np.array(column, dtype=np.float32) for column in columns)
    return Regions(flat, _basis(places, flat.grid(_COARSE)), celsius, nose, ear, chill)


def _places(head: HeadModel) -> NDArray[np.float32]:
    """(sites, 3) canonical places."""
    mirror = np.array(scheme_named("ibug68").mirror)
    left = np.array([head.anchors[list(s.anchors)].mean(axis=0) + s.offset for s in _LEFT])
    right = np.array(
        [
            head.anchors[mirror[list(s.anchors)]].mean(axis=0) + np.array(s.offset) * (-1, 1, 1)
            for s in _LEFT
        ]
    )
    middle = np.array([head.anchors[list(s.anchors)].mean(axis=0) + s.offset for s in _MIDLINE])
    return np.concatenate([middle, left, right]).astype(np.float32)


def _basis(places: NDArray[np.float32], grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiquadric interpolation, with a constant, as a matrix from sites to cells."""
    count = len(places)
    system = np.ones((count + 1, count + 1))
    system[:count, :count] = _kernel(places, places)
    system[count, count] = 0
    inverse = np.linalg.inv(system)[:, :count]
    cells = grid.reshape(-1, 2)
    rows = np.concatenate([_kernel(cells, places), np.ones((len(cells), 1))], axis=1)
    basis: NDArray[np.float32] = (rows @ inverse).astype(np.float32)
    return basis


def _kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    gaps = a[:, None].astype(np.float64) - b[None]
    kernel: NDArray[np.float64] = np.sqrt(np.square(gaps).sum(axis=-1) + _SOFTNESS**2)
    return kernel
