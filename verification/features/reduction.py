"""Principal components of descriptors."""

import numpy as np
from sklearn.decomposition import PCA

from align_eval.errors import DataError
from verification.features.dense import Descriptors


class Reduction:
    """Descriptors in their first principal components.

    Parameters
    ----------
    descriptors : (N, P, L) float32
        Of training crops.
    dimensions : int
        Components that are kept, at most L.
    patches : int
        At most so many descriptors are looked at, evenly spaced.

    Raises
    ------
    DataError
        Fewer descriptors than dimensions.
    """

    def __init__(self, descriptors: Descriptors, dimensions: int, patches: int = 60_000) -> None:
        flat = descriptors.reshape(-1, descriptors.shape[-1])
        seen = flat[:: max(1, -(-len(flat) // patches))]
        dimensions = min(dimensions, flat.shape[1])
        if len(seen) <= dimensions:
            raise DataError(f"{dimensions} components want more than {len(seen)} descriptors")
        model = PCA(dimensions, svd_solver="covariance_eigh").fit(seen)
        self._mean = model.mean_.astype(np.float32)
        self._axes = np.ascontiguousarray(model.components_.T, dtype=np.float32)
        self.explained = float(model.explained_variance_ratio_.sum())

    def __call__(self, descriptors: Descriptors) -> Descriptors:
        """(N, P, `dimensions`) of (N, P, L)."""
        return np.asarray((descriptors - self._mean) @ self._axes, dtype=np.float32)
