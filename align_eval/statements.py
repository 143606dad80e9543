"""What a study says besides its parts: claims to be put to the test, and published figures.

A claim is a chain of terms joined by ``<``, ``<=``, ``>`` or ``>=``::

    R3:pbc > 1.5 * R1:pbc               the error of pbc on data set R3, and on R1
    thermal:dmsl@LD > thermal:dmsl@*    … on the part LD of the study's breakdown, and every other

A term stands for the NME of one aligner on one data set, over the study's first normaliser.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any, NamedTuple

from align_eval.errors import ConfigError, UnknownNameError

EVERY_OTHER = "*"
_SIGNS = re.compile(r"(<=|>=|<|>)")
_TERM = re.compile(
    r"(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?"
    r"(?P<dataset>[A-Za-z0-9_.+-]+):(?P<aligner>[A-Za-z0-9_.+-]+)(?:@(?P<part>\S+))?"
)


class Term(NamedTuple):
    """One side of a comparison.

    `part` is a value of an attribute of the study's breakdown, ``"*"`` for each that the claim
    does not name, or "" for all faces.
    """

    dataset: str
    aligner: str
    factor: float = 1.0
    part: str = ""

    def __str__(self) -> str:
        factor = f"{self.factor:g} * " if self.factor != 1 else ""
        return f"{factor}{self.dataset}:{self.aligner}{f'@{self.part}' if self.part else ''}"


def parse_claim(holds: str) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """The terms of a claim, and the signs between them.

    Raises
    ------
    ConfigError
        Fewer than two terms, or one of another form.

    Examples
    --------
    >>> terms, signs = parse_claim("R3:pbc > 1.5 * R1:pbc")
    >>> terms[1], signs
    (Term(dataset='R1', aligner='pbc', factor=1.5, part=''), ('>',))
    """
    pieces = _SIGNS.split(holds)
    if len(pieces) < 3:
        raise ConfigError(f"a claim wants terms joined by < <= > >=, got {holds!r}")
    return tuple(_term(piece.strip(), holds) for piece in pieces[::2]), tuple(pieces[1::2])


def _term(text: str, holds: str) -> Term:
    found = _TERM.fullmatch(text)
    if not found:
        raise ConfigError(
            f"a claim's term wants the form [factor *] data set:aligner[@part], got {text!r} "
            f"in {holds!r}"
        )
    factor = float(found["factor"] or 1)
    return Term(found["dataset"], found["aligner"], factor, found["part"] or "")


@dataclass(frozen=True)
class Claim:
    """Something that is said of landmark errors, and what must hold if it is true.

    Parameters
    ----------
    text : str
        The claim in words.
    holds : str
        The same as comparisons; see `parse_claim`.
    source : str
        Who says so.
    group : str
        The point group of its errors. By default ``"five"``, the points of alignment, where every
        term has them, else ``"all"``.
    """

    text: str
    holds: str
    source: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        parse_claim(self.holds)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """In order."""
        return parse_claim(self.holds)[0]

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """Between the terms."""
        return parse_claim(self.holds)[1]

    def check(
        self, datasets: Collection[str], aligners: Collection[str], breakdown: Collection[str]
    ) -> None:
        """Refuse what a study with these names cannot tell.

        Raises
        ------
        ConfigError
            An unknown data set or aligner, or a part without a breakdown.
        """
        for term in self.terms:
            _known(f"data set in the claim {self.text!r}", term.dataset, datasets)
            _known(f"aligner in the claim {self.text!r}", term.aligner, aligners)
            if term.part and not breakdown:
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
        ``"NME"``, ``"NMSE"``, or ``"AUC@0.08"`` and ``"FR@0.08"`` at the study's limit.
    value : float
        As a fraction: 0.021 for 2.1 %.
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

    def __post_init__(self) -> None:
        bounds = [end for end in (self.low, self.high) if end is not None]
        if len(bounds) == 1 or (bounds and self.spread is not None):
            raise ConfigError(f"{self._label} wants both low and high, or spread, or none of them")
        if not isfinite(self.value) or not self._ordered:
            raise ConfigError(f"{self._label} wants finite numbers with low ≤ value ≤ high")

    @property
    def _label(self) -> str:
        return f"the published figure {self.name or self.aligner!r} of {self.source!r}"

    @property
    def _ordered(self) -> bool:
        if self.low is not None and self.high is not None:
            return self.low <= self.value <= self.high
        return self.spread is None or (isfinite(self.spread) and self.spread >= 0)

    def check(
        self, datasets: Collection[str], metrics: Collection[str], breakdown: Collection[str]
    ) -> None:
        """Refuse what a study with these names has no figure beside.

        Raises
        ------
        ConfigError
            An unknown data set or metric, or a part without a breakdown or of another metric.
        """
        _known(f"data set of {self._label}", self.dataset, datasets)
        _known(f"metric of {self._label}", self.metric, metrics)
        if self.part and not (breakdown and self.metric == "NME"):
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


def _known(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise UnknownNameError(kind, name, known)
