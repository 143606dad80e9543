"""Running a study: boxes, landmarks, embeddings, scores, statistics, one stage at a time.

Each stage writes its file and is skipped where that file exists, so that a stopped run resumes.
Nothing that fails is dropped: a face without box, landmarks or alignment is a failure to acquire,
kept with its reason through every later stage.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from align_eval.breakdown import check_attributes, part_rows
from align_eval.catalog import Catalog
from align_eval.config import expand
from align_eval.dataset import Dataset, Trials
from align_eval.errors import ContractError, DataError, StudyChangedError
from align_eval.evaluation import error_tables, failure_rows, metric_rows
from align_eval.faces import Face
from align_eval.fingerprint import TRIALS
from align_eval.fitting import fit
from align_eval.gallery import gallery_faces, take_overlays
from align_eval.interfaces import (
    DatasetBound,
    Detector,
    LandmarkModel,
    Pipeline,
    Trainable,
    TrainableModel,
    require_protocol,
)
from align_eval.jitter import jitter_of, jittered
from align_eval.judging import judged
from align_eval.locating import Boxed, Located, Tick, find_boxes, locate
from align_eval.provenance import environment
from align_eval.result import (
    ERROR_COLUMNS,
    FACE_ERROR_COLUMNS,
    FAILURE_COLUMNS,
    PART_COLUMNS,
    ROW_COLUMNS,
    Key,
    Overlay,
    Result,
    Sample,
)
from align_eval.sampling import choose_faces, take_samples
from align_eval.scores import Scores
from align_eval.stages import Stages
from align_eval.store import (
    RunFolder,
    ScoreFiles,
    load_boxes,
    load_embedded,
    load_located,
    load_scores,
    save_boxes,
    save_embedded,
    save_located,
    save_result,
    save_scores,
)
from align_eval.study import Part, Study
from align_eval.verifying import Acquired, Embedded, acquire, embed, score, train

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Catalogs:
    """Where a study's names are looked up."""

    datasets: Catalog
    detectors: Catalog
    landmark_models: Catalog
    pipelines: Catalog


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass
class _Findings:
    """What accumulates over the data sets of a study."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    errors: list[pd.DataFrame] = field(default_factory=list)
    face_errors: list[pd.DataFrame] = field(default_factory=list)
    parts: list[pd.DataFrame] = field(default_factory=list)
    failures: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    scores: dict[Key, Path] = field(default_factory=dict)


class Executor:
    """Runs one study into one folder.

    Parameters
    ----------
    study : Study
        What to run.
    out : Path
        The run folder; it may hold a stopped or finished run of the same study.
    catalogs : Catalogs
        Where names are looked up.
    workers : int
        Threads that read images, and processes for embedders that need them.
    progress : callable, optional
        Called with (stage, done, total).

    Raises
    ------
    StudyChangedError
        The folder holds another study.
    UnknownNameError
        A name that no catalogue has; before anything is run.
    """

    def __init__(
        self,
        study: Study,
        out: Path,
        catalogs: Catalogs,
        *,
        workers: int = 1,
        progress: Progress = silent,
    ) -> None:
        self.study, self.catalogs = study, catalogs
        self.workers, self.progress = workers, progress
        for catalog, parts in (
            (catalogs.datasets, study.datasets),
            (catalogs.landmark_models, study.aligners),
            (catalogs.pipelines, study.pipelines),
            (catalogs.detectors, () if study.boxes.model == "dataset" else (study.boxes,)),
        ):
            for part in parts:
                catalog.get(part.model)
        self.folder = RunFolder(out, study)
        self._stages = Stages()
        self._datasets: dict[str, Dataset] = {}
        self._fitted: dict[str, LandmarkModel] = {}

    def run(self) -> Result:
        """Run what is not there yet, and return everything."""
        started = time.time()
        found = _Findings()
        # All lists of faces come first: what is wrong with one shows before hours are spent.
        self._datasets = {part.name: self._read(part) for part in self.study.datasets}
        check_attributes(self.study.breakdown, self._datasets.values())
        shown = gallery_faces(self._datasets, self.study.samples)
        for part in self.study.datasets:
            self._run_dataset(part, self._datasets[part.name], shown[part.name], found)
        errors = _stacked(found.errors, ERROR_COLUMNS)
        parts = _stacked(found.parts, PART_COLUMNS)
        result = Result(
            study=self.study.to_config(),
            rows=_stacked(found.rows, ROW_COLUMNS),
            scores=ScoreFiles(found.scores),
            landmark_errors=errors,
            face_errors=_stacked(found.face_errors, FACE_ERROR_COLUMNS),
            failures=pd.DataFrame(found.failures, columns=list(FAILURE_COLUMNS)),
            samples=tuple(found.samples),
            provenance=environment(started, self.workers, self.study.seed, self._stages.notes),
            error_parts=parts,
            claims=judged(self.study, errors, parts),
            overlays=tuple(found.overlays),
        )
        save_result(self.folder.path, result)
        return result

    def _read(self, part: Part) -> Dataset:
        tick = self._ticker(f"{part.name}: reading the list of faces", 1)
        dataset: Dataset = self._build(self.catalogs.datasets, part)
        if not isinstance(dataset, Dataset):
            raise ContractError(f"data set {part.name!r} gave a {type(dataset).__name__}")
        self.folder.check_data(part.name, dataset)
        tick(1)
        return dataset

    def _run_dataset(
        self, part: Part, dataset: Dataset, shown: Sequence[str], found: _Findings
    ) -> None:
        faces = _needed(dataset)
        boxed = self._boxes(part.name, faces)
        located: dict[str, Located] = {}
        face_errors = []
        for model in self.study.aligners:
            located[model.name] = self._located(part.name, model, dataset, boxed, faces)
            errors, each = error_tables(self.study, dataset, model.name, located[model.name])
            found.errors.append(errors.assign(dataset=part.name))
            face_errors.append(each.assign(dataset=part.name))
        if dataset.truth or not self.study.pipelines:
            found.overlays += take_overlays(part.name, dataset, shown, located)
        found.face_errors += face_errors
        each = _stacked(face_errors, FACE_ERROR_COLUMNS)
        parts = part_rows(dataset, self.study.breakdown, each)
        found.parts.append(parts.assign(dataset=part.name))
        reasons = {aligner: dict(state.reasons) for aligner, state in located.items()}
        for pipeline in self.study.pipelines if dataset.trials else ():
            acquired = self._verified(part.name, pipeline, dataset, located, found)
            for aligner, fits in acquired.items():
                reasons[aligner].update(fits.reasons)
        root = expand(str(part.options.get("root", "")))
        found.failures += failure_rows(part.name, dataset, reasons, root)
        if dataset.trials is None and self.study.pipelines:
            idle = ", ".join(pipeline.name for pipeline in self.study.pipelines)
            why = f"the data set has no trials: nothing is verified on it by {idle}"
            found.failures.append((part.name, "*", TRIALS, "", why))

    def _boxes(self, dataset: str, faces: Sequence[Face]) -> Boxed:
        if self.study.boxes.model == "dataset":
            jitter, seed = jitter_of(self.study.boxes.options), self.study.seed
            known = {face.id: face.box for face in faces if face.box is not None}
            return Boxed({i: jittered(box, jitter, seed, i) for i, box in known.items()}, {})
        options = dict(self.study.boxes.options)
        pick = str(options.pop("pick", "central"))
        part = Part(self.study.boxes.name, self.study.boxes.model, options)

        def compute() -> tuple[Boxed, Any]:
            detector = self._build(self.catalogs.detectors, part)
            require_protocol(detector, Detector, f"detector {part.name!r}")
            tick = self._ticker(f"{dataset}: face boxes by {part.name}", len(faces))
            return find_boxes(detector, faces, pick, self.workers, tick), detector

        ids = [face.id for face in faces]
        path = self.folder.file("boxes", dataset, part.name, suffix=".parquet")
        return self._stages.done(
            path,
            lambda: load_boxes(path, ids),
            compute,
            lambda found: save_boxes(path, ids, found),
            options,
        )

    def _located(
        self, name: str, part: Part, dataset: Dataset, boxed: Boxed, faces: Sequence[Face]
    ) -> Located:
        def compute() -> tuple[Located, Any]:
            model = self._model(part)
            if isinstance(model, DatasetBound):
                model = model.for_dataset(dataset)
            require_protocol(model, LandmarkModel, f"aligner {part.name!r}")
            tick = self._ticker(f"{name}: landmarks by {part.name}", len(faces))
            boxes = boxed.apply(faces)
            return locate(model, boxes, boxed.reasons, self.workers, tick), model

        ids = [face.id for face in faces]
        path = self.folder.file("landmarks", name, part.name, suffix=".parquet")
        return self._stages.done(
            path,
            lambda: load_located(path, ids),
            compute,
            lambda found: save_located(path, ids, found),
            part.options,
        )

    def _model(self, part: Part) -> LandmarkModel:
        """A landmark model; one that learns has learned, once for all data sets."""
        if part.name in self._fitted:
            return self._fitted[part.name]
        model: LandmarkModel = self._build(self.catalogs.landmark_models, part)
        if isinstance(model, TrainableModel):
            tick = self._ticker(f"{part.name} learns", 1)
            fit(part.name, model, self._datasets)
            self._fitted[part.name] = model
            tick(1)
        return model

    def _verified(
        self,
        name: str,
        part: Part,
        dataset: Dataset,
        located: Mapping[str, Located],
        found: _Findings,
    ) -> dict[str, Acquired]:
        """Verify with one pipeline behind every aligner, and take its statistics."""
        trials = dataset.trials
        if trials is None:
            raise DataError(f"data set {name!r} has no trials to verify")
        acquired: dict[str, Acquired] = {}
        scores: dict[str, Scores] = {}
        with ExitStack() as stack:
            pipeline = self._opened(stack, part)
            for aligner, state in located.items():
                if isinstance(pipeline, Trainable) and scores:
                    pipeline = self._opened(stack, part)
                acquired[aligner] = acquire(
                    state,
                    pipeline.template,
                    estimator=self.study.estimator,
                    minimise=self.study.minimise,
                )
                key = Key(name, part.name, aligner)
                scores[aligner] = self._scored(key, pipeline, dataset, trials, acquired[aligner])
                found.scores[key] = self.folder.scores_file(key)
        faces = trials.faces
        tick = self._ticker(f"{name}: intervals for {part.name}", 1)
        failed = {a: sum(face in fits.reasons for face in faces) for a, fits in acquired.items()}
        rows = metric_rows(self.study, scores, failed, len(faces))
        tick(1)
        found.rows.append(rows.assign(dataset=name, pipeline=part.name))
        shown = choose_faces(faces, acquired, self.study.samples)
        found.samples += take_samples(dataset, (name, part.name), shown, acquired)
        return acquired

    def _scored(
        self, key: Key, pipeline: Pipeline, dataset: Dataset, trials: Trials, acquired: Acquired
    ) -> Scores:
        def embedded() -> tuple[Embedded, Any]:
            label = f"{key.dataset}: {key.pipeline} on faces aligned by {key.aligner}"
            train(pipeline, dataset.training, acquired, self.workers)
            tick = self._ticker(label, sum(face in acquired.transforms for face in trials.faces))
            return embed(pipeline, dataset, trials, acquired, self.workers, tick), pipeline

        at = self.folder.file("embeddings", *key, suffix=".npz")
        options = {part.name: part.options for part in self.study.pipelines}[key.pipeline]
        rows = self._stages.done(
            at, lambda: load_embedded(at), embedded, lambda rows: save_embedded(at, rows), options
        )
        path = self.folder.scores_file(key)
        scores = self._stages.done(
            path,
            lambda: load_scores(path),
            lambda: (score(pipeline, trials, rows), None),
            lambda values: save_scores(path, values),
        )
        if not scores.trials.same_pairs(trials):
            raise StudyChangedError(
                f"{path} is about other trials than the data set holds now: name another --out"
            )
        return Scores(trials, scores.values)

    def _build(self, catalog: Catalog, part: Part) -> Any:
        context = {
            "name": part.name,
            "workers": self.workers,
            "seed": self.study.seed,
            "progress": self.progress,
        }
        return catalog.build(part.model, expand(part.options), **context)

    def _opened(self, stack: ExitStack, part: Part) -> Pipeline:
        pipeline: Pipeline = self._build(self.catalogs.pipelines, part)
        require_protocol(pipeline, Pipeline, f"pipeline {part.name!r}")
        stack.callback(getattr(pipeline, "close", lambda: None))
        return pipeline

    def _ticker(self, label: str, total: int) -> Tick:
        self.progress(label, 0, total)
        return lambda done: self.progress(label, done, total)


def _needed(dataset: Dataset) -> tuple[Face, ...]:
    """The faces that some trial, training or landmark error needs."""
    if dataset.trials is None:
        return dataset.faces
    wanted = {*dataset.trials.faces, *dataset.truth}
    return (*(face for face in dataset.faces if face.id in wanted), *dataset.training)


def _stacked(frames: list[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    if not full:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(full, ignore_index=True)[list(columns)]
