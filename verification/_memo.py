"""Rows that an embedder has given before: the same crop is embedded once.

A study shows the same crop to the same network many times: a gallery or training crop that the
baseline aligned comes again for every fold and for every aligner under test.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np

from align_eval.errors import ContractError
from align_eval.image import Image
from align_eval.interfaces import Embedder, Embeddings

CAPACITY = 65_536
"""Rows: 32 MiB of 128 numbers each, 128 MiB of 512."""


class Memo:
    """An embedder's `embed` that remembers rows by the content of their crops.

    A remembered row is the one that the embedder gave, to the bit. Crops stream through: they are
    read as the embedder asks for them, none is kept, and it is handed those alone that are new,
    each once.

    Parameters
    ----------
    embedder : Embedder
        Each of its rows depends on its crop alone.
    capacity : int
        How many rows are remembered; those that were needed longest ago are forgotten first.

    Examples
    --------
    >>> class Counting:
    ...     name, template, size, seen = "counting", "arcface112", (112, 112), 0
    ...     def embed(self, crops):
    ...         rows = [[crop.mean()] for crop in crops]
    ...         self.seen += len(rows)
    ...         return np.array(rows, np.float32).reshape(-1, 1)
    >>> memo = Memo(Counting())
    >>> dark, light = np.zeros((2, 2), np.uint8), np.full((2, 2), 9, np.uint8)
    >>> memo.embed([dark, light, dark]).ravel().tolist(), memo.embed([light]).ravel().tolist()
    ([0.0, 9.0, 0.0], [9.0])
    >>> memo.embedder.seen
    2
    """

    def __init__(self, embedder: Embedder, capacity: int = CAPACITY) -> None:
        self.embedder = embedder
        self._capacity = capacity
        self._rows: OrderedDict[bytes, Embeddings] = OrderedDict()

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D): a row for each crop.

        Raises
        ------
        ContractError
            The embedder gives something else than one row for each crop.
        """
        order: list[bytes] = []
        rows: dict[bytes, Embeddings] = {}  # this stream's, which may be more than are remembered
        new: dict[bytes, None] = {}
        unknown = self._unknown(crops, order, rows, new)
        made = self.embedder.embed(unknown)
        next(unknown, None)  # a crop that the embedder left unread is one without a row
        if made.ndim != 2 or len(made) != len(new):
            raise ContractError(
                f"embedder {self.embedder.name!r} wants to give (N, D) rows for {len(new)} crops, "
                f"gave {made.shape}"
            )
        if len(new) == len(order):
            self._remember(new, made)
            return made
        rows.update(zip(new, made, strict=True))
        self._remember(new, made)
        return np.stack([rows[key] for key in order])

    def _unknown(
        self,
        crops: Iterable[Image],
        order: list[bytes],
        rows: dict[bytes, Embeddings],
        new: dict[bytes, None],
    ) -> Iterator[Image]:
        """The crops that have no row yet; notes every crop's key in the stream's `order`."""
        for crop in crops:
            key = _digest(crop)
            order.append(key)
            if key in new or key in rows:
                continue
            if key in self._rows:
                self._rows.move_to_end(key)
                rows[key] = self._rows[key]
            else:
                new[key] = None
                yield crop

    def _remember(self, keys: Iterable[bytes], rows: Embeddings) -> None:
        for key, row in zip(keys, rows, strict=True):
            self._rows[key] = row.copy()  # a view would keep the whole array
            if len(self._rows) > self._capacity:
                self._rows.popitem(last=False)


def _digest(crop: Image) -> bytes:
    content = blake2b(f"{crop.dtype.str} {crop.shape} ".encode(), digest_size=32)
    content.update(np.ascontiguousarray(crop).data)
    return content.digest()
