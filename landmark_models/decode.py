"""From a network's raw output to points in crop pixels.

Crop pixels have their centres at integers. A value v of a ``normalised`` output means the pixel
``v · side``, as PFLD and its successors train it; of a ``centred`` one ``(v + 1)/2 · side``, as
insightface does; ``pixels`` are taken as they are. The others read heat maps, see
`landmark_models.peaks`; ``heatmap`` is ``quarter``.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from align_eval.landmarks import FloatArray
from landmark_models.peaks import PLAIN, Reader, Reading, read

Coded = Literal["normalised", "pixels", "centred"]
Decode = Coded | Literal["heatmap"] | Reader
Order = Literal["xy", "yx", "xyz"]
Grade = Literal["height", "spread"]
READS: Mapping[str, Reader] = {"heatmap": "quarter", **{how: how for how in get_args(Reader)}}
"""The decodings of heat maps, and the reader of each."""
DECODES, ORDERS, GRADES = (*get_args(Coded), *READS), get_args(Order), get_args(Grade)

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
    reading: Reading = PLAIN,
    grade: Grade = "height",
) -> Decoded:
    """Points of a batch of crops.

    Parameters
    ----------
    output : (B, …) array
        Coordinates: ``count`` pairs (or triples) a crop in any shape. Heat maps: (B, count, h, w).
    count : int
        Number of points of the scheme.
    size : (int, int)
        (width, height) of the crop.
    how : str
        What the numbers mean; one of `DECODES`.
    order : {"xy", "yx", "xyz"}
        How coordinates are interleaved; z is ignored.
    reading : Reading
        Options of some readers of heat maps.
    grade : {"height", "spread"}
        What of a heat map is a point's quality: the peak's height, or minus its standard deviation
        in crop pixels.

    Raises
    ------
    ConfigError
        A number of outputs that does not fit the scheme, or maps that a reader cannot use.

    Examples
    --------
    >>> decode(np.array([[0.5, 0.25]]), 1, (100, 100)).points.tolist()
    [[[50.0, 25.0]]]
    >>> decode(np.array([[0.0, -1.0]]), 1, (100, 100), "centred").points.tolist()
    [[[50.0, 0.0]]]
    """
    if how in READS:
        return _mapped(output, count, size, READS[how], reading, grade)
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


def _mapped(
    maps: NDArray[np.float32],
    count: int,
    size: tuple[int, int],
    how: Reader,
    reading: Reading,
    grade: Grade,
) -> Decoded:
    """Peaks of heat maps; a cell's centre lies at ``(i + ½) · stride − ½`` crop pixels."""
    if maps.ndim != 4 or maps.shape[1] != count:
        raise ConfigError(
            f"the output has shape {maps.shape[1:]} a face; heatmaps of {count} points want "
            f"({count}, height, width)"
        )
    found = read(maps, how, reading)
    stride = np.array(size) / maps.shape[:1:-1]
    points = (found.at + 0.5) * stride - 0.5
    if grade == "height":
        return Decoded(points, found.height)
    return Decoded(points, -np.sqrt(np.square(found.spread * stride).mean(axis=-1)))
