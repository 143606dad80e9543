"""How two embeddings are compared, and how several become one."""

from collections.abc import Sequence
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import UnknownNameError
from align_eval.interfaces import Embeddings

Measure = Literal["cosine", "euclidean"]

_CHUNK_BYTES = 4 << 20  # a block and its double-precision difference stay in the cache


def checked(measure: str) -> Measure:
    """The measure of a name.

    Raises
    ------
    UnknownNameError
        A name that is none.

    Examples
    --------
    >>> checked("cosine")
    'cosine'
    """
    if measure not in get_args(Measure):
        raise UnknownNameError("score", str(measure), get_args(Measure))
    return cast(Measure, measure)


def unit(rows: NDArray[np.floating]) -> Embeddings:
    """Rows of length 1, (N, D) float32; a row of zeros has no direction and stays zero.

    Examples
    --------
    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    directions: Embeddings = (rows / np.where(length > 0, length, 1.0)).astype(np.float32)
    return directions


def compare(references: Embeddings, probes: Embeddings, measure: Measure) -> NDArray[np.float64]:
    """The score of each pair of rows, higher meaning more alike: (T,) float64.

    ``"cosine"`` is the dot product of rows that have unit length already, in [−1, 1];
    ``"euclidean"`` is −‖a − b‖, at most 0. Rows are taken a block at a time, so that what is
    made on the way stays small beside the arguments.

    Parameters
    ----------
    references, probes : (T, D) array
        Row t of one is compared with row t of the other.
    measure : {"cosine", "euclidean"}

    Raises
    ------
    ValueError
        Arguments of different shapes.

    Examples
    --------
    >>> a, b = np.array([[1, 0], [0, 1]], np.float32), np.array([[1, 0], [3, 5]], np.float32)
    >>> compare(a, b, "euclidean").tolist(), compare(a, b, "cosine").tolist()
    ([-0.0, -5.0], [1.0, 5.0])
    """
    if references.shape != probes.shape:
        raise ValueError(f"cannot compare {references.shape} with {probes.shape} rows")
    scores = np.empty(len(probes))
    step = max(1, _CHUNK_BYTES // (8 * max(1, probes.shape[1])))
    for first in range(0, len(probes), step):
        part = slice(first, first + step)
        a, b = references[part], probes[part]
        if measure == "cosine":
            scores[part] = np.einsum("td,td->t", a, b, dtype=np.float64)
        else:
            gap = np.subtract(a, b, dtype=np.float64)
            scores[part] = -np.sqrt(np.einsum("td,td->t", gap, gap))
    return scores


def pooled(embeddings: Embeddings, references: Sequence[str], measure: Measure) -> Embeddings:
    """One row for each distinct reference, in order of first appearance: (G, D) float32.

    The row is the mean of the reference's rows; for ``"cosine"`` its direction. A reference of a
    single face keeps that face's row to the bit.

    Parameters
    ----------
    embeddings : (N, D) array
        A row for each face; of unit length for ``"cosine"``.
    references : sequence of N str
        The reference that each face belongs to.
    measure : {"cosine", "euclidean"}

    Raises
    ------
    ValueError
        Another number of references than of rows.

    Examples
    --------
    >>> pooled(np.array([[1, 0], [0, 4], [0, 2]], np.float32), ["b", "a", "b"], "euclidean")
    array([[0.5, 1. ],
           [0. , 4. ]], dtype=float32)
    """
    if len(references) != len(embeddings):
        raise ValueError(f"{len(embeddings)} embeddings want as many names, got {len(references)}")
    position: dict[str, int] = {}
    index = np.array([position.setdefault(n, len(position)) for n in references], dtype=np.intp)
    count = np.bincount(index, minlength=len(position))
    total = np.zeros((len(position), embeddings.shape[1]))
    np.add.at(total, index, embeddings)
    mean = total / count[:, None]
    rows = unit(mean) if measure == "cosine" else mean.astype(np.float32)
    single = count[index] == 1
    rows[index[single]] = embeddings[single]
    return rows
