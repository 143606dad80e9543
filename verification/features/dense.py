"""Dense descriptors: histograms of gradient orientations over overlapping patches, at two scales.

A descriptor is that of SIFT (Lowe, IJCV 60, 2004) without its own scale and rotation, which
alignment has settled: cells × cells histograms of signed orientations, spread linearly over
neighbouring cells and bins, to unit length, clipped, to unit length again. Sarfraz and
Stiefelhagen (IJCV 122, 2017) describe both spectra so.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from align_eval.errors import ConfigError
from align_eval.image import Image, prefetch
from verification.features.filters import (
    Planes,
    check_band,
    difference_of_gaussians,
    gray,
    smoothed,
)

Descriptors = NDArray[np.float32]

_HALVING = 1.0  # smoothing before every second pixel is dropped, in pixels
_FLAT = 1e-3  # of a crop's mean patch norm: a flatter patch is not blown up to unit length
_BATCH = 8  # crops at a time: their orientation maps stay in the cache


@dataclass(frozen=True)
class DenseDescriptor:
    """Describes crops of one size.

    Parameters
    ----------
    size : tuple of int
        (width, height) of the crops in pixels.
    band : tuple of float, optional
        Standard deviations of the difference of Gaussians by which each scale is filtered first,
        in pixels of that scale; None for none.
    scales : int
        Each has half the resolution of the one before.
    cell : int
        Side of a cell in pixels of its scale.
    cells : int
        Cells along a side of a patch.
    step : int
        From one patch to the next, in pixels of its scale.
    bins : int
        Orientations, over 360 degrees.
    clip : float
        Largest element of a descriptor of unit length.

    Raises
    ------
    ConfigError
        Numbers that make no patch, at some scale.
    """

    size: tuple[int, int]
    band: tuple[float, float] | None = (1.0, 2.0)
    scales: int = 2
    cell: int = 5
    cells: int = 4
    step: int = 8
    bins: int = 8
    clip: float = 0.2

    def __post_init__(self) -> None:
        for name in ("scales", "cell", "cells", "step", "bins"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} wants at least 1, got {getattr(self, name)}")
        if not 0 < self.clip <= 1:
            raise ConfigError(f"clip wants a number in (0, 1], got {self.clip}")
        if self.band is not None:
            check_band(*self.band)
        least = min(self._sizes[-1])
        if least < self._side:
            raise ConfigError(
                f"patches of {self._side} pixels do not fit into the {least} pixels of the "
                f"coarsest of {self.scales} scales"
            )

    @property
    def length(self) -> int:
        """Of one descriptor."""
        return self.cells**2 * self.bins

    @cached_property
    def positions(self) -> Descriptors:
        """(P, 3): each patch's centre, x and y in [−1, 1] over the crop, and its scale from 0."""
        found = []
        for scale, lengths in enumerate(self._sizes):
            middle = (self._side - 1) / 2
            axes = [(self._starts(length) + middle) / (length - 1) for length in lengths]
            grid = np.stack(np.meshgrid(*axes), axis=-1)
            where = 2 * grid.reshape(-1, 2) - 1
            found.append(np.column_stack([where, np.full(len(where), scale)]))
        return np.concatenate(found).astype(np.float32)

    def describe(self, crops: Iterable[Image], workers: int = 1) -> Iterator[Descriptors]:
        """(n, P, `length`) for successive batches of n crops; each depends on its crop alone.

        Parameters
        ----------
        crops : iterable of Image
            RGB or gray, read a few batches ahead.
        workers : int
            Threads.

        Raises
        ------
        ConfigError
            A crop of another size.
        """
        batches = self._batches(crops)
        # Our threads are enough: those of the matrix products would wait for each other.
        with (
            threadpool_limits(1, "blas"),
            closing(prefetch(batches, self._described, workers, workers + 1)) as described,
        ):
            for _, found in described:
                if isinstance(found, BaseException):
                    raise found
                yield found

    def _batches(self, crops: Iterable[Image]) -> Iterator[list[Image]]:
        stream = iter(crops)
        while batch := list(islice(stream, _BATCH)):
            for crop in batch:
                if crop.shape[1::-1] != tuple(self.size):
                    width, height = crop.shape[1::-1]
                    raise ConfigError(
                        f"crops want the size {self.size[0]} × {self.size[1]}, got "
                        f"{width} × {height}"
                    )
            yield batch

    def _described(self, crops: list[Image]) -> Descriptors:
        planes, found = np.stack([gray(crop) for crop in crops]), []
        for scale in range(self.scales):
            if scale:
                planes = smoothed(planes, _HALVING)[:, ::2, ::2]
            band = planes if self.band is None else difference_of_gaussians(planes, *self.band)
            found.append(self._patches(band))
        return np.concatenate(found, axis=1)

    @property
    def _side(self) -> int:
        """Of a patch, in pixels of its scale."""
        return self.cell * self.cells

    @property
    def _sizes(self) -> list[tuple[int, int]]:
        """(width, height) at each scale."""
        found = [(self.size[0], self.size[1])]
        while len(found) < self.scales:
            found.append(((found[-1][0] + 1) // 2, (found[-1][1] + 1) // 2))
        return found

    def _starts(self, length: int) -> NDArray[np.intp]:
        """Where patches begin along an axis: as many as fit, centred."""
        starts = np.arange(0, length - self._side + 1, self.step, dtype=np.intp)
        margin = (length - self._side - int(starts[-1])) // 2
        return np.asarray(starts + margin, dtype=np.intp)

    def _patches(self, planes: Planes) -> Descriptors:
        height, width = planes.shape[1:]
        rows, columns = (
            _spread(length, tuple(self._starts(length).tolist()), self.cell, self.cells)
            for length in (height, width)
        )
        maps = orientation_maps(planes, self.bins)
        cells = np.matmul(np.matmul(rows, maps), columns.T)
        shape = (len(planes), self.bins, -1, self.cells, len(columns) // self.cells, self.cells)
        patches = cells.reshape(shape).transpose(0, 2, 4, 3, 5, 1)
        return _normalised(patches.reshape(len(planes), -1, self.length), self.clip)


def orientation_maps(planes: Planes, bins: int) -> Planes:
    """The gradient's magnitude, shared out between the two bins next to its orientation.

    Parameters
    ----------
    planes : (N, H, W) float32
        Gradients are central differences; at the edges there are none across them.
    bins : int
        The first is along x, they go round towards y, and all weights of a pixel sum to its
        gradient's magnitude.

    Returns
    -------
    (N, bins, H, W) float32

    Examples
    --------
    >>> ramp = np.broadcast_to(np.arange(5, dtype=np.float32), (1, 5, 5))
    >>> up, down = (orientation_maps(one, 4)[0, :, 2, 2].tolist() for one in (ramp, -ramp))
    >>> up, down
    ([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])
    """
    across, down = np.zeros_like(planes), np.zeros_like(planes)
    across[:, :, 1:-1] = 0.5 * (planes[:, :, 2:] - planes[:, :, :-2])
    down[:, 1:-1] = 0.5 * (planes[:, 2:] - planes[:, :-2])
    turn = np.arctan2(down, across) * np.float32(bins / (2 * np.pi)) + np.float32(bins)
    below = np.floor(turn)
    share = turn - below
    first = below.astype(np.intp) % bins
    size = np.hypot(across, down)
    maps = np.zeros((len(planes), bins, *planes.shape[1:]), dtype=np.float32)
    np.put_along_axis(maps, first[:, None], (size * (1 - share))[:, None], axis=1)
    np.put_along_axis(maps, ((first + 1) % bins)[:, None], (size * share)[:, None], axis=1)
    return maps


@lru_cache(maxsize=32)
def _spread(length: int, starts: tuple[int, ...], cell: int, cells: int) -> Planes:
    """(len(starts) · cells, length): how much each pixel adds to each cell along one axis."""
    middles = np.add.outer(np.array(starts), cell * (np.arange(cells) + 0.5) - 0.5).ravel()
    distance = np.abs(np.arange(length) - middles[:, None]) / cell
    return np.asarray(np.maximum(0.0, 1.0 - distance), dtype=np.float32)


def _normalised(patches: Descriptors, clip: float) -> Descriptors:
    """Unit length, clipped, unit length; what is flat beside the crop's other patches stays so."""
    lengths = np.linalg.norm(patches, axis=-1, keepdims=True)
    floor = np.maximum(_FLAT * lengths.mean(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    clipped = np.minimum(patches / np.maximum(lengths, floor), np.float32(clip))
    lengths = np.linalg.norm(clipped, axis=-1, keepdims=True)
    return np.asarray(clipped / np.maximum(lengths, np.float32(clip)), dtype=np.float32)
