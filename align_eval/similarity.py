"""Similarity and affine transforms as values, fitted in closed form, one or a batch at a time.

With points as complex numbers a similarity is ``t = a·s + b``, and least squares is one division:
``a = Σ w·conj(s−s̄)·(t−t̄) / Σ w·|s−s̄|²``. It equals Umeyama's estimate (IEEE TPAMI 13(4), 1991)
restricted to rotations, without a singular value decomposition.
"""

from dataclasses import dataclass
from typing import Literal, Self

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

    def __matmul__(self, other: "Affine") -> Self:
        """The transform that applies `other` first, then this one."""
        linear = self.matrix[..., :2] @ other.matrix[..., :2]
        shift = self.matrix[..., :2] @ other.matrix[..., 2:] + self.matrix[..., 2:]
        return type(self)(np.concatenate([linear, shift], axis=-1))

    @property
    def inverse(self) -> Self:
        """The transform back.

        Raises
        ------
        DegenerateFitError
            A transform that flattens the plane has no inverse.
        """
        linear = self.matrix[..., :2]
        if np.any(np.abs(np.linalg.det(linear)) < np.finfo(np.float64).tiny):
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
            Points that are not finite, or too few or too close together to fix a transform.
        """
        if minimise == "source":
            return cls.fit(target, source, weights).inverse
        return cls(cls._solve(*_prepared(source, target, weights)))

    @classmethod
    def _solve(cls, source: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
        s_mean, t_mean, s, t = _centred(source, target, weights)
        weighted = s * weights[..., None]
        gram = np.swapaxes(weighted, -1, -2) @ s
        spread: FloatArray = np.linalg.eigvalsh(gram).astype(np.float64)
        _refuse_flat(spread[..., 0], source, spread[..., 1])
        linear = np.swapaxes(np.linalg.solve(gram, np.swapaxes(weighted, -1, -2) @ t), -1, -2)
        return _with_shift(linear, s_mean, t_mean)


class Similarity(Affine):
    """Rotation, uniform scale and shift: an `Affine` that keeps shapes.

    Angles are in radians and turn x towards y (clockwise on screen, since y points down).

    Examples
    --------
    >>> turn = Similarity.fit([[0, 0], [1, 0]], [[5, 5], [5, 7]])
    >>> turn.scale.item(), round(np.degrees(turn.angle.item())), turn.shift.tolist()
    (2.0, 90, [5.0, 5.0])
    """

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
        a = np.asarray(scale, dtype=np.float64) * np.exp(1j * np.asarray(angle, dtype=np.float64))
        return cls(_from_complex(a, np.asarray(shift, dtype=np.float64)))

    @classmethod
    def _solve(cls, source: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
        s, t = source[..., 0] + 1j * source[..., 1], target[..., 0] + 1j * target[..., 1]
        total = weights.sum(-1)
        s_mean, t_mean = (weights * s).sum(-1) / total, (weights * t).sum(-1) / total
        s, t = s - s_mean[..., None], t - t_mean[..., None]
        spread = (weights * (s.real**2 + s.imag**2)).sum(-1)
        _refuse_flat(spread, source)
        a = (weights * s.conj() * t).sum(-1) / spread
        b = t_mean - a * s_mean
        return _from_complex(a, np.stack([b.real, b.imag], axis=-1))


def _prepared(
    source: ArrayLike, target: ArrayLike, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    s, t = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if s.shape[-1:] != (2,) or t.shape[-1:] != (2,) or s.shape[-2] != t.shape[-2]:
        raise ValueError(f"a fit wants matching (…, N, 2) points, got {s.shape} and {t.shape}")
    w = np.ones(s.shape[-2]) if weights is None else np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(s).all() and np.isfinite(t).all() and np.isfinite(w).all()):
        raise DegenerateFitError("the points or weights of a fit are not all finite")
    if (w < 0).any():
        raise ValueError("weights must not be negative")
    if np.any(np.count_nonzero(w, axis=-1) < 2):
        raise DegenerateFitError("a fit needs at least two points with positive weight")
    return s, t, np.broadcast_to(w, np.broadcast_shapes(s.shape[:-1], w.shape))


def _centred(
    source: FloatArray, target: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    total = weights.sum(-1)[..., None]
    s_mean = (source * weights[..., None]).sum(-2) / total
    t_mean = (target * weights[..., None]).sum(-2) / total
    return s_mean, t_mean, source - s_mean[..., None, :], target - t_mean[..., None, :]


def _refuse_flat(spread: FloatArray, source: FloatArray, widest: FloatArray | float = 0.0) -> None:
    """Refuse a spread that is rounding error beside the coordinates or the widest spread."""
    size = np.square(source).max(axis=(-1, -2), initial=1.0)
    if np.any(spread <= np.maximum(1e-18 * size, 1e-12 * np.asarray(widest))):
        raise DegenerateFitError("the points of a fit are coincident or too few for it")


def _from_complex(a: NDArray[np.complex128], shift: FloatArray) -> FloatArray:
    rows = [[a.real, -a.imag], [a.imag, a.real]]
    linear = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    shape = np.broadcast_shapes(linear.shape[:-2], shift.shape[:-1])
    linear = np.broadcast_to(linear, (*shape, 2, 2))
    return np.concatenate([linear, np.broadcast_to(shift, (*shape, 2))[..., None]], axis=-1)


def _with_shift(linear: FloatArray, s_mean: FloatArray, t_mean: FloatArray) -> FloatArray:
    shift = t_mean[..., None] - linear @ s_mean[..., None]
    return np.concatenate([linear, shift], axis=-1)
