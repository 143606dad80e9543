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
        ``"landmarks/lfw--dlib68"`` → seconds, and what the maker says of itself. What stands
        before the slash is the kind of work: ``data`` (reading or rendering), ``boxes``,
        ``landmarks``, ``fit``, ``embeddings``, ``scores``, ``intervals``.
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
        if self.known(path, options):
            return load()
        value, info = _timed(compute)
        save(value)
        self._note(path.with_suffix(".json"), info)
        return value

    def known(self, path: Path, options: Mapping[str, Any] | None = None) -> bool:
        """Whether a stage's file and its note are there, so that it need not be computed.

        Raises
        ------
        StudyChangedError
            See `done`.
        """
        return path.exists() and self.remembered(path.with_suffix(".json"), options)

    def remembered(self, note: Path, options: Mapping[str, Any] | None = None) -> bool:
        """Whether a note is there; it is then read.

        Raises
        ------
        StudyChangedError
            See `done`.
        """
        if not note.exists():
            return False
        info = self.notes[_label(note)] = load_note(note)
        _same_weights(_label(note), info, options)
        return True

    def noted(
        self,
        note: Path,
        compute: Callable[[], tuple[T, Any]],
        options: Mapping[str, Any] | None = None,
    ) -> T:
        """Compute what is not kept in a file of its own, and note how it was made.

        A note that is there stays: it says what the work took when it was first done.

        Parameters
        ----------
        note : Path
            Where to.
        compute, options
            See `done`.

        Raises
        ------
        StudyChangedError
            See `done`.
        """
        there = self.remembered(note, options)
        value, info = _timed(compute)
        if not there:
            self._note(note, info)
        return value

    def _note(self, note: Path, info: dict[str, Any]) -> None:
        write_json(note, info)
        self.notes[_label(note)] = info


def _label(note: Path) -> str:
    return f"{note.parent.name}/{note.stem}"


def _timed(compute: Callable[[], tuple[T, Any]]) -> tuple[T, dict[str, Any]]:
    start = time.perf_counter()
    value, maker = compute()
    seconds = round(time.perf_counter() - start, 3)
    return value, {"seconds": seconds, **getattr(maker, "provenance", {})}


def _same_weights(label: str, info: Mapping[str, Any], options: Any) -> None:
    """Refuse what a stage holds where its model's weights are not those that made it."""
    known: dict[str, list[str]] = {}  # of several models, each has keys of its own
    for key in (key for key in info if key.endswith("weights")):
        digest = info.get(f"{key.removesuffix('weights')}sha256")
        if digest:
            known.setdefault(str(info[key]), []).append(str(digest))
    for name, digests in known.items():
        path = replaced(expand(options or {}), name, *digests)
        if path is not None:
            raise StudyChangedError(
                f"{path} is not the file that {label} was made with. "
                "Name another --out, or remove that folder."
            )
