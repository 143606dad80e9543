"""The claims of a study and whether they held, as sentences with their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from align_eval.judging import HELD, UNKNOWN
from align_eval.statements import EVERY_OTHER
from reports.formatting import count, listing, percent
from reports.measures import ERROR_GROUPS

_SIGNS = {"<=": "≤", ">=": "≥"}
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


def judgements(claims: pd.DataFrame, normaliser: str) -> list[Judgement]:
    """Every claim, in the study's order.

    Parameters
    ----------
    claims : DataFrame
        `align_eval.result.Result.claims`.
    normaliser : str
        What their errors are fractions of.
    """
    return [_judgement(rows, normaliser) for _, rows in claims.groupby("claim", sort=False)]


def _judgement(rows: pd.DataFrame, normaliser: str) -> Judgement:
    first = rows.iloc[0]
    outcome = str(first["outcome"])
    source = f" ({first['source']})" if first["source"] else ""
    facts = str(first["reason"]) or _facts(rows)
    group = str(first["group"])
    points = ERROR_GROUPS.get(group, f"over the point group {group}")
    rule = f"{first['holds']}, of NMEs in % of {normaliser}, {points}"
    kind = _KINDS.get(outcome, "failed")
    return Judgement(kind, outcome, f"{first['text']}{source}", facts, rule)


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
    part = f" on {row['part']}" if row["part"] else ""
    return f"{row['dataset']} {row['aligner']}{part}"
