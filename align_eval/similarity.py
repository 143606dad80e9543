"""Similarity and affine transforms as values, fitted in closed form, one or a batch at a time.

With points as complex numbers a similarity is ``t = a·s + b``, and least squares is one division:
``a = Σ w·conj(s−s̄)·(t−t̄) / Σ w·|s−s̄|²``. It is the best rotation, uniform scale and shift;
Umeyama's estimate (IEEE TPAMI 13(4), 1991) chooses its scale in the same way, and both agree, but
this needs no singular value decomposition.
"""

from dataclasses import dataclass
from typing import Literal, Self, get_args, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import DegenerateFitError

FloatArray = NDArray[np.float64]
Minimise = Literal["target", "source"]


@dataclass(frozen=True, eq=False)
class Affine:
    """A plane transform ``p ↦ A·p + b``, or a batch of them.

    Parameters
    ----------
    matrix : (…, 2, 3) array_like
        ``[A | b]``. Points are (x, y) in pixels.

    Examples
    --------
    >>> Affine([[2, 0, 1], [0, 2, -1]])([[0, 0], [1, 1]]).tolist()
    [[1.0, -1.0], [3.0, 1.0]]
    """

    matrix: FloatArray

    def __init__(self, matrix: ArrayLike) -> None:
        array = np.array(matrix, dtype=np.float64)
        if array.shape[-2:] != (2, 3):
            raise ValueError(f"a transform wants a (…, 2, 3) matrix, got {array.shape}")
        array.flags.writeable = False
        object.__setattr__(self, "matrix", array)

    def __call__(self, points: ArrayLike) -> FloatArray:
        """Transform (…, N, 2) points."""
        array = np.asarray(points, dtype=np.float64)
        linear, shift = self.matrix[..., :2], self.matrix[..., 2]
        moved: FloatArray = array @ np.swapaxes(linear, -1, -2) + shift[..., None, :]
        return moved

    def __matmul__(self, other: "Affine") -> "Affine":
        """The transform that applies `other` first, then this one."""
        return Affine(self._after(other))

    def _after(self, other: "Affine") -> FloatArray:
        linear = self.matrix[..., :2] @ other.matrix[..., :2]
        shift = self.matrix[..., :2] @ other.matrix[..., 2:] + self.matrix[..., 2:]
        return np.concatenate([linear, shift], axis=-1)

    @property
    def inverse(self) -> Self:
        """The transform back.

        Raises
        ------
        DegenerateFitError
            A transform that flattens the plane has no inverse.
        """
        linear = self.matrix[..., :2]
        size = np.square(linear).sum(axis=(-1, -2))
        if not np.all(np.abs(np.linalg.det(linear)) > _FLAT_SHAPE * size):
            raise DegenerateFitError("a transform that flattens the plane has no inverse")
        back = np.linalg.inv(linear)
        return type(self)(np.concatenate([back, -back @ self.matrix[..., 2:]], axis=-1))

    def residuals(self, source: ArrayLike, target: ArrayLike) -> FloatArray:
        """Distances, in target pixels, that (…, N, 2) points keep after the transform: (…, N)."""
        gap = self(source) - np.asarray(target, dtype=np.float64)
        return np.hypot(gap[..., 0], gap[..., 1])

    @classmethod
    def fit(
        cls,
        source: ArrayLike,
        target: ArrayLike,
        weights: ArrayLike | None = None,
        *,
        minimise: Minimise = "target",
    ) -> Self:
        """The transform from `source` to `target` points with the least squared error.

        Parameters
        ----------
        source, target : (…, N, 2) array_like
            Corresponding points in pixels; leading axes broadcast.
        weights : (…, N) array_like, optional
            Non-negative weight per point; 1 by default.
        minimise : {"target", "source"}
            In whose pixels the error is measured.

        Raises
        ------
        DegenerateFitError
            Points that are not finite, or too few or too close together to fix a transform; a
            least-squares solution that would shrink the plane to a point.
        ValueError
            Arrays whose shapes do not fit, negative weights, or an unknown `minimise`.
        """
        if minimise not in get_args(Minimise):
            raise ValueError(f"minimise is 'target' or 'source', got {minimise!r}")
        if minimise == "source":
            return cls.fit(target, source, weights).inverse
        return cls(cls._solve(*_prepared(source, target, weights)))

    @classmethod
    def _solve(cls, source: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
        s_mean, t_mean, s, t = _centred(source, target, weights)
        gram = np.einsum("...n,...ni,...nj->...ij", weights, s, s)
        cross = np.einsum("...n,...ni,...nj->...ij", weights, s, t)
        xx, yy, xy = gram[..., 0, 0], gram[..., 1, 1], gram[..., 0, 1]
        widest = (xx + yy + np.hypot(xx - yy, 2 * xy)) / 2
        narrowest = (xx * yy - xy**2) / np.maximum(widest, np.finfo(np.float64).tiny)
        _refuse_flat(np.where(narrowest > _FLAT_LINE * widest, narrowest, 0.0), s_mean)
        linear = np.swapaxes(np.linalg.solve(gram, cross), -1, -2)
        _refuse_flat(np.square(linear).sum(axis=(-1, -2)) * widest, t_mean)
        shift = t_mean[..., None] - linear @ s_mean[..., None]
        return np.concatenate([linear, shift], axis=-1)


class Similarity(Affine):
    """Rotation, uniform scale and shift: an `Affine` that keeps shapes.

    Angles are in radians and turn x towards y (clockwise on screen, since y points down).

    Examples
    --------
    >>> turn = Similarity.fit([[0, 0], [1, 0]], [[5, 5], [5, 7]])
    >>> turn.scale.item(), round(np.degrees(turn.angle.item())), turn.shift.tolist()
    (2.0, 90, [5.0, 5.0])
    """

    @overload
    def __matmul__(self, other: "Similarity") -> "Similarity": ...
    @overload
    def __matmul__(self, other: Affine) -> Affine: ...
    def __matmul__(self, other: Affine) -> Affine:
        """The transform that applies `other` first; a similarity if both are."""
        return (Similarity if isinstance(other, Similarity) else Affine)(self._after(other))

    @property
    def scale(self) -> FloatArray:
        """Target pixels per source pixel, shape (…)."""
        return np.hypot(self.matrix[..., 0, 0], self.matrix[..., 1, 0])

    @property
    def angle(self) -> FloatArray:
        """Rotation in radians, in (−π, π], shape (…)."""
        return np.arctan2(self.matrix[..., 1, 0], self.matrix[..., 0, 0])

    @property
    def shift(self) -> FloatArray:
        """Where the source's origin goes, (…, 2) target pixels."""
        return self.matrix[..., 2]

    @classmethod
    def make(
        cls, scale: ArrayLike = 1.0, angle: ArrayLike = 0.0, shift: ArrayLike = (0.0, 0.0)
    ) -> Self:
        """A similarity from its scale, angle (radians) and (…, 2) shift."""
        scales, angles = np.asarray(scale, np.float64), np.asarray(angle, np.float64)
        return cls(_rows(scales * np.cos(angles), scales * np.sin(angles), np.asarray(shift)))

    @classmethod
    def _solve(cls, source: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
        s_mean, t_mean, s, t = _centred(source, target, weights)
        t = t * weights[..., None]
        spread = np.einsum("...n,...ni,...ni->...", weights, s, s)
        _refuse_flat(spread, s_mean)
        # The real and the imaginary part of Σ w·conj(s)·t.
        dot = np.einsum("...ni,...ni->...", s, t)
        cross = np.einsum("...n,...n->...", s[..., 0], t[..., 1])
        cross -= np.einsum("...n,...n->...", s[..., 1], t[..., 0])
        _refuse_flat((dot**2 + cross**2) / spread, t_mean)
        cos, sin = dot / spread, cross / spread
        x, y = s_mean[..., 0], s_mean[..., 1]
        return _rows(cos, sin, t_mean - np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1))


# Squared spreads below these are rounding errors: beside the coordinates, across a line of
# points, and in the area that a transform leaves.
_FLAT_POINT, _FLAT_LINE, _FLAT_SHAPE = 1e-18, 1e-12, 1e-14


def _prepared(
    source: ArrayLike, target: ArrayLike, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arrays of matching shapes; the weights of each fit sum to 1."""
    s, t = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if min(s.ndim, t.ndim) < 2 or s.shape[-2:] != t.shape[-2:] or s.shape[-1] != 2:
        raise ValueError(f"a fit wants matching (…, N, 2) points, got {s.shape} and {t.shape}")
    if not (np.isfinite(s).all() and np.isfinite(t).all()):
        raise DegenerateFitError("the points of a fit are not all finite")
    count = s.shape[-2]
    if weights is None:
        if count < 2:
            raise DegenerateFitError(f"a fit needs at least two points, got {count}")
        return s, t, np.full(count, 1.0 / count)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape[-1:] != (count,):
        raise ValueError(f"a fit of {count} points wants (…, {count}) weights, got {w.shape}")
    if not np.isfinite(w).all():
        raise DegenerateFitError("the weights of a fit are not all finite")
    if (w < 0).any():
        raise ValueError("the weights of a fit must not be negative")
    if np.any(np.count_nonzero(w, axis=-1) < 2):
        raise DegenerateFitError("a fit needs at least two points with positive weight")
    return s, t, w / w.sum(axis=-1, keepdims=True)


def _centred(
    source: FloatArray, target: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    s_mean = np.einsum("...n,...ni->...i", weights, source)
    t_mean = np.einsum("...n,...ni->...i", weights, target)
    return s_mean, t_mean, source - s_mean[..., None, :], target - t_mean[..., None, :]


def _refuse_flat(spread: FloatArray, mean: FloatArray) -> None:
    """Refuse a mean squared spread (px²) that is rounding error beside the coordinates."""
    size = np.maximum(np.square(mean).sum(axis=-1) + spread, 1.0)
    if not np.all(spread > _FLAT_POINT * size):
        raise DegenerateFitError(
            "the points of a fit are coincident, or on one line where an area is needed"
        )


def _rows(cos: FloatArray, sin: FloatArray, shift: FloatArray) -> FloatArray:
    """The (…, 2, 3) matrix of a similarity from scale·cos, scale·sin and its shift."""
    matrix = np.empty((*np.broadcast_shapes(np.shape(cos), shift.shape[:-1]), 2, 3))
    matrix[..., 0, 0] = matrix[..., 1, 1] = cos
    matrix[..., 1, 0] = sin
    matrix[..., 0, 1] = -sin
    matrix[..., 2] = shift
    return matrix
