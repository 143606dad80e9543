"""What a report knows about a metric by its name: unit, direction, and definition in a line."""

import re
from dataclasses import dataclass

import pandas as pd

from align_eval.errors import AlignEvalError
from align_eval.quantity import parse_quantity
from reports.formatting import NBSP, number, signed


@dataclass(frozen=True)
class Measure:
    """A metric as reports print it.

    Parameters
    ----------
    name : str
        As in `align_eval.result.Result.rows`.
    higher_is_better : bool or None
        None where the name is not known; nothing is then called better or worse.
    rate : bool
        Whether it is a fraction that is printed in per cent.
    definition : str
        One line, or "" where the name is not known.
    gap : bool
        Whether it is the difference of a metric to the baseline, such as ``"ΔEER"``.
    """

    name: str
    higher_is_better: bool | None
    rate: bool
    definition: str
    gap: bool = False

    @property
    def scale(self) -> float:
        """What a value is multiplied by before it is printed."""
        return 100.0 if self.rate else 1.0

    @property
    def unit(self) -> str:
        """The unit of a value, for a table's head."""
        return self.gap_unit if self.gap else "%" if self.rate else ""

    @property
    def gap_unit(self) -> str:
        """The unit of a difference."""
        return "points" if self.rate else ""

    def printed(self, value: float, decimals: int | None = None) -> str:
        r"""A value with its unit; one that is a difference shows its sign.

        >>> measure("EER").printed(0.0212).replace("\xa0", " "), measure("d'").printed(2.5)
        ('2.12 %', '2.5000')
        >>> measure("ΔEER").printed(0.0212, 1).replace("\xa0", " ")
        '+2.1 points'
        """
        places = decimals if decimals is not None else 2 if self.rate else 4
        text = (signed if self.gap else number)(self.scale * value, places)
        return f"{text}{NBSP}{self.unit}" if self.unit and pd.notna(value) else text


ERROR_GROUPS = {
    "five": "over the alignment points (of five) that a model gives",
    "all": "over all points that model and truth share",
}
"""Point groups in which whole models are told apart, in the order of tables."""

_FAR = "at the threshold that accepts at most {x} of the impostor trials, never interpolated"
_DEFINITIONS = (
    (r"EER", "(FAR + FRR) / 2 at the threshold where the two are closest"),
    (r"TAR@FAR=(?P<x>.+)", f"largest share of genuine trials accepted {_FAR}"),
    (r"FRR@FAR=(?P<x>.+)", f"smallest share of genuine trials rejected {_FAR}"),
    (
        r"FNMR@FMR=(?P<x>.+)",
        f"smallest share of genuine trials rejected {_FAR}; trials without a score left out",
    ),
    (r"TAR@T=(?P<x>.+)", "share of genuine trials accepted at scores of {x} and above"),
    (r"FAR@T=(?P<x>.+)", "share of impostor trials accepted at scores of {x} and above"),
    (r"FRR@T=(?P<x>.+)", "share of genuine trials rejected, scores of {x} and above accepted"),
    (r"FMR@T=(?P<x>.+)", "share of scored impostor trials accepted at {x} and above"),
    (r"FNMR@T=(?P<x>.+)", "share of scored genuine trials rejected, {x} and above accepted"),
    (r"AUC", "chance that a genuine trial scores higher than an impostor trial, ties half"),
    (r"d['′]", "distance of the mean genuine and impostor scores in pooled standard deviations"),
    (
        r"(?P<x>\d+)-fold accuracy",
        "share of trials decided rightly, each of {x} folds at the best threshold of the others",
    ),
    (r"rank-1", "share of probes whose most similar reference is of their own subject"),
    (
        r"(?P<x>.+) over galleries",
        "{x} in each of the galleries that the folds are, and the mean over them",
    ),
    (r"rank-(?P<x>\d+)", "share of probes whose own subject is among the {x} most similar"),
    (
        r"DIR@FPIR=(?P<x>.+)",
        "largest share of probes with a mate that find it first and over the threshold, while at "
        "most {x} of the probes without a mate find anybody",
    ),
    (
        r"rank-(?P<rank>\d+) DIR@FPIR=(?P<x>.+)",
        "largest share of probes with a mate that find it within that rank and over the threshold, "
        "while at most {x} of the probes without a mate find anybody",
    ),
    (
        r"TPIR@FPIR=(?P<x>.+)",
        "largest share of probes with a mate that find it over the threshold, at any rank, while "
        "at most {x} of the probes without a mate find anybody",
    ),
)
_LEFT = (
    "NME over the points that are left when {x} of each face's are discarded, {first}; over the "
    "faces of which all points were found"
)
# Landmark errors: (pattern, higher is better, rate, definition).
_ERRORS = (
    (
        r"NME",
        False,
        True,
        "distance to the marked points over the normaliser: mean over the points of a face, then "
        "over the faces that were found",
    ),
    (
        r"NME@discard=(?P<x>[\d.]+)",
        False,
        True,
        _LEFT.replace("{first}", "those that the model trusts least"),
    ),
    (r"NME@random=(?P<x>[\d.]+)", False, True, _LEFT.replace("{first}", "at random")),
    (
        r"NME@oracle=(?P<x>[\d.]+)",
        False,
        True,
        _LEFT.replace("{first}", "those of the largest true error"),
    ),
    (
        r"AUC@(?P<x>[\d.]+)",
        True,
        True,
        "1 − mean(min(e, t)) / t over all faces with t = {x}; a missed face counts as t",
    ),
    (
        r"FR@(?P<x>[\d.]+)",
        False,
        True,
        "share of all faces whose error exceeds {x}, missed faces among them",
    ),
    (
        r"NMSE",
        False,
        True,
        "mean over all points of all found faces of the distance over the eye distance, not "
        "squared (Poster et al., 2019, eq. 7)",
    ),
)


def measure(name: str) -> Measure:
    """What is known of a metric; an unknown name is printed as a plain number.

    Examples
    --------
    >>> measure("TAR@FAR=1e-2").higher_is_better, measure("EER").unit
    (True, '%')
    >>> measure("surprise").higher_is_better is None, measure("ΔEER").unit
    (True, 'points')
    """
    for pattern, higher, rate, definition in _ERRORS:
        if found := re.fullmatch(pattern, name):
            return Measure(name, higher, rate, definition.format(**found.groupdict()))
    try:
        known = parse_quantity(name)
    except AlignEvalError:
        return Measure(name, None, False, "")
    definition = _definition(known.metric if known.gap else name)
    if known.gap:
        definition = (
            f"difference to the baseline, on the same resamples of subjects, of {definition}"
        )
    return Measure(name, known.parsed.higher_is_better, known.rate, definition, known.gap)


def _definition(name: str) -> str:
    for pattern, definition in _DEFINITIONS:
        if found := re.fullmatch(pattern, name):
            return definition.format(**found.groupdict())
    return ""
