"""Whether a study's claims hold, by its landmark errors."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from align_eval.breakdown import NOT_GIVEN
from align_eval.result import CLAIM_COLUMNS
from align_eval.statements import EVERY_OTHER, Claim, Term
from align_eval.study import Study

HELD, FAILED, UNKNOWN = "held", "did not hold", "cannot be told"
_COMPARES: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Figure(NamedTuple):
    part: str
    value: float
    n_faces: int
    missed: int


@dataclass(frozen=True)
class _Figures:
    """NME by (data set, aligner, group), whole and by (attribute, part)."""

    whole: Mapping[tuple[str, str, str], _Figure]
    parts: Mapping[tuple[str, str, str], Mapping[str, Mapping[str, _Figure]]]

    @classmethod
    def of(cls, errors: pd.DataFrame, parts: pd.DataFrame, normaliser: str) -> "_Figures":
        whole: dict[tuple[str, str, str], _Figure] = {}
        divided: dict[tuple[str, str, str], dict[str, dict[str, _Figure]]] = {}
        numbers = ["value", "n_faces", "missed"]
        chosen = errors[(errors["normaliser"] == normaliser) & (errors["metric"] == "NME")]
        keys = ["dataset", "aligner", "group"]
        for one, by, of, *figure in chosen[[*keys, *numbers]].itertuples(index=False):
            whole[one, by, of] = _Figure("", *figure)
        own = parts[parts["normaliser"] == normaliser]
        columns = [*keys, "attribute", "part", *numbers]
        for one, by, of, attribute, part, *figure in own[columns].itertuples(index=False):
            within = divided.setdefault((one, by, of), {}).setdefault(attribute, {})
            within[part] = _Figure(part, *figure)
        return cls(whole, divided)

    def find(self, term: Term, group: str, named: set[str]) -> list[_Figure]:
        """What a term stands for: one figure, one for every other part, or none.

        A part is looked for in the attributes of the breakdown, in their order. The other parts
        are those of the attribute that a part `named` in the claim is of, else of the first.
        """
        key = (term.dataset, term.aligner, group)
        if not term.part:
            return [self.whole[key]] if key in self.whole else []
        attributes = self.parts.get(key, {})
        if term.part != EVERY_OTHER:
            return [of[term.part] for of in attributes.values() if term.part in of][:1]
        having = [of for of in attributes.values() if named & set(of)] or [*attributes.values()]
        others = having[0] if having else {}
        return [one for part, one in others.items() if part not in {*named, NOT_GIVEN}]


def judged(study: Study, errors: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Every claim of a study with its outcome and the figures that it rests on.

    Comparisons are of NME over the found faces, in the study's first normaliser. A comparison
    with ``@*`` must hold against every other part.

    Parameters
    ----------
    study : Study
        With claims.
    errors, parts : DataFrame
        `align_eval.result.ERROR_COLUMNS` and `align_eval.result.PART_COLUMNS`.

    Returns
    -------
    DataFrame
        `align_eval.result.CLAIM_COLUMNS`, one row per figure: several for ``@*``, one without a
        value for a term that was not measured.
    """
    if not study.claims:
        return pd.DataFrame(columns=list(CLAIM_COLUMNS))
    figures = _Figures.of(errors, parts, study.normalisers[0])
    rows = []
    for number, claim in enumerate(study.claims, 1):
        group, found = _found(claim, figures)
        head = (number, claim.text, claim.source, claim.holds, group, *_outcome(claim, found))
        for place, (term, sign) in enumerate(zip(claim.terms, ("", *claim.signs), strict=True)):
            side = (place, sign, str(term), term.factor, term.dataset, term.aligner)
            missing = _Figure(term.part, np.nan, 0, 0)
            rows += [(*head, *side, *figure) for figure in found[place] or [missing]]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _found(claim: Claim, figures: _Figures) -> tuple[str, list[list[_Figure]]]:
    """The claim's group, by default the first that every term has, and its terms' figures."""
    named = {term.part for term in claim.terms} - {"", EVERY_OTHER}
    found: list[list[_Figure]] = []
    group = ""
    for group in [claim.group] if claim.group else ["five", "all"]:
        found = [figures.find(term, group, named) for term in claim.terms]
        if all(found):
            break
    return group, found


def _outcome(claim: Claim, found: Sequence[Sequence[_Figure]]) -> tuple[str, str]:
    """The outcome, and the reason where it cannot be told."""
    for term, values in zip(claim.terms, found, strict=True):
        if not values:
            return UNKNOWN, f"there is no error for {term}"
        for figure in values:
            if np.isnan(figure.value):
                of_part = f" on {figure.part}" if term.part == EVERY_OTHER else ""
                return UNKNOWN, f"the NME of {term}{of_part} is not defined"
    sides = [
        [term.factor * figure.value for figure in values]
        for term, values in zip(claim.terms, found, strict=True)
    ]
    held = all(
        _COMPARES[sign](first, second)
        for sign, (left, right) in zip(claim.signs, pairwise(sides), strict=True)
        for first in left
        for second in right
    )
    return HELD if held else FAILED, ""
