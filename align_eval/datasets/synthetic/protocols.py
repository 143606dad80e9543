"""Who is trained on and who is tested, and which images are compared.

Splits are by subject, so that no one is both trained on and tested. The same seed gives the same
folds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def fold_named(protocol: str, subjects: Sequence[int], seed: int) -> Fold | None:
    """The fold of ``"dmsl:3"`` or ``"protocol1:0"``; None for protocols without folds.

    Raises
    ------
    UnknownNameError
        None of `PROTOCOLS`.
    ConfigError
        A fold that the protocol does not have.
    """
    name, _, given = protocol.partition(":")
    if name not in PROTOCOLS:
        raise UnknownNameError("protocol", name, PROTOCOLS)
    if name not in {"dmsl", *ARL}:
        if given:
            raise ConfigError(f"protocol {name!r} has no folds, got {protocol!r}")
        return None
    folds = dmsl_folds(subjects) if name == "dmsl" else arl_folds(name, subjects, seed)
    if not (given.isascii() and given.isdigit()) or int(given) >= len(folds):
        raise ConfigError(
            f"protocol {name!r} wants a fold from {name}:0 to {name}:{len(folds) - 1}, "
            f"got {protocol!r}"
        )
    return folds[int(given)]


def trials_of(
    protocol: str, faces: Sequence[Face], gallery: Sequence[str] = ("NN",)
) -> Trials | None:
    """The comparisons that a protocol makes of its test faces; mirrored faces take no part.

    Parameters
    ----------
    protocol : str
        ``visible``: every unordered pair of visible faces. ``thermal_to_visible``,
        ``protocol1:k``, ``protocol2:k``: each subject's visible faces of the gallery's variations
        in the first session, enrolled together, against every thermal face that was not taken in
        the same instant. ``dmsl:k``, ``none``, and the ARL protocols where the faces are thermal
        only: no trials, landmarks only.
    faces : sequence of Face
        With the attributes ``variation``, ``session`` and ``pair``.
    gallery : sequence of str
        Acronyms.

    Raises
    ------
    ConfigError
        No face for the gallery, or none to probe with.
    """
    name = protocol.partition(":")[0]
    if name in {"none", "dmsl"}:
        return None
    plain = [face for face in faces if not face.attributes.get("mirrored")]
    visible = [face for face in plain if face.modality is Modality.VISIBLE]
    if name == "visible":
        return every_pair(visible)
    if name in ARL and not visible:
        return None
    thermal = [face for face in plain if face.modality is Modality.THERMAL]
    return _thermal_to_visible(visible, thermal, gallery)


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


def _thermal_to_visible(
    visible: Sequence[Face], thermal: Sequence[Face], gallery: Sequence[str]
) -> Trials:
    first = min((int(face.attributes["session"]) for face in visible), default=0)
    enrolled = [
        face
        for face in visible
        if face.attributes["variation"] in gallery and face.attributes["session"] == first
    ]
    taken = {face.attributes["pair"] for face in enrolled}
    probes = [face for face in thermal if face.attributes["pair"] not in taken]
    if not enrolled or not probes:
        raise ConfigError(
            f"thermal to visible wants visible faces of {', '.join(gallery)} in session {first} "
            f"and other thermal faces; there are {len(enrolled)} and {len(probes)}"
        )
    groups: dict[str, tuple[str, ...]] = {}
    for face in enrolled:
        groups[face.subject] = (*groups.get(face.subject, ()), face.id)
    owners = {face.id: face.subject for face in (*enrolled, *probes)}
    return Trials.cross(groups, [face.id for face in probes], owners)


PROTOCOLS = ("visible", "thermal_to_visible", "none", "dmsl", *ARL)
