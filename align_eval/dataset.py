"""Faces with the trials that a protocol makes of them, and what is known of their landmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from align_eval.errors import DataError, LandmarkError
from align_eval.faces import Face
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.trials import Trials

__all__ = ["Dataset", "GroundTruth", "Trials"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Faces and what is known about them.

    Parameters
    ----------
    name : str
        As it appears in results.
    faces : tuple of Face
        With distinct ids.
    trials : Trials, optional
        Missing for sets that have landmarks only.
    truth : mapping
        Face id to its ground-truth landmarks; may be incomplete or empty.
    training : tuple of Face
        Faces of other subjects, for what learns.
    folds : mapping of int to (face id, ...)
        For trials that are cross-validated: which faces are trained on for the trials of each
        fold. A subject may then be tested in one fold and trained on in another, and every face
        is among `faces`; what learns does so once for each fold.
    problems : tuple of (face id or file, reason)
        What the loader found wanting and kept going without hiding: every entry appears in the
        report.

    Raises
    ------
    DataError
        No faces, repeated ids, trials over unknown faces, training subjects who are tested (in
        the same fold, where there are folds), or folds that are not those of the trials.
    """

    name: str
    faces: tuple[Face, ...]
    trials: Trials | None = None
    truth: Mapping[str, Landmarks] = field(default_factory=dict)
    training: tuple[Face, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    folds: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.faces:
            raise DataError(f"data set {self.name!r} holds no faces")
        seen: set[str] = set()
        for face in (*self.faces, *self.training):
            if face.id in seen:
                raise DataError(f"data set {self.name!r} holds the face id {face.id!r} twice")
            seen.add(face.id)
        tested_ids = {face.id for face in self.faces}
        unknown = set(self.trials.faces) - tested_ids if self.trials else set()
        if unknown:
            raise DataError(
                f"data set {self.name!r}: its trials name {len(unknown)} faces that are not among "
                f"the tested ones, such as {min(unknown)!r}"
            )
        tested = {face.subject for face in self.faces}
        shared = sorted({face.subject for face in self.training} & tested)
        if shared:
            raise DataError(f"data set {self.name!r}: subject {shared[0]!r} is trained and tested")
        if self.folds:
            self._check_folds()

    def _check_folds(self) -> None:
        trials = self.trials
        if trials is None or trials.fold is None or self.training:
            raise DataError(
                f"data set {self.name!r} has folds: it wants trials with folds, and no training "
                "faces besides"
            )
        if set(np.unique(trials.fold).tolist()) != set(self.folds):
            raise DataError(f"data set {self.name!r}: its trials have other folds than it trains")
        subjects = {face.id: face.subject for face in self.faces}
        for number, trained in self.folds.items():
            unknown = next((face for face in trained if face not in subjects), None)
            if unknown is not None:
                raise DataError(
                    f"data set {self.name!r}: fold {number} trains on the unknown face {unknown!r}"
                )
            own = trials.in_fold(number)
            tested = {*own.reference_subjects, *own.probe_subjects}
            shared = sorted(tested & {subjects[face] for face in trained})
            if shared:
                raise DataError(
                    f"data set {self.name!r}: subject {shared[0]!r} is trained and tested in fold "
                    f"{number}"
                )

    def face(self, face_id: str) -> Face:
        """The face of an id."""
        return self._by_id[face_id]

    @cached_property
    def _by_id(self) -> dict[str, Face]:
        return {face.id: face for face in (*self.faces, *self.training)}

    def trained(self, fold: int | None = None) -> tuple[Face, ...]:
        """The faces to learn from: of a fold, or of a data set without folds."""
        return self.training if fold is None else tuple(map(self.face, self.folds[fold]))

    @property
    def subjects(self) -> tuple[str, ...]:
        """The distinct subjects of the tested faces, in order of first appearance."""
        return tuple(dict.fromkeys(face.subject for face in self.faces))


class GroundTruth:
    """The data set's own landmarks, as one more landmark model.

    It is made without truth and bound to a data set by `for_dataset`; a face without known
    landmarks is a failure to acquire.
    """

    name = "ground_truth"

    def __init__(self, dataset: Dataset | None = None) -> None:
        self._truth = {} if dataset is None else dataset.truth

    def for_dataset(self, dataset: Dataset) -> "GroundTruth":
        """The same model, knowing a data set's landmarks.

        Raises
        ------
        LandmarkError
            The data set has no ground truth at all.
        """
        if not dataset.truth:
            raise LandmarkError(
                f"data set {dataset.name!r} has no ground-truth landmarks: name another baseline"
            )
        return GroundTruth(dataset)

    @property
    def scheme(self) -> LandmarkScheme:
        """The scheme of the data set's landmarks."""
        if not self._truth:
            raise LandmarkError("ground truth is bound to no data set")
        return next(iter(self._truth.values())).scheme

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """Look the landmarks up."""
        return [self._truth.get(face.id) for face in faces]
