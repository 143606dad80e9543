"""Landmark models and pipelines that learn within a study."""

from collections import Counter
from collections.abc import Mapping, Sequence

from align_eval.dataset import Dataset, Trials
from align_eval.errors import ConfigError, DataError
from align_eval.faces import Face, Modality
from align_eval.interfaces import Pipeline, Trainable, TrainableModel, blaming
from align_eval.locating import Tick
from align_eval.verifying import Acquired, consumed, crops


def fit(name: str, model: TrainableModel, datasets: Mapping[str, Dataset]) -> None:
    """Let a landmark model learn from the training faces of all data sets of a study.

    Parameters
    ----------
    name : str
        What the study calls the model.
    model : TrainableModel
        Is fitted in place.
    datasets : mapping
        Every data set of the study, by name.

    Raises
    ------
    DataError
        No data set has training faces with landmarks, or a subject that is trained on in one
        data set is tested in another.
    """
    if not any(face.id in one.truth for one in datasets.values() for face in one.training):
        raise DataError(
            f"aligner {name!r} learns within the study, and wants training faces with landmarks: "
            f"none are in {', '.join(datasets)}"
        )
    _refuse_leaks(name, datasets)
    with blaming(f"aligner {name!r}, while it learned,"):
        model.fit(datasets)


def _refuse_leaks(name: str, datasets: Mapping[str, Dataset]) -> None:
    tested = {face.subject: where for where, one in datasets.items() for face in one.faces}
    for where, one in datasets.items():
        for face in one.training:
            if face.subject in tested:
                raise DataError(
                    f"aligner {name!r} would learn from subject {face.subject!r} of data set "
                    f"{where!r}, who is tested in {tested[face.subject]!r}"
                )


def fit_pipeline(
    pipeline: Pipeline,
    faces: Sequence[Face],
    acquired: Acquired,
    compared: tuple[Modality, Modality],
    workers: int,
    tick: Tick,
) -> None:
    """Let a pipeline that learns do so, from training faces that were acquired.

    Parameters
    ----------
    pipeline : Pipeline
        Keeps `align_eval.interfaces.Trainable`; is fitted in place.
    faces : sequence of Face
        Of one data set, or of one of its folds.
    acquired : Acquired
        How they are aligned.
    compared : tuple of Modality
        Of the references and of the probes; see `modalities`.
    workers : int
        Reading threads.
    tick : callable
        Called with the number of crops done.
    """
    references, probes = compared

    def learn(model: Trainable) -> None:
        shots = [(face, acquired) for face in faces]
        label = f"pipeline {pipeline.name!r}, while it learned,"
        consumed(
            label,
            crops(shots, workers, tick),
            lambda images: model.fit(images, faces, references=references, probes=probes),
        )

    if isinstance(pipeline, Trainable):
        learn(pipeline)


def require_training(name: str, pipeline: str, dataset: Dataset, trials: Trials) -> None:
    """Refuse a data set that a pipeline cannot learn from, before anything is run.

    Raises
    ------
    DataError
        There are no training faces, or none in some fold.
    ConfigError
        See `modalities`.
    """
    for fold in dataset.folds or (None,):
        if not dataset.trained(fold):
            raise nothing_to_learn(name, pipeline, fold)
    modalities(name, pipeline, dataset, trials)


def require_single_references(name: str, pipeline: Pipeline, trials: Trials) -> None:
    """Refuse a subject's second reference where references are each other's counterexamples.

    A pipeline says so by a true attribute ``one_reference_per_subject``.

    Raises
    ------
    ConfigError
        Some subject has several references.
    """
    if not getattr(pipeline, "one_reference_per_subject", False):
        return
    counts = Counter(trials.reference_subjects)
    subject, most = counts.most_common(1)[0] if counts else ("", 0)
    if most > 1:
        raise ConfigError(
            f"pipeline {pipeline.name!r} sets references against each other, and wants one a "
            f"subject: data set {name!r} has {most} of {subject!r}; enrol their faces together"
        )


def nothing_to_learn(name: str, pipeline: str, fold: int | None, aligner: str = "") -> DataError:
    """The error of a pipeline without training faces, or without any that an aligner aligned."""
    where = f"data set {name!r}" if fold is None else f"fold {fold} of data set {name!r}"
    found = f"{aligner!r} aligned none in {where}" if aligner else f"{where} has none"
    return DataError(
        f"pipeline {pipeline!r} learns within the study, and wants training faces: {found}"
    )


def modalities(
    name: str, pipeline: str, dataset: Dataset, trials: Trials
) -> tuple[Modality, Modality]:
    """What the references of a data set were taken with, and what its probes.

    Raises
    ------
    ConfigError
        References or probes of both modalities, which no pipeline learns to compare.
    """
    found: list[Modality] = []
    for side, faces in (("references", trials.enrolled), ("probes", trials.probed)):
        seen = {dataset.face(face).modality for face in faces}
        if len(seen) != 1:
            raise ConfigError(
                f"pipeline {pipeline!r} learns to compare one modality with one: data set "
                f"{name!r} has {' and '.join(sorted(seen)) or 'no'} {side}"
            )
        found += seen
    return found[0], found[1]
