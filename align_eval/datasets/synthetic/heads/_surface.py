"""The mean skin: the smooth surface through the named places, then its creases and its lids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, diags_array

from align_eval.datasets.synthetic.heads import _anatomy as anatomy
from align_eval.datasets.synthetic.heads._chart import LIP_RINGS, Chart, along, chart, neck_chart
from align_eval.datasets.synthetic.heads._sphere import Array, Indices


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the head under construction.

    Parameters
    ----------
    places : (V, 3) float64
        On the mean head.
    triangles : (T, 3) int
        Outwards.
    parts : (T,) uint8
    """

    places: Array
    triangles: Indices
    parts: NDArray[np.uint8]


def _controls() -> tuple[Array, Array]:
    """Directions and places of all named places, both halves."""
    free = [*anatomy.MIDLINE, *anatomy.CRANIUM, *anatomy.FACE]
    free += [*anatomy.JAW, *anatomy.BROW, *anatomy.NOSE]
    places = [np.array(free, dtype=np.float64), anatomy.lid_margin()]
    directions = [chart(part) for part in places]
    for side in (-1.0, 1.0):
        # Both lips end in the same corner.
        contour = along(anatomy.lip_contour(side))[: None if side < 0 else -1]
        places.append(contour)
        directions.append(chart(contour, side))
    for height, angle, section in anatomy.NECK:
        x, z = np.array(section, dtype=np.float64).T
        places.append(np.column_stack([x, np.full_like(x, height), z]))
        directions.append(neck_chart(x, z, angle))
    nodes, targets = np.vstack(directions), np.vstack(places)
    off = targets[:, 0] > 0
    mirror = np.array([-1, 1, 1])
    return np.vstack([nodes, nodes[off] * mirror]), np.vstack([targets, targets[off] * mirror])


def _cubed(a: Array, b: Array) -> Array:
    """(A, B) third powers of the distances between unit vectors."""
    squared = np.maximum(2 - 2 * a @ b.T, 0.0)
    cubed: Array = squared * np.sqrt(squared)
    return cubed


def _through_controls(directions: Array) -> Array:
    """(N, 3) places of the spline ``Σ c |s − sᵢ|³ + linear`` through the named places."""
    nodes, places = _controls()
    count = len(nodes)
    linear = np.column_stack([np.ones(count), nodes])
    system = np.zeros((count + 4, count + 4))
    system[:count, :count] = _cubed(nodes, nodes) + 1e-7 * np.eye(count)
    system[:count, count:], system[count:, :count] = linear, linear.T
    solved = np.linalg.solve(system, np.vstack([places, np.zeros((4, 3))]))
    terms = np.column_stack([_cubed(directions, nodes), np.ones(len(directions)), directions])
    result: Array = terms @ solved
    return result


def normals(places: Array, triangles: Indices) -> Array:
    """(V, 3) unit normals, pointing out."""
    corners = places[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(places)
    for k in range(3):
        np.add.at(total, triangles[:, k], faces)
    unit: Array = total / np.linalg.norm(total, axis=1, keepdims=True)
    return unit


def distance_to(line: Array, places: Array) -> Array:
    """(N,) distances of places from a polyline of (L, 3) points."""
    start, step = line[:-1], np.diff(line, axis=0)
    away = places[:, None] - start
    share = np.clip((away * step).sum(axis=2) / (step**2).sum(axis=1), 0, 1)
    nearest: Array = np.linalg.norm(away - share[..., None] * step, axis=2).min(axis=1)
    return nearest


def _folded(places: Array) -> Array:
    """Places with the left half mirrored onto the right."""
    return np.abs(places) * [1, 0, 0] + places * [0, 1, 1]


def _creased(places: Array, drawn: Chart) -> Array:
    """With creases pressed in along the normals, and nostrils hollowed out."""
    outward, folded = normals(places, drawn.triangles), _folded(places)
    creases = [(np.array(line), depth, width) for line, depth, width in anatomy.CREASES]
    creases.append((places[drawn.lids[5, 1:24]], *anatomy.LID_FOLD))
    press = np.zeros(len(places))
    for line, depth, width in creases:
        near = np.exp(-0.5 * (distance_to(line, folded) / width) ** 2)
        press = np.maximum(press, depth * near)
    nostril = distance_to(np.array(anatomy.NOSTRIL), folded) / anatomy.NOSTRIL_WIDTH
    hollow = np.exp(-(nostril**6))[:, None] * np.array(anatomy.NOSTRIL_DEPTH)
    creased: Array = places - press[:, None] * outward + hollow
    return creased


def _off_eyeball(places: Array) -> Array:
    """Lids lie on the eyeball: places within the lid's radius are moved out to it."""
    side = np.where(places[:, :1] < 0, [-1.0, 1.0, 1.0], 1.0)
    away = places - anatomy.EYEBALL * side
    length = np.linalg.norm(away, axis=1, keepdims=True)
    out = np.maximum(length, anatomy.LID_RADIUS) / length - 1
    lifted: Array = places + away * out * (away[:, 2:] < 0)
    return lifted


def _lofted(places: Array, drawn: Chart) -> Array:
    """With the red of the lips rounded: each column bends from seam over body to contour."""
    places = places.copy()
    share = np.array(LIP_RINGS)[:, None, None]
    for side, rings in zip((-1.0, 1.0), drawn.lips, strict=True):
        first, last = along(anatomy.seam()), along(anatomy.lip_contour(side))
        bend = 2 * along(anatomy.lip_body(side)) - 0.5 * (first + last)
        curve = (1 - share) ** 2 * first + 2 * share * (1 - share) * bend + share**2 * last
        places[rings] = curve
        places[drawn.mirror[rings]] = curve * [-1, 1, 1]
    return places


def _settled(places: Array, drawn: Chart) -> Array:
    """Vertices off the edges moved half-way to the middle of their neighbours, twice."""
    count = len(places)
    edges = drawn.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    joined = coo_array((np.ones(len(edges)), edges.T), shape=(count, count)).tocsr()
    mean = diags_array(1 / joined.sum(axis=1)) @ joined
    free = np.ones(count, dtype=bool)
    edge = np.concatenate([drawn.lids[0], drawn.lips[:, 0].ravel(), drawn.neck])
    free[[*edge, *drawn.mirror[edge]]] = False
    for _ in range(2):
        places = np.where(free[:, None], 0.5 * places + 0.5 * (mean @ places), places)
    return places


def mean_skin(drawn: Chart) -> Array:
    """(V, 3) places of the chart's vertices on the mean head, exactly symmetric."""
    smooth = _through_controls(drawn.directions)
    rough = _lofted(_creased(smooth, drawn), drawn)
    half = _off_eyeball(_settled(rough, drawn))[: drawn.half]
    half[drawn.directions[: drawn.half, 0] == 0, 0] = 0.0
    mirrored: Array = np.empty_like(smooth)
    mirrored[: drawn.half] = half
    rest = np.arange(drawn.half, len(smooth))
    mirrored[rest] = half[drawn.mirror[rest]] * [-1, 1, 1]
    return mirrored
