"""The misalignments of one aligner over many faces: bias, spread, energy and displacement.

Faces are aligned on the five points of `align_eval.templates`' ``arcface112`` that prediction and
truth both have, in units of that template's eye distance. One face's points are not independent
of another's of the same person, so intervals resample people (`align_eval.resample`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval._intervals import Interval, percentile
from align_eval._normalisers import combined
from align_eval._shared_points import batches, points_of
from align_eval.errors import DegenerateFitError, LandmarkError
from align_eval.landmarks import FloatArray, Landmarks
from align_eval.misalignment import PARAMETERS, PARTS, Misalignment, decompose, implied, jacobian
from align_eval.resample import FEWEST_SUBJECTS, identity_weights
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity
from align_eval.templates import template

WHOLE = "all"
"""The row of all parts together."""
TEMPLATE = "arcface112"
COLUMNS = (
    "part",
    "bias",
    "bias_low",
    "bias_high",
    "spread",
    "spread_low",
    "spread_high",
    "implied",
    "independent",
    "error",
    "error_low",
    "error_high",
    "share",
    "share_low",
    "share_high",
    "displacement",
    "displacement_low",
    "displacement_high",
    "largest",
    "n_faces",
    "missed",
    "note",
)
_QUANTITIES = ("bias", "spread", "error", "share", "displacement")
_ROWS = (*PARTS, WHOLE)
_FEWEST_FACES = 3
_LEAST_SPAN = 1.0  # px, as `align_eval.alignment.estimate` wants


def misalignment_rows(
    predicted: Sequence[Landmarks | None],
    truth: Sequence[Landmarks],
    *,
    subjects: Sequence[str],
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What the errors of one aligner do to its aligned faces.

    Parameters
    ----------
    predicted : sequence of Landmarks or None
        A face that was missed is None.
    truth : sequence of Landmarks
        In the same order.
    subjects : sequence of str
        The faces' people, who are resampled for the intervals.
    seed, resamples, confidence
        Of the intervals.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row for each of `align_eval.misalignment.PARTS` and for `WHOLE`. Lengths are
        in eye distances of the template, rotations in radians, scales are logarithms:

        - ``bias`` and ``spread``: mean and standard deviation (n in the denominator) of each
          parameter over the faces, exact; ``implied`` is the spread that the covariance of all
          landmark errors implies at the mean face (`align_eval.misalignment.implied`),
          ``independent`` the same if no point erred with another;
        - ``error``: root of the mean energy of the part, as a length; ``share``: that energy over
          the landmark error's;
        - ``displacement``: root mean square, over the template's points and the faces, of how far
          the part alone moves a face in its crop; the shape moves none. That of `WHOLE` is of the
          whole misalignment;
        - ``largest``: the share of the resamples in which no other parameter moves faces farther.

        ``n_faces`` counts the faces whose true points can be aligned, and ``missed`` those of
        them whose predicted ones cannot. What is not defined is NaN. No rows without faces.

    Raises
    ------
    LandmarkError
        Lists of different or no length, or schemes that share no point.
    """
    if not truth or len(predicted) != len(truth):
        raise LandmarkError(
            f"misalignments want a truth for every prediction; got {len(predicted)} predictions "
            f"and {len(truth)} truths"
        )
    faces = _Faces.of(predicted, truth)
    known = _fitting(faces.truth, _finite(faces.truth))
    found = known & _fitting(faces.predicted, faces.shared) & _fitting(faces.truth, faces.shared)
    if not known.any():
        return pd.DataFrame(columns=list(COLUMNS))
    counts = {"n_faces": int(known.sum()), "missed": int((known & ~found).sum())}
    if not found.any():
        return _frame([{"part": WHOLE, "note": "no face could be aligned"} | counts])
    own = faces.only(found)
    people = [subject for subject, one in zip(subjects, found, strict=True) if one]
    numbers = _Numbers.of(own.decomposed(), people, resamples, seed)
    tail, note = (1 - confidence) / 2, "; ".join(filter(None, (own.note, numbers.note)))
    analytic = own.implied_deviations()
    rows = []
    for number, part in enumerate(_ROWS):
        row: dict[str, Any] = {"part": part, "note": note} | counts
        for quantity in _QUANTITIES:
            row |= numbers.of_part(quantity, number, tail)
        if part in PARAMETERS:
            row["implied"], row["independent"] = (deviations[number] for deviations in analytic)
            row["largest"] = numbers.largest(number)
        rows.append(row)
    return _frame(rows)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name not in ("part", "n_faces", "missed", "note")]
    return frame.astype(dict.fromkeys(numbers, float))


def _target() -> FloatArray:
    """(5, 2) the template's points, in its eye distances."""
    points = template(TEMPLATE).landmarks.points
    size: FloatArray = points / np.hypot(*(points[1] - points[0]))
    return size


class _Faces(NamedTuple):
    """(F, 5, 2) pixels of predicted and true points of scheme ``five``; NaN for what is not."""

    predicted: FloatArray
    truth: FloatArray

    @classmethod
    def of(cls, predicted: Sequence[Landmarks | None], truth: Sequence[Landmarks]) -> "_Faces":
        five = scheme_named("five")
        ours, theirs = np.full((2, len(truth), len(five), 2), np.nan)
        for batch in batches(predicted, truth):
            shared = points_of(batch.shared.predicted, batch.shared.truth, five)
            at = np.ix_(batch.faces, np.array(five.indices(*shared.names), dtype=np.intp))
            ours[at] = combined(shared.ours, batch.predicted)
            theirs[at] = combined(shared.theirs, batch.truth)
        return cls(ours, theirs)

    @property
    def shared(self) -> NDArray[np.bool_]:
        """(F, 5) which points both have."""
        return _finite(self.predicted + self.truth)

    @property
    def note(self) -> str:
        """Which of the five points alignment goes by, where some are in no face."""
        five, seen = scheme_named("five"), self.shared
        names = [name for i, name in enumerate(five.points) if seen[:, i].any()]
        return "" if len(names) == len(five) else f"aligned on {', '.join(names)}"

    def only(self, faces: NDArray[np.bool_]) -> "_Faces":
        """Some of them."""
        return _Faces(self.predicted[faces], self.truth[faces])

    def decomposed(self) -> Misalignment:
        """All faces' misalignments, each on the points that it has."""
        known = self.shared
        ours, theirs = (np.where(known[..., None], points, 0.0) for points in self)
        return decompose(ours, theirs, _target(), known.astype(float))

    def implied_deviations(self) -> tuple[FloatArray, FloatArray]:
        """(4,) deviations of `PARAMETERS` from the errors' covariance, and from its own blocks.

        Of the faces that have all five points; NaN for too few of them.
        """
        whole = self.only(_finite((self.predicted + self.truth).reshape(len(self.truth), -1)))
        if len(whole.truth) < _FEWEST_FACES:
            return np.full(4, np.nan), np.full(4, np.nan)
        target = _target()
        right = Similarity.fit(whole.truth, target)
        aligned = right(whole.truth)
        errors = right(whole.predicted) - aligned
        derivative, mean = jacobian(aligned.mean(axis=0), target), errors.mean(axis=0)
        covariance = np.cov(errors.reshape(len(errors), -1), rowvar=False, ddof=0)
        blocks = np.kron(np.eye(len(target)), np.ones((2, 2)))
        both = (implied(derivative, mean, own) for own in (covariance, covariance * blocks))
        full, alone = (one.deviations for one in both)
        return full, alone


def _finite(values: FloatArray) -> NDArray[np.bool_]:
    """(…) where all values of the last axis are."""
    known: NDArray[np.bool_] = np.all(np.isfinite(values), axis=-1)
    return known


def _fitting(points: FloatArray, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(F,) which faces can be aligned on their known points, as `align_eval.alignment` does."""
    kept = np.where(known[..., None], points, np.nan)
    enough = known.sum(axis=1) >= 2
    wide = np.zeros(len(points))
    wide[enough] = (np.nanmax(kept[enough], axis=1) - np.nanmin(kept[enough], axis=1)).max(axis=1)
    fits: NDArray[np.bool_] = enough & (wide >= _LEAST_SPAN)
    weights = known.astype(float)
    fits[fits] = _fit_each(np.where(known[..., None], points, 0.0)[fits], weights[fits])
    return fits


def _fit_each(points: FloatArray, weights: FloatArray) -> NDArray[np.bool_]:
    """(F,) which sets have a fit: a batch of which one has none is looked at by its halves."""
    try:
        Similarity.fit(points, _target(), weights)
    except DegenerateFitError:
        if len(points) == 1:
            return np.zeros(1, dtype=bool)
        half = len(points) // 2
        ends = (slice(None, half), slice(half, None))
        return np.concatenate([_fit_each(points[end], weights[end]) for end in ends])
    return np.ones(len(points), dtype=bool)


class _Numbers(NamedTuple):
    """Every quantity of every part, (5, 6), and on each resample of the people, (R, 5, 6)."""

    values: FloatArray
    drawn: FloatArray | None
    note: str

    @classmethod
    def of(
        cls, faces: Misalignment, subjects: Sequence[str], resamples: int, seed: int
    ) -> "_Numbers":
        names, owner = np.unique(np.array(subjects, dtype=object).astype(str), return_inverse=True)
        # squares of distances from the mean, so that no spread is a difference of large numbers
        middle = faces.parameters.mean(axis=0)
        apart = faces.parameters - middle
        ones = np.ones((len(apart), 1))
        columns = [ones, apart, apart**2, faces.energies, _squared_displacements(faces)]
        each = np.concatenate(columns, axis=1)
        values = _quantities(each.sum(axis=0), middle)
        if len(names) < FEWEST_SUBJECTS:
            few = f"no interval: {len(names)} subjects, at least {FEWEST_SUBJECTS} wanted"
            return cls(values, None, few)
        sums = np.stack([np.bincount(owner, column, len(names)) for column in each.T], axis=1)
        weights = identity_weights(len(names), resamples, seed).astype(np.float64)
        return cls(values, _quantities(weights @ sums, middle), "")

    def of_part(self, quantity: str, part: int, tail: float) -> dict[str, float]:
        """A quantity of a part with its interval, by their columns."""
        at = _QUANTITIES.index(quantity), part
        found = Interval()
        if self.drawn is not None and np.isfinite(self.values[at]):
            found = percentile(self.drawn[:, at[0], at[1]], tail)
        value = float(self.values[at])
        return {quantity: value, f"{quantity}_low": found.low, f"{quantity}_high": found.high}

    def largest(self, part: int) -> float:
        """In which share of the resamples this parameter moves faces farthest; NaN for none."""
        if self.drawn is None or not self.values[_QUANTITIES.index("error"), -1] > 0:
            return float("nan")
        moved = self.drawn[:, _QUANTITIES.index("displacement"), : len(PARAMETERS)]
        return float((moved.argmax(axis=1) == part).mean())


def _squared_displacements(faces: Misalignment) -> FloatArray:
    """(F, 5) mean squares over the template's points: each parameter alone, and all of them."""
    target = _target()
    about = float(np.square(target - target.mean(axis=0)).sum(axis=1).mean())
    right, down, angle, scale = faces.parameters.T
    turned, grown = 2 - 2 * np.cos(angle), np.expm1(scale) ** 2
    moved = np.square(faces.similarity(target) - target).sum(axis=-1).mean(axis=-1)
    return np.stack([right**2, down**2, about * turned, about * grown, moved], axis=1)


def _quantities(sums: FloatArray, middle: FloatArray) -> FloatArray:
    """(…, 5, 6) `_QUANTITIES` of all parts from sums (…, 19) over faces."""
    means = sums[..., 1:] / sums[..., :1]
    apart, squares, energies, moved = np.split(means, [4, 8, 13], axis=-1)
    nothing = np.full((*sums.shape[:-1], 2), np.nan)
    total = energies.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        shares = np.concatenate([energies, total], axis=-1) / total
    return np.stack(
        [
            np.concatenate([apart + middle, nothing], axis=-1),
            np.concatenate([np.sqrt(np.maximum(squares - apart**2, 0)), nothing], axis=-1),
            np.sqrt(np.concatenate([energies, total], axis=-1)),
            shares,
            np.sqrt(np.concatenate([moved[..., :4], nothing[..., :1], moved[..., 4:]], axis=-1)),
        ],
        axis=-2,
    )
