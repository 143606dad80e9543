"""What rejecting faces by their quality does for verification: error-versus-discard curves.

A rising share of the faces under test is rejected, those of the lowest quality first, and the error
of what is left is taken in two ways. ``"fixed"``: at the threshold that has a stated FAR on all
trials, which is the error-versus-discard characteristic (EDC) of Grother and Tabassi (IEEE TPAMI
29(4), 2007) and ISO/IEC 29794-1. ``"re-estimated"``: at the threshold that has this FAR on what is
left, or at its own equal error; a rejection that loses impostors as well is seen here alone.

A face has one quality: the mean over the points that its alignment uses (`face_quality`). Where one
side of the trials is under test, its probes or references are rejected with all of their trials;
where both are, a trial is, by the lower quality of its two faces. A failure to acquire has the
lowest quality of all: it is rejected first, and until then it is an error in every denominator
(FRR; FNMR would leave it out from the start).

The area under the curve is a mean: the partial area of the step function up to a limit, over the
limit, 20 % by default as in the toolkit fiqat; Schlett et al. (Considerations on the evaluation of
biometric quality assessment algorithms, IEEE TBIOM 6(1), 2024) advise higher limits.

Chance and an oracle bound it. Random rejection leaves every rate as it is, in expectation: at the
fixed threshold exactly so if all units have as many genuine trials. The oracle rejects what fails
at the threshold of all trials: nothing leaves a smaller FRR there. Rejection by the true landmark
error says how far any knowledge of the landmarks would go.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from align_eval._left import Area, Left, Queue, Units, n_rejected, stepped
from align_eval._metric import CurveMetric
from align_eval._oracle import Oracle
from align_eval.alignment import Template
from align_eval.dataset import Trials
from align_eval.errors import ConfigError
from align_eval.estimators import Estimator
from align_eval.landmarks import Landmarks
from align_eval.metrics import Metric, parse_metric
from align_eval.resample import Estimate, estimates, interval
from align_eval.scores import Scores

ORDERS: Mapping[str, str] = {
    "signal": "lowest quality first",
    "random": "at random, in expectation",
    "error": "largest landmark error first",
    "oracle": "what fails at the threshold of all trials first",
}
WAYS: Mapping[str, str] = {
    "fixed": "at the threshold of all trials",
    "re-estimated": "at the threshold of what is left",
}
COLUMNS = (
    "metric",
    "way",
    "quantity",
    "order",
    "share",
    "value",
    "low",
    "high",
    "change",
    "change_low",
    "change_high",
    "far",
    "unit",
    "n",
    "failed",
    "note",
)
CURVE_COLUMNS = ("metric", "order", "share", "value")
LIMIT = 0.2
"""Up to which share the area is taken, unless a study says otherwise."""

_STEPS = 30  # of a curve to be drawn


def face_quality(
    landmarks: Landmarks, template: Template, estimator: str | Estimator = "similarity"
) -> float:
    """The mean quality of the points that alignment uses; NaN where none has any.

    Points that are NaN, and qualities that are not finite, are left out. A point that is made of
    several has the mean of their qualities, with the weights of its place.

    Parameters
    ----------
    landmarks : Landmarks
        Of one face.
    template : Template
        What it is aligned to.
    estimator : str or Estimator
        How; see `align_eval.estimators`. Its points count, not its weights.
    """
    if landmarks.quality is None:
        return float("nan")
    there = np.isfinite(landmarks.points).all(axis=1) & np.isfinite(landmarks.quality)
    values = np.where(there, landmarks.quality, np.nan)
    as_points = Landmarks(np.column_stack([values, values]), landmarks.scheme)
    chosen = estimator if isinstance(estimator, Estimator) else Estimator.parse(estimator)
    used = chosen.shared(as_points, template.landmarks)[0][:, 0]
    return float(used.mean()) if len(used) else float("nan")


def rated_units(
    trials: Trials,
    *,
    probes: Mapping[str, float] | None,
    gallery: Mapping[str, float] | None,
    failed: frozenset[str] = frozenset(),
) -> Units:
    """What is rejected as one, and its quality.

    Parameters
    ----------
    trials : Trials
        The comparisons.
    probes, gallery : mapping or None
        Face → quality, of the side under test; None for a side that is not. Faces without one, or
        with NaN, have the lowest.
    failed : frozenset of str
        Faces that are failures to acquire: they have the lowest, too. A reference of several faces
        fails if all of them do, and has the mean quality of the others.

    Raises
    ------
    ConfigError
        No side is under test.
    """
    sides = []
    for kind, quality, names, index in (
        ("probe", probes, map(trials.faces_of_probe, trials.probes), trials.probe_index),
        ("reference", gallery, map(trials.faces_of, trials.references), trials.reference_index),
    ):
        if quality is not None:
            groups = [[face for face in faces if face not in failed] for faces in names]
            values = np.array([_mean(group, quality) for group in groups])
            sides.append((kind, values, np.array([not group for group in groups]), index))
    if not sides:
        raise ConfigError("rejecting wants probes or references under test, got neither")
    if len(sides) == 2:
        lower = np.minimum(*(values[index] for _, values, _, index in sides))
        lost = np.logical_or(*(gone[index] for _, _, gone, index in sides))
        return Units("trial", np.arange(len(trials)), lower, int(np.count_nonzero(lost)))
    ((kind, values, gone, index),) = sides
    used, of = np.unique(index, return_inverse=True)  # what no trial asks for is nobody's to reject
    return Units(kind, of.astype(np.intp), values[used], int(np.count_nonzero(gone[used])))


def _mean(faces: Sequence[str], quality: Mapping[str, float]) -> float:
    known = [quality[face] for face in faces if not np.isnan(quality.get(face, np.nan))]
    return float(np.mean(known)) if known else -np.inf


def errors_of(metrics: Sequence[str]) -> dict[str, float | None]:
    """The errors among some metrics, each with its FAR: TAR@FAR=x as FRR@FAR=x, and the EER.

    >>> errors_of(["EER", "TAR@FAR=1e-2", "AUC"])
    {'EER': None, 'FRR@FAR=1e-2': 0.01}
    """
    found: dict[str, float | None] = {}
    for metric in map(parse_metric, metrics):
        stem, _, value = metric.name.partition("=")
        if stem == "EER":
            found["EER"] = None
        elif stem in ("TAR@FAR", "FRR@FAR") and isinstance(metric, CurveMetric):
            found[f"FRR@FAR={value}"] = metric.target
    return found


def check_rejection(shares: Sequence[float], limit: float, metrics: Sequence[str]) -> None:
    """Refuse what no rejection can be asked with.

    Raises
    ------
    ConfigError
        A share or a limit that is not in (0, 1), a share that is there twice, or no metric at a
        FAR, which the fixed threshold is taken from.
    """
    for share in shares:
        if not 0 < share < 1:
            raise ConfigError(f"a share of faces to reject wants a number in (0, 1), got {share}")
        if list(shares).count(share) > 1:
            raise ConfigError(f"reject wants each share once, got {share:g}")
    if not 0 < limit < 1:
        raise ConfigError(f"reject_limit wants a number in (0, 1), got {limit}")
    if shares and not any(target is not None for target in errors_of(metrics).values()):
        raise ConfigError(
            f"reject wants a metric at a FAR, such as TAR@FAR=1e-2, got {', '.join(metrics)}"
        )


class _Asked(NamedTuple):
    """One number: an error in one way, or its area."""

    metric: str
    target: float | None
    way: str
    quantity: str
    share: float

    @property
    def key(self) -> str:
        return f"{self.metric} {self.way} {self.quantity} {self.share!r}"

    def at(self, share: float) -> "_Asked":
        """The error at another share."""
        return self._replace(quantity="error", share=share)

    def far(self, queue: Queue, scores: Scores) -> float:
        """The FAR that is left at the fixed threshold; NaN where there is none."""
        if self.way != "fixed" or self.quantity == "area" or self.target is None:
            return float("nan")
        if not scores.trials.n_genuine or not scores.trials.n_impostor:
            return float("nan")
        return float(queue.alone(scores).far(self.target, self.share)[0])

    def of(self, queue: Queue) -> Metric:
        if self.quantity == "area" and self.target is not None:
            return Area(self.key, False, queue, self.share, self.target)
        return Left(self.key, False, queue, self.share, self.target, self.way == "fixed")


def rejection_rows(
    scores: Scores,
    orders: Mapping[str, Units],
    metrics: Sequence[str],
    shares: Sequence[float],
    *,
    limit: float = LIMIT,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """The error that rejecting leaves: each way, share and order, and the areas.

    Parameters
    ----------
    scores : Scores
        Of one aligner behind one pipeline.
    orders : mapping of str to Units
        ``"signal"`` and, where the true errors are known, ``"error"``; see `rated_units`. For the
        latter, quality is minus the error.
    metrics : sequence of str
        Of which those of `errors_of` are taken.
    shares : sequence of float
        In (0, 1), of the units; see `align_eval._left.n_rejected`.
    limit : float
        Of the area.
    resamples, confidence, seed
        Of the intervals: subjects are resampled, and with them the threshold, the order and the
        share (`align_eval.resample`).

    Returns
    -------
    DataFrame
        `COLUMNS`. ``quantity`` is ``"error"``, or ``"area"``: the mean error up to the share.
        ``change`` is the difference to random rejection of as many, paired, which is the
        difference to rejecting none; ``far`` is the FAR at the fixed threshold; ``n`` counts the
        units and ``failed`` those that are failures to acquire. The oracle has no intervals: it is
        a bound, and at the fixed threshold an exact one.

    Raises
    ------
    ConfigError
        See `check_rejection`.
    """
    check_rejection(shares, limit, metrics)
    asked = list(_asked(errors_of(metrics), shares, limit))
    queues = {order: Queue(units) for order, units in orders.items()}
    draws = (resamples, seed)
    found = {
        order: estimates(scores, {one.key: one.of(queue) for one in asked}, *draws)
        for order, queue in queues.items()
    }
    units, tail = orders["signal"], (1 - confidence) / 2
    size = (units.kind, len(units.quality), units.failed)
    rows = []
    for one in asked:
        start = found["signal"][one.at(0.0).key]
        every = {"signal": found["signal"][one.key], "random": start}
        every |= {order: own[one.key] for order, own in found.items()}
        for order, left in every.items():
            shown = one.at(0.0) if order == "random" else one
            far = shown.far(queues.get(order, queues["signal"]), scores)
            head = (one.metric, one.way, one.quantity, order, one.share)
            rows.append((*head, *_numbers(left, start, tail), far, *size, left.note))
        bound = _bound(scores, units, one)
        numbers = (bound, np.nan, np.nan, bound - start.value, np.nan, np.nan, np.nan)
        rows.append((one.metric, one.way, one.quantity, "oracle", one.share, *numbers, *size, ""))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _asked(
    errors: Mapping[str, float | None], shares: Sequence[float], limit: float
) -> Iterator[_Asked]:
    for metric, target in errors.items():
        for way in WAYS if target is not None else ("re-estimated",):
            for share in (0.0, *shares):
                yield _Asked(metric, target, way, "error", share)
        if target is not None:
            yield _Asked(metric, target, "fixed", "area", limit)


def _numbers(left: Estimate, start: Estimate, tail: float) -> tuple[float, ...]:
    """Value and change, each with its interval."""
    change = left.minus(start)
    own, gap = interval(left, tail), interval(change, tail)
    return left.value, own.low, own.high, change.value, gap.low, gap.high


def _bound(scores: Scores, units: Units, one: _Asked) -> float:
    """What the oracle's rejection leaves; NaN where it leaves nothing."""
    oracle, count = Oracle.of(scores, units, one.target), len(units.quality)
    if one.quantity == "area":
        steps = np.arange(n_rejected(one.share, count) + 1)
        return stepped(oracle.least(steps), one.share * count)
    if one.way == "fixed":
        return float(oracle.least(n_rejected([one.share], count))[0])
    queue = Queue(units._replace(quality=-oracle.cost))
    return one.of(queue).measure(scores).value


def rejection_curve(
    scores: Scores, orders: Mapping[str, Units], metrics: Sequence[str], shares: Sequence[float]
) -> pd.DataFrame:
    """The FRR at the fixed threshold in fine steps, to be drawn.

    Parameters
    ----------
    scores, orders, metrics
        See `rejection_rows`.
    shares : sequence of float
        The curve ends at the largest.

    Returns
    -------
    DataFrame
        `CURVE_COLUMNS`, of `ORDERS` without ``"random"``, which is level.
    """
    grid = np.linspace(0, max(shares), _STEPS + 1)
    rows = []
    for metric, target in errors_of(metrics).items():
        if target is None:
            continue
        for order, units in orders.items():
            alone = Queue(units).alone(scores)
            rows += [(metric, order, share, alone.frr(target, share)[0]) for share in grid]
        oracle = Oracle.of(scores, orders["signal"], target)
        values = oracle.least(n_rejected(grid, len(oracle.genuine)))
        rows += [(metric, "oracle", *pair) for pair in zip(grid, values, strict=True)]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))
