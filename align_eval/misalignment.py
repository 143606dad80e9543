"""What a landmark error does to an aligned face: shift, rotation and scale, and what it does not.

Alignment maps a face's points s to a template's points t by the similarity a·s + b of least
squares (`align_eval.similarity`). Aligned by other points than the true ones the face lies in its
crop moved by a similarity, the *misalignment*: the fit of the predicted points after the inverse
of the fit of the true ones. It says where the face goes, and the points' error is the opposite:
eyes that are marked too far to the right put the face too far to the left.

To the first order the misalignment is linear in the landmark errors. Write points as complex
numbers, let u be the true points aligned by their own fit, e the errors there, a prime the distance
from the weighted mean, S = Σ w·|u′|², and ⟨g, e⟩ = Σ w·Re(conj(g)·e). From the derivative of the
closed form at u, where a = 1::

    shift = −Σ w·e        rotation = −⟨i·t′, e⟩ / S        log scale = −⟨2u′ − t′, e⟩ / S

The shift is that of the centre of the template's points, so that neither rotation nor scale moves
it. The four directions 1, i, i·t′ and 2u′ − t′ are orthogonal, since conj(u′)·t′ sums to S. The
mean squared error Σ w·|e|² is therefore the sum of its parts along each and of a rest, the *shape*:
errors that, to the first order, leave alignment as it is. For a face of the template's shape
(u = t) the last two directions are the template turned and grown. The points of another face turned
as a whole are rotation but for the share R / (S + R) of their error, R = Σ w·|u − t|², which turns
nothing and counts as shape (ArcFace's template and HELEN's test faces: 3 % in the median).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.similarity import FloatArray, Similarity

PARAMETERS = ("shift_x", "shift_y", "rotation", "scale")
"""Of a misalignment, in this order; ``scale`` is its natural logarithm."""
PARTS = (*PARAMETERS, "shape")
"""Of the landmark error's energy, in this order."""

_Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Misalignment:
    """How faces lie in their crops for errors of their points, and what the errors consist of.

    Parameters
    ----------
    similarity : Similarity
        (…) of them: from a face aligned by its true points to the same face as it is aligned.
    parameters : (…, 4) float64
        `PARAMETERS`, exact: how far the centre of the target's points goes, x to the right and y
        down, in the target's unit; radians, clockwise on screen; the logarithm of the scale.
    energies : (…, 5) float64
        `PARTS` of the landmark error: means over the points, with the fit's weights, of squared
        distances in the target's unit, to the first order, see the module.
    """

    similarity: Similarity
    parameters: FloatArray
    energies: FloatArray

    @property
    def energy(self) -> FloatArray:
        """(…) the mean squared landmark error, which all parts add up to."""
        whole: FloatArray = self.energies.sum(axis=-1)
        return whole


def decompose(
    predicted: ArrayLike, truth: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None
) -> Misalignment:
    """What alignment makes of the errors of faces' points.

    Parameters
    ----------
    predicted, truth : (…, N, 2) array_like
        A face's points in pixels; leading axes broadcast.
    target : (N, 2) array_like
        The template's points. Shifts and errors come in its unit: divide the points by their eye
        distance to have them in eye distances.
    weights : (…, N) array_like, optional
        Of the fits of both; 1 by default. A point of weight 0 is left out, and the centre is then
        that of the others.

    Raises
    ------
    DegenerateFitError, ValueError
        See `align_eval.similarity.Similarity.fit`.

    Examples
    --------
    >>> face = np.array([[0, 0], [2, 0], [1, 1], [0, 2], [2, 2]])
    >>> moved = decompose(face + [0.5, 0.0], face, face / 2)
    >>> moved.parameters.round(6).tolist(), moved.energies.round(6).tolist()
    ([-0.25, 0.0, 0.0, 0.0], [0.0625, 0.0, 0.0, 0.0, 0.0])
    """
    seen = _Seen.at(truth, target, weights)
    moved = Similarity.fit(predicted, target, weights) @ seen.right.inverse
    centre = np.stack([seen.centre.real, seen.centre.imag], axis=-1)
    shift = moved(centre[..., None, :])[..., 0, :] - centre
    parts = (shift[..., 0], shift[..., 1], moved.angle, np.log(moved.scale))
    errors = _complex(seen.right(predicted)) - seen.aligned
    return Misalignment(moved, np.stack(parts, axis=-1), seen.energies(errors))


def jacobian(source: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """How the misalignment changes with each landmark: its derivative where there is no error.

    Parameters
    ----------
    source : (…, N, 2) array_like
        The true points in pixels.
    target : (N, 2) array_like
        The template's points; shifts come in their unit.
    weights : (…, N) array_like, optional
        Of the fit; 1 by default.

    Returns
    -------
    (…, 4, N, 2) float64
        Of each of `PARAMETERS` by the x and y of each point: the target's unit, radians, or 1, a
        pixel of the source.

    Raises
    ------
    DegenerateFitError, ValueError
        See `align_eval.similarity.Similarity.fit`.

    Examples
    --------
    Each of five points takes its fifth of a common shift with it:

    >>> face = np.array([[0, 0], [2, 0], [1, 1], [0, 2], [2, 2]])
    >>> jacobian(face, face)[:2, 0].round(6).tolist()
    [[-0.2, 0.0], [-0.0, -0.2]]
    """
    seen = _Seen.at(source, target, weights)
    # An error in the image is turned and scaled with the face: e = a · (error in pixels).
    turn = np.conj(_complex(seen.right.matrix[..., 0]))[..., None, None]
    rows = -seen.weights[..., None, :] * turn * seen.directions
    rows[..., 2:, :] /= seen.spread[..., None, None]
    return np.stack([rows.real, rows.imag], axis=-1)


class Implied(NamedTuple):
    """Mean (…, 4) and covariance (…, 4, 4) of `PARAMETERS`."""

    mean: FloatArray
    covariance: FloatArray

    @property
    def deviations(self) -> FloatArray:
        """(…, 4) standard deviations."""
        variances = np.diagonal(self.covariance, axis1=-2, axis2=-1)
        return np.sqrt(np.maximum(variances, 0.0))  # rounding can make one of 0 negative


def implied(derivative: FloatArray, mean: ArrayLike, covariance: ArrayLike) -> Implied:
    """The misalignments that landmark errors of some mean and covariance cause, to first order.

    The second order makes a face a little smaller whatever the errors: scattered points are
    farther apart.

    Parameters
    ----------
    derivative : (…, 4, N, 2) float64
        From `jacobian`.
    mean : (…, N, 2) array_like
        Of the errors, in the source's pixels.
    covariance : (…, 2N, 2N) array_like
        Of the errors x₀, y₀, x₁, y₁, …, in pixels squared; points may err together.

    Examples
    --------
    >>> face = np.array([[0, 0], [2, 0], [1, 1], [0, 2], [2, 2]])
    >>> noise = implied(jacobian(face, face), np.zeros((5, 2)), np.eye(10))
    >>> (noise.deviations ** 2).round(6).tolist()
    [0.2, 0.2, 0.125, 0.125]
    """
    rows = derivative.reshape(*derivative.shape[:-2], -1)
    errors = np.asarray(mean, dtype=np.float64)
    offset = np.einsum("...kni,...ni->...k", derivative, errors)
    spread = rows @ np.asarray(covariance, dtype=np.float64) @ np.swapaxes(rows, -1, -2)
    return Implied(offset, spread)


class _Seen(NamedTuple):
    """What alignment sees of errors at some true points; see the module for the letters.

    `right` is the fit of the true points, `aligned` and `target` (…, N) where it takes them and
    where it should, `centre` (…) the target's, `directions` (…, 4, N) those of `PARAMETERS`,
    `spread` (…) is S, and `weights` (…, N) sum to 1.
    """

    right: Similarity
    aligned: _Complex
    centre: _Complex
    directions: _Complex
    spread: FloatArray
    weights: FloatArray

    @classmethod
    def at(cls, truth: ArrayLike, target: ArrayLike, weights: ArrayLike | None) -> "_Seen":
        right = Similarity.fit(truth, target, weights)
        aligned = _complex(right(truth))
        goal = np.broadcast_to(_complex(np.asarray(target, dtype=np.float64)), aligned.shape)
        given = np.ones(aligned.shape[-1]) if weights is None else np.asarray(weights, np.float64)
        w = np.broadcast_to(given / given.sum(axis=-1, keepdims=True), aligned.shape)
        centre: _Complex = (w * goal).sum(axis=-1)
        u, t = aligned - (w * aligned).sum(axis=-1, keepdims=True), goal - centre[..., None]
        directions = np.stack([np.ones_like(u), np.full_like(u, 1j), 1j * t, 2 * u - t], axis=-2)
        return cls(right, aligned, centre, directions, (w * np.abs(u) ** 2).sum(axis=-1), w)

    def energies(self, errors: _Complex) -> FloatArray:
        """(…, 5) `PARTS` of (…, N) errors of aligned points."""
        w, ways = self.weights[..., None, :], self.directions
        sizes = (w * np.abs(ways) ** 2).sum(axis=-1)
        along = (w * np.conj(ways) * errors[..., None, :]).real.sum(axis=-1) / sizes
        # The rest is squared itself: total minus parts would be rounding error where it is small.
        rest = errors - (along[..., None] * ways).sum(axis=-2)
        shape = (self.weights * np.abs(rest) ** 2).sum(axis=-1)
        return np.concatenate([along**2 * sizes, shape[..., None]], axis=-1)


def _complex(points: FloatArray) -> _Complex:
    found: _Complex = points[..., 0] + 1j * points[..., 1]
    return found
