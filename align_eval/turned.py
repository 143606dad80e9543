"""Trials that an aligner turns: accepted behind the baseline and rejected behind it, or vice versa.

The threshold is one number for all aligners, the baseline's own at the study's first FAR, as an
aligner meets it that is put in the baseline's place. A genuine trial is lost if the baseline
accepts and the aligner rejects it, an impostor trial if the aligner alone accepts it; won the other
way round (`align_eval.mcnemar`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval import _rates as rates
from align_eval._intervals import holm
from align_eval.curves import Roc
from align_eval.dataset import Dataset
from align_eval.errors import ImageError, MetricError
from align_eval.mcnemar import SIDES, mcnemar
from align_eval.metrics import parse_metric
from align_eval.resample import under
from align_eval.result import TURN_COLUMNS, TURN_COUNT_COLUMNS, Sample
from align_eval.roles import Roles
from align_eval.scores import Scores
from align_eval.study import Study
from align_eval.verifying import Acquired

MOST = 50
"""Of the trials of one aligner, side and outcome, the furthest moved are kept; all are counted."""
SHOWN = 6
"""Of each aligner's genuine trials, and of its impostor trials, the furthest moved are pictured."""
_LOST, _WON = "lost", "won"


class Turned(NamedTuple):
    """`TURN_COLUMNS` and `TURN_COUNT_COLUMNS`, both without data set and pipeline."""

    trials: pd.DataFrame
    counts: pd.DataFrame


class WorkingPoint(NamedTuple):
    """What a threshold is called, and the threshold; scores from it on are accepted."""

    name: str
    threshold: float


def working_point(scores: Scores, metrics: Sequence[str]) -> WorkingPoint | None:
    """The threshold of the first metric at a FAR that these scores can show, else of the EER.

    Parameters
    ----------
    scores : Scores
        The baseline's.
    metrics : sequence of str
        The study's. ``"TAR@FAR=1e-3"`` wants at least 1000 impostor trials.

    Returns
    -------
    WorkingPoint or None
        None without genuine or without impostor trials, or if nothing is accepted there.

    Examples
    --------
    >>> from align_eval.trials import Trials
    >>> trials = Trials.pairs(["a"] * 3, ["b", "c", "d"], {"a": "A", "b": "A", "c": "C", "d": "D"})
    >>> working_point(Scores(trials, [0.9, 0.4, 0.7]), ["EER", "TAR@FAR=0.5"])
    WorkingPoint(name='FAR=5e-1', threshold=0.7)
    """
    try:
        roc = Roc.of(scores)
    except MetricError:
        return None
    for name in metrics:
        at = parse_metric(name).name.partition("@")[2]
        kind, _, value = at.partition("=")
        if kind == "FAR" and float(value) * roc.n_impostor >= 1:
            found = WorkingPoint(at, float(roc.thresholds[rates.at_far(roc, float(value))]))
            break
    else:
        found = WorkingPoint("EER", float(roc.thresholds[rates.at_equal_error(roc)]))
    return found if np.isfinite(found.threshold) else None


def turned_trials(study: Study, scores: Mapping[str, Scores], errors: pd.DataFrame) -> Turned:
    """What every aligner loses and wins against the baseline at the baseline's threshold.

    Parameters
    ----------
    study : Study
        Whose baseline, metrics (see `working_point`), first policy and first normaliser count.
    scores : mapping
        Aligner → its scores on the same trials.
    errors : DataFrame
        `align_eval.result.FACE_ERROR_COLUMNS` without the data set, of all aligners; the error of
        the five points of alignment is taken where it is apart.

    Returns
    -------
    Turned
        Of each aligner, side and outcome the `MOST` trials that moved furthest; those with a
        failure to acquire, which have no distance, come last. Empty without a working point.
    """
    used = under(study.policies[0], scores)
    base = used[study.baseline]
    point = working_point(base, study.metrics)
    trials: list[pd.DataFrame] = []
    counts: list[dict[str, object]] = []
    known = _errors(errors, study.normalisers)
    for aligner, one in used.items() if point else ():
        if point is None or aligner == study.baseline:
            continue
        about: dict[str, Any] = {"aligner": aligner, "at": point.name, "threshold": point.threshold}
        tested = mcnemar(one, base, point.threshold)
        for side, outcome, turned in _turned(one, base, point.threshold):
            chosen = _furthest(one, base, turned)
            table = _rows(one, base, chosen, point.threshold, known, (aligner, study.baseline))
            trials.append(table.assign(**about, side=side, outcome=outcome))
            if outcome == _LOST:
                failed = int(np.count_nonzero(one.failed & turned))
                counts.append({**about, "side": side, "failed": failed, **tested[side]._asdict()})
    counted = pd.DataFrame(counts, columns=list(TURN_COUNT_COLUMNS[2:]))
    counted["p_holm"] = counted.groupby("side")["p"].transform(holm)
    return Turned(_stacked(trials), counted)


def _turned(
    one: Scores, base: Scores, threshold: float
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Side, outcome, and which trials."""
    accepted, before = (np.greater_equal(own.values, threshold) for own in (one, base))
    genuine = one.trials.genuine
    gained, gone = accepted & ~before, before & ~accepted
    yield SIDES[0], _LOST, genuine & gone
    yield SIDES[0], _WON, genuine & gained
    yield SIDES[1], _LOST, ~genuine & gained
    yield SIDES[1], _WON, ~genuine & gone


def _furthest(one: Scores, base: Scores, turned: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Positions of the trials that moved furthest, those without a distance last."""
    chosen = np.flatnonzero(turned)
    moved = np.abs(np.take(one.values, chosen) - np.take(base.values, chosen))
    order = np.argsort(-np.where(np.isfinite(moved), moved, -1.0), kind="stable")
    return chosen[order[:MOST]]


def _rows(
    one: Scores,
    base: Scores,
    chosen: NDArray[np.intp],
    threshold: float,
    errors: Mapping[tuple[str, str], float],
    names: tuple[str, str],
) -> pd.DataFrame:
    trials = one.trials
    first, second = trials.reference_index[chosen], trials.probe_index[chosen]
    probes = [trials.probes[i] for i in second]
    faces = [trials.faces_of_probe(name)[0] for name in probes]
    own, other = (np.take(side.values, chosen) for side in (one, base))
    table = {
        "reference": [trials.references[i] for i in first],
        "reference_face": [trials.faces_of(trials.references[i])[0] for i in first],
        "probe": probes,
        "reference_subject": [trials.reference_subjects[i] for i in first],
        "probe_subject": [trials.probe_subjects[i] for i in second],
        "baseline_score": other,
        "score": own,
        "baseline_margin": other - threshold,
        "margin": own - threshold,
    }
    for column, name in zip(("error", "baseline_error"), names, strict=True):
        table[column] = [errors.get((name, face), np.nan) for face in faces]
    return pd.DataFrame(table)


def _errors(errors: pd.DataFrame, normalisers: Sequence[str]) -> dict[tuple[str, str], float]:
    """(aligner, face) → its error in the first normaliser."""
    own = errors[errors["normaliser"] == next(iter(normalisers), "")]
    group = "five" if (own["group"] == "five").any() else "all"
    own = own[own["group"] == group]
    keys = zip(own["aligner"], own["face"], strict=True)
    return dict(zip(keys, own["error"].astype(float), strict=True))


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    columns = list(TURN_COLUMNS[2:])
    full = [table for table in tables if len(table)]
    if not full:
        return pd.DataFrame(columns=columns)
    return pd.concat(full, ignore_index=True)[columns]


def furthest(trials: pd.DataFrame, side: str = SIDES[0], shown: int = SHOWN) -> pd.DataFrame:
    """The trials of one aligner and side that moved furthest, won and lost ones together.

    Parameters
    ----------
    trials : DataFrame
        Rows of one data set, pipeline and aligner of `TURN_COLUMNS`.
    side : str
        One of `align_eval.mcnemar.SIDES`.
    shown : int
        How many at most.
    """
    own = trials[trials["side"] == side]
    moved = (own["score"].astype(float) - own["baseline_score"].astype(float)).abs()
    order = moved.where(np.isfinite(moved), -1.0).sort_values(ascending=False, kind="stable").index
    return own.loc[order[:shown]]


def turned_samples(
    dataset: Dataset,
    labels: tuple[str, str],
    turned: Turned,
    acquired: Mapping[str, Acquired],
    roles: Roles,
    baseline: str,
) -> list[Sample]:
    """The crops of the trials that `furthest` chooses on both sides, each once.

    Parameters
    ----------
    dataset : Dataset
        Where the faces are.
    labels : tuple of str
        The data set's and the pipeline's name.
    turned : Turned
        Of the same.
    acquired : mapping
        Aligner → what it could align.
    roles : Roles
        Who aligns what; see `align_eval.roles.roles_on`.
    baseline : str
        Whose crops stand beside those of each aligner.

    Returns
    -------
    list of Sample
        For every trial the reference's first face and the probe's, as the baseline and as the
        aligner has them, or why there is no crop.
    """
    wanted: dict[str, dict[str, None]] = {}  # face → who aligns it, both in order
    faces_of_probe = dataset.trials.faces_of_probe if dataset.trials else lambda name: (name,)
    for aligner, own in turned.trials.groupby("aligner", sort=False):
        chosen = pd.concat([furthest(own, side) for side in SIDES])
        for row in chosen.itertuples(index=False):
            for name in (baseline, str(aligner)):
                used = roles.for_aligner(name)
                wanted.setdefault(str(row.reference_face), {})[used.gallery] = None
                probed = faces_of_probe(str(row.probe))[0]
                wanted.setdefault(probed, {})[used.probes] = None
    return [
        sample
        for face, aligners in wanted.items()
        for sample in _samples(dataset, labels, face, aligners, acquired)
    ]


def _samples(
    dataset: Dataset,
    labels: tuple[str, str],
    face: str,
    aligners: Mapping[str, None],
    acquired: Mapping[str, Acquired],
) -> Iterator[Sample]:
    known = dataset.face(face)
    try:
        read = known.with_image(known.load())
    except ImageError as error:
        yield from (Sample(*labels, name, face, None, str(error)) for name in aligners)
        return
    for name in aligners:
        reason = acquired[name].reasons.get(face, "")
        crop = None if reason else acquired[name].crop(read)
        yield Sample(*labels, name, face, crop, reason)
