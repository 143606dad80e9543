"""What a claim or a published figure is about: a verification metric, or what it costs.

``"EER"`` is the metric of one aligner, ``"ΔEER"`` (or ``"delta EER"``) its paired difference to the
study's baseline on the same trials.
"""

import re
from typing import NamedTuple

from align_eval.errors import ConfigError
from align_eval.metrics import Metric, parse_metric

NME = "NME"
"""The landmark error that claims are about unless they name a metric."""

DELTA = "Δ"
_GAP = re.compile(r"(?:[Δ∆]\s*|delta\s+)(?P<metric>.*)", re.DOTALL)  # Greek Δ, and the sign ∆
_PLAIN = ("d'",)


class Quantity(NamedTuple):
    """A verification metric by its canonical name, or with `gap` its difference to the baseline."""

    metric: str
    gap: bool = False

    def __str__(self) -> str:
        return f"{DELTA if self.gap else ''}{self.metric}"

    @property
    def parsed(self) -> Metric:
        """The metric itself."""
        return parse_metric(self.metric)

    @property
    def rate(self) -> bool:
        """Whether it is a fraction, whose differences are told in percentage points."""
        return self.metric not in _PLAIN

    def span(self, low: float, high: float) -> str:
        """An interval of a difference in words.

        Examples
        --------
        >>> Quantity("EER").span(-0.003, 0.012), Quantity("d'").span(0.25, 1.5)
        ('−0.30 to +1.20 points', '+0.25 to +1.50')
        >>> Quantity("AUC").span(-0.00001, 0.0)
        '−0.001 to 0.000 points'
        """
        scale = 100 if self.rate else 1
        decimals = decimals_showing(scale * low, scale * high)
        ends = (_signed(scale * end, decimals) for end in (low, high))
        return " to ".join(ends) + (" points" if self.rate else "")


def parse_quantity(name: str) -> Quantity:
    """The quantity of a name.

    Parameters
    ----------
    name : str
        A name that `align_eval.metrics.parse_metric` knows, or Δ or ``delta`` before one.

    Raises
    ------
    UnknownNameError
        No such metric.
    MetricError
        A metric without the value it needs, or with one that it does not take.
    ConfigError
        A landmark error, or Δ of one.

    Examples
    --------
    >>> parse_quantity("delta TAR@FAR=0.01")
    Quantity(metric='TAR@FAR=1e-2', gap=True)
    >>> str(parse_quantity("ΔEER")), str(parse_quantity("EER"))
    ('ΔEER', 'EER')
    """
    found = _GAP.fullmatch(name.strip())
    stem = found["metric"] if found else name
    if stem.strip() == NME:
        raise ConfigError(f"a verification metric, or Δ and one, is wanted, got {name!r}")
    return Quantity(parse_metric(stem).name, bool(found))


def decimals_showing(*values: float) -> int:
    """How many decimals, from two to four, print none of these as 0 that is not 0.

    >>> decimals_showing(1.25, 0.0), decimals_showing(0.004), decimals_showing(1e-9)
    (2, 3, 4)
    """
    shown = (n for n in (2, 3) if all(v == 0 or abs(v) > 0.5 * 10**-n for v in values))
    return next(shown, 4)


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text.replace("-", "−") if float(text) else text[1:]
