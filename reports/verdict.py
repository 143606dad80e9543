"""The answer in sentences, made from the numbers: never a claim without its interval."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from align_eval.power import POWER
from reports.formatting import (
    NBSP,
    count,
    decimals_for,
    defined,
    number,
    p_value,
    percent,
    plural,
    signed,
    span,
)
from reports.measures import ERROR_GROUPS, Measure, measure

Kind = Literal[
    "baseline", "better", "worse", "different", "level", "unsure", "undefined", "described"
]
_DECIDED = ("better", "worse", "different")


@dataclass(frozen=True)
class Verdict:
    """What one metric says about one aligner.

    Parameters
    ----------
    kind : str
        ``baseline`` describes the baseline itself. ``better``, ``worse`` and ``different`` (a
        metric of unknown direction) need an interval without 0 and a p that stays below
        1 − confidence after Holm; ``unsure`` has the first without the second; ``level`` has
        0 in its interval; ``undefined`` has no difference or no interval; ``described`` claims
        no difference.
    aligner : str
        The sentence's subject.
    rest : str
        The sentence without its subject.
    also : str
        What other metrics say, or "".
    """

    kind: Kind
    aligner: str
    rest: str
    also: str = ""

    @property
    def sentence(self) -> str:
        """The whole text.

        >>> Verdict("level", "box", "cannot be told apart from yunet.").sentence
        'box cannot be told apart from yunet.'
        """
        return f"{self.aligner} {self.rest} {self.also}".rstrip()


@dataclass(frozen=True)
class Rules:
    """What every sentence of a table has in common.

    Parameters
    ----------
    baseline : str
        The baseline's name.
    confidence : float
        Of the intervals, such as 0.95.
    """

    baseline: str
    confidence: float

    @property
    def interval(self) -> str:
        """How an interval is called."""
        return f"{percent(self.confidence)} interval"

    @property
    def alpha(self) -> str:
        """The p at which a difference counts, printed."""
        return f"{1 - self.confidence:.6g}".replace("0.", ".")


def lead_metric(rows: pd.DataFrame) -> str:
    """The metric that the sentences are about.

    The first TAR@FAR in the study's order that is defined for every aligner, else the EER, else
    the first metric that is defined for any, else the first.

    Parameters
    ----------
    rows : DataFrame
        One table of `align_eval.result.Result.rows`: one data set, pipeline and policy.
    """
    names = list(dict.fromkeys(rows["metric"]))
    whole = rows.groupby("metric")["value"].apply(lambda values: values.notna().all())
    some = rows.groupby("metric")["value"].apply(lambda values: values.notna().any())
    wanted = [name for name in names if name.startswith("TAR@") and whole[name]]
    wanted += [name for name in names if name == "EER" and some[name]]
    wanted += [name for name in names if some[name]]
    return str((wanted or names)[0])


def verdicts(rows: pd.DataFrame, rules: Rules) -> list[Verdict]:
    """A sentence for each aligner of one table, the baseline first.

    Each is about `lead_metric`; other metrics whose interval leaves 0 out are added to it.

    Parameters
    ----------
    rows : DataFrame
        One table of `align_eval.result.Result.rows`: one data set, pipeline and policy.
    rules : Rules
        Baseline and confidence.
    """
    if rows.empty:
        return []
    lead = lead_metric(rows)
    found: list[Verdict] = []
    for aligner in dict.fromkeys(rows["aligner"]):
        own: list[dict[str, Any]] = rows[rows["aligner"] == aligner].to_dict(orient="records")
        first = [row for row in own if row["metric"] == lead]
        if aligner == rules.baseline:
            found[:0] = [_level_of(row, rules) for row in first]
            continue
        others = [row for row in own if row["metric"] != lead]
        found += [_with_others(compare(row, rules), others, rules) for row in first]
    return found


def _level_of(row: Mapping[str, Any], rules: Rules) -> Verdict:
    what = measure(row["metric"])
    low, high = what.scale * row["low"], what.scale * row["high"]
    decimals = decimals_for([(high - low) / 2])
    if not defined(row["value"]):
        text = f"is the baseline and has no {what.name} on these data ({_reason(row['note'])})."
        return Verdict("undefined", row["aligner"], text)
    value = _with_unit(number(what.scale * row["value"], decimals), what)
    interval = f"{rules.interval} {span(low, high, decimals)}"
    bounds = interval if defined(low, high) else "no interval"
    text = f"is the baseline: its {what.name} is {value} ({bounds})."
    return Verdict("baseline", row["aligner"], text)


def compare(row: Mapping[str, Any], rules: Rules) -> Verdict:
    r"""One aligner against the baseline on one metric.

    Parameters
    ----------
    row : mapping
        A row of `align_eval.result.Result.rows`.
    rules : Rules
        Baseline and confidence.

    Examples
    --------
    >>> row = {"aligner": "dlib68", "metric": "TAR@FAR=1e-2", "delta": -0.014, "p": 0.001,
    ...        "delta_low": -0.023, "delta_high": -0.006, "p_holm": 0.002, "note": ""}
    >>> print(compare(row, Rules("yunet", 0.95)).sentence.replace("\xa0", " "))
    dlib68 loses 1.4 points of TAR@FAR=1e-2 against yunet (95 % interval 0.6 to 2.3,
    p = .002 after Holm).
    """
    what, aligner = measure(row["metric"]), row["aligner"]
    delta, low, high = (what.scale * row[key] for key in ("delta", "delta_low", "delta_high"))
    if not defined(delta, low, high):
        text = f"cannot be compared with {rules.baseline} on {what.name} ({_reason(row['note'])})."
        return Verdict("undefined", aligner, text)
    decimals = decimals_for([(high - low) / 2])
    p = _p(row)
    if low <= 0 <= high:
        gap = _gap(signed(delta, decimals), what)
        bounds = f"{rules.interval} {span(low, high, decimals, sign=True)}"
        limit = resolved([row], what, decimals) or " on these data"
        return Verdict(
            "level",
            aligner,
            f"cannot be told apart from {rules.baseline} on {what.name}{limit} "
            f"(difference {gap}, {bounds}, {p}).",
        )
    size = _gap(number(abs(delta), decimals), what)
    nearer, farther = sorted((abs(low), abs(high)))
    kind, claim = _claim(what, delta, size, rules.baseline)
    if _decisive(row, rules):
        facts = f"({rules.interval} {span(nearer, farther, decimals)}, {p})"
        return Verdict(kind, aligner, f"{claim} {facts}.")
    gap = _gap(signed(delta, decimals), what)
    bounds = f"{rules.interval} {span(low, high, decimals, sign=True)}"
    return Verdict(
        "unsure",
        aligner,
        f"cannot safely be told apart from {rules.baseline} on {what.name}: the interval leaves "
        f"0 out (difference {gap}, {bounds}), but {p} is not below {rules.alpha}.",
    )


def resolved(rows: Sequence[Mapping[str, Any]], what: Measure, decimals: int) -> str:
    r"""The smallest difference that some rows of one metric can show, in words; or "".

    Parameters
    ----------
    rows : sequence of mapping
        Rows of `align_eval.result.Result.rows`, of the same trials. What the least resolved one
        cannot show is said of all.
    what : Measure
        Their metric.
    decimals : int
        Of the size.

    Examples
    --------
    >>> row = {"detectable": 0.018, "n_subjects": 50}
    >>> print(resolved([row], measure("TAR@FAR=1e-2"), 1).replace("\xa0", " "))
    : with these 50 subjects a difference below 1.8 points cannot be seen with 80 % power
    """
    sizes = [row.get("detectable", float("nan")) for row in rows]
    if not sizes or not defined(*sizes):
        return ""
    least = _gap(number(what.scale * max(sizes), decimals), what)
    subjects = count(max(row["n_subjects"] for row in rows))
    return (
        f": with these {subjects} subjects a difference below {least} cannot be seen "
        f"with {percent(POWER)} power"
    )


def _claim(what: Measure, delta: float, size: str, baseline: str) -> tuple[Kind, str]:
    up = delta > 0
    if what.higher_is_better is None:
        verb = "higher" if up else "lower"
        return "different", f"has {what.name} {size} {verb} than {baseline}"
    kind: Kind = "better" if up == what.higher_is_better else "worse"
    if what.higher_is_better:
        return kind, f"{'gains' if up else 'loses'} {size} of {what.name} against {baseline}"
    return kind, f"{'raises' if up else 'lowers'} {what.name} by {size} against {baseline}"


def _with_others(verdict: Verdict, rows: Sequence[Mapping[str, Any]], rules: Rules) -> Verdict:
    extra = [_aside(row, rules) for row in rows if compare(row, rules).kind in _DECIDED]
    if not extra:
        return verdict
    return replace(verdict, also=f"Other metrics: {'; '.join(extra)}.")


def _aside(row: Mapping[str, Any], rules: Rules) -> str:
    what = measure(row["metric"])
    delta, low, high = (what.scale * row[key] for key in ("delta", "delta_low", "delta_high"))
    decimals = decimals_for([(high - low) / 2])
    bounds = span(low, high, decimals, sign=True)
    gap = _gap(signed(delta, decimals), what)
    kind, _ = _claim(what, delta, "", rules.baseline)
    return f"{what.name} {gap} ({kind}; {rules.interval} {bounds}, {_p(row)})"


def _decisive(row: Mapping[str, Any], rules: Rules) -> bool:
    p = row["p_holm"] if defined(row["p_holm"]) else row["p"]
    return not defined(p) or p <= 1 - rules.confidence + 1e-9


def _p(row: Mapping[str, Any]) -> str:
    if defined(row["p_holm"]):
        return f"{p_value(row['p_holm'])} after Holm"
    return f"{p_value(row['p'])}, unadjusted" if defined(row["p"]) else "no p"


def _gap(text: str, what: Measure) -> str:
    return f"{text}{NBSP}{what.gap_unit}" if what.gap_unit else text


def _with_unit(text: str, what: Measure) -> str:
    return f"{text}{NBSP}{what.unit}" if what.unit else text


def _reason(note: object) -> str:
    return note if isinstance(note, str) and note else "not defined, no reason recorded"


def error_verdicts(errors: pd.DataFrame) -> list[Verdict]:
    """What landmark errors are where nothing was verified, a sentence a data set, best first.

    No difference is claimed: these errors have no intervals.

    Parameters
    ----------
    errors : DataFrame
        `align_eval.result.Result.landmark_errors`.
    """
    overall = errors[(errors["metric"] == "NME") & errors["group"].isin(ERROR_GROUPS)]
    # The five points of alignment, where they are given: there all schemes compare.
    rows = overall.sort_values("group", key=lambda groups: groups != "five", kind="stable")
    rows = rows.drop_duplicates(["dataset", "aligner"])
    return [
        Verdict("described", str(dataset), f"{_ranking(part)}.")
        for dataset, part in rows.groupby("dataset", sort=False)
    ]


def _ranking(rows: pd.DataFrame) -> str:
    """One data set's aligners by error; those without any come last, with the reason."""
    known = rows[rows["value"].map(defined)].sort_values("value", kind="stable")
    said = []
    for (normaliser, group), part in known.groupby(["normaliser", "group"], sort=False):
        each = ", ".join(map(_error, part.to_dict("records")))
        said.append(f"NME in % of {normaliser}, {ERROR_GROUPS[str(group)]}: {each}")
    unknown = rows[~rows["value"].map(defined)]
    said += [
        f"no NME of {row['aligner']} ({_reason(row['note'])})" for _, row in unknown.iterrows()
    ]
    return f"({plural(rows['n_faces'].max(), 'face')}): {'; '.join(said)}"


def _error(row: dict[Hashable, Any]) -> str:
    missed = f" ({count(row['missed'])} missed)" if row["missed"] else ""
    return f"{row['aligner']} {number(100 * row['value'], 2)}{missed}"
