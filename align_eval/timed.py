"""How long a landmark model takes for a face: in its own `locate`, without reading images."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from align_eval.faces import Face
from align_eval.interfaces import LandmarkModel
from align_eval.landmarks import Landmarks, LandmarkScheme

SECONDS, FACES, THREADS = "locating seconds", "located faces", "threads at most"
"""What the notes of a stage call the time in `locate`, the faces that it had, and the threads."""


class TimedModel:
    """A landmark model that notes how long it works; in all else the model itself.

    The first call of a model may load what it needs: the first faces of a data set cost more.

    Parameters
    ----------
    model : LandmarkModel
        The model.
    threads : int
        How many it was allowed.
    """

    def __init__(self, model: LandmarkModel, threads: int) -> None:
        self.name = model.name
        self._model, self._threads = model, threads
        self._seconds, self._faces = 0.0, 0

    @property
    def scheme(self) -> LandmarkScheme:
        """The model's."""
        return self._model.scheme

    @property
    def box_policy(self) -> str:
        """Whether it needs boxes; ``"needed"`` unless the model says otherwise."""
        return str(getattr(self._model, "box_policy", "needed"))

    @property
    def provenance(self) -> Mapping[str, Any]:
        """The model's own, and the time."""
        return {
            **getattr(self._model, "provenance", {}),
            SECONDS: round(self._seconds, 4),
            FACES: self._faces,
            THREADS: self._threads,
        }

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """What the model finds."""
        start = time.perf_counter()
        found = self._model.locate(faces)
        self._seconds += time.perf_counter() - start
        self._faces += len(faces)
        return found
