"""What a data set was when a run began, so that a resumed run never mixes two states of it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from align_eval.dataset import Dataset, Trials
from align_eval.faces import Face
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.radiometry import Radiometric

TRIALS = "(trials)"


def fingerprint(dataset: Dataset) -> pd.DataFrame:
    """A digest of each face, and one of the trials.

    A face's digest covers its subject, modality, box, attributes, true landmarks, whether it is
    trained on, and its image file's name and size in bytes (−1 if missing). The pixels are not
    read: an image replaced by another of the same name and size is not noticed. Folders are left
    out, so that a data set may be moved.

    Returns
    -------
    DataFrame
        ``face``, ``digest``; the trials, and who is trained on for each of their folds, are the
        last row, called `TRIALS`.
    """
    rows = [
        (face.id, _face(face, trained, dataset.truth.get(face.id)))
        for trained, faces in ((False, dataset.faces), (True, dataset.training))
        for face in faces
    ]
    rows.append((TRIALS, "" if dataset.trials is None else _trials(dataset.trials, dataset.folds)))
    return pd.DataFrame(rows, columns=["face", "digest"])


def changed(old: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """The faces (or `TRIALS`) that were added, taken away or altered, in order.

    Examples
    --------
    >>> old = pd.DataFrame({"face": ["a", "b"], "digest": ["1", "2"]})
    >>> changed(old, pd.DataFrame({"face": ["b", "c"], "digest": ["3", "4"]}))
    ('a', 'b', 'c')
    """
    first, second = (dict(zip(f["face"], f["digest"], strict=True)) for f in (old, new))
    faces = dict.fromkeys([*first, *second])
    return tuple(face for face in faces if first.get(face) != second.get(face))


def _face(face: Face, trained: bool, truth: Landmarks | None) -> str:
    points = None if truth is None else (truth.scheme.name, truth.points.tobytes())
    attributes = sorted((key, repr(value)) for key, value in face.attributes.items())
    box = None if face.box is None else tuple(map(float, face.box))
    return _digest(
        face.subject, str(face.modality), box, attributes, points, trained, _file(face.load)
    )


def _file(load: Any) -> tuple[str, int] | None:
    if isinstance(load, Radiometric):
        load = load.load
    if not isinstance(load, ImageFile):
        return None
    try:
        return load.path.name, load.path.stat().st_size
    except OSError:
        return load.path.name, -1


def _trials(trials: Trials, folds: Mapping[int, tuple[str, ...]]) -> str:
    indices = (trials.reference_index, trials.probe_index, trials.fold)
    return _digest(
        trials.references,
        trials.probes,
        None if trials.gallery is None else sorted(trials.gallery.items()),
        # Of faces alone the digest is as it was before there were templates.
        *(() if trials.probe_faces is None else [sorted(trials.probe_faces.items())]),
        *(None if index is None else np.asarray(index, np.int64).tobytes() for index in indices),
        *((int(number), folds[number]) for number in sorted(folds)),
    )


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
