"""Verification across spectra by dense descriptors: filtered, mapped, and matched by regression.

The pipeline of Poster et al. (CVPR Workshops 2019, section 4.4) and of what it is built from:
difference of Gaussians on both spectra, Deep Perceptual Mapping of visible descriptors to thermal
ones (Sarfraz and Stiefelhagen, IJCV 2017), and one-versus-all partial least squares (Hu et al.,
JOSA A 2015). Its simpler forms leave out a step each, to show what the step is worth.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from align_eval.alignment import Template
from align_eval.errors import ConfigError, ContractError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.image import Image
from align_eval.interfaces import Embeddings
from align_eval.templates import template as template_named
from verification.features.dense import DenseDescriptor
from verification.features.mapping import PerceptualMapping, Schedule
from verification.features.one_vs_all import OneVsAll
from verification.features.space import SharedSpace
from verification.measures import pooled

_CHOICES = {
    "filter": ("dog", "none"),
    "mapping": ("dpm", "none"),
    "matcher": ("pls", "cosine"),
}


class DescriptorPipeline:
    """Verifies aligned faces by dense descriptors; it keeps `Pipeline` and `Trainable`.

    Visible references meet thermal probes, or any other two spectra. Where both sides are of one
    spectrum nothing is mapped, and all else is the same.

    Parameters
    ----------
    filter : {"dog", "none"}
        Whether each scale of a crop is filtered by a difference of Gaussians.
    mapping : {"dpm", "none"}
        Whether the references' descriptors are mapped to the probes' spectrum.
    matcher : {"pls", "cosine"}
        A regression for each reference, or the cosine of the features. A reference of several
        crops has all of them as samples (pls), or their mean direction (cosine). With ``"pls"``
        the other references are counterexamples, so that every subject has one reference only.
    template : str, mapping or Template
        What crops are aligned to.
    band : pair of float
        Standard deviations of the difference of Gaussians, in pixels of each scale.
    scales, cell, cells, step, bins : int
        Patches; see `verification.features.dense.DenseDescriptor`.
    dimensions, pairs : int
        See `verification.features.space.SharedSpace`.
    hidden, steps, batch, learning_rate, decay, patches, trainer
        Of the mapping; see `verification.features.mapping`.
    components, calibration
        Of the regressions; see `verification.features.one_vs_all.OneVsAll`.
    name : str
        As it appears in results.
    seed : int
        Of whatever is drawn.
    workers : int
        Threads.

    Raises
    ------
    ConfigError
        An unknown choice (UnknownNameError), or a number out of range.
    """

    def __init__(
        self,
        *,
        filter: str = "dog",  # noqa: A002  the word of the papers
        mapping: str = "dpm",
        matcher: str = "pls",
        template: str | Mapping[str, Any] | Template = "thermal110x150",
        band: Sequence[float] = (1.0, 2.0),
        scales: int = 2,
        cell: int = 5,
        cells: int = 4,
        step: int = 8,
        bins: int = 8,
        dimensions: int = 64,
        pairs: int = 500,
        hidden: Sequence[int] = (200, 200),
        steps: int = 2400,
        batch: int = 256,
        learning_rate: float = 1e-3,
        decay: float = 1.0,
        patches: int = 60_000,
        trainer: str = "sklearn",
        components: int = 10,
        calibration: str = "z",
        name: str = "descriptors",
        seed: int = 0,
        workers: int = 1,
    ) -> None:
        for kind, chosen in (("filter", filter), ("mapping", mapping), ("matcher", matcher)):
            if chosen not in _CHOICES[kind]:
                raise UnknownNameError(kind, chosen, _CHOICES[kind])
        if min(dimensions, pairs, workers) < 1 or len(band) != 2:
            raise ConfigError(
                "descriptors want at least 1 dimension, pair and worker, and a band of two "
                f"numbers; got {dimensions}, {pairs}, {workers} and {list(band)}"
            )
        made = template if isinstance(template, Template) else template_named(template)
        inner, outer = band
        dense = DenseDescriptor(
            made.size, (inner, outer) if filter == "dog" else None, scales, cell, cells, step, bins
        )
        schedule = Schedule(tuple(hidden), steps, batch, learning_rate, decay, seed)
        learner = PerceptualMapping(schedule, trainer, patches) if mapping == "dpm" else None
        self.name, self.template = name, made
        self.one_reference_per_subject = matcher == "pls"
        self._space = SharedSpace(dense, learner, dimensions, pairs, seed, workers)
        self._steps = {"filter": filter, "mapping": mapping, "matcher": matcher}
        self._match = partial(OneVsAll, components=components, calibration=calibration)
        self._match(np.zeros((2, 1), np.float32))  # refuses what it cannot use, before any work
        self._models: OneVsAll | None = None
        self._learned = False

    def fit(
        self,
        crops: Iterable[Image],
        faces: Sequence[Face],
        *,
        references: Modality,
        probes: Modality,
    ) -> None:
        """Learn components, mapping, means and the regressions' background.

        Raises
        ------
        DataError
            Too few training faces for it, or not of the spectra that are compared.
        """
        background = self._space.fit(crops, faces, references, probes)
        self._models = self._match(background) if self._steps["matcher"] == "pls" else None
        self._learned = True

    def enroll(self, crops: Iterable[Image], references: Sequence[str]) -> Embeddings:
        """(G, D): a regression, or a direction, for each distinct reference.

        Raises
        ------
        ContractError
            `fit` was not called.
        """
        self._check_learned()
        features = self._space.references(crops)
        if self._models is not None:
            return self._models.enrolled(features, references)
        return pooled(features, references, "cosine")

    def probe(self, crops: Iterable[Image]) -> Embeddings:
        """(P, D): a row for each crop.

        Raises
        ------
        ContractError
            `fit` was not called.
        """
        self._check_learned()
        features = self._space.probes(crops)
        return features if self._models is None else self._models.probed(features)

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The steps, and what they learned from."""
        return {**self._steps, "template": self.template.name, **self._space.provenance}

    def _check_learned(self) -> None:
        if not self._learned:
            raise ContractError(f"pipeline {self.name!r} has to learn before it is used")


dpm_pls = partial(DescriptorPipeline, mapping="dpm", matcher="pls", name="dpm_pls")
dpm_cosine = partial(DescriptorPipeline, mapping="dpm", matcher="cosine", name="dpm_cosine")
dog_pls = partial(DescriptorPipeline, mapping="none", matcher="pls", name="dog_pls")
dog_cosine = partial(DescriptorPipeline, mapping="none", matcher="cosine", name="dog_cosine")
