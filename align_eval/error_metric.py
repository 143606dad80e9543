"""The names of landmark errors, as claims and published figures give them.

``NME``, ``NMSE``, ``AUC@0.08`` and ``FR@0.08`` are those of `align_eval.landmark_error`. A name
such as ``NME@discard=0.3`` is the NME of the points that are left when each face loses the 30 %
that the model trusts least; ``random`` and ``oracle`` stand for the other orders of
`align_eval.discard`.
"""

import re
from math import isfinite
from typing import NamedTuple

from align_eval.quantity import NME

_ORDERS = {"discard": "signal", "random": "random", "oracle": "oracle"}
_NUMBER = r"(?P<at>[0-9.]+(?:e-?[0-9]+)?)"
_LIMITED = re.compile(rf"(?P<stem>AUC|FR)@{_NUMBER}")
_KEPT = re.compile(rf"(?P<word>{'|'.join(_ORDERS)})={_NUMBER}")


class Kept(NamedTuple):
    """Which points are left: a share of each face's is discarded, in an order."""

    order: str
    share: float

    @property
    def word(self) -> str:
        """As it is written: ``discard=0.3``."""
        (word,) = (word for word, order in _ORDERS.items() if order == self.order)
        return f"{word}={self.share:g}"

    @property
    def metric(self) -> str:
        """The NME of these points."""
        return f"{NME}@{self.word}"


def parse_kept(text: str) -> Kept | None:
    """What ``discard=0.3`` or ``NME@discard=0.3`` leaves; None for any other text.

    Examples
    --------
    >>> parse_kept("NME@discard=.3"), parse_kept("random=0.1").metric
    (Kept(order='signal', share=0.3), 'NME@random=0.1')
    >>> parse_kept("LD") is None
    True
    """
    found = _KEPT.fullmatch(text.strip().removeprefix(f"{NME}@"))
    share = _number(found["at"]) if found else None
    return Kept(_ORDERS[found["word"]], share) if found and share is not None else None


def error_metric(name: str) -> str | None:
    """The canonical name of a landmark error; None if it is none, as ``"AUC"`` without a limit.

    Examples
    --------
    >>> error_metric("FR@0.080"), error_metric("NME@discard=.3"), error_metric("EER")
    ('FR@0.08', 'NME@discard=0.3', None)
    """
    text = name.strip()
    if text in (NME, "NMSE"):
        return text
    kept = parse_kept(text) if text.startswith(f"{NME}@") else None
    if kept:
        return kept.metric
    found = _LIMITED.fullmatch(text)
    limit = _number(found["at"]) if found else None
    return f"{found['stem']}@{limit:g}" if found and limit is not None else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
