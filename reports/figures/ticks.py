"""Round numbers of logarithmic axes."""

import numpy as np


def round_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every power of ten between two numbers.

    >>> round_ticks(1.4, 30)
    [2.0, 5.0, 10.0, 20.0]
    """
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    every = [float(f"{step}e{decade}") for decade in decades for step in (1, 2, 5)]
    return [tick for tick in every if low <= tick <= high]
