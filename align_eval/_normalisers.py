"""What a landmark error is divided by, so that faces of any size compare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import LandmarkError
from align_eval.landmarks import LandmarkScheme

FloatArray = NDArray[np.float64]


class Normaliser(Protocol):
    """A length that every face has."""

    @property
    def interocular(self) -> bool:
        """Whether it is a distance between the eyes."""
        ...

    def describe(self, scheme: LandmarkScheme) -> str:
        """The length in words, with the indices of its points in a scheme.

        Raises
        ------
        LandmarkError
            The scheme lacks its points.
        """
        ...

    def lengths(self, points: FloatArray, scheme: LandmarkScheme, boxes: FloatArray) -> FloatArray:
        """(F,) px of (F, N, 2) true points and (F, 2) box sizes, which are NaN where unknown."""
        ...


@dataclass(frozen=True)
class EyeDistance:
    """The distance between one point of either eye."""

    name: str
    words: str
    ends: tuple[str, str]
    interocular: bool = True

    def _weights(self, scheme: LandmarkScheme) -> FloatArray:
        names, weights = scheme.conversion(LandmarkScheme(self.name, self.ends, (1, 0)))
        missing = [name for name in self.ends if name not in names]
        if missing:
            raise LandmarkError(
                f"normaliser {self.name!r} wants {' and '.join(self.ends)}; "
                f"scheme {scheme.name!r} has no {' and no '.join(missing)}"
            )
        return weights

    def describe(self, scheme: LandmarkScheme) -> str:
        """See `Normaliser.describe`."""
        spans = [_span(np.flatnonzero(row).tolist()) for row in self._weights(scheme)]
        if all(span.isdigit() for span in spans):
            return f"{self.words}: {scheme.name} points {', '.join(spans)}"
        return f"{self.words}: means of {scheme.name} points {' and '.join(spans)}"

    def lengths(self, points: FloatArray, scheme: LandmarkScheme, boxes: FloatArray) -> FloatArray:
        """See `Normaliser.lengths`."""
        ends = combined(self._weights(scheme), points)
        length: FloatArray = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        return length


@dataclass(frozen=True)
class BoxSize:
    """A length of the face's box; where there is none, of the box around its true points."""

    name: str
    words: str
    size: Callable[[FloatArray, FloatArray], FloatArray]
    interocular: bool = False

    def describe(self, scheme: LandmarkScheme) -> str:
        """See `Normaliser.describe`."""
        return self.words

    def lengths(self, points: FloatArray, scheme: LandmarkScheme, boxes: FloatArray) -> FloatArray:
        """See `Normaliser.lengths`."""
        known = np.isfinite(points)
        lowest = np.where(known, points, np.inf).min(axis=1)
        highest = np.where(known, points, -np.inf).max(axis=1)
        extent = np.where(np.isnan(boxes), highest - lowest, boxes)
        return self.size(extent[:, 0], extent[:, 1])


NORMALISERS: Mapping[str, Normaliser] = {
    "ion": EyeDistance("ion", "outer eye corners", ("left_eye_outer", "right_eye_outer")),
    "ipn": EyeDistance("ipn", "eye centres", ("left_eye", "right_eye")),
    "box": BoxSize("box", "√(width · height) of the box", lambda w, h: np.sqrt(w * h)),
    "diagonal": BoxSize("diagonal", "diagonal of the box", np.hypot),
}
"""By name: ``ion`` outer eye corners, ``ipn`` eye centres, ``box`` √(w·h), ``diagonal``."""


def combined(weights: FloatArray, points: FloatArray) -> FloatArray:
    """``weights @ points`` for (F, N, 2) points, in which a weight of 0 leaves even NaN out."""
    known = np.isfinite(points)
    sums: FloatArray = weights @ np.where(known, points, 0.0)
    if not known.all():
        sums[(weights != 0) @ ~known] = np.nan
    return sums


def _span(indices: list[int]) -> str:
    """``36–41`` for a run of indices, else ``60, 64``.

    >>> _span([36, 37, 38]), _span([60, 64]), _span([3])
    ('36–38', '60, 64', '3')
    """
    run = len(indices) > 2 and all(b - a == 1 for a, b in pairwise(indices))
    return f"{indices[0]}–{indices[-1]}" if run else ", ".join(map(str, indices))
