"""From a network's raw output to points in crop pixels.

Crop pixels have their centres at integers. A value v of a ``normalised`` output means the pixel
``v · side``, as PFLD and its successors train it; of a ``centred`` one ``(v + 1)/2 · side``, as
insightface does; ``pixels`` are taken as they are.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from align_eval.landmarks import FloatArray

Decode = Literal["normalised", "pixels", "centred", "heatmap"]
Order = Literal["xy", "yx", "xyz"]
DECODES, ORDERS = get_args(Decode), get_args(Order)

_WIDTH: Mapping[str, int] = {"xy": 2, "yx": 2, "xyz": 3}


class Decoded(NamedTuple):
    """Points (B, N, 2) in crop pixels, and a quality (B, N) where the output has one."""

    points: FloatArray
    quality: FloatArray | None = None


def decode(
    output: NDArray[np.float32],
    count: int,
    size: tuple[int, int],
    how: Decode = "normalised",
    order: Order = "xy",
) -> Decoded:
    """Points of a batch of crops.

    Parameters
    ----------
    output : (B, …) array
        Coordinates: ``count`` pairs (or triples) a crop in any shape. Heatmaps: (B, count, h, w).
    count : int
        Number of points of the scheme.
    size : (int, int)
        (width, height) of the crop.
    how : {"normalised", "pixels", "centred", "heatmap"}
        What the numbers mean.
    order : {"xy", "yx", "xyz"}
        How coordinates are interleaved; z is ignored.

    Raises
    ------
    ConfigError
        A number of outputs that does not fit the scheme.

    Examples
    --------
    >>> decode(np.array([[0.5, 0.25]]), 1, (100, 100)).points.tolist()
    [[[50.0, 25.0]]]
    >>> decode(np.array([[0.0, -1.0]]), 1, (100, 100), "centred").points.tolist()
    [[[50.0, 0.0]]]
    """
    if how == "heatmap":
        return _heatmap(output, count, size)
    wanted = count * _WIDTH[order]
    per_crop = int(np.prod(output.shape[1:]))
    if per_crop != wanted:
        raise ConfigError(
            f"the output holds {per_crop} numbers a face, shape {output.shape[1:]}; "
            f"{count} points in order {order!r} want {wanted}"
        )
    values = output.reshape(len(output), count, -1)[..., :2].astype(np.float64)
    points = values[..., ::-1] if order == "yx" else values
    if how == "normalised":
        return Decoded(points * size)
    if how == "centred":
        return Decoded((points + 1) / 2 * size)
    return Decoded(points)


def _heatmap(maps: NDArray[np.float32], count: int, size: tuple[int, int]) -> Decoded:
    """The highest cell, moved a quarter of a cell towards its higher neighbour on each axis.

    Newell, Yang and Deng, Stacked Hourglass Networks, ECCV 2016. A cell's centre lies at
    ``(i + ½) · stride − ½`` crop pixels.
    """
    if maps.ndim != 4 or maps.shape[1] != count:
        raise ConfigError(
            f"the output has shape {maps.shape[1:]} a face; heatmaps of {count} points want "
            f"({count}, height, width)"
        )
    height, width = maps.shape[2:]
    flat = maps.reshape(len(maps), count, -1)
    rows, columns = np.divmod(flat.argmax(axis=2), width)
    batch, point = np.ogrid[: len(maps), :count]

    def quarter(at: NDArray[np.intp], last: int, right: int, down: int) -> FloatArray:
        """±¼ towards the higher neighbour; 0 between equals and at the border."""
        inside = (at > 0) & (at < last)
        dx, dy = right * inside, down * inside
        higher = maps[batch, point, rows + dy, columns + dx]
        lower = maps[batch, point, rows - dy, columns - dx]
        step: FloatArray = 0.25 * np.sign(higher.astype(np.float64) - lower)
        return step

    x = columns + quarter(columns, width - 1, 1, 0)
    y = rows + quarter(rows, height - 1, 0, 1)
    stride = np.array(size) / (width, height)
    points = (np.stack([x, y], axis=-1) + 0.5) * stride - 0.5
    return Decoded(points, flat.max(axis=2).astype(np.float64))
