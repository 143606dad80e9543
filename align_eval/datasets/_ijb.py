"""The lists of IJB-B and IJB-C as insightface's evaluation gives them out, read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval.datasets._files import lines_of
from align_eval.errors import DataError, UnknownNameError

SUBSETS: Mapping[str, tuple[str, str]] = {"IJBB": ("S1", "S2"), "IJBC": ("G1", "G2")}
"""The subsets, with what their galleries are called in the names of their lists."""

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """Where the files of a subset are."""

    subset: str
    folder: Path

    def named(self, name: str) -> Path:
        """A list by what comes behind the subset's prefix."""
        return self.folder / "meta" / f"{self.subset.lower()}_{name}"

    @property
    def templates(self) -> Path:
        """Image, template, media."""
        return self.named("face_tid_mid.txt")

    @property
    def points(self) -> Path:
        """Image, five points, score."""
        return self.named("name_5pts_score.txt")

    @property
    def pairs(self) -> Path:
        """Template, template, label."""
        return self.named("template_pair_label.txt")

    @property
    def galleries(self) -> tuple[Path, Path]:
        """Templates and subjects of the two galleries."""
        first, second = (self.named(f"1N_gallery_{name}.csv") for name in SUBSETS[self.subset])
        return first, second

    @property
    def probes(self) -> Path:
        """Templates and subjects of the probes."""
        return self.named("1N_probe_mixed.csv")


class Shot(NamedTuple):
    """One image: its name, template, media, five points (5, 2) and the detector's score."""

    name: str
    template: int
    media: str
    points: NDArray[np.float64]
    score: float


def find_lists(root: Path, subset: str) -> Lists:
    """The subset that is asked for, or the only one that is there.

    Raises
    ------
    UnknownNameError
        No such subset.
    DataError
        It is not there, or both are and none is named.
    """
    if subset and subset not in SUBSETS:
        raise UnknownNameError("subset of IJB", subset, SUBSETS)
    asked = (subset,) if subset else tuple(SUBSETS)
    possible = (Lists(name, folder) for name in asked for folder in (root, root / name))
    there = [lists for lists in possible if lists.templates.is_file()]
    if len(there) == 1:
        return there[0]
    wanted = " or ".join(asked)
    if there:
        raise DataError(f"data set 'ijb' finds {wanted} in {root}: name one by the option subset")
    example = f"meta/{asked[-1].lower()}_face_tid_mid.txt"
    raise DataError(f"data set 'ijb' wants {wanted}, with {example}, in {root}")


def read_shots(lists: Lists) -> list[Shot]:
    """Every image, from the two lists of which line k is about the same image.

    Raises
    ------
    DataError
        A line that is malformed or repeated, or lists that do not go side by side.
    """
    first, second = list(lines_of(lists.templates)), list(lines_of(lists.points))
    if len(first) != len(second) or not first:
        raise DataError(
            f"{lists.points.name}: wants a line for each image of {lists.templates.name}, which "
            f"has {len(first)}; got {len(second)}"
        )
    seen: set[str] = set()
    shots = []
    for one, other in zip(first, second, strict=True):
        shot = _shot(*one, *other, lists.templates.name)
        if shot.name in seen:
            raise DataError(f"{one[0]}: the image {shot.name!r} stands there twice")
        seen.add(shot.name)
        shots.append(shot)
    return shots


def _shot(where: str, line: str, where_points: str, marked: str, other: str) -> Shot:
    fields, numbers = line.split(), marked.split()
    if len(fields) != 3 or not _whole(fields[1:]) or Path(fields[0]).name != fields[0]:
        raise DataError(f"{where}: wants 'image template media', got {line.strip()!r}")
    try:
        values = np.array(numbers[1:], dtype=np.float64)
    except ValueError:
        values = np.empty(0)
    if len(values) != 11 or not np.isfinite(values).all() or values[-1] < 0:
        wanted = "'image x1 y1 ... x5 y5 score'"
        raise DataError(f"{where_points}: wants {wanted}, got {marked.strip()!r}")
    if numbers[0] != fields[0]:
        raise DataError(
            f"{where_points}: is about {numbers[0]!r}; that line of {other} is about {fields[0]!r}"
        )
    points = values[:10].reshape(5, 2)
    return Shot(fields[0], int(fields[1]), fields[2], points, float(values[-1]))


def read_pairs(path: Path) -> Ids:
    """(T, 3) template, template, label: millions of lines at once.

    Raises
    ------
    DataError
        A line that is no pair; it is named.
    """
    try:
        frame = pd.read_csv(
            path, sep=r"\s+", header=None, encoding="utf-8-sig", quoting=3, na_filter=False
        )
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path.name}: lists no pairs") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, OverflowError) as error:  # the parser's, and of what is no UTF-8
        raise _no_pairs(path) from error
    if frame.shape[1] != 3 or not all(kind == np.int64 for kind in frame.dtypes):
        raise _no_pairs(path)
    pairs = frame.to_numpy()
    if not ((pairs[:, 2] == 0) | (pairs[:, 2] == 1)).all():
        raise _no_pairs(path)
    return pairs


def _no_pairs(path: Path) -> DataError:
    """What to say of a list that is not of pairs: its first line that is none."""
    wanted = "'template template label', the label 0 or 1"
    for where, line in lines_of(path):
        fields = line.split()
        if len(fields) != 3 or not _whole(fields) or fields[2] not in ("0", "1"):
            return DataError(f"{where}: wants {wanted}, got {line.strip()!r}")
    return DataError(f"{path.name}: wants lines of {wanted}, and numbers of 18 digits at most")


def line_of(path: Path, row: Any) -> str:
    """Where a row of a list is: blank lines are no rows."""
    return next(where for k, (where, _) in enumerate(lines_of(path)) if k == row)


def read_subjects(*paths: Path) -> dict[int, str]:
    """The subject of each template in 1:N lists; templates in the order of their first lines.

    Raises
    ------
    DataError
        A list that is missing or malformed, or a template of two subjects.
    """
    subjects: dict[int, str] = {}
    for path in paths:
        for where, template, subject in _owned(path):
            if subjects.setdefault(template, subject) != subject:
                raise DataError(
                    f"{where}: template {template} is of subject {subject}, and was of "
                    f"{subjects[template]}"
                )
    return subjects


def _owned(path: Path) -> Iterator[tuple[str, int, str]]:
    """The first two columns; a template has a line for each of its images."""
    lines = lines_of(path)
    header = next(lines, ("", ""))[1].split(",")[:2]
    if [name.strip().upper() for name in header] != ["TEMPLATE_ID", "SUBJECT_ID"]:
        raise DataError(
            f"{path.name}: wants a header that begins with TEMPLATE_ID,SUBJECT_ID, got "
            f"{','.join(header)!r}"
        )
    for where, line in lines:
        cells = [cell.strip() for cell in line.split(",")[:2]]
        if len(cells) != 2 or not _whole(cells):
            raise DataError(
                f"{where}: wants the numbers of a template and a subject, got {line.strip()!r}"
            )
        yield where, int(cells[0]), cells[1]


def _whole(fields: list[str]) -> bool:
    """Whether all are whole numbers, from 0."""
    return all(field.isascii() and field.isdigit() for field in fields)
