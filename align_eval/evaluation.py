"""The statistics of a study: verification metrics and landmark errors as tables."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._misalignment_rows import misalignment_rows
from align_eval.curves import Roc
from align_eval.dataset import Dataset, Trials
from align_eval.discard import RatedPoints, discard_rows, rated_points
from align_eval.errors import LandmarkError, MetricError
from align_eval.landmark_error import landmark_errors
from align_eval.landmarks import Landmarks
from align_eval.locating import Located
from align_eval.metrics import parse_metric
from align_eval.rejection import face_quality, rated_units, rejection_curve, rejection_rows
from align_eval.resample import compare
from align_eval.result import (
    DISCARD_COLUMNS,
    ERROR_COLUMNS,
    FACE_ERROR_COLUMNS,
    FOLD_COLUMNS,
    MISALIGNMENT_COLUMNS,
    REJECTION_COLUMNS,
    REJECTION_CURVE_COLUMNS,
    ROW_COLUMNS,
    SIGNAL_BIN_COLUMNS,
    SIGNAL_COLUMNS,
)
from align_eval.roles import TESTED, Roles, faces_under_test
from align_eval.scores import Scores
from align_eval.signal_rank import signal_bins, signal_rows
from align_eval.study import Study
from align_eval.verifying import Acquired


def metric_rows(
    study: Study, scores: Mapping[str, Scores], failed: Mapping[str, int], n_faces: int
) -> pd.DataFrame:
    """Every metric of every aligner under every policy, with intervals and paired differences.

    Parameters
    ----------
    study : Study
        Which metrics, policies, baseline and seed.
    scores : mapping
        Aligner → its scores on the same trials.
    failed : mapping
        Aligner → how many faces failed to be acquired where it is under test.
    n_faces : int
        Of how many.

    Returns
    -------
    DataFrame
        `ROW_COLUMNS` without data set and pipeline.
    """
    tables = [
        compare(
            scores,
            study.baseline,
            study.metrics,
            policy=policy,
            resamples=study.resamples,
            confidence=study.confidence,
            seed=study.seed,
        )
        for policy in study.policies
    ]
    table = pd.concat(tables, ignore_index=True)
    table["fta"] = [failed[aligner] for aligner in table["aligner"]]
    table["n_faces"] = n_faces
    return table[[column for column in ROW_COLUMNS if column in table.columns]]


def fold_rows(study: Study, scores: Mapping[str, Scores]) -> pd.DataFrame:
    """Every metric of every aligner under every policy, on the trials of each fold alone.

    Parameters
    ----------
    study : Study
        Which metrics and policies.
    scores : mapping
        Aligner → its scores on the same trials, which have folds.

    Returns
    -------
    DataFrame
        `FOLD_COLUMNS` without data set and pipeline. Under ``"exclude"``, as in `metric_rows`,
        only the trials count on which every aligner succeeded.
    """
    rows: list[tuple[object, ...]] = []
    metrics = [parse_metric(name) for name in study.metrics]
    failed = np.any([one.failed for one in scores.values()], axis=0)
    for policy in study.policies:
        kept = ~failed if policy == "exclude" else np.ones_like(failed)
        for aligner, one in scores.items():
            numbers = np.asarray(one.trials.fold)
            for number in np.unique(numbers).tolist():
                own = one.only(kept & (numbers == number))
                roc = _roc(own)
                rows += [
                    (aligner, policy, metric.name, number, *metric.measure(own, roc)[:2])
                    for metric in metrics
                ]
    return pd.DataFrame(rows, columns=list(FOLD_COLUMNS[2:]))


def _roc(scores: Scores) -> Roc | None:
    """The ROC that all metrics share, if there are genuine and impostor trials for one."""
    try:
        return Roc.of(scores)
    except MetricError:
        return None


def failed_counts(trials: Trials, acquired: Mapping[str, Acquired], roles: Roles) -> dict[str, int]:
    """How many faces of the trials failed in a role that they have there, by aligner under test.

    Parameters
    ----------
    trials : Trials
        Their faces are counted once each.
    acquired : mapping
        Aligner → what it could align.
    roles : Roles
        Who aligns what; see `align_eval.roles.roles_on`.
    """
    enrolled, probed = set(trials.enrolled), set(trials.probed)
    counts = {}
    for aligner in acquired:
        own = roles.for_aligner(aligner)
        lost = enrolled.intersection(acquired[own.gallery].reasons)
        counts[aligner] = len(lost.union(probed.intersection(acquired[own.probes].reasons)))
    return counts


def error_tables(
    study: Study, dataset: Dataset, aligner: str, located: Located
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One aligner's landmark errors, by point group and by face, where truth exists.

    Returns
    -------
    errors : DataFrame
        `ERROR_COLUMNS` without the data set. A normaliser that the truth's scheme does not
        allow is a row that says so.
    faces : DataFrame
        `FACE_ERROR_COLUMNS` without the data set.
    """
    known = _asked(dataset, located)
    errors, faces = [], []
    for normaliser in study.normalisers if known else ():
        table, each = _errors_of(study, dataset, known, located, normaliser)
        errors.append(table.assign(aligner=aligner))
        faces += [
            pd.DataFrame({"face": known, "error": values}).assign(
                aligner=aligner, normaliser=normaliser, group=group
            )
            for group, values in each.items()
        ]
    return _stack(errors, ERROR_COLUMNS[1:]), _stack(faces, FACE_ERROR_COLUMNS[1:])


class SignalTables(NamedTuple):
    """What a model's quality is worth: see the tables of these names in `align_eval.result`."""

    discards: pd.DataFrame
    signals: pd.DataFrame
    signal_bins: pd.DataFrame


def signal_tables(study: Study, dataset: Dataset, aligner: str, located: Located) -> SignalTables:
    """Whether one aligner's quality knows its errors, where the study asks and truth exists.

    Returns
    -------
    SignalTables
        Without the data set; without rows for a model that gives no quality, or where the truth's
        scheme does not allow the study's first normaliser.
    """
    normaliser = next(iter(study.normalisers), "")
    known = _asked(dataset, located) if study.discard else []
    points = _rated(dataset, known, located, normaliser) if known else None
    tables: tuple[pd.DataFrame, ...] = (pd.DataFrame(),) * 3
    if points is not None:
        ids = [known[face] for face in points.faces]
        subjects = [dataset.face(face).subject for face in ids]
        draws = _draws(study)
        tables = (
            discard_rows(points, study.discard, ids=ids, subjects=subjects, **draws),
            signal_rows(points, subjects=subjects, **draws),
            signal_bins(points),
        )
    columns = (DISCARD_COLUMNS, SIGNAL_COLUMNS, SIGNAL_BIN_COLUMNS)
    return SignalTables(
        *(
            _stack([table.assign(aligner=aligner, normaliser=normaliser)], names[1:])
            if len(table)
            else _stack([], names[1:])
            for table, names in zip(tables, columns, strict=True)
        )
    )


def misalignment_table(
    study: Study, dataset: Dataset, aligner: str, located: Located
) -> pd.DataFrame:
    """What one aligner's landmark errors do to aligned faces, where truth exists.

    Returns
    -------
    DataFrame
        `MISALIGNMENT_COLUMNS` without the data set; no rows where the truth cannot be aligned on
        its five points, or shares no point with the aligner.
    """
    known, columns = _asked(dataset, located), MISALIGNMENT_COLUMNS[1:]
    if not known:
        return _stack([], columns)
    predicted = [located.landmarks.get(face) for face in known]
    truth = [dataset.truth[face] for face in known]
    subjects = [dataset.face(face).subject for face in known]
    try:
        table = misalignment_rows(predicted, truth, subjects=subjects, **_draws(study))
    except LandmarkError:  # the table of landmark errors has a row that says why
        return _stack([], columns)
    return _stack([table.assign(aligner=aligner)], columns)


class RejectionTables(NamedTuple):
    """What rejecting by quality is worth: see the tables of these names in `align_eval.result`."""

    rejections: pd.DataFrame
    rejection_curves: pd.DataFrame


def rejection_tables(
    study: Study,
    pipeline: str,
    roles: Roles,
    aligner: str,
    located: Located,
    acquired: Acquired,
    scores: Scores,
    errors: Mapping[str, float],
) -> RejectionTables:
    """What rejecting faces by one aligner's quality does to verification, where the study asks.

    Parameters
    ----------
    study : Study
        Shares, limit, metrics and seed.
    pipeline, aligner : str
        Their names.
    roles : Roles
        Which sides are under test.
    located, acquired : Located, Acquired
        Of the aligner.
    scores : Scores
        Of all trials, with the aligner under test.
    errors : mapping of str to float
        Face → true landmark error, where it is known.

    Returns
    -------
    RejectionTables
        Without data set and pipeline; without rows for an aligner that gives no quality.
    """
    sides = {"probes": roles.probes == TESTED, "gallery": roles.gallery == TESTED}
    tested = faces_under_test(scores.trials, roles)
    failed = frozenset(face for face in tested if face not in acquired.transforms)
    fit, template = study.fit(pipeline, aligner)["estimator"], acquired.template
    found = [face for face in tested if face not in failed]
    marks = located.landmarks
    by = {"signal": {face: face_quality(marks[face], template, fit) for face in found}}
    if not study.reject or np.isnan([*by["signal"].values()]).all():
        columns = REJECTION_COLUMNS[2:], REJECTION_CURVE_COLUMNS[2:]
        return RejectionTables(*(_stack([], names) for names in columns))
    if all(np.isfinite(errors.get(face, np.nan)) for face in found):
        by["error"] = {face: -errors[face] for face in found}
    orders = {
        order: rated_units(
            scores.trials,
            **{side: quality if under else None for side, under in sides.items()},
            failed=failed,
        )
        for order, quality in by.items()
    }
    asked = (scores, orders, study.metrics, study.reject)
    rows = rejection_rows(*asked, limit=study.reject_limit, **_draws(study))
    return RejectionTables(
        _stack([rows.assign(aligner=aligner)], REJECTION_COLUMNS[2:]),
        _stack([rejection_curve(*asked).assign(aligner=aligner)], REJECTION_CURVE_COLUMNS[2:]),
    )


def _draws(study: Study) -> dict[str, Any]:
    return {key: getattr(study, key) for key in ("seed", "resamples", "confidence")}


def _rated(
    dataset: Dataset, known: list[str], located: Located, normaliser: str
) -> RatedPoints | None:
    predicted = [located.landmarks.get(face) for face in known]
    boxes = [dataset.face(face).box for face in known]
    try:
        return rated_points(predicted, [dataset.truth[face] for face in known], normaliser, boxes)
    except LandmarkError:  # the table of landmark errors has a row that says why
        return None


def _asked(dataset: Dataset, located: Located) -> list[str]:
    """The faces of known truth that an aligner was asked for."""
    return [
        face.id
        for face in dataset.faces
        if face.id in dataset.truth and (face.id in located.landmarks or face.id in located.reasons)
    ]


def _errors_of(
    study: Study, dataset: Dataset, known: list[str], located: Located, normaliser: str
) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
    predicted: list[Landmarks | None] = [located.landmarks.get(face) for face in known]
    truth = [dataset.truth[face] for face in known]
    boxes = [dataset.face(face).box for face in known]
    try:
        return landmark_errors(
            predicted,
            truth,
            normaliser,
            boxes=boxes,
            limit=study.error_limit,
        )
    except LandmarkError as error:
        row = {
            "normaliser": normaliser,
            "group": "all",
            "metric": "NME",
            "value": np.nan,
            "n_faces": len(known),
            "missed": len([marks for marks in predicted if marks is None]),
            "note": str(error),
        }
        return pd.DataFrame([row]), {"all": np.full(len(known), np.nan)}


def _stack(tables: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(tables, ignore_index=True)[list(columns)]


def failure_rows(
    name: str, dataset: Dataset, reasons: Mapping[str, Mapping[str, str]], root: str = ""
) -> list[tuple[str, str, str, str, str]]:
    """Every failure to acquire, by name: data set, aligner, face, subject, reason.

    Where all of several aligners fail for the same reason (the image is missing), the face has
    one row, of the aligner ``"*"``. What the loader found wanting besides comes last. Files are
    named from the data set's `root`, so that a report tells nothing of the machine it was made on.
    """
    rows: list[tuple[str, str, str, str, str]] = []
    subjects = {face.id: face.subject for face in (*dataset.faces, *dataset.training)}
    failed = dict.fromkeys(face for table in reasons.values() for face in table)
    for face in failed:
        each = {aligner: table.get(face) for aligner, table in reasons.items()}
        shared = set(each.values())
        if len(each) > 1 and len(shared) == 1:
            each = {"*": shared.pop()}
        rows += [
            (name, aligner, face, subjects[face], reason)
            for aligner, reason in each.items()
            if reason is not None
        ]
    others = [(name, "*", item, "", why) for item, why in dataset.problems if item not in failed]
    prefixes = {f"{folder}/" for folder in (Path(root), Path(root).resolve())} if root else ()
    return [(*row, _without(prefixes, why)) for *row, why in (*rows, *others)]  # type: ignore[misc]


def _without(prefixes: Iterable[str], text: str) -> str:
    for prefix in prefixes:
        text = text.replace(prefix, "")
    return text
