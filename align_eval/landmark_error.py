"""How far landmarks are from the truth, in pixels and over a normaliser.

Errors are Euclidean distances on the points that both schemes share, divided by a length of the
face that is always named: a different normaliser gives a different number. A missed face, and a
face with a missed point, has the error ∞. A point whose truth is not known (NaN) is left out.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from align_eval._normalisers import NORMALISERS, Normaliser
from align_eval._shared_points import Batch, batches, points_of, shared_points
from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.faces import Box
from align_eval.landmarks import FloatArray, Landmarks
from align_eval.schemes import scheme_named

__all__ = [
    "COLUMNS",
    "NORMALISERS",
    "ced",
    "ced_auc",
    "failure_rate",
    "landmark_errors",
    "nme",
    "point_errors",
]

COLUMNS = ("normaliser", "group", "metric", "value", "n_faces", "missed", "note")


def point_errors(predicted: Landmarks, truth: Landmarks) -> tuple[tuple[str, ...], FloatArray]:
    """The distance of every shared point from the truth.

    Shared are the points of either scheme that the other has, or derives: an eye's centre can be
    compared with the mean of an eye's outline.

    Returns
    -------
    names : tuple of str
        The truth's own points in its order, then those that it derives.
    errors : (M,) float64
        Pixels; ∞ where the prediction is NaN, NaN where the truth is.

    Raises
    ------
    LandmarkError
        The schemes share no point.

    Examples
    --------
    >>> from align_eval.landmarks import LandmarkScheme
    >>> pair = LandmarkScheme("pair", ("left_eye", "right_eye"), mirror=(1, 0))
    >>> names, errors = point_errors(Landmarks([[0, 0], [13, 4]], pair),
    ...                              Landmarks([[0, 0], [10, 0]], pair))
    >>> names, errors.tolist()
    (('left_eye', 'right_eye'), [0.0, 5.0])
    """
    shared = shared_points(predicted.scheme, truth.scheme)
    return shared.names, shared.errors(predicted.points[None], truth.points[None])[0]


def nme(errors: ArrayLike) -> float:
    """Normalised mean error: the mean of (F,) face errors, of the faces that were found.

    >>> nme([0.02, 0.04, np.inf])
    0.03
    """
    values = np.asarray(errors, dtype=np.float64)
    found = values[np.isfinite(values)]
    return float(found.mean()) if len(found) else float("nan")


def ced(errors: ArrayLike, thresholds: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Cumulative error distribution: the share of faces whose error is at most a threshold.

    Parameters
    ----------
    errors : (F,) array_like
        Face errors; a missed face is ∞, a NaN is left out.
    thresholds : (K,) array_like, optional
        0 and every distinct finite error, ascending, if not given.

    Returns
    -------
    thresholds, fraction : (K,) float64

    Examples
    --------
    >>> x, y = ced([0.02, 0.04, 0.04, np.inf])
    >>> x.tolist(), y.tolist()
    ([0.0, 0.02, 0.04], [0.0, 0.25, 0.75])
    """
    values = np.sort(_known(errors))
    finite = values[: np.searchsorted(values, np.inf)]
    at = np.unique(np.append(finite, 0.0)) if thresholds is None else np.array(thresholds, float)
    if not len(values):
        return at, np.full(len(at), np.nan)
    return at, np.searchsorted(values, at, side="right") / len(values)


def ced_auc(errors: ArrayLike, limit: float) -> float:
    """Area under the CED up to `limit`, over `limit`: ``1 − mean(min(e, t)) / t``.

    It is at least ``1 − NME / t`` where every face is found.

    >>> ced_auc([0.02, 0.04, np.inf], 0.08)
    0.416...
    """
    values = _known(errors)
    return float(1 - np.minimum(values, limit).mean() / limit) if len(values) else float("nan")


def failure_rate(errors: ArrayLike, limit: float) -> float:
    """The share of faces whose error is above `limit`; a missed face is one.

    >>> failure_rate([0.02, 0.08, np.inf, 0.09], 0.08)
    0.5
    """
    values = _known(errors)
    return float((values > limit).mean()) if len(values) else float("nan")


def landmark_errors(
    predicted: Sequence[Landmarks | None],
    truth: Sequence[Landmarks],
    normaliser: str,
    *,
    boxes: Sequence[Box | None] | None = None,
    limit: float = 0.08,
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """NME, AUC, failure rate and NMSE of every point group, and each face's error.

    A face's error is the mean over its shared points (of a group) over the normaliser's length.
    NMSE is Poster et al. 2019, eq. 7, which is not squared: the mean of the distance over the
    interocular distance, over all points of all found faces. It is defined for the normalisers
    between the eyes.

    Parameters
    ----------
    predicted : sequence of Landmarks or None
        A face that was missed is None.
    truth : sequence of Landmarks
        In the same order.
    normaliser : str
        One of `NORMALISERS`.
    boxes : sequence of Box or None, optional
        For the normalisers ``box`` and ``diagonal``. Without one, a face has the box around its
        true points; the note says so.
    limit : float
        The t of AUC and failure rate.

    Returns
    -------
    table : DataFrame
        `COLUMNS`: group ``"all"``, group ``"five"`` where the truth has more than those (the
        five points that alignment uses, as both schemes make them: the group in which models of
        different schemes compare), and every group of the truth's scheme that has shared points.
    errors : dict of str to (F,) float64
        Group ``"all"`` and, if it is there, ``"five"``: each face's error over its shared points;
        ∞ if it was missed, NaN if its truth lacks all shared points or those of the normaliser.

    Raises
    ------
    LandmarkError
        Lists of different or no length, schemes without shared points or without the
        normaliser's, or a limit that is not positive.
    UnknownNameError
        No such normaliser.
    """
    unit = _checked(predicted, truth, normaliser, boxes, limit)
    sizes = _sizes(boxes, len(truth))
    lengths = np.full(len(truth), np.nan)
    sums: dict[str, _Sums] = {}
    words: dict[str, dict[str, None]] = {}
    for batch in batches(predicted, truth):
        scheme = batch.shared.truth
        lengths[batch.faces] = unit.lengths(batch.truth, scheme, sizes[batch.faces])
        for group, errors, points in _grouped(batch):
            sums.setdefault(group, _Sums.empty(len(truth))).put(batch.faces, errors)
            words.setdefault(group, {})[f"{unit.describe(scheme)}; {points}"] = None
    lengths[~(np.isfinite(lengths) & (lengths > 0))] = np.nan
    boxed = _box_words(unit, sizes)
    rows = [
        (normaliser, group, *row)
        for group, one in sums.items()
        for row in _rows(one, lengths, unit, limit, "; ".join([*words[group], *boxed]))
    ]
    each = {group: sums[group].mean / lengths for group in sums if group in _WHOLE}
    return pd.DataFrame(rows, columns=list(COLUMNS)), each


_WHOLE = ("all", "five")


def _grouped(batch: Batch) -> Iterator[tuple[str, FloatArray, str]]:
    """Point groups, their (B, M) errors in pixels, and which points they are taken from."""
    shared, five = batch.shared, scheme_named("five")
    errors = shared.errors(batch.predicted, batch.truth)
    # A mean over five points is no mean over 68: say how many there are.
    said = f"{len(shared.names)} shared points"
    yield "all", errors, said
    aligning = points_of(shared.predicted, shared.truth, five)
    if aligning.names and shared.truth != five:
        own = aligning.errors(batch.predicted, batch.truth)
        yield "five", own, f"{len(aligning.names)} points of alignment"
    for group, indices in shared.truth.groups.items():
        members = shared.members(indices)
        if members.any():
            yield group, errors[:, members], said


class _Sums(NamedTuple):
    """Errors of a point group in pixels: each face's sum (∞ if missed) and number of points."""

    total: FloatArray
    points: NDArray[np.intp]

    @classmethod
    def empty(cls, n_faces: int) -> "_Sums":
        return cls(np.zeros(n_faces), np.zeros(n_faces, dtype=np.intp))

    def put(self, faces: NDArray[np.intp], errors: FloatArray) -> None:
        """Fill in the (B, M) errors of some faces."""
        known = ~np.isnan(errors)
        self.total[faces] = np.where(known, errors, 0.0).sum(axis=1)
        self.points[faces] = known.sum(axis=1)

    @property
    def mean(self) -> FloatArray:
        """(F,) pixels; NaN for a face without such points."""
        return self.total / np.where(self.points > 0, self.points, np.nan)


def _rows(
    sums: _Sums, lengths: FloatArray, unit: Normaliser, limit: float, said: str
) -> list[tuple[str, float, int, int, str]]:
    """Metric, value, number of faces, missed faces and note of one point group."""
    errors = sums.mean / lengths
    found, missed = np.isfinite(errors), int(np.isinf(errors).sum())
    n_faces = int(found.sum()) + missed
    unscaled = int((np.isnan(lengths) & (sums.points > 0)).sum())
    if unscaled:
        said += f"; {unscaled} faces without that length are left out"
    if not n_faces:
        said += "; no face has such points"
    over = f"; over the {int(found.sum())} found faces" if missed else ""
    if unit.interocular:
        nmse = _ratio(np.sum(sums.total[found] / lengths[found]), sums.points[found].sum())
        eq7 = "; mean over all points, not squared (Poster 2019, eq. 7)" + over
    else:
        nmse, eq7 = float("nan"), "; eq. 7 divides by the interocular distance: use ion or ipn"
    values = (
        ("NME", nme(errors), over),
        (f"AUC@{limit:g}", ced_auc(errors, limit), ""),
        (f"FR@{limit:g}", failure_rate(errors, limit), ""),
        ("NMSE", nmse, eq7),
    )
    return [(metric, value, n_faces, missed, said + more) for metric, value, more in values]


def _ratio(part: float, whole: int) -> float:
    return float(part / whole) if whole else float("nan")


def _known(errors: ArrayLike) -> FloatArray:
    values = np.asarray(errors, dtype=np.float64)
    return values[~np.isnan(values)]


def _sizes(boxes: Sequence[Box | None] | None, n_faces: int) -> FloatArray:
    """(F, 2) width and height of the boxes; NaN where there is none."""
    sizes = np.full((n_faces, 2), np.nan)
    for i, box in enumerate(boxes or ()):
        if box is not None:
            sizes[i] = box.width, box.height
    return sizes


def _box_words(unit: Normaliser, sizes: FloatArray) -> list[str]:
    """Whose box it is, for a normaliser that wants one."""
    if unit.interocular:
        return []
    without = int(np.isnan(sizes[:, 0]).sum())
    if without == len(sizes):
        return ["the box around the true points"]
    if without:
        return [f"the face box, or for {without} faces without one that around the true points"]
    return ["the face box"]


def _checked(
    predicted: Sequence[Landmarks | None],
    truth: Sequence[Landmarks],
    normaliser: str,
    boxes: Sequence[Box | None] | None,
    limit: float,
) -> Normaliser:
    if normaliser not in NORMALISERS:
        raise UnknownNameError("normaliser", normaliser, NORMALISERS)
    if not truth or len(predicted) != len(truth):
        raise LandmarkError(
            f"landmark errors want a truth for every prediction; got {len(predicted)} predictions "
            f"and {len(truth)} truths"
        )
    if boxes is not None and len(boxes) != len(truth):
        raise LandmarkError(f"{len(truth)} faces want as many boxes, got {len(boxes)}")
    if not limit > 0:
        raise LandmarkError(f"an error limit wants to be positive, got {limit}")
    return NORMALISERS[normaliser]
