"""Ground truth moved by noise of a known size: what errors of that size cost, whoever makes them.

The noise of a face is drawn from the seed and the instant at which it was taken, in units of its
eye distance. The visible and the thermal face of one instant are therefore moved alike, so that
spectra are compared under equal misalignment; and so is every face at each σ but for the noise's
length, so that two values of σ are compared on the same draws.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from align_eval.dataset import Dataset, GroundTruth
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face
from align_eval.landmark_error import NORMALISERS
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named

_STREAM = 0x6D6F7665  # keeps these numbers apart from those that move boxes
_POINTS = ("five", "all")
_NO_BOX = np.full((1, 2), np.nan)


class PerturbedTruth:
    """The true points, each moved by isotropic Gaussian noise.

    Unless `points` says otherwise, it is the five points of scheme ``five``, which alignment uses,
    that are moved, not the points of the truth's own scheme: an eye's centre is the mean of six of
    68 points, and noise on those would be averaged away. A point that the truth lacks is NaN.

    It is made without truth and bound to a data set by `for_dataset`.

    Parameters
    ----------
    sigma : float
        The noise's standard deviation in x and in y, as a fraction of the face's own true eye
        distance: between the eyes' centres, as the normaliser ``ipn`` of
        `align_eval.landmark_error` takes it. 0 gives the true points as they are.
    points : {"five", "all"}
        What is moved: the five points, or every point of the truth's own scheme by noise of its
        own, for fits of all of them.
    name : str
        As it is called in results.
    seed : int
        The study's, from 0.

    Raises
    ------
    ConfigError
        A sigma that is negative or not finite, or a negative seed.
    UnknownNameError
        Other `points`.

    Examples
    --------
    >>> from align_eval.faces import Modality
    >>> points = Landmarks([[0, 0], [60, 0], [30, 30], [10, 60], [50, 60]], scheme_named("five"))
    >>> face = Face("a", "A", Modality.VISIBLE, lambda: np.zeros((99, 99), np.uint8))
    >>> dataset = Dataset("one", (face,), truth={"a": points})
    >>> moved = PerturbedTruth(0.05, seed=1).for_dataset(dataset).locate([face])[0]
    >>> bool((abs(moved.points - points.points) < 15).all())
    True
    """

    box_policy = "none"

    def __init__(
        self, sigma: float = 0.05, *, points: str = "five", name: str = "perturbed", seed: int = 0
    ) -> None:
        if isinstance(sigma, bool) or not (sigma >= 0 and isfinite(sigma)):
            raise ConfigError(f"landmark model {name!r} wants a finite sigma from 0, got {sigma!r}")
        if seed < 0:
            raise ConfigError(f"landmark model {name!r} wants a seed from 0, got {seed}")
        if points not in _POINTS:
            raise UnknownNameError("choice of points", points, _POINTS)
        self.name = name
        self._options: dict[str, Any] = {
            "sigma": sigma,
            "points": points,
            "name": name,
            "seed": seed,
        }
        self._sigma, self._seed, self._own = float(sigma), seed, points == "all"
        self._truth: Mapping[str, Landmarks] = {}

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), (), {"_truth": dict(self._truth)}

    @property
    def scheme(self) -> LandmarkScheme:
        """Five points, or, once bound, those of the truth."""
        if self._own and self._truth:
            return next(iter(self._truth.values())).scheme
        return scheme_named("five")

    def for_dataset(self, dataset: Dataset) -> "PerturbedTruth":
        """The same model, knowing a data set's landmarks.

        Raises
        ------
        LandmarkError
            The data set has no ground truth at all, or its scheme has no eyes.
        """
        scheme = GroundTruth().for_dataset(dataset).scheme
        NORMALISERS["ipn"].describe(scheme)
        bound = type(self)(**self._options)
        bound._truth = dataset.truth
        return bound

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The moved points of each face.

        None where the truth has none of the five points, or not both eyes, without which the
        noise has no length (unless sigma is 0).
        """
        return [self._one(face) for face in faces]

    def _one(self, face: Face) -> Landmarks | None:
        truth = self._truth.get(face.id)
        if truth is None:
            return None
        points = np.full((len(self.scheme), 2), np.nan)
        indices, known = truth.common(self.scheme)
        points[list(indices)] = known
        if self._sigma:
            # A length that is not known is NaN, and so is every point then.
            points += self._sigma * _eye_distance(truth) * self._noise(face)
        return Landmarks(points, self.scheme) if np.isfinite(points).any() else None

    def _noise(self, face: Face) -> FloatArray:
        """(N, 2) standard normal, the same for all faces of one instant."""
        instant = str(face.attributes.get("pair", face.id))
        key = (_STREAM, *instant.encode("utf-8", "backslashreplace"))
        sequence = np.random.SeedSequence(entropy=self._seed, spawn_key=key)
        return np.random.default_rng(sequence).standard_normal((len(self.scheme), 2))


def _eye_distance(truth: Landmarks) -> float:
    return float(NORMALISERS["ipn"].lengths(truth.points[None], truth.scheme, _NO_BOX)[0])
