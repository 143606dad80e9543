"""The second half of a study: crops, embeddings and the score of every trial."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from align_eval.alignment import Template, estimate
from align_eval.dataset import Dataset, Trials
from align_eval.errors import ContractError, DegenerateFitError
from align_eval.faces import Face
from align_eval.image import Image, prefetch, warp
from align_eval.interfaces import Embeddings, Pipeline, SymmetricPipeline, blaming
from align_eval.locating import Located, Tick
from align_eval.scores import Scores
from align_eval.similarity import Affine

T = TypeVar("T")

_BYTES = 1 << 26  # of rows on each side that are compared at a time


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
    shots: Sequence[tuple[Face, Acquired]], workers: int, tick: Tick | None = None
) -> Generator[Image]:
    """The aligned crops of acquired faces, in order, read and warped ahead in threads."""
    with closing(prefetch(shots, lambda shot: shot[1].crop(shot[0]), workers, 64)) as pairs:
        for number, (_, crop) in enumerate(pairs, 1):
            if isinstance(crop, BaseException):
                raise crop
            if tick:
                tick(number)
            yield crop


class Side(NamedTuple):
    """One side of a trial list: `rows` (N, D) float32, and which of them are real, `ok` (N,)."""

    rows: Embeddings
    ok: NDArray[np.bool_]


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


class Presented(NamedTuple):
    """How the faces of a trial list come before a pipeline.

    A face that is a reference and a probe, and aligned in two ways, is two crops. A side whose
    rows are known already wants no crops.

    Parameters
    ----------
    gallery, probes : Acquired
        How the faces of the references are aligned, and the probes.
    known_references, known_probes : Side, optional
        Rows that need not be made again.
    """

    gallery: Acquired
    probes: Acquired
    known_references: Side | None = None
    known_probes: Side | None = None

    def members(self, trials: Trials) -> list[tuple[str, str]]:
        """The references to enrol with each of their acquired faces: (name, face)."""
        return [
            (name, face)
            for name in (trials.references if self.known_references is None else ())
            for face in trials.faces_of(name)
            if face in self.gallery.transforms
        ]

    def probed(self, trials: Trials) -> list[str]:
        """The acquired faces to probe with."""
        wanted = trials.probes if self.known_probes is None else ()
        return [face for face in wanted if face in self.probes.transforms]

    def crop_count(self, pipeline: Pipeline, trials: Trials) -> int:
        """How many crops `embed` will hand to a pipeline."""
        ids, probed = [face for _, face in self.members(trials)], self.probed(trials)
        if not isinstance(pipeline, SymmetricPipeline):
            return len(ids) + len(probed)
        return len(set(ids) | set(probed)) if self.one_way else len(set(ids)) + len(probed)

    @property
    def one_way(self) -> bool:
        """Whether both sides are aligned alike."""
        return self.gallery is self.probes


def embed(
    pipeline: Pipeline,
    dataset: Dataset,
    trials: Trials,
    acquired: Acquired | Presented,
    workers: int,
    tick: Tick,
) -> Embedded:
    """Enrol the references and probe the probes of a trial list.

    A reference that is enrolled from several faces fails only if all of them do. A symmetric
    pipeline sees each crop once, on whichever sides it stands.

    Parameters
    ----------
    pipeline : Pipeline
        Has learned already, if it learns.
    dataset : Dataset
        Where the faces are.
    trials : Trials
        What is compared.
    acquired : Acquired or Presented
        How the faces are aligned: all alike, or each side in its own way.
    workers : int
        Reading threads.
    tick : callable
        Called with the number of crops done.
    """
    shown = Presented(acquired, acquired) if isinstance(acquired, Acquired) else acquired
    members, probed = shown.members(trials), shown.probed(trials)
    names = [name for name, _ in members]
    first = [(dataset.face(face), shown.gallery) for _, face in members]
    second = [(dataset.face(face), shown.probes) for face in probed]
    references, probes = shown.known_references, shown.known_probes
    makers = _together if isinstance(pipeline, SymmetricPipeline) else _apart
    enrol, probe = makers(pipeline, names, first, second, workers, tick)
    if references is None:
        references = _placed(enrol(), list(dict.fromkeys(names)), trials.references)
    if probes is None:
        probes = _placed(probe(), probed, trials.probes)
    return Embedded(references.rows, probes.rows, references.ok, probes.ok)


_Shots = list[tuple[Face, Acquired]]
_Makers = tuple[Callable[[], Embeddings], Callable[[], Embeddings]]


def _together(
    pipeline: Any, names: list[str], first: _Shots, second: _Shots, workers: int, tick: Tick
) -> _Makers:
    """What makes the rows of a symmetric pipeline's two sides, each crop embedded once."""
    keys = [(face.id, id(how)) for face, how in (*first, *second)]
    distinct = dict(zip(keys, (*first, *second), strict=True))
    label = f"pipeline {pipeline.name!r}"
    rows = consumed(label, crops(list(distinct.values()), workers, tick), pipeline.embed)
    place = {key: i for i, key in enumerate(distinct)}
    index = np.array([place[key] for key in keys], dtype=np.intp)

    def pooled() -> Embeddings:
        with blaming(label):
            found: Embeddings = pipeline.pool(rows[index[: len(first)]], names)
        return found

    return pooled, lambda: rows[index[len(first) :]]


def _apart(
    pipeline: Pipeline, names: list[str], first: _Shots, second: _Shots, workers: int, tick: Tick
) -> _Makers:
    """What makes the rows of a pipeline's references, and those of its probes."""
    label = f"pipeline {pipeline.name!r}"

    def enrolled() -> Embeddings:
        images = crops(first, workers, tick)
        return consumed(label, images, lambda crops: pipeline.enroll(crops, names))

    def probed() -> Embeddings:
        images = crops(second, workers, lambda done: tick(len(first) + done))
        return consumed(label, images, pipeline.probe)

    return enrolled, probed


def consumed(label: str, images: Generator[Image], use: Callable[[Iterator[Image]], T]) -> T:
    """What a part of a study makes of images, which are read no further when it stops.

    Its errors are blamed on it by its label; an error in reading the images is not its own.
    """
    not_its_own: list[BaseException] = []

    def handed() -> Iterator[Image]:
        try:
            yield from images
        except Exception as error:
            not_its_own.append(error)
            raise

    try:
        with closing(images), blaming(label, not_its_own):
            return use(handed())
    finally:
        # An error's traceback holds this list: one that is kept here would hold itself, and
        # with itself every reader that it stopped.
        not_its_own.clear()


def _placed(rows: Embeddings, have: Sequence[str], wanted: Sequence[str]) -> Side:
    """Rows of the names at hand, put where the trial list wants them."""
    if rows.ndim != 2 or len(rows) != len(have):
        raise ContractError(f"a pipeline gave rows of shape {rows.shape} for {len(have)} crops")
    place = {name: i for i, name in enumerate(wanted)}
    index = np.array([place[name] for name in have], dtype=np.intp)
    placed = np.zeros((len(wanted), rows.shape[1]), dtype=np.float32)
    placed[index] = rows
    ok = np.zeros(len(wanted), dtype=bool)
    ok[index] = True
    return Side(placed, ok)


def score(pipeline: Pipeline | None, trials: Trials, embedded: Embedded) -> Scores:
    """The score of every trial: the pipeline's own, or the dot product; −∞ where a side failed."""
    compare: Callable[..., Any] = getattr(pipeline, "score", _dot)
    values = np.full(len(trials), -np.inf)
    acquired = np.flatnonzero(
        embedded.reference_ok[trials.reference_index] & embedded.probe_ok[trials.probe_index]
    )
    widest = max(embedded.references.shape[1], embedded.probes.shape[1], 1)
    count = max(1, _BYTES // (4 * widest))
    for start in range(0, len(acquired), count):
        chosen = acquired[start : start + count]
        values[chosen] = compare(
            embedded.references[trials.reference_index[chosen]],
            embedded.probes[trials.probe_index[chosen]],
        )
    return Scores(trials, values)


def _dot(references: Embeddings, probes: Embeddings) -> NDArray[np.float64]:
    dots: NDArray[np.float64] = np.einsum("ij,ij->i", references, probes, dtype=np.float64)
    return dots
