"""The points that two landmark schemes share, and the errors on them, for many faces at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval._normalisers import combined
from align_eval.errors import LandmarkError
from align_eval.landmarks import FloatArray, Landmarks, LandmarkScheme


@dataclass(frozen=True, eq=False)
class Shared:
    """The points that two schemes share, and how each makes them.

    Parameters
    ----------
    predicted, truth : LandmarkScheme
        The two schemes.
    names : tuple of str
        The truth's own points in its order, then those that it derives.
    ours, theirs : (M, N) float64
        What makes them of the predicted and of the true points.
    """

    predicted: LandmarkScheme
    truth: LandmarkScheme
    names: tuple[str, ...]
    ours: FloatArray
    theirs: FloatArray

    def errors(self, predicted: FloatArray, truth: FloatArray) -> FloatArray:
        """(F, M) distances of (F, N, 2) points; ∞ for a missed point, NaN without truth."""
        gap = combined(self.ours, predicted) - combined(self.theirs, truth)
        errors: FloatArray = np.hypot(gap[..., 0], gap[..., 1])
        known = np.isfinite(combined(self.theirs, truth)).all(axis=-1)
        errors[np.isnan(errors)] = np.inf
        errors[~known] = np.nan
        return errors

    def members(self, group: tuple[int, ...]) -> NDArray[np.bool_]:
        """(M,) which shared points are made of a group's points alone."""
        outside = np.ones(len(self.truth), dtype=bool)
        outside[list(group)] = False
        members: NDArray[np.bool_] = ~(self.theirs[:, outside] != 0).any(axis=1)
        return members


@lru_cache(maxsize=64)
def shared_points(predicted: LandmarkScheme, truth: LandmarkScheme) -> Shared:
    """The points of either scheme that the other has or derives.

    Raises
    ------
    LandmarkError
        There are none.
    """
    names, ours = predicted.conversion(truth)
    derived, theirs = truth.conversion(predicted)
    # Names that are points of the truth's scheme come by the first way already.
    extra = [i for i, name in enumerate(derived) if name not in truth.points]
    if not names and not extra:
        raise LandmarkError(f"schemes {predicted.name!r} and {truth.name!r} share no points")
    own = np.eye(len(truth))[list(truth.indices(*names))]
    added = tuple(derived[i] for i in extra)
    given = np.eye(len(predicted))[list(predicted.indices(*added))]
    return Shared(
        predicted,
        truth,
        (*names, *added),
        np.concatenate([ours, given]),
        np.concatenate([own, theirs[extra]]),
    )


@lru_cache(maxsize=64)
def points_of(predicted: LandmarkScheme, truth: LandmarkScheme, target: LandmarkScheme) -> Shared:
    """The points of a third scheme that both can give; possibly none."""
    names, ours = predicted.conversion(target)
    wanted, theirs = truth.conversion(target)
    both = [name for name in names if name in wanted]
    return Shared(
        predicted,
        truth,
        tuple(both),
        ours[[names.index(name) for name in both]],
        theirs[[wanted.index(name) for name in both]],
    )


@dataclass(frozen=True, eq=False)
class Batch:
    """Faces whose landmarks, and whose truth, have the same scheme.

    Parameters
    ----------
    shared : Shared
        Their schemes.
    faces : (B,) int
        Which faces they are.
    predicted, truth : (B, N, 2) float64
        Their points in pixels; NaN for a missed face.
    """

    shared: Shared
    faces: NDArray[np.intp]
    predicted: FloatArray
    truth: FloatArray


def batches(predicted: Sequence[Landmarks | None], truth: Sequence[Landmarks]) -> Iterator[Batch]:
    """The faces by their schemes; a missed face counts with the scheme of the faces found."""
    found = (one.scheme for one in predicted if one is not None)
    stand_in = next(found, truth[0].scheme)
    groups: dict[tuple[LandmarkScheme, LandmarkScheme], list[int]] = {}
    for i, (one, true) in enumerate(zip(predicted, truth, strict=True)):
        scheme = stand_in if one is None else one.scheme
        groups.setdefault((scheme, true.scheme), []).append(i)
    for (ours, theirs), faces in groups.items():
        missed = np.full((len(ours), 2), np.nan)
        marks = [predicted[i] for i in faces]
        yield Batch(
            shared_points(ours, theirs),
            np.array(faces, dtype=np.intp),
            np.stack([missed if one is None else one.points for one in marks]),
            np.stack([truth[i].points for i in faces]),
        )
