"""The baseline's landmarks as a sweep moves them: what an imagined aligner would have found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from align_eval.dataset import Dataset
from align_eval.errors import ConfigError
from align_eval.faces import Face
from align_eval.image import prefetch
from align_eval.landmarks import Landmarks
from align_eval.locating import Located
from align_eval.perturbation import (
    ComplexArray,
    Draw,
    Framed,
    donors,
    draw_of,
    kind_named,
    part_alone,
    residual,
)
from align_eval.sensitivity import REPLAY, Sweep
from align_eval.verifying import Acquired

_NO_EYES = "the baseline's landmarks have no eye distance, in units of which points are moved"
_MEMORY = 1 << 30
_NO_PARTS = "fewer than two of the five points have a residual: it has no parts"


@dataclass(frozen=True, eq=False)
class Sweeper:
    """Moves the landmarks of some faces.

    Parameters
    ----------
    faces : sequence of Face
        Those that the aligner under test would align.
    located : mapping
        Aligner → what it found, of the baseline and of every aligner that is replayed.
    baseline : str
        Whose landmarks are moved. A face that it failed on fails in every sweep.
    seed : int
        Of all draws.
    within : sequence of str
        See `align_eval.sensitivity.Sensitivity`.
    """

    faces: Sequence[Face]
    located: Mapping[str, Located]
    baseline: str
    seed: int = 0
    within: Sequence[str] = ()
    _draws: dict[int, dict[str, Draw]] = field(default_factory=dict, init=False, repr=False)
    _off: dict[str, dict[str, "ComplexArray | str"]] = field(
        default_factory=dict, init=False, repr=False
    )

    def locate(self, sweep: Sweep) -> Located:
        """What a sweep finds.

        Raises
        ------
        ConfigError
            An aligner that is replayed was not asked for any of the faces.
        """
        if not sweep.aligner:
            return self._all(lambda face: self._moved(face, sweep))
        if sweep.aligner not in self._off:
            self._off[sweep.aligner] = self._residuals(sweep.aligner)
        off = self._off[sweep.aligner]
        if sweep.kind == REPLAY:
            return self._replayed(sweep, off)
        return self._all(lambda face: self._part(face, sweep.kind, off[face]))

    @cached_property
    def _framed(self) -> dict[str, Framed]:
        """The baseline's points of the faces that it has landmarks of."""
        found = self.located[self.baseline].landmarks
        return {face.id: Framed.of(found[face.id]) for face in self.faces if face.id in found}

    def _all(self, moved: Callable[[str], "Landmarks | str"]) -> Located:
        landmarks: dict[str, Landmarks] = {}
        reasons = {
            face.id: self.located[self.baseline].reasons.get(face.id, _NO_EYES)
            for face in self.faces
            if face.id not in self._framed
        }
        for face in self._framed:
            made = moved(face) if self._framed[face].framed else _NO_EYES
            if isinstance(made, str):
                reasons[face] = made
            else:
                landmarks[face] = made
        return Located(landmarks, reasons)

    def _moved(self, face: str, sweep: Sweep) -> Landmarks:
        move, draw = kind_named(sweep.kind).move, self._drawn(sweep.repeat)[face]
        return self._framed[face].moved(move, sweep.level, draw).landmarks()

    def _drawn(self, repeat: int) -> dict[str, Draw]:
        if repeat not in self._draws:
            self._draws[repeat] = {f.id: draw_of(f, self.seed, repeat) for f in self.faces}
        return self._draws[repeat]

    def _residuals(self, aligner: str) -> dict[str, "ComplexArray | str"]:
        """Each face's residual, or why there is none."""
        found, truth = self.located[aligner], self.located[self.baseline].landmarks
        asked = [face for face in self._framed if face in found.landmarks or face in found.reasons]
        if not asked:
            raise ConfigError(
                f"aligner {aligner!r} aligns none of the faces that its errors would be replayed on"
            )
        off: dict[str, ComplexArray | str] = {}
        for face in self._framed:
            if face not in found.landmarks:
                off[face] = found.reasons.get(face, "not asked for")
                continue
            one = residual(found.landmarks[face], truth[face])
            off[face] = _NO_EYES if one is None else one
        return off

    def _replayed(self, sweep: Sweep, off: Mapping[str, "ComplexArray | str"]) -> Located:
        by_id = {face.id: face for face in self.faces}
        known = [face for face in off if self._framed[face].framed]
        strata = [self._stratum(by_id[face]) for face in known]
        subjects = [by_id[face].subject for face in known]
        chosen = donors(strata, subjects, self.seed, sweep.repeat)
        given = {face: off[known[i]] for face, i in zip(known, chosen, strict=True)}

        def moved(face: str) -> Landmarks | str:
            one = given[face]
            if isinstance(one, str):
                return f"a failure of {sweep.aligner}, replayed: {one}"
            own = self._framed[face]
            return Framed(own.points + own.eyes * sweep.level * one).landmarks()

        return self._all(moved)

    def _stratum(self, face: Face) -> str:
        values = [str(face.attributes.get(key, "")) for key in self.within]
        return "\0".join([face.modality.value, *values])

    def _part(self, face: str, part: str, off: "ComplexArray | str") -> "Landmarks | str":
        if isinstance(off, str):
            return off
        if np.count_nonzero(np.isfinite(off)) < 2:
            return _NO_PARTS
        return part_alone(off, self._framed[face], part).landmarks()


class SweptFits(Mapping[str, Acquired]):
    """What real aligners fitted, and what every sweep would have, which is made when asked for.

    Parameters
    ----------
    real : mapping
        Aligner → its fits.
    sweeps : sequence of Sweep
        Known by their names.
    sweeper : Sweeper
        Moves the landmarks.
    fit : callable
        Located → fits, as those of the baseline are made.
    """

    def __init__(
        self,
        real: Mapping[str, Acquired],
        sweeps: Sequence[Sweep],
        sweeper: Sweeper,
        fit: Callable[[Located], Acquired],
    ) -> None:
        self._real, self._sweeper, self._fit = real, sweeper, fit
        self._sweeps = {sweep.name: sweep for sweep in sweeps}

    def __getitem__(self, name: str) -> Acquired:
        if name in self._real:
            return self._real[name]
        return self._fit(self._sweeper.locate(self._sweeps[name]))

    def __iter__(self) -> Iterator[str]:
        return iter((*self._real, *self._sweeps))

    def __len__(self) -> int:
        return len(self._real) + len(self._sweeps)


def in_memory(
    dataset: Dataset, faces: Iterable[str], workers: int, limit: int = _MEMORY
) -> Dataset:
    """The data set with the images of some faces read once for all sweeps.

    Parameters
    ----------
    dataset : Dataset
        Where they are.
    faces : iterable of str
        Whose images can be read.
    workers : int
        Reading threads.
    limit : int
        How many bytes are kept at most; what comes after is read anew for every sweep.
    """
    wanted, kept = set(faces), 0
    read: dict[str, Face] = {}
    chosen = [face for face in dataset.faces if face.id in wanted]
    with closing(prefetch(chosen, lambda face: face.load(), workers, 64)) as images:
        for face, image in images:
            if isinstance(image, BaseException):
                raise image
            kept += image.nbytes
            if kept > limit:
                break
            read[face.id] = face.with_image(image)
    return replace(dataset, faces=tuple(read.get(face.id, face) for face in dataset.faces))
