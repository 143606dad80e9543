"""Running a study: boxes, landmarks, embeddings, scores, statistics, one stage at a time.

Each stage writes its file and is skipped where that file exists, so that a stopped run resumes.
Nothing that fails is dropped: a face without box, landmarks or alignment is a failure to acquire,
kept with its reason through every later stage.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from align_eval.breakdown import check_attributes, part_rows
from align_eval.catalog import Catalog
from align_eval.config import expand
from align_eval.dataset import Dataset
from align_eval.errors import ContractError, DataError
from align_eval.evaluation import (
    error_tables,
    failure_rows,
    misalignment_table,
    signal_tables,
)
from align_eval.faces import Face
from align_eval.findings import Findings, stacked
from align_eval.fingerprint import TRIALS
from align_eval.fitting import fit, require_training
from align_eval.gallery import gallery_faces, take_overlays
from align_eval.interfaces import (
    DatasetBound,
    Detector,
    LandmarkModel,
    Pipeline,
    TrainableModel,
    require_protocol,
)
from align_eval.jitter import jitter_of, jittered
from align_eval.judging import judged
from align_eval.locating import Boxed, Located, Tick, find_boxes, locate
from align_eval.provenance import environment
from align_eval.result import FACE_ERROR_COLUMNS, FAILURE_COLUMNS, Result
from align_eval.roles import Roles, aligned_faces, measured, roles_on
from align_eval.sensitivity_tables import Sensed
from align_eval.stages import Stages
from align_eval.store import (
    RunFolder,
    ScoreFiles,
    load_boxes,
    load_located,
    save_boxes,
    save_located,
    save_result,
)
from align_eval.study import Part, Study
from align_eval.timed import TimedModel
from align_eval.verification_run import VerificationRun
from align_eval.verifying import Acquired

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
        self._measured: dict[str, Dataset] = {}
        self._fitted: dict[str, LandmarkModel] = {}
        self._pipelines: dict[str, Pipeline] = {}
        self._roles: dict[str, Roles] = {}
        self._sensed = Sensed(study)

    def run(self) -> Result:
        """Run what is not there yet, and return everything."""
        with ExitStack() as stack:
            stack.callback(self._pipelines.clear)
            return self._run(stack)

    def _run(self, stack: ExitStack) -> Result:
        started = time.time()
        found = Findings()
        # All lists of faces come first: what is wrong with one shows before hours are spent.
        self._datasets = {part.name: self._read(part) for part in self.study.datasets}
        check_attributes(self.study.breakdown, self._datasets.values())
        self._check_trials()
        self._measured = {
            name: measured(dataset, self._roles.get(name))
            for name, dataset in self._datasets.items()
        }
        shown = gallery_faces(self._measured, self.study.samples)
        for part in self.study.datasets:
            self._run_dataset(stack, part, shown[part.name], found)
        tables = found.tables()
        scores = ScoreFiles(found.scores)
        errors = tables["landmark_errors"], tables["error_parts"]
        claims = self._stages.noted(
            self.folder.file("intervals", "claims", suffix=".json"),
            lambda: (judged(self.study, *errors, scores, tables["discards"]), None),
        )
        result = Result(
            study=self.study.to_config(),
            scores=scores,
            failures=pd.DataFrame(found.failures, columns=list(FAILURE_COLUMNS)),
            samples=tuple(found.samples),
            turned_samples=tuple(found.turned_samples),
            provenance={
                **environment(started, self.workers, self.study.seed, self._notes()),
                "roles": {name: roles.to_config() for name, roles in self._roles.items()},
            },
            claims=claims,
            **self._sensed.tables(),
            overlays=tuple(found.overlays),
            **tables,
        )
        save_result(self.folder.path, result)
        return result

    def _notes(self) -> dict[str, Any]:
        """What is known of every stage; of those of a sensitivity study's sweeps, their sum."""
        table, notes = self.study.sensitivity, dict(self._stages.notes)
        for sweep in table.sweeps() if table else ():
            for label in [label for label in notes if label.endswith(f"--{sweep.name}")]:
                start = label.removesuffix(f"--{sweep.name}")
                sums = notes.setdefault(f"{start}, all sweeps", {"seconds": 0.0})
                seconds = sums["seconds"] + notes.pop(label).get("seconds", 0.0)
                sums["seconds"] = round(seconds, 3)
        return notes

    def _read(self, part: Part) -> Dataset:
        tick = self._ticker(f"{part.name}: reading the list of faces", 1)
        dataset: Dataset = self._stages.noted(
            self.folder.file("data", part.name, suffix=".json"),
            lambda: (self._build(self.catalogs.datasets, part), None),
        )
        if not isinstance(dataset, Dataset):
            raise ContractError(f"data set {part.name!r} gave a {type(dataset).__name__}")
        self.folder.check_data(part.name, dataset)
        tick(1)
        return dataset

    def _check_trials(self) -> None:
        """Who aligns what on each data set; refuse those that a pipeline cannot learn from."""
        learning = [part.name for part in self.study.pipelines if self._learns(part)]
        for name, dataset in self._datasets.items():
            if dataset.trials and self.study.pipelines:
                self._roles[name] = roles_on(self.study.roles, dataset, self.study.baseline)
                for pipeline in learning:
                    require_training(name, pipeline, dataset, dataset.trials)

    def _learns(self, part: Part) -> bool:
        """Whether a pipeline's class learns; of what a function will make it is not known yet."""
        made = self.catalogs.pipelines.get(part.model)
        return hasattr(getattr(made, "func", made), "fit")

    def _may_learn(self, part: Part) -> bool:
        made = self.catalogs.pipelines.get(part.model)
        return self._learns(part) or not isinstance(getattr(made, "func", made), type)

    def _run_dataset(
        self, stack: ExitStack, part: Part, shown: Sequence[str], found: Findings
    ) -> None:
        dataset, located = self._datasets[part.name], self._all_located(part.name)
        asked, face_errors = self._measured[part.name], []
        for aligner, state in located.items():
            errors, each = error_tables(self.study, asked, aligner, state)
            found.add("landmark_errors", errors, dataset=part.name)
            found.add("face_errors", each, dataset=part.name)
            face_errors.append(each)
            moved = misalignment_table(self.study, asked, aligner, state)
            found.add("misalignments", moved, dataset=part.name)
            signals = signal_tables(self.study, asked, aligner, state)
            for name, table in signals._asdict().items():
                found.add(name, table, dataset=part.name)
        if dataset.truth or not self.study.pipelines:
            everyones = [face for face in shown if _everyone(located, face)]
            found.overlays += take_overlays(part.name, dataset, everyones, located)
        each = stacked(face_errors, FACE_ERROR_COLUMNS[1:])
        parts = part_rows(asked, self.study.breakdown, each)
        found.add("error_parts", parts, dataset=part.name)
        reasons = {aligner: dict(state.reasons) for aligner, state in located.items()}
        for verifier in self.study.pipelines if dataset.trials else ():
            self._open(stack, verifier)
            acquired = self._verified(part.name, verifier, located, each, found)
            for aligner, fits in acquired.items():
                reasons[aligner].update(fits.reasons)
        root = expand(str(part.options.get("root", "")))
        found.failures += failure_rows(part.name, dataset, reasons, root)
        if dataset.trials is None and self.study.pipelines:
            idle = ", ".join(pipeline.name for pipeline in self.study.pipelines)
            why = f"the data set has no trials: nothing is verified on it by {idle}"
            found.failures.append((part.name, "*", TRIALS, "", why))

    def _all_located(self, name: str) -> dict[str, Located]:
        """What every aligner finds in the faces that it has to align."""
        dataset, roles = self._datasets[name], self._roles.get(name)
        learning = any(map(self._may_learn, self.study.pipelines))
        faces = {
            part.name: aligned_faces(dataset, roles, part.name, learning)
            for part in self.study.aligners
        }
        every = {face.id for own in faces.values() for face in own}
        known = [face for face in (*dataset.faces, *dataset.training) if face.id in every]
        boxed = self._boxes(name, known)
        located: dict[str, Located] = {}
        shared: dict[str, Located] = {}  # by aligners that differ in their fit alone
        for part in self.study.aligners:
            ids = [face.id for face in faces[part.name]]
            made = repr((part.model, part.made.options, ids))
            if made not in shared:
                shared[made] = self._located(name, part, dataset, boxed, faces[part.name])
            located[part.name] = shared[made]
        return located

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
            bound = isinstance(model, DatasetBound)
            if isinstance(model, DatasetBound):
                model = model.for_dataset(dataset)
            require_protocol(model, LandmarkModel, f"aligner {part.name!r}")
            if not bound:  # the truth takes no time
                model = TimedModel(model, self.workers)
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
        model: LandmarkModel = self._build(self.catalogs.landmark_models, part.made)
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
        located: Mapping[str, Located],
        errors: pd.DataFrame,
        found: Findings,
    ) -> dict[str, Acquired]:
        """Verify with one pipeline behind every aligner, and take its statistics."""
        dataset = self._datasets[name]
        if dataset.trials is None:
            raise DataError(f"data set {name!r} has no trials to verify")
        return VerificationRun(
            self.study,
            name,
            dataset,
            dataset.trials,
            self._roles[name],
            part,
            self._pipelines[part.name],
            located,
            errors,
            self.folder,
            self._stages,
            self.workers,
            self._ticker,
        ).run(found, self._sensed)

    def _build(self, catalog: Catalog, part: Part) -> Any:
        context = {
            "name": part.name,
            "workers": self.workers,
            "seed": self.study.seed,
            "progress": self.progress,
            "training_folder": self.folder.file("training", part.name, suffix=""),
        }
        return catalog.build(part.model, expand(part.options), **context)

    def _open(self, stack: ExitStack, part: Part) -> None:
        """Open a pipeline when it is first wanted; it is closed when the run ends."""
        if part.name not in self._pipelines:
            pipeline: Pipeline = self._build(self.catalogs.pipelines, part.made)
            stack.callback(getattr(pipeline, "close", lambda: None))
            require_protocol(pipeline, Pipeline, f"pipeline {part.name!r}")
            self._pipelines[part.name] = pipeline

    def _ticker(self, label: str, total: int) -> Tick:
        self.progress(label, 0, total)
        return lambda done: self.progress(label, done, total)


def _everyone(located: Mapping[str, Located], face: str) -> bool:
    """Whether every aligner was asked for a face."""
    return all(face in one.landmarks or face in one.reasons for one in located.values())
