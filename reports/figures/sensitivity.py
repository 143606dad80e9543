"""Curves of what moved landmarks cost, and bars of what single ways and parts of errors do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reports.figures.panels import panels
from reports.figures.style import GRID, INK, WIDTH, Look, axes_within, keyed, new_figure
from reports.formatting import number, short, signed
from reports.measures import Measure

_ROW, _HEAD, _FOOT, _TITLE = 15.0, 24.0, 38.0, 18.0  # pt


class Band(NamedTuple):
    """A line and its interval: levels in per cent of the eye distance, the rest in points."""

    levels: Sequence[float]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class CurvesDisplay:
    """The cost of each kind of perturbation against its level.

    Parameters
    ----------
    curves : mapping of str to mapping
        Kind → data set → its line.
    measure : Measure
        What is on the vertical axis.
    looks : mapping of str to Look
        How each data set is drawn.
    """

    curves: Mapping[str, Mapping[str, Band]]
    measure: Measure
    looks: Mapping[str, Look]

    def plot(self, ax: Any, kind: str) -> Any:
        """Draw one kind into a matplotlib Axes, and return it."""
        ax.axhline(0, color=INK, lw=0.8, zorder=1)
        for name, band in self.curves[kind].items():
            look = self.looks[name]
            ax.fill_between(band.levels, band.low, band.high, color=look.colour, alpha=0.16, lw=0)
            style = {"color": look.colour, "ls": look.dash, "marker": look.marker, "ms": 3.6}
            ax.plot(band.levels, band.values, zorder=3, **style)
        bands = [band for own in self.curves.values() for band in own.values()]
        ends = [v for band in bands for row in (band.values, band.low, band.high) for v in row]
        known = [end for end in ends if np.isfinite(end)]
        low, high = min(0.0, *known), max(0.0, *known)
        pad = 0.06 * (high - low or 1.0)
        ax.set_ylim(low - pad, high + pad)
        ax.set_xlim(0, 1.04 * max(level for band in bands for level in band.levels))
        ax.locator_params(axis="y", nbins=5)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_major_formatter(lambda value, _: signed(value, 0 if high - low > 4 else 1))
        return ax

    def figure(self) -> Any:
        """A panel for each kind, all on one scale, and the data sets' keys."""
        from matplotlib.lines import Line2D

        kinds = list(self.curves)
        unit = f", {self.measure.gap_unit}" if self.measure.gap_unit else ""
        heads = {kind: Look(INK, "-", "") for kind in kinds}
        across = "level σ, % of the eye distance"
        drawn, axes = panels(kinds, heads, across, f"Δ{self.measure.name}{unit}")
        for kind, ax in zip(kinds, axes, strict=True):
            self.plot(ax, kind)
        names = dict.fromkeys(name for own in self.curves.values() for name in own)
        keys = [
            Line2D([], [], label=name, color=look.colour, ls=look.dash, marker=look.marker, ms=4)
            for name, look in ((name, self.looks[name]) for name in names)
        ]
        keyed(drawn, keys, 3)
        return drawn


class Bar(NamedTuple):
    """A value with its interval, in points."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BarsDisplay:
    """Values with intervals, a row each, in blocks one below the other on one scale.

    Parameters
    ----------
    blocks : mapping of str to mapping
        Block's title → row → series → its value.
    label : str
        What the numbers are.
    looks : mapping of str to Look
        How each series is drawn.
    """

    blocks: Mapping[str, Mapping[str, Mapping[str, Bar]]]
    label: str
    looks: Mapping[str, Look]

    def plot(self, ax: Any, block: str) -> Any:
        """Draw one block into a matplotlib Axes, and return it."""
        rows = self.blocks[block]
        ax.axvline(0, color=INK, lw=0.8, zorder=1)
        for place, (_, series) in enumerate(rows.items()):
            ax.axhline(place, color=GRID, lw=0.6, zorder=0)
            for i, (name, bar) in enumerate(series.items()):
                y = place + 0.24 * (i - (len(series) - 1) / 2)
                look = self.looks[name]
                if np.isfinite([bar.low, bar.high]).all():
                    ax.plot([bar.low, bar.high], [y, y], color=look.colour, lw=1.3, zorder=2)
                ax.plot([bar.value], [y], ls="", marker=look.marker, ms=5, color=look.colour)
        ax.set_yticks(range(len(rows)), [short(row, 20) for row in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(*self._limits)
        ax.xaxis.set_major_formatter(lambda value, _: number(value, self._decimals))
        return ax

    @property
    def _limits(self) -> tuple[float, float]:
        bars = [b for rows in self.blocks.values() for own in rows.values() for b in own.values()]
        ends = [end for bar in bars for end in bar if np.isfinite(end)]
        low, high = min(0.0, *ends), max(0.0, *ends)
        pad = 0.05 * (high - low or 1.0)
        return low - pad, high + pad

    @property
    def _decimals(self) -> int:
        low, high = self._limits
        return 0 if high - low > 4 else 1

    def figure(self) -> Any:
        """All blocks, and the keys of the series."""
        from matplotlib.lines import Line2D

        heights = [_TITLE + _ROW * len(rows) + 6 for rows in self.blocks.values()]
        total = _HEAD + sum(heights) + _FOOT
        names = [short(row, 20) for rows in self.blocks.values() for row in rows]
        left = 14 + 5.6 * max(map(len, names))
        drawn, top = new_figure(total), _HEAD
        for height, block in zip(heights, self.blocks, strict=True):
            above = top + _TITLE
            ax = axes_within(drawn, left, total - top - height, 18, above)
            self.plot(ax, block)
            style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
            ax.annotate(block, (0, 1), (0, 3), fontsize=9, fontweight="bold", color=INK, **style)
            last = block == list(self.blocks)[-1]
            ax.tick_params(labelbottom=last)
            if last:
                ax.set_xlabel(self.label)
            top += height
        series = dict.fromkeys(
            name for rows in self.blocks.values() for own in rows.values() for name in own
        )
        keys = [
            Line2D([], [], ls="", label=name, marker=look.marker, ms=5, color=look.colour)
            for name, look in ((name, self.looks[name]) for name in series)
        ]
        keyed(drawn, keys, 4 if WIDTH > 300 else 3)
        return drawn
