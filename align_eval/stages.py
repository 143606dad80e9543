"""The stages of a run: each is computed once, and a note beside its file says how."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from align_eval.atomic import write_json
from align_eval.config import expand
from align_eval.errors import StudyChangedError
from align_eval.store import load_note
from align_eval.weights import replaced

T = TypeVar("T")


class Stages:
    """What is known of each stage of a run that was asked for.

    Attributes
    ----------
    notes : dict
        ``"landmarks/lfw--dlib68"`` → seconds, and what the maker says of itself.
    """

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}

    def done(
        self,
        path: Path,
        load: Callable[[], T],
        compute: Callable[[], tuple[T, Any]],
        save: Callable[[T], object],
        options: Mapping[str, Any] | None = None,
    ) -> T:
        """Load a stage's file, or compute and save it with a note on how it was made.

        Parameters
        ----------
        path : Path
            The stage's file; its note is the JSON beside it.
        load, save : callable
            Read and write it.
        compute : callable
            Its value, and the object that made it, or None.
        options : mapping, optional
            The study's, which may name weights.

        Raises
        ------
        StudyChangedError
            The stage was made with other weights than the options name now.
        """
        note = path.with_suffix(".json")
        label = f"{path.parent.name}/{path.stem}"
        if path.exists() and note.exists():
            info = self.notes[label] = load_note(note)
            _same_weights(label, info, options)
            return load()
        start = time.perf_counter()
        value, maker = compute()
        seconds = round(time.perf_counter() - start, 3)
        info = {"seconds": seconds, **getattr(maker, "provenance", {})}
        save(value)
        write_json(note, info)
        self.notes[label] = info
        return value


def _same_weights(label: str, info: Mapping[str, Any], options: Any) -> None:
    """Refuse what a stage holds where its model's weights are not those that made it."""
    if "weights" in info and "sha256" in info:
        path = replaced(expand(options or {}), info["weights"], info["sha256"])
        if path is not None:
            raise StudyChangedError(
                f"{path} is not the file that {label} was made with. "
                "Name another --out, or remove that folder."
            )
