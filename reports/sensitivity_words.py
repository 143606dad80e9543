"""What moved landmarks cost, in sentences."""

from collections.abc import Mapping, Sequence
from math import isinf

from align_eval.perturbation import PARTS
from align_eval.result import Result
from align_eval.sensitivity import REPLAY
from reports.formatting import (
    NBSP,
    defined,
    listing,
    number,
    percent,
    plural,
)
from reports.formatting import span as spanned
from reports.measures import Measure
from reports.sensed import REAL, Record, Sensed, bounds, harm, points_of, rows_of, sensed, way
from reports.verdict import Verdict

ABOUT = (
    "The landmarks of the baseline were moved in known ways, and everything behind them run "
    "again. A level σ is in per cent of the eye distance; a rotation, or a change of scale, of "
    "σ moves what is one eye distance from the centre by σ. Values are means over the "
    "repeats; intervals resample people and repeats, the same for all ways, levels and data sets "
    "of the same people."
)
_JITTER = "jitter"
_PART_WORDS = {
    "shift": "shift",
    "rotation": "rotation",
    "scale": "scale",
    "shape": "the shape that alignment absorbs",
}


def sensitivity_verdicts(result: Result) -> list[Verdict]:
    """What may be lost, which spectrum, point and direction matters, and what models lose by."""
    found = []
    for one in sensed(result):
        what = one.measures[0]
        said = [
            ("Budget", [_budget_words(one, what) for what in one.measures]),
            ("Data sets", [_contrast_words(one, what) for what in one.measures]),
            *(
                (head, [_rank_words(one, dataset, group, what) for dataset in one.datasets])
                for head, group in (("Points", "point"), ("Directions", "direction"))
            ),
            ("Models", [_model_words(one, dataset, what) for dataset in one.datasets]),
            ("Replay", [_replay_words(one, dataset, what) for dataset in one.datasets]),
        ]
        head = f" ({one.pipeline})" if len(result.sensitivity["pipeline"].unique()) > 1 else ""
        found += [
            Verdict("described", f"{title}{head}:", " ".join(text for text in texts if text))
            for title, texts in said
            if any(texts)
        ]
    return found


def _budget_words(one: Sensed, what: Measure) -> str:
    own = one.budgets[(one.budgets["kind"] == _JITTER) & (one.budgets["metric"] == what.name)]
    if own.empty:
        return ""
    rows = own.to_dict(orient="records")
    said = [f"{_level(row)} on {row['dataset']}" for row in rows]
    loss = points_of(rows[0]["loss"], what)
    lost = (
        f"costs {loss} of {what.name}" if what.higher_is_better else f"adds {loss} of {what.name}"
    )
    return f"Every point off at random by {listing(said)} of the eye distance {lost}."


def _level(row: Record) -> str:
    """``2.1 % (1.7 to 2.5)``."""
    if isinf(row["level"]):
        return f"more than {percent(row['largest'])}"
    if not defined(row["level"]):
        return "a level that cannot be told"
    return f"{percent(row['level'], 1)} ({bounds(row)})"


def _contrast_words(one: Sensed, what: Measure) -> str:
    own = one.contrasts[(one.contrasts["kind"] == _JITTER) & (one.contrasts["metric"] == what.name)]
    return " ".join(
        _contrasted(
            one, what, str(first), str(second), rows.sort_values("level").to_dict(orient="records")
        )
        for (first, second), rows in own.groupby(["dataset", "other"], sort=False)
    )


def _contrasted(one: Sensed, what: Measure, first: str, second: str, rows: Sequence[Record]) -> str:
    """``Points off at random cost a more EER than b: 0.5 points (…) at 2 %; beyond chance …``."""
    last = harm(rows[-1], "difference", what)[0]
    sign = 1 if last >= 0 else -1
    more, less = (first, second) if sign > 0 else (second, first)
    each, sure = [], []
    for row in rows:
        value, *ends = (sign * end for end in harm(row, "difference", what))
        low, high = sorted(ends)
        level = percent(row["level"])
        each.append(f"{_size(value, what)} ({spanned(low, high, 1)}) at {level}")
        sure += [level] if low > 0 else []
    verb = {True: "lower", False: "raise", None: "change"}[what.higher_is_better]
    text = f"oints off at random {verb} the {what.name} on {more} more than on {less}"
    if not sure:
        return f"Whether p{text} cannot be told: the difference is {listing(each)}."
    return f"P{text}, by {listing(each)}; beyond chance at {listing(sure)}."


def _harm_span(row: Record, key: str, what: Measure) -> str:
    _, low, high = harm(row, key, what)
    return spanned(low, high, 1)


def _size(value: float, what: Measure) -> str:
    return f"{number(value, 1)}{NBSP}{what.gap_unit}".strip()


def _rank_words(one: Sensed, dataset: str, group: str, what: Measure) -> str:
    own = one.ranks[
        (one.ranks["dataset"] == dataset)
        & (one.ranks["group"] == group)
        & (one.ranks["metric"] == what.name)
    ]
    rows = own.to_dict(orient="records")
    if len(rows) < 2 or not defined(rows[0]["delta"]):
        return ""
    first, *others = rows
    sure = [row["kind"] for row in others if harm(row, "behind", what)[1] > 0]
    level = [row["kind"] for row in others if row["kind"] not in sure]
    noun = "single point" if group == "point" else "direction"
    text = (
        f"On {dataset}, the costliest {noun} at σ{NBSP}={NBSP}{percent(first['level'])} is "
        f"{way(first['kind'])}: {_size(harm(first, 'delta', what)[0], what)} of {what.name} "
        f"({_harm_span(first, 'delta', what)})"
    )
    if sure:
        text += f", more than {listing(map(way, sure))} beyond chance"
    if level:
        text += f"; it cannot be told from {listing(map(way, level))}"
    return f"{text}."


def _model_words(one: Sensed, dataset: str, what: Measure) -> str:
    """Who cannot be told from the baseline, and what the others lose by."""
    level, said = [], []
    for name in one.aligners:
        rows = rows_of(one, dataset, name, what)
        if REAL not in rows or not defined(rows[REAL]["delta"]):
            continue
        if harm(rows[REAL], "delta", what)[1] > 0:
            said.append(_one_model(name, rows, what))
        else:
            level.append(name)
    if level:
        said.insert(0, f"{listing(level)} cannot be told from {one.rules.baseline}")
    return f"On {dataset}: {'; '.join(said)}." if said else ""


def _one_model(aligner: str, rows: Mapping[str, Record], what: Measure) -> str:
    """``mtcnn costs 3.7 points of EER (0.9 to 6.7), through scale (1.5, 0.0 to 2.8)``."""
    value, low, high = harm(rows[REAL], "delta", what)
    text = f"{aligner} costs {_size(value, what)} of {what.name} ({spanned(low, high, 1)})"
    parts = {part: harm(rows[part], "delta", what) for part in PARTS if part in rows}
    known = {part: sizes for part, sizes in parts.items() if defined(*sizes)}
    telling = sorted((p for p in known if known[p][1] > 0), key=lambda p: -known[p][0])
    if telling:
        each = [
            f"{_PART_WORDS[part]} ({number(known[part][0], 1)}, {spanned(*known[part][1:], 1)})"
            for part in telling
        ]
        return f"{text}, through {listing(each)}"
    return f"{text}, through no single part beyond chance" if known else text


def _replay_words(one: Sensed, dataset: str, what: Measure) -> str:
    agreed: list[str] = []
    apart: list[str] = []
    for name in one.aligners:
        rows = rows_of(one, dataset, name, what)
        if REPLAY not in rows or not defined(rows[REPLAY]["difference_low"]):
            continue
        _, low, high = harm(rows[REPLAY], "difference", what)
        (agreed if low <= 0 <= high else apart).append(name)
    if not agreed and not apart:
        return ""
    whole = len(agreed) + len(apart)
    text = (
        f"On {dataset}, residuals replayed on other people's faces cost the {what.name} that the "
        f"model itself costs, within the interval of the difference, for {len(agreed)} of "
        f"{plural(whole, 'model')}"
    )
    return f"{text}; not for {listing(apart)}." if apart else f"{text}."
