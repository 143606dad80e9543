"""The scores of one system as a file gives them, and which systems scored the same trials.

A file may say whose faces a trial compares, or only whether it is genuine. Without subjects the
trials are held as if one reference had met one genuine and one impostor probe over and over: no
identity is made up, and nothing that is clustered by identity can be asked of them.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import DataError
from align_eval.scores import Scores
from align_eval.trials import Trials

Keys = NDArray[np.uint64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SystemScores:
    """What one system scored.

    Parameters
    ----------
    name : str
        The system.
    scores : Scores
        Its trials; −∞ is a failure to acquire.
    subjects_known : bool
        Whether the trials' subjects are real, or stand for "genuine" and "impostor" alone.
    keys : (T,) uint64, optional
        A digest of what each trial compares; None where the file does not say.
    """

    name: str
    scores: Scores
    subjects_known: bool
    keys: Keys | None = None

    def paired_with(self, first: "SystemScores") -> "SystemScores | None":
        """The same over the trials of another system, in its order; None if those are others.

        Trials that are named on both sides are matched by name, in whatever order they come; else
        by their place, which wants as many of them, genuine in the same places.
        """
        order = self._order(first)
        if order is None:
            return None
        values = self.scores.values[order]
        mine = self.scores.trials
        if not _same_labels(mine, order, first.scores.trials):
            return None
        keys = None if self.keys is None else self.keys[order]
        return replace(self, scores=Scores(first.scores.trials, values), keys=keys)

    def _order(self, first: "SystemScores") -> NDArray[np.intp] | slice | None:
        """Which of its trials stands for each of the other's; None if they cannot be matched."""
        if len(self.scores.values) != len(first.scores.values):
            return None
        one, other = self.keys, first.keys
        if one is None or other is None or np.array_equal(one, other):
            return slice(None)
        mine, theirs = np.argsort(one), np.argsort(other)
        in_order = one[mine]
        if not np.array_equal(in_order, other[theirs]) or (in_order[1:] == in_order[:-1]).any():
            return None
        order = np.empty(len(mine), dtype=np.intp)
        order[theirs] = mine
        return order


def _same_labels(mine: Trials, order: NDArray[np.intp] | slice, first: Trials) -> bool:
    if not np.array_equal(mine.genuine[order], first.genuine):
        return False
    if (mine.fold is None) != (first.fold is None):
        return False
    return mine.fold is None or np.array_equal(mine.fold[order], np.asarray(first.fold))


def unnamed_trials(genuine: ArrayLike, fold: ArrayLike | None = None) -> Trials:
    """Trials of which only is known whether they are genuine, (T,) bool, and their folds.

    Examples
    --------
    >>> unnamed_trials([True, False, False]).genuine.tolist()
    [True, False, False]
    """
    impostor = ~np.asarray(genuine, dtype=bool)
    return Trials(
        ("reference",),
        ("genuine probe", "impostor probe"),
        ("genuine",),
        ("genuine", "impostor"),
        np.zeros(len(impostor), dtype=np.intp),
        impostor.astype(np.intp),
        None if fold is None else np.asarray(fold, dtype=np.intp),
    )


def scores_of_sides(genuine: ArrayLike, impostor: ArrayLike) -> Scores:
    """Scores of (G,) genuine and (I,) impostor trials of unknown subjects.

    Examples
    --------
    >>> scores = scores_of_sides([0.9], [0.5, 0.1])
    >>> scores.genuine.tolist(), scores.impostor.tolist()
    ([0.9], [0.5, 0.1])

    Raises
    ------
    DataError
        NaN or +∞ among them.
    """
    sides = [np.asarray(side, dtype=np.float64) for side in (genuine, impostor)]
    labels = np.repeat([True, False], [len(side) for side in sides])
    return Scores(unnamed_trials(labels), np.concatenate(sides))


@dataclass(frozen=True, eq=False)
class Named:
    """One side of the trials: names and subjects, and which of them each trial has.

    Parameters
    ----------
    names, subjects : list of str
        Distinct names, and distinct subjects.
    name, subject : (T,) int
        Places in these.
    kind : str
        ``"reference"`` or ``"probe"``.
    """

    names: list[str]
    subjects: list[str]
    name: NDArray[np.intp]
    subject: NDArray[np.intp]
    kind: str

    @property
    def owners(self) -> tuple[str, ...]:
        """The subject of each name.

        Raises
        ------
        DataError
            A name of two subjects.
        """
        owner = np.zeros(len(self.names), dtype=np.intp)
        owner[self.name] = self.subject
        other = np.flatnonzero(owner[self.name] != self.subject)
        if len(other):
            at = other[0]
            both = self.subjects[self.subject[at]], self.subjects[owner[self.name[at]]]
            raise DataError(
                f"the {self.kind} {self.names[self.name[at]]!r} belongs to two subjects, "
                f"{both[0]!r} and {both[1]!r}"
            )
        return tuple(self.subjects[place] for place in owner)


def named_trials(references: Named, probes: Named, fold: ArrayLike | None = None) -> Trials:
    """Trials between named faces (or subjects) of known subjects.

    Raises
    ------
    DataError
        A name of two subjects.
    """
    return Trials(
        tuple(references.names),
        tuple(probes.names),
        references.owners,
        probes.owners,
        references.name,
        probes.name,
        None if fold is None else np.asarray(fold, dtype=np.intp),
    )
