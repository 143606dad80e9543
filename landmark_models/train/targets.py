"""What a task makes of a store's landmarks: its own points, and the unit of its error."""

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import LandmarkError
from align_eval.landmarks import LandmarkScheme
from landmark_models.train.store import Store

Floats = NDArray[np.float32]
_CORNERS = ("left_eye_outer", "right_eye_outer")


def converted(points: Floats, source: LandmarkScheme, target: LandmarkScheme) -> Floats:
    """(B, P, 2) points of one scheme as (B, Q, 2) of another.

    Raises
    ------
    LandmarkError
        A point that the source cannot give.
    """
    if source == target:
        return points
    names, weights = source.conversion(target)
    missing = [name for name in target.points if name not in names]
    if missing:
        raise LandmarkError(
            f"training wants the points of {target.name!r}; {source.name!r} cannot give "
            f"{', '.join(missing)}"
        )
    made: Floats = np.einsum("qp,bpc->bqc", weights.astype(np.float32), points)
    return made


def eye_span(points: Floats, scheme: LandmarkScheme) -> Floats:
    """(B,) distance of the outer eye corners, in whatever unit the points are.

    Raises
    ------
    LandmarkError
        A scheme without eye corners.
    """
    left, right = scheme.indices(*_CORNERS)
    span: Floats = np.linalg.norm(points[:, left] - points[:, right], axis=1)
    return span


def mean_shape(store: Store, target: LandmarkScheme, size: int, crop: float) -> Floats:
    """(Q, 2) the mean of the training shapes in pixels of crops round their own boxes."""
    points = converted(store.points, store.scheme, target)
    low, high = store.points.min(axis=1), store.points.max(axis=1)
    side = (high - low).max(axis=1)[:, None, None] * crop
    centre = ((low + high) / 2)[:, None]
    shape: Floats = ((points - centre) / side).mean(axis=0) * size + (size - 1) / 2
    return shape
