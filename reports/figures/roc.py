"""ROC: the share of genuine trials accepted, against the share of impostor trials accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.style import MUTED, SHADE, Look, charted, legend_above
from reports.formatting import count, percent

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RocDisplay:
    """TAR against FAR with a logarithmic FAR axis.

    Parameters
    ----------
    curves : mapping of str to (far, tar)
        Per aligner two arrays of fractions, FAR ascending. Between two points the curve is a
        step, since a TAR at an FAR is never interpolated.
    n_impostor : int
        Below ``1 / n_impostor`` nothing is measured; that range is shaded and curves are cut.
    looks : mapping of str to Look
        How each aligner is drawn.
    folds : mapping of str to sequence of (far, tar, number of impostor trials)
        The same curves of single folds, drawn thin behind those of all trials.
    """

    curves: Mapping[str, tuple[FloatArray, FloatArray]]
    n_impostor: int
    looks: Mapping[str, Look]
    folds: Mapping[str, Sequence[tuple[FloatArray, FloatArray, int]]] = field(default_factory=dict)

    @property
    def floor(self) -> float:
        """The smallest FAR that one impostor trial can show."""
        return 1.0 / self.n_impostor

    def cut(self, name: str) -> tuple[FloatArray, FloatArray]:
        """The curve from the smallest measurable FAR to 1.

        Examples
        --------
        >>> import numpy as np
        >>> curve = np.array([0, 0.5, 1.0]), np.array([0.2, 0.8, 1.0])
        >>> far, tar = RocDisplay({"a": curve}, 2, {}).cut("a")
        >>> far.tolist(), tar.tolist()
        ([0.5, 1.0, 1.0], [0.8, 1.0, 1.0])
        """
        return _cut(*self.curves[name], self.floor)

    def plot(self, ax: Any) -> Any:
        """Draw into a matplotlib Axes, and return it."""
        lowest = self._plot_folds(ax)
        for name in self.curves:
            far, tar = self.cut(name)
            look = self.looks[name]
            ax.plot(far, tar, color=look.colour, ls=look.dash, drawstyle="steps-post", label=name)
            lowest = min(lowest, float(tar[0]))
        bottom = min(np.floor(lowest * 10) / 10, 0.9)
        ax.set(xscale="log", xlim=(self.floor / 2.2, 1.0))
        ax.set_ylim(bottom, 1.0 + 0.02 * (1 - bottom))
        ax.axvspan(self.floor / 2.2, self.floor, color=SHADE, lw=0, zorder=0)
        ax.annotate(
            f"less than 1 of {count(self.n_impostor)} impostor trials",
            (np.sqrt(1 / 2.2) * self.floor, 0.5),
            xycoords=("data", "axes fraction"),
            rotation=90,
            ha="center",
            va="center",
            fontsize=8.5,
            color=MUTED,
        )
        ax.set_xlabel("FAR, share of impostor trials accepted (log)")
        ax.set_ylabel("TAR, share of genuine trials accepted")
        ax.xaxis.set_major_formatter(lambda value, _: percent(value))
        ax.xaxis.set_minor_formatter(lambda *_: "")
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.grid(True)
        return ax

    def _plot_folds(self, ax: Any) -> float:
        """Draw the folds, and return the lowest TAR among them, 1 for none."""
        lowest = 1.0
        for name, folds in self.folds.items():
            for far, tar, n_impostor in folds:
                x, y = _cut(far, tar, 1.0 / n_impostor)
                style = {"lw": 0.5, "alpha": 0.55, "drawstyle": "steps-post", "zorder": 1.5}
                ax.plot(x, y, color=self.looks[name].colour, **style)
                lowest = min(lowest, float(y[0]))
        return lowest

    def figure(self) -> Any:
        """The display with its legend."""
        figure, ax = charted(list(self.curves))
        legend_above(figure, self.plot(ax))
        return figure


def _cut(far: FloatArray, tar: FloatArray, floor: float) -> tuple[FloatArray, FloatArray]:
    # float error may put 1 / n a hair above the FAR of one impostor trial
    inside = far > floor * (1 + 1e-9)
    first, last = tar[~inside].max(initial=0.0), tar.max(initial=0.0)
    return np.r_[floor, far[inside], 1.0], np.r_[first, tar[inside], last]
