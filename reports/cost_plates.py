"""The figure of what each aligner costs against its landmark error."""

from collections.abc import Mapping, Sequence

from reports.costs import Costs
from reports.figures.costs import CostDisplay, CostMark
from reports.figures.style import Look
from reports.formatting import defined, listing, slug
from reports.plates import Plate

_EYES = {"ion": "% of the outer eye distance", "ipn": "% of the eye distance"}


def cost_plates(one: Costs, looks: Mapping[str, Look]) -> list[Plate]:
    """One figure for a pipeline; [] without landmark errors beside costs of two aligners."""
    marks = tuple(mark for name in one.models for mark in _marks(one, name))
    trails = {dataset: _trail(one, dataset) for dataset in one.datasets}
    trails = {dataset: trail for dataset, trail in trails.items() if len(trail) > 1}
    if len(marks) + sum(map(len, trails.values())) < 2:
        return []
    what, base = one.metrics[0], one.rules.baseline
    shown = dict.fromkeys(m.dataset for own in (marks, *trails.values()) for m in own)
    datasets = tuple(name for name in one.datasets if name in shown)
    display = CostDisplay(marks, trails, datasets, what, _label(one), base, looks)
    line = (
        " Line: the truth's points moved at random, farther from left to right: what errors of "
        "that size cost where nothing else is wrong."
        if trails
        else ""
    )
    better = {True: "Higher is better.", False: "Lower is better.", None: ""}
    title = "What a landmark error costs"
    return [
        Plate(
            slug("costs", one.pipeline),
            title,
            f"{listing(datasets)}, {one.pipeline}. One mark an aligner and data set, with the "
            f"{one.rules.interval} of its difference to {base}. "
            f"{better[what.higher_is_better]}{line}",
            f"Δ{what.name} of {listing(dict.fromkeys(m.aligner for m in marks))} against their "
            f"landmark errors on {listing(datasets)}; the table has the numbers.",
            display.figure,
            display.width,
        )
    ]


def _label(one: Costs) -> str:
    name = next(iter(one.errors.values()))["normaliser"]
    return f"landmark error, {_EYES.get(str(name), f'% of {name}')}"


def _marks(one: Costs, aligner: str) -> Sequence[CostMark]:
    found = []
    for dataset in one.datasets:
        row = one.rows.get((dataset, aligner, one.metrics[0].name))
        error = one.error(dataset, aligner)
        if row is not None and defined(error, row["delta"]):
            ends = row["delta"], row["delta_low"], row["delta_high"]
            found.append(CostMark(aligner, dataset, 100 * error, *ends))
    return found


def _trail(one: Costs, dataset: str) -> tuple[CostMark, ...]:
    own = [mark for name in one.perturbed for mark in _marks(one, name)]
    return tuple(sorted((m for m in own if m.dataset == dataset), key=lambda mark: mark.error))
