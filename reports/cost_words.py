"""What each aligner costs in one or two sentences a data set: who cannot be told apart, who can.

The sentence of every aligner by itself is in `reports.verdict`; here they are grouped.
"""

from collections.abc import Callable, Sequence

from reports.costs import Costs, Record
from reports.formatting import NBSP, defined, listing, number, span
from reports.measures import Measure
from reports.verdict import Kind, Verdict, resolved

_DECIDED = ("better", "worse", "different")
_VERBS: dict[Kind, tuple[str, str]] = {
    "worse": ("costs", ""),
    "better": ("is better by", "by "),
    "different": ("differs by", "by "),
}


def cost_verdicts(one: Costs) -> list[Verdict]:
    """The costs behind one pipeline, a `Verdict` for each data set.

    Each is about the first of its metrics; where that tells an aligner not apart and the second
    does, the second is added. Aligners that are the truth moved have a sentence of their own.
    """
    return [_Speaker(one, dataset).verdict() for dataset in one.datasets]


class _Speaker:
    """Words on one data set."""

    def __init__(self, one: Costs, dataset: str) -> None:
        self.one, self.dataset = one, dataset
        self.what = one.metrics[0]
        self.decimals = {what.name: one.decimals(dataset, what) for what in one.metrics}

    def verdict(self) -> Verdict:
        """All that is said."""
        others = self._said(self.one.models)
        moved = [name for name in self.one.aligners if name in self.one.perturbed]
        scale = self._said(moved)
        text = f"({self.one.pipeline}; {self._level()})"
        parts = [f"{text}: {others}." if others else f"{text}."]
        if scale:
            parts.append(f"For scale, the truth moved at random: {scale}.")
        return Verdict("described", self.dataset, " ".join(parts))

    def _level(self) -> str:
        base, what = self.one.rules.baseline, self.what
        row = self._row(base, what) or {}
        value, low, high = (what.scale * row.get(k, float("nan")) for k in ("value", "low", "high"))
        if not defined(value):
            return f"against {base}, which has no {what.name} on these data"
        unit = f"{NBSP}{what.unit}" if what.unit else ""
        decimals = self.decimals[what.name]
        interval = f"{self.one.rules.interval} {span(low, high, decimals)}"
        bounds = interval if defined(low, high) else "no interval"
        return f"against {base}: {what.name} {number(value, decimals)}{unit}, {bounds}"

    def _said(self, names: Sequence[str]) -> str:
        """The names by what became of them: told apart last."""
        kinds: dict[Kind, list[str]] = {}
        for name in names:
            verdict = self.one.judged(self.dataset, name, self.what)
            if verdict:
                kinds.setdefault(verdict.kind, []).append(name)
        said: list[tuple[Kind, Callable[[list[str]], str]]] = [
            ("level", lambda own: self._level_with(own, "cannot be told apart from it")),
            ("unsure", lambda own: self._level_with(own, "cannot safely be told apart from it")),
            ("better", lambda own: self._each("better", own)),
            ("different", lambda own: self._each("different", own)),
            ("worse", lambda own: self._each("worse", own)),
            ("undefined", lambda own: f"{listing(own)} cannot be compared with it"),
        ]
        return "; ".join(say(kinds[kind]) for kind, say in said if kind in kinds)

    def _level_with(self, names: list[str], words: str) -> str:
        extra = [self._aside(name, what) for name in names for what in self.one.metrics[1:]]
        told = ", ".join(text for text in extra if text)
        rows = [self._row(name, self.what) or {} for name in names]
        least = resolved(rows, self.what, self.decimals[self.what.name])
        limit = f" ({least.removeprefix(': ')})" if least else ""
        return f"{listing(names)} {words}{limit}{f', but {told}' if told else ''}"

    def _aside(self, name: str, what: Measure) -> str:
        verdict, row = self.one.judged(self.dataset, name, what), self._row(name, what)
        if verdict is None or row is None or verdict.kind not in _DECIDED:
            return ""
        verb = {"worse": "loses", "better": "gains"}.get(verdict.kind, "differs by")
        return f"{name} {verb} {self._size(row, what)} of {what.name} {self._bounds(row, what)}"

    def _each(self, kind: Kind, names: list[str]) -> str:
        """``mtcnn costs 1.9 points of EER (0.8 to 3.1), pbc 4.0 (2.6 to 5.3)``."""
        verb, again = _VERBS[kind]
        said: list[str] = []
        for name in names:
            row = self._row(name, self.what) or {}
            bounds = self._bounds(row, self.what)
            if not said:
                size = self._size(row, self.what)
                said.append(f"{name} {verb} {size} of {self.what.name} {bounds}")
            else:
                said.append(f"{name} {again}{self._number(row, self.what)} {bounds}")
        return ", ".join(said)

    def _row(self, name: str, what: Measure) -> Record | None:
        return self.one.rows.get((self.dataset, name, what.name))

    def _number(self, row: Record, what: Measure) -> str:
        return number(abs(what.scale * row["delta"]), self.decimals[what.name])

    def _size(self, row: Record, what: Measure) -> str:
        text = self._number(row, what)
        return f"{text}{NBSP}{what.gap_unit}" if what.gap_unit else text

    def _bounds(self, row: Record, what: Measure) -> str:
        near, far = sorted(abs(what.scale * row[key]) for key in ("delta_low", "delta_high"))
        return f"({span(near, far, self.decimals[what.name])})"
