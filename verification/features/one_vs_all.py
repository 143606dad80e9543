"""One-versus-all matching: for each enrolled reference a partial least squares regression.

Hu, Choi, Chan and Schwartz, JOSA A 32(3), 2015: the response is +1 for the reference's own
samples and −1 for those of the other references and of training subjects, thermal ones among
them; a probe's score is the response that its features get. A response is linear in the features,
so that an enrolled reference is one row and a score one dot product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.interfaces import Embeddings

CALIBRATIONS: Mapping[str, str] = {
    "z": "responses have mean 0 and variance 1 over the training subjects' samples (Z-norm)",
    "none": "responses as they are regressed: +1 for the reference, -1 for others",
}
_RANK = 1e-7  # of the largest eigenvalue: below it single-precision features have only noise


@dataclass(frozen=True)
class OneVsAll:
    """Makes a regression of each reference.

    Parameters
    ----------
    background : (B, D) float32
        Features of training subjects, in the spectrum of the probes.
    components : int
        Of each regression, at most.
    calibration : str
        A key of `CALIBRATIONS`. With ``"z"`` the models' scores compare at one threshold: it
        undoes any gain or offset that one model's responses have over another's.

    Raises
    ------
    ConfigError
        No component, or an unknown calibration.
    DataError
        Fewer than two background samples.
    """

    background: Embeddings
    components: int = 10
    calibration: str = "z"

    def __post_init__(self) -> None:
        if self.components < 1:
            raise ConfigError(f"components want at least 1, got {self.components}")
        if self.calibration not in CALIBRATIONS:
            raise UnknownNameError("calibration", self.calibration, CALIBRATIONS)
        if len(self.background) < 2:
            raise DataError(
                "one-versus-all matching wants at least 2 samples of training subjects, got "
                f"{len(self.background)}"
            )

    def enrolled(self, features: Embeddings, references: Sequence[str]) -> Embeddings:
        """(G, D + 1): a row for each distinct reference, in order of first appearance.

        Parameters
        ----------
        features : (N, D) float32
            Of the gallery.
        references : sequence of N str
            Whose each is; two references are taken for two subjects.
        """
        names = list(dict.fromkeys(references))
        owner = np.array([names.index(name) for name in references])
        samples = np.concatenate([features, self.background]).astype(np.float64)
        mean = samples.mean(axis=0)
        samples -= mean
        # Regressions on few samples of many features see these only through their inner products:
        # in the coordinates of the samples' own span they are the same, and quick.
        basis, places = _span(samples)
        rows = np.empty((len(names), samples.shape[1] + 1), dtype=np.float32)
        for number in range(len(names)):
            own = np.flatnonzero(owner == number)
            weights, offset = self._regressed(places, own, len(features))
            slope = weights @ basis
            rows[number] = [*slope, offset - float(slope @ mean)]
        return rows

    def probed(self, features: Embeddings) -> Embeddings:
        """(P, D + 1): what the rows of `enrolled` are multiplied with."""
        return np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)

    def _regressed(
        self, places: NDArray[np.float64], own: NDArray[np.intp], enrolled: int
    ) -> tuple[NDArray[np.float64], float]:
        """Weights and offset of one reference's calibrated response."""
        from sklearn.cross_decomposition import PLSRegression

        wanted = np.full(len(places), -1.0)
        wanted[own] = 1.0
        rank = min(places.shape[1], len(places) - 1)
        model = PLSRegression(min(self.components, rank), scale=False).fit(places, wanted)
        weights = np.ravel(model.coef_)
        offset = float(np.ravel(model.predict(np.zeros((1, places.shape[1]))))[0])
        if self.calibration == "none":
            return weights, offset
        responses = places[enrolled:] @ weights
        spread = float(responses.std())
        if not spread > 0:
            raise DataError("a reference's responses do not vary over the training samples")
        return weights / spread, -float(responses.mean()) / spread


def _span(samples: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """An orthonormal basis (K, D) of centred samples, and their coordinates (N, K)."""
    values, vectors = np.linalg.eigh(samples @ samples.T)
    kept = values > _RANK * values[-1]
    sizes = np.sqrt(values[kept])
    places = vectors[:, kept] * sizes
    return (vectors[:, kept] / sizes).T @ samples, places
