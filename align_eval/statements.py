"""What a study says besides its parts: claims to be put to the test, and published figures.

Claims are comparisons of landmark errors or of verification metrics, as `align_eval.terms` reads
them; `align_eval.judging` says whether they hold.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any

from align_eval.error_metric import error_metric, parse_kept
from align_eval.errors import AlignEvalError, ConfigError, MetricError, UnknownNameError
from align_eval.metrics import METRICS
from align_eval.quantity import NME, Quantity, parse_quantity
from align_eval.result import Key
from align_eval.terms import Term, parse_claim

HELD, FAILED, UNKNOWN = "held", "did not hold", "cannot be told"
"""What may become of a claim."""


@dataclass(frozen=True)
class Claim:
    """Something that is said of landmark errors or verification, and what holds if it is true.

    Parameters
    ----------
    text : str
        The claim in words.
    holds : str
        The same as comparisons; see `align_eval.terms`.
    source : str
        Who says so.
    group : str
        The point group of its errors. By default ``"five"``, the points of alignment, where every
        term has them, else ``"all"``.
    metric : str
        A landmark error of `align_eval.error_metric`: ``"NME"``, ``"AUC@0.08"`` or ``"FR@0.08"`` at
        the study's limit, ``"NME@discard=0.3"`` at a share that it discards. A verification metric
        such as ``"EER"``, or Δ and one: ``"ΔEER"`` (or ``"delta EER"``).
    pipeline : str
        Which verifies, for all terms that name none.

    Raises
    ------
    ConfigError
        A comparison that cannot be read; a metric that is not known or lacks its value; a part of
        another metric than NME, or a point group of a verification metric or of what is left by
        discarding; a term of a verification metric without a pipeline, or one of a landmark error
        with one.
    """

    text: str
    holds: str
    source: str = ""
    group: str = ""
    metric: str = NME
    pipeline: str = ""

    def __post_init__(self) -> None:
        if self.quantity is None:
            self._check_errors()
        else:
            self._check_verification(self.quantity)

    def _check_errors(self) -> None:
        named = [self.pipeline, *(term.pipeline for term in self.terms)]
        if any(named):
            raise ConfigError(
                f"the claim {self.text!r} is of {self.error}, which wants no pipeline, got "
                f"{next(filter(None, named))!r}: name a verification metric, or leave it out"
            )
        part = next((term.part for term in self.terms if term.part), "")
        if part and self.error != NME:
            raise ConfigError(
                f"the claim {self.text!r} names the part {part!r}: parts want the metric NME, got "
                f"{self.error}"
            )
        kept = [parse_kept(text) for text in (self.metric, *(term.part for term in self.terms))]
        if any(kept) and self.group not in ("", "all"):
            raise ConfigError(
                f"the claim {self.text!r} is of what is left by discarding, which wants the point "
                f"group 'all', got {self.group!r}"
            )

    def _check_verification(self, quantity: Quantity) -> None:
        for term in self.terms:
            if term.part:
                raise ConfigError(
                    f"the claim {self.text!r} names the part {term.part!r}: parts want the metric "
                    f"NME, got {quantity}"
                )
            if not self.key(term).pipeline:
                raise ConfigError(f"the claim {self.text!r} on {quantity} wants a pipeline: {term}")
        if self.group:
            raise ConfigError(
                f"the claim {self.text!r} names the point group {self.group!r}: groups want the "
                f"metric NME, got {quantity}"
            )

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """In order."""
        return parse_claim(self.holds)[0]

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """Between the terms."""
        return parse_claim(self.holds)[1]

    @property
    def error(self) -> str:
        """Which landmark error it compares; "" where it is of verification."""
        return error_metric(self.metric) or ""

    @cached_property
    def quantity(self) -> Quantity | None:
        """What it compares of verification; None where it is of landmark errors."""
        if self.error:
            return None
        return _quantity(f"the claim {self.text!r}", self.metric)

    def key(self, term: Term) -> Key:
        """Which scores a term of a verification metric is about."""
        return Key(term.dataset, term.pipeline or self.pipeline, term.aligner)

    def aligners(self, baseline: str) -> frozenset[str]:
        """Every aligner that it rests on: those of its terms, and for Δ the baseline."""
        against = {baseline} if self.quantity and self.quantity.gap else set()
        return frozenset({term.aligner for term in self.terms} | against)

    def check(
        self,
        datasets: Collection[str],
        aligners: Collection[str],
        breakdown: Collection[str],
        pipelines: Collection[str] = (),
        errors: Collection[str] = (NME,),
    ) -> None:
        """Refuse what a study with these names, and these landmark errors, cannot tell.

        Raises
        ------
        ConfigError
            An unknown data set, aligner or pipeline, a landmark error that the study does not
            measure, or a part without a breakdown.
        """
        if self.error:
            _known(f"metric of the claim {self.text!r}", self.error, errors)
        for term in self.terms:
            _known(f"data set in the claim {self.text!r}", term.dataset, datasets)
            _known(f"aligner in the claim {self.text!r}", term.aligner, aligners)
            if self.quantity is not None:
                _known(f"pipeline in the claim {self.text!r}", self.key(term).pipeline, pipelines)
            kept = parse_kept(term.part)
            if kept:
                _known(f"discarding in the claim {self.text!r}", kept.metric, errors)
            elif term.part and not breakdown:
                raise ConfigError(
                    f"the claim {self.text!r} names the part {term.part!r}: it wants the study to "
                    "have a breakdown"
                )

    def to_config(self) -> dict[str, Any]:
        """As a TOML table."""
        return _given(self)

    @classmethod
    def from_config(cls, table: Any) -> "Claim":
        """From a TOML table.

        Raises
        ------
        ConfigError
            An unknown, missing or mistyped key, or a comparison that cannot be read.
        """
        texts = [field.name for field in fields(cls)]
        return cls(**_read(table, "claim", cls, ("text", "holds"), texts))


_NUMBERS = ("value", "low", "high", "spread")


@dataclass(frozen=True)
class Published:
    """A figure that somebody published, to stand beside the study's own.

    Parameters
    ----------
    source : str
        Where it stands.
    dataset, aligner : str
        Which of the study's own it stands beside. The study may lack the aligner.
    metric : str
        ``"NME"``, ``"NMSE"``, or ``"AUC@0.08"`` and ``"FR@0.08"`` at the study's limit;
        ``"NME@discard=0.3"`` at a share that it discards. With a pipeline a verification metric of
        the study, or Δ and one: the difference to the baseline.
    value : float
        As a fraction: 0.021 for 2.1 %, or for 2.1 points.
    name : str
        What the source calls its method; the aligner's name by default.
    group : str
        The point group of the study's own figure.
    part : str
        A value of an attribute of the study's breakdown (NME only); "" for all faces.
    low, high : float, optional
        The published interval.
    spread : float, optional
        The published ±, instead of an interval.
    pipeline : str
        Which of the study's own verifies; "" for landmark errors.

    Raises
    ------
    ConfigError
        Half an interval, numbers that cannot be, a verification metric that is not known or lacks
        its value, or a part or point group of one.
    """

    source: str
    dataset: str
    aligner: str
    metric: str
    value: float
    name: str = ""
    group: str = "all"
    part: str = ""
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    pipeline: str = ""

    def __post_init__(self) -> None:
        if self.quantity and (self.part or self.group != "all"):
            raise ConfigError(
                f"{self._label} is of {self.quantity}, which wants neither a part nor a group, got "
                f"{self.part or self.group!r}"
            )
        bounds = [end for end in (self.low, self.high) if end is not None]
        if len(bounds) == 1 or (bounds and self.spread is not None):
            raise ConfigError(f"{self._label} wants both low and high, or spread, or none of them")
        if not isfinite(self.value) or not self._ordered:
            raise ConfigError(f"{self._label} wants finite numbers with low ≤ value ≤ high")

    @cached_property
    def quantity(self) -> Quantity | None:
        """What it is of verification; None where it is a landmark error."""
        return _quantity(self._label, self.metric) if self.pipeline else None

    @property
    def _label(self) -> str:
        return f"the published figure {self.name or self.aligner!r} of {self.source!r}"

    @property
    def _ordered(self) -> bool:
        if self.low is not None and self.high is not None:
            return self.low <= self.value <= self.high
        return self.spread is None or (isfinite(self.spread) and self.spread >= 0)

    def check(
        self,
        datasets: Collection[str],
        errors: Collection[str],
        breakdown: Collection[str],
        pipelines: Collection[str] = (),
        metrics: Collection[str] = (),
    ) -> None:
        """Refuse what a study with these names has no figure beside.

        Parameters
        ----------
        datasets, breakdown, pipelines : collection of str
            The study's.
        errors : collection of str
            The landmark errors that it has.
        metrics : collection of str
            Its verification metrics, by their canonical names.

        Raises
        ------
        ConfigError
            An unknown data set, pipeline or metric, a verification metric without a pipeline, or
            a part without a breakdown or of another metric.
        """
        _known(f"data set of {self._label}", self.dataset, datasets)
        if self.quantity:
            _known(f"pipeline of {self._label}", self.pipeline, pipelines)
            _known(f"metric of {self._label}", self.quantity.metric, metrics)
            return
        metric = error_metric(self.metric) or self.metric
        if metric not in errors and _verifies(metric):
            raise ConfigError(f"{self._label} is of {metric}, and wants a pipeline")
        _known(f"metric of {self._label}", metric, errors)
        if parse_kept(metric) and self.group != "all":
            raise ConfigError(
                f"{self._label} is of what is left by discarding, which wants the point group "
                f"'all', got {self.group!r}"
            )
        if self.part and not (breakdown and self.metric == NME):
            raise ConfigError(
                f"{self._label} is of the part {self.part!r}: it wants the study to have a "
                f"breakdown, and the metric NME, got {self.metric}"
            )

    def to_config(self) -> dict[str, Any]:
        """As a TOML table."""
        return _given(self)

    @classmethod
    def from_config(cls, table: Any) -> "Published":
        """From a TOML table.

        Raises
        ------
        ConfigError
            An unknown, missing or mistyped key, or numbers that cannot be.
        """
        texts = [field.name for field in fields(cls) if field.name not in _NUMBERS]
        wanted = ("source", "dataset", "aligner", "metric", "value")
        return cls(**_read(table, "published figure", cls, wanted, texts, _NUMBERS))


def _read(
    table: Any,
    kind: str,
    made: type,
    wanted: Iterable[str],
    texts: Iterable[str],
    numbers: Iterable[str] = (),
) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise ConfigError(f"a {kind} wants a table, got {table!r}")
    known = [field.name for field in fields(made)]
    for key in table:
        _known(f"key of a {kind}", str(key), known)
    for key in wanted:
        if key not in table:
            raise ConfigError(f"a {kind} wants the key {key!r}, got {', '.join(table) or 'none'}")
    for key in texts:
        if not isinstance(table.get(key, ""), str):
            raise ConfigError(f"the key {key!r} of a {kind} wants a text, got {table[key]!r}")
    for key in numbers:
        value = table.get(key, 0.0)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ConfigError(f"the key {key!r} of a {kind} wants a number, got {value!r}")
    return {key: float(v) if isinstance(v, int) else v for key, v in table.items()}


def _given(made: Any) -> dict[str, Any]:
    """What is not a default, as a TOML table: TOML has no null."""
    table = {}
    for field in fields(made):
        value = getattr(made, field.name)
        if value != field.default:
            table[field.name] = value
    return table


def _quantity(label: str, name: str) -> Quantity:
    try:
        return parse_quantity(name)
    except UnknownNameError as error:
        raise UnknownNameError(f"metric of {label}", error.name, (NME, *METRICS)) from error
    except (ConfigError, MetricError) as error:
        raise ConfigError(f"{label}: {error}") from error


def _verifies(metric: str) -> bool:
    try:
        parse_quantity(metric)
    except AlignEvalError:
        return False
    return True


def _known(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise UnknownNameError(kind, name, known)
