"""Where the peak of a heat map lies between its cells, how high it is and how wide.

All maps of a batch are read at once, and beyond the search for the highest cell only the windows
round the peaks are touched: Earp et al. (Sub-pixel face landmarks using heatmaps and a bag of
tricks, 2021) call this step expensive; it need not be.

- ``argmax``: the highest cell (their eq. 1).
- ``quarter``: a quarter of a cell from it towards the higher neighbour on each axis, a form of
  their eq. 2 (Newell, Yang and Deng, Stacked Hourglass Networks, ECCV 2016).
- ``taylor``: the vertex of the second-order expansion of the map's logarithm at the highest cell,
  exact for any Gaussian (Zhang, Zhu, Dai, Ye and Zhu, Distribution-Aware Coordinate Representation
  for Human Pose Estimation, CVPR 2020). ``blur`` smoothes the map first, as they do.
- ``gaussian``: the Gaussian fitted by least squares to the logarithms of a window, each weighted
  by its squared value, since noise of the map is larger in the logarithm of a low value (Guo, A
  Simple Algorithm for Fitting a Gaussian Function, IEEE Signal Processing Magazine, 2011). Exact
  for any Gaussian too.
- ``softargmax``: the mean position under the map taken as a distribution, of the whole map or of
  a window (Sun, Xiao, Wei, Liang and Wei, Integral Human Pose Regression, ECCV 2018).

Where a map is odd:

- Of equal cells the first counts, so ``argmax`` and what starts there put a flat map in its first
  cell; ``softargmax`` of a whole flat map is its centre.
- A map that holds NaN, or whose highest value is infinite, has the position, height and spread NaN.
- A value below a ten-thousandth of the peak counts as that much where its logarithm is taken. All
  logarithms of a map without a positive value are equal, and so are its weights.
- Beyond its border a map is mirrored, so that ``quarter`` and ``taylor`` leave a peak on the border
  on it. A window of ``gaussian`` is moved inside, and one of ``softargmax`` ends at the border.
- A surface that has no vertex in two dimensions is taken axis by axis, and an axis without one
  has no step. ``gaussian`` takes the step of ``taylor`` there. No step is longer than a cell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from align_eval.landmarks import FloatArray
from landmark_models._log_surface import expanded, fitted, reach

Reader = Literal["argmax", "quarter", "taylor", "gaussian", "softargmax"]
READERS: tuple[Reader, ...] = get_args(Reader)

_FIT_WINDOW = 5


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < np.inf


@dataclass(frozen=True)
class Reading:
    """What readers may be told.

    Parameters
    ----------
    window : int, optional
        Cells on each side of the window of ``gaussian`` (5 if left out) and of ``softargmax`` (the
        whole map if left out); an odd number from 3.
    blur : float
        Standard deviation in cells of a Gaussian that smoothes the map before ``taylor``; 0: none.
    sharpness : float, optional
        ``softargmax`` weighs cells by the softmax of ``sharpness · map``, as a map of logits wants
        it; left out, by the map itself, where it is positive.

    Raises
    ------
    ConfigError
        A value that its key cannot have.
    """

    window: int | None = None
    blur: float = 0.0
    sharpness: float | None = None

    def __post_init__(self) -> None:
        side = self.window
        if side is not None and (type(side) is not int or side < 3 or side % 2 == 0):
            raise ConfigError(f"reading.window wants an odd number of cells from 3, got {side!r}")
        if not _finite(self.blur) or self.blur < 0:
            raise ConfigError(f"reading.blur wants cells, none below 0, got {self.blur!r}")
        if self.sharpness is not None and (not _finite(self.sharpness) or self.sharpness <= 0):
            raise ConfigError(f"reading.sharpness wants a positive number, got {self.sharpness!r}")

    def suit(self, how: str) -> None:
        """Raise `ConfigError` if something is given that a reader does not use."""
        for key, given, users in (
            ("window", self.window is not None, ("gaussian", "softargmax")),
            ("blur", self.blur > 0, ("taylor",)),
            ("sharpness", self.sharpness is not None, ("softargmax",)),
        ):
            if given and how not in users:
                wanted = " or ".join(map(repr, users))
                raise ConfigError(f"reading.{key} wants decode {wanted}, got {how!r}")


PLAIN = Reading()


class Found(NamedTuple):
    """Positions (B, P, 2) as x and y in cells, heights (B, P), and spreads (B, P, 2) in cells.

    The height is the map's highest value. The spread is a standard deviation along x and along y:
    for ``softargmax`` that of the distribution, for the others that of the fitted Gaussian, at most
    that of an even map.
    """

    at: FloatArray
    height: FloatArray
    spread: FloatArray


class _Tops(NamedTuple):
    """The n = B · P maps (n, h, w) and the highest cell of each; `finite` says where it has one."""

    maps: NDArray[np.floating]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    height: FloatArray
    finite: NDArray[np.bool_]


def read(maps: NDArray[Any], how: Reader = "taylor", reading: Reading = PLAIN) -> Found:
    """The peak of every map.

    Parameters
    ----------
    maps : (B, P, h, w) array
        Heat maps, best C-contiguous float32: others are copied whole.
    how : {"argmax", "quarter", "taylor", "gaussian", "softargmax"}
        See the module.
    reading : Reading
        Options of some readers.

    Raises
    ------
    ConfigError
        No four dimensions, maps without a cell, or maps smaller than the window of ``gaussian``.

    Examples
    --------
    >>> y, x = np.mgrid[:9, :9]
    >>> blob = np.exp(-((x - 4.3) ** 2 + (y - 3.8) ** 2) / 8)
    >>> read(blob[None, None], "quarter").at.tolist()
    [[[4.25, 3.75]]]
    >>> found = read(blob[None, None], "taylor")
    >>> found.at.round(9).tolist(), found.spread.round(9).tolist()
    ([[[4.3, 3.8]]], [[[2.0, 2.0]]])
    """
    if maps.ndim != 4 or 0 in maps.shape[2:]:
        raise ConfigError(f"heat maps want the shape (B, P, h, w) with cells, got {maps.shape}")
    batch, points = maps.shape[:2]
    tops = _tops(maps)
    with np.errstate(over="ignore"):  # what is far below the height is −∞ of it
        at, spread = _READ[how](tops, reading)
    height = tops.height
    if not tops.finite.all():
        height = np.where(tops.finite, height, np.nan)
        at, spread = (np.where(tops.finite, part, np.nan) for part in (at, spread))
    return Found(
        at.T.reshape(batch, points, 2), height.reshape(batch, points),
        spread.T.reshape(batch, points, 2),
    )  # fmt: skip


def _tops(maps: NDArray[Any]) -> _Tops:
    fast = maps if maps.dtype in (np.float32, np.float64) else maps.astype(np.float32)
    count, (high, wide) = fast.shape[0] * fast.shape[1], fast.shape[2:]
    flat = fast.reshape(count, high * wide)
    cell = flat.argmax(axis=1)
    row, column = np.divmod(cell, wide)
    height = flat[np.arange(count), cell].astype(np.float64)
    return _Tops(flat.reshape(count, high, wide), row, column, height, np.isfinite(height))


def _mirrored(start: NDArray[np.intp], steps: NDArray[np.intp], last: int) -> NDArray[np.intp]:
    """(k, n) positions at (k,) steps from (n,) others, mirrored in the first and the last cell."""
    along = np.abs(start + steps[:, None])
    inside: NDArray[np.intp] = np.clip(last - np.abs(last - along), 0, last)
    return inside


def _cells(tops: _Tops, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
    """(k, m, n) values at (k, n) rows and (m, n) columns; zeros for a map that has no top."""
    count, high, wide = tops.maps.shape
    first = np.arange(0, count * high * wide, high * wide)
    index = (rows * wide + first)[:, None] + columns
    values = tops.maps.reshape(-1).take(index).astype(np.float64)
    return values if tops.finite.all() else np.where(tops.finite, values, 0.0)


def _round(tops: _Tops, radius: int) -> FloatArray:
    """(k, k, n) values round the highest cells."""
    steps, (high, wide) = np.arange(-radius, radius + 1), tops.maps.shape[1:]
    return _cells(
        tops, _mirrored(tops.row, steps, high - 1), _mirrored(tops.column, steps, wide - 1)
    )


def _evenly(tops: _Tops) -> FloatArray:
    """(2, 1) standard deviations of an even map along x and y."""
    high, wide = tops.maps.shape[1:]
    return np.sqrt((np.square([[wide], [high]]) - 1) / 12)


def _expanded(tops: _Tops, blur: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Steps (2, n) and spreads (2, n) from the Taylor expansion of the logarithm."""
    found = expanded(_round(tops, 1 + reach(blur)), blur)
    return np.clip(found.step, -1.0, 1.0), np.minimum(np.sqrt(found.variance), _evenly(tops))


def _place(tops: _Tops) -> FloatArray:
    """(2, n) x and y of the highest cells."""
    return np.stack([tops.column, tops.row]).astype(np.float64)


def _argmax(tops: _Tops, _: Reading) -> tuple[FloatArray, FloatArray]:
    return _place(tops), _expanded(tops)[1]


def _quarter(tops: _Tops, _: Reading) -> tuple[FloatArray, FloatArray]:
    around = _round(tops, 1)
    after, before = around[[1, 2], [2, 1]], around[[1, 0], [0, 1]]
    step = 0.25 * (after > before) - 0.25 * (after < before)  # of −∞ there is no difference
    return _place(tops) + step, _expanded(tops)[1]


def _taylor(tops: _Tops, reading: Reading) -> tuple[FloatArray, FloatArray]:
    step, spread = _expanded(tops, reading.blur)
    return _place(tops) + step, spread


def _gaussian(tops: _Tops, reading: Reading) -> tuple[FloatArray, FloatArray]:
    side = reading.window or _FIT_WINDOW
    high, wide = tops.maps.shape[1:]
    if min(high, wide) < side:
        raise ConfigError(f"a window of {side} cells wants maps as large, got {high}×{wide}")
    radius = side // 2
    row, column = (
        np.clip(top, radius, length - 1 - radius)
        for top, length in ((tops.row, high), (tops.column, wide))
    )
    steps = np.arange(-radius, radius + 1)[:, None]
    found = fitted(_cells(tops, row + steps, column + steps), tops.height)
    top = _place(tops)
    at = np.clip(np.stack([column, row]) + found.step, top - 1.0, top + 1.0)
    spread = np.minimum(np.sqrt(found.variance), _evenly(tops))
    if found.whole.all():
        return at, spread
    step, other = _expanded(tops)
    return np.where(found.whole, at, top + step), np.where(found.whole, spread, other)


def _softargmax(tops: _Tops, reading: Reading) -> tuple[FloatArray, FloatArray]:
    if reading.window is None:
        return _moments(*_marginals(tops, reading.sharpness))
    radius, (high, wide) = reading.window // 2, tops.maps.shape[1:]
    steps = np.arange(-radius, radius + 1)[:, None]
    rows, columns = tops.row + steps, tops.column + steps
    values = _cells(tops, np.clip(rows, 0, high - 1), np.clip(columns, 0, wide - 1))
    inside = ((rows >= 0) & (rows < high))[:, None] & ((columns >= 0) & (columns < wide))
    weights = _weights(values, tops, reading.sharpness) * inside
    return _moments(weights.sum(axis=0), weights.sum(axis=1), columns, rows)


def _weights(
    values: NDArray[np.floating], tops: _Tops, sharpness: float | None
) -> NDArray[np.floating]:
    """(…, n) values of maps as weights that are not all zero, in the values' precision."""
    kind = values.dtype
    height = np.where(tops.finite, tops.height, 0.0)
    shares: NDArray[np.floating]
    if sharpness is not None:
        shares = np.exp(sharpness * (values - height.astype(kind)))
        return shares
    some = height > 0
    shares = np.maximum(values / np.where(some, height, 1.0).astype(kind), 0)
    return shares if some.all() else np.where(some, shares, np.ones((), kind))


def _marginals(
    tops: _Tops, sharpness: float | None
) -> tuple[FloatArray, FloatArray, NDArray[np.intp], NDArray[np.intp]]:
    """Weights (w, n) of the columns and (h, n) of the rows of whole maps, and where they are."""
    maps = tops.maps if tops.finite.all() else np.where(tops.finite[:, None, None], tops.maps, 0)
    weights = np.ascontiguousarray(
        _weights(maps.transpose(1, 2, 0), tops, sharpness).transpose(2, 0, 1)
    )
    high, wide = weights.shape[1:]
    columns = np.ones(high, weights.dtype) @ weights
    rows = weights @ np.ones(wide, weights.dtype)
    return (
        columns.T.astype(np.float64), rows.T.astype(np.float64),
        np.arange(wide)[:, None], np.arange(high)[:, None],
    )  # fmt: skip


def _moments(
    across: FloatArray, down: FloatArray, columns: NDArray[np.intp], rows: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Means and standard deviations (2, n) of places (k, n) along x and y with weights (k, n)."""
    means, deviations = [], []
    for weights, places in ((across, columns), (down, rows)):
        shares = weights / weights.sum(axis=0)
        mean = (shares * places).sum(axis=0)
        means.append(mean)
        deviations.append(np.sqrt((shares * np.square(places - mean)).sum(axis=0)))
    return np.stack(means), np.stack(deviations)


_READ: dict[str, Callable[[_Tops, Reading], tuple[FloatArray, FloatArray]]] = {
    "argmax": _argmax,
    "quarter": _quarter,
    "taylor": _taylor,
    "gaussian": _gaussian,
    "softargmax": _softargmax,
}
