"""The protocols that parts of a study keep; a contributor depends on a shape, not a base class.

`align_eval.checks` is the same contract as code: the tests run it over every catalogue entry,
and ``align-eval check pkg.module:Object`` runs it on an object from outside.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import get_annotations
from pathlib import Path
from traceback import extract_tb
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from align_eval.alignment import Template
from align_eval.dataset import Dataset
from align_eval.errors import AlignEvalError, ContractError
from align_eval.faces import Box, Face, Modality
from align_eval.image import Image
from align_eval.landmarks import Landmarks, LandmarkScheme

Embeddings = NDArray[np.float32]


@runtime_checkable
class LandmarkModel(Protocol):
    """Finds the points of faces.

    Its constructor takes keyword options from the study. What it returns depends on nothing but
    the face: not on the batch, its order or earlier calls.

    A model that needs a box and gets a face without one returns None for it. `box_policy`, if a
    model has it, is ``"needed"`` (default), ``"ignored"`` (it finds faces itself) or ``"none"``
    (it needs no pixels' help at all, as ground truth).
    """

    name: str

    @property
    def scheme(self) -> LandmarkScheme:
        """The scheme of every result."""
        ...

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face, in order; None where the model finds none.

        Every image has been read before and can be loaded cheaply.
        """
        ...


@runtime_checkable
class DatasetBound(Protocol):
    """A landmark model that must know the data set first, as ground truth does."""

    def for_dataset(self, dataset: Dataset) -> LandmarkModel:
        """The model for one data set."""
        ...


@runtime_checkable
class TrainableModel(Protocol):
    """A landmark model that learns within a study, before it locates.

    Its `provenance`, if it has one, is read after it has learned. A stopped run may ask it to
    learn again: the same data sets and seed have to make the same model.
    """

    def fit(self, datasets: Mapping[str, Dataset]) -> None:
        """Learn from the training faces of every data set of the study; called once.

        Training faces are those in ``Dataset.training``; their landmarks are in
        ``Dataset.truth``. They come with the data set's own boxes, wherever the boxes that the
        model locates with come from.
        """
        ...


class Detection(NamedTuple):
    """A face that a detector found.

    `landmarks` is what the detector says of its points, or None.
    """

    box: Box
    score: float
    landmarks: Landmarks | None = None


@runtime_checkable
class Detector(Protocol):
    """Finds faces in an image."""

    name: str

    def detect(self, image: Image) -> list[Detection]:
        """Every face found, the most certain first; possibly none."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns aligned crops into vectors.

    `template` names the template that its crops are aligned to unless the study says otherwise;
    `size` is the crops' (width, height).
    """

    name: str
    template: str
    size: tuple[int, int]

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D) float32, one row per RGB or gray crop; each row depends on its crop alone."""
        ...


@runtime_checkable
class Pipeline(Protocol):
    """Verifies aligned faces. The score of a trial is the dot product of its two rows.

    A pipeline whose score is no dot product has a method
    ``score(references: (T, D), probes: (T, D)) -> (T,)``, higher meaning more alike; it depends on
    the rows alone, which may have been made in another run. A pipeline that learns is `Trainable`.
    One whose references are each other's counterexamples has a true attribute
    ``one_reference_per_subject``, and is handed no others. Crops come as iterables and are read
    as they are consumed, so that no pipeline needs them all in memory.
    """

    name: str
    template: Template

    def enroll(self, crops: Iterable[Image], references: Sequence[str]) -> Embeddings:
        """(G, D): a row for each distinct name in `references`, in order of first appearance.

        ``references[i]`` names the reference that crop i belongs to.
        """
        ...

    def probe(self, crops: Iterable[Image]) -> Embeddings:
        """(P, D): a row for each crop."""
        ...


@runtime_checkable
class SymmetricPipeline(Pipeline, Protocol):
    """A pipeline in which a face has one embedding, whether enrolled or probed.

    Each face is then embedded once, however many trials it is in.
    """

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D): a row for each crop."""
        ...

    def pool(self, embeddings: Embeddings, references: Sequence[str]) -> Embeddings:
        """(G, D): rows of the same reference made into one, in order of first appearance."""
        ...


@runtime_checkable
class Trainable(Protocol):
    """A pipeline that learns from training subjects before it is used.

    It may be asked to learn again, for another data set or fold or from crops that another
    aligner made, and then forgets what it had learned before. The same crops make the same rows:
    a stopped run may ask it to learn from them once more. Its `provenance`, if it has one, is
    read after it has learned.
    """

    def fit(
        self,
        crops: Iterable[Image],
        faces: Sequence[Face],
        *,
        references: Modality,
        probes: Modality,
    ) -> None:
        """Learn from aligned crops of training faces.

        Parameters
        ----------
        crops : iterable of Image
            Of all spectra that the data set has.
        faces : sequence of Face
            ``faces[i]`` says whose crop i is, its spectrum, and by its attribute ``pair``, if
            it has one, which other crop was taken in the same instant.
        references, probes : Modality
            What the trials compare.
        """
        ...


def require_protocol(made: Any, protocol: type, label: str) -> None:
    """Refuse an object that lacks a member of the protocol that its place in a study wants.

    Raises
    ------
    ContractError
        What it lacks is named.
    """
    members = {*get_annotations(protocol), *vars(protocol)}
    lacks = sorted(n for n in members if not n.startswith("_") and not hasattr(made, n))
    if lacks:
        raise ContractError(f"{label} lacks {', '.join(lacks)}: {type(made).__name__}")


@contextmanager
def blaming(label: str, spared: Sequence[BaseException] = ()) -> Iterator[None]:
    """Let an error that a part of a study raises name that part, in one line.

    Known errors pass, and so do those in `spared`, which are not the part's own.

    Raises
    ------
    ContractError
        From any other error; it says where that was raised.

    Examples
    --------
    >>> with blaming("aligner 'mine'"):
    ...     1 / 0
    Traceback (most recent call last):
        ...
    align_eval.errors.ContractError: aligner 'mine' raised ZeroDivisionError: division by zero (...)
    """
    try:
        yield
    except AlignEvalError:
        raise
    except Exception as error:
        if any(error is one for one in spared):
            raise
        last = extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        said = " ".join(str(error).split())
        raise ContractError(f"{label} raised {type(error).__name__}: {said} ({where})") from error
