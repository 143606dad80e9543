"""One pipeline's tables of a sensitivity study, and the words that its reports share."""

from collections.abc import Iterator, Mapping
from math import isinf
from typing import Any, NamedTuple

import pandas as pd

from align_eval.result import Result
from align_eval.sensitivity import REPLAY
from reports.costs import cost_metrics
from reports.formatting import (
    NBSP,
    defined,
    number,
)
from reports.formatting import span as spanned
from reports.measures import Measure, measure
from reports.study_words import StudyWords
from reports.verdict import Rules

REAL = "real"
Record = Mapping[Any, Any]


class Sensed(NamedTuple):
    """One pipeline's tables, over whole data sets."""

    pipeline: str
    rules: Rules
    measures: tuple[Measure, ...]
    curves: pd.DataFrame
    budgets: pd.DataFrame
    contrasts: pd.DataFrame
    ranks: pd.DataFrame
    replays: pd.DataFrame
    parts: pd.DataFrame

    @property
    def datasets(self) -> list[str]:
        """In order of first appearance."""
        frames = (self.curves, self.replays)
        return list(dict.fromkeys(str(name) for one in frames for name in one["dataset"]))

    @property
    def aligners(self) -> list[str]:
        """Those that are replayed."""
        return [str(name) for name in self.replays["aligner"].unique()]


def sensed(result: Result) -> Iterator[Sensed]:
    """The tables of each pipeline of a sensitivity study."""
    words = StudyWords(result.study)
    rules = Rules(words.baseline, words.confidence)
    frames = (result.sensitivity, result.budgets, result.contrasts, result.ranks, result.replays)
    for pipeline in result.sensitivity["pipeline"].unique():
        own = [frame[frame["pipeline"] == pipeline] for frame in frames]
        curves, budgets = (frame[frame["attribute"] == ""] for frame in own[:2])
        contrasts, ranks, replays = own[2:]
        measures = tuple(map(measure, cost_metrics(curves)))
        parts = own[0][own[0]["attribute"] != ""]
        shown = (curves, budgets, contrasts, ranks, replays, parts)
        yield Sensed(str(pipeline), rules, measures, *shown)


def bounds(row: Record) -> str:
    """The interval of a budget, in per cent of the eye distance."""
    low, high = (100 * row[key] for key in ("low", "high"))
    if defined(low) and isinf(high):
        return f"{number(low, 1)} to more than {100 * row['largest']:g}"
    if isinf(low):
        return f"more than {100 * row['largest']:g}"
    return spanned(low, high, 1)


def points_of(value: float, what: Measure) -> str:
    """A loss with its unit: ``1 point``."""
    size = f"{what.scale * value:g}"
    return f"{size}{NBSP}{'point' if size == '1' else what.gap_unit}".strip()


def harm(row: Record, key: str, what: Measure) -> tuple[float, float, float]:
    """A difference with its bounds, positive where it is a loss, in the metric's own units."""
    names = (key, f"{key}_low", f"{key}_high")
    value, low, high = (what.scale * row[name] for name in names)
    return (-value, -high, -low) if what.higher_is_better else (value, low, high)


def way(kind: str) -> str:
    """A kind of perturbation as it is written."""
    return kind.replace("_", " ")


def rows_of(one: Sensed, dataset: str, aligner: str, what: Measure) -> dict[str, Record]:
    """What an aligner costs, by itself, replayed and in parts: kind → row."""
    own = one.replays[
        (one.replays["dataset"] == dataset)
        & (one.replays["aligner"] == aligner)
        & (one.replays["metric"] == what.name)
    ]
    rows = own[(own["kind"] != REPLAY) | (own["level"] == 1)]
    return {row["kind"]: row for row in rows.to_dict(orient="records")}
