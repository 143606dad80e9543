"""Landmark errors by parts of a data set: tables, figures, and what could not be divided."""

from collections.abc import Iterator, Mapping
from functools import partial
from math import nan
from typing import Any, NamedTuple

import pandas as pd

from reports.figures.dots import DotsDisplay
from reports.figures.style import Look
from reports.formatting import MISSING, count, defined, listing, number, slug
from reports.measures import ERROR_GROUPS, measure
from reports.plates import Plate
from reports.tables import Cell, Column, Footnotes, Row, Table

_WHAT = measure("NME")


class _Division(NamedTuple):
    """The rows of one data set, attribute and point group, in the first normaliser."""

    dataset: str
    attribute: str
    group: str
    normaliser: str
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        return f"NME by {self.attribute} on {self.dataset}"

    @property
    def points(self) -> str:
        return ERROR_GROUPS.get(self.group, self.group)

    @property
    def parts(self) -> list[str]:
        return [str(part) for part in self.rows["part"].unique()]

    @property
    def by_aligner(self) -> dict[str, dict[str, dict[Any, Any]]]:
        """Aligner → part → its row."""
        found: dict[str, dict[str, dict[Any, Any]]] = {}
        for row in self.rows.to_dict(orient="records"):
            found.setdefault(str(row["aligner"]), {})[str(row["part"])] = row
        return found


def first_normaliser(frame: pd.DataFrame) -> str:
    """The study's first normaliser, as the rows of a table of errors have it; "" for no rows."""
    return next((str(name) for name in frame["normaliser"] if name), "")


def part_tables(parts: pd.DataFrame) -> list[Table]:
    """A table of mean errors, parts down and aligners across, for each division.

    Parameters
    ----------
    parts : DataFrame
        `align_eval.result.Result.error_parts`.
    """
    return [_table(one) for one in _divisions(parts)]


def part_plates(parts: pd.DataFrame, looks: Mapping[str, Look]) -> list[Plate]:
    """The same as figures; none for a division without numbers to compare."""
    plates = []
    for one in _divisions(parts):
        values = {
            name: [_WHAT.scale * own[part]["value"] if part in own else nan for part in one.parts]
            for name, own in one.by_aligner.items()
            if any(defined(row["value"]) for row in own.values())
        }
        if values and len(one.parts) > 1:
            label = f"NME, in % of {one.normaliser}"
            display = DotsDisplay(one.parts, values, label, looks)
            plates.append(
                Plate(
                    slug("parts", one.dataset, one.attribute, one.group),
                    one.title,
                    f"In % of {one.normaliser}, {one.points}; means over the faces that were "
                    "found. One mark an aligner; left is better.",
                    f"Dot plot of the NME of {listing(values)} by {one.attribute} on "
                    f"{one.dataset}; the table has the numbers.",
                    partial(DotsDisplay.figure, display),
                )
            )
    return plates


def part_notes(parts: pd.DataFrame) -> list[str]:
    """What could not be divided, a sentence each."""
    absent = parts[parts["aligner"] == "*"]
    return [f"{row['dataset']}: {row['note']}." for _, row in absent.iterrows()]


def _divisions(parts: pd.DataFrame) -> Iterator[_Division]:
    first = first_normaliser(parts)
    own = parts[(parts["normaliser"] == first) & (parts["aligner"] != "*")]
    for (dataset, attribute), rows in own.groupby(["dataset", "attribute"], sort=False):
        for group in ERROR_GROUPS:
            chosen = rows[rows["group"] == group]
            if len(chosen):
                yield _Division(str(dataset), str(attribute), group, first, chosen)


def _table(one: _Division) -> Table:
    notes = Footnotes()
    columns = [Column(one.attribute.capitalize()), Column("Faces")]
    columns += [Column(f"{name}, {_WHAT.unit}") for name in one.by_aligner]
    body = []
    for part in one.parts:
        rows = [own.get(part) for own in one.by_aligner.values()]
        faces = max(row["n_faces"] for row in rows if row)
        cells = [_cell(row, faces, notes) for row in rows]
        body.append(Row(part, (Cell(count(faces)), *cells)))
    caption = (
        f"{one.title}, in % of {one.normaliser}, {one.points}. Means over the faces that were "
        "found; missed faces are counted beneath."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _cell(row: Mapping[Any, Any] | None, faces: int, notes: Footnotes) -> Cell:
    if row is None:
        return Cell(MISSING)
    details = [f"{count(row['missed'])} missed"] if row["missed"] else []
    if row["n_faces"] != faces:
        details.append(f"of {count(row['n_faces'])}")
    return Cell(number(_WHAT.scale * row["value"], 2), tuple(details), notes.mark(row["note"]))
