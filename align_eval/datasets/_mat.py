"""MATLAB files before version 7.3, read with nothing in them that could run."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from align_eval.errors import DataError

_BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    EOFError,
    MatReadError,
    struct.error,
    zlib.error,
)


def read_mat(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Some variables of a MATLAB file; structures as dictionaries, cells as object arrays.

    A dimension of one may be missing: see `matrix` and `cells`.

    Raises
    ------
    DataError
        A file that is missing, damaged, of version 7.3 (HDF5), or lacks a variable.
    """
    try:
        with path.open("rb") as file:
            found: dict[str, Any] = loadmat(file, variable_names=list(names), simplify_cells=True)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except NotImplementedError as error:
        raise DataError(f"{path.name}: is of MATLAB version 7.3; wanted an older one") from error
    except _BROKEN as error:
        why = str(error).strip().split("\n")[0]
        raise DataError(f"{path.name}: is no MATLAB file that can be read: {why}") from error
    for name in names:
        if name not in found:
            raise DataError(f"{path.name}: holds no variable {name!r}")
    return found


def matrix(path: Path, name: str, value: Any, columns: int) -> NDArray[np.float64]:
    """A variable as (N, columns) finite numbers.

    Raises
    ------
    DataError
        Anything else.
    """
    try:
        array = np.atleast_2d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise DataError(f"{path.name}: {name} wants numbers") from error
    if array.ndim != 2 or array.shape[1] != columns:
        raise DataError(f"{path.name}: {name} wants rows of {columns} numbers, got {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if len(bad):
        raise DataError(f"{path.name}: {name}, row {bad[0] + 1}: a number is not finite")
    return array


def cells(value: Any) -> list[Any]:
    """What a cell array holds, in order; a single one may have lost its array."""
    return list(np.atleast_1d(np.asarray(value, dtype=object)).ravel())
