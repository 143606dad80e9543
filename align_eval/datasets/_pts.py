"""300-W style ``.pts`` files, for the loaders of the sets that are given out in them.

A file holds ``version: 1``, ``n_points: 68`` and the points between braces. Its numbers are given
here as they stand there: 300-W counts from 1, other sets give signs a meaning.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets._files import inside, lines_of
from align_eval.errors import DataError
from align_eval.faces import Box

_HEADER = re.compile(r"\s*(version|n_points)\s*:\s*(\S+)\s*", re.IGNORECASE)


def read_pts(path: Path, wanted: int | None = None) -> NDArray[np.float64]:
    """The numbers of a ``.pts`` file, (N, 2), as they stand there.

    Parameters
    ----------
    path : Path
        The file.
    wanted : int, optional
        How many points it should have.

    Raises
    ------
    DataError
        A malformed line (it is named), or another number of points than is declared or wanted.
    """
    declared = None
    lines = lines_of(path)
    for where, line in lines:
        if line.strip() == "{":
            break
        header = _HEADER.fullmatch(line)
        if not header:
            raise DataError(f"{where}: wanted 'n_points: N' or '{{', got {line.strip()!r}")
        if header[1].lower() == "n_points":
            declared = _count(where, header[2])
    points, closed = _points(lines)
    if not closed:
        raise DataError(f"{path.name}: the points are not closed by '}}'")
    if declared is None or len(points) != declared:
        raise DataError(f"{path.name}: n_points says {declared}, found {len(points)} points")
    if wanted is not None and len(points) != wanted:
        raise DataError(f"{path.name}: {len(points)} points; wanted {wanted}")
    return np.array(points, dtype=np.float64).reshape(-1, 2)


def files_by_stem(root: Path, below: str, suffixes: tuple[str, ...], name: str) -> dict[str, Path]:
    """Files of some suffixes in a folder and its subfolders, by their path without suffix.

    Parameters
    ----------
    root : Path
        From `root_folder`; the paths start there.
    below : str
        Where to look in it; empty for everywhere.
    suffixes : tuple of str
        In lower case: ``(".pts",)``.
    name : str
        The data set's, for messages.

    Raises
    ------
    DataError
        Two files that differ in their suffix only, or one that leads out of the root.
    """
    found: dict[str, Path] = {}
    for path in sorted((root / below).rglob("*")):
        if path.suffix.lower() not in suffixes or path.is_dir():
            continue
        relative = path.relative_to(root)
        stem = relative.with_suffix("").as_posix()
        if stem in found:
            raise DataError(f"data set {name!r} holds two files for {stem!r}")
        found[stem] = inside(root, relative, name)
    return found


def box_around(points: NDArray[np.float64], margin: float = 0.0) -> Box | None:
    """The box around the points that are not NaN, grown on each side by a part of its size.

    None where no two points differ in both x and y.

    Examples
    --------
    >>> box_around(np.array([[0.0, 0.0], [10.0, 20.0], [np.nan, np.nan]]), margin=0.1)
    Box(x=-1.0, y=-2.0, width=12.0, height=24.0)
    """
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return None
    low, high = known.min(axis=0), known.max(axis=0)
    if not (high > low).all():
        return None
    x, y = (low - margin * (high - low)).tolist()
    width, height = ((1 + 2 * margin) * (high - low)).tolist()
    return Box(x, y, width, height)


def _points(lines: Iterator[tuple[str, str]]) -> tuple[list[tuple[float, float]], bool]:
    """The points up to the closing brace, and whether there was one."""
    points: list[tuple[float, float]] = []
    for where, line in lines:
        if line.strip() == "}":
            return points, True
        points.append(point_of(where, line))
    return points, False


def point_of(where: str, line: str) -> tuple[float, float]:
    """The two finite numbers of a line.

    Raises
    ------
    DataError
        Anything else; the line is named.
    """
    try:
        x, y = (float(field) for field in line.split())
    except ValueError as error:
        raise DataError(f"{where}: wanted 'x y', got {line.strip()!r}") from error
    if not np.isfinite([x, y]).all():
        raise DataError(f"{where}: a coordinate is not finite: {line.strip()!r}")
    return x, y


def _count(where: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DataError(f"{where}: n_points wants a whole number, got {text!r}")
    return int(text)
