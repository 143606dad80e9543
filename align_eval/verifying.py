"""The second half of a study: crops, embeddings and the score of every trial."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from align_eval.alignment import Template, estimate
from align_eval.dataset import Dataset, Trials
from align_eval.errors import ConfigError, ContractError, DegenerateFitError
from align_eval.faces import Face
from align_eval.image import Image, prefetch, warp
from align_eval.interfaces import Embeddings, Pipeline, SymmetricPipeline, blaming
from align_eval.locating import Located, Tick
from align_eval.scores import Scores
from align_eval.similarity import Affine

T = TypeVar("T")

_BYTES = 1 << 26  # of rows on each side that are compared at a time, or of a table of dot products
_MANY = 1 << 12  # trials, from which on a table of dot products is considered
_SPARE = 32  # dot products of a table take as long as one of rows that are gathered for it


@runtime_checkable
class TemplatePooling(Protocol):
    """A pipeline that makes one row of several faces, and asks what is known of each.

    Such a pipeline is `align_eval.interfaces.Pipeline`, too. Each face is embedded once, however
    many templates it is in, and both sides of the trials are pooled: a probe may be a template.
    """

    def features(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D): what is pooled, a row for each crop that depends on it alone."""
        ...

    def pool_faces(
        self, features: Embeddings, names: Sequence[str], faces: Sequence[Face]
    ) -> Embeddings:
        """(G, D): rows of the same name made into one, in order of first appearance."""
        ...


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

    def probed(self, trials: Trials) -> list[tuple[str, str]]:
        """The probes with each of their acquired faces: (name, face)."""
        return [
            (name, face)
            for name in (trials.probes if self.known_probes is None else ())
            for face in trials.faces_of_probe(name)
            if face in self.probes.transforms
        ]

    def crop_count(self, pipeline: Pipeline, trials: Trials) -> int:
        """How many crops `embed` will hand to a pipeline."""
        ids, probed = (
            [face for _, face in side] for side in (self.members(trials), self.probed(trials))
        )
        if not isinstance(pipeline, SymmetricPipeline | TemplatePooling):
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

    A reference that is enrolled from several faces fails only if all of them do, and so does a
    probe that consists of several. A symmetric pipeline, or one that pools templates, sees each
    crop once, on whichever sides it stands.

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

    Raises
    ------
    ConfigError
        Probes are templates, and the pipeline can make no row of several probe crops.
    """
    require_template_probes(pipeline, trials)
    shown = Presented(acquired, acquired) if isinstance(acquired, Acquired) else acquired
    sides = (
        [(name, dataset.face(face), shown.gallery) for name, face in shown.members(trials)],
        [(name, dataset.face(face), shown.probes) for name, face in shown.probed(trials)],
    )
    names = [list(dict.fromkeys(name for name, _, _ in side)) for side in sides]
    references, probes = shown.known_references, shown.known_probes
    if isinstance(pipeline, SymmetricPipeline | TemplatePooling):
        templates = trials.probe_faces is not None
        enrol, probe = _together(pipeline, *sides, templates, workers, tick)
    else:
        enrol, probe = _apart(pipeline, *sides, workers, tick)
    if references is None:
        references = _placed(enrol(), names[0], trials.references)
    if probes is None:
        probes = _placed(probe(), names[1], trials.probes)
    return Embedded(references.rows, probes.rows, references.ok, probes.ok)


def require_template_probes(pipeline: Pipeline, trials: Trials) -> None:
    """Refuse probes of several faces to a pipeline that cannot make one row of them.

    Raises
    ------
    ConfigError
        The pipeline keeps neither `TemplatePooling` nor `SymmetricPipeline`.
    """
    if isinstance(pipeline, SymmetricPipeline | TemplatePooling) or trials.probe_faces is None:
        return
    name = next((name for name in trials.probes if len(trials.probe_faces[name]) > 1), None)
    if name is not None:
        raise ConfigError(
            f"pipeline {pipeline.name!r} probes with single faces: probe {name!r} has "
            f"{len(trials.probe_faces[name])}; it wants a pipeline that pools embeddings"
        )


_Shots = list[tuple[str, Face, Acquired]]
"""Crops to make: the name of the reference or probe, the face, and how it is aligned."""

_Makers = tuple[Callable[[], Embeddings], Callable[[], Embeddings]]


def _together(
    pipeline: Any, first: _Shots, second: _Shots, templates: bool, workers: int, tick: Tick
) -> _Makers:
    """What makes the rows of a pipeline's two sides where each crop is embedded once.

    Probes are pooled where they are `templates`, or where the pipeline pools whatever it compares.
    """
    keys = [(face.id, id(how)) for _, face, how in (*first, *second)]
    shots = [(face, how) for _, face, how in (*first, *second)]
    distinct = dict(zip(keys, shots, strict=True))
    label = f"pipeline {pipeline.name!r}"
    by_face = isinstance(pipeline, TemplatePooling)
    made = pipeline.features if by_face else pipeline.embed
    rows = consumed(label, crops(list(distinct.values()), workers, tick), made)
    place = {key: i for i, key in enumerate(distinct)}
    index = np.array([place[key] for key in keys], dtype=np.intp)

    def pooled(side: _Shots, own: NDArray[np.intp]) -> Embeddings:
        names = [name for name, _, _ in side]
        with blaming(label):
            faces = ([face for _, face, _ in side],) if by_face else ()
            pool = pipeline.pool_faces if by_face else pipeline.pool
            found: Embeddings = pool(rows[own], names, *faces)
        return found

    def probed() -> Embeddings:
        own = index[len(first) :]
        return pooled(second, own) if by_face or templates else rows[own]

    return lambda: pooled(first, index[: len(first)]), probed


def _apart(pipeline: Pipeline, first: _Shots, second: _Shots, workers: int, tick: Tick) -> _Makers:
    """What makes the rows of a pipeline's references, and those of its probes."""
    label = f"pipeline {pipeline.name!r}"

    def enrolled() -> Embeddings:
        names = [name for name, _, _ in first]
        images = crops([(face, how) for _, face, how in first], workers, tick)
        return consumed(label, images, lambda crops: pipeline.enroll(crops, names))

    def probed() -> Embeddings:
        shots = [(face, how) for _, face, how in second]
        images = crops(shots, workers, lambda done: tick(len(first) + done))
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
    """The score of every trial: the pipeline's own, or the dot product; −∞ where a side failed.

    Nothing is as long as the trials but the scores and their indices. Many dot products
    are looked up in tables of a block of references against all probes, where that is less work
    than gathering the rows of each trial.
    """
    compare: Callable[..., Any] | None = getattr(pipeline, "score", None)
    values = np.full(len(trials), -np.inf)
    acquired = np.flatnonzero(
        embedded.reference_ok[trials.reference_index] & embedded.probe_ok[trials.probe_index]
    )
    table = len(embedded.references) * len(embedded.probes)
    if compare is None and len(acquired) >= _MANY and table <= _SPARE * len(acquired):
        _look_up(values, acquired, trials, embedded)
        return Scores(trials, values)
    widest = max(embedded.references.shape[1], embedded.probes.shape[1], 1)
    count = max(1, _BYTES // (4 * widest))
    for start in range(0, len(acquired), count):
        chosen = acquired[start : start + count]
        values[chosen] = (compare or _dot)(
            embedded.references[trials.reference_index[chosen]],
            embedded.probes[trials.probe_index[chosen]],
        )
    return Scores(trials, values)


def _dot(references: Embeddings, probes: Embeddings) -> NDArray[np.float64]:
    dots: NDArray[np.float64] = np.einsum("ij,ij->i", references, probes, dtype=np.float64)
    return dots


def _look_up(
    values: NDArray[np.float64], acquired: NDArray[np.intp], trials: Trials, embedded: Embedded
) -> None:
    """Fill in the dot products of the acquired trials, a block of references at a time."""
    rows = trials.reference_index[acquired]
    order = acquired[np.argsort(rows, kind="stable")]
    ends = np.cumsum(np.bincount(rows, minlength=len(embedded.references)))
    del rows
    probes = embedded.probes.astype(np.float64).T
    count = max(1, _BYTES // (8 * probes.shape[1]))
    for first in range(0, len(embedded.references), count):
        last = min(first + count, len(embedded.references))
        chosen = order[ends[first - 1] if first else 0 : ends[last - 1]]
        dots = embedded.references[first:last].astype(np.float64) @ probes
        values[chosen] = dots[trials.reference_index[chosen] - first, trials.probe_index[chosen]]
