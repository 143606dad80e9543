"""Images with ``.pts`` files beside them, as 300-W, HELEN, LFPW and AFW are given out.

The points count from 1, so 1 is subtracted: an integer is then a pixel's centre, from 0.
Source: Sagonas et al., *300 Faces in-the-Wild Challenge*, ICCVW 2013.
"""

from pathlib import Path

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, root_folder, visible_face
from align_eval.datasets._pts import box_around, files_by_stem, read_pts
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Face
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT, searched with its subfolders:
  any/folder/NAME.jpg   or .jpeg .png .bmp .tif .tiff .webp
  any/folder/NAME.pts   beside it: version, n_points, and the points between braces, from 1
A file of other than 68 points wants the option scheme."""


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
    images, points = (
        files_by_stem(folder, "", suffixes, "pts_folder")
        for suffixes in (IMAGE_SUFFIXES, (".pts",))
    )
    if not images and not points:
        raise DataError(f"data set 'pts_folder' finds no images in {folder}")
    truth = {face_id: _landmarks(path, known) for face_id, path in points.items()}
    faces = tuple(
        visible_face(face_id, Path(face_id).name, images.get(face_id, folder / f"{face_id}.jpg"))
        for face_id in sorted(images.keys() | points.keys())
    )
    if box == "truth":
        faces = tuple(_boxed(face, truth.get(face.id), margin) for face in faces)
    unmarked = tuple((f.id, "no .pts file beside it") for f in faces if f.id not in truth)
    return Dataset("pts_folder", faces, None, truth, problems=image_problems(faces) + unmarked)


def _boxed(face: Face, landmarks: Landmarks | None, margin: float) -> Face:
    return face if landmarks is None else face.with_box(box_around(landmarks.points, margin))


def _landmarks(path: Path, given: LandmarkScheme | None) -> Landmarks:
    points = read_pts(path)
    if given is None and len(points) != 68:
        raise DataError(
            f"{path.name}: {len(points)} points; say what they are with the option scheme"
        )
    scheme = given or scheme_named("ibug68")
    if len(scheme) != len(points):
        raise DataError(
            f"{path.name}: {len(points)} points; scheme {scheme.name!r} has {len(scheme)}"
        )
    return Landmarks(points - 1.0, scheme)
