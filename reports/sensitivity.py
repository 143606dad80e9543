"""What moved landmarks cost: sentences, tables and figures of a sensitivity study."""

from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from align_eval.perturbation import KINDS, PARTS
from align_eval.result import Result
from align_eval.sensitivity import REPLAY
from reports.costs import cost_metrics
from reports.figures.sensitivity import Band, Bar, BarsDisplay, CurvesDisplay
from reports.figures.style import looks
from reports.formatting import (
    MISSING,
    NBSP,
    defined,
    listing,
    number,
    percent,
    plural,
    signed,
    slug,
)
from reports.formatting import span as spanned
from reports.measures import Measure, measure
from reports.plates import Plate
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import Rules, Verdict

ABOUT = (
    "The landmarks of the baseline were moved in known ways, and everything behind them run "
    "again. A level σ is in per cent of the eye distance; a rotation, or a change of scale, of "
    "σ moves what is one eye distance from the centre by σ. Values are means over the "
    "repeats; intervals resample people and repeats, the same for all ways, levels and data sets "
    "of the same people."
)
_JITTER = "jitter"
_REAL = "real"
_PART_WORDS = {
    "shift": "shift",
    "rotation": "rotation",
    "scale": "scale",
    "shape": "the shape that alignment absorbs",
}
_Record = Mapping[Any, Any]


class _Sensed(NamedTuple):
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
        frames = (self.curves, self.replays)
        return list(dict.fromkeys(str(name) for one in frames for name in one["dataset"]))

    @property
    def aligners(self) -> list[str]:
        return [str(name) for name in self.replays["aligner"].unique()]


def _sensed(result: Result) -> Iterator[_Sensed]:
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
        yield _Sensed(str(pipeline), rules, measures, *shown)


# Sentences


def sensitivity_verdicts(result: Result) -> list[Verdict]:
    """What may be lost, which spectrum, point and direction matters, and what models lose by."""
    found = []
    for one in _sensed(result):
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


def _budget_words(one: _Sensed, what: Measure) -> str:
    own = one.budgets[(one.budgets["kind"] == _JITTER) & (one.budgets["metric"] == what.name)]
    if own.empty:
        return ""
    rows = own.to_dict(orient="records")
    said = [f"{_level(row)} on {row['dataset']}" for row in rows]
    loss = _points(rows[0]["loss"], what)
    lost = (
        f"costs {loss} of {what.name}" if what.higher_is_better else f"adds {loss} of {what.name}"
    )
    return f"Every point off at random by {listing(said)} of the eye distance {lost}."


def _level(row: _Record) -> str:
    """``2.1 % (1.7 to 2.5)``."""
    if isinf(row["level"]):
        return f"more than {percent(row['largest'])}"
    if not defined(row["level"]):
        return "a level that cannot be told"
    return f"{percent(row['level'], 1)} ({_bounds(row)})"


def _bounds(row: _Record) -> str:
    low, high = (100 * row[key] for key in ("low", "high"))
    if defined(low) and isinf(high):
        return f"{number(low, 1)} to more than {100 * row['largest']:g}"
    if isinf(low):
        return f"more than {100 * row['largest']:g}"
    return spanned(low, high, 1)


def _points(value: float, what: Measure) -> str:
    size = f"{what.scale * value:g}"
    return f"{size}{NBSP}{'point' if size == '1' else what.gap_unit}".strip()


def _contrast_words(one: _Sensed, what: Measure) -> str:
    own = one.contrasts[(one.contrasts["kind"] == _JITTER) & (one.contrasts["metric"] == what.name)]
    return " ".join(
        _contrasted(
            one, what, str(first), str(second), rows.sort_values("level").to_dict(orient="records")
        )
        for (first, second), rows in own.groupby(["dataset", "other"], sort=False)
    )


def _contrasted(
    one: _Sensed, what: Measure, first: str, second: str, rows: Sequence[_Record]
) -> str:
    """``Points off at random cost a more EER than b: 0.5 points (…) at 2 %; beyond chance …``."""
    last = _harm(rows[-1], "difference", what)[0]
    sign = 1 if last >= 0 else -1
    more, less = (first, second) if sign > 0 else (second, first)
    each, sure = [], []
    for row in rows:
        value, *ends = (sign * end for end in _harm(row, "difference", what))
        low, high = sorted(ends)
        level = percent(row["level"])
        each.append(f"{_size(value, what)} ({spanned(low, high, 1)}) at {level}")
        sure += [level] if low > 0 else []
    beyond = f"beyond chance at {listing(sure)}" if sure else "nowhere beyond chance"
    verb = {True: "lower", False: "raise", None: "change"}[what.higher_is_better]
    return (
        f"Points off at random {verb} the {what.name} on {more} more than on {less}, by "
        f"{listing(each)}; {beyond}."
    )


def _harm(row: _Record, key: str, what: Measure) -> tuple[float, float, float]:
    """A difference with its bounds, positive where it is a loss, in the metric's own units."""
    names = (key, f"{key}_low", f"{key}_high")
    value, low, high = (what.scale * row[name] for name in names)
    return (-value, -high, -low) if what.higher_is_better else (value, low, high)


def _harm_span(row: _Record, key: str, what: Measure) -> str:
    _, low, high = _harm(row, key, what)
    return spanned(low, high, 1)


def _size(value: float, what: Measure) -> str:
    return f"{number(value, 1)}{NBSP}{what.gap_unit}".strip()


def _rank_words(one: _Sensed, dataset: str, group: str, what: Measure) -> str:
    own = one.ranks[
        (one.ranks["dataset"] == dataset)
        & (one.ranks["group"] == group)
        & (one.ranks["metric"] == what.name)
    ]
    rows = own.to_dict(orient="records")
    if len(rows) < 2 or not defined(rows[0]["delta"]):
        return ""
    first, *others = rows
    sure = [row["kind"] for row in others if _harm(row, "behind", what)[1] > 0]
    level = [row["kind"] for row in others if row["kind"] not in sure]
    noun = "single point" if group == "point" else "direction"
    text = (
        f"On {dataset}, the costliest {noun} at σ{NBSP}={NBSP}{percent(first['level'])} is "
        f"{_name(first['kind'])}: {_size(_harm(first, 'delta', what)[0], what)} of {what.name} "
        f"({_harm_span(first, 'delta', what)})"
    )
    if sure:
        text += f", more than {listing(map(_name, sure))} beyond chance"
    if level:
        text += f"; it cannot be told from {listing(map(_name, level))}"
    return f"{text}."


def _name(kind: str) -> str:
    return kind.replace("_", " ")


def _model_words(one: _Sensed, dataset: str, what: Measure) -> str:
    """Who cannot be told from the baseline, and what the others lose by."""
    level, said = [], []
    for name in one.aligners:
        rows = _rows_of(one, dataset, name, what)
        if _REAL not in rows or not defined(rows[_REAL]["delta"]):
            continue
        if _harm(rows[_REAL], "delta", what)[1] > 0:
            said.append(_one_model(name, rows, what))
        else:
            level.append(name)
    if level:
        said.insert(0, f"{listing(level)} cannot be told from {one.rules.baseline}")
    return f"On {dataset}: {'; '.join(said)}." if said else ""


def _rows_of(one: _Sensed, dataset: str, aligner: str, what: Measure) -> dict[str, _Record]:
    own = one.replays[
        (one.replays["dataset"] == dataset)
        & (one.replays["aligner"] == aligner)
        & (one.replays["metric"] == what.name)
    ]
    rows = own[(own["kind"] != REPLAY) | (own["level"] == 1)]
    return {row["kind"]: row for row in rows.to_dict(orient="records")}


def _one_model(aligner: str, rows: Mapping[str, _Record], what: Measure) -> str:
    """``mtcnn costs 3.7 points of EER (0.9 to 6.7), through scale (1.5, 0.0 to 2.8)``."""
    value, low, high = _harm(rows[_REAL], "delta", what)
    text = f"{aligner} costs {_size(value, what)} of {what.name} ({spanned(low, high, 1)})"
    parts = {part: _harm(rows[part], "delta", what) for part in PARTS if part in rows}
    known = {part: sizes for part, sizes in parts.items() if defined(*sizes)}
    telling = sorted((p for p in known if known[p][1] > 0), key=lambda p: -known[p][0])
    if telling:
        each = [
            f"{_PART_WORDS[part]} ({number(known[part][0], 1)}, {spanned(*known[part][1:], 1)})"
            for part in telling
        ]
        return f"{text}, through {listing(each)}"
    return f"{text}, through no single part beyond chance" if known else text


def _replay_words(one: _Sensed, dataset: str, what: Measure) -> str:
    agreed: list[str] = []
    apart: list[str] = []
    for name in one.aligners:
        rows = _rows_of(one, dataset, name, what)
        if REPLAY not in rows or not defined(rows[REPLAY]["difference_low"]):
            continue
        _, low, high = _harm(rows[REPLAY], "difference", what)
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


# Tables


def sensitivity_tables(result: Result) -> list[Table]:
    """Budgets; points and directions; models: real, replayed and in parts."""
    return [
        table
        for one in _sensed(result)
        for table in (_budget_table(one), _rank_table(one), _replay_table(one), _part_table(one))
        if table is not None
    ]


def _budget_table(one: _Sensed) -> Table | None:
    own = one.budgets
    if own.empty:
        return None
    notes = Footnotes()
    heads = [(what, dataset) for what in one.measures for dataset in one.datasets]
    columns = [Column("Way"), *(Column(dataset, what.name) for what, dataset in heads)]
    rows = {
        (row["kind"], row["metric"], row["dataset"]): row for row in own.to_dict(orient="records")
    }
    body = [
        Row(
            _name(kind),
            tuple(_budget_cell(rows.get((kind, what.name, dataset))) for what, dataset in heads),
            mark=notes.mark(KINDS[kind].summary if kind in KINDS else ""),
        )
        for kind in own["kind"].unique()
    ]
    losses = listing(
        f"{_points(own['loss'].iloc[0], what)} of {what.name}" for what in one.measures
    )
    caption = (
        f"Alignment budgets, {one.pipeline}: the level, in % of the eye distance, at which "
        f"{losses} is lost against {one.rules.baseline}, with its {one.rules.interval}."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _budget_cell(row: _Record | None) -> Cell:
    if row is None or np.isnan(row["level"]):
        return Cell(MISSING)
    most = f"> {100 * row['largest']:g}"
    text = most if isinf(row["level"]) else number(100 * row["level"], 1)
    bounds = _bounds(row)
    return Cell(text, (bounds,) if bounds != MISSING else ())


def _rank_table(one: _Sensed) -> Table | None:
    own = one.ranks
    if own.empty:
        return None
    what = one.measures[0]
    own = own[own["metric"] == what.name]
    columns = [Column("Way")]
    for dataset in one.datasets:
        columns += [Column(f"Δ{what.name}", dataset), Column("behind the costliest", dataset)]
    rows = {(row["kind"], row["dataset"]): row for row in own.to_dict(orient="records")}
    body = [
        Row(
            _name(kind),
            tuple(
                cell for name in one.datasets for cell in _rank_cells(rows.get((kind, name)), what)
            ),
        )
        for kind in own["kind"].unique()
    ]
    caption = (
        f"Single points and directions at σ = {percent(own['level'].iloc[0])}, {one.pipeline}: "
        f"change of {what.name} in {what.gap_unit or 'its own units'} with its "
        f"{one.rules.interval}, and how much more the costliest point, or direction, changes it. "
        "Marked: less than the costliest beyond chance."
    )
    return Table(caption, tuple(columns), tuple(body))


def _rank_cells(row: _Record | None, what: Measure) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    _, low, _ = _harm(row, "behind", what)
    return [
        _delta_cell(row, "delta", what),
        _delta_cell(row, "behind", what, "better" if low > 0 else ""),
    ]


def _delta_cell(row: _Record, key: str, what: Measure, tone: str = "") -> Cell:
    value, low, high = (what.scale * row[name] for name in (key, f"{key}_low", f"{key}_high"))
    bounds = spanned(low, high, 1, sign=True)
    return Cell(signed(value, 1), (bounds,) if bounds != MISSING else (), tone=tone)


def _replay_table(one: _Sensed) -> Table | None:
    if one.replays.empty:
        return None
    kinds = [_REAL, REPLAY, *PARTS]
    heads = {_REAL: "itself", REPLAY: "replayed", **{part: f"{part} alone" for part in PARTS}}
    body = []
    for dataset in one.datasets:
        for what in one.measures:
            for name in one.aligners:
                rows = _rows_of(one, dataset, name, what)
                cells = [
                    _delta_cell(rows[kind], "delta", what) if kind in rows else Cell(MISSING)
                    for kind in kinds
                ]
                body.append(Row(name, (Cell(dataset), Cell(what.name), *cells)))
    columns = [Column("Aligner"), Column("Data set"), Column("Metric")]
    columns += [Column(heads[kind]) for kind in kinds]
    caption = (
        f"What aligners cost against {one.rules.baseline}, {one.pipeline}, with the "
        f"{one.rules.interval}, in points: they themselves; their residuals drawn anew for every "
        "face from other people's; and each part of their own residuals with the others taken "
        "away. The shape is what no similarity explains, and the fit takes out but for a rest."
    )
    return Table(caption, tuple(columns), tuple(body))


def _part_table(one: _Sensed) -> Table | None:
    """The cost of jitter at the highest level, by parts of the data sets."""
    own, what = one.parts, one.measures[0]
    own = own[(own["metric"] == what.name) & (own["level"] == own["level"].max())]
    if own.empty:
        return None
    rows = {
        (row["attribute"], row["part"], row["dataset"]): row
        for row in own.to_dict(orient="records")
    }
    names = list(dict.fromkeys((attribute, part) for attribute, part, _ in rows))
    columns = [Column("Probes"), *(Column(dataset, f"Δ{what.name}") for dataset in one.datasets)]
    body = []
    for attribute, part in names:
        found = [rows.get((attribute, part, dataset)) for dataset in one.datasets]
        cells = [Cell(MISSING) if row is None else _delta_cell(row, "delta", what) for row in found]
        body.append(Row(f"{attribute} {part}", tuple(cells)))
    caption = (
        f"Points off at random by σ = {percent(own['level'].iloc[0])}, {one.pipeline}, by parts of "
        f"the probes: change of {what.name} in {what.gap_unit or 'its own units'} with its "
        f"{one.rules.interval}."
    )
    return Table(caption, tuple(columns), tuple(body))


# Figures


def sensitivity_plates(result: Result) -> list[Plate]:
    """Curves of every way and metric; points and directions; models in parts."""
    plates = []
    for one in _sensed(result):
        plates += [plate for what in one.measures if (plate := _curve_plate(one, what))]
        plates += [plate for plate in (_rank_plate(one), _model_plate(one)) if plate]
    return plates


def _curve_plate(one: _Sensed, what: Measure) -> Plate | None:
    own = one.curves[(one.curves["metric"] == what.name) & (one.curves["aligner"] == "")]
    own = own[own["delta"].notna()]
    if own.empty:
        return None
    curves: dict[str, dict[str, Band]] = {}
    for (kind, dataset), rows in own.groupby(["kind", "dataset"], sort=False):
        ordered = rows.sort_values("level")
        lines = [
            what.scale * ordered[key].to_numpy() for key in ("delta", "delta_low", "delta_high")
        ]
        starts = [[0.0, *values] for values in (100 * ordered["level"].to_numpy(), *lines)]
        curves.setdefault(_name(str(kind)), {})[str(dataset)] = Band(*starts)
    display = CurvesDisplay(curves, what, looks(one.datasets))
    return Plate(
        slug("sensitivity", one.pipeline, what.name),
        f"What moved landmarks cost: {what.name}, {one.pipeline}",
        f"Difference to {one.rules.baseline}, whose landmarks were moved; bands are "
        f"{one.rules.interval}s. All panels on one scale.",
        f"Change of {what.name} with the level of {listing(curves)}; the budget table and "
        "sensitivity.csv have the numbers.",
        display.figure,
    )


def _rank_plate(one: _Sensed) -> Plate | None:
    what = one.measures[0]
    own = one.ranks[(one.ranks["metric"] == what.name) & one.ranks["delta"].notna()]
    if own.empty:
        return None
    titles = {"point": "single points", "direction": "directions"}
    blocks: dict[str, dict[str, dict[str, Bar]]] = {}
    for row in own.to_dict(orient="records"):
        rows = blocks.setdefault(titles[row["group"]], {}).setdefault(_name(row["kind"]), {})
        rows[str(row["dataset"])] = _bar(row, what)
    level = percent(own["level"].iloc[0])
    label = f"Δ{what.name}{f', {what.gap_unit}' if what.gap_unit else ''}"
    return Plate(
        slug("sensitivity-ranks", one.pipeline),
        f"Which point and which direction matters, {one.pipeline}",
        f"Each moved by itself by σ = {level} of the eye distance; the costliest of the first "
        f"data set on top. Lines are {one.rules.interval}s.",
        f"Change of {what.name} by single points and directions; the table has the numbers.",
        BarsDisplay(blocks, label, looks(one.datasets)).figure,
    )


def _bar(row: _Record, what: Measure) -> Bar:
    return Bar(*(what.scale * row[key] for key in ("delta", "delta_low", "delta_high")))


def _model_plate(one: _Sensed) -> Plate | None:
    what = one.measures[0]
    own = one.replays[(one.replays["metric"] == what.name) & one.replays["delta"].notna()]
    own = own[(own["kind"] != REPLAY) | (own["level"] == 1)]
    if own.empty:
        return None
    words = {_REAL: "the model itself", REPLAY: "residuals replayed"}
    blocks: dict[str, dict[str, dict[str, Bar]]] = {}
    for row in own.to_dict(orient="records"):
        name = words.get(row["kind"], f"{row['kind']} alone")
        rows = blocks.setdefault(str(row["aligner"]), {}).setdefault(name, {})
        rows[str(row["dataset"])] = _bar(row, what)
    label = f"Δ{what.name}{f', {what.gap_unit}' if what.gap_unit else ''}"
    return Plate(
        slug("sensitivity-models", one.pipeline),
        f"By which part of its errors each model loses, {one.pipeline}",
        "The model itself; its residuals drawn anew from other people's faces; and each part of "
        f"its residuals alone. Lines are {one.rules.interval}s.",
        f"Change of {what.name} by models and parts of their errors; the table has the numbers.",
        BarsDisplay(blocks, label, looks(one.datasets)).figure,
    )
