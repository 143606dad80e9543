"""How an error falls with the share of faces rejected: by quality, chance, true error or oracle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.figures.panels import panels
from reports.figures.style import INK, MUTED, SHADE, Look, keyed
from reports.formatting import percent

WORDS = {"signal": "quality", "random": "random", "error": "landmark error", "oracle": "oracle"}
_LINES: Mapping[str, tuple[Any, float]] = {
    "signal": ("-", 1.7),
    "random": ((0, (4, 2)), 1.1),
    "error": ("-", 0.9),
    "oracle": ((0, (1, 1.4)), 1.3),
}


class Edc(NamedTuple):
    """An error-versus-discard curve: the error that each share leaves, as fractions."""

    shares: NDArray[np.float64]
    errors: NDArray[np.float64]


@dataclass(frozen=True)
class RejectionDisplay:
    """The curves of each aligner.

    Parameters
    ----------
    curves : mapping of str to mapping
        Aligner → order of rejecting, of `WORDS` → its curve.
    spans : mapping of str to sequence
        Aligner → (share, error, low, high) of intervals at some shares.
    units, error : str
        What is rejected, and what is measured.
    limit : float
        Up to which share the mean is taken; shaded.
    looks : mapping of str to Look
        How each aligner is drawn.
    """

    curves: Mapping[str, Mapping[str, Edc]]
    spans: Mapping[str, Sequence[tuple[float, float, float, float]]]
    units: str
    error: str
    limit: float
    looks: Mapping[str, Look]

    def plot(self, ax: Any, name: str) -> Any:
        """Draw one aligner into a matplotlib Axes, and return it."""
        colour = self.looks[name].colour
        for order, curve in self.curves[name].items():
            dash, width = _LINES[order]
            own = order == "signal"
            style = {"ls": dash, "lw": width, "color": colour if own else MUTED}
            ax.plot(*curve, drawstyle="steps-post", zorder=3 if own else 2, **style)
        for share, error, low, high in self.spans[name]:
            ax.plot([share, share], [low, high], color=colour, lw=1.0, alpha=0.75, zorder=2.5)
            ax.plot([share], [error], "o", color=colour, ms=3.5, zorder=4)
        every = [curve for own in self.curves.values() for curve in own.values()]
        ends = [v for own in self.spans.values() for _, *values in own for v in values]
        top = np.nanmax([0.0, *ends, *(np.nanmax(c.errors, initial=0.0) for c in every)])
        right = max(curve.shares[-1] for curve in every)
        ax.set(xlim=(-0.02 * right, 1.04 * right), ylim=(0, 1.06 * (top or 0.01)))
        ax.axvspan(0, min(self.limit, right), color=SHADE, lw=0, zorder=0)
        ax.set_xticks(_apart([0.0, *(span[0] for span in self.spans[name])], 0.2 * right))
        ax.locator_params(axis="y", nbins=5)
        ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        return ax

    def figure(self) -> Any:
        """A panel an aligner, all on one scale, and the orders' keys."""
        from matplotlib.lines import Line2D

        names = list(self.curves)
        across = f"share of {self.units} rejected"
        drawn, axes = panels(names, self.looks, across, self.error)
        for name, ax in zip(names, axes, strict=True):
            self.plot(ax, name)
        shown = {order for own in self.curves.values() for order in own}
        keys = []
        for order, (dash, width) in _LINES.items():
            style = {"ls": dash, "lw": width, "color": INK if order == "signal" else MUTED}
            keys += [Line2D([], [], label=WORDS[order], **style)] if order in shown else []
        keyed(drawn, keys, len(keys))
        return drawn


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Those of some ascending values that are not too near to a later one."""
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if kept[0] - value >= least:
            kept.insert(0, value)
    return kept
