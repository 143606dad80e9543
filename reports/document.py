"""A report's content in its order, without any format: the answer first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from align_eval.result import ROW_COLUMNS, TRUTH, Result
from reports.ablation import ablation_rows, ablation_tables
from reports.claims import Judgement, introduction, judgements
from reports.cost_plates import cost_plates
from reports.cost_table import cost_table, published_lines
from reports.cost_words import cost_verdicts
from reports.costs import Costs, costs
from reports.estimators import (
    estimator_plates,
    estimator_rows,
    estimator_tables,
    estimator_verdicts,
)
from reports.failure_policies import policy_tables
from reports.figures.style import Look, looks
from reports.folds import fold_tables
from reports.formatting import count, plural
from reports.measures import Measure, measure
from reports.metric_parts import metric_part_notes, metric_part_plates, metric_part_tables
from reports.misalignments import misalignment_plates, misalignment_tables, misalignment_verdicts
from reports.parts import first_normaliser, part_notes, part_plates, part_tables
from reports.plates import (
    Plate,
    error_plates,
    forest_plate,
    points_plate,
    score_plates,
    strip_plate,
)
from reports.points import point_grids
from reports.published import published_rows, published_table
from reports.rejections import rejection_plates, rejection_tables, rejection_verdicts
from reports.sensitivity_plates import sensitivity_plates
from reports.sensitivity_tables import sensitivity_tables
from reports.sensitivity_words import sensitivity_verdicts
from reports.signals import signal_plates, signal_tables
from reports.speed import speed_plates, speed_rows, speed_table
from reports.strips import Strip, strips
from reports.study_words import StudyWords, plain
from reports.tables import Table, error_tables, plain_table, results_table
from reports.times import time_rows, time_table
from reports.turned import Gallery, gallery, turned_tables
from reports.verdict import Rules, Verdict, error_verdicts, verdicts

EVERY_ALIGNER = "*"
STAGES = "stages"
NO_TEST = "Landmark errors have no intervals: they describe, and tell no aligners apart."


@dataclass(frozen=True)
class Section:
    """One table of results: a data set, a pipeline and a policy.

    Parameters
    ----------
    heading : str
        Names them.
    verdicts : tuple of Verdict
        Its sentences.
    table : Table
        Its numbers.
    plates : tuple of Plate
        Its figures.
    """

    heading: str
    verdicts: tuple[Verdict, ...]
    table: Table
    plates: tuple[Plate, ...]


@dataclass(frozen=True)
class CostSection:
    """What each aligner costs behind one pipeline.

    Parameters
    ----------
    pipeline : str
        Its name.
    verdicts : tuple of Verdict
        A sentence or two for each data set.
    table : Table
        Aligners down, data sets across.
    published : tuple of str
        What others published on the same, a line each.
    plates : tuple of Plate
        Cost against landmark error, where that is known.
    """

    pipeline: str
    verdicts: tuple[Verdict, ...]
    table: Table
    published: tuple[str, ...]
    plates: tuple[Plate, ...]

    @property
    def heading(self) -> str:
        """What it is about."""
        return f"What each aligner costs, {self.pipeline}"


@dataclass(frozen=True)
class FailureList:
    """The failures to acquire of one aligner on one data set: (face, subject, reason) each."""

    dataset: str
    aligner: str
    faces: tuple[tuple[str, str, str], ...]

    @property
    def heading(self) -> str:
        """Whose they are, and how many.

        >>> FailureList("lfw", "box", (("a", "A", "no box"),)).heading
        'lfw, box: 1 failure'
        """
        who = "every aligner" if self.aligner == EVERY_ALIGNER else self.aligner
        return f"{self.dataset}, {who}: {plural(len(self.faces), 'failure')}"


@dataclass(frozen=True)
class Document:
    """Everything that a report says.

    Parameters
    ----------
    title, question, description : str
        The study's own words.
    baseline : str
        Or "" where the study names none.
    datasets : Table
        What was compared on.
    compared, rules : list of (term, lines)
        What was compared, and by which rules.
    measures : tuple of Measure
        Every metric that the report prints and that has a definition.
    costs : tuple of CostSection
        The study's first pipeline, which is the answer, and then the others; () where nothing
        is compared.
    sensed, sensitivity, sensitivity_plates : tuple of Verdict, Table, Plate
        What moved landmarks cost, in a sensitivity study.
    ablation : tuple of Table
        The pipelines beside each other, where there are several.
    fitted, estimators, estimator_plates : tuple of Verdict, Table, Plate
        Ways of fitting landmarks to a template beside each other, where there are several.
    folds : tuple of Table
        Means and spreads over the folds of what is cross-validated.
    sections : tuple of Section
        Results.
    policies : tuple of Table
        Ways to count failures to acquire beside each other, where the study has several.
    metric_parts, metric_part_notes, metric_part_plates : tuple of Table, str, Plate
        What the costliest aligners cost by parts of the probes, what could not be divided, and
        figures.
    turned, turned_faces : tuple of Table, Gallery
        Trials won and lost against the baseline, and the faces of some.
    described : tuple of Verdict
        Sentences on landmark errors, where nothing was verified.
    errors : tuple of Table
        Landmark errors.
    error_plates : tuple of Plate
        Their figures.
    parts, part_notes, part_plates : tuple of Table, str, Plate
        Landmark errors by parts of the data sets, what could not be divided, and figures.
    misaligned, misalignments, misalignment_plates : tuple of Verdict, Table, Plate
        What landmark errors become in aligned faces, where the true points are known.
    signals, signal_plates : tuple of Table, Plate
        Whether the models' own quality knows their errors, where the study asks.
    rejected, rejections, rejection_plates : tuple of Verdict, Table, Plate
        What rejecting faces by that quality is worth in verification, where the study asks.
    speed, speed_plates : Table or None, tuple of Plate
        What each landmark model takes, and its accuracy against time.
    about_claims : str
        What the outcomes of claims mean.
    claims : tuple of Judgement
        What was put to the test.
    published : Table or None
        What others measured, beside the study's own.
    point_plates : tuple of Plate
        Faces with the points of every aligner.
    strips : tuple of Strip
        Aligned faces.
    strip_plates : tuple of Plate
        The same as figures.
    failures : tuple of FailureList
        By name.
    times : Table or None
        Where the time went.
    provenance : tuple of (key, value)
        Versions, seed and platform.
    stages : tuple of (key, value)
        Every stage of the run: its time, and the digests and providers of what made it.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    title: str
    question: str
    description: str
    baseline: str
    datasets: Table
    compared: list[tuple[str, list[str]]]
    rules: list[tuple[str, list[str]]]
    measures: tuple[Measure, ...]
    costs: tuple[CostSection, ...]
    sensed: tuple[Verdict, ...]
    sensitivity: tuple[Table, ...]
    sensitivity_plates: tuple[Plate, ...]
    ablation: tuple[Table, ...]
    fitted: tuple[Verdict, ...]
    estimators: tuple[Table, ...]
    estimator_plates: tuple[Plate, ...]
    folds: tuple[Table, ...]
    sections: tuple[Section, ...]
    policies: tuple[Table, ...]
    metric_parts: tuple[Table, ...]
    metric_part_notes: tuple[str, ...]
    metric_part_plates: tuple[Plate, ...]
    turned: tuple[Table, ...]
    turned_faces: Gallery
    described: tuple[Verdict, ...]
    errors: tuple[Table, ...]
    error_plates: tuple[Plate, ...]
    parts: tuple[Table, ...]
    part_notes: tuple[str, ...]
    part_plates: tuple[Plate, ...]
    misaligned: tuple[Verdict, ...]
    misalignments: tuple[Table, ...]
    misalignment_plates: tuple[Plate, ...]
    signals: tuple[Table, ...]
    signal_plates: tuple[Plate, ...]
    rejected: tuple[Verdict, ...]
    rejections: tuple[Table, ...]
    rejection_plates: tuple[Plate, ...]
    speed: Table | None
    speed_plates: tuple[Plate, ...]
    about_claims: str
    claims: tuple[Judgement, ...]
    published: Table | None
    point_plates: tuple[Plate, ...]
    strips: tuple[Strip, ...]
    strip_plates: tuple[Plate, ...]
    failures: tuple[FailureList, ...]
    times: Table | None
    provenance: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str], ...]
    looks: Mapping[str, Look]

    @property
    def answers(self) -> tuple[tuple[str, tuple[Verdict, ...]], ...]:
        """The sentences: what moved landmarks cost, where that was asked, and then the costs
        behind the first pipeline, else what there is to say.

        With a heading for each section if those are several.
        """
        sensed = (("", self.sensed),) if self.sensed else ()
        if self.costs:
            return (*sensed, ("", self.costs[0].verdicts))
        if sensed:
            return sensed
        if not self.sections:
            return (("", self.described),)
        several = len(self.sections) > 1
        return tuple((part.heading if several else "", part.verdicts) for part in self.sections)

    @property
    def plates(self) -> tuple[Plate, ...]:
        """Every figure."""
        results = [plate for part in self.costs for plate in part.plates]
        results += self.estimator_plates
        results += [plate for part in self.sections for plate in part.plates]
        results += self.metric_part_plates
        errors = (*self.error_plates, *self.part_plates, *self.speed_plates)
        causes = (*self.misalignment_plates, *self.signal_plates, *self.rejection_plates)
        moved = self.sensitivity_plates
        return (*moved, *results, *errors, *causes, *self.point_plates, *self.strip_plates)


_memo: WeakKeyDictionary[Result, Document] = WeakKeyDictionary()


def document(result: Result) -> Document:
    """The content of a result; made once for all the formats of one result."""
    if result not in _memo:
        _memo[result] = _build(result)
    return _memo[result]


def _build(result: Result) -> Document:
    if result.rows.empty:
        result = replace(result, rows=pd.DataFrame(columns=list(ROW_COLUMNS)))
    words = StudyWords(result.study)
    drawn = looks(_aligners(result), words.baseline, words.perturbed)
    errors = result.landmark_errors
    metrics = dict.fromkeys([*result.rows["metric"], *errors["metric"]])
    grids = strips(result.samples)
    compared = costs(result)
    crossed = estimator_rows(result)
    every = ablation_rows(result, [one.pipeline for one in compared])
    rules, moved = Rules(words.baseline, words.confidence), result.misalignments
    return Document(
        title=words.title,
        question=words.text("question"),
        description=words.text("description"),
        baseline=words.baseline,
        datasets=_datasets(result),
        compared=words.compared(),
        rules=words.rules(dict.fromkeys(result.rows["policy"])),
        measures=tuple(what for what in map(measure, metrics) if what.definition),
        costs=tuple(_cost_section(result, one, drawn) for one in compared),
        sensed=tuple(sensitivity_verdicts(result)),
        sensitivity=tuple(sensitivity_tables(result)),
        sensitivity_plates=tuple(sensitivity_plates(result)),
        ablation=tuple(ablation_tables(every, rules.interval)),
        fitted=tuple(estimator_verdicts(crossed, words.confidence)),
        estimators=tuple(estimator_tables(crossed, words.confidence)),
        estimator_plates=tuple(estimator_plates(crossed, words.confidence)),
        folds=tuple(fold_tables(result)),
        sections=tuple(_sections(result, words, drawn, compared)),
        policies=tuple(policy_tables(result)),
        metric_parts=tuple(metric_part_tables(result)),
        metric_part_notes=tuple(metric_part_notes(result)),
        metric_part_plates=tuple(metric_part_plates(result, drawn)),
        turned=tuple(turned_tables(result)),
        turned_faces=gallery(result),
        described=tuple(error_verdicts(errors)),
        errors=tuple(error_tables(errors)),
        error_plates=tuple(error_plates(result, drawn)),
        parts=tuple(part_tables(result.error_parts)),
        part_notes=tuple(part_notes(result.error_parts)),
        part_plates=tuple(part_plates(result.error_parts, drawn)),
        misaligned=tuple(misalignment_verdicts(moved, rules)),
        misalignments=tuple(misalignment_tables(moved, rules)),
        misalignment_plates=tuple(misalignment_plates(moved)),
        signals=tuple(signal_tables(result)),
        signal_plates=tuple(signal_plates(result, drawn)),
        rejected=tuple(rejection_verdicts(result, rules)),
        rejections=tuple(rejection_tables(result, rules)),
        rejection_plates=tuple(rejection_plates(result, drawn)),
        speed=speed_table(speed_rows(result)),
        speed_plates=tuple(speed_plates(result, drawn)),
        about_claims=introduction(result.claims),
        claims=tuple(judgements(result.claims, first_normaliser(errors), words.confidence)),
        published=published_table(published_rows(result)),
        point_plates=tuple(points_plate(grid, drawn) for grid in point_grids(result.overlays)),
        strips=tuple(grids),
        strip_plates=tuple(strip_plate(grid, drawn) for grid in grids),
        failures=tuple(_failures(result.failures)),
        times=time_table(time_rows(result)),
        provenance=tuple(_flat({k: v for k, v in result.provenance.items() if k != STAGES})),
        stages=tuple((key, plain(v)) for key, v in result.provenance.get(STAGES, {}).items()),
        looks=drawn,
    )


def _aligners(result: Result) -> list[str]:
    """Every aligner in the study's order, then any that only the results know."""
    named = [str(t.get("name", "")) for t in StudyWords(result.study).tables("aligners")]
    frames = (result.rows, result.landmark_errors, result.face_errors)
    found = [str(name) for frame in frames for name in frame["aligner"].unique()]
    found += [key.aligner for key in result.scores]
    found += [sample.aligner for sample in result.samples]
    found += [name for one in result.overlays for name in one.points if name != TRUTH]
    return list(dict.fromkeys(name for name in [*named, *found] if name))


def _cost_section(result: Result, one: Costs, drawn: Mapping[str, Look]) -> CostSection:
    return CostSection(
        one.pipeline,
        tuple(cost_verdicts(one)),
        cost_table(one),
        published_lines(result.study, one.pipeline),
        tuple(cost_plates(one, drawn)),
    )


def _sections(
    result: Result, words: StudyWords, drawn: Mapping[str, Look], compared: Sequence[Costs]
) -> list[Section]:
    rules = Rules(words.baseline, words.confidence)
    sections, seen = [], set()
    keys = ["dataset", "pipeline", "policy"]
    leading = {one.pipeline: (words.baseline, *one.models[:1]) for one in compared}
    several = result.rows.groupby(keys[:2])["policy"].nunique().gt(1).any()
    for parts, rows in result.rows.groupby(keys, sort=False):
        dataset, pipeline, policy = map(str, parts)
        names = [dataset, pipeline, *([f"policy {policy}"] if several else [])]
        heading = ", ".join(names)
        plates = forest_plate(rows, words.baseline, drawn, names)
        if (dataset, pipeline) not in seen:
            plates += score_plates(result, dataset, pipeline, drawn, leading.get(pipeline, ()))
            seen.add((dataset, pipeline))
        caption = _caption(rows, heading, words)
        table = results_table(rows, rules, caption)
        sections.append(Section(heading, tuple(verdicts(rows, rules)), table, tuple(plates)))
    return sections


def _caption(rows: pd.DataFrame, heading: str, words: StudyWords) -> str:
    least = rows[["n_genuine", "n_impostor", "n_subjects"]].max()
    trials = (
        f"{count(least['n_genuine'])} genuine and {count(least['n_impostor'])} impostor trials "
        f"of {plural(least['n_subjects'], 'subject')}"
    )
    delta = f" Δ: aligner − {words.baseline}, paired; p after Holm." if words.baseline else ""
    return f"{heading}: {trials}. Value with its {Rules('', words.confidence).interval}.{delta}"


def _datasets(result: Result) -> Table:
    named = {str(t.get("name", "")): t for t in StudyWords(result.study).tables("datasets")}
    rows, errors = result.rows, result.landmark_errors
    lines = []
    for name in dict.fromkeys([*named, *rows["dataset"], *errors["dataset"]]):
        own = rows[rows["dataset"] == name]
        faces = pd.concat([own["n_faces"], errors[errors["dataset"] == name]["n_faces"]]).max()
        trials = [own[key].max() for key in ("n_subjects", "n_genuine", "n_impostor")]
        options = {k: v for k, v in named.get(name, {}).items() if k != "name"}
        lines.append([name, count(faces), *map(count, trials), plain(options)])
    heads = ["Data set", "Faces", "Subjects", "Genuine trials", "Impostor trials", "Read as"]
    return plain_table("Data sets.", heads, lines)


def _failures(frame: pd.DataFrame) -> list[FailureList]:
    return [
        FailureList(
            str(dataset),
            str(aligner),
            tuple(
                (str(face), str(subject), str(reason))
                for face, subject, reason in own[["face", "subject", "reason"]].itertuples(
                    index=False, name=None
                )
            ),
        )
        for (dataset, aligner), own in frame.groupby(["dataset", "aligner"], sort=False)
    ]


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            found += _flat(item, f"{name}.")
        else:
            found.append((name, plain(item)))
    return found
