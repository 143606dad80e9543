"""The terms of a claim, as they are written.

A claim is a chain of terms joined by ``<``, ``<=``, ``>`` or ``>=``::

    R3:pbc > 1.5 * R1:pbc               the error of pbc on data set R3, and on R1
    thermal:dmsl@LD > thermal:dmsl@*    … on the part LD of the study's breakdown, and every other
    R1:dan@discard=0.3 < 0.8 * R1:dan   … without the 30 % of its points of lowest quality
    thermal:pbc > visible:pbc           with the claim's metric and pipeline: of verification
    thermal/pls:pbc < thermal/cos:pbc   … by pipelines of the terms' own

A term stands for the NME of one aligner on one data set, over the study's first normaliser, unless
the claim names another landmark error, a verification metric, or Δ of one: its paired difference to
the baseline. What ``@`` can name besides parts are the discardings of `align_eval.error_metric`.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from align_eval.errors import ConfigError

EVERY_OTHER = "*"
COMPARES: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIGNS = re.compile(r"(<=|>=|<|>)")
_TERM = re.compile(
    r"(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?"
    r"(?P<dataset>[A-Za-z0-9_.+-]+)(?:/(?P<pipeline>[A-Za-z0-9_.+-]+))?"
    r":(?P<aligner>[A-Za-z0-9_.+-]+)(?:@(?P<part>\S+))?"
)


class Term(NamedTuple):
    """One side of a comparison.

    `part` is a value of an attribute of the study's breakdown, ``"*"`` for each that the claim
    does not name, a discarding such as ``"discard=0.3"``, or "" for all faces. `pipeline` is ""
    for that of the claim.
    """

    dataset: str
    aligner: str
    factor: float = 1.0
    part: str = ""
    pipeline: str = ""

    def __str__(self) -> str:
        factor = f"{self.factor:g} * " if self.factor != 1 else ""
        where = f"{self.dataset}/{self.pipeline}" if self.pipeline else self.dataset
        return f"{factor}{where}:{self.aligner}{f'@{self.part}' if self.part else ''}"


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
    (Term(dataset='R1', aligner='pbc', factor=1.5, part='', pipeline=''), ('>',))
    """
    pieces = _SIGNS.split(holds)
    if len(pieces) < 3:
        raise ConfigError(f"a claim wants terms joined by < <= > >=, got {holds!r}")
    return tuple(_term(piece.strip(), holds) for piece in pieces[::2]), tuple(pieces[1::2])


def _term(text: str, holds: str) -> Term:
    found = _TERM.fullmatch(text)
    if not found:
        raise ConfigError(
            "a claim's term wants the form [factor *] data set[/pipeline]:aligner[@part], got "
            f"{text!r} in {holds!r}"
        )
    factor = float(found["factor"] or 1)
    optional = (found["part"] or "", found["pipeline"] or "")
    return Term(found["dataset"], found["aligner"], factor, *optional)
