"""Non-maximum suppression: of boxes that show the same thing, the one with the highest score."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Over = Literal["union", "smaller"]
Edges = NDArray[np.float64]


def suppressed(
    boxes: Edges, scores: NDArray[np.floating], limit: float, over: Over = "union"
) -> NDArray[np.intp]:
    """Which boxes stay, the highest score first; of equal scores the earlier one wins.

    Boxes are taken by falling score; each drops all later ones that overlap it too much.

    Parameters
    ----------
    boxes : (N, 4) float64
        Left, top, right and bottom edges.
    scores : (N,) array
        How sure each is.
    limit : float
        The largest overlap of two that both stay.
    over : {"union", "smaller"}
        What the intersection is divided by: the union of both, or the smaller of them, which also
        drops a box inside another.

    Returns
    -------
    (K,) int
        Positions in `boxes`.

    Examples
    --------
    >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], float)
    >>> suppressed(boxes, np.array([0.6, 0.9, 0.7]), 0.5).tolist()
    [1, 2]
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[overlap(boxes[best], boxes[order], over) <= limit]
    return np.array(kept, dtype=np.intp)


def overlap(box: Edges, others: Edges, over: Over = "union") -> Edges:
    """(N,) overlap of one box (4,) with others (N, 4), in [0, 1]; 0 where both are empty."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    first, second = area(box[None])[0], area(others)
    whole = np.minimum(first, second) if over == "smaller" else first + second - shared
    shares: Edges = np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)
    return shares


def area(boxes: Edges) -> Edges:
    """(N,) areas of (N, 4) boxes; a box whose edges have changed places has none."""
    areas: Edges = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    return areas
