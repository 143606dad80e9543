"""The cascaded CNN: Mahpod, Das, Maiorana, Keller and Campisi, Facial Landmark Point Localization
using Coarse-to-Fine Deep Recurrent Neural Network, arXiv:1805.01760, 2018.

Heat maps show where the points are, regressors move them from there, and a cascade of units repeats
both. The network is `landmark_models.nets.ccnn`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError
from landmark_models.decode import Decoded, decode
from landmark_models.trained import TrainedModel

_UNITS = "units"


class Ccnn(TrainedModel):
    """68 points, each with the height of its last heat map as its quality.

    Parameters and errors as of `TrainedModel`, and:

    Parameters
    ----------
    unit : int, optional
        Whose points are read, from 1 to the K of the weights; the last one's by default. Points of
        a unit that is asked for have no quality.

    Raises
    ------
    ConfigError
        A unit that the weights do not have, or weights that give the last unit's points only.
    """

    weights = "ccnn"

    def __init__(
        self,
        weights: str | None = None,
        unit: int | None = None,
        *,
        box_from: str = "landmarks",
        name: str | None = None,
        workers: int = 1,
        **keys: Any,
    ) -> None:
        self._unit = unit
        super().__init__(weights, box_from=box_from, name=name, workers=workers, **keys)
        self._options = {**self._options, "unit": unit}

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """As of `TrainedModel`, and the unit if one was asked for."""
        own = super().provenance
        return own if self._unit is None else {**own, "unit": self._unit}

    def _raw(self, pixels: NDArray[np.uint8]) -> Decoded:
        if self._unit is None:
            return super()._raw(pixels)
        values = self._about.normalised(pixels).transpose(0, 3, 1, 2)
        feed = {self._input.name: np.ascontiguousarray(values, dtype=self._dtype)}
        every = self._session.run([self._units_output()], feed)[0]
        size = (pixels.shape[2], pixels.shape[1])
        return decode(every[:, self._checked(every.shape[1])], len(self.scheme), size)

    def _units_output(self) -> str:
        names = [output.name for output in self._session.get_outputs()]
        if _UNITS not in names:
            raise ConfigError(
                f"landmark model {self.name!r}: unit wants weights with the output {_UNITS!r}, got "
                f"{', '.join(names)}"
            )
        return _UNITS

    def _checked(self, count: int) -> int:
        """The unit's position among those of the weights."""
        unit = self._unit
        if isinstance(unit, bool) or not isinstance(unit, int) or not 1 <= unit <= count:
            raise ConfigError(
                f"landmark model {self.name!r}: unit wants a whole number from 1 to {count}, got "
                f"{unit!r}"
            )
        return unit - 1
