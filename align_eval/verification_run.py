"""What a study does behind one pipeline on one data set, once every aligner has found its points.

Scores, their statistics, the sweeps of a sensitivity study, rejection by quality, and where the
aligners differ: each step adds to the findings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd

from align_eval.dataset import Dataset
from align_eval.evaluation import failed_counts, fold_rows, metric_rows, rejection_tables
from align_eval.findings import Findings
from align_eval.interfaces import Pipeline
from align_eval.locating import Located, Tick
from align_eval.metric_parts import metric_part_rows
from align_eval.result import Key
from align_eval.roles import Roles, faces_under_test
from align_eval.sampling import choose_faces, take_samples
from align_eval.scores import Scores
from align_eval.scoring import Bench, Scoring
from align_eval.sensitivity_tables import Sensed
from align_eval.stages import Stages
from align_eval.store import RunFolder
from align_eval.study import Part, Study
from align_eval.sweep import Sweeper, SweptFits, in_memory
from align_eval.trials import Trials
from align_eval.turned import turned_samples, turned_trials
from align_eval.verifying import Acquired, acquire


@dataclass(frozen=True, eq=False)
class VerificationRun:
    """A pipeline behind every aligner.

    Parameters
    ----------
    study : Study
        What is asked.
    name : str
        The data set's, in the study.
    dataset : Dataset
        It has trials.
    trials : Trials
        Its own.
    roles : Roles
        Who aligns what there.
    part : Part
        The pipeline, as the study has it.
    pipeline : Pipeline
        The same, ready for use.
    located : mapping
        Aligner → what it found.
    errors : DataFrame
        `FACE_ERROR_COLUMNS` of the data set, without its name.
    folder, stages, workers, ticker
        See `align_eval.scoring.Scoring`.
    """

    study: Study
    name: str
    dataset: Dataset
    trials: Trials
    roles: Roles
    part: Part
    pipeline: Pipeline
    located: Mapping[str, Located]
    errors: pd.DataFrame
    folder: RunFolder
    stages: Stages
    workers: int
    ticker: Callable[[str, int], Tick]

    def run(self, found: Findings, sensed: Sensed) -> dict[str, Acquired]:
        """Verify, add to the findings, and return what each aligner could align."""
        every = Scoring(self._bench, self.folder, self.stages, self.workers, self.ticker).run()
        scores = {aligner: every[aligner] for aligner in self._acquired}
        self._sense(scores, every, sensed)
        keys = [Key(self.name, self.part.name, aligner) for aligner in scores]
        found.scores |= {key: self.folder.scores_file(key) for key in keys}
        self._judge(scores, found)
        self._explain(scores, found)
        tested = faces_under_test(self.trials, self.roles)
        shown = choose_faces(tested, self._acquired, self.study.samples)
        found.samples += take_samples(
            self.dataset, (self.name, self.part.name), shown, self._acquired
        )
        self._reject(scores, found)
        return self._acquired

    @cached_property
    def _acquired(self) -> dict[str, Acquired]:
        template, study = self.pipeline.template, self.study
        return {
            aligner: acquire(state, template, **study.fit(self.part.name, aligner))
            for aligner, state in self.located.items()
        }

    @property
    def _bench(self) -> Bench:
        """The fits with those of a sensitivity study's sweeps, and the data set to crop from."""
        study, dataset = self.study, self.dataset
        fits: Mapping[str, Acquired] = self._acquired
        if study.sensitivity is not None:
            tested = faces_under_test(self.trials, self.roles)
            faces = [dataset.face(face) for face in tested]
            within, baseline = study.sensitivity.within, study.baseline
            sweeper = Sweeper(faces, self.located, baseline, study.seed, within)
            way = study.fit(self.part.name, baseline)
            fit = partial(acquire, template=self.pipeline.template, **way)
            fits = SweptFits(fits, study.sensitivity.sweeps(), sweeper, fit)
            known = set(self.located[baseline].landmarks)
            dataset = in_memory(dataset, known.intersection(tested), self.workers)
        return Bench(self.name, self.part, self.pipeline, dataset, self.trials, fits, self.roles)

    def _sense(
        self, scores: Mapping[str, Scores], every: Mapping[str, Scores], sensed: Sensed
    ) -> None:
        """Take what the sweeps cost into the tables of a sensitivity study."""
        if self.study.sensitivity is not None:
            sweeps = {sweep: every[sweep.name] for sweep in self.study.sensitivity.sweeps()}
            tick = self._ticker("sensitivity of {}")
            sensed.add((self.name, self.part.name), self.dataset, scores, sweeps)
            tick(1)

    def _judge(self, scores: Mapping[str, Scores], found: Findings) -> None:
        """Metrics with their intervals, and over folds."""
        tick = self._ticker("intervals for {}")

        def statistics() -> tuple[list[pd.DataFrame], None]:
            failed = failed_counts(self.trials, self._acquired, self.roles)
            rows = metric_rows(self.study, scores, failed, len(self.trials.faces))
            folds = [fold_rows(self.study, scores)] if self.dataset.folds else []
            return [rows, *folds], None

        note = self.folder.file("intervals", self.name, self.part.name, suffix=".json")
        tables = self.stages.noted(note, statistics)
        tick(1)
        self._add(found, dict(zip(("rows", "folds"), tables, strict=False)))

    def _explain(self, scores: Mapping[str, Scores], found: Findings) -> None:
        """On which probes the aligners differ: by parts, and trial by trial."""
        tick = self._ticker("where aligners differ behind {}")
        turned = turned_trials(self.study, scores, self.errors)
        parts = metric_part_rows(self.study, self.dataset, scores)
        tables = {"turned": turned.trials, "turned_counts": turned.counts, "metric_parts": parts}
        self._add(found, tables)
        if self.part == self.study.pipelines[0]:
            labels, baseline = (self.name, self.part.name), self.study.baseline
            found.turned_samples += turned_samples(
                self.dataset, labels, turned, self._acquired, self.roles, baseline
            )
        tick(1)

    def _reject(self, scores: Mapping[str, Scores], found: Findings) -> None:
        """What rejecting by quality does, where the study asks."""
        if not self.study.reject:
            return
        normaliser = next(iter(self.study.normalisers), "")
        known = self.errors[self.errors["normaliser"] == normaliser]
        five = known["group"].eq("five")  # the points of alignment, where there are others
        known = known[five | ~known["aligner"].isin(known["aligner"][five])]
        tick = self._ticker("rejection by quality for {}", len(self._acquired))
        for done, (aligner, fits) in enumerate(self._acquired.items(), 1):
            own = known[known["aligner"] == aligner]
            tables = rejection_tables(
                self.study,
                self.part.name,
                self.roles,
                aligner,
                self.located[aligner],
                fits,
                scores[aligner],
                dict(zip(own["face"], own["error"], strict=True)),
            )
            self._add(found, tables._asdict())
            tick(done)

    def _add(self, found: Findings, tables: Mapping[str, Any]) -> None:
        for kind, table in tables.items():
            found.add(kind, table, dataset=self.name, pipeline=self.part.name)

    def _ticker(self, doing: str, total: int = 1) -> Tick:
        return self.ticker(f"{self.name}: {doing.format(self.part.name)}", total)
