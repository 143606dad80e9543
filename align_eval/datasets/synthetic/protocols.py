"""Who is trained on and who is tested, and which images are compared.

Splits are by subject, so that no one is both trained on and tested. The same seed gives the same
folds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from align_eval.dataset import Trials
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality

_STREAM = 53  # keeps these numbers apart from those that draw people
_GROUPS, _FOLDS = 10, 5


@dataclass(frozen=True)
class Fold:
    """Subjects by their part in one fold.

    Parameters
    ----------
    test, validation, training : tuple of int
        Numbers of subjects; no one is in two of them.
    """

    test: tuple[int, ...]
    validation: tuple[int, ...]
    training: tuple[int, ...]

    def split_of(self, subject: int) -> str:
        """``test``, ``validation`` or ``training``."""
        parts = {"test": self.test, "validation": self.validation, "training": self.training}
        return next(name for name, members in parts.items() if subject in members)


@dataclass(frozen=True)
class Plan:
    """A protocol of the ARL set, as Poster et al. (CVPRW 2019) describe it.

    Parameters
    ----------
    subjects, training : int
        How many people there are, and how many of them are trained on.
    """

    subjects: int
    training: int


ARL: Mapping[str, Plan] = {"protocol1": Plan(60, 30), "protocol2": Plan(111, 85)}
SIMPLE: Mapping[str, Modality] = {
    "visible": Modality.VISIBLE,
    "thermal_to_visible": Modality.THERMAL,
    "visible_to_visible": Modality.VISIBLE,
}
PROTOCOLS = (*SIMPLE, "none", "dmsl", *ARL)


def dmsl_folds(subjects: Sequence[int]) -> tuple[Fold, ...]:
    """DMSL's ten folds (Keong et al. 2021): ten groups by number, one tested, two for validation.

    Parameters
    ----------
    subjects : sequence of int
        At least ten; in groups of neighbours, the sizes of which differ by one at most.

    Raises
    ------
    ConfigError
        Fewer than ten subjects.

    Examples
    --------
    >>> fold = dmsl_folds(range(50))[9]
    >>> fold.test, fold.validation, len(fold.training)
    ((45, 46, 47, 48, 49), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 35)
    """
    if len(subjects) < _GROUPS:
        raise ConfigError(f"DMSL's ten folds want at least 10 subjects, got {len(subjects)}")
    groups = [tuple(map(int, group)) for group in np.array_split(sorted(subjects), _GROUPS)]
    return tuple(_dmsl_fold(groups[k:] + groups[:k]) for k in range(_GROUPS))


def _dmsl_fold(groups: Sequence[tuple[int, ...]]) -> Fold:
    test, first, second, *rest = groups
    validation = tuple(sorted((*first, *second)))
    return Fold(test, validation, tuple(sorted(s for group in rest for s in group)))


def arl_folds(protocol: str, subjects: Sequence[int], seed: int) -> tuple[Fold, ...]:
    """Five random folds of Protocol 1 or 2; there is no validation part.

    Parameters
    ----------
    protocol : str
        A key of `ARL`.
    subjects : sequence of int
        Of another number than the protocol's own, the same share is trained on.
    seed : int
        Draws the folds.

    Raises
    ------
    UnknownNameError
        Another protocol.
    ConfigError
        So few subjects that a part would be empty.

    Examples
    --------
    >>> [len(fold.test) for fold in arl_folds("protocol2", range(111), seed=7)]
    [26, 26, 26, 26, 26]
    """
    if protocol not in ARL:
        raise UnknownNameError("protocol", protocol, ARL)
    plan = ARL[protocol]
    members = np.array(sorted(subjects))
    training = round(len(members) * plan.training / plan.subjects)
    if not 0 < training < len(members):
        raise ConfigError(f"{protocol} wants at least 3 subjects, got {len(members)}")
    number = list(ARL).index(protocol)
    folds = []
    for k in range(_FOLDS):
        sequence = np.random.SeedSequence(entropy=seed, spawn_key=(_STREAM, number, k))
        order = np.random.default_rng(sequence).permutation(members).tolist()
        folds.append(Fold(tuple(sorted(order[training:])), (), tuple(sorted(order[:training]))))
    return tuple(folds)


def folds_of(
    protocol: str, subjects: Sequence[int], seed: int, training: int = 0
) -> tuple[Fold, ...]:
    """Who is tested and who is trained on: one fold, or all five of ``"protocol1"``.

    Parameters
    ----------
    protocol : str
        ``"dmsl:3"`` or ``"protocol1:0"`` for one fold, ``"protocol1"`` or ``"protocol2"`` for
        every fold, or another of `PROTOCOLS`, which has one.
    subjects : sequence of int
        Their numbers.
    seed : int
        Draws the folds of the ARL protocols.
    training : int
        How many of the last subjects a protocol of `SIMPLE` trains on.

    Raises
    ------
    UnknownNameError
        None of `PROTOCOLS`.
    ConfigError
        A fold that the protocol does not have, or a number of training subjects that it does not
        take, or that leaves fewer than two to test.

    Examples
    --------
    >>> folds_of("visible", range(5), seed=0, training=2)
    (Fold(test=(0, 1, 2), validation=(), training=(3, 4)),)
    """
    name, colon, given = protocol.partition(":")
    if name not in PROTOCOLS:
        raise UnknownNameError("protocol", name, PROTOCOLS)
    if name not in SIMPLE and training:
        raise ConfigError(
            f"training subjects are for {', '.join(SIMPLE)}; protocol {protocol!r} has its own, "
            f"got training = {training!r}"
        )
    if name not in {"dmsl", *ARL}:
        if colon:
            raise ConfigError(f"protocol {name!r} has no folds, got {protocol!r}")
        return (_last_trained(sorted(subjects), training),)
    folds = dmsl_folds(subjects) if name == "dmsl" else arl_folds(name, subjects, seed)
    if name in ARL and not colon:
        return folds
    if not (given.isascii() and given.isdigit()) or int(given) >= len(folds):
        raise ConfigError(
            f"protocol {name!r} wants a fold from {name}:0 to {name}:{len(folds) - 1}, "
            f"got {protocol!r}"
        )
    return (folds[int(given)],)


def _last_trained(subjects: Sequence[int], training: int) -> Fold:
    if isinstance(training, bool) or not isinstance(training, int) or training < 0:
        raise ConfigError(f"training wants a number of subjects from 0, got {training!r}")
    tested = len(subjects) - training
    if training and tested < 2:
        raise ConfigError(
            f"training wants to leave at least 2 of {len(subjects)} subjects to test, "
            f"got {training}"
        )
    return Fold(tuple(subjects[:tested]), (), tuple(subjects[tested:]))


def probed(protocol: str, probes: str = "") -> Modality | None:
    """The spectrum of the faces that a protocol probes with; None where nothing is compared.

    Parameters
    ----------
    protocol : str
        As in `folds_of`.
    probes : str
        ``visible`` or ``thermal``, for the ARL protocols, which probe with thermal faces by
        default; the others have their own.

    Raises
    ------
    UnknownNameError
        An unknown protocol or spectrum.
    ConfigError
        A spectrum for a protocol that has its own.
    """
    name = protocol.partition(":")[0]
    if name not in PROTOCOLS:
        raise UnknownNameError("protocol", name, PROTOCOLS)
    if probes and name not in ARL:
        raise ConfigError(
            f"probes are chosen for {' and '.join(ARL)}; protocol {protocol!r} has its own, "
            f"got probes = {probes!r}"
        )
    if probes and probes not in tuple(Modality):
        raise UnknownNameError("spectrum of probes", str(probes), tuple(Modality))
    if name in ARL:
        return Modality(probes or Modality.THERMAL)
    return SIMPLE.get(name)


def trials_of(
    protocol: str,
    faces: Sequence[Face],
    gallery: Sequence[str] = ("NN",),
    probes: str = "",
    variations: Sequence[str] | None = None,
) -> Trials | None:
    """The comparisons that a protocol makes of its test faces; mirrored faces take no part.

    Parameters
    ----------
    protocol : str
        ``visible``: every unordered pair of visible faces. ``thermal_to_visible``,
        ``visible_to_visible``, ``protocol1:k``, ``protocol2:k``: each subject's visible faces of
        the gallery's variations in the first session, enrolled together, against every face of
        the probes' spectrum that was not taken in the same instant as one of these.
        ``dmsl:k``, ``none``, and the ARL protocols where the faces are thermal only: no trials,
        landmarks only.
    faces : sequence of Face
        With the attributes ``variation``, ``session`` and ``pair``.
    gallery : sequence of str
        Acronyms.
    probes : str
        See `probed`.
    variations : sequence of str, optional
        Acronyms of what is probed with; of both sides, where every pair is a trial.

    Raises
    ------
    UnknownNameError
        See `probed`.
    ConfigError
        No face for the gallery, or none to probe with; or see `probed`.
    """
    name, modality = protocol.partition(":")[0], probed(protocol, probes)
    if modality is None:
        return None
    plain = [face for face in faces if not face.attributes.get("mirrored")]
    visible = [face for face in plain if face.modality is Modality.VISIBLE]
    asked = plain
    if variations is not None:
        asked = [face for face in plain if face.attributes["variation"] in variations]
    if name == "visible":
        return every_pair([face for face in asked if face.modality is Modality.VISIBLE])
    if name in ARL and modality is Modality.THERMAL and not visible:
        return None
    return _against_gallery(visible, asked, modality, gallery)


def cross_validated(trials: Trials, tested: Sequence[Collection[str]]) -> Trials:
    """The trials of several folds in one list, fold by fold, each in the order of `trials`.

    Parameters
    ----------
    trials : Trials
        Of every subject whom some fold tests.
    tested : sequence of collections of str
        The subjects of each fold; its trials are those with both subjects among them.

    Examples
    --------
    >>> names = ("a", "b", "c")
    >>> every = Trials(names, names, names, names, *np.triu_indices(3, k=1))
    >>> both = cross_validated(every, [{"a", "b"}, {"a", "b", "c"}])
    >>> both.fold.tolist(), both.probe_index.tolist()
    ([0, 1, 1, 1], [1, 1, 2, 2])
    """
    chosen = []
    for members in tested:
        first = np.array([who in members for who in trials.reference_subjects], dtype=bool)
        second = np.array([who in members for who in trials.probe_subjects], dtype=bool)
        both = first[trials.reference_index] & second[trials.probe_index]
        chosen.append(np.flatnonzero(both))
    every = np.concatenate(chosen)
    return replace(
        trials,
        reference_index=trials.reference_index[every],
        probe_index=trials.probe_index[every],
        fold=np.repeat(np.arange(len(chosen)), [len(rows) for rows in chosen]),
    )


def every_pair(faces: Sequence[Face]) -> Trials:
    """Each unordered pair of faces: all genuine and impostor trials.

    Raises
    ------
    ConfigError
        Fewer than two faces.
    """
    if len(faces) < 2:
        raise ConfigError(f"trials want at least two faces, got {len(faces)}")
    names, subjects = tuple(f.id for f in faces), tuple(f.subject for f in faces)
    first, second = np.triu_indices(len(faces), k=1)
    return Trials(names, names, subjects, subjects, first, second)


def _against_gallery(
    visible: Sequence[Face], faces: Sequence[Face], modality: Modality, gallery: Sequence[str]
) -> Trials:
    first = min((int(face.attributes["session"]) for face in visible), default=0)
    enrolled = [
        face
        for face in visible
        if face.attributes["variation"] in gallery and face.attributes["session"] == first
    ]
    taken = {face.attributes["pair"] for face in enrolled}
    probes = [f for f in faces if f.modality is modality and f.attributes["pair"] not in taken]
    if not enrolled or not probes:
        raise ConfigError(
            f"{modality} to visible wants visible faces of {', '.join(gallery)} in session {first} "
            f"and other {modality} faces; there are {len(enrolled)} and {len(probes)}"
        )
    groups: dict[str, tuple[str, ...]] = {}
    for face in enrolled:
        groups[face.subject] = (*groups.get(face.subject, ()), face.id)
    owners = {face.id: face.subject for face in (*enrolled, *probes)}
    return Trials.cross(groups, [face.id for face in probes], owners)
