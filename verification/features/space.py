"""The features in which two spectra compare, as they are learned from training faces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import DataError
from align_eval.faces import Face, Modality
from align_eval.image import Image
from align_eval.interfaces import Embeddings
from verification.features.dense import DenseDescriptor, Descriptors
from verification.features.mapping import PerceptualMapping
from verification.features.reduction import Reduction
from verification.measures import unit


@dataclass
class SharedSpace:
    """Features of references and probes that can be compared.

    A crop's features are its descriptors in their principal components, those of references
    mapped to the probes' spectrum, side by side; less their mean over the training crops of the
    same side; to unit length.

    Parameters
    ----------
    dense : DenseDescriptor
        Describes crops.
    mapping : PerceptualMapping, optional
        Maps where the sides' spectra differ. Without it both share their principal components.
    dimensions : int
        Principal components of a descriptor.
    pairs : int
        At most so many pairs of training crops (single crops, where both sides are of one
        spectrum) are drawn to learn components and mapping from.
    seed : int
        Of that draw.
    workers : int
        Threads.

    Attributes
    ----------
    provenance : dict
        What was learned from, empty before `fit`.
    """

    dense: DenseDescriptor
    mapping: PerceptualMapping | None = None
    dimensions: int = 64
    pairs: int = 500
    seed: int = 0
    workers: int = 1
    provenance: dict[str, str | int | float] = field(default_factory=dict, init=False)

    def fit(
        self, crops: Iterable[Image], faces: Sequence[Face], references: Modality, probes: Modality
    ) -> Embeddings:
        """Learn from training crops, and return the features of those in the probes' spectrum.

        Parameters
        ----------
        crops, faces, references, probes
            See `align_eval.interfaces.Trainable`.

        Returns
        -------
        (B, F) float32

        Raises
        ------
        DataError
            No training crops of a spectrum that is compared, or no two of one subject in both.
        """
        kept = list(crops)
        sides = {
            side: [i for i, face in enumerate(faces) if face.modality is side]
            for side in (references, probes)
        }
        for side, members in sides.items():
            if not members:
                raise DataError(f"none of the {len(faces)} training faces is {side}")
        crossed = references is not probes
        alone = [(i, i) for i in sides[probes]]
        pairs = paired(faces, sides[references], sides[probes]) if crossed else alone
        one, other = self._drawn(pairs)
        first = self._described([kept[i] for i in one])
        second = self._described([kept[i] for i in other]) if crossed else first
        self._map = self.mapping if crossed else None
        learned = self._learn(first, second)
        background = self._rows([kept[i] for i in sides[probes]], self._probe)
        means = (_flat(self._reference(first)) if crossed else background, background)
        self._means = means[0].mean(axis=0), means[1].mean(axis=0)
        self.provenance = {
            "training_subjects": len({face.subject for face in faces}),
            "training_crops": len(kept),
            "training_pairs": len(one) if crossed else 0,
            **learned,
        }
        return unit(background - self._means[1])

    def references(self, crops: Iterable[Image]) -> Embeddings:
        """(N, F) float32, of crops in the references' spectrum."""
        return unit(self._rows(crops, self._reference) - self._means[0])

    def probes(self, crops: Iterable[Image]) -> Embeddings:
        """(N, F) float32, of crops in the probes' spectrum."""
        return unit(self._rows(crops, self._probe) - self._means[1])

    def _drawn(self, pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
        order = np.random.default_rng(self.seed).permutation(len(pairs))[: self.pairs]
        return [pairs[i][0] for i in order], [pairs[i][1] for i in order]

    def _described(self, crops: Sequence[Image]) -> Descriptors:
        return np.concatenate([*self.dense.describe(crops, self.workers)])

    def _learn(self, first: Descriptors, second: Descriptors) -> Mapping[str, str | int | float]:
        """Components, and the mapping where there is something to map; what came of it."""
        if self._map is None:
            both = first if second is first else np.concatenate([first, second])
            self._reductions = (Reduction(both, self.dimensions),) * 2
        else:
            self._reductions = Reduction(first, self.dimensions), Reduction(second, self.dimensions)
            own, others = self._reductions
            self._map.fit(own(first), others(second), self.dense.positions)
        kept = round(min(reduction.explained for reduction in self._reductions), 4)
        return {"variance_kept": kept, **({} if self._map is None else self._map.provenance)}

    def _reference(self, described: Descriptors) -> Descriptors:
        reduced = self._reductions[0](described)
        return reduced if self._map is None else self._map(reduced, self.dense.positions)

    def _probe(self, described: Descriptors) -> Descriptors:
        return self._reductions[1](described)

    def _rows(
        self, crops: Iterable[Image], reduce: Callable[[Descriptors], Descriptors]
    ) -> Embeddings:
        width = len(self.dense.positions) * min(self.dimensions, self.dense.length)
        found = [_flat(reduce(one)) for one in self.dense.describe(crops, self.workers)]
        return np.concatenate(found) if found else np.empty((0, width), np.float32)


def paired(
    faces: Sequence[Face], first: Sequence[int], second: Sequence[int]
) -> list[tuple[int, int]]:
    """Which training crops show the same face in both spectra.

    Those of the same instant (the attribute ``pair``, and ``mirrored`` alike), if there are any;
    else every two of one subject.

    Parameters
    ----------
    faces : sequence of Face
        All training faces.
    first, second : sequence of int
        Which of them are of the one and of the other spectrum.

    Raises
    ------
    DataError
        No subject was seen in both spectra.
    """
    by_instant = _matched(faces, first, second, _instant)
    found = by_instant or _matched(faces, first, second, lambda face: face.subject)
    if not found:
        raise DataError("no training subject was seen in both spectra: there is nothing to map by")
    return found


def _matched(
    faces: Sequence[Face],
    first: Sequence[int],
    second: Sequence[int],
    key: Callable[[Face], object],
) -> list[tuple[int, int]]:
    others: dict[object, list[int]] = {}
    for j in second:
        others.setdefault(key(faces[j]), []).append(j)
    others.pop(None, None)
    return [(i, j) for i in first for j in others.get(key(faces[i]), ())]


def _instant(face: Face) -> object:
    attributes: Mapping[str, object] = face.attributes
    if not attributes.get("pair"):
        return None
    return face.subject, attributes["pair"], attributes.get("mirrored", 0)


def _flat(patches: Descriptors) -> NDArray[np.float32]:
    return patches.reshape(len(patches), -1)
