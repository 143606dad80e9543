"""The second half of a study: crops, embeddings and the score of every trial."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.alignment import Template, estimate
from align_eval.dataset import Dataset, Trials
from align_eval.errors import ContractError, DegenerateFitError
from align_eval.faces import Face
from align_eval.image import Image, prefetch, warp
from align_eval.interfaces import Embeddings, Pipeline, SymmetricPipeline, Trainable, blaming
from align_eval.locating import Located, Tick
from align_eval.scores import Scores
from align_eval.similarity import Affine

_ROWS = 1 << 15


@dataclass(frozen=True)
class Acquired:
    """The transform of every face that can be aligned, and why the others cannot."""

    template: Template
    transforms: Mapping[str, Affine]
    reasons: Mapping[str, str]

    def crop(self, face: Face) -> Image:
        """The aligned crop of an acquired face.

        Raises
        ------
        ImageError
            The image, which was read before, cannot be read any more.
        """
        return warp(face.load(), self.transforms[face.id], self.template.size)


def acquire(located: Located, template: Template, **fit: Any) -> Acquired:
    """Fit every face's landmarks to a template.

    Parameters
    ----------
    located : Located
        An aligner's landmarks.
    template : Template
        The pipeline's.
    **fit
        ``estimator`` and ``minimise`` of `align_eval.alignment.estimate`.
    """
    transforms: dict[str, Affine] = {}
    reasons = dict(located.reasons)
    for face, landmarks in located.landmarks.items():
        try:
            transforms[face] = estimate(landmarks, template, **fit)
        except DegenerateFitError as error:
            reasons[face] = str(error)
    return Acquired(template, transforms, reasons)


def crops(
    faces: Sequence[Face], acquired: Acquired, workers: int, tick: Tick | None = None
) -> Generator[Image]:
    """The aligned crops of acquired faces, in order, read and warped ahead in threads."""
    with closing(prefetch(faces, acquired.crop, workers, 64)) as pairs:
        for number, (_, crop) in enumerate(pairs, 1):
            if isinstance(crop, BaseException):
                raise crop
            if tick:
                tick(number)
            yield crop


@dataclass(frozen=True)
class Embedded:
    """The rows of a trial list's two sides; a row of a failed face is zero and not `ok`.

    Parameters
    ----------
    references : (R, D) float32
        One row per reference.
    probes : (P, D) float32
        One row per probe.
    reference_ok, probe_ok : (R,), (P,) bool
        Which rows are real.
    """

    references: Embeddings
    probes: Embeddings
    reference_ok: NDArray[np.bool_]
    probe_ok: NDArray[np.bool_]


def train(pipeline: Pipeline, training: Sequence[Face], acquired: Acquired, workers: int) -> None:
    """Let a pipeline that learns do so, on the training faces that were acquired."""
    if isinstance(pipeline, Trainable):
        faces = [face for face in training if face.id in acquired.transforms]
        pipeline.fit(crops(faces, acquired, workers), [face.subject for face in faces])


def embed(
    pipeline: Pipeline,
    dataset: Dataset,
    trials: Trials,
    acquired: Acquired,
    workers: int,
    tick: Tick,
) -> Embedded:
    """Enrol the references and probe the probes of a trial list.

    A reference that is enrolled from several faces fails only if all of them do.
    """
    members = [
        (name, face)
        for name in trials.references
        for face in trials.faces_of(name)
        if face in acquired.transforms
    ]
    names, ids = [name for name, _ in members], [face for _, face in members]
    probed = [face for face in trials.probes if face in acquired.transforms]

    def stream(wanted: Sequence[str], start: int = 0) -> Generator[Image]:
        faces = [dataset.face(face) for face in wanted]
        return crops(faces, acquired, workers, lambda done: tick(start + done))

    if isinstance(pipeline, SymmetricPipeline):
        distinct = list(dict.fromkeys([*ids, *probed]))
        rows = _consumed(pipeline, stream(distinct), pipeline.embed)
        with blaming(f"pipeline {pipeline.name!r}"):
            place = {face: i for i, face in enumerate(distinct)}
            references = pipeline.pool(rows[[place[face] for face in ids]], names)
            probes = rows[[place[face] for face in probed]]
    else:
        references = _consumed(pipeline, stream(ids), lambda images: pipeline.enroll(images, names))
        probes = _consumed(pipeline, stream(probed, len(ids)), pipeline.probe)
    first, reference_ok = _placed(references, list(dict.fromkeys(names)), trials.references)
    second, probe_ok = _placed(probes, probed, trials.probes)
    return Embedded(first, second, reference_ok, probe_ok)


def _consumed(
    pipeline: Pipeline, images: Generator[Image], rows: Callable[[Iterator[Image]], Embeddings]
) -> Embeddings:
    """What a pipeline makes of images, which are read no further when it stops.

    An error in reading them is not the pipeline's own.
    """
    not_its_own: list[BaseException] = []

    def handed() -> Iterator[Image]:
        try:
            yield from images
        except Exception as error:
            not_its_own.append(error)
            raise

    try:
        with closing(images), blaming(f"pipeline {pipeline.name!r}", not_its_own):
            return rows(handed())
    finally:
        # An error's traceback holds this list: one that is kept here would hold itself, and
        # with itself every reader that it stopped.
        not_its_own.clear()


def _placed(
    rows: Embeddings, have: Sequence[str], wanted: Sequence[str]
) -> tuple[Embeddings, NDArray[np.bool_]]:
    """Rows of the names at hand, put where the trial list wants them."""
    if rows.ndim != 2 or len(rows) != len(have):
        raise ContractError(f"a pipeline gave rows of shape {rows.shape} for {len(have)} crops")
    place = {name: i for i, name in enumerate(wanted)}
    index = np.array([place[name] for name in have], dtype=np.intp)
    placed = np.zeros((len(wanted), rows.shape[1]), dtype=np.float32)
    placed[index] = rows
    ok = np.zeros(len(wanted), dtype=bool)
    ok[index] = True
    return placed, ok


def score(pipeline: Pipeline | None, trials: Trials, embedded: Embedded) -> Scores:
    """The score of every trial: the pipeline's own, or the dot product; −∞ where a side failed."""
    compare: Callable[..., Any] = getattr(pipeline, "score", _dot)
    values = np.full(len(trials), -np.inf)
    acquired = np.flatnonzero(
        embedded.reference_ok[trials.reference_index] & embedded.probe_ok[trials.probe_index]
    )
    for start in range(0, len(acquired), _ROWS):
        chosen = acquired[start : start + _ROWS]
        values[chosen] = compare(
            embedded.references[trials.reference_index[chosen]],
            embedded.probes[trials.probe_index[chosen]],
        )
    return Scores(trials, values)


def _dot(references: Embeddings, probes: Embeddings) -> NDArray[np.float64]:
    dots: NDArray[np.float64] = np.einsum("ij,ij->i", references, probes, dtype=np.float64)
    return dots
