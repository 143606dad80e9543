"""The figures of a result: each with its title, caption, text alternative and drawing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval.curves import Roc
from align_eval.result import TRUTH, Key, Result
from align_eval.scores import Scores
from reports.figures import forest, histogram
from reports.figures.ced import CedDisplay
from reports.figures.det import DetDisplay
from reports.figures.forest import Difference, ForestDisplay
from reports.figures.histogram import HistogramDisplay
from reports.figures.points import PointsDisplay
from reports.figures.roc import RocDisplay
from reports.figures.strip import StripDisplay
from reports.figures.style import WIDTH, Look, png, svg
from reports.formatting import listing, percent, plural, slug
from reports.measures import ERROR_GROUPS, measure
from reports.points import PointGrid
from reports.strips import Strip
from reports.study_words import StudyWords

DRAWN_POINTS, ALL_POINTS = 600, 18_000  # of one curve, and of all curves of one kind
FOLD_POINTS = 150


@dataclass(frozen=True)
class Plate:
    """One figure of a report.

    Parameters
    ----------
    name : str
        File name without its ending.
    title, caption : str
        Above and below it.
    alt : str
        What it shows, for who cannot see it.
    draw : callable
        Makes a new matplotlib Figure.
    width : float
        Of the drawing, pt; one that is wider than others takes the whole width of a page.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[], Any]
    width: float = WIDTH

    @cached_property
    def svg(self) -> str:
        """The figure as SVG, text as text."""
        return svg(self.draw)

    @cached_property
    def png(self) -> bytes:
        """The figure as PNG, 200 dpi."""
        return png(self.draw)


def score_plates(
    result: Result,
    dataset: str,
    pipeline: str,
    looks: Mapping[str, Look],
    leading: Sequence[str] = (),
) -> list[Plate]:
    """ROC, DET and histograms of one data set and pipeline; none without both kinds of trials.

    Where the data set is cross-validated, the ROC has a thin line for each fold of the `leading`
    aligners.
    """
    words = StudyWords(result.study)
    kept = _kept_trials(result, dataset, pipeline)
    sides = {}
    for key in _keys(result, dataset, pipeline):
        scores = result.scores[key]
        sides[key.aligner] = scores if kept is None else scores.only(kept)
    if not sides or not all(len(s.genuine) and len(s.impostor) for s in sides.values()):
        return []
    points = max(min(DRAWN_POINTS, ALL_POINTS // len(result.scores)), 4 * FOLD_POINTS // 3)
    curves = {name: Roc.of(scores).thinned(points) for name, scores in sides.items()}
    where = f"{dataset}, {pipeline}"
    names = listing(sides)
    n_genuine, n_impostor = _least(sides)
    folds = _fold_curves(result, dataset, {n: sides[n] for n in leading if n in sides})
    thin = f" Thin: the folds of {listing(folds)}." if folds else ""
    roc = RocDisplay({n: (c.far, c.tar) for n, c in curves.items()}, n_impostor, looks, folds)
    det = DetDisplay({n: (c.far, c.frr) for n, c in curves.items()}, n_genuine, n_impostor, looks)
    panels = _histograms(sides)
    highest = max(panel.highest for panel in panels)
    complete = "" if any(panel.failures for panel in panels) else " Every trial has a score."
    failures = (
        "Trials on which every aligner succeeded."
        if kept is not None
        else "Trials without a score count as rejected."
    )
    return [
        Plate(
            slug("roc", dataset, pipeline),
            "ROC",
            f"{where}. Drawn in steps: nothing is interpolated. {failures}{thin}",
            f"ROC of {names}: true accept rate against false accept rate on a logarithmic axis.",
            roc.figure,
        ),
        Plate(
            slug("det", dataset, pipeline),
            "DET",
            f"{where}. Lower left is better; shaded: less than one trial.",
            f"DET of {names}: false reject rate against false accept rate, normal-deviate axes.",
            det.figure,
        ),
        Plate(
            slug("scores", dataset, pipeline),
            "Scores",
            f"{where}. Share of genuine and of impostor trials in each of {histogram.BINS} bins; "
            f"all lines have one scale, the fullest bin holds {percent(highest, 1)}.{complete}",
            f"Histograms of the genuine and impostor scores of {names}.",
            lambda: histogram.figure(panels, looks, words.score_name(pipeline)),
        ),
    ]


def forest_plate(
    rows: pd.DataFrame, baseline: str, looks: Mapping[str, Look], names: Sequence[str]
) -> list[Plate]:
    """The differences of one table, a panel a metric; [] if it has none."""
    displays = []
    for metric, own in rows.groupby("metric", sort=False):
        compared = own[(own["aligner"] != baseline) & own["delta"].notna()]
        if len(compared):
            differences = tuple(
                Difference(*row)
                for row in compared[["aligner", "delta", "delta_low", "delta_high"]].itertuples(
                    index=False, name=None
                )
            )
            displays.append(ForestDisplay(measure(str(metric)), differences, baseline))
    if not displays:
        return []
    return [
        Plate(
            slug("differences", *names),
            f"Differences to {baseline}",
            f"{', '.join(names)}. Paired differences; the interval of a full mark leaves 0 out.",
            f"Forest plot of the differences to {baseline} on "
            f"{listing(display.measure.name for display in displays)}; the table has the numbers.",
            lambda: forest.figure(displays, looks),
        )
    ]


def error_plates(result: Result, looks: Mapping[str, Look]) -> list[Plate]:
    """A CED for each data set, normaliser and group (all points, the five of alignment)."""
    limit = StudyWords(result.study).error_limit
    plates = []
    faces = result.face_errors
    for names, rows in faces.groupby(["dataset", "normaliser", "group"], sort=False):
        dataset, normaliser, group = map(str, names)
        points = ERROR_GROUPS.get(group, group)
        errors = {
            str(aligner): own["error"].to_numpy(dtype=float)
            for aligner, own in rows[rows["error"].notna()].groupby("aligner", sort=False)
        }
        if not errors:
            continue
        display = CedDisplay(errors, normaliser, looks, limit)
        plates.append(
            Plate(
                slug("ced", dataset, normaliser, group),
                f"Landmark errors, {normaliser}",
                f"{dataset}, {points}. Share of all faces whose error stays within a limit; "
                "missed faces never do. "
                f"Marked: the limit {percent(limit)} of AUC and failure rate.",
                f"Cumulative error distribution of {listing(errors)}, {points}.",
                display.figure,
            )
        )
    return plates


def strip_plate(strip: Strip, looks: Mapping[str, Look]) -> Plate:
    """The same faces as each aligner presents them."""
    aligners = listing(aligner for aligner, _ in strip.rows)
    return Plate(
        slug("faces", strip.dataset, strip.pipelines[0]),
        "Aligned faces",
        f"{strip.heading}. One face a column, one aligner a row.",
        f"The same faces aligned by {aligners}.",
        StripDisplay(strip, looks).figure,
    )


def points_plate(grid: PointGrid, looks: Mapping[str, Look]) -> Plate:
    """The same faces with the points of each aligner."""
    aligners = listing(name for name in grid.rows if name != TRUTH)
    known = "the truth first, then " if TRUTH in grid.rows else ""
    shown = PointsDisplay(grid, looks)
    exact = f" The points of {listing(grid.exact)} are the truth." if grid.exact else ""
    return Plate(
        slug("points", grid.dataset),
        f"Points on faces of {grid.dataset}",
        f"One face a column, cut round its face box; {known}one aligner a row. "
        f"Points outside a picture are not drawn.{exact}",
        f"Pictures of {plural(len(grid.faces), 'face')} of {grid.dataset}, each with the points of "
        f"{aligners or 'the truth'} on it.",
        shown.figure,
        shown.width,
    )


def _keys(result: Result, dataset: str, pipeline: str) -> list[Key]:
    return [key for key in result.scores if (key.dataset, key.pipeline) == (dataset, pipeline)]


def _kept_trials(result: Result, dataset: str, pipeline: str) -> NDArray[np.bool_] | None:
    """Which trials count where the only policy is ``exclude``; None if all do."""
    rows = result.rows
    own = rows[(rows["dataset"] == dataset) & (rows["pipeline"] == pipeline)]
    if set(own["policy"]) != {"exclude"}:
        return None
    failed = [result.scores[key].failed for key in _keys(result, dataset, pipeline)]
    kept: NDArray[np.bool_] = ~np.logical_or.reduce(failed)
    return kept


def _fold_curves(
    result: Result, dataset: str, sides: Mapping[str, Scores]
) -> dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64], int]]]:
    """Aligner → each fold's FAR, TAR and number of impostor trials."""
    if dataset not in set(result.folds["dataset"]):
        return {}
    found = {}
    for name, scores in sides.items():
        number = scores.trials.fold
        own = [] if number is None else [scores.only(number == k) for k in np.unique(number)]
        rocs = [Roc.of(one) for one in own if len(one.genuine) and len(one.impostor)]
        thinned = [(one.thinned(FOLD_POINTS), one.n_impostor) for one in rocs]
        if thinned:
            found[name] = [(one.far, one.tar, impostors) for one, impostors in thinned]
    return found


def _least(sides: Mapping[str, Scores]) -> tuple[int, int]:
    every = list(sides.values())
    return min(len(s.genuine) for s in every), min(len(s.impostor) for s in every)


def _histograms(sides: Mapping[str, Scores]) -> list[HistogramDisplay]:
    ranges = []
    for scores in sides.values():
        if not scores.failed.all():
            acquired = scores.only(~scores.failed).values  # noqa: PD011 - no DataFrame
            ranges.append((float(acquired.min()), float(acquired.max())))
    edges = histogram.shared_edges(ranges or [(0.0, 1.0)])
    return [HistogramDisplay.of(name, scores, edges) for name, scores in sides.items()]
