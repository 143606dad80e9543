"""What runs dlib's network, in this process or in a worker. A worker imports nothing heavier."""

import signal
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Chips(NamedTuple):
    """Some chips for the network in one file: RGB uint8 (N, 150, 150, 3)."""

    weights: str
    pixels: NDArray[np.uint8]


@lru_cache(maxsize=1)
def _network(weights: str) -> Any:
    import dlib

    return dlib.face_recognition_model_v1(weights)


def start(weights: str) -> None:
    """Load the network once, when a worker starts."""
    # Ctrl-C reaches the whole process group; the parent ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _network(weights)


def describe(chips: Chips) -> NDArray[np.float32]:
    """(N, 128) float32: a row for each chip, which depends on that chip alone."""
    network = _network(chips.weights)
    rows = [np.asarray(network.compute_face_descriptor(chip)) for chip in chips.pixels]
    return np.stack(rows).astype(np.float32)
