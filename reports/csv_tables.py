"""The numbers as CSV, unrounded: what a spreadsheet or another program reads."""

from pathlib import Path

import pandas as pd

from align_eval.atomic import write_bytes
from align_eval.curves import Roc
from align_eval.result import ROW_COLUMNS, Result
from reports.ablation import ablation_rows
from reports.costs import cost_rows, costs
from reports.estimators import estimator_rows
from reports.folds import fold_rows
from reports.formatting import slug
from reports.published import published_rows
from reports.speed import speed_rows
from reports.times import time_rows

ROC_POINTS = 2000


def render(result: Result, out: Path) -> list[Path]:
    """Write ``tables/*.csv`` below `out`.

    ``results.csv``, ``landmark_errors.csv``, ``face_errors.csv`` and ``failures.csv`` are the
    result's tables with every digit; ``error_parts.csv``, ``claims.csv`` and ``published.csv``
    come with a study that has a breakdown, claims or published figures; ``costs.csv`` where
    aligners are compared, ``ablation.csv`` where pipelines are, ``estimators.csv`` where
    ways of alignment are, ``folds.csv`` and
    ``fold_means.csv`` with cross-validation, ``times.csv`` where the stages' times are known and
    ``speed.csv`` where those of models are, ``discards.csv``, ``signals.csv`` and
    ``signal_bins.csv`` where points are discarded by their quality, ``misalignments.csv`` where
    the five points of alignment are known, ``rejections.csv`` and ``rejection_curves.csv`` where
    faces are rejected by their quality; ``sensitivity.csv``, ``budgets.csv``,
    ``contrasts.csv``, ``ranks.csv`` and ``replays.csv`` in a sensitivity study.
    ``metric_parts.csv`` comes with a breakdown, ``turned.csv`` and ``turned_counts.csv`` where
    aligners win or lose trials against the baseline.
    ``roc_<data set>_<pipeline>_<aligner>.csv`` holds points of the exact ROC, thinned to at most
    2,000; none is interpolated. What is not defined is empty, ∞ is ``inf``.
    """
    compared = costs(result)
    tables = {
        "results": result.rows.reindex(columns=list(ROW_COLUMNS)),
        "landmark_errors": result.landmark_errors,
        "face_errors": result.face_errors,
        "failures": result.failures,
    }
    asked = {
        "error_parts": result.error_parts,
        "claims": result.claims,
        "published": published_rows(result),
        "costs": cost_rows(compared),
        "ablation": ablation_rows(result, [one.pipeline for one in compared]),
        "estimators": estimator_rows(result),
        "folds": result.folds,
        "fold_means": fold_rows(result),
        "times": time_rows(result),
        "speed": speed_rows(result),
        "discards": result.discards,
        "signals": result.signals,
        "signal_bins": result.signal_bins,
        "misalignments": result.misalignments,
        "rejections": result.rejections,
        "rejection_curves": result.rejection_curves,
        "sensitivity": result.sensitivity,
        "budgets": result.budgets,
        "contrasts": result.contrasts,
        "ranks": result.ranks,
        "replays": result.replays,
        "metric_parts": result.metric_parts,
        "turned": result.turned,
        "turned_counts": result.turned_counts,
    }
    tables |= {name: frame for name, frame in asked.items() if len(frame)}
    folder = out / "tables"
    written = [_write(folder / f"{name}.csv", frame) for name, frame in tables.items()]
    for key, scores in result.scores.items():
        if len(scores.genuine) and len(scores.impostor):
            written.append(_write(folder / f"{slug('roc', *key)}.csv", roc_table(Roc.of(scores))))
    return written


def roc_table(roc: Roc) -> pd.DataFrame:
    """At most 2,000 points of a curve: threshold, FAR, FRR and TAR as fractions."""
    thin = roc.thinned(ROC_POINTS)
    columns = {"threshold": thin.thresholds, "far": thin.far, "frr": thin.frr, "tar": thin.tar}
    return pd.DataFrame(columns)


def _write(path: Path, frame: pd.DataFrame) -> Path:
    return write_bytes(path, frame.to_csv(index=False, lineterminator="\n").encode())
