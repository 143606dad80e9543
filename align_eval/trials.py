"""The comparisons that a protocol makes of faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import DataError


@dataclass(frozen=True, eq=False)
class Trials:
    """Comparisons of a reference with a probe: a pair list, or gallery × probe.

    Parameters
    ----------
    references, probes : tuple of str
        Distinct names. A reference is a face id, unless `gallery` gives the faces that it is
        enrolled from; a probe is one, unless `probe_faces` gives the faces that it consists of.
    reference_subjects, probe_subjects : tuple of str
        Whose they are, in the same order.
    reference_index, probe_index : (T,) int
        Which reference meets which probe in each trial.
    fold : (T,) int, optional
        The fold of each trial, numbered from 0.
    gallery : mapping, optional
        Reference name to the face ids that it is enrolled from.
    probe_faces : mapping, optional
        Probe name to the face ids that it consists of, where probes are templates: several images
        of a subject that are compared as one.

    Raises
    ------
    DataError
        Repeated names, indices that point nowhere, or a probe that `probe_faces` lacks.
    """

    references: tuple[str, ...]
    probes: tuple[str, ...]
    reference_subjects: tuple[str, ...]
    probe_subjects: tuple[str, ...]
    reference_index: NDArray[np.intp]
    probe_index: NDArray[np.intp]
    fold: NDArray[np.intp] | None = None
    gallery: Mapping[str, tuple[str, ...]] | None = None
    probe_faces: Mapping[str, tuple[str, ...]] | None = None
    genuine: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        for names, kind in ((self.references, "reference"), (self.probes, "probe")):
            if len(set(names)) != len(names):
                raise DataError(f"a {kind} stands twice in the trials' list of {kind}s")
        if len(self.reference_index) != len(self.probe_index):
            raise DataError("trials want as many reference as probe indices")
        if self.fold is not None and len(self.fold) != len(self.probe_index):
            raise DataError("trials want a fold for each, or for none")
        for kind, names, owners, index in (
            ("reference", self.references, self.reference_subjects, self.reference_index),
            ("probe", self.probes, self.probe_subjects, self.probe_index),
        ):
            if len(owners) != len(names):
                raise DataError(f"{len(names)} {kind}s want as many subjects, got {len(owners)}")
            if len(index) and not 0 <= index.min() <= index.max() < len(names):
                raise DataError(f"trials index a {kind} outside the {len(names)} that they list")
        if self.probe_faces is not None and not self.probe_faces.keys() >= set(self.probes):
            lacking = next(name for name in self.probes if name not in self.probe_faces)
            raise DataError(f"probe {lacking!r} wants the faces that it consists of")
        clusters = self._subject_numbers()
        object.__setattr__(
            self,
            "genuine",
            clusters[0][self.reference_index] == clusters[1][self.probe_index],
        )

    def _subject_numbers(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        every = np.array([*self.reference_subjects, *self.probe_subjects], dtype=object)
        numbers = np.unique(every, return_inverse=True)[1].astype(np.intp)
        return numbers[: len(self.references)], numbers[len(self.references) :]

    @classmethod
    def pairs(
        cls,
        references: Sequence[str],
        probes: Sequence[str],
        subjects: Mapping[str, str],
        fold: ArrayLike | None = None,
    ) -> "Trials":
        """A pair list: face ids side by side, and each face's subject.

        Raises
        ------
        DataError
            Lists of different lengths, or a face whose subject is not known.

        Examples
        --------
        >>> t = Trials.pairs(["a", "a"], ["b", "c"], {"a": "Ann", "b": "Ann", "c": "Bo"})
        >>> t.genuine.tolist()
        [True, False]
        """
        if len(references) != len(probes):
            raise DataError(f"{len(references)} references do not pair with {len(probes)} probes")
        _know_subjects([*references, *probes], subjects)
        first, first_index = _distinct(references)
        second, second_index = _distinct(probes)
        return cls(
            first,
            second,
            tuple(subjects[name] for name in first),
            tuple(subjects[name] for name in second),
            first_index,
            second_index,
            None if fold is None else np.asarray(fold, dtype=np.intp),
        )

    @classmethod
    def cross(
        cls,
        gallery: Mapping[str, tuple[str, ...]],
        probes: Sequence[str],
        subjects: Mapping[str, str],
    ) -> "Trials":
        """Every gallery entry against every probe; a face is never compared with itself.

        Parameters
        ----------
        gallery : mapping
            Reference name to the face ids that it is enrolled from, all of one subject.
        probes : sequence of str
            Face ids.
        subjects : mapping
            Face id to subject.

        Raises
        ------
        DataError
            A face whose subject is not known, or a gallery entry of no or several subjects.
        """
        _know_subjects([*probes, *(face for group in gallery.values() for face in group)], subjects)
        references, distinct = tuple(gallery), _distinct(probes)[0]
        owners = [{subjects[face] for face in faces} for faces in gallery.values()]
        for name, owner in zip(references, owners, strict=True):
            if len(owner) != 1:
                raise DataError(f"gallery entry {name!r} wants the faces of exactly one subject")
        rows, columns = np.divmod(np.arange(len(references) * len(distinct)), max(len(distinct), 1))
        position = {face: j for j, face in enumerate(distinct)}
        self_pairs = [
            i * len(distinct) + position[face]
            for i, name in enumerate(references)
            for face in gallery[name]
            if face in position
        ]
        keep = np.ones(len(rows), dtype=bool)
        keep[self_pairs] = False
        return cls(
            references,
            distinct,
            tuple(next(iter(owner)) for owner in owners),
            tuple(subjects[face] for face in distinct),
            rows[keep],
            columns[keep],
            gallery=dict(gallery),
        )

    def __len__(self) -> int:
        return len(self.probe_index)

    @property
    def n_genuine(self) -> int:
        """How many trials compare a subject with itself."""
        return int(np.count_nonzero(self.genuine))

    @property
    def n_impostor(self) -> int:
        """How many trials compare two subjects."""
        return len(self) - self.n_genuine

    @property
    def clusters(self) -> tuple[int, NDArray[np.intp], NDArray[np.intp]]:
        """Subjects as numbers, for the clustered bootstrap.

        Returns
        -------
        count : int
            Number of distinct subjects.
        reference, probe : (T,) int
            Each trial's subject on either side, in ``range(count)``.
        """
        sides = self._subject_numbers()
        used = np.zeros(1 + max((int(side.max(initial=-1)) for side in sides), default=-1), bool)
        for side, index in zip(sides, (self.reference_index, self.probe_index), strict=True):
            asked = np.zeros(len(side), dtype=bool)
            asked[index] = True
            used[side[asked]] = True
        number = np.cumsum(used) - 1  # sorting millions of trials would say the same, later
        reference, probe = (number[side] for side in sides)
        return int(used.sum()), reference[self.reference_index], probe[self.probe_index]

    def faces_of(self, reference: str) -> tuple[str, ...]:
        """The face ids that a reference is enrolled from."""
        return (reference,) if self.gallery is None else self.gallery[reference]

    def faces_of_probe(self, probe: str) -> tuple[str, ...]:
        """The face ids that a probe consists of."""
        return (probe,) if self.probe_faces is None else self.probe_faces[probe]

    @property
    def faces(self) -> tuple[str, ...]:
        """Every face id that some trial needs, in order of first use."""
        return tuple(dict.fromkeys([*self.enrolled, *self.probed]))

    @property
    def enrolled(self) -> tuple[str, ...]:
        """Every face id that some reference is enrolled from, in order of first use."""
        faces = (face for name in self.references for face in self.faces_of(name))
        return tuple(dict.fromkeys(faces))

    @property
    def probed(self) -> tuple[str, ...]:
        """Every face id that some probe consists of, in order of first use."""
        if self.probe_faces is None:
            return self.probes
        faces = (face for name in self.probes for face in self.probe_faces[name])
        return tuple(dict.fromkeys(faces))

    def same_pairs(self, other: "Trials") -> bool:
        """Whether `other` compares the same names in the same order."""
        return len(self) == len(other) and all(
            _same(*sides)
            for sides in (
                (self.references, self.reference_index, other.references, other.reference_index),
                (self.probes, self.probe_index, other.probes, other.probe_index),
            )
        )

    def only(self, keep: NDArray[np.bool_]) -> "Trials":
        """A subset of the trials, (T,) bool."""
        return Trials(
            self.references,
            self.probes,
            self.reference_subjects,
            self.probe_subjects,
            self.reference_index[keep],
            self.probe_index[keep],
            None if self.fold is None else self.fold[keep],
            self.gallery,
            self.probe_faces,
        )

    def in_fold(self, number: int) -> "Trials":
        """The trials of one fold, which list only the references and probes that they compare.

        Raises
        ------
        DataError
            The trials have no folds.

        Examples
        --------
        >>> owners = {"a": "Ann", "b": "Ann", "c": "Bo"}
        >>> t = Trials.pairs(["a", "a", "b"], ["b", "c", "c"], owners, fold=[0, 0, 1])
        >>> t.in_fold(1).references, t.in_fold(1).probes
        (('b',), ('c',))
        """
        if self.fold is None:
            raise DataError(f"trials without folds have no fold {number}")
        chosen = np.flatnonzero(self.fold == number)
        used, rows = np.unique(self.reference_index[chosen], return_inverse=True)
        probed, columns = np.unique(self.probe_index[chosen], return_inverse=True)
        names = tuple(self.references[i] for i in used)
        probes = tuple(self.probes[i] for i in probed)
        return Trials(
            names,
            probes,
            tuple(self.reference_subjects[i] for i in used),
            tuple(self.probe_subjects[i] for i in probed),
            rows.astype(np.intp),
            columns.astype(np.intp),
            self.fold[chosen],
            None if self.gallery is None else {name: self.gallery[name] for name in names},
            None if self.probe_faces is None else {name: self.probe_faces[name] for name in probes},
        )


def _same(
    names: Sequence[str],
    index: NDArray[np.intp],
    other_names: Sequence[str],
    other_index: NDArray[np.intp],
) -> bool:
    place = {name: i for i, name in enumerate(other_names)}
    numbers = np.array([place.get(name, -1) for name in names], dtype=np.intp)
    return np.array_equal(numbers[index], other_index)


def _know_subjects(faces: Sequence[str], subjects: Mapping[str, str]) -> None:
    unknown = next((face for face in faces if face not in subjects), None)
    if unknown is not None:
        raise DataError(f"trials name the face {unknown!r}, whose subject is not known")


def _distinct(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    position: dict[str, int] = {}
    index = [position.setdefault(name, len(position)) for name in names]
    return tuple(position), np.array(index, dtype=np.intp)
