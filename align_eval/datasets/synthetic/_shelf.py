"""Rendered sets in folders: written whole or not at all, by several processes, and read again."""

import json
import multiprocessing
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2

from align_eval.datasets.synthetic.recipe import Recipe
from align_eval.datasets.synthetic.thermal_camera import to_8bit
from align_eval.datasets.synthetic.truth import Truth
from align_eval.errors import DataError
from align_eval.image import Image, read_image, write_png

Progress = Callable[[int, int], None]
SUFFIX = {"visible": "vis", "thermal": "th"}
RECIPE, PARAMETERS = "recipe.json", "parameters.jsonl"
_AHEAD = 4  # subjects that wait for a process, for each process


@dataclass(frozen=True)
class Record:
    """One line of `PARAMETERS`: an image, and what is known of it.

    Parameters
    ----------
    id, pair, spectrum : str
        The face's id, and that of the pair that it belongs to.
    image, mask : str
        Files, relative to the folder.
    truth : dict
        See `Truth.to_json`.
    """

    id: str
    pair: str
    spectrum: str
    image: str
    mask: str
    truth: dict[str, Any]

    def read(self, folder: Path) -> Truth:
        """The truth, with its mask."""
        return Truth.from_json(self.truth, read_image(folder / self.mask))


@dataclass(frozen=True)
class _Job:
    """A subject to be rendered into a folder. Picklable."""

    recipe: Recipe
    subject: int
    folder: Path
    eight_bit: bool

    def __call__(self) -> list[str]:
        lines = []
        for shot in self.recipe.shots(self.subject):
            pair = self.recipe.render(shot)
            name = self.recipe.name_of(shot)
            for spectrum in self.recipe.spectra:
                image = pair.visible if spectrum == "visible" else pair.thermal
                record = self._written(name, spectrum, image, pair.truth(spectrum))
                lines.append(json.dumps(vars(record)) + "\n")
        return lines

    def _written(self, name: str, spectrum: str, image: Image | None, truth: Truth) -> Record:
        if image is None:
            raise DataError(f"{name}: the generator made no {spectrum} image")
        record = Record(
            f"{name}_{SUFFIX[spectrum]}",
            name,
            spectrum,
            f"{spectrum}/{name}.png",
            f"masks/{name}_{SUFFIX[spectrum]}.png",
            truth.to_json(),
        )
        write_png(self.folder / record.image, image)
        write_png(self.folder / record.mask, truth.parts)
        if self.eight_bit and spectrum == "thermal":
            write_png(self.folder / "thermal_8bit" / f"{name}.png", to_8bit(image))
        return record


def shelve(
    recipe: Recipe,
    target: Path,
    workers: int = 1,
    *,
    eight_bit: bool = False,
    finish: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> None:
    """Render a set into a folder that appears when it is complete.

    Parameters
    ----------
    recipe : Recipe
        The set.
    target : Path
        The folder; it must not exist, unless another process makes the same set at the same time,
        whose folder then stays.
    workers : int
        Processes. The bytes do not depend on their number.
    eight_bit : bool
        Write 8-bit copies of thermal images, too.
    finish : callable, optional
        Called with the folder when it is filled, before it gets its name.
    progress : callable, optional
        Called with subjects done, and in all.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    part = target.with_name(f".{target.name}.{uuid4().hex}.part")
    try:
        for name in ("masks", *recipe.spectra, *(["thermal_8bit"] if eight_bit else [])):
            (part / name).mkdir(parents=True, exist_ok=True)
        _render_all(recipe, part, workers, eight_bit, progress)
        (part / RECIPE).write_text(json.dumps(recipe.to_json(), indent=1) + "\n", encoding="utf-8")
        if finish is not None:
            finish(part)
        _rename(part, target)
    except OSError as error:
        raise DataError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _rename(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:
        if not (target / RECIPE).is_file():
            raise


def _render_all(
    recipe: Recipe, folder: Path, workers: int, eight_bit: bool, progress: Progress | None
) -> None:
    jobs = [_Job(recipe, subject, folder, eight_bit) for subject in recipe.members]
    results = map(_Job.__call__, jobs) if workers < 2 else _in_processes(jobs, workers)
    with (folder / PARAMETERS).open("w", encoding="utf-8") as file:
        for done, lines in enumerate(results, start=1):
            file.writelines(lines)
            if progress is not None:
                progress(done, len(jobs))


def _in_processes(jobs: list[_Job], workers: int) -> Iterator[list[str]]:
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(jobs))
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_one_thread)
    waiting: deque[Future[list[str]]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) >= _AHEAD * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _one_thread() -> None:
    """One thread in a process of our own: processes make use of the other cores."""
    cv2.setNumThreads(1)


def records_of(folder: Path) -> Iterator[Record]:
    """What a complete folder holds, in the order in which it was written.

    Raises
    ------
    DataError
        No such set, or a damaged one.
    """
    try:
        with (folder / PARAMETERS).open(encoding="utf-8") as file:
            for line in file:
                yield Record(**json.loads(line))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"no synthetic set can be read from {folder}: {error}") from error


def cache_folder(recipe: Recipe, cache: str) -> Path:
    """Where a set is kept: ``auto`` is the user's cache folder, anything else a folder."""
    if cache != "auto":
        return Path(cache).expanduser() / f"synthetic-{recipe.digest()}"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "align-eval" / f"synthetic-{recipe.digest()}"
