"""How landmarks are fitted to a template: which transforms, which points, their weights, the loss.

A study spells an estimator as a text, ``similarity:5:quality:huber=0.1``: the family of transforms
first, then in any order what differs from a plain fit of all points.

Qualities of different models have different units and ranges, and some are negative: heights of
peaks, probabilities, minus an expected distance. All that they share is their order
(`align_eval.landmarks.Landmarks`). A quality therefore weighs by its rank among the points of the
same face and nothing else: any rising function of it gives the same fit, and a fit depends on no
other face.

Weights move a fit even where every point is exact, since no face has the template's shape: true
points stay 6 % of the eye distance (root mean square; 95 % within 13 %) off their template. A point
is thus off by the person and by the model, in about equal parts, and the inverse of the sum of both
variances falls no lower than half of what the person alone would give. So the weights lie between
1/2 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import inf, isfinite

import numpy as np
from numpy.typing import ArrayLike

from align_eval.errors import ConfigError, DegenerateFitError, UnknownNameError
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme
from align_eval.similarity import Affine, Minimise, Similarity

FAMILIES: Mapping[str, type[Affine]] = {"similarity": Similarity, "affine": Affine}
_NEEDED = {"similarity": 2, "affine": 3}
HUBER = 0.1
"""Eye distances from which on a point counts less, unless an estimator says otherwise.

The usual 1.345 standard deviations of how far points are off, the person's part (0.06) and a good
model's (0.04) together.
"""
MOST_TRIMMED = 12
"""Points of a trimmed fit at most: it goes through all subsets."""

_FACE = LandmarkScheme(
    "face",
    ("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth"),
    mirror=(1, 0, 2, 4, 3),
    derived={"mouth": {"left_mouth": 0.5, "right_mouth": 0.5}},
)
_GROUPS: Mapping[str, LandmarkScheme] = {
    "2": LandmarkScheme("eyes", ("left_eye", "right_eye"), (1, 0)),
    "3": LandmarkScheme("eyes, nose", ("left_eye", "right_eye", "nose_tip"), (1, 0, 2)),
    "3-mouth": LandmarkScheme("eyes, mouth", ("left_eye", "right_eye", "mouth"), (1, 0, 2)),
    "4": LandmarkScheme(
        "eyes, mouth corners",
        ("left_eye", "right_eye", "left_mouth", "right_mouth"),
        (1, 0, 3, 2),
    ),
    "5": LandmarkScheme("five", _FACE.points, _FACE.mirror),
}
POINTS = {
    "all": "all points that landmarks and template share",
    "2": "eye centres; also written 'eyes'",
    "3": "eye centres and nose tip",
    "3-mouth": "eye centres and the middle of the mouth's corners",
    "4": "eye centres and mouth corners",
    "5": "eye centres, nose tip, mouth corners",
}
_ALIASES = {"eyes": "2"}
_QUALITY, _HUBER, _TRIMMED = "quality", "huber", "trimmed"
_STEPS, _STILL = 200, 1e-10  # of the iteration; eye distances that a point still moves


@dataclass(frozen=True)
class Estimator:
    """How a transform is fitted.

    Parameters
    ----------
    family : {"similarity", "affine"}
        The transforms among which the best is looked for.
    points : str
        Which points it sees; see `POINTS`. Those that landmarks or template lack are left out.
    weights : {"equal", "quality"}
        ``"quality"``: a point weighs by the rank of its quality; see `quality_weights`. Landmarks
        without any quality, such as the truth, weigh equally.
    loss : {"squares", "huber", "trimmed"}
        ``"squares"``: least squares. ``"huber"``: a residual beyond `constant` counts by its
        length, not its square (Huber, Annals of Mathematical Statistics 35(1), 1964), by
        iteratively reweighted least squares. It is measured in the image in any case: in template
        pixels a wild point of the image is a lever, which this loss does not bound.
        ``"trimmed"``: least squares over the points that
        are left when a fifth, and at least one, is dropped in the best way (Rousseeuw, JASA
        79(388), 1984), by trying all ways.
    constant : float
        Of Huber's loss, in eye distances of the template as least squares lays it on the image.

    Raises
    ------
    UnknownNameError
        A choice that is none of these.
    ConfigError
        A constant that is not positive, or fewer points than a fit of this kind needs.

    Examples
    --------
    >>> Estimator.parse("affine:huber=0.2:5")
    Estimator(family='affine', points='5', weights='equal', loss='huber', constant=0.2)
    >>> str(Estimator.parse("similarity:trimmed:eyes+mouth"))
    Traceback (most recent call last):
    align_eval.errors.UnknownNameError: unknown part of an estimator 'eyes+mouth'. ...
    """

    family: str = "similarity"
    points: str = "all"
    weights: str = "equal"
    loss: str = "squares"
    constant: float = HUBER

    def __post_init__(self) -> None:
        for kind, given, known in (
            ("estimator", self.family, tuple(FAMILIES)),
            ("points of an estimator", self.points, tuple(POINTS)),
            ("weights of an estimator", self.weights, ("equal", _QUALITY)),
            ("loss of an estimator", self.loss, ("squares", _HUBER, _TRIMMED)),
        ):
            if given not in known:
                raise UnknownNameError(kind, given, known)
        if not (isfinite(self.constant) and self.constant > 0):
            raise ConfigError(f"huber wants a positive constant, got {self.constant!r}")
        have = inf if self.points == "all" else len(_GROUPS[self.points])
        if have < self.needed:
            raise ConfigError(f"estimator {str(self)!r} wants at least {self.needed} points")

    @property
    def needed(self) -> int:
        """How many points it takes; a trimmed fit keeps one more than fixes a transform."""
        return _NEEDED[self.family] + (2 if self.loss == _TRIMMED else 0)

    @classmethod
    def parse(cls, text: str) -> "Estimator":
        """The estimator of a text.

        Raises
        ------
        UnknownNameError
            A part that is none of those known; it says what is near.
        ConfigError
            Two parts that say the same thing, or see the class.
        """
        if not isinstance(text, str):
            raise ConfigError(f"an estimator wants a text, got {text!r}")
        family, *parts = text.split(":")
        if family not in FAMILIES:
            raise UnknownNameError("estimator", family, FAMILIES)
        chosen: dict[str, str | float] = {"family": family}
        for part in parts:
            for key, value in _read(part).items():
                if key in chosen:
                    raise ConfigError(f"estimator {text!r} gives its {key} twice")
                chosen[key] = value
        return cls(**chosen)  # type: ignore[arg-type]

    def __str__(self) -> str:
        loss = {"squares": "", _HUBER: f"huber={self.constant:g}"}.get(self.loss, self.loss)
        if loss == f"huber={HUBER:g}":
            loss = _HUBER
        weights = "" if self.weights == "equal" else self.weights
        points = "" if self.points == "all" else self.points
        return ":".join(filter(None, (self.family, points, weights, loss)))

    def shared(
        self, landmarks: Landmarks, reference: Landmarks
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """The points that it sees: (M, 2) of the landmarks, (M, 2) of the reference, weights.

        Points that are NaN in either are left out, and so are those that weigh nothing. The
        weights are None where all are equal.
        """
        if self.points == "all":
            group = reference.scheme
        else:
            group = _GROUPS[self.points]
            landmarks, reference = _face(landmarks), _face(reference)
        indices, source = landmarks.common(group)
        places, target = reference.common(group)
        order = [places.index(i) for i in indices if i in places]
        rows = [k for k, i in enumerate(indices) if i in places]
        source, target = source[rows], target[order]
        usable = np.isfinite(source).all(axis=1) & np.isfinite(target).all(axis=1)
        if self.weights == "equal" or landmarks.quality is None:
            return source[usable], target[usable], None
        weights = quality_weights(np.where(usable, _quality(landmarks, group)[rows], np.nan))
        kept = weights > 0
        return source[kept], target[kept], weights[kept]

    def fit(
        self,
        source: ArrayLike,
        target: ArrayLike,
        weights: ArrayLike | None = None,
        *,
        unit: float = 1.0,
        minimise: Minimise = "target",
    ) -> Affine:
        """The transform from source to target points.

        Parameters
        ----------
        source, target : (N, 2) array_like
            Corresponding points in pixels.
        weights : (N,) array_like, optional
            Non-negative; a point that weighs nothing is left out.
        unit : float
            Target pixels in an eye distance, which Huber's constant is a multiple of.
        minimise : {"target", "source"}
            In whose pixels residuals are measured; Huber's are the source's.

        Raises
        ------
        DegenerateFitError
            Points that fix no transform.
        ConfigError
            A trimmed fit of more than `MOST_TRIMMED` points.
        """
        s, t = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
        family = FAMILIES[self.family]
        if self.loss == "squares":
            return family.fit(s, t, weights, minimise=minimise)
        w = np.ones(len(s)) if weights is None else np.asarray(weights, dtype=np.float64)
        s, t, w = s[w > 0], t[w > 0], w[w > 0]
        if self.loss == _HUBER:
            return _huber(family, s, t, w, self.constant, unit)
        if minimise == "source":
            return _trimmed(family, t, s, w, _NEEDED[self.family]).inverse
        return _trimmed(family, s, t, w, _NEEDED[self.family])


def quality_weights(quality: ArrayLike) -> FloatArray:
    """Weights of the points of one face: ``(1 + rank / N) / 2``, by the rank of the quality.

    The best of N points has the rank N and weighs 1. Ties share their mean rank, so that points
    of the same quality weigh the same. A quality that is not finite vouches for nothing: the
    point weighs 0 and is not counted. The module says why the others weigh at least 1/2.

    Examples
    --------
    >>> quality_weights([-3.0, 0.2, 0.9, 40.0]).tolist()
    [0.625, 0.75, 0.875, 1.0]
    >>> quality_weights([5, 5, float("nan")]).tolist()
    [0.875, 0.875, 0.0]
    """
    from scipy.stats import rankdata  # half a second that only quality weights cost

    values = np.asarray(quality, dtype=np.float64)
    weights = np.zeros(len(values))
    vouched = np.isfinite(values)
    weights[vouched] = (1 + rankdata(values[vouched]) / max(np.count_nonzero(vouched), 1)) / 2
    return weights


def _read(part: str) -> dict[str, str | float]:
    """What a part of an estimator's text says."""
    word, given, value = part.partition("=")
    if part in POINTS or part in _ALIASES:
        return {"points": _ALIASES.get(part, part)}
    if part == _QUALITY:
        return {"weights": part}
    if part in (_HUBER, _TRIMMED):
        return {"loss": part}
    if word == _HUBER and given:
        try:
            return {"loss": word, "constant": float(value)}
        except ValueError:
            raise ConfigError(f"huber wants a number of eye distances, got {value!r}") from None
    known = (*POINTS, *_ALIASES, _QUALITY, _HUBER, _TRIMMED)
    raise UnknownNameError("part of an estimator", part, known)


def _face(landmarks: Landmarks) -> Landmarks:
    """Whichever of the five points there are, the others NaN."""
    indices, known = landmarks.common(_FACE)
    points, quality = np.full((len(_FACE), 2), np.nan), np.full(len(_FACE), np.nan)
    points[list(indices)] = known
    if landmarks.quality is None:
        return Landmarks(points, _FACE)
    quality[list(indices)] = _quality(landmarks, _FACE)
    return Landmarks(points, _FACE, quality)


def _quality(landmarks: Landmarks, scheme: LandmarkScheme) -> FloatArray:
    """The quality of the shared points: means with the weights of their places."""
    values = np.asarray(landmarks.quality, dtype=np.float64)
    as_points = Landmarks(np.column_stack([values, values]), landmarks.scheme)
    return as_points.common(scheme)[1][:, 0]


def _huber(
    family: type[Affine], s: FloatArray, t: FloatArray, w: FloatArray, constant: float, unit: float
) -> Affine:
    """Fitted from the template to the image, whose points are those that may be wrong.

    The loss is convex: reweighting from least squares on goes to its one minimum.
    """
    found = family.fit(t, s, w)
    unit = unit * float(np.sqrt(np.abs(np.linalg.det(found.matrix[:, :2]))))  # image pixels
    reach = constant * unit
    for _ in range(_STEPS):
        distances = np.maximum(found.residuals(t, s), reach)
        better = family.fit(t, s, w * (reach / distances))
        moved = better.residuals(t, found(t)).max()
        found = better
        if moved <= _STILL * unit:
            break
    return found.inverse


def _trimmed(
    family: type[Affine], s: FloatArray, t: FloatArray, w: FloatArray, least: int
) -> Affine:
    count = len(s)
    if count > MOST_TRIMMED:
        raise ConfigError(
            f"a trimmed fit goes through all subsets, and wants at most {MOST_TRIMMED} points, "
            f"got {count}: choose 4 or 5"
        )
    kept = count - max(1, count // 5)
    if kept <= least:
        raise DegenerateFitError(f"a trimmed fit needs {least + 2} points, got {count}")
    best, least_cost = None, inf
    for chosen in map(list, combinations(range(count), kept)):
        try:
            found = family.fit(s[chosen], t[chosen], w[chosen])
        except DegenerateFitError:  # others of the subsets may do
            continue
        cost = float(w[chosen] @ found.residuals(s[chosen], t[chosen]) ** 2)
        if cost < least_cost:
            best, least_cost = found, cost
    if best is None:
        raise DegenerateFitError("no subset of the points fixes a transform")
    return best
