"""Faces with points: a figure that is wider than the others, since every point has to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from align_eval.image import to_rgb
from align_eval.result import TRUTH, Overlay
from reports.figures.style import INK, MUTED, SHADE, Look, axes_within, new_figure
from reports.formatting import short
from reports.points import PointGrid

CELL = 72.0  # pt
_GAP = 0.02  # of a cell
_HEAD = 0.42  # cells above the first row
_FEW = 20  # points, up to which their dots are larger
_TRUE, _HALO, _RING = "#ffffff", "#ffffff", "#0a0d10"


@dataclass(frozen=True)
class PointsDisplay:
    """A grid of faces with points; an aligner that found none on a face says so there.

    Parameters
    ----------
    grid : PointGrid
        Faces across, the truth and aligners down.
    looks : mapping of str to Look
        Colours of aligners; the truth is white.
    """

    grid: PointGrid
    looks: Mapping[str, Look]

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, a unit square a cell, and return it."""
        for column, face in enumerate(self.grid.faces):
            _heading(ax, column, face)
            for row, name in enumerate(self.grid.rows):
                self._cell(ax, row, column, name, face)
        for row, name in enumerate(self.grid.rows):
            style = {"color": self._label(name), "fontweight": "bold", "fontsize": 9}
            ax.text(-0.08, row + 0.5, short(name), ha="right", va="center", **style)
        columns, rows = len(self.grid.faces), len(self.grid.rows)
        ax.set(xlim=(-self._margin / CELL, columns), ylim=(rows, -_HEAD), aspect="equal")
        ax.set_axis_off()
        return ax

    def figure(self) -> Any:
        """The grid as a figure."""
        height = (len(self.grid.rows) + _HEAD) * CELL + 10
        drawn = new_figure(height, self.width)
        self.plot(axes_within(drawn, 5, 5, 5, 5))
        return drawn

    @property
    def width(self) -> float:
        """The figure's, pt."""
        return len(self.grid.faces) * CELL + self._margin + 10

    @property
    def _margin(self) -> float:
        """What the longest name needs, pt."""
        return 12 + 6.6 * max((len(short(name)) for name in self.grid.rows), default=0)

    def _label(self, name: str) -> str:
        return self.looks[name].colour if name in self.looks and name != TRUTH else INK

    def _cell(self, ax: Any, row: int, column: int, name: str, face: Overlay) -> None:
        points = face.points.get(name)
        if points is None:
            x = [column + _GAP, column + 1 - _GAP]
            ax.fill_between(x, row + _GAP, row + 1 - _GAP, color=SHADE, lw=0)
            style = {"ha": "center", "va": "center", "fontsize": 7, "color": MUTED}
            ax.text(column + 0.5, row + 0.5, "nothing\nfound", **style)
            return
        height, width = face.image.shape[:2]
        unit = (1 - 2 * _GAP) / max(height, width)
        left, top = column + 0.5 - unit * width / 2, row + 0.5 - unit * height / 2
        extent = (left, left + unit * width, top + unit * height, top)
        # "none": files get the image's own pixels, so that every row can use the same ones
        style = {"extent": extent, "interpolation": "none", "aspect": "auto"}
        ax.imshow(to_rgb(face.image), gid=f"face-{column}", **style)
        inside = ((points >= -0.5) & (points <= np.array([width, height]) - 0.5)).all(axis=1)
        x, y = ((points[inside] + 0.5) * unit + (left, top)).T
        size = 3.0 if len(points) <= _FEW else 1.75
        colour, edge = (_TRUE, _RING) if name == TRUTH else (_fixed(self._label(name)), _HALO)
        style = {"markerfacecolor": colour, "markeredgecolor": edge, "markeredgewidth": 0.36}
        ax.plot(x, y, ls="none", marker="o", markersize=size + 0.36, **style)


def _heading(ax: Any, column: int, face: Overlay) -> None:
    style = {"ha": "center", "va": "bottom"}
    if face.variation:
        words = short(face.variation, 12)
        ax.text(column + 0.5, -0.2, words, fontsize=8, fontweight="bold", color=INK, **style)
    ax.text(column + 0.5, -0.05, short(face.face, 16), fontsize=6.5, color=MUTED, **style)


def _fixed(colour: str) -> str:
    """A colour next to this one: a page in the dark leaves it as it is, as it does the faces."""
    return f"{colour[:-1]}{'e' if colour[-1] == 'f' else 'f'}"
