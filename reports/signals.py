"""Whether the quality that a model gives its points knows which are wrong: tables and figures."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from align_eval.result import Result
from reports.figures.discards import DiscardDisplay
from reports.figures.signal import SignalCurve, SignalDisplay
from reports.figures.style import Look
from reports.formatting import MISSING, NBSP, count, defined, listing, number, percent, signed, slug
from reports.formatting import span as spanned
from reports.parts import first_normaliser
from reports.plates import Plate
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Footnotes, Row, Table

ABOUT = (
    "Some models say how sure they are of each point. If that quality knows, discarding the points "
    "of lowest quality leaves a smaller error than discarding as many at random; discarding those "
    "of the largest true error is the most that any quality could do. The signal is minus the "
    "quality: it should rise with the error."
)
_HEADS = {"signal": "by signal", "random": "at random", "oracle": "bound"}


class _Part(NamedTuple):
    """One data set: its discards and signals, and why aligners have none."""

    dataset: str
    discards: pd.DataFrame
    signals: pd.DataFrame
    bins: pd.DataFrame
    without: Mapping[str, str]

    @property
    def normaliser(self) -> str:
        return first_normaliser(self.discards)

    @property
    def aligners(self) -> list[str]:
        return [str(name) for name in self.discards["aligner"].unique()]


def signal_tables(result: Result) -> list[Table]:
    """For each data set what discarding leaves, and how the signal goes with the error.

    None where the study does not ask for it; where no model gives a quality, the table says so.
    """
    interval = f"{percent(StudyWords(result.study).confidence)} interval"
    return [
        table
        for part in _parts(result)
        for table in (_discard_table(part, interval), _rank_table(part, interval))
        if table is not None
    ]


def signal_plates(result: Result, looks: Mapping[str, Look]) -> list[Plate]:
    """For each data set the error against the share discarded, and the signal against the error."""
    plates = []
    for part in _parts(result):
        if part.aligners:
            plates.append(_discard_plate(part, looks))
        curves = {
            str(name): SignalCurve(
                *(own[key].to_numpy(dtype=float) for key in SignalCurve.__annotations__)
            )
            for name, own in part.bins.groupby("aligner", sort=False)
            if own["error"].max() > 0
        }
        if curves:
            plates.append(_signal_plate(part, curves, looks))
    return plates


def _parts(result: Result) -> Iterator[_Part]:
    frames = (result.discards, result.signals, result.signal_bins)
    if not (result.study.get("discard") or len(result.discards)):
        return
    errors = result.landmark_errors
    for dataset in dict.fromkeys([*errors["dataset"], *result.discards["dataset"]]):
        own = [frame[frame["dataset"] == dataset] for frame in frames]
        measured = errors[(errors["dataset"] == dataset) & (errors["metric"] == "NME")]
        without = {
            str(row["aligner"]): "found no face"
            if row["missed"] == row["n_faces"]
            else "gives no quality"
            for row in measured[measured["group"] == "all"].to_dict(orient="records")
            if row["aligner"] not in set(own[0]["aligner"])
        }
        yield _Part(str(dataset), own[0], own[1], own[2], without)


def _discard_table(part: _Part, interval: str) -> Table:
    notes = Footnotes()
    shares = [share for share in part.discards["share"].unique() if share > 0]
    columns = [Column("Aligner"), Column("Faces"), Column("all points, %")]
    columns += [
        Column(head, f"{percent(share)} discarded") for share in shares for head in _HEADS.values()
    ]
    body = []
    for name in part.aligners:
        own = part.discards[part.discards["aligner"] == name]
        rows = {(row["share"], row["order"]): row for row in own.to_dict(orient="records")}
        whole = rows[0.0, "signal"]
        cells = [Cell(count(whole["n"])), Cell(_nme(whole))]
        cells += [_left(rows.get((share, order))) for share in shares for order in _HEADS]
        body.append(Row(name, tuple(cells)))
    for name, why in part.without.items():
        body.append(Row(name, (Cell(MISSING),) * (len(columns) - 1), mark=notes.mark(why)))
    of = f" in % of {part.normaliser}" if part.normaliser else ""
    caption = (
        f"NME{of} of the points that are left on {part.dataset}, and its change against all points "
        f"with its {interval}. By signal: the lowest quality of each face discarded first; bound: "
        "the largest true error first. Marked: better or worse than at random, beyond chance. "
        "Faces of which all points were found."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _nme(row: Mapping[Any, Any]) -> str:
    return number(100 * row["nme"], 2)


def _left(row: Mapping[Any, Any] | None) -> Cell:
    if row is None:
        return Cell(MISSING)
    change, low, high = (100 * row[key] for key in ("change", "low", "high"))
    details = [f"{signed(change, 1)}{NBSP}%"] if defined(change) else []
    tone = ""
    if row["order"] == "signal":
        details += [spanned(low, high, 1, sign=True)] if defined(low, high) else []
        tone = (
            "better" if row["to_random_high"] < 0 else "worse" if row["to_random_low"] > 0 else ""
        )
    return Cell(_nme(row), tuple(details), tone=tone)


def _rank_table(part: _Part, interval: str) -> Table | None:
    if part.signals.empty:
        return None
    notes = Footnotes()
    columns = (
        Column("Aligner"),
        *(Column(head, of) for of in ("Points", "Faces' means") for head in ("ρ", "number")),
    )
    body = []
    for name, own in part.signals.groupby("aligner", sort=False):
        rows = {row["level"]: row for row in own.to_dict(orient="records")}
        cells = [cell for level in ("point", "face") for cell in _ranked(rows.get(level), notes)]
        body.append(Row(str(name), tuple(cells)))
    caption = (
        f"Spearman's rank correlation ρ of the signal with the true error on {part.dataset}, with "
        f"its {interval}: over all points of all faces, and over the means of each face."
    )
    return Table(caption, columns, tuple(body), notes.all())


def _ranked(row: Mapping[Any, Any] | None, notes: Footnotes) -> list[Cell]:
    if row is None:
        return [Cell(MISSING), Cell(MISSING)]
    bounds = (row["low"], row["high"])
    details = (spanned(*bounds, 2),) if defined(*bounds) else ()
    return [Cell(number(row["rho"], 2), details, notes.mark(row["note"])), Cell(count(row["n"]))]


def _discard_plate(part: _Part, looks: Mapping[str, Look]) -> Plate:
    own = part.discards
    shares = sorted(own["share"].unique())
    ordered = own.sort_values("share", kind="stable")
    changes = {
        name: {
            str(order): rows["change"].tolist()
            for order, rows in ordered[ordered["aligner"] == name].groupby("order", sort=False)
        }
        for name in part.aligners
    }
    display = DiscardDisplay(shares, changes, looks)
    return Plate(
        slug("discards", part.dataset),
        f"NME of the points that are left on {part.dataset}",
        "Against all points, one panel an aligner, all on one scale. A signal that knows "
        "falls from chance (dashed) towards the true error (dotted).",
        f"Change of the NME of {listing(part.aligners)} with the share of points discarded on "
        f"{part.dataset}; the table has the numbers.",
        display.figure,
    )


def _signal_plate(
    part: _Part, curves: Mapping[str, SignalCurve], looks: Mapping[str, Look]
) -> Plate:
    return Plate(
        slug("signals", part.dataset),
        f"Error and signal on {part.dataset}",
        "All points in the order of their errors, in bins of the same size. Each on a scale of its "
        "own: the error (dashed) over that of the last bin, the signal from 1 % to 99 % of its "
        "values. A signal that knows rises with the error; one that does not is level.",
        f"Quality signal and error of {listing(curves)}, points sorted by their error.",
        SignalDisplay(curves, looks).figure,
    )
