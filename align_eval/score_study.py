"""Scores alone, evaluated as the scores of a study are: a `align_eval.result.Result` of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from align_eval import _rates as rates
from align_eval.curves import Roc
from align_eval.errors import ConfigError
from align_eval.metrics import parse_metric
from align_eval.resample import compare
from align_eval.result import ROW_COLUMNS, Key, Result
from align_eval.score_tables import SystemScores
from align_eval.scores import Scores
from align_eval.trial_bootstrap import compare_trials

FARS = (1e-1, 1e-2, 1e-3, 1e-4)
"""At which FAR the TAR is given always; further decades where the impostor trials resolve them."""

PIPELINE = "scores"
"""What the rows of a result of scores alone have for a pipeline."""


THRESHOLD_COLUMNS = (
    "dataset",
    "system",
    "far",
    "threshold",
    "false_accepts",
    "achieved_far",
    "tar",
)


class Group(NamedTuple):
    """Systems over the same trials: their name, the systems, the first of them the baseline.

    `by_name` is whether trials were matched by what they compare, and not by their place.
    """

    name: str
    systems: tuple[SystemScores, ...]
    by_name: bool

    @property
    def baseline(self) -> str:
        """The system that the others are set against."""
        return self.systems[0].name

    @property
    def subjects_known(self) -> bool:
        """Whether intervals know who is compared."""
        return self.systems[0].subjects_known

    @property
    def scores(self) -> dict[str, Scores]:
        """System → its scores."""
        return {one.name: one.scores for one in self.systems}


@dataclass(frozen=True, eq=False)
class Verification:
    """What scores alone say.

    Parameters
    ----------
    result : Result
        A data set for each group of systems over the same trials; `PIPELINE`; systems are its
        aligners. ``fta`` counts trials without a score, of ``n_faces`` trials.
    groups : tuple of Group
        The systems.
    thresholds : DataFrame
        `THRESHOLD_COLUMNS`: where each FAR is met, with what it is then, and how many impostor
        trials are accepted.
    """

    result: Result
    groups: tuple[Group, ...]
    thresholds: pd.DataFrame


def grouped(systems: Sequence[SystemScores]) -> tuple[Group, ...]:
    """Systems by the trials that they scored, in their order."""
    groups: list[list[SystemScores]] = []
    for system in systems:
        for own in groups:
            paired = system.paired_with(own[0])
            if paired is not None:
                own.append(paired)
                break
        else:
            groups.append([system])
    several = len(groups) > 1
    return tuple(
        Group(
            f"trials-{number}" if several else "trials",
            tuple(own),
            all(one.keys is not None for one in own),
        )
        for number, own in enumerate(groups, start=1)
    )


def usual_metrics(groups: Sequence[Group], fars: Sequence[float] = ()) -> tuple[str, ...]:
    """The EER, the TAR at several FARs, the AUC, d′, and the accuracy over folds if there are such.

    Parameters
    ----------
    groups : sequence of Group
        The systems.
    fars : sequence of float
        At which FAR; by default `FARS`, and further decades down to one impostor trial in all.
    """
    trials = [group.systems[0].scores.trials for group in groups]
    most = max((one.n_impostor for one in trials), default=0)
    further = (10.0**-k for k in range(5, 10) if 10**k <= most)
    names = ["EER", *(f"TAR@FAR={far!r}" for far in fars or (*FARS, *further)), "AUC", "d'"]
    folds = {len(np.unique(one.fold)) for one in trials if one.fold is not None}
    names += [f"{count}-fold accuracy" for count in sorted(folds) if count > 1]
    return tuple(dict.fromkeys(parse_metric(name).name for name in names))


def verify_scores(
    systems: Sequence[SystemScores],
    *,
    metrics: Sequence[str] = (),
    fars: Sequence[float] = (),
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    words: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Verification:
    """Evaluate the scores of one or several systems.

    Intervals are those of the bootstrap of subjects where they are known
    (`align_eval.resample.compare`), else those of trials drawn one by one
    (`align_eval.trial_bootstrap.compare_trials`). Systems over the same trials are compared in
    pairs, each with the first of them.

    Parameters
    ----------
    systems : sequence of SystemScores
        At least one, named apart.
    metrics : sequence of str
        See `align_eval.metrics.METRICS`; `usual_metrics` by default.
    fars : sequence of float
        See `usual_metrics`.
    resamples, confidence, seed
        Of the bootstrap.
    words : mapping, optional
        ``title``, ``question``, ``description`` of the report.
    provenance : mapping, optional
        Of the result.

    Raises
    ------
    ConfigError
        No systems, no resamples, or a confidence outside (0, 1).
    MetricError, UnknownNameError
        A metric that is none.
    """
    _check(systems, resamples, confidence)
    groups = grouped(systems)
    names = tuple(metrics) or usual_metrics(groups, fars)
    rows = pd.concat(
        [
            _rows(group, names, resamples=resamples, confidence=confidence, seed=seed)
            for group in groups
        ],
        ignore_index=True,
    )
    study = {
        **(words or {}),
        "baseline": groups[0].baseline,
        "metrics": list(names),
        "policies": ["reject"],
        "resamples": resamples,
        "confidence": confidence,
        "seed": seed,
    }
    scores = {
        Key(group.name, PIPELINE, name): one
        for group in groups
        for name, one in group.scores.items()
    }
    result = Result(study, rows, scores, provenance=provenance or {})
    table = pd.concat([_thresholds(group, names) for group in groups], ignore_index=True)
    return Verification(result, groups, table)


def _check(systems: Sequence[SystemScores], resamples: int, confidence: float) -> None:
    if not systems:
        raise ConfigError("verification wants the scores of at least one system")
    if resamples < 1:
        raise ConfigError(f"intervals want at least one resample, got {resamples}")
    if not 0 < confidence < 1:
        raise ConfigError(f"a confidence lies between 0 and 1, got {confidence}")


def _rows(group: Group, metrics: Sequence[str], **draws: Any) -> pd.DataFrame:
    evaluate = compare if group.subjects_known else compare_trials
    rows = evaluate(group.scores, group.baseline, metrics, **draws)
    failed = {name: int(np.count_nonzero(one.failed)) for name, one in group.scores.items()}
    rows["fta"] = rows["aligner"].map(failed)
    rows["n_faces"] = len(group.systems[0].scores.trials)
    rows["dataset"], rows["pipeline"] = group.name, PIPELINE
    return rows[list(ROW_COLUMNS)]


def insufficient(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows ask for a rate that the impostor trials do not resolve."""
    return rows["note"].str.startswith("insufficient")


def _thresholds(group: Group, metrics: Sequence[str]) -> pd.DataFrame:
    """Where each FAR of the metrics is met."""
    fars = [float(name.partition("=")[2]) for name in metrics if name.startswith("TAR@FAR=")]
    rows: list[tuple[Any, ...]] = []
    for name, scores in group.scores.items():
        if not fars or not (scores.trials.n_genuine and scores.trials.n_impostor):
            continue
        roc = Roc.of(scores)
        for far in fars:
            at = int(rates.at_far(roc, far))
            threshold = float(roc.thresholds[at])
            rows.append(
                (
                    group.name,
                    name,
                    far,
                    threshold if isfinite(threshold) else np.inf,
                    int(roc.accepted_impostor[at]),
                    float(roc.far[at]),
                    float(roc.tar[at]),
                )
            )
    return pd.DataFrame(rows, columns=list(THRESHOLD_COLUMNS))
