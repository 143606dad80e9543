"""Working an active appearance model out: from faces and their landmarks to a fit's constants.

What Gauss–Newton must know of a level comes from the training faces, warped to the frame of the
mean shape by shapes that are off by random parameters Δ:

- J, the derivative of appearance with respect to the parameters, by least squares over all of
  them: the averaged numeric derivative of Cootes, Edwards and Taylor (PAMI 2001), which knows how
  far the level's shapes are off, and holds for the average face rather than for the mean one;
- the modes of what appearance has besides J Δ: those of the faces, and with them what is left over
  because faces do not all follow the same J.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import Delaunay
from torch import Tensor

from align_eval.errors import DataError
from landmark_models.nets.aam import (
    Aam,
    AamSize,
    Features,
    Level,
    LevelSize,
    Shapes,
    appearance,
    normalised,
    pairs,
)

Doubles = NDArray[np.float64]
_ROUNDS = 5
_DRAWN = 4
_CHUNK = 64
_LEAST = 4


@torch.no_grad()
def aam_of(sizes: AamSize, images: Tensor, points: Tensor, start: Tensor) -> Aam:
    """An active appearance model of some faces; displacements are of torch's global generator.

    Parameters
    ----------
    sizes : AamSize
        Which model.
    images : (N, 1, S, S) tensor
        Gray values from 0 to 255.
    points : (N, P, 2) tensor
        Landmarks in their pixels.
    start : (P, 2) tensor
        The shape whose place, size and turn the mean shape takes on, and where a fit starts.

    Raises
    ------
    DataError
        Fewer than four faces.
    """
    if len(images) < _LEAST:
        raise DataError(f"an appearance model wants at least {_LEAST} faces, got {len(images)}")
    marks, place = points.double().numpy(), start.double().numpy()
    mean, aligned = procrustes(marks, place)
    rigid = similarity_modes(mean)
    modes, spread = shape_modes(aligned - mean, rigid, sizes.modes)
    mesh = Delaunay(mean)
    shapes = Shapes(*map(_tensor, (mean, modes, spread, slopes(mesh))))
    # How far off the start is, as multiples of the similarity's modes.
    apart = ((marks - mean).reshape(len(marks), -1) @ rigid.T).std(axis=0)
    moves = np.concatenate([modes * spread[:, None], rigid * apart[:, None]])
    levels = []
    for size in sizes.levels:
        features = Features(sizes.directions, size.before, size.after)
        places, drift = _tensor(frame(mesh, size.frame)), _tensor(moves)
        seen = _Seen(features, places, drift, size, shapes, images, points)
        levels.append(_level(seen, sizes))
    return Aam(sizes, shapes, levels)


def procrustes(shapes: Doubles, place: Doubles) -> tuple[Doubles, Doubles]:
    """The mean of (N, P, 2) shapes up to similarities, and the shapes on it.

    Parameters
    ----------
    shapes : (N, P, 2) array
        Landmarks.
    place : (P, 2) array
        What the mean's place, size and turn are taken from.

    Returns
    -------
    (P, 2) array, (N, P, 2) array
        The latter in the mean's tangent space, as of Cootes et al.
    """
    flat = shapes - shapes.mean(axis=1, keepdims=True)
    turns = flat[..., 0] + 1j * flat[..., 1]
    middle = place.mean(axis=0)
    first = place - middle
    target = first[:, 0] + 1j * first[:, 1]
    mean = target
    for _ in range(_ROUNDS):
        across = turns.conj() @ mean
        aligned = turns * (across / np.abs(across))[:, None]
        aligned *= (np.vdot(mean, mean).real / (aligned @ mean.conj()).real)[:, None]
        mean = aligned.mean(axis=0)
        mean = mean * np.vdot(mean, target) / np.vdot(mean, mean)
    across = turns.conj() @ mean
    aligned = turns * (across / np.abs(across))[:, None]
    aligned *= (np.vdot(mean, mean).real / (aligned @ mean.conj()).real)[:, None]
    return _plane(mean) + middle, _plane(aligned) + middle


def _plane(values: NDArray[np.complex128]) -> Doubles:
    return np.stack([values.real, values.imag], axis=-1)


def similarity_modes(mean: Doubles) -> Doubles:
    """(4, 2P) orthonormal: size, turn, right and down (Matthews and Baker, section 4.2)."""
    off = mean - mean.mean(axis=0)
    turn = np.stack([-off[:, 1], off[:, 0]], axis=1)
    right, down = np.zeros_like(off), np.zeros_like(off)
    right[:, 0] = down[:, 1] = 1
    modes = np.stack([off, turn, right, down]).reshape(4, -1)
    unit: Doubles = modes / np.linalg.norm(modes, axis=1, keepdims=True)
    return unit


def shape_modes(apart: Doubles, rigid: Doubles, count: int) -> tuple[Doubles, Doubles]:
    """Principal modes of (N, P, 2) deviations, and their standard deviations.

    Parameters
    ----------
    apart : (N, P, 2) array
        Shapes less their mean.
    rigid : (4, 2P) array
        Orthonormal modes that the others shall not hold.
    count : int
        How many; fewer if the shapes are too few.
    """
    flat = apart.reshape(len(apart), -1)
    flat = flat - flat @ rigid.T @ rigid
    _, sizes, modes = np.linalg.svd(flat, full_matrices=False)
    spread = sizes / np.sqrt(len(flat))
    kept = min(count, int((spread > 1e-6 * spread[0]).sum()))
    return modes[:kept], spread[:kept]


def slopes(mesh: Delaunay) -> Doubles:
    """(2P, P) see `Shapes`."""
    points: Doubles = mesh.points
    made, areas = np.zeros((len(points), 2, len(points))), np.zeros(len(points))
    for triangle in mesh.simplices:
        corners = points[triangle]
        edges = corners[1:] - corners[0]
        area = abs(np.linalg.det(edges))
        gradient = np.linalg.solve(edges, np.array([[-1.0, 1, 0], [-1, 0, 1]]))
        for corner in triangle:
            made[corner][:, triangle] += area * gradient
            areas[corner] += area
    return (made / areas[:, None, None]).reshape(-1, len(points))


def frame(mesh: Delaunay, count: int) -> Doubles:
    """(Q, P) barycentric coordinates of the pixels of a mesh that is `count` pixels wide."""
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    step = (high - low).max() / count
    axes = [np.arange(low[k] + step / 2, high[k], step) for k in (0, 1)]
    pixels = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    inside = mesh.find_simplex(pixels)
    pixels, inside = pixels[inside >= 0], inside[inside >= 0]
    maps = mesh.transform[inside]
    two = np.einsum("qij,qj->qi", maps[:, :2], pixels - maps[:, 2])
    made = np.zeros((len(pixels), len(mesh.points)))
    every = np.concatenate([two, 1 - two.sum(axis=1, keepdims=True)], axis=1)
    np.put_along_axis(made, mesh.simplices[inside], every, axis=1)
    return made


class _Seen(NamedTuple):
    """What a level sees of the training faces."""

    features: Features
    places: Tensor
    moves: Tensor
    size: LevelSize
    shapes: Shapes
    images: Tensor
    points: Tensor

    def rounds(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Of some faces at a time: appearance, displacements, and appearance where displaced.

        (B, D), (k, B, m) and (k, B, D); each displacement comes with its opposite.
        """
        for start in range(0, len(self.images), _CHUNK):
            images, points = (part[start : start + _CHUNK] for part in (self.images, self.points))
            seen = self.features(images)
            off = self.size.reach * torch.randn(_DRAWN, len(images), len(self.moves))
            off = torch.cat([off, -off])
            yield (
                normalised(appearance(seen, self.places, points)),
                off,
                torch.stack([self._displaced(seen, points, one) for one in off]),
            )

    def _displaced(self, seen: Tensor, points: Tensor, off: Tensor) -> Tensor:
        change = pairs(off @ self.moves)
        return normalised(appearance(seen, self.places, self.shapes.composed(points, change)))


def _level(seen: _Seen, sizes: AamSize) -> Level:
    mean, jacobian, noise = _observed(seen)
    modes, power, floor = principal(noise, sizes.appearance)
    weighted = whitened(jacobian, modes, power, floor) / sizes.together
    prior = torch.zeros(len(seen.moves), dtype=torch.float64)
    count = len(seen.shapes.spread)
    prior[:count] = 1
    normal = weighted.T @ jacobian + torch.diag(prior)
    update = sizes.stride * torch.linalg.solve(normal, weighted.T)
    pull = sizes.stride * torch.linalg.solve(normal, torch.diag(prior)[:, :count])
    return Level(
        seen.features,
        seen.places,
        seen.moves,
        mean.float(),
        update.float(),
        pull.float(),
        seen.size.iterations,
    )


def _observed(seen: _Seen) -> tuple[Tensor, Tensor, Tensor]:
    """Mean appearance (D,), J (D, m), and what displaced faces (N, D) have besides both."""
    values, count = len(seen.places) * max(seen.features.directions, 1), 0
    total = torch.zeros(values, dtype=torch.float64)
    across = torch.zeros(values, len(seen.moves), dtype=torch.float64)
    shown, drawn = [], []
    for still, off, moved in seen.rounds():
        total += still.double().sum(dim=0)
        # What is the same for opposite displacements cancels.
        half = (moved[:_DRAWN] - moved[_DRAWN:]) / 2
        across += torch.einsum("kbd,kbm->dm", half, off[:_DRAWN]).double()
        count += half.shape[0] * half.shape[1]
        shown.append(moved[0])
        drawn.append(off[0])
    mean, jacobian = total / len(seen.images), across / (count * seen.size.reach**2)
    noise = torch.cat(shown).double() - mean - torch.cat(drawn).double() @ jacobian.T
    return mean, jacobian, noise


def principal(values: Tensor, count: int) -> tuple[Tensor, Tensor, float]:
    """Principal modes (D, k) of (N, D) values, their variances, and that of each other one."""
    gram = values @ values.T / len(values)
    power, sides = torch.linalg.eigh(gram)
    kept = min(count, len(values) // 2, values.shape[1] // 2)
    power, sides = power.flip(0)[:kept], sides.flip(1)[:, :kept]
    rest = float(gram.trace() - power.sum()) / (values.shape[1] - kept)
    floor = max(rest, 1e-9 * float(power[0]), 1e-12)
    modes = values.T @ sides / (len(values) * power.clamp(min=floor)).sqrt()
    return modes, power, floor


def whitened(jacobian: Tensor, modes: Tensor, power: Tensor, floor: float) -> Tensor:
    """Σ⁻¹ J, where Σ has these modes and, in every other direction, the floor (Woodbury)."""
    share = power / (power + floor)
    return (jacobian - modes @ (share[:, None] * (modes.T @ jacobian))) / floor


def _tensor(values: Doubles) -> Tensor:
    return torch.from_numpy(values).float()
