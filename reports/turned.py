"""Trials that aligners turn against the baseline: how many, and the faces of those moved furthest.

Scores, thresholds and errors are printed with as many digits as a reader needs to compare them;
``tables/turned.csv`` has them all.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from align_eval.image import Image
from align_eval.mcnemar import SIDES
from align_eval.result import Result, Sample
from align_eval.turned import SHOWN, furthest
from reports.formatting import MISSING, count, defined, number, p_value, percent, plural, short
from reports.strips import shrunk
from reports.study_words import StudyWords
from reports.tables import Cell, Column, Row, Table

ABOUT = (
    "The threshold is the baseline's own, kept for every aligner. A genuine trial is lost if the "
    "baseline accepts and the aligner rejects it, won the other way round; an impostor trial is "
    "let in if the aligner alone accepts it, and kept out the other way round. p is McNemar's, "
    "clustered by subject, after Holm over the aligners."
)
BUDGET = 800_000
"""Bytes of pictures in the page."""
SIDES_PX = (96, 80, 64, 48)
_FACE = {"reference": "reference_face", "probe": "probe"}
_JPEG = "data:image/jpeg;base64,"
_QUALITY = 78


def turned_tables(result: Result) -> list[Table]:
    """How many trials each aligner turns, a table for each data set and pipeline."""
    words = StudyWords(result.study)
    frames = result.turned_counts.groupby(["dataset", "pipeline"], sort=False)
    return [_table(", ".join(map(str, names)), rows, words) for names, rows in frames]


def _table(where: str, rows: pd.DataFrame, words: StudyWords) -> Table:
    genuine, impostor = "Genuine trials", "Impostor trials"
    columns = [Column("Aligner")]
    columns += [Column(head, genuine) for head in ("lost", "not acquired", "won", "of", "p")]
    columns += [Column(head, impostor) for head in ("let in", "kept out", "of", "p")]
    body = []
    for aligner, own in rows.groupby("aligner", sort=False):
        sides = {row["side"]: row for row in own.to_dict(orient="records")}
        cells = [cell for side in SIDES for cell in _cells(sides, side, words.confidence)]
        body.append(Row(str(aligner), tuple(cells)))
    at, threshold = rows["at"].iloc[0], float(rows["threshold"].iloc[0])
    caption = (
        f"Trials turned on {where}, at the threshold {_score(threshold)} that "
        f"{words.baseline} has at {'the EER' if at == 'EER' else at}. “Not acquired” are those of "
        "the lost in which the aligner failed on a face."
    )
    return Table(caption, tuple(columns), tuple(body))


def _cells(sides: Mapping[str, Mapping[Any, Any]], side: str, confidence: float) -> list[Cell]:
    genuine = side == SIDES[0]
    row = sides.get(side)
    if row is None:
        return [Cell(MISSING)] * (5 if genuine else 4)
    counts = ("lost", "failed", "won", "n_trials") if genuine else ("lost", "won", "n_trials")
    p = p_value(row["p_holm"]).removeprefix("p").replace("=", "").strip()
    decided = defined(row["p_holm"]) and row["p_holm"] < 1 - confidence
    tone = ("worse" if row["lost"] > row["won"] else "better") if decided else ""
    return [*(Cell(count(row[key])) for key in counts), Cell(p, tone=tone)]


BECAME = {
    (SIDES[0], "lost"): "lost",
    (SIDES[0], "won"): "won",
    (SIDES[1], "lost"): "let in",
    (SIDES[1], "won"): "kept out",
}
"""What became of a trial of a side: turned for the worse, or for the better."""


@dataclass(frozen=True, eq=False)
class Pair:
    """One turned trial with its faces.

    Parameters
    ----------
    heading, words : str
        Who is compared, and what became of the trial.
    samples : tuple of Sample or None
        A cell for each of the rows of `TurnedFaces`; None where the result has no such crop.
    """

    heading: str
    words: tuple[str, ...]
    samples: tuple[Sample | None, ...]


@dataclass(frozen=True, eq=False)
class TurnedFaces:
    """The turned trials of one aligner and side that moved furthest.

    Parameters
    ----------
    dataset, pipeline, aligner : str
        Whose they are.
    side : str
        One of `align_eval.mcnemar.SIDES`.
    threshold : float
        Scores from it on are accepted.
    rows : tuple of str
        What stands in each row of pictures.
    pairs : tuple of Pair
        The columns.
    """

    dataset: str
    pipeline: str
    aligner: str
    side: str
    threshold: float
    rows: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def heading(self) -> str:
        """Whose they are, and how many."""
        trials = plural(len(self.pairs), f"{self.side} trial")
        return (
            f"{self.aligner} on {self.dataset}, {self.pipeline}: the {trials} moved furthest, "
            f"threshold {_score(self.threshold)}"
        )


@dataclass(frozen=True, eq=False)
class Gallery:
    """Every aligner's `TurnedFaces`, with pictures as small as the page's budget wants."""

    groups: tuple[TurnedFaces, ...]
    budget: int = BUDGET

    def __bool__(self) -> bool:
        return bool(self.groups)

    @cached_property
    def _packed(self) -> tuple[int, dict[int, str]]:
        """How many pairs of each aligner fit, and the address of each sample's picture, by id."""
        tries = [(side, SHOWN) for side in SIDES_PX]
        tries += [(SIDES_PX[-1], shown) for shown in range(SHOWN - 1, 0, -1)]
        for side, shown in tries:
            found, total = self._all(side, shown)
            if total <= self.budget:
                return shown, found
        return 0, {}

    def _all(self, side: int, shown: int) -> tuple[dict[int, str], int]:
        """The addresses, and their length in all, each as often as it is shown."""
        found: dict[int, str] = {}
        total = 0
        for sample in (s for g in self.groups for pair in g.pairs[:shown] for s in pair.samples):
            if sample is not None and sample.crop is not None:
                if id(sample) not in found:
                    found[id(sample)] = _jpeg(sample.crop, side)
                total += len(found[id(sample)])
        return found, total

    def pairs(self, group: TurnedFaces) -> tuple[Pair, ...]:
        """Those of a group that fit."""
        return group.pairs[: self._packed[0]]

    def address(self, sample: Sample | None) -> str:
        """The picture of a sample as an address that holds it; "" where there is none."""
        return "" if sample is None else self._packed[1].get(id(sample), "")


def _jpeg(crop: Image, side: int) -> str:
    """A crop as a JPEG: a third of the bytes of a PNG, for a picture that is looked at."""
    from base64 import b64encode

    from PIL import Image as Pictures

    pixels = shrunk(crop, side)
    if (pixels == pixels[:, :, :1]).all():
        pixels = pixels[:, :, 0]
    buffer = io.BytesIO()
    Pictures.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=_QUALITY)
    return _JPEG + b64encode(buffer.getvalue()).decode()


def gallery(result: Result, sides: Sequence[str] = SIDES[:1]) -> Gallery:
    """The turned trials that the result has crops of; no yardsticks, which are the truth moved.

    Parameters
    ----------
    result : Result
        With `turned` and `turned_samples`.
    sides : sequence of str
        Of `align_eval.mcnemar.SIDES`; the genuine trials by default.
    """
    words = StudyWords(result.study)
    crops = {(s.dataset, s.pipeline, s.aligner, s.face): s for s in result.turned_samples}
    shown = {(s.dataset, s.pipeline) for s in result.turned_samples}
    groups = []
    for names, rows in result.turned.groupby(["dataset", "pipeline", "aligner"], sort=False):
        dataset, pipeline, aligner = map(str, names)
        if (dataset, pipeline) not in shown or aligner in words.perturbed:
            continue
        for side in sides:
            own = furthest(rows, side)
            if len(own):
                key = (dataset, pipeline, aligner, side)
                groups.append(_faces(key, own, crops, words.baseline))
    return Gallery(tuple(groups))


def _faces(
    names: tuple[str, str, str, str],
    rows: pd.DataFrame,
    crops: Mapping[tuple[str, str, str, str], Sample],
    baseline: str,
) -> TurnedFaces:
    aligner = names[2]
    found = {(who, face): s for (d, p, who, face), s in crops.items() if (d, p) == names[:2]}
    records = rows.to_dict(orient="records")
    sides = [
        (side, who)
        for side in ("reference", "probe")
        for who in _who(found, [str(row[_FACE[side]]) for row in records], (baseline, aligner))
    ]
    pairs = [
        Pair(
            _heading(row),
            tuple(_words(row)),
            tuple(_sample(found, who, str(row[_FACE[side]])) for side, who in sides),
        )
        for row in records
    ]
    labels = tuple(f"{side}, by {short(who)}" if who else side for side, who in sides)
    return TurnedFaces(*names, float(records[0]["threshold"]), labels, tuple(pairs))


def _who(
    found: Mapping[tuple[str, str], Sample], faces: Iterable[str], names: tuple[str, str]
) -> tuple[str, ...]:
    """The two who align one side's faces; "" alone where somebody aligns them for both."""
    shown = list(faces)
    both = all(any((name, face) in found for face in shown) for name in names)
    return names if both else ("",)


def _sample(found: Mapping[tuple[str, str], Sample], who: str, face: str) -> Sample | None:
    if who:
        return found.get((who, face))
    return next((sample for (_, name), sample in found.items() if name == face), None)


def _heading(row: Mapping[Any, Any]) -> str:
    """The probe, whom its reference is as well; of impostors both."""
    probe = str(row["probe"])
    return probe if row["side"] == SIDES[0] else f"{row['reference']} – {probe}"


def _words(row: Mapping[Any, Any]) -> Iterator[str]:
    yield BECAME[row["side"], row["outcome"]]
    yield f"score {_score(row['baseline_score'])} → {_score(row['score'])}"
    if defined(row["baseline_error"]) or defined(row["error"]):
        yield f"error {_error(row['baseline_error'])} → {_error(row['error'])}"


def _error(value: float) -> str:
    return "∞" if value == np.inf else percent(value, 1) if defined(value) else MISSING


def _score(value: float) -> str:
    return number(value, 2 if defined(value) and abs(value) >= 1 else 3)
