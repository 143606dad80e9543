"""What the sets of visible and thermal faces share: windows, galleries, and splits by subject.

Splits are those of `synthetic.protocols`, which follow the papers: the rendered set and the real
ones are divided by the same code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from align_eval.dataset import Dataset, Trials
from align_eval.datasets.synthetic.protocols import Fold, cross_validated, folds_of
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.radiometry import Radiometric

Problems = tuple[tuple[str, str], ...]
Compare = Callable[[Sequence[Face]], Trials | None]

UNIT = str | Sequence[float]
RANGE = str | Sequence[float]


def radiometric(faces: Sequence[Face], unit: UNIT, bounds: RANGE) -> tuple[Face, ...]:
    """The faces, of which the thermal ones are windowed when they are loaded.

    Parameters
    ----------
    faces : sequence of Face
        Visible ones stay as they are.
    unit : str or [gain, offset]
        See `align_eval.radiometry.scale_of`; without it, counts.
    bounds : str or [low, high]
        See `align_eval.radiometry.Radiometric`. Without it nothing is windowed.

    Raises
    ------
    ConfigError
        A unit without a range, or one of them that is malformed.
    """
    if not bounds:
        if unit:
            raise ConfigError(
                f"the unit {unit!r} wants a range to map to 8 bits: range = 'frame' or [low, high]"
            )
        return tuple(faces)
    scale = (unit or "counts") if isinstance(unit, str) else _pair(unit)
    limits = bounds if isinstance(bounds, str) else _pair(bounds)
    return tuple(
        replace(face, load=Radiometric(face.load, scale, limits))
        if face.modality is Modality.THERMAL
        else face
        for face in faces
    )


def _pair(given: Sequence[float]) -> tuple[float, float]:
    values = tuple(given)
    if len(values) != 2:
        raise ConfigError(f"a unit or range wants a name or two numbers, got {list(values)!r}")
    return values[0], values[1]


def against_gallery(name: str, enrolled: Sequence[Face], probes: Sequence[Face]) -> Trials:
    """Each subject's enrolled faces, together, against every probe; never a face against itself.

    Raises
    ------
    DataError
        Nobody is enrolled, or there is nothing to probe with.
    """
    if not enrolled or not probes:
        raise DataError(
            f"data set {name!r}: trials want faces to enrol and to probe with; there are "
            f"{len(enrolled)} and {len(probes)}"
        )
    groups: dict[str, tuple[str, ...]] = {}
    for face in enrolled:
        groups[face.subject] = (*groups.get(face.subject, ()), face.id)
    owners = {face.id: face.subject for face in (*enrolled, *probes)}
    return Trials.cross(groups, [face.id for face in probes], owners)


def of_modality(faces: Sequence[Face], modality: Modality) -> list[Face]:
    """The visible or the thermal ones."""
    return [face for face in faces if face.modality is modality]


def chosen_folds(
    name: str,
    protocol: str,
    known: Sequence[str],
    subjects: Sequence[str],
    seed: int = 0,
    training: int = 0,
) -> tuple[Fold, ...]:
    """The folds of a protocol of a data set, over positions in its sorted subjects.

    Raises
    ------
    UnknownNameError
        A protocol that is none of `known`.
    ConfigError
        See `align_eval.datasets.synthetic.protocols.folds_of`.
    """
    kind = protocol.partition(":")[0]
    if kind not in known:
        raise UnknownNameError(f"protocol of data set {name!r}", kind, known)
    return folds_of(protocol, tuple(range(len(subjects))), seed, training)


def divided(
    name: str,
    faces: Sequence[Face],
    truth: Mapping[str, Landmarks],
    problems: Problems,
    folds: Sequence[Fold],
    compare: Compare,
) -> Dataset:
    """The data set whose faces are tested or trained on as the folds say.

    Parameters
    ----------
    name : str
        Of the data set.
    faces : sequence of Face
        All of them.
    truth, problems
        As in `Dataset`.
    folds : sequence of Fold
        From `chosen_folds`. One: its test subjects are tested and all others are training, each
        face with the attribute ``split``. Several: cross-validated.
    compare : callable
        Makes the trials of tested faces, or None.
    """
    subjects = sorted({face.subject for face in faces})
    if len(folds) > 1:
        return _cross_validated(name, faces, truth, problems, folds, compare)
    number = {subject: i for i, subject in enumerate(subjects)}
    split = [
        replace(f, attributes={**f.attributes, "split": folds[0].split_of(number[f.subject])})
        for f in faces
    ]
    tested = tuple(face for face in split if face.attributes["split"] == "test")
    trained = tuple(face for face in split if face.attributes["split"] != "test")
    return Dataset(name, tested, compare(tested), truth, trained, problems)


def _cross_validated(
    name: str,
    faces: Sequence[Face],
    truth: Mapping[str, Landmarks],
    problems: Problems,
    folds: Sequence[Fold],
    compare: Compare,
) -> Dataset:
    subjects = sorted({face.subject for face in faces})
    tested = [{subjects[number] for number in fold.test} for fold in folds]
    trained = [{subjects[number] for number in fold.training} for fold in folds]
    trials = compare([face for face in faces if any(face.subject in who for who in tested)])
    if trials is None:
        raise ConfigError(f"data set {name!r}: all folds of a protocol want trials to validate")
    return Dataset(
        name,
        tuple(faces),
        cross_validated(trials, tested),
        truth,
        problems=problems,
        folds={k: tuple(f.id for f in faces if f.subject in who) for k, who in enumerate(trained)},
    )
