"""What a study found: tables, scores and samples; everything that a report needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._misalignment_rows import COLUMNS as MISALIGNED
from align_eval.discard import COLUMNS as DISCARDED
from align_eval.image import Image
from align_eval.rejection import COLUMNS as REJECTED
from align_eval.rejection import CURVE_COLUMNS as REJECTION_CURVE
from align_eval.scores import Scores

ROW_COLUMNS = (
    "dataset",
    "pipeline",
    "aligner",
    "policy",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "p",
    "p_holm",
    "detectable",
    "n_genuine",
    "n_impostor",
    "n_subjects",
    "fta",
    "n_faces",
    "note",
)
FOLD_COLUMNS = ("dataset", "pipeline", "aligner", "policy", "metric", "fold", "value", "note")
ERROR_COLUMNS = (
    "dataset",
    "aligner",
    "normaliser",
    "group",
    "metric",
    "value",
    "n_faces",
    "missed",
    "note",
)
FACE_ERROR_COLUMNS = ("dataset", "aligner", "face", "normaliser", "group", "error")
PART_COLUMNS = (
    "dataset",
    "aligner",
    "normaliser",
    "group",
    "attribute",
    "part",
    "value",
    "n_faces",
    "missed",
    "note",
)
CLAIM_COLUMNS = (
    "claim",
    "text",
    "source",
    "holds",
    "group",
    "outcome",
    "reason",
    "place",
    "sign",
    "term",
    "factor",
    "dataset",
    "aligner",
    "part",
    "value",
    "n_faces",
    "missed",
    "metric",
    "pipeline",
    "difference",
    "difference_low",
    "difference_high",
)
FAILURE_COLUMNS = ("dataset", "aligner", "face", "subject", "reason")
DISCARD_COLUMNS = ("dataset", "aligner", *DISCARDED)
SIGNAL_COLUMNS = ("dataset", "aligner", "normaliser", "level", "rho", "low", "high", "n", "note")
SIGNAL_BIN_COLUMNS = (
    "dataset",
    "aligner",
    "normaliser",
    "rank",
    "error",
    "low",
    "signal",
    "high",
    "n",
)
MISALIGNMENT_COLUMNS = ("dataset", "aligner", *MISALIGNED)
REJECTION_COLUMNS = ("dataset", "pipeline", "aligner", *REJECTED)
REJECTION_CURVE_COLUMNS = ("dataset", "pipeline", "aligner", *REJECTION_CURVE)
CURVE_COLUMNS = (
    "dataset",
    "pipeline",
    "attribute",
    "part",
    "kind",
    "aligner",
    "level",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "spread",
    "note",
)
BUDGET_COLUMNS = (
    "dataset",
    "pipeline",
    "attribute",
    "part",
    "kind",
    "aligner",
    "metric",
    "loss",
    "level",
    "low",
    "high",
    "largest",
    "note",
)
CONTRAST_COLUMNS = (
    "dataset",
    "other",
    "pipeline",
    "kind",
    "aligner",
    "level",
    "metric",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "note",
)
RANK_COLUMNS = (
    "dataset",
    "pipeline",
    "group",
    "kind",
    "level",
    "metric",
    "delta",
    "delta_low",
    "delta_high",
    "behind",
    "behind_low",
    "behind_high",
    "p",
)
REPLAY_COLUMNS = (
    "dataset",
    "pipeline",
    "aligner",
    "kind",
    "level",
    "metric",
    "delta",
    "delta_low",
    "delta_high",
    "difference",
    "difference_low",
    "difference_high",
)

TURN_COLUMNS = (
    "dataset",
    "pipeline",
    "aligner",
    "at",
    "threshold",
    "side",
    "outcome",
    "reference",
    "reference_face",
    "probe",
    "reference_subject",
    "probe_subject",
    "baseline_score",
    "score",
    "baseline_margin",
    "margin",
    "baseline_error",
    "error",
)
TURN_COUNT_COLUMNS = (
    "dataset",
    "pipeline",
    "aligner",
    "at",
    "threshold",
    "side",
    "won",
    "lost",
    "failed",
    "n_trials",
    "n_subjects",
    "p_exact",
    "p",
    "p_holm",
)
METRIC_PART_COLUMNS = (
    "dataset",
    "pipeline",
    "aligner",
    "attribute",
    "part",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "n_genuine",
    "n_impostor",
    "note",
)


class Key(NamedTuple):
    """Which scores: the data set, pipeline and aligner by name."""

    dataset: str
    pipeline: str
    aligner: str


class Sample(NamedTuple):
    """One face as one aligner presents it to one pipeline.

    `crop` is None where the aligner failed; `reason` then says why.
    """

    dataset: str
    pipeline: str
    aligner: str
    face: str
    crop: Image | None
    reason: str = ""


TRUTH = "truth"
"""Under which name an `Overlay` holds the points that are known to be right."""


class Overlay(NamedTuple):
    """A face with the points that every aligner puts on it.

    `image` is a crop round the face, gray or RGB uint8. `points` maps each aligner, and `TRUTH`
    where it is known (before them), to (N, 2) points in the crop's pixels, which may lie outside
    it or be NaN; None where the aligner failed. `variation` is the face's attribute, or "".
    """

    dataset: str
    face: str
    image: Image
    points: Mapping[str, NDArray[np.float64] | None]
    variation: str = ""


def _empty(columns: Sequence[str]) -> Callable[[], pd.DataFrame]:
    """What makes a table with these columns and no rows."""
    return lambda: pd.DataFrame(columns=list(columns))


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of a study.

    Parameters
    ----------
    study : mapping
        The study as it was run, every default filled in (see `align_eval.config`).
    rows : DataFrame
        `ROW_COLUMNS`: one row per data set, pipeline, aligner, policy and metric. ``delta`` is
        the paired difference to the baseline (aligner − baseline) with its interval; ``p`` is
        two-sided, ``p_holm`` adjusted over the aligners of one table; ``detectable`` is the
        smallest true difference that the study would tell from 0 with a power of 80 %
        (`align_eval.power`); ``fta`` counts the faces, of ``n_faces``, that the aligner failed to
        acquire. What is not defined is NaN, and
        ``note`` says why.
    scores : mapping of Key to Scores
        Every trial's score.
    landmark_errors : DataFrame
        `ERROR_COLUMNS`: NME, AUC, failure rate, … per point group, where truth exists.
    face_errors : DataFrame
        `FACE_ERROR_COLUMNS`: each face's normalised error over all shared points, and over the
        ``"five"`` of alignment; ∞ if missed.
    failures : DataFrame
        `FAILURE_COLUMNS`: every failure to acquire, by name. A face that no aligner could have
        had (its image is missing) has the aligner ``"*"``.
    samples : tuple of Sample
        The same few faces through every aligner.
    provenance : mapping
        Versions, weights' digests, providers really used, seed, durations.
    error_parts : DataFrame
        `PART_COLUMNS`: NME of every part of the study's breakdown; the attribute that a data set
        lacks is one row, of the aligner ``"*"``, that says so.
    claims : DataFrame
        `CLAIM_COLUMNS`: one row per figure of each claim, with the outcome (``"held"``,
        ``"did not hold"`` or ``"cannot be told"``, and then the reason) repeated. Claims on
        verification metrics have a pipeline, and how the term before differs from this one
        (factors applied), with its interval; those on landmark errors count faces instead.
    overlays : tuple of Overlay
        A few faces of each data set with the points of every aligner.
    folds : DataFrame
        `FOLD_COLUMNS`: every metric on the trials of each fold alone, where a data set is
        cross-validated (`align_eval.dataset.Dataset.folds`); `rows` are over all folds' trials.
    discards : DataFrame
        `DISCARD_COLUMNS`: the NME that is left when points are discarded by the model's quality,
        at random, or by the true error (`align_eval.discard.discard_rows`), in the study's first
        normaliser. A model that gives no quality has no rows.
    signals : DataFrame
        `SIGNAL_COLUMNS`: how quality goes with error (`align_eval.signal_rank.signal_rows`).
    signal_bins : DataFrame
        `SIGNAL_BIN_COLUMNS`: the same to be drawn (`align_eval.signal_rank.signal_bins`).
    misalignments : DataFrame
        `MISALIGNMENT_COLUMNS`: what each aligner's landmark errors do to aligned faces, in shift,
        rotation and scale, and the shape that alignment does not see, where truth exists
        (`align_eval.misalignment`).
    rejections : DataFrame
        `REJECTION_COLUMNS`: the verification errors that are left when faces are rejected by the
        model's quality, at random, by their true landmark error, or by an oracle
        (`align_eval.rejection.rejection_rows`). A model that gives no quality has no rows.
    rejection_curves : DataFrame
        `REJECTION_CURVE_COLUMNS`: the same to be drawn (`align_eval.rejection.rejection_curve`).
    sensitivity : DataFrame
        `CURVE_COLUMNS`: every metric with the baseline's landmarks moved in one way by one level
        (`align_eval.sensitivity`), the mean over the repeats, and its paired difference to the
        baseline; ``spread`` is that difference's standard deviation over the repeats. Rows with an
        attribute are over the probes of one part.
    budgets : DataFrame
        `BUDGET_COLUMNS`: the level at which a way of moving landmarks costs ``loss``; ∞ where the
        largest level costs less.
    contrasts : DataFrame
        `CONTRAST_COLUMNS`: what a way and level costs on one data set minus what it costs on
        another.
    ranks : DataFrame
        `RANK_COLUMNS`: single points, and directions, at one level, the costliest first;
        ``behind`` is how much more the costliest costs, paired.
    replays : DataFrame
        `REPLAY_COLUMNS`: what an aligner costs (kind ``"real"``), what its residuals cost on other
        faces (``"replay"``), and what each part of them costs by itself; ``difference`` is to what
        the aligner costs.
    metric_parts : DataFrame
        `METRIC_PART_COLUMNS`: verification by the parts of the study's breakdown
        (`align_eval.metric_parts`); an attribute that no probe has is one row, of the aligner
        ``"*"``, that says so.
    turned : DataFrame
        `TURN_COLUMNS`: the trials that each aligner loses and wins against the baseline at the
        baseline's threshold, of each side and outcome those that moved furthest
        (`align_eval.turned`). ``reference_face`` is the first face that the reference is enrolled
        from. Margins are scores less the threshold, errors those of the probe's
        landmarks.
    turned_counts : DataFrame
        `TURN_COUNT_COLUMNS`: how many these are, ``failed`` of those lost for a failure to
        acquire, and McNemar's test (`align_eval.mcnemar`).
    turned_samples : tuple of Sample
        Crops of those of the study's first pipeline that moved furthest.
    """

    study: Mapping[str, Any]
    rows: pd.DataFrame
    scores: Mapping[Key, Scores]
    landmark_errors: pd.DataFrame = field(default_factory=_empty(ERROR_COLUMNS))
    face_errors: pd.DataFrame = field(default_factory=_empty(FACE_ERROR_COLUMNS))
    failures: pd.DataFrame = field(default_factory=_empty(FAILURE_COLUMNS))
    samples: tuple[Sample, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    error_parts: pd.DataFrame = field(default_factory=_empty(PART_COLUMNS))
    claims: pd.DataFrame = field(default_factory=_empty(CLAIM_COLUMNS))
    overlays: tuple[Overlay, ...] = ()
    folds: pd.DataFrame = field(default_factory=_empty(FOLD_COLUMNS))
    discards: pd.DataFrame = field(default_factory=_empty(DISCARD_COLUMNS))
    signals: pd.DataFrame = field(default_factory=_empty(SIGNAL_COLUMNS))
    signal_bins: pd.DataFrame = field(default_factory=_empty(SIGNAL_BIN_COLUMNS))
    misalignments: pd.DataFrame = field(default_factory=_empty(MISALIGNMENT_COLUMNS))
    rejections: pd.DataFrame = field(default_factory=_empty(REJECTION_COLUMNS))
    rejection_curves: pd.DataFrame = field(default_factory=_empty(REJECTION_CURVE_COLUMNS))
    sensitivity: pd.DataFrame = field(default_factory=_empty(CURVE_COLUMNS))
    budgets: pd.DataFrame = field(default_factory=_empty(BUDGET_COLUMNS))
    contrasts: pd.DataFrame = field(default_factory=_empty(CONTRAST_COLUMNS))
    ranks: pd.DataFrame = field(default_factory=_empty(RANK_COLUMNS))
    replays: pd.DataFrame = field(default_factory=_empty(REPLAY_COLUMNS))
    metric_parts: pd.DataFrame = field(default_factory=_empty(METRIC_PART_COLUMNS))
    turned: pd.DataFrame = field(default_factory=_empty(TURN_COLUMNS))
    turned_counts: pd.DataFrame = field(default_factory=_empty(TURN_COUNT_COLUMNS))
    turned_samples: tuple[Sample, ...] = ()
