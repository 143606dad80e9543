"""What moved landmarks cost, in figures."""

from align_eval.result import Result
from align_eval.sensitivity import REPLAY
from reports.figures.sensitivity import Band, Bar, BarsDisplay, CurvesDisplay
from reports.figures.style import looks
from reports.formatting import (
    listing,
    percent,
    slug,
)
from reports.measures import Measure
from reports.plates import Plate
from reports.sensed import REAL, Record, Sensed, sensed, way


def sensitivity_plates(result: Result) -> list[Plate]:
    """Curves of every way and metric; points and directions; models in parts."""
    plates = []
    for one in sensed(result):
        plates += [plate for what in one.measures if (plate := _curve_plate(one, what))]
        plates += [plate for plate in (_rank_plate(one), _model_plate(one)) if plate]
    return plates


def _curve_plate(one: Sensed, what: Measure) -> Plate | None:
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
        curves.setdefault(way(str(kind)), {})[str(dataset)] = Band(*starts)
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


def _rank_plate(one: Sensed) -> Plate | None:
    what = one.measures[0]
    own = one.ranks[(one.ranks["metric"] == what.name) & one.ranks["delta"].notna()]
    if own.empty:
        return None
    titles = {"point": "single points", "direction": "directions"}
    blocks: dict[str, dict[str, dict[str, Bar]]] = {}
    for row in own.to_dict(orient="records"):
        rows = blocks.setdefault(titles[row["group"]], {}).setdefault(way(row["kind"]), {})
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


def _bar(row: Record, what: Measure) -> Bar:
    return Bar(*(what.scale * row[key] for key in ("delta", "delta_low", "delta_high")))


def _model_plate(one: Sensed) -> Plate | None:
    what = one.measures[0]
    own = one.replays[(one.replays["metric"] == what.name) & one.replays["delta"].notna()]
    own = own[(own["kind"] != REPLAY) | (own["level"] == 1)]
    if own.empty:
        return None
    words = {REAL: "the model itself", REPLAY: "residuals replayed"}
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
