"""Images with ``.pts`` files beside them, as 300-W, HELEN, LFPW and AFW are given out.

A file holds ``version: 1``, ``n_points: 68`` and the points between braces. They count from 1, so
1 is subtracted: an integer is then a pixel's centre, from 0.
Source: Sagonas et al., *300 Faces in-the-Wild Challenge*, ICCVW 2013.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import (
    IMAGE_SUFFIXES,
    image_problems,
    inside,
    lines_of,
    root_folder,
    visible_face,
)
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

_HEADER = re.compile(r"\s*(version|n_points)\s*:\s*(\S+)\s*", re.IGNORECASE)


def load(root: str, scheme: str = "", box: str = "none", margin: float = 0.0) -> Dataset:
    """Every image below a folder, with its landmarks; there are no trials.

    Parameters
    ----------
    root : str
        Searched with its subfolders.
    scheme : str, optional
        What the points are; ``ibug68`` where a file has 68 points. Any other number wants this
        option.
    box : {"none", "truth"}
        ``truth`` gives each face the box around its points.
    margin : float
        By what part of its width and height that box grows on each side, at least 0.

    Returns
    -------
    Dataset
        Face ids are paths without suffix (``"helen/12_1"``), each subject is its file's stem. An
        image without points, and points without an image, stay and are listed in `problems`.

    Raises
    ------
    DataError
        No root, no images, a malformed line (it is named), or points that do not fit the scheme.
    UnknownNameError
        An unknown scheme or box rule.
    """
    if box not in ("none", "truth"):
        raise UnknownNameError("box rule", box, ("none", "truth"))
    if not 0 <= margin < np.inf:
        raise ConfigError(f"data set 'pts_folder': margin wants a number from 0, got {margin}")
    folder = root_folder(root, "pts_folder")
    known = scheme_named(scheme) if scheme else None
    images, points = _found(folder, IMAGE_SUFFIXES), _found(folder, (".pts",))
    if not images and not points:
        raise DataError(f"data set 'pts_folder' finds no images in {folder}")
    truth = {face_id: _read_pts(path, known) for face_id, path in points.items()}
    faces = tuple(
        visible_face(face_id, Path(face_id).name, images.get(face_id, folder / f"{face_id}.jpg"))
        for face_id in sorted(images.keys() | points.keys())
    )
    if box == "truth":
        faces = tuple(_boxed(face, truth.get(face.id), margin) for face in faces)
    unmarked = tuple((f.id, "no .pts file beside it") for f in faces if f.id not in truth)
    return Dataset("pts_folder", faces, None, truth, problems=image_problems(faces) + unmarked)


def _found(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """Files of some suffixes below a folder, by their path without suffix."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in suffixes or path.is_dir():
            continue
        relative = path.relative_to(folder)
        face_id = relative.with_suffix("").as_posix()
        if face_id in found:
            raise DataError(f"data set 'pts_folder' holds two files for {face_id!r}")
        found[face_id] = inside(folder, relative, "pts_folder")
    return found


def _boxed(face: Face, landmarks: Landmarks | None, margin: float) -> Face:
    if landmarks is None:
        return face
    low, high = landmarks.points.min(axis=0), landmarks.points.max(axis=0)
    x, y = (low - margin * (high - low)).tolist()
    width, height = ((1 + 2 * margin) * (high - low)).tolist()
    return face.with_box(Box(x, y, width, height))


def _read_pts(path: Path, scheme: LandmarkScheme | None) -> Landmarks:
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
    return Landmarks(np.array(points) - 1.0, _scheme(path, len(points), scheme))


def _points(lines: Iterator[tuple[str, str]]) -> tuple[list[tuple[float, float]], bool]:
    """The points up to the closing brace, and whether there was one."""
    points: list[tuple[float, float]] = []
    for where, line in lines:
        if line.strip() == "}":
            return points, True
        try:
            x, y = (float(field) for field in line.split())
        except ValueError as error:
            raise DataError(f"{where}: wanted 'x y', got {line.strip()!r}") from error
        if not np.isfinite([x, y]).all():
            raise DataError(f"{where}: a coordinate is not finite: {line.strip()!r}")
        points.append((x, y))
    return points, False


def _count(where: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DataError(f"{where}: n_points wants a whole number, got {text!r}")
    return int(text)


def _scheme(path: Path, count: int, given: LandmarkScheme | None) -> LandmarkScheme:
    if given is None and count != 68:
        raise DataError(f"{path.name}: {count} points; say what they are with the option scheme")
    scheme = given or scheme_named("ibug68")
    if len(scheme) != count:
        raise DataError(f"{path.name}: {count} points; scheme {scheme.name!r} has {len(scheme)}")
    return scheme
