"""dlib's face embedding: a 29-layer ResNet that maps a 150 × 150 chip to 128 numbers.

King, "High quality face recognition with deep metric learning", 2017 (dlib.net); the network is
trained so that faces of one person lie within a Euclidean distance of 0.6. Given a chip instead
of an image and landmarks, dlib does no alignment of its own, so the rows feel ours.
"""

import os
from collections.abc import Iterable
from functools import cached_property
from importlib.util import find_spec
from typing import Self

import numpy as np

from align_eval.errors import ConfigError, MissingExtraError
from align_eval.image import Image
from align_eval.interfaces import Embeddings
from align_eval.weights import packaged_weights, sha256
from verification.embedders._batches import batched, rgb_chips, stacked
from verification.embedders._dlib_worker import Chips, describe, start
from verification.embedders._pool import OrderedPool
from verification.measures import Measure

_LABEL = "embedder 'dlib'"
_MODEL = "models/dlib_face_recognition_resnet_model_v1.dat"
_CHUNK = 8  # half a second of work: long beside its transfer, short beside a whole run


class DlibEmbedder:
    """dlib's 128-d embedding of 150 × 150 chips.

    The network takes about 60 ms a chip on one core and holds the GIL, so more than one worker
    means more than one process. The number of workers changes no bit of the result.

    Parameters
    ----------
    workers : int, optional
        Processes; one runs in this process. As many as the machine has cores by default.

    Raises
    ------
    MissingExtraError
        dlib or its model files (``face-recognition-models``) are not installed.
    ConfigError
        Fewer than one worker.
    """

    name = "dlib"
    template = "dlib150"
    size = (150, 150)
    score: Measure = "euclidean"

    def __init__(self, *, workers: int | None = None) -> None:
        self._workers = (os.cpu_count() or 1) if workers is None else workers
        if self._workers < 1:
            raise ConfigError(f"{_LABEL} wants at least one worker, got {workers}")
        if find_spec("dlib") is None:
            raise MissingExtraError("dlib", "dlib", _LABEL)
        self._weights = packaged_weights("face_recognition_models", _MODEL, "dlib", _LABEL)
        self._pool = OrderedPool(self._workers, _LABEL, start, (str(self._weights),))

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, 128) float32, as dlib gives them: not of unit length.

        Crops are read as they are needed: at most two chunks of eight ahead for each worker.

        Raises
        ------
        ConfigError
            A crop that is not 150 × 150.
        AlignEvalError
            A worker process died.
        """
        chunks = (
            Chips(str(self._weights), np.stack(chips))
            for chips in batched(rgb_chips(crops, self.size, _LABEL), _CHUNK)
        )
        alone = self._workers == 1
        return stacked(map(describe, chunks) if alone else self._pool.map(describe, chunks), 128)

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weights by name and SHA-256, dlib's version, the number of processes."""
        import dlib

        return {
            "weights": self._weights.name,
            "sha256": sha256(self._weights),
            "dlib": str(dlib.__version__),
            "workers": self._workers,
        }

    def close(self) -> None:
        """End the worker processes; a later `embed` starts new ones."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()
