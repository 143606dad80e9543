"""Two finished runs side by side."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from align_eval.errors import DataError
from align_eval.resample import compare
from align_eval.result import Key, Result

_KEYS = ["dataset", "pipeline", "aligner", "policy", "metric"]
COLUMNS = (*_KEYS, "first", "second", "delta", "delta_low", "delta_high", "p", "note")


def compare_results(
    first: Result, second: Result, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """What changed from one run to another, for every row that both have.

    Where both runs scored the same trials, the difference (second − first) is paired: its
    interval comes from the identity-clustered bootstrap of `align_eval.resample.compare`, on the
    same resamples for both. Elsewhere there is a difference and no interval, and the note says
    so.

    Parameters
    ----------
    first, second : Result
        Two finished runs.
    resamples, confidence, seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        `COLUMNS`.

    Raises
    ------
    DataError
        The runs have no row in common.
    """
    both = first.rows.merge(second.rows, on=_KEYS, suffixes=("_1", "_2"))
    if both.empty:
        raise DataError(
            "the two runs have no data set, pipeline, aligner, policy and metric in common"
        )
    tables = []
    for names, rows in both.groupby(["dataset", "pipeline", "aligner", "policy"], sort=False):
        dataset, pipeline, aligner, policy = map(str, names)
        table = pd.DataFrame(
            {
                **{column: rows[column] for column in _KEYS},
                "first": rows["value_1"],
                "second": rows["value_2"],
                "delta": rows["value_2"] - rows["value_1"],
            }
        )
        paired = _paired(
            (first, second),
            Key(dataset, pipeline, aligner),
            rows["metric"],
            policy,
            {"resamples": resamples, "confidence": confidence, "seed": seed},
        )
        tables.append(table.merge(paired, on="metric"))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _paired(
    results: tuple[Result, Result],
    key: Key,
    metrics: Iterable[str],
    policy: str,
    options: dict[str, float],
) -> pd.DataFrame:
    names = list(metrics)
    scores = [result.scores[key] for result in results]
    if not scores[0].trials.same_pairs(scores[1].trials):
        nothing = dict.fromkeys(("delta_low", "delta_high", "p"), np.nan)
        note = "the runs scored different trials: not paired, no interval"
        return pd.DataFrame({"metric": names, **nothing, "note": note})
    by_run = dict(zip(("first", "second"), scores, strict=True))
    table = compare(by_run, "first", names, policy=policy, **options)  # type: ignore[arg-type]
    changed: pd.DataFrame = table.loc[
        table["aligner"] == "second", ["metric", "delta_low", "delta_high", "p", "note"]
    ]
    return changed
