"""The claims of a study and whether they held, as sentences with their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from align_eval.error_metric import error_metric, parse_kept
from align_eval.quantity import NME, decimals_showing
from align_eval.statements import HELD, UNKNOWN
from align_eval.terms import EVERY_OTHER
from reports.formatting import count, defined, listing, percent, signed, span
from reports.measures import ERROR_GROUPS, Measure, measure

_SIGNS = {"<=": "≤", ">=": "≥"}
_KEPT = {
    "signal": "without the {share} of points of lowest quality",
    "random": "without {share} of points at random",
    "oracle": "without the {share} of points of largest error",
}
_KINDS = {HELD: "held", UNKNOWN: "unknown"}


@dataclass(frozen=True)
class Judgement:
    """A claim with what became of it.

    Parameters
    ----------
    kind : {"held", "failed", "unknown"}
        For a page's style.
    outcome : str
        ``"held"``, ``"did not hold"`` or ``"cannot be told"``.
    claim : str
        The claim in words, with its source.
    facts : str
        The figures as they compare, or why it cannot be told.
    rule : str
        What was compared, as the study writes it.
    """

    kind: str
    outcome: str
    claim: str
    facts: str
    rule: str

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.outcome}: {self.claim}: {self.facts}"


_OF_ERRORS = (
    "{which} compares means of landmark errors over the faces that were found: the figures say "
    "which is larger on these data, not whether the difference is more than chance."
)
_OF_OTHERS = (
    "{which} compares landmark errors as they are: the figures say which is larger on these data, "
    "not whether the difference is more than chance."
)
_OF_SCORES = (
    "{which} compares two figures by the interval of their difference: the claim held if the "
    "interval leaves 0 out on the side that it wants, did not hold if it leaves 0 out on the other "
    "side, and cannot be told where 0 lies within. Subjects are resampled: figures over the same "
    "subjects see the same draws, others draws of their own. Failures to acquire count by the "
    "study's first policy; Δ is the difference to the baseline on the same trials. Nothing is "
    "adjusted for the number of claims: of many, some may hold or fail by chance."
)


def introduction(claims: pd.DataFrame) -> str:
    """What the claims' outcomes mean, for the kinds of claims that there are; "" for none.

    Parameters
    ----------
    claims : DataFrame
        `align_eval.result.Result.claims`.
    """
    named = dict.fromkeys(error_metric(str(name)) for name in _complete(claims)["metric"])
    errors = [name for name in named if name]
    words = _OF_ERRORS if errors == [NME] else _OF_OTHERS
    if errors and None in named:
        which = f"A claim on {NME}" if errors == [NME] else "A claim on a landmark error"
        also = _OF_SCORES.format(which="A claim on a verification metric")
        return f"{words.format(which=which)} {also}"
    return "" if not named else (words if errors else _OF_SCORES).format(which="Each")


def judgements(
    claims: pd.DataFrame, normaliser: str, confidence: float | None = None
) -> list[Judgement]:
    """Every claim, in the study's order.

    Parameters
    ----------
    claims : DataFrame
        `align_eval.result.Result.claims`.
    normaliser : str
        What their errors are fractions of.
    confidence : float, optional
        Of the intervals, to be said beside them.
    """
    said = f"{percent(confidence)} " if confidence else ""
    return [
        _judgement(rows, normaliser) if _of_errors(rows) else _verified(rows, said)
        for _, rows in _complete(claims).groupby("claim", sort=False)
    ]


def _of_errors(rows: pd.DataFrame) -> bool:
    return error_metric(str(rows["metric"].iloc[0])) is not None


def _complete(claims: pd.DataFrame) -> pd.DataFrame:
    """With metric and pipeline: results of older versions know claims on NME only."""
    usual = {"metric": NME, "pipeline": ""}
    return claims.assign(**{key: value for key, value in usual.items() if key not in claims})


def _judgement(rows: pd.DataFrame, normaliser: str) -> Judgement:
    first = rows.iloc[0]
    group = str(first["group"])
    points = ERROR_GROUPS.get(group, f"over the point group {group}")
    of = "NMEs in %" if first["metric"] == NME else f"{first['metric']}, errors in %"
    rule = f"{first['holds']}, of {of} of {normaliser}, {points}"
    return _judged(first, str(first["reason"]) or _facts(rows), rule)


def _judged(first: Any, facts: str, rule: str) -> Judgement:
    outcome = str(first["outcome"])
    source = f" ({first['source']})" if first["source"] else ""
    kind = _KINDS.get(outcome, "failed")
    return Judgement(kind, outcome, f"{first['text']}{source}", facts, rule)


def _verified(rows: pd.DataFrame, confidence: str) -> Judgement:
    first, pipelines = rows.iloc[0], rows["pipeline"].unique()
    rule = f"{first['holds']}, of {first['metric']}"
    rule += f" by {pipelines[0]}" if len(pipelines) == 1 else ""
    reason = str(first["reason"])
    facts = [reason]
    if defined(*rows["value"]):
        facts.append(_compared(rows, measure(str(first["metric"])), len(pipelines) > 1))
        if not reason or len(rows) > 2:  # the reason of a single comparison has its interval
            facts.append(_differences(rows, confidence))
    return _judged(first, "; ".join(filter(None, facts)), rule)


def _compared(rows: pd.DataFrame, what: Measure, several: bool) -> str:
    """``ΔEER of thermal pbc +4.00 points > visible pbc +0.40 points``."""
    words = []
    for row in rows.to_dict(orient="records"):
        sign = _SIGNS.get(row["sign"], row["sign"])
        factor = f"{row['factor']:g} × " if row["factor"] != 1 else ""
        where = f"{row['dataset']} {row['pipeline']}" if several else row["dataset"]
        value = what.printed(row["value"], decimals_showing(what.scale * row["value"]))
        words.append(f"{sign} {factor}{where} {row['aligner']} {value}".strip())
    return f"{what.name} of {' '.join(words)}"


def _differences(rows: pd.DataFrame, confidence: str) -> str:
    """``difference +3.60 points (95 % interval +1.20 to +5.90)``; "" where there is no interval."""
    what = measure(str(rows["metric"].iloc[0]))
    ends = rows[["difference", "difference_low", "difference_high"]].astype(float) * what.scale
    unit = f" {what.gap_unit}" if what.gap_unit else ""
    words = []
    for gap, low, high in ends.itertuples(index=False):
        if defined(gap, low, high):
            places = decimals_showing(gap, low, high)
            interval = span(low, high, places, sign=True)
            words.append(f"{signed(gap, places)}{unit} ({confidence}interval {interval})")
    return f"{'differences' if len(words) > 1 else 'difference'} {listing(words)}" if words else ""


def _facts(rows: pd.DataFrame) -> str:
    """``R3 pbc 24.10 % > 1.5 × R1 pbc 7.30 %``, and then how many faces were missed, if any."""
    words = []
    for _, own in rows.groupby("place", sort=False):
        sign = own["sign"].iloc[0]
        words.append(f"{_SIGNS.get(sign, sign)} {_side(own)}" if sign else _side(own))
    lost = rows[(rows["missed"] > 0)].drop_duplicates(["dataset", "aligner", "part"])
    missed = [
        f"{count(row['missed'])} of {count(row['n_faces'])} faces by {_who(row)}"
        for row in lost.to_dict(orient="records")
    ]
    metric = str(rows["metric"].iloc[0])
    words = words if metric == NME else [f"{metric} of", *words]
    return " ".join(words) + (f"; missed: {listing(missed)}" if missed else "")


def _side(own: pd.DataFrame) -> str:
    rows = own.sort_values("value", kind="stable").to_dict(orient="records")
    low, high = rows[0], rows[-1]
    factor = f"{low['factor']:g} × " if low["factor"] != 1 else ""
    if not str(low["term"]).endswith(f"@{EVERY_OTHER}"):
        return f"{factor}{_who(low)} {percent(low['value'], 2)}"
    ends = [f"{percent(end['value'], 2)} ({end['part']})" for end in (low, high)]
    whole = f"{low['dataset']} {low['aligner']} on every other part"
    return f"{factor}{whole}, {' to '.join(dict.fromkeys(ends))}"


def _who(row: Mapping[Any, Any]) -> str:
    kept = parse_kept(str(row["part"]))
    part = f" on {row['part']}" if row["part"] else ""
    if kept:  # which a metric of its own says already
        part = "" if parse_kept(str(row["metric"])) else f" {_KEPT[kept.order]}"
        part = part.format(share=percent(kept.share))
    return f"{row['dataset']} {row['aligner']}{part}"
