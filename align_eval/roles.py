"""Who aligns which faces of a data set: those that are trained on, the gallery and the probes.

Every row of a study's results is about one aligner under test. Which faces it aligns is a choice:
all of them, or the probes alone while the gallery and what is learned stay those of the baseline,
so that a difference is what the aligner costs where it is used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset, Trials
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality

AUTO = "auto"
BASELINE = "baseline"
TESTED = "tested"


@dataclass(frozen=True)
class Roles:
    """Who aligns the faces of each role: an aligner's name, `BASELINE` or `TESTED`.

    Parameters
    ----------
    training : str
        Who aligns the faces that a pipeline learns from.
    gallery : str
        Who aligns the faces that references are enrolled from.
    probes : str
        Who aligns the probes.

    Examples
    --------
    >>> Roles().with_baseline("ground_truth").for_aligner("dan")
    Roles(training='ground_truth', gallery='ground_truth', probes='dan')
    """

    training: str = BASELINE
    gallery: str = BASELINE
    probes: str = TESTED

    def with_baseline(self, name: str) -> "Roles":
        """The same, with the baseline's name in place of `BASELINE`."""
        return self._with(BASELINE, name)

    def for_aligner(self, name: str) -> "Roles":
        """The same where an aligner is under test: its name in place of `TESTED`."""
        return self._with(TESTED, name)

    def _with(self, word: str, name: str) -> "Roles":
        return Roles(*(name if value == word else value for value in self.to_config().values()))

    def to_config(self) -> dict[str, str]:
        """As a TOML table."""
        return asdict(self)


FORMS: Mapping[str, Roles] = {"probes": Roles(), "same": Roles(TESTED, TESTED, TESTED)}
"""What a study may say in a word; `AUTO` is ``"probes"`` where trials compare two modalities."""


def roles_from_config(value: Any) -> "str | Roles":
    """Roles from a study's text or table; a table's missing keys are those of ``"probes"``.

    Raises
    ------
    UnknownNameError
        A text that is neither `AUTO` nor one of `FORMS`, or a key that is no role.
    ConfigError
        A value of another type.

    Examples
    --------
    >>> roles_from_config("same")
    'same'
    >>> roles_from_config({"gallery": "tested"})
    Roles(training='baseline', gallery='tested', probes='tested')
    """
    if isinstance(value, str | Roles):
        return value
    if not isinstance(value, Mapping):
        raise ConfigError(f"roles want a text or a table, got {value!r}")
    for role, name in value.items():
        if role not in Roles.__dataclass_fields__:
            raise UnknownNameError("role", role, Roles.__dataclass_fields__)
        if not isinstance(name, str):
            raise ConfigError(f"the role {role!r} wants an aligner's name, got {name!r}")
    return replace(Roles(), **value)


def check_roles(roles: "str | Roles", aligners: Sequence[str]) -> None:
    """Refuse roles that a study with these aligners cannot give.

    Raises
    ------
    UnknownNameError
        A word that is none of `FORMS`, or a name that is no aligner of the study.
    ConfigError
        Nothing is aligned by the aligner under test, or an aligner is called as a role's words
        are.
    """
    if isinstance(roles, str):
        if roles not in (AUTO, *FORMS):
            raise UnknownNameError("form of roles", roles, (AUTO, *FORMS))
        return
    taken = next((word for word in (BASELINE, TESTED) if word in aligners), None)
    if taken:
        raise ConfigError(f"a table of roles keeps the word {taken!r}: name that aligner otherwise")
    for role, name in roles.to_config().items():
        if name not in (BASELINE, TESTED, *aligners):
            kind = f"aligner, in the role {role!r},"
            raise UnknownNameError(kind, name, (BASELINE, TESTED, *aligners))
    if TESTED not in roles.to_config().values():
        raise ConfigError(f"roles want {TESTED!r} at least once: nothing would differ otherwise")


def roles_on(roles: "str | Roles", dataset: Dataset, baseline: str) -> Roles:
    """Who aligns what on a data set: aligners' names, and `TESTED` for the one under test."""
    if isinstance(roles, str):
        across = dataset.trials is not None and _across(dataset, dataset.trials)
        form = ("probes" if across else "same") if roles == AUTO else roles
        roles = FORMS[form]
    return roles.with_baseline(baseline)


def aligned_faces(
    dataset: Dataset, roles: Roles | None, aligner: str, learning: bool
) -> tuple[Face, ...]:
    """The faces that an aligner has to align on a data set.

    Parameters
    ----------
    dataset : Dataset
        Where the faces are.
    roles : Roles, optional
        See `roles_on`; None where nothing is verified.
    aligner : str
        Whose faces.
    learning : bool
        Whether a pipeline learns from training faces.

    Returns
    -------
    tuple of Face
        Those of its roles, in the data set's order; where nothing is verified, all faces of the
        trials, and those that have true landmarks; all faces of a data set without trials.
    """
    trials = dataset.trials
    if trials is None:
        return dataset.faces
    if roles is None:
        wanted = {*dataset.truth, *trials.faces}
        return tuple(face for face in dataset.faces if face.id in wanted)
    own = roles.for_aligner(aligner)
    wanted = set(trials.probed if own.probes == aligner else ())
    wanted.update(trials.enrolled if own.gallery == aligner else ())
    trained = learning and own.training == aligner
    if trained:
        wanted.update(face for fold in dataset.folds.values() for face in fold)
    tested = (face for face in dataset.faces if face.id in wanted)
    return (*tested, *(dataset.training if trained else ()))


def faces_under_test(trials: Trials, roles: Roles) -> tuple[str, ...]:
    """The faces of the trials that the aligner under test aligns, and so every aligner."""
    enrolled = trials.enrolled if roles.gallery == TESTED else ()
    probes = trials.probed if roles.probes == TESTED else ()
    return tuple(dict.fromkeys([*enrolled, *probes]))


def measured(dataset: Dataset, roles: Roles | None) -> Dataset:
    """The faces whose landmark errors are a study's: those that the aligner under test aligns.

    A gallery that is always aligned by the baseline says nothing of the others. Where nothing is
    verified, all tested faces are measured.

    Parameters
    ----------
    dataset : Dataset
        With everything.
    roles : Roles, optional
        See `roles_on`; None where nothing is verified.

    Returns
    -------
    Dataset
        Without trials and training faces.
    """
    faces = dataset.faces
    if roles is not None and dataset.trials is not None:
        own = set(faces_under_test(dataset.trials, roles))
        if not own:  # it aligns what is learned from alone
            own = {face.id for fold in dataset.folds or (None,) for face in dataset.trained(fold)}
        if own:
            faces = tuple(face for face in (*faces, *dataset.training) if face.id in own)
    return replace(dataset, faces=faces, trials=None, training=(), folds={})


def _across(dataset: Dataset, trials: Trials) -> bool:
    """Whether some trial compares a face of one modality with one of another."""
    first = _modalities(dataset, map(trials.faces_of, trials.references))[trials.reference_index]
    second = _modalities(dataset, map(trials.faces_of_probe, trials.probes))[trials.probe_index]
    return bool((first & second[:, ::-1]).any())


def _modalities(dataset: Dataset, groups: Iterable[Sequence[str]]) -> NDArray[np.bool_]:
    """(N, 2) which modalities each group of faces has."""
    found = [{dataset.face(face).modality for face in group} for group in groups]
    return np.array([[kind in have for kind in Modality] for have in found], bool).reshape(-1, 2)
