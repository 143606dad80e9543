"""The protocols of `align_eval.interfaces` as code.

The tests run these checks over every catalogue entry, and ``align-eval check`` runs them on an
object from outside. Faces and crops are drawn, so that no data is needed; a model that finds
nothing in a drawing keeps the laws that are left, and the detail says how many it found.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from align_eval._drawn import (
    drawn_crops,
    drawn_faces,
    learning_set,
    odd_faces,
    odd_images,
    with_truth,
)
from align_eval._laws import Check, expect, law, pixels_kept, require
from align_eval._pipeline_laws import learning_laws, pipeline_laws, row_laws
from align_eval.alignment import Template
from align_eval.dataset import Dataset
from align_eval.errors import ContractError, ImageError
from align_eval.faces import Box, Face
from align_eval.image import Image
from align_eval.interfaces import DatasetBound, Detection, TrainableModel
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.templates import template as template_named

__all__ = [
    "Check",
    "check",
    "check_dataset",
    "check_detector",
    "check_embedder",
    "check_landmark_model",
    "check_pipeline",
    "require",
]


def check(subject: Any) -> list[Check]:
    """Check an object against the protocol that it shows.

    Parameters
    ----------
    subject : object
        A data set, detector, landmark model, embedder or pipeline: an instance, not a class.

    Returns
    -------
    list of Check
        One for each law of each protocol that it shows: YuNet is a landmark model and a
        detector.

    Raises
    ------
    ContractError
        An object that shows none of the protocols.
    """
    if isinstance(subject, type):
        raise ContractError(f"{subject.__name__} is a class; an instance is wanted")
    if isinstance(subject, Dataset):
        return check_dataset(subject)
    kept = [
        one for methods, checker in _PROTOCOLS if _has(subject, methods) for one in checker(subject)
    ]
    if kept:
        return kept
    if _has(subject, ("embed",)):
        return check_embedder(subject)
    wanted = "; ".join(" and ".join(f"{name}()" for name in methods) for methods, _ in _PROTOCOLS)
    raise ContractError(
        f"{type(subject).__name__} is no Dataset and shows no protocol: {wanted}; embed()"
    )


def _has(subject: Any, methods: Sequence[str]) -> bool:
    return all(callable(getattr(subject, name, None)) for name in methods)


def check_landmark_model(
    model: Any, faces: Sequence[Face] | None = None, tolerance: float = 0.0
) -> list[Check]:
    """Check a landmark model.

    Parameters
    ----------
    model : LandmarkModel
        The model; one that must know its data set is bound to one made of the faces, and one that
        learns within a study is fitted to drawn people first.
    faces : sequence of Face, optional
        Faces that the model should find, with boxes; drawn ones by default.
    tolerance : float
        Pixels by which a batch may differ from single faces: 0, unless the model runs on
        hardware that cannot do so.
    """
    given = list(faces) if faces is not None else drawn_faces()
    bound, laws = [model], []
    if isinstance(model, TrainableModel):
        laws.append(law("it learns", lambda: model.fit({"drawn": learning_set()})))
    if isinstance(model, DatasetBound) and all(one.ok for one in laws):
        laws.append(law("it can be bound to a data set", lambda: _bind(bound, given)))
    if not all(one.ok for one in laws):
        return laws
    return laws + _landmark_laws(bound[-1], given, tolerance)


def _bind(bound: list[Any], faces: Sequence[Face]) -> None:
    bound.append(bound[0].for_dataset(with_truth(faces)))


def _landmark_laws(model: Any, given: list[Face], tolerance: float) -> list[Check]:
    return [
        # First, while nothing can have changed the images yet.
        law("images stay as they were", lambda: _untouched(model.locate, given)),
        law("it has a name", lambda: _named(model)),
        law("every result has its scheme and number of points", lambda: _schemes(model, given)),
        law("a batch gives what single faces give", lambda: _batch(model, given, tolerance)),
        law("order changes nothing", lambda: _order(model, given, tolerance)),
        law("no faces give no results", lambda: expect(model.locate([]) == [], "not []")),
        law("odd images and boxes give None or landmarks, and no error", lambda: _odd(model)),
    ]


def check_detector(detector: Any, images: Sequence[Image] | None = None) -> list[Check]:
    """Check a detector on drawn faces, or on the images given."""
    given = list(images) if images is not None else [face.load() for face in drawn_faces()]
    return [
        law(
            "images stay as they were",
            lambda: pixels_kept(given, lambda: [detector.detect(image) for image in given]),
        ),
        law("it has a name", lambda: _named(detector)),
        law("detections are sound, best first", lambda: _detections(detector, given)),
        law("the same image gives the same", lambda: _repeatable(detector, given)),
        law("odd images are survived", lambda: _detections(detector, list(odd_images()))),
    ]


def check_embedder(embedder: Any) -> list[Check]:
    """Check an embedder on drawn crops of its own size."""
    laws = [
        law("it has a name", lambda: _named(embedder)),
        law("its template is known and of its size", lambda: _known_template(embedder)),
    ]
    if not laws[-1].ok:
        return laws
    return laws + row_laws(embedder.embed, drawn_crops(embedder.size))


def check_pipeline(pipeline: Any) -> list[Check]:
    """Check a verification pipeline on drawn crops.

    One that learns does so first, to compare thermal probes with visible references: from 8-bit
    RGB and 16-bit gray crops of drawn people.
    """
    laws = [
        law("it has a name", lambda: _named(pipeline)),
        law("it has a template", lambda: _has_template(pipeline)),
    ]
    if not laws[-1].ok:
        return laws
    return laws + (learning_laws(pipeline) if hasattr(pipeline, "fit") else pipeline_laws(pipeline))


def check_dataset(dataset: Dataset, limit: int = 50) -> list[Check]:
    """Check a data set.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    limit : int
        How many of its faces are read, evenly spread.
    """
    every = (*dataset.faces, *dataset.training)
    ids = {face.id for face in every}
    step = max(1, -(-len(every) // limit))
    return [
        law("it has a name", lambda: _named(dataset)),
        law("ids are unique", lambda: expect(len(ids) == len(every), "an id stands twice")),
        law("images can be read, or say that they cannot", lambda: _readable(every[::step])),
        law("boxes are finite and not empty", lambda: _boxes(every)),
        law("truth is of known faces and one scheme", lambda: _truth(dataset, ids)),
        law("trials are of known faces", lambda: _trials(dataset, ids)),
    ]


def _named(subject: Any) -> None:
    name = getattr(subject, "name", None)
    expect(isinstance(name, str) and bool(name), f"name is {name!r}, wanted a text")


def _schemes(model: Any, faces: Sequence[Face]) -> str:
    scheme, results = model.scheme, model.locate(faces)
    expect(isinstance(scheme, LandmarkScheme), f"scheme is {scheme!r}, wanted a LandmarkScheme")
    expect(isinstance(results, list), f"locate gives {type(results).__name__}, wanted a list")
    expect(len(results) == len(faces), f"{len(results)} results for {len(faces)} faces")
    for found in results:
        _landmarks(found, scheme)
    return f"{sum(found is not None for found in results)} of {len(faces)} found"


def _landmarks(found: Any, scheme: LandmarkScheme) -> None:
    if found is None:
        return
    expect(isinstance(found, Landmarks), f"a result is {type(found).__name__}")
    expect(
        found.scheme == scheme, f"a result has scheme {found.scheme.name!r}, not {scheme.name!r}"
    )
    expect(not np.isinf(found.points).any(), "a point is infinite")
    expect(bool(np.isfinite(found.points).any()), "a result has no point: wanted None")


def _batch(model: Any, faces: Sequence[Face], tolerance: float) -> None:
    _same(model.locate(faces), [model.locate([face])[0] for face in faces], tolerance)


def _order(model: Any, faces: Sequence[Face], tolerance: float) -> None:
    _same(model.locate(faces), model.locate(list(faces)[::-1])[::-1], tolerance)


def _same(first: Sequence[Any], second: Sequence[Any], tolerance: float) -> None:
    for k, (one, other) in enumerate(zip(first, second, strict=True)):
        expect((one is None) == (other is None), f"face {k} is found in one way only")
        if one is not None:
            gap = np.nan_to_num(np.abs(one.points - other.points)).max(initial=0.0)
            expect(gap <= tolerance, f"face {k} differs by {gap:.3g} px")


def _untouched(call: Callable[[list[Face]], Any], faces: Sequence[Face]) -> None:
    images = [face.load() for face in faces]
    held = [face.with_image(image) for face, image in zip(faces, images, strict=True)]
    pixels_kept(images, lambda: call(held))


def _odd(model: Any) -> str:
    faces = list(odd_faces())
    results = model.locate(faces)
    expect(len(results) == len(faces), f"{len(results)} results for {len(faces)} faces")
    for found in results:
        _landmarks(found, model.scheme)
    return f"{sum(found is not None for found in results)} of {len(faces)} found"


def _detections(detector: Any, images: Sequence[Image]) -> str:
    total = 0
    for image in images:
        found = detector.detect(image)
        total += len(found)
        expect(isinstance(found, list), f"detect gives {type(found).__name__}, wanted a list")
        expect(all(isinstance(one, Detection) for one in found), "wanted Detections")
        scores = [one.score for one in found]
        expect(scores == sorted(scores, reverse=True), "the most certain is not first")
        for one in found:
            sound = np.isfinite([*one.box, one.score]).all() and min(one.box[2:]) > 0
            expect(bool(sound), f"unsound detection {one.box}, score {one.score}")
    return f"{total} faces in {len(images)} images"


def _repeatable(detector: Any, images: Sequence[Image]) -> None:
    def boxes() -> list[list[Box]]:
        return [[found.box for found in detector.detect(image)] for image in images]

    first = boxes()
    images = images[::-1]
    expect(first == boxes()[::-1], "another order of images gives other boxes")


def _known_template(embedder: Any) -> None:
    size = template_named(embedder.template).size
    expect(size == tuple(embedder.size), f"template is {size}, size {embedder.size}")


def _has_template(pipeline: Any) -> None:
    found = getattr(pipeline, "template", None)
    expect(isinstance(found, Template), f"template is {found!r}, wanted a Template")


def _readable(faces: Sequence[Face]) -> str:
    unreadable = 0
    for face in faces:
        try:
            image = face.load()
        except ImageError:
            unreadable += 1
            continue
        expect(_is_image(image), f"{face.id!r} is no RGB uint8, gray uint8 or gray uint16 image")
    return f"{len(faces) - unreadable} of {len(faces)} read"


def _is_image(image: Any) -> bool:
    if not isinstance(image, np.ndarray) or image.size == 0:
        return False
    if image.ndim == 3:
        return bool(image.shape[2] == 3 and image.dtype == np.uint8)
    return image.ndim == 2 and image.dtype in (np.uint8, np.uint16)


def _boxes(faces: Sequence[Face]) -> None:
    for face in faces:
        box = face.box
        sound = box is None or bool(np.isfinite(box).all() and min(box[2:]) > 0)
        expect(sound, f"{face.id!r} has box {box}")


def _truth(dataset: Dataset, ids: set[str]) -> None:
    unknown = sorted(set(dataset.truth) - ids)
    expect(not unknown, f"truth of {len(unknown)} unknown faces, such as {unknown[:1]}")
    schemes = {found.scheme.name for found in dataset.truth.values()}
    expect(len(schemes) <= 1, f"truth in several schemes: {', '.join(sorted(schemes))}")


def _trials(dataset: Dataset, ids: set[str]) -> str:
    if dataset.trials is None:
        return "no trials"
    unknown = sorted(set(dataset.trials.faces) - ids)
    expect(not unknown, f"trials of {len(unknown)} unknown faces, such as {unknown[:1]}")
    return f"{dataset.trials.n_genuine} genuine, {dataset.trials.n_impostor} impostor"


_PROTOCOLS: tuple[tuple[tuple[str, ...], Callable[[Any], list[Check]]], ...] = (
    (("locate",), check_landmark_model),
    (("detect",), check_detector),
    (("enroll", "probe"), check_pipeline),
)
