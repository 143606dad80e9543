"""Streaming: crops are read no further ahead than the batch being filled."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from align_eval.image import Image, to_rgb
from align_eval.interfaces import Embeddings

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one possibly shorter; each is read when it is asked for.

    Examples
    --------
    >>> list(batched(range(5), 2))
    [[0, 1], [2, 3], [4]]
    """
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def rgb_chips(
    crops: Iterable[Image], size: tuple[int, int], needed_by: str
) -> Iterator[NDArray[np.uint8]]:
    """Contiguous RGB uint8 (H, W, 3) crops, checked one by one.

    Parameters
    ----------
    crops : iterable of Image
        RGB uint8, or gray uint8 or uint16 (see `align_eval.image.to_rgb`).
    size : tuple of int
        The (width, height) that every crop must have.
    needed_by : str
        Who wants it, for the message.

    Raises
    ------
    ConfigError
        A crop of another size or of another number of channels.
    """
    width, height = size
    for number, crop in enumerate(crops):
        chip = np.ascontiguousarray(to_rgb(crop)) if crop.ndim in {2, 3} else crop
        if chip.shape != (height, width, 3):
            raise ConfigError(
                f"{needed_by} wants RGB or gray crops of {width} × {height} (width × height), "
                f"got shape {crop.shape} at number {number}"
            )
        yield chip


def stacked(parts: Iterable[NDArray[np.floating]], width: int) -> Embeddings:
    """Row blocks under each other: (N, `width`) float32, (0, `width`) where there are none.

    Examples
    --------
    >>> stacked([], 3).shape
    (0, 3)
    """
    blocks = [np.empty((0, width), dtype=np.float32), *parts]
    return np.concatenate(blocks).astype(np.float32, copy=False)
