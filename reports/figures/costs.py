"""Costs: what an error of landmarks costs in verification, one mark an aligner and data set."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.labels import labelled, places_of
from reports.figures.style import INK, MUTED, PAPER, WIDTH, Look, axes_within, keyed, new_figure
from reports.figures.ticks import round_ticks
from reports.formatting import short, signed
from reports.measures import Measure

_WIDE, _HEIGHT = 560.0, 330.0  # pt
_MANY = 9  # marks that a narrow figure holds
_SHAPES = ("o", "s", "^", "D", "v")  # by data set: the first is full, the others are hollow
_LINES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)))
_FACTOR = 5.0  # from the least to the greatest error, beyond which the axis is logarithmic


@dataclass(frozen=True)
class CostMark:
    """One aligner on one data set, in per cent of the normaliser and in the metric's own units."""

    aligner: str
    dataset: str
    error: float
    delta: float
    low: float
    high: float


@dataclass(frozen=True)
class CostDisplay:
    """Cost against landmark error.

    Parameters
    ----------
    marks : tuple of CostMark
        Aligners; their errors are finite, and the baseline is not among them.
    trails : mapping of str to tuple of CostMark
        Data set → the truth moved at random by more and more: what such errors cost by
        themselves, drawn as a line.
    datasets : tuple of str
        In the order of their shapes.
    measure : Measure
        What is on the vertical axis.
    label : str
        What is on the horizontal one.
    baseline : str
        Whom the line at 0 stands for.
    looks : mapping of str to Look
        Colours of aligners.
    """

    marks: tuple[CostMark, ...]
    trails: Mapping[str, tuple[CostMark, ...]]
    datasets: tuple[str, ...]
    measure: Measure
    label: str
    baseline: str
    looks: Mapping[str, Look]

    @property
    def every(self) -> tuple[CostMark, ...]:
        """All marks, those of trails last."""
        return (*self.marks, *(mark for trail in self.trails.values() for mark in trail))

    @property
    def width(self) -> float:
        """The figure's, pt: wider where there is much to label."""
        return WIDTH if len(self.every) <= _MANY else _WIDE

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, without labels, and return it."""
        self._frame(ax)
        ax.axhline(0, color=INK, lw=1.2, zorder=1)
        for dataset, trail in self.trails.items():
            line = _LINES[self.datasets.index(dataset) % len(_LINES)]
            ends = [mark.error for mark in trail], [self._up(mark.delta) for mark in trail]
            ax.plot(*ends, color=MUTED, lw=0.9, ls=line, zorder=2)
            for mark in trail:
                self._mark(ax, mark, self.looks[mark.aligner].colour, 3.4)
        for mark in self.marks:
            self._mark(ax, mark, self.looks[mark.aligner].colour, 6.5)
        return ax

    def figure(self) -> Any:
        """The display with its labels and the shapes of the data sets."""
        from matplotlib.lines import Line2D

        figure = new_figure(_HEIGHT, self.width)
        ax = self.plot(axes_within(figure, 58, 38, 14, 26))
        keys = []
        if len(self.datasets) > 1:
            for i, dataset in enumerate(self.datasets):
                key = Line2D([], [], ls="", marker=_SHAPES[i % len(_SHAPES)], ms=6.5, label=dataset)
                key.set(mfc=INK if i == 0 else PAPER, mec=INK, mew=1.4)
                keys.append(key)
        if self.trails:
            keys.append(Line2D([], [], color=MUTED, lw=0.9, label="truth moved at random"))
        if keys:
            keyed(figure, keys, 4)
        self._labels(ax)
        return figure

    def _up(self, value: float) -> float:
        return self.measure.scale * value

    def _mark(self, ax: Any, mark: CostMark, colour: str, size: float) -> None:
        place_of = self.datasets.index(mark.dataset)
        y = self._up(mark.delta)
        if np.isfinite([mark.low, mark.high]).all():
            ends = [self._up(mark.low), self._up(mark.high)]
            ax.plot([mark.error] * 2, ends, color=colour, lw=1.1 if size > 5 else 0.7, zorder=3)
        ax.plot(
            [mark.error],
            [y],
            ls="",
            marker=_SHAPES[place_of % len(_SHAPES)],
            ms=size,
            mfc=colour if place_of == 0 else PAPER,
            mec=colour,
            mew=1.4 if size > 5 else 0.9,
            zorder=4,
        )

    def _frame(self, ax: Any) -> None:
        errors = [mark.error for mark in self.every]
        low, high = min(errors), max(errors)
        if low > 0 and high > _FACTOR * low:
            ax.set_xscale("log")
            ax.set_xlim(low / 1.35, high * 1.35)
            ax.set_xticks(round_ticks(low / 1.35, high * 1.35))
            ax.xaxis.set_minor_formatter(lambda *_: "")
            ax.minorticks_off()
        else:
            ax.set_xlim(0 if low < high / 2 else low - 0.2 * (high - low or 1), high * 1.12)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        linear = self._linear
        if linear:
            ax.set_yscale("symlog", linthresh=linear, linscale=0.4)
        self._limits(ax, linear)
        ax.set_xlabel(f"{self.label}{', log' if ax.get_xscale() == 'log' else ''}")
        unit = f", {self.measure.gap_unit}" if self.measure.gap_unit else ""
        beyond = f" (log beyond ±{linear:g})" if linear else ""
        ax.set_ylabel(f"Δ{self.measure.name}{unit}{beyond}")
        ax.grid(True)

    @property
    def _linear(self) -> float:
        """Up to where the vertical axis is linear, or 0 where all of it is."""
        sizes = np.sort(np.abs([self._up(mark.delta) for mark in self.every]))
        middle = float(np.median(sizes))
        if not len(sizes) or sizes[-1] <= 6 * max(middle, 1e-9):
            return 0.0
        return float(10 ** np.floor(np.log10(max(middle, sizes[-1] / 100))))

    def _limits(self, ax: Any, linear: float) -> None:
        ends = [self._up(v) for m in self.every for v in (m.delta, m.low, m.high)]
        ends = [end for end in ends if np.isfinite(end)]
        low, high = min(0.0, *ends), max(0.0, *ends)
        if linear:
            ax.set_ylim(min(1.6 * low, -0.5 * linear), max(1.5 * high, 2 * linear))
            steps = [s * linear for s in (1, 2, 5, 10, 20, 50, 100) if s * linear <= 1.5 * high]
            below = [-s * linear for s in (1, 2, 5, 10) if s * linear <= -1.6 * low]
            ax.set_yticks([*below, 0, *steps])
            ax.minorticks_off()
        else:
            pad = 0.1 * (high - low or 1)
            ax.set_ylim(low - pad, high + pad)
        ax.yaxis.set_major_formatter(
            lambda value, _: signed(value, 0 if abs(value) >= 1 or value == 0 else 1)
        )

    def _labels(self, ax: Any) -> None:
        """Every mark's name, where it covers least; the baseline's above its line."""
        frame = ax.get_window_extent().extents * 72.0 / ax.figure.dpi
        values = [(m.error, self._up(m.delta)) for m in self.every]
        values.append((ax.get_xlim()[1], 0.0))
        places, base = places_of(ax, values), f"{short(self.baseline)}: 0"
        names = [*(short(mark.aligner) for mark in self.every), base]
        colours = [*(self.looks[mark.aligner].colour for mark in self.every), INK]
        taken = self._taken(ax, places[:-1], frame, places[-1, 1])
        labelled(ax, values, names, colours, taken, unled=[base])

    def _taken(
        self, ax: Any, places: NDArray[np.float64], frame: NDArray[np.float64], zero: float
    ) -> NDArray[np.float64]:
        """Marks, intervals, trails and the line at 0 as boxes."""
        boxes = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
        boxes.append((frame[0], zero - 0.6, frame[2], zero + 0.6))
        for mark in self.every:
            if np.isfinite([mark.low, mark.high]).all():
                ends = [(mark.error, self._up(end)) for end in (mark.low, mark.high)]
                (x, low), (_, high) = places_of(ax, ends)
                boxes.append((x - 1, low, x + 1, high))
        for trail in self.trails.values():
            line = places_of(ax, [(mark.error, self._up(mark.delta)) for mark in trail])
            for start, end in pairwise(line):
                steps = np.linspace(start, end, 24)
                boxes += [(x - 1.5, y - 1.5, x + 1.5, y + 1.5) for x, y in steps]
        return np.array(boxes)
