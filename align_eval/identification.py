"""Searches of a probe in a gallery: at which rank the mate is found, and with what score.

The terms are those of ISO/IEC 19795-1. A probe is searched in a gallery; the search is *mated* if
some reference is of the probe's own subject. The *rank* of the mate is one more than the number of
other subjects whose best reference has a score as high as the best of the mate's, or higher: ties
count against the probe. A mate that is not found, because the probe or all of the mate's references
are failures to acquire, has no rank, and is a miss at every rank and threshold; its search stays in
the denominator.

At a threshold, a search without a mate is a false positive if any reference reaches it; FPIR, the
false-positive identification rate, is the share of these. A mated search is a hit if the mate
reaches it within a rank; the share of hits is the detection and identification rate, DIR (Phillips,
Grother and Micheals, *Evaluation Methods in Face Recognition*, Handbook of Face Recognition, 2011).
Without a limit on the rank it is TPIR, 1 − FNIR.

Benchmarks such as IJB-B and IJB-C split their subjects over two galleries, so that every probe has
a mate in one and none in the other, and average the rates. `galleries` takes the folds of trials as
such galleries.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval import _rates as rates
from align_eval._weighted import Weighted, WeightedRoc
from align_eval.curves import Curve, FloatArray, Roc
from align_eval.dataset import Trials
from align_eval.errors import MetricError
from align_eval.scores import Scores

Index = NDArray[np.intp]

_TRIALS = 1 << 22  # at a time: galleries times probes come in tens of millions


class Searches(NamedTuple):
    """Every probe's search in one gallery, in the probes' order.

    Parameters
    ----------
    trial : (P,) int
        A trial of each search: the probe, and so its subject, is the trial's.
    mated : (P,) bool
        Whether the gallery has a reference of the probe's subject.
    rank : (P,) int
        Of the mate, from 1; 0 where no mate is found.
    mate : (P,) float64
        The highest score of the probe with its own subject; −∞ where no mate is found.
    top : (P,) float64
        The highest score of the probe with any other subject; −∞ where there is none.
    references : int
        How many the gallery has.
    """

    trial: Index
    mated: NDArray[np.bool_]
    rank: Index
    mate: FloatArray
    top: FloatArray
    references: int

    def within(self, rank: int | None) -> NDArray[np.bool_]:
        """(P,) whether the mate is found, at `rank` or before if there is one."""
        return (self.rank > 0) & (rank is None or self.rank <= rank)


def galleries(scores: Scores) -> list[Index]:
    """The trials of each gallery, as positions: each fold is a gallery.

    Raises
    ------
    MetricError
        The trials have no folds.
    """
    fold = scores.trials.fold
    if fold is None:
        raise MetricError("a mean over galleries wants trials with folds, one a gallery")
    return [np.flatnonzero(fold == number) for number in np.unique(fold)]


def search(scores: Scores, chosen: Index | None = None) -> Searches:
    """Search every probe in the gallery of all references that the trials compare.

    Parameters
    ----------
    scores : Scores
        Every probe against every reference; a probe need not meet a reference that is enrolled
        from a face of its own.
    chosen : (T,) int, optional
        The trials that count; all of them by default. See `galleries`.

    Raises
    ------
    MetricError
        A pair is missing, or no probe has a mate.

    Examples
    --------
    >>> owners = {"a": "Ann", "b": "Bo", "p": "Ann", "q": "Cy"}
    >>> trials = Trials.cross({"a": ("a",), "b": ("b",)}, ["p", "q"], owners)
    >>> found = search(Scores(trials, [0.5, 0.2, 0.7, 0.3]))
    >>> found.mated.tolist(), found.rank.tolist(), found.mate.tolist(), found.top.tolist()
    ([True, False], [2, 0], [0.5, -inf], [0.7, 0.3])
    """
    trials, values = scores.trials, scores.values
    parts = list(_parts(len(trials), chosen))
    met = np.zeros(len(trials.probes), dtype=np.intp)
    used = np.zeros(len(trials.references), dtype=bool)
    for part in parts:
        met += np.bincount(trials.probe_index[part], minlength=len(met))
        used[trials.reference_index[part]] = True
    _require_cross(trials, met, used)
    first = np.full(len(met), len(trials), dtype=np.intp)
    mated = np.zeros(len(met), dtype=bool)
    mate, top = np.full((2, len(met)), -np.inf)
    for part in parts:
        probe, genuine = trials.probe_index[part], trials.genuine[part]
        np.minimum.at(first, probe, np.arange(len(trials))[part])
        np.maximum.at(mate, probe[genuine], values[part][genuine])
        np.maximum.at(top, probe[~genuine], values[part][~genuine])
        mated[probe[genuine]] = True
    if not mated.any():
        raise MetricError(
            "identification wants probes whose subject is in the gallery; there are none"
        )
    rank = np.where(np.isfinite(mate), 1 + _ahead(scores, parts, mate), 0)
    some = met > 0
    return Searches(
        first[some], mated[some], rank[some], mate[some], top[some], int(np.count_nonzero(used))
    )


def _parts(count: int, chosen: Index | None) -> Iterator[slice | Index]:
    for start in range(0, count if chosen is None else len(chosen), _TRIALS):
        part = slice(start, start + _TRIALS)
        yield part if chosen is None else chosen[part]


def _ahead(scores: Scores, parts: Sequence[slice | Index], mate: FloatArray) -> Index:
    """(P,) how many other subjects have a reference at or above each probe's mate."""
    trials = scores.trials
    owner = np.unique(np.array(trials.reference_subjects, dtype=object), return_inverse=True)[1]
    count = int(owner.max(initial=-1)) + 1
    pairs: list[Index] = []
    ahead = np.zeros(len(mate), dtype=np.intp)
    for part in parts:
        probe = trials.probe_index[part]
        beaten = ~trials.genuine[part] & (scores.values[part] >= mate[probe])
        beaten &= np.isfinite(mate)[probe]
        if count == len(owner):  # one reference a subject
            ahead += np.bincount(probe[beaten], minlength=len(mate))
        else:
            subject = owner[trials.reference_index[part][beaten]]
            pairs.append(np.unique(probe[beaten] * count + subject))
    if pairs:
        ahead += np.bincount(np.unique(np.concatenate(pairs)) // count, minlength=len(mate))
    return ahead


def _require_cross(trials: Trials, met: Index, used: NDArray[np.bool_]) -> None:
    """Refuse trials in which a probe lacks a reference that it is not enrolled in."""
    searched = np.flatnonzero(met)
    holders: dict[str, list[int]] = {}
    for probe in searched.tolist():
        for face in trials.faces_of_probe(trials.probes[probe]):
            holders.setdefault(face, []).append(probe)
    own = np.zeros(len(met), dtype=np.intp)
    for reference in np.flatnonzero(used).tolist():
        faces = trials.faces_of(trials.references[reference])
        own[list({probe for face in faces for probe in holders.get(face, ())})] += 1
    if not used.any() or np.any((met + own)[searched] != np.count_nonzero(used)):
        raise MetricError(
            "identification wants every probe compared with every reference; a pair is missing"
        )


class OpenSet(NamedTuple):
    """Mated and non-mated searches as the two sides of a ROC, whose FAR is FPIR.

    Parameters
    ----------
    roc : Roc
        Its genuine scores are the mates' within the rank (−∞ outside it), its impostor scores the
        highest of each search without a mate: TAR is then DIR.
    mated, unmated : (M,), (U,) int
        A trial of each search, in descending order of these scores.
    """

    roc: Roc
    mated: Index
    unmated: Index

    @classmethod
    def of(cls, found: Searches, rank: int | None) -> "OpenSet":
        """The open-set searches of one gallery.

        Raises
        ------
        MetricError
            Every probe has a mate in the gallery.
        """
        if found.mated.all():
            raise MetricError("FPIR wants probes without a mate in the gallery; there are none")
        mates = np.where(found.within(rank), found.mate, -np.inf)[found.mated]
        tops = found.top[~found.mated]
        return cls(
            Roc.from_scores(mates, tops),
            found.trial[found.mated][np.argsort(-mates, kind="stable")],
            found.trial[~found.mated][np.argsort(-tops, kind="stable")],
        )

    def weighted(self, weighted: Weighted, subject: Index) -> WeightedRoc:
        """The B ROCs where searches have their probes' weights; the gallery stays as it is.

        Parameters
        ----------
        weighted : Weighted
            B weightings of the subjects of all trials.
        subject : (T,) int
            The probe's subject in each trial.
        """
        sides = (
            np.take(weighted.subjects, subject[trials], axis=1)
            for trials in (self.mated, self.unmated)
        )
        running = (np.cumsum(np.pad(side, ((0, 0), (1, 0))), axis=1) for side in sides)
        return WeightedRoc(self.roc, *running)


def detection_rate(curve: Curve, target: float) -> FloatArray:
    """DIR at the lowest threshold whose FPIR is at most `target`: (), or (B,).

    NaN where a weighting leaves no searches without a mate, or no mated ones.
    """
    k = rates.at_far(curve, target)
    return np.where(rates.far(curve, k) <= target, rates.tar(curve, k), np.nan)
