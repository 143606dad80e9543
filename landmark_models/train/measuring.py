"""How far a trained model's points are off in use: with ONNX Runtime, on boxes a tenth off."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from align_eval.dataset import Dataset
from align_eval.faces import Face
from align_eval.image import prefetch, to_gray
from align_eval.interfaces import LandmarkModel
from align_eval.jitter import jittered
from align_eval.landmark_error import landmark_errors, nme
from align_eval.landmarks import Landmarks
from landmark_models.boxes import square
from landmark_models.crops import cut
from landmark_models.train.store import FLAT, SIDE, bounding

JITTER = 0.1
NORMALISER = "ion"
_BATCH = 32

Errors = dict[str, dict[str, Any]]


def measured(
    model: LandmarkModel, datasets: Sequence[Dataset], *, seed: int = 0, workers: int = 2
) -> Errors:
    """A model's error on faces whose landmarks are known.

    Every face gets the box of its landmarks, moved by up to `JITTER`
    (`align_eval.jitter.jittered`). A face that shows nothing (a visible one in the dark) is not
    counted; one that the model misses is, as missed.

    Parameters
    ----------
    model : LandmarkModel
        As it will be used.
    datasets : sequence of Dataset
        With truth.
    seed : int
        Of the jitter.
    workers : int
        Threads that read.

    Returns
    -------
    dict
        Spectrum → ``nme`` (mean over the faces found), ``five`` (the same over the alignment
        points), ``n`` faces, ``missed``, ``dark`` (not counted), ``normaliser`` and
        ``jitter``.
    """
    found: dict[str, list[tuple[Landmarks | None, Landmarks]]] = {}
    dark: dict[str, int] = {}
    for dataset in datasets:
        faces = [face for face in dataset.faces if face.id in dataset.truth]
        for batch in _batched(faces, dataset.truth, dark, workers):
            placed = [_placed(face, dataset.truth[face.id], seed) for face in batch]
            for face, marks in zip(batch, model.locate(placed), strict=True):
                pair = (marks, dataset.truth[face.id])
                found.setdefault(str(face.modality), []).append(pair)
    return {
        spectrum: {**_errors(pairs), "dark": dark.get(spectrum, 0), "jitter": JITTER}
        for spectrum, pairs in sorted(found.items())
    }


def _placed(face: Face, truth: Landmarks, seed: int) -> Face:
    return face.with_box(jittered(bounding(truth.points), JITTER, seed, face.id))


def _batched(
    faces: Sequence[Face], truth: Mapping[str, Landmarks], dark: dict[str, int], workers: int
) -> Iterator[list[Face]]:
    batch: list[Face] = []
    with closing(prefetch(faces, lambda face: face.load(), workers, 2 * workers + 2)) as images:
        for face, image in images:
            if isinstance(image, BaseException):
                raise image
            area = square(bounding(truth[face.id].points), "max")
            if cut(to_gray(image), area, (SIDE, SIDE))[0].std() < FLAT:
                dark[str(face.modality)] = dark.get(str(face.modality), 0) + 1
                continue
            batch.append(face.with_image(image))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _errors(pairs: Sequence[tuple[Landmarks | None, Landmarks]]) -> dict[str, Any]:
    predicted, truth = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    _, each = landmark_errors(predicted, truth, NORMALISER)
    return {
        "nme": round(nme(each["all"]), 6),
        "five": round(nme(each["five"]), 6),
        "n": len(pairs),
        "missed": sum(marks is None for marks in predicted),
        "normaliser": "distance of the outer eye corners",
    }
