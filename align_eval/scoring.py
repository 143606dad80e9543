"""The scores of one pipeline on one data set, behind every aligner, fold by fold.

What aligners share is made once: a pipeline learns once for each fold and aligner of the training
faces, and references that several aligners under test are compared with are enrolled once. Only
what the run folder lacks is made at all, and a pipeline learns only for that.

The rows of a pipeline that learns mean nothing without what it had learned, which is not kept, and
may be long: of these the scores are kept alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset, Trials
from align_eval.errors import StudyChangedError
from align_eval.fitting import (
    fit_pipeline,
    modalities,
    nothing_to_learn,
    require_single_references,
)
from align_eval.interfaces import Pipeline, Trainable
from align_eval.locating import Tick
from align_eval.result import Key
from align_eval.roles import TESTED, Roles
from align_eval.scores import Scores
from align_eval.stages import Stages
from align_eval.store import (
    RunFolder,
    load_embedded,
    load_probes,
    load_references,
    load_scores,
    load_values,
    save_embedded,
    save_scores,
    save_values,
)
from align_eval.study import Part
from align_eval.verifying import (
    Acquired,
    Embedded,
    Presented,
    Side,
    embed,
    require_template_probes,
    score,
)


@dataclass(frozen=True)
class Bench:
    """One pipeline, one data set, and how every aligner presents its faces.

    Parameters
    ----------
    name : str
        The data set's, in the study.
    part : Part
        The pipeline's, in the study.
    pipeline : Pipeline
        Ready for use.
    dataset : Dataset
        Where the faces are.
    trials : Trials
        The data set's.
    acquired : mapping
        Aligner → what it could align.
    roles : Roles
        Who aligns what; see `align_eval.roles.roles_on`.
    """

    name: str
    part: Part
    pipeline: Pipeline
    dataset: Dataset
    trials: Trials
    acquired: Mapping[str, Acquired]
    roles: Roles


class _Portion(NamedTuple):
    """Trials that are scored with what was learned at once: those of a fold, or all of them."""

    fold: int | None
    trials: Trials
    mask: NDArray[np.bool_]


_Sides = dict[tuple[str, str], Side]
"""Rows by role and by the aligner that presents its faces."""


class Scoring:
    """Scores the trials of a bench behind every aligner.

    Parameters
    ----------
    bench : Bench
        What is run.
    folder : RunFolder
        Where rows and scores lie.
    stages : Stages
        Takes the notes.
    workers : int
        Reading threads.
    ticker : callable
        (what is done, how many) → a function to be called with how many are done.
    """

    def __init__(
        self,
        bench: Bench,
        folder: RunFolder,
        stages: Stages,
        workers: int,
        ticker: Callable[[str, int], Tick],
    ) -> None:
        self.bench, self.folder, self.stages = bench, folder, stages
        self.workers, self.ticker = workers, ticker
        self._roles = {aligner: bench.roles.for_aligner(aligner) for aligner in bench.acquired}
        self._learns = isinstance(bench.pipeline, Trainable)

    def run(self) -> dict[str, Scores]:
        """The scores of every aligner; what is not there yet is made.

        Raises
        ------
        DataError
            There is nothing to learn from.
        ConfigError
            Trials that no pipeline learns to compare, or that this one cannot compare.
        StudyChangedError
            The folder holds scores of other trials, or rows by other weights.
        """
        require_single_references(self.bench.name, self.bench.pipeline, self.bench.trials)
        require_template_probes(self.bench.pipeline, self.bench.trials)
        missing = self._missing()
        for portion in self._portions:
            for training in dict.fromkeys(self._roles[a].training for a in self._order):
                wanted = [
                    aligner
                    for aligner in self._order
                    if (portion.fold, aligner) in missing
                    and self._roles[aligner].training == training
                ]
                if wanted and self._learns:
                    self._learn(portion, training)
                sides: _Sides = {}
                for aligner in wanted:
                    if self._learns:
                        self._compare(portion, aligner, sides)
                    else:
                        self._embed(portion, aligner)
        return {aligner: self._scores(aligner) for aligner in self.bench.acquired}

    @cached_property
    def _order(self) -> list[str]:
        """The aligners; first those that align the gallery or the probes of others, too.

        A symmetric pipeline then sees such an aligner's crops once, on whichever side they are.
        """
        fixed = {self.bench.roles.gallery, self.bench.roles.probes}
        return sorted(self.bench.acquired, key=lambda aligner: aligner not in fixed)

    @cached_property
    def _portions(self) -> list[_Portion]:
        trials = self.bench.trials
        if not (self._learns and self.bench.dataset.folds):
            return [_Portion(None, trials, np.ones(len(trials), dtype=bool))]
        folds = np.asarray(trials.fold)
        return [
            _Portion(k, trials.in_fold(k), folds == k) for k in sorted(self.bench.dataset.folds)
        ]

    def _missing(self) -> set[tuple[int | None, str]]:
        """The rows that some scores still want; notes on all others are read."""
        missing = set()
        for aligner in self.bench.acquired:
            scored = self.stages.known(self.folder.scores_file(self._key(aligner)))
            for portion in self._portions:
                self.stages.remembered(self._note("fit", portion, aligner), self._options)
                have = self.stages.known(self._file(portion, aligner), self._options)
                if not (scored or have):
                    missing.add((portion.fold, aligner))
        return missing

    def _learn(self, portion: _Portion, aligner: str) -> None:
        bench, acquired = self.bench, self.bench.acquired[aligner]
        compared = modalities(bench.name, bench.part.name, bench.dataset, bench.trials)
        trained = bench.dataset.trained(portion.fold)
        faces = [face for face in trained if face.id in acquired.transforms]
        if not faces:
            by = aligner if trained else ""
            raise nothing_to_learn(bench.name, bench.part.name, portion.fold, by)
        tick = self.ticker(self._label("learns from", portion, aligner), len(faces))

        def learned() -> tuple[None, Any]:
            fit_pipeline(bench.pipeline, faces, acquired, compared, self.workers, tick)
            return None, bench.pipeline

        self.stages.noted(self._note("fit", portion, aligner), learned, self._options)

    def _compare(self, portion: _Portion, aligner: str, sides: _Sides) -> None:
        """The scores of a portion by what was learned last; `sides` are the rows that it has."""
        at, roles = self._file(portion, aligner), self._roles[aligner]

        def compared() -> tuple[NDArray[np.float64], Any]:
            keys = ("gallery", roles.gallery), ("probes", roles.probes)
            rows = self._rows(portion, aligner, *(sides.get(key) for key in keys))
            sides[keys[0]] = Side(rows.references, rows.reference_ok)
            if self.bench.roles.probes != TESTED:
                sides[keys[1]] = Side(rows.probes, rows.probe_ok)
            return score(self.bench.pipeline, portion.trials, rows).values, self.bench.pipeline

        self.stages.done(
            at,
            lambda: load_values(at),
            compared,
            lambda values: save_values(at, values),
            self._options,
        )

    def _embed(self, portion: _Portion, aligner: str) -> None:
        at = self._file(portion, aligner)

        def embedded() -> tuple[Embedded, Any]:
            references = self._shared(portion, aligner, "gallery", load_references)
            probes = self._shared(portion, aligner, "probes", load_probes)
            return self._rows(portion, aligner, references, probes), self.bench.pipeline

        self.stages.done(
            at,
            lambda: load_embedded(at),
            embedded,
            lambda rows: save_embedded(at, rows),
            self._options,
        )

    def _rows(
        self, portion: _Portion, aligner: str, references: Side | None, probes: Side | None
    ) -> Embedded:
        bench, roles = self.bench, self._roles[aligner]
        acquired = bench.acquired[roles.gallery], bench.acquired[roles.probes]
        shown = Presented(*acquired, references, probes)
        count = shown.crop_count(bench.pipeline, portion.trials)
        tick = self.ticker(self._label("on", portion, aligner), count)
        return embed(bench.pipeline, bench.dataset, portion.trials, shown, self.workers, tick)

    def _shared(
        self, portion: _Portion, aligner: str, role: str, load: Callable[[Path], Side]
    ) -> Side | None:
        """One side's rows from another aligner's file, where both have them of the same crops."""
        wanted = getattr(self._roles[aligner], role)
        for other in self._order:
            path = self._file(portion, other)
            same = other != aligner and getattr(self._roles[other], role) == wanted
            if same and self.stages.known(path):
                return load(path)
        return None

    def _scores(self, aligner: str) -> Scores:
        trials, path = self.bench.trials, self.folder.scores_file(self._key(aligner))

        def scored() -> tuple[Scores, None]:
            values = np.empty(len(trials))
            for portion in self._portions:
                values[portion.mask] = self._values(portion, aligner)
            return Scores(trials, values), None

        scores = self.stages.done(
            path, lambda: load_scores(path), scored, lambda values: save_scores(path, values)
        )
        if not scores.trials.same_pairs(trials):
            raise StudyChangedError(
                f"{path} is about other trials than the data set holds now: name another --out"
            )
        return Scores(trials, scores.values)

    def _values(self, portion: _Portion, aligner: str) -> NDArray[np.float64]:
        path = self._file(portion, aligner)
        if self._learns:
            return load_values(path)
        return score(self.bench.pipeline, portion.trials, load_embedded(path)).values

    def _key(self, aligner: str) -> Key:
        return Key(self.bench.name, self.bench.part.name, aligner)

    @property
    def _options(self) -> Mapping[str, Any]:
        return self.bench.part.options

    def _file(self, portion: _Portion, aligner: str) -> Path:
        return self._place("embeddings", portion, aligner, ".npz")

    def _note(self, stage: str, portion: _Portion, aligner: str) -> Path:
        return self._place(stage, portion, aligner, ".json")

    def _place(self, stage: str, portion: _Portion, aligner: str, suffix: str) -> Path:
        fold = () if portion.fold is None else (f"fold{portion.fold}",)
        return self.folder.file(stage, *self._key(aligner), *fold, suffix=suffix)

    def _label(self, doing: str, portion: _Portion, aligner: str) -> str:
        fold = "" if portion.fold is None else f", fold {portion.fold}"
        name, pipeline = self.bench.name, self.bench.part.name
        return f"{name}{fold}: {pipeline} {doing} faces aligned by {aligner}"
