"""Dot plot: one row per part of a data set, one mark per aligner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.figures.style import GRID, Look, charted, legend_above
from reports.formatting import number, short

_ROW, _FRAME = 15.0, 46.0  # pt


@dataclass(frozen=True)
class DotsDisplay:
    """An aligner's value on every part.

    Parameters
    ----------
    parts : sequence of str
        From the top.
    values : mapping of str to sequence of float
        Aligner → its value on each part; NaN is not drawn.
    label : str
        What the numbers are.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    parts: Sequence[str]
    values: Mapping[str, Sequence[float]]
    label: str
    looks: Mapping[str, Look]

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        places = np.arange(len(self.parts))
        ax.hlines(places, 0, 1, transform=ax.get_yaxis_transform(), color=GRID, lw=0.6, zorder=0)
        for name, values in self.values.items():
            look = self.looks[name]
            ax.plot(
                values, places, ls="", marker=look.marker, ms=5.5, color=look.colour, label=name
            )
        ax.set_yticks(places, [short(part) for part in self.parts])
        ax.set_ylim(len(self.parts) - 0.4, -0.6)
        highest = max((v for row in self.values.values() for v in row if v > 0), default=1.0)
        ax.set_xlim(-0.03 * highest, 1.06 * highest)  # 0 is in view: lengths compare
        decimals = 0 if highest >= 5 else 1 if highest >= 0.5 else 2
        ax.xaxis.set_major_formatter(lambda value, _: number(value, decimals))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(self.label)
        return ax

    def figure(self) -> Any:
        """The display with its legend."""
        left = 14 + 5.6 * max((len(short(part)) for part in self.parts), default=0)
        figure, ax = charted(list(self.values), _FRAME + _ROW * len(self.parts), left)
        legend_above(figure, self.plot(ax))
        return figure
