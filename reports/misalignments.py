"""What kind of misalignment each aligner's errors become: sentences, tables and figures."""

from collections.abc import Iterator, Mapping, Sequence
from math import degrees
from typing import Any, NamedTuple

import pandas as pd

from reports.figures.shares import SharesDisplay
from reports.formatting import (
    MISSING,
    NBSP,
    count,
    decimals_for,
    defined,
    listing,
    number,
    percent,
    plural,
    signed,
    slug,
    span,
)
from reports.plates import Plate
from reports.tables import Cell, Column, Footnotes, Row, Table
from reports.verdict import Rules, Verdict

ABOUT = (
    "Alignment takes five points to a template by a similarity. Wrong points give a wrong one: the "
    "face lies shifted, turned or scaled in its crop. What is left of the landmark error, its "
    "shape, alignment does not see. The parts are orthogonal, so that the energies (mean squared "
    "distances) add up. Lengths are in % of the eye distance of the template; x is across the "
    "face, y down it, and the shift is that of the centre of the five points."
)
WHOLE = "all"
PARTS = {
    "shift_x": "shift x",
    "shift_y": "shift y",
    "rotation": "rotation",
    "scale": "scale",
    "shape": "shape",
}
_MOVES = tuple(PARTS)[:4]
_UNITS = {"shift_x": "%", "shift_y": "%", "rotation": "°", "scale": "%"}
# Where the face is for a negative and a positive bias.
_PLACES = {
    "shift_x": ("too far left", "too far right"),
    "shift_y": ("too high", "too low"),
    "rotation": ("turned anticlockwise", "turned clockwise"),
    "scale": ("too small", "too large"),
}
_NO_ERROR, _NO_SHAPE = 1e-9, 1e-12
_LIKELY = 0.01  # share of the resamples in which a part has to be the largest to be named
_EXACT = "its points are the truth"
_Record = Mapping[Any, Any]


class _Aligner(NamedTuple):
    """One aligner on one data set: its rows by their parts."""

    name: str
    rows: Mapping[str, _Record]

    @property
    def whole(self) -> _Record:
        return self.rows[WHOLE]

    @property
    def moves(self) -> bool:
        """Whether it has errors, and faces to have them on."""
        return bool(self.whole["error"] > _NO_ERROR)

    @property
    def first(self) -> str:
        """The parameter that moves faces farthest."""
        return max(_MOVES, key=lambda part: self.rows[part]["displacement"])

    def per_cent(self, part: str, quantity: str) -> tuple[float, float, float]:
        """A length or share of a part and its interval."""
        keys = (quantity, f"{quantity}_low", f"{quantity}_high")
        value, low, high = (100 * float(self.rows[part][key]) for key in keys)
        return value, low, high


def misalignment_verdicts(frame: pd.DataFrame, rules: Rules) -> list[Verdict]:
    """For each data set which part moves its aligned faces most, what is bias, and the shape.

    Parameters
    ----------
    frame : DataFrame
        `align_eval.result.Result.misalignments`.
    rules : Rules
        The confidence of the intervals: a part moves faces most if it does in as many of the
        resamples.
    """
    found = []
    for dataset, aligners in _by_dataset(frame):
        wrong = [one for one in aligners if one.moves]
        if wrong:
            said = (_most(wrong, rules), _biased(wrong), _unseen(wrong))
            found.append(Verdict("described", dataset, " ".join(filter(None, said))))
    return found


def misalignment_tables(frame: pd.DataFrame, rules: Rules) -> list[Table]:
    """For each data set the parts of the landmark error, and bias and spread of what they do."""
    return [
        table
        for dataset, aligners in _by_dataset(frame)
        for table in (_split_table(dataset, aligners, rules), _bias_table(dataset, aligners, rules))
        if table is not None
    ]


def misalignment_plates(frame: pd.DataFrame) -> list[Plate]:
    """For each data set a bar an aligner, of the parts of its landmark error's energy."""
    plates = []
    for dataset, aligners in _by_dataset(frame):
        wrong = [one for one in aligners if one.moves]
        if not wrong:
            continue
        display = SharesDisplay(
            list(PARTS.values()),
            {one.name: [one.rows[part]["share"] for part in PARTS] for one in wrong},
            {one.name: number(one.per_cent(WHOLE, "error")[0], 1) for one in wrong},
            "share of the landmark error's energy",
            "error, %",
        )
        plates.append(
            Plate(
                slug("misalignments", dataset),
                f"What the landmark errors on {dataset} consist of",
                "Coloured: what alignment passes on to the crop; gray: the shape, which it does "
                "not see. At the right the root mean square error in % of the eye distance.",
                f"Stacked bars of the shares of shift x, shift y, rotation, scale and shape in the "
                f"landmark errors of {listing(one.name for one in wrong)} on {dataset}; the table "
                "has the numbers.",
                display.figure,
            )
        )
    return plates


def _by_dataset(frame: pd.DataFrame) -> Iterator[tuple[str, list[_Aligner]]]:
    for dataset, rows in frame.groupby("dataset", sort=False):
        yield (
            str(dataset),
            [
                _Aligner(str(name), {row["part"]: row for row in own.to_dict(orient="records")})
                for name, own in rows.groupby("aligner", sort=False)
            ],
        )


def _most(aligners: Sequence[_Aligner], rules: Rules) -> str:
    """Such as ``shift y moves faces most with dan (1.0, 0.9 to 1.1) and chu (2.0, 1.9 to 2.1)``."""
    decided: dict[str, list[str]] = {}
    undecided: dict[str, list[str]] = {}
    untested = []
    for one in aligners:
        part, size = one.first, _sized(one, one.first)
        largest = one.rows[part]["largest"]
        if not defined(largest):
            untested.append(f"{one.name} ({PARTS[part]}, {size})")
        elif largest >= rules.confidence:
            decided.setdefault(part, []).append(f"{one.name} ({size})")
        else:
            near = [PARTS[key] for key in _MOVES if one.rows[key]["largest"] > _LIKELY]
            undecided.setdefault(listing(near), []).append(one.name)
    said = [
        f"{PARTS[part]} moves faces most with {listing(decided[part])}"
        for part in _MOVES
        if part in decided
    ]
    said += [
        f"which of {near} does cannot be told with {listing(names)}"
        for near, names in undecided.items()
    ]
    if untested:
        said.append(f"without intervals, the largest part is that of {listing(untested)}")
    unit = f"root mean square in % of the eye distance, {rules.interval}"
    return f"({unit}): {'; '.join(said)}."


def _sized(one: _Aligner, part: str) -> str:
    value, low, high = one.per_cent(part, "displacement")
    decimals = decimals_for([(high - low) / 2], most=2)
    bounds = f", {span(low, high, decimals)}" if defined(low, high) else ""
    return f"{number(value, decimals)}{bounds}"


def _biased(aligners: Sequence[_Aligner]) -> str:
    """What is more bias than scatter, beyond chance, and where the face then lies."""
    places: dict[str, list[str]] = {}
    for part in _MOVES:
        for one in aligners:
            row = one.rows[part]
            certain = defined(row["bias_low"]) and not row["bias_low"] <= 0 <= row["bias_high"]
            if certain and abs(row["bias"]) > row["spread"]:
                said = f"{one.name} ({_amount(part, abs(row['bias']))})"
                places.setdefault(_PLACES[part][row["bias"] > 0], []).append(said)
    each = [f"{place} with {listing(names)}" for place, names in places.items()]
    return f"More bias than scatter: the face lies {'; '.join(each)}." if each else ""


def _amount(part: str, value: float) -> str:
    return f"{number(_printed(part, value), 1)}{NBSP}{_UNITS[part]}"


def _printed(part: str, value: float) -> float:
    return degrees(value) if part == "rotation" else 100 * value


def _unseen(aligners: Sequence[_Aligner]) -> str:
    """The least and the largest share of the shape; two points of alignment have none."""
    shares = {one.name: float(one.rows["shape"]["share"]) for one in aligners}
    ranked = sorted((name for name in shares if shares[name] > _NO_SHAPE), key=shares.__getitem__)
    ends = dict.fromkeys(ranked[:1] + ranked[-1:])
    said = [f"{percent(shares[name], 0)} ({name})" for name in ends]
    where = " to ".join(said)
    return f"Alignment does not see {where} of the landmark error's energy." if said else ""


def _split_table(dataset: str, aligners: Sequence[_Aligner], rules: Rules) -> Table:
    notes = Footnotes()
    columns = [Column(head) for head in ("Aligner", "Faces", "Face moved, %", "Error, %")]
    columns += [Column(head, "Share of the error's energy, %") for head in PARTS.values()]
    decimals = [_decimals(aligners, WHOLE, key) for key in ("error", "displacement")]
    body = []
    for one in aligners:
        missed = one.whole["missed"]
        faces = Cell(count(one.whole["n_faces"]), (f"{count(missed)} missed",) if missed else ())
        cells = [faces, _interval(one, WHOLE, "displacement", decimals[1])]
        cells.append(_interval(one, WHOLE, "error", decimals[0]))
        cells += [_interval(one, part, "share", 0) for part in PARTS]
        body.append(Row(one.name, tuple(cells), mark=notes.mark(_note(one))))
    caption = (
        f"What the landmark errors on {dataset} do and consist of: how far they move the aligned "
        "face at the template's points, the errors of the points themselves, both root mean "
        f"square, and the shares of their parts, each with its {rules.interval}."
    )
    return Table(caption, tuple(columns), tuple(body), notes.all())


def _note(one: _Aligner) -> str:
    if one.whole["error"] <= _NO_ERROR:
        return _EXACT
    return str(one.whole["note"] or "")


def _decimals(aligners: Sequence[_Aligner], part: str, quantity: str) -> int:
    ends = [one.per_cent(part, quantity)[1:] for one in aligners if part in one.rows]
    return decimals_for([(high - low) / 2 for low, high in ends], most=2)


def _interval(one: _Aligner, part: str, quantity: str, decimals: int) -> Cell:
    if part not in one.rows or not one.moves:
        return Cell(MISSING)
    value, low, high = one.per_cent(part, quantity)
    details = (span(low, high, decimals),) if defined(low, high) else ()
    return Cell(number(value, decimals), details)


def _bias_table(dataset: str, aligners: Sequence[_Aligner], rules: Rules) -> Table | None:
    wrong = [one for one in aligners if one.moves]
    if not wrong:
        return None
    columns = [Column("Aligner")]
    for part in _MOVES:
        head = f"{PARTS[part].capitalize()}, {_UNITS[part]}"
        columns += [Column(name, head) for name in ("bias", "spread")]
    decimals = {part: _places(wrong, part) for part in _MOVES}
    body = [
        Row(
            one.name,
            tuple(
                cell
                for part in _MOVES
                for cell in _bias_and_spread(part, one.rows[part], decimals[part])
            ),
        )
        for one in wrong
    ]
    caption = (
        f"Where faces lie in their crops on {dataset} beside where the true points put them: mean "
        f"with its {rules.interval}, and standard deviation over {_faces(wrong)}. x is to the "
        "right, y down, rotation clockwise; scale is 100 times its logarithm. Beneath the spread: "
        "what the covariance of the landmark errors implies to the first order, and what it would "
        "imply if no point erred with another."
    )
    return Table(caption, tuple(columns), tuple(body))


def _faces(aligners: Sequence[_Aligner]) -> str:
    found = [one.whole["n_faces"] - one.whole["missed"] for one in aligners]
    least, most = min(found), max(found)
    return plural(most, "face") if least == most else f"{count(least)} to {plural(most, 'face')}"


def _places(aligners: Sequence[_Aligner], part: str) -> int:
    rows = [one.rows[part] for one in aligners]
    halves = [_printed(part, (row["bias_high"] - row["bias_low"]) / 2) for row in rows]
    return decimals_for(halves, most=2)


def _bias_and_spread(part: str, row: _Record, decimals: int) -> list[Cell]:
    keys = ("bias", "bias_low", "bias_high", "spread", "implied", "independent")
    bias, low, high, spread, whole, alone = (_printed(part, row[key]) for key in keys)
    bounds = (span(low, high, decimals, sign=True),) if defined(low, high) else ()
    said = [f"{number(whole, decimals)} implied", f"{number(alone, decimals)} independent"]
    return [
        Cell(signed(bias, decimals), bounds),
        Cell(number(spread, decimals), tuple(said) if defined(whole, alone) else ()),
    ]
