"""Whether a study's claims hold, by its landmark errors and its scores.

Landmark errors are compared as they are. Verification metrics are compared with the interval of
their difference (`align_eval.score_claims`): a claim on them holds only if chance does not explain
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from align_eval.error_metric import Kept, parse_kept
from align_eval.parts import NOT_GIVEN
from align_eval.quantity import NME
from align_eval.result import CLAIM_COLUMNS, DISCARD_COLUMNS, Key
from align_eval.score_claims import Figure, Judged, bench, by_scores
from align_eval.scores import Scores
from align_eval.statements import FAILED, HELD, UNKNOWN, Claim
from align_eval.study import Study
from align_eval.terms import COMPARES, EVERY_OTHER, Term

__all__ = ["FAILED", "HELD", "UNKNOWN", "judged"]


@dataclass(frozen=True)
class _Figures:
    """Errors by (data set, aligner, group) and metric, and NME by (attribute, part)."""

    whole: Mapping[tuple[str, str, str], Mapping[str, Figure]]
    parts: Mapping[tuple[str, str, str], Mapping[str, Mapping[str, Figure]]]

    @classmethod
    def of(
        cls,
        errors: pd.DataFrame,
        parts: pd.DataFrame,
        discards: pd.DataFrame,
        normaliser: str,
    ) -> "_Figures":
        whole: dict[tuple[str, str, str], dict[str, Figure]] = {}
        divided: dict[tuple[str, str, str], dict[str, dict[str, Figure]]] = {}
        numbers = ["value", "n_faces", "missed"]
        chosen = errors[errors["normaliser"] == normaliser]
        keys = ["dataset", "aligner", "group"]
        for one, by, of, metric, *figure in chosen[[*keys, "metric", *numbers]].itertuples(
            index=False
        ):
            whole.setdefault((one, by, of), {})[metric] = Figure("", *figure)
        left = discards[discards["normaliser"] == normaliser]
        columns = ["dataset", "aligner", "order", "share", "nme", "n"]
        for one, by, order, share, value, count in left[columns].itertuples(index=False):
            kept = Kept(order, share)
            whole.setdefault((one, by, "all"), {})[kept.metric] = Figure(kept.word, value, count)
        own = parts[parts["normaliser"] == normaliser]
        columns = [*keys, "attribute", "part", *numbers]
        for one, by, of, attribute, part, *figure in own[columns].itertuples(index=False):
            within = divided.setdefault((one, by, of), {}).setdefault(attribute, {})
            within[part] = Figure(part, *figure)
        return cls(whole, divided)

    def find(self, term: Term, metric: str, group: str, named: set[str]) -> list[Figure]:
        """What a term stands for in a metric: one figure, one for every other part, or none.

        A part is looked for in the attributes of the breakdown, in their order. The other parts
        are those of the attribute that a part `named` in the claim is of, else of the first.
        """
        key = (term.dataset, term.aligner, group)
        kept = parse_kept(term.part)
        if kept or not term.part:
            whole = self.whole.get(key, {}).get(kept.metric if kept else metric)
            return [] if whole is None else [whole]
        attributes = self.parts.get(key, {})
        if term.part != EVERY_OTHER:
            return [of[term.part] for of in attributes.values() if term.part in of][:1]
        having = [of for of in attributes.values() if named & set(of)] or [*attributes.values()]
        others = having[0] if having else {}
        return [one for part, one in others.items() if part not in {*named, NOT_GIVEN}]


def judged(
    study: Study,
    errors: pd.DataFrame,
    parts: pd.DataFrame,
    scores: Mapping[Key, Scores] | None = None,
    discards: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every claim of a study with its outcome and the figures that it rests on.

    Comparisons of landmark errors are in the study's first normaliser, those of NME over the
    found faces. A comparison with ``@*`` must hold against every other part.

    Comparisons of a verification metric are under the study's first policy, each of the
    difference of two neighbouring terms. A claim held if every difference has the sign that it
    wants and an interval without 0; it did not hold if some difference has the other sign and an
    interval without 0, or is 0 on every resample where it must not be. Nothing is adjusted for
    the number of claims.

    Parameters
    ----------
    study : Study
        With claims.
    errors, parts : DataFrame
        `align_eval.result.ERROR_COLUMNS` and `align_eval.result.PART_COLUMNS`.
    scores : mapping of Key to Scores, optional
        Every trial's score. Each is looked up once at most.
    discards : DataFrame, optional
        `align_eval.result.DISCARD_COLUMNS`.

    Returns
    -------
    DataFrame
        `align_eval.result.CLAIM_COLUMNS`, one row per figure: several for ``@*``, one without a
        value for a term that was not measured. Differences are of the term before and this one,
        factors applied.
    """
    if not study.claims:
        return pd.DataFrame(columns=list(CLAIM_COLUMNS))
    left = pd.DataFrame(columns=list(DISCARD_COLUMNS)) if discards is None else discards
    figures = _Figures.of(errors, parts, left, next(iter(study.normalisers), ""))
    figures_of_scores = bench(study, scores or {})
    rows: list[tuple[Any, ...]] = []
    for number, claim in enumerate(study.claims, 1):
        if claim.quantity is None:
            one = _by_errors(claim, figures)
        else:
            one = by_scores(claim, claim.quantity, figures_of_scores, study.confidence)
        head = (number, claim.text, claim.source, claim.holds, one.group, one.outcome, one.reason)
        metric = str(claim.quantity or claim.error)
        for place, (term, sign) in enumerate(zip(claim.terms, ("", *claim.signs), strict=True)):
            side = (place, sign, str(term), term.factor, term.dataset, term.aligner)
            for figure in one.found[place] or [Figure(term.part, np.nan)]:
                rows.append((*head, *side, *figure[:4], metric, *figure[4:]))
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _by_errors(claim: Claim, figures: _Figures) -> Judged:
    group, found = _found(claim, figures)
    return Judged(*_outcome(claim, found), found, group)


def _found(claim: Claim, figures: _Figures) -> tuple[str, list[list[Figure]]]:
    """The claim's group, by default the first that every term has, and its terms' figures."""
    named = {term.part for term in claim.terms} - {"", EVERY_OTHER}
    found: list[list[Figure]] = []
    group = ""
    for group in [claim.group] if claim.group else ["five", "all"]:
        found = [figures.find(term, claim.error, group, named) for term in claim.terms]
        if all(found):
            break
    return group, found


def _outcome(claim: Claim, found: Sequence[Sequence[Figure]]) -> tuple[str, str]:
    """The outcome, and the reason where it cannot be told."""
    for term, values in zip(claim.terms, found, strict=True):
        if not values:
            of = "error" if claim.error == NME else claim.error
            kept = parse_kept(term.part) or parse_kept(claim.error)
            why = f": {term.aligner} gives no quality" if kept else ""
            return UNKNOWN, f"there is no {of} for {term}{why}"
        for figure in values:
            if np.isnan(figure.value):
                of_part = f" on {figure.part}" if term.part == EVERY_OTHER else ""
                return UNKNOWN, f"the {claim.error} of {term}{of_part} is not defined"
    sides = [
        [term.factor * figure.value for figure in values]
        for term, values in zip(claim.terms, found, strict=True)
    ]
    held = all(
        COMPARES[sign](first, second)
        for sign, (left, right) in zip(claim.signs, pairwise(sides), strict=True)
        for first in left
        for second in right
    )
    return HELD if held else FAILED, ""
