"""How the NME changes with the share of points discarded: by signal, chance or true error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.figures.panels import panels
from reports.figures.style import INK, MUTED, Look, keyed
from reports.formatting import percent, signed

WORDS = {"signal": "by the signal", "random": "at random", "oracle": "by the true error"}
_LINES: Mapping[str, tuple[Any, str]] = {
    "signal": ("-", "o"),
    "random": ((0, (4, 2)), ""),
    "oracle": ((0, (1, 1.4)), ""),
}


@dataclass(frozen=True)
class DiscardDisplay:
    """What is left of the error of each aligner, against all of its points.

    Parameters
    ----------
    shares : sequence of float
        Of each face's points, ascending, from 0.
    changes : mapping of str to mapping
        Aligner → order of discarding → the NME at each share over that of share 0, minus 1: models
        of any accuracy share a scale.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    shares: Sequence[float]
    changes: Mapping[str, Mapping[str, Sequence[float]]]
    looks: Mapping[str, Look]

    def plot(self, ax: Any, name: str) -> Any:
        """Draw one aligner into a matplotlib Axes, and return it."""
        for order, values in self.changes[name].items():
            dash, marker = _LINES[order]
            colour = self.looks[name].colour if order == "signal" else MUTED
            style = {"ls": dash, "marker": marker, "ms": 4, "lw": 1.6 if marker else 1.2}
            ax.plot(self.shares, values, color=colour, zorder=3 if marker else 2, **style)
        every = [v for own in self.changes.values() for line in own.values() for v in line]
        low, high = min(0.0, *every), max(0.0, *every)
        pad = 0.08 * (high - low or 0.1)
        ax.set(xlim=(-0.02 * self.shares[-1], 1.04 * self.shares[-1]), ylim=(low - pad, high + pad))
        ax.set_xticks(self.shares)
        ax.locator_params(axis="y", nbins=4)
        ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        ax.yaxis.set_major_formatter(lambda value, _: f"{signed(100 * value, 0)} %")
        return ax

    def figure(self) -> Any:
        """A panel an aligner, all on one scale, and the orders' keys."""
        from matplotlib.lines import Line2D

        names = list(self.changes)
        across = "share of each face's points discarded"
        drawn, axes = panels(names, self.looks, across, "change of NME")
        for name, ax in zip(names, axes, strict=True):
            self.plot(ax, name)
        keys = []
        for order, (dash, marker) in _LINES.items():
            colour = INK if marker else MUTED
            style = {"ls": dash, "marker": marker, "ms": 4, "color": colour, "lw": 1.4}
            keys.append(Line2D([], [], label=WORDS[order], **style))
        keyed(drawn, keys, 3)
        return drawn
