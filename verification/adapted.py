"""An embedding network for visible faces, adapted to comparing two spectra without training it.

What is learned is linear and in closed form: either spectrum's mean, and the covariance of the
rows within a person (see `verification._within_class`). A regression from thermal rows to visible
ones was tried beside it and told people apart less well. What this gains over the network's own
rows is printed by the packaged study ``thermal_ablation``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self

import numpy as np

from align_eval.alignment import Template
from align_eval.errors import ConfigError, ContractError
from align_eval.faces import Face, Modality
from align_eval.image import Image
from align_eval.interfaces import Embedder, Embeddings
from verification._within_class import FloatArray, Spread, best_shrinkage, sides
from verification.measures import pooled, unit
from verification.visible import EmbeddingPipeline


@dataclass(frozen=True, eq=False)
class _Learned:
    """The map of either side, ``unit((row - centre) @ whiten)``, and what it was learned from."""

    reference_centre: FloatArray
    probe_centre: FloatArray
    whiten: FloatArray
    provenance: Mapping[str, str | int | float]


class AdaptedPipeline:
    """Verifies faces by embeddings that are normalised within subjects, and their cosine.

    A row is the network's for the crop, of unit length, less the training mean of its side's
    spectrum; then whitened by the training subjects' within-class covariance, and of unit length
    again. Where references and probes have the same spectrum, both sides have the same map, and
    training faces of the other spectrum are not looked at. The score is the dot product.

    Parameters
    ----------
    embedder, embedder_options, template, flip, workers
        See `verification.visible.EmbeddingPipeline`.
    shrinkage : float, optional
        How far the covariance is shrunk to a multiple of the identity, in (0, 1]; 1 leaves
        nothing but the centring. By default, the one of `verification._within_class.SHRINKAGES`
        that separates held-out training subjects best.
    name : str, optional
        As it appears in results; the embedder's name and ``-adapted`` by default.

    Raises
    ------
    ConfigError
        A shrinkage out of range; or see `verification.visible.EmbeddingPipeline`.
    ContractError
        An embedder that does not keep the protocol.
    """

    def __init__(
        self,
        embedder: str | Mapping[str, Any] | Embedder,
        *,
        embedder_options: Mapping[str, Any] | None = None,
        template: str | Mapping[str, Any] | Template | None = None,
        flip: bool = False,
        shrinkage: float | None = None,
        name: str | None = None,
        workers: int | None = None,
    ) -> None:
        if shrinkage is not None and not (isfinite(shrinkage) and 0 < shrinkage <= 1):
            raise ConfigError(f"a shrinkage wants a number in (0, 1], got {shrinkage!r}")
        self._plain = EmbeddingPipeline(
            embedder,
            embedder_options=embedder_options,
            template=template,
            score="cosine",
            flip=flip,
            workers=workers,
        )
        self.template = self._plain.template
        self.name = name or f"{self._plain.name}-adapted"
        self._shrinkage = shrinkage
        self._learned: _Learned | None = None

    def fit(
        self,
        crops: Iterable[Image],
        faces: Sequence[Face],
        *,
        references: Modality,
        probes: Modality,
    ) -> None:
        """Learn either spectrum's mean and the covariance within subjects; see the class.

        Subjects without crops of both spectra are left out, so that the means are over the same
        people.

        Raises
        ------
        DataError
            No subject with crops of both spectra; fewer than four where the shrinkage is to be
            chosen; or crops of a subject that do not differ.
        """
        self._learned = None
        used = [face for face in faces if face.modality in (references, probes)]
        rows = self._plain.embed(_seen(crops, faces, (references, probes))).astype(np.float64)
        first, second = sides(
            rows,
            [face.subject for face in used],
            [face.modality is references for face in used],
            references is probes,
        )
        chosen = best_shrinkage(first, second) if self._shrinkage is None else self._shrinkage
        spread = Spread.of(first, second)
        about: dict[str, str | int | float] = {
            "adaptation": "within-class covariance normalisation",
            "shrinkage": float(chosen),
            "training subjects": len(np.unique(first.subjects)),
            "training crops": len(np.union1d(first.faces, second.faces)),
        }
        self._learned = _Learned(*spread.centres, spread.transform(chosen), about)

    def enroll(self, crops: Iterable[Image], references: Sequence[str]) -> Embeddings:
        """(G, D): the direction of the mean of each reference's rows, in order of appearance.

        Raises
        ------
        ContractError
            It has not been fitted yet.
        """
        learned = self._fitted
        return pooled(self._mapped(crops, learned.reference_centre), references, "cosine")

    def probe(self, crops: Iterable[Image]) -> Embeddings:
        """(P, D): a row of unit length for each crop.

        Raises
        ------
        ContractError
            It has not been fitted yet.
        """
        return self._mapped(crops, self._fitted.probe_centre)

    def _mapped(self, crops: Iterable[Image], centre: FloatArray) -> Embeddings:
        rows = self._plain.embed(crops).astype(np.float64)
        return unit((rows - centre) @ self._fitted.whiten)

    @property
    def _fitted(self) -> _Learned:
        if self._learned is None:
            raise ContractError(f"pipeline {self.name!r} has not been fitted yet")
        return self._learned

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The embedder's provenance, how its rows are used, and what was learned last."""
        learned = {} if self._learned is None else self._learned.provenance
        return {**self._plain.provenance, **learned}

    def close(self) -> None:
        """Let go of what the embedder holds, such as worker processes."""
        self._plain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _seen(
    crops: Iterable[Image], faces: Sequence[Face], modalities: Sequence[Modality]
) -> Iterator[Image]:
    for crop, face in zip(crops, faces, strict=True):
        if face.modality in modalities:
            yield crop
