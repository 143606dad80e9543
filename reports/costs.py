"""What each aligner costs behind one pipeline: the numbers of its table, sentences and figure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import pandas as pd

from align_eval.result import Result
from reports.formatting import decimals_for, defined
from reports.measures import ERROR_GROUPS, Measure, measure
from reports.parts import first_normaliser
from reports.study_words import StudyWords
from reports.verdict import Rules, Verdict, compare, lead_metric

Record = Mapping[Any, Any]

COLUMNS = (
    "pipeline",
    "dataset",
    "aligner",
    "normaliser",
    "group",
    "landmark_error",
    "missed",
    "fta",
    "n_faces",
    "metric",
    "value",
    "low",
    "high",
    "delta",
    "delta_low",
    "delta_high",
    "p_holm",
    "verdict",
)


@dataclass(frozen=True)
class Costs:
    """One pipeline: every aligner against the baseline, data set by data set.

    Parameters
    ----------
    pipeline : str
        Its name.
    rules : Rules
        Baseline and confidence.
    metrics : tuple of Measure
        The EER and the study's first TAR, as far as they are known; see `cost_metrics`.
    datasets : tuple of str
        In the study's order.
    aligners : tuple of str
        The baseline, then by what they cost on the first data set, the least first.
    perturbed : mapping of str to float
        Those that are the truth moved at random, with the fraction of the eye distance.
    rows : mapping of (data set, aligner, metric) to record
        Rows of `align_eval.result.Result.rows`, under the study's first policy.
    errors : mapping of (data set, aligner) to record
        Rows of `align_eval.result.Result.landmark_errors`: the NME over the points of
        alignment, in the study's first normaliser.
    policy : str
        What failures to acquire did to `rows`, where the study has several policies; else "".
    """

    pipeline: str
    rules: Rules
    metrics: tuple[Measure, ...]
    datasets: tuple[str, ...]
    aligners: tuple[str, ...]
    perturbed: Mapping[str, float]
    rows: Mapping[tuple[str, str, str], Record]
    errors: Mapping[tuple[str, str], Record]
    policy: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """The aligners but for the baseline and those that are the truth moved."""
        apart = {self.rules.baseline, *self.perturbed}
        return tuple(name for name in self.aligners if name not in apart)

    def judged(self, dataset: str, aligner: str, what: Measure) -> Verdict | None:
        """An aligner against the baseline, or None where the result has no such row."""
        row = self.rows.get((dataset, aligner, what.name))
        return None if row is None else compare(row, self.rules)

    def decimals(self, dataset: str, what: Measure) -> int:
        """How many decimals the intervals of the differences on a data set allow."""
        rows = [self.rows.get((dataset, name, what.name)) for name in self.aligners]
        widths = [what.scale * (row["delta_high"] - row["delta_low"]) / 2 for row in rows if row]
        return decimals_for(widths, least=1 if what.rate else 2, most=2 if what.rate else 3)

    def error(self, dataset: str, aligner: str) -> float:
        """The NME as a fraction; NaN where there is none."""
        return float(self.errors.get((dataset, aligner), {}).get("value", float("nan")))


def costs(result: Result) -> list[Costs]:
    """The costs of every pipeline, in the study's order; [] where nothing is compared.

    Parameters
    ----------
    result : Result
        Its study may lack every key but the baseline's.
    """
    words = StudyWords(result.study)
    rows = result.rows
    if rows.empty or words.baseline not in set(rows["aligner"]) or rows["aligner"].nunique() < 2:
        return []
    policies = list(dict.fromkeys(rows["policy"]))
    rows = rows[rows["policy"] == policies[0]]
    policy = str(policies[0]) if len(policies) > 1 else ""
    errors = _errors(result.landmark_errors)
    found = [str(name) for name in rows["pipeline"].unique()]
    named = [str(table.get("name", "")) for table in words.tables("pipelines")]
    order = [name for name in named if name in found]
    order += [name for name in found if name not in order]
    each = [_of(name, rows[rows["pipeline"] == name], errors, words) for name in order]
    return [replace(one, policy=policy) for one in each]


def cost_metrics(rows: pd.DataFrame) -> list[str]:
    """Which metrics are called costs: the EER, and the first TAR that is defined for any.

    Where a study has neither, it is the one that its sentences are about.
    """
    known = list(dict.fromkeys(rows.loc[rows["value"].notna(), "metric"]))
    chosen = [name for name in known if name == "EER"]
    chosen += [name for name in known if name.startswith("TAR@")][:1]
    return chosen or [lead_metric(rows)]


def _of(
    pipeline: str,
    rows: pd.DataFrame,
    errors: Mapping[tuple[str, str], Record],
    words: StudyWords,
) -> Costs:
    records = {
        (row["dataset"], row["aligner"], row["metric"]): row
        for row in rows.to_dict(orient="records")
    }
    metrics = tuple(map(measure, cost_metrics(rows)))
    datasets = tuple(dict.fromkeys(rows["dataset"]))

    def cost(aligner: str) -> float:
        row = records.get((datasets[0], aligner, metrics[0].name), {})
        delta = row.get("delta", inf)
        if not defined(delta):
            return inf
        return float(-delta if metrics[0].higher_is_better else delta)

    names = dict.fromkeys(rows["aligner"])
    others = sorted((name for name in names if name != words.baseline), key=cost)
    return Costs(
        pipeline,
        Rules(words.baseline, words.confidence),
        metrics,
        datasets,
        (words.baseline, *others),
        {name: sigma for name, sigma in words.perturbed.items() if name in names},
        records,
        errors,
    )


def _errors(errors: pd.DataFrame) -> dict[tuple[str, str], Record]:
    """The NME of each aligner on each data set, over the five points where these are apart."""
    own = errors[(errors["metric"] == "NME") & errors["group"].isin(ERROR_GROUPS)]
    own = own[own["normaliser"] == first_normaliser(errors)]
    chosen: dict[tuple[str, str], Record] = {}
    for row in own.to_dict(orient="records"):
        key = (str(row["dataset"]), str(row["aligner"]))
        if row["group"] == "five" or key not in chosen:
            chosen[key] = row
    return chosen


def cost_rows(every: list[Costs]) -> pd.DataFrame:
    """All costs with every digit, a row for each pipeline, data set, aligner and metric.

    Returns
    -------
    DataFrame
        `COLUMNS`; rates, differences and errors are fractions. ``verdict`` is what
        `reports.verdict.Verdict.kind` says, and ``baseline`` for the baseline itself.
    """
    rows = [
        _row(one, dataset, aligner, what)
        for one in every
        for aligner in one.aligners
        for dataset in one.datasets
        for what in one.metrics
        if (dataset, aligner, what.name) in one.rows
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(one: Costs, dataset: str, aligner: str, what: Measure) -> dict[str, Any]:
    row = one.rows[dataset, aligner, what.name]
    error = one.errors.get((dataset, aligner), {})
    kind = "baseline" if aligner == one.rules.baseline else compare(row, one.rules).kind
    return {
        **{name: row[name] for name in COLUMNS if name in row},
        **{name: error.get(name) for name in ("normaliser", "group", "missed")},
        "landmark_error": one.error(dataset, aligner),
        "verdict": kind,
    }
