"""What a study is: data sets, aligners, pipelines, and the rules by which they are compared."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, get_args

from align_eval.discard import ORDERS, check_share
from align_eval.error_metric import Kept
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.estimators import Estimator
from align_eval.jitter import jitter_of
from align_eval.landmark_error import NORMALISERS
from align_eval.metrics import parse_metric
from align_eval.rejection import LIMIT, check_rejection
from align_eval.resample import POLICIES
from align_eval.roles import AUTO, Roles, check_roles, roles_from_config
from align_eval.sensitivity import Sensitivity
from align_eval.similarity import Minimise
from align_eval.statements import Claim, Published

_FIT = ("estimator", "minimise")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


@dataclass(frozen=True)
class Part:
    """One named thing of a study: a data set, an aligner, a pipeline or a detector.

    Parameters
    ----------
    name : str
        How results call it. Letters, digits and ``_.+-`` only, and no ``--``, since files are
        named after it.
    model : str
        Which catalogue entry (or ``"package.module:Object"``) it is made from.
    options : mapping
        Keyword arguments for it; strings may hold ``${NAME}`` of the environment.
    """

    name: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or "--" in self.name:
            raise ConfigError(
                f"the name {self.name!r} of a study's part wants letters, digits and _.+- only, "
                "and no double hyphen"
            )

    @property
    def fit(self) -> dict[str, Any]:
        """Its own ``estimator`` and ``minimise``, which the study keeps from what it is made of."""
        return {key: self.options[key] for key in _FIT if key in self.options}

    @property
    def made(self) -> "Part":
        """What it is made of: the same without `fit`."""
        return replace(self, options={k: v for k, v in self.options.items() if k not in _FIT})

    def to_config(self) -> dict[str, Any]:
        """As a TOML table."""
        return {"name": self.name, "model": self.model, **self.options}

    @classmethod
    def from_config(cls, table: Any, kind: str) -> "Part":
        """From a TOML table, or from a bare name.

        >>> Part.from_config({"name": "wide", "model": "box", "margin": 0.2}, "aligner")
        Part(name='wide', model='box', options={'margin': 0.2})
        """
        if not isinstance(table, str | Mapping):
            raise ConfigError(f"a study's {kind} wants a name or a table, got {table!r}")
        given = {"name": table} if isinstance(table, str) else dict(table)
        if "model" not in given and ":" in str(given.get("name", "")):
            given["model"] = given.pop("name")  # a dotted path alone, which no file is named after
        model = str(given.pop("model", given.get("name", "")))
        if not model:
            raise ConfigError(f"a study's {kind} wants a name or a model")
        name = str(given.pop("name", "") or re.sub(r"[^A-Za-z0-9_.+-]+", "-", model))
        return cls(name, model, given)


@dataclass(frozen=True)
class Study:
    """A comparison of aligners, ready to run.

    Parameters
    ----------
    name : str
        Short name.
    datasets, aligners, pipelines : tuple of Part
        What is compared. Pipelines may be missing where only landmark errors are wanted.
    title, question, description : str
        For the report.
    baseline : str
        The aligner that every other is set against.
    metrics : tuple of str
        Names as `align_eval.metrics.parse_metric` knows them.
    policies : tuple of str
        What becomes of failures to acquire: ``"reject"`` and/or ``"exclude"``.
    boxes : Part
        Where face boxes come from: ``"dataset"`` or a detector. The option ``pick`` says which
        of several detections counts; ``jitter`` moves the data set's boxes (see
        `align_eval.jitter`).
    roles : str or Roles
        Who aligns the training faces, the gallery and the probes (see `align_eval.roles`):
        ``"probes"`` (the first two by the baseline, the probes by the aligner under test),
        ``"same"`` (all by the aligner under test), ``"auto"`` (``"probes"`` for data sets whose
        trials compare two modalities, else ``"same"``), or a table of aligners' names.
    estimator, minimise : str
        How landmarks are fitted to a template (see `align_eval.alignment.estimate`). A pipeline or
        an aligner may have its own among its options, see `fit`.
    normalisers : tuple of str
        Which landmark errors are printed (see `align_eval.landmark_error`).
    error_limit : float
        The limit t of AUC_t and of the failure rate of landmark errors.
    discard : tuple of float
        Shares of each face's points that are discarded by the models' own quality, to see whether
        it knows which are wrong (`align_eval.discard`); landmark errors are over the rest.
    reject : tuple of float
        Shares of the faces under test that are rejected by the models' own quality, to see what
        that is worth in verification (`align_eval.rejection`).
    reject_limit : float
        Up to which share the area under the curve of errors against rejection is taken.
    breakdown : tuple of str
        Attributes of faces by whose values landmark errors are given, too.
    claims : tuple of Claim
        What is put to the test.
    published : tuple of Published
        What others measured, to stand beside the study's own figures.
    sensitivity : Sensitivity, optional
        How the baseline's landmarks are moved to see what that costs.
    resamples : int
        Bootstrap resamples.
    confidence : float
        Of every interval.
    samples : int
        How many faces the report shows.
    seed : int
        The only source of randomness.
    """

    name: str
    datasets: tuple[Part, ...]
    aligners: tuple[Part, ...]
    pipelines: tuple[Part, ...] = ()
    title: str = ""
    question: str = ""
    description: str = ""
    baseline: str = "ground_truth"
    metrics: tuple[str, ...] = ("EER", "TAR@FAR=1e-2", "AUC")
    policies: tuple[str, ...] = ("reject",)
    boxes: Part = Part("dataset", "dataset")
    roles: str | Roles = AUTO
    estimator: str = "similarity"
    minimise: str = "target"
    normalisers: tuple[str, ...] = ("ion", "ipn")
    error_limit: float = 0.08
    discard: tuple[float, ...] = ()
    reject: tuple[float, ...] = ()
    reject_limit: float = LIMIT
    breakdown: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    published: tuple[Published, ...] = ()
    sensitivity: Sensitivity | None = None
    resamples: int = 1000
    confidence: float = 0.95
    samples: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for kind, parts in (
            ("data set", self.datasets),
            ("aligner", self.aligners),
            ("pipeline", self.pipelines),
        ):
            names = [part.name for part in parts]
            for name in names:
                if names.count(name) > 1:
                    raise ConfigError(f"study {self.name!r} names the {kind} {name!r} twice")
            if not parts and kind != "pipeline":
                raise ConfigError(f"study {self.name!r} wants at least one {kind}")
        _one_of("baseline", self.baseline, [part.name for part in self.aligners])
        for policy in self.policies:
            _one_of("policy", policy, POLICIES)
        for normaliser in self.normalisers:
            _one_of("normaliser", normaliser, NORMALISERS)
        check_roles(self.roles, [part.name for part in self.aligners])
        for part in (*self.aligners, *self.pipelines):
            _check_fit(**{"estimator": self.estimator, "minimise": self.minimise} | part.fit)
        for metric in self.metrics:
            parse_metric(metric)
        for key in ("metrics", "policies"):
            if self.pipelines and not getattr(self, key):
                raise ConfigError(f"study {self.name!r} has pipelines, and wants {key} for them")
        if len(set(self.policies)) < len(self.policies):
            raise ConfigError(f"study {self.name!r} names a policy twice")
        if self.boxes.model == "dataset":
            jitter_of(self.boxes.options)
        self._check_numbers()
        self._check_statements()

    def _check_numbers(self) -> None:
        if not 0 < self.confidence < 1:
            raise ConfigError(f"confidence wants a number in (0, 1), got {self.confidence}")
        if self.resamples < 1:
            raise ConfigError(f"resamples wants at least 1, got {self.resamples}")
        if not 0 < self.error_limit < inf:
            raise ConfigError(f"error_limit wants a positive number, got {self.error_limit}")
        for share in self.discard:
            check_share(share)
            if self.discard.count(share) > 1:
                raise ConfigError(f"discard wants each share once, got {share:g}")
        check_rejection(self.reject, self.reject_limit, self.metrics)
        if self.reject and not self.pipelines:
            raise ConfigError(f"study {self.name!r} has reject, and wants pipelines for it")
        for key in ("samples", "seed"):
            if getattr(self, key) < 0:
                raise ConfigError(f"{key} wants a number from 0, got {getattr(self, key)}")

    def _check_statements(self) -> None:
        datasets, aligners = ([part.name for part in p] for p in (self.datasets, self.aligners))
        for attribute in self.breakdown:
            if not attribute or self.breakdown.count(attribute) > 1:
                raise ConfigError(f"breakdown wants each attribute once, got {attribute!r}")
        of_errors = {
            "discard": bool(self.discard),
            "breakdown": bool(self.breakdown),
            "claims": any(claim.quantity is None for claim in self.claims),
            "published": any(figure.quantity is None for figure in self.published),
        }
        for key in (key for key, given in of_errors.items() if given and not self.normalisers):
            raise ConfigError(f"study {self.name!r} has {key}, and wants normalisers for them")
        pipelines = [part.name for part in self.pipelines]
        errors = self._error_metrics()
        if self.sensitivity:
            self.sensitivity.check(aligners, self.baseline)
            if not pipelines:
                raise ConfigError(
                    f"study {self.name!r} has sensitivity, and wants pipelines for it"
                )
        for claim in self.claims:
            claim.check(datasets, aligners, self.breakdown, pipelines, errors)
        metrics = [parse_metric(name).name for name in self.metrics]
        for figure in self.published:
            figure.check(datasets, errors, self.breakdown, pipelines, metrics)

    def _error_metrics(self) -> tuple[str, ...]:
        """The landmark errors that it measures, by name."""
        limit = f"{self.error_limit:g}"
        kept = [Kept(order, share).metric for share in self.discard for order in ORDERS]
        return ("NME", "NMSE", f"AUC@{limit}", f"FR@{limit}", *kept)

    def fit(self, pipeline: str, aligner: str) -> dict[str, Any]:
        """How an aligner's landmarks are fitted to a pipeline's template.

        The study's ``estimator`` and ``minimise``, or the pipeline's own, or the aligner's own,
        the last of these that there is. A pipeline's own are used for whatever it is shown: an
        aligner's own make gallery and probes differ where others align the gallery (`roles`).

        Raises
        ------
        UnknownNameError
            A pipeline or an aligner that the study does not have.
        """
        found: dict[str, Any] = {key: getattr(self, key) for key in _FIT}
        sides = ("pipeline", pipeline, self.pipelines), ("aligner", aligner, self.aligners)
        for kind, name, parts in sides:
            own = {part.name: part.fit for part in parts}
            _one_of(kind, name, own)
            found |= own[name]
        return found

    def to_config(self) -> dict[str, Any]:
        """The study as a TOML document, every default filled in."""
        config: dict[str, Any] = {}
        for key in self.__dataclass_fields__:
            value = getattr(self, key)
            if value is None:
                continue
            if isinstance(value, Part | Roles | Sensitivity):
                config[key] = value.to_config()
            elif isinstance(value, tuple):
                config[key] = [v if isinstance(v, str | float) else v.to_config() for v in value]
            else:
                config[key] = value
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Study":
        """A study from a TOML document.

        Raises
        ------
        ConfigError
            An unknown key (UnknownNameError, with the nearest), a missing one, or a value of
            the wrong type.
        """
        for key in config:
            _one_of("study key", key, cls.__dataclass_fields__)
        for key in ("name", "datasets", "aligners"):
            if key not in config:
                raise ConfigError(f"a study wants the key {key!r}")
        values = {key: _converted(key, value) for key, value in config.items()}
        return cls(**values)

    def with_aligners(self, names: Sequence[str]) -> "Study":
        """The study with these aligners only, in this order.

        A name that the study does not have is taken from the catalogue, without options. A
        baseline that is not among them gives way to the first; claims about others are left out.

        Raises
        ------
        ConfigError
            No aligner is left, or a role wants one that is not.
        """
        own = {part.name: part for part in self.aligners}
        parts = tuple(own.get(name) or Part.from_config(name, "aligner") for name in names)
        if not parts:
            raise ConfigError("no aligner is left to run")
        kept = [part.name for part in parts]
        roles = self.roles.to_config() if isinstance(self.roles, Roles) else {}
        lost = next((name for name in roles.values() if name in own and name not in kept), None)
        if lost:
            raise ConfigError(f"the roles of study {self.name!r} want the aligner {lost!r}, too")
        return replace(
            self,
            aligners=parts,
            baseline=self.baseline if self.baseline in kept else kept[0],
            claims=tuple(c for c in self.claims if c.aligners(self.baseline) <= {*kept}),
        )


_PARTS = {"datasets": "data set", "aligners": "aligner", "pipelines": "pipeline"}
_LISTS = ("metrics", "policies", "normalisers", "breakdown")
_TABLES: Mapping[str, Callable[[Any], Any]] = {
    "boxes": lambda value: Part.from_config(value, "source of boxes"),
    "roles": roles_from_config,
    "sensitivity": Sensitivity.from_config,
    "discard": lambda value: tuple(_number("discard", item) for item in _list("discard", value)),
    "reject": lambda value: tuple(_number("reject", item) for item in _list("reject", value)),
}
_STATEMENTS: Mapping[str, Any] = {"claims": Claim, "published": Published}


def _converted(key: str, value: Any) -> Any:
    if key in _PARTS:
        tables = _list(key, value)
        return tuple(Part.from_config(table, _PARTS[key]) for table in tables)
    if key in _STATEMENTS:
        return tuple(_STATEMENTS[key].from_config(table) for table in _list(key, value))
    if key in _TABLES:
        return _TABLES[key](value)
    if key in _LISTS:
        return tuple(str(item) for item in _list(key, value))
    wanted = type(Study.__dataclass_fields__[key].default) if key != "name" else str
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ConfigError(
            f"study key {key!r} wants a value of type {wanted.__name__}, got {value!r}"
        )
    return value


def _number(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(f"study key {key!r} wants numbers, got {value!r}")
    return float(value)


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ConfigError(f"study key {key!r} wants a list, got {value!r}")
    return list(value)


def _check_fit(estimator: str, minimise: str) -> None:
    Estimator.parse(estimator)
    _one_of("minimise", minimise, get_args(Minimise))


def _one_of(kind: str, name: str, known: Any) -> None:
    if name not in known:
        raise UnknownNameError(kind, name, known)
