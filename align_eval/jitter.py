"""Face boxes moved at random, as boxes that nobody drew by hand are.

A face's box depends on nothing but the seed, the face's id and the box itself: other faces, their
order and the number of workers change nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box

_STREAM = 0x626F78
_OPTIONS = ("jitter",)


def jitter_of(options: Mapping[str, Any]) -> float:
    """The jitter that a study's ``boxes = { name = "dataset", … }`` asks for; 0 by default.

    Raises
    ------
    ConfigError
        An unknown option, or a value that is no number in [0, 1).
    """
    for option in options:
        if option not in _OPTIONS:
            raise UnknownNameError("option of the data set's boxes", option, _OPTIONS)
    jitter = options.get("jitter", 0.0)
    if isinstance(jitter, bool) or not isinstance(jitter, int | float) or not 0 <= jitter < 1:
        raise ConfigError(f"the jitter of boxes wants a number in [0, 1), got {jitter!r}")
    return float(jitter)


def jittered(box: Box, jitter: float, seed: int, face_id: str) -> Box:
    """A face's box with its size and place moved by up to a fraction of its size.

    Width and height are multiplied by, and the centre is moved in x by the width times and in y
    by the height times, numbers that are uniform within ±`jitter` (of 1, and of 0): four
    independent draws from a generator of the face's own.

    Parameters
    ----------
    box : Box
        The data set's.
    jitter : float
        In [0, 1); 0 leaves the box as it is.
    seed : int
        The study's, from 0.
    face_id : str
        Whose box it is.

    Examples
    --------
    >>> jittered(Box(0, 0, 100, 50), 0, 7, "a")
    Box(x=0, y=0, width=100, height=50)
    >>> moved = jittered(Box(0, 0, 100, 50), 0.1, 7, "a")
    >>> 90 <= moved.width <= 110 and 40 <= moved.centre[0] <= 60
    True
    """
    if not jitter:
        return box
    key = (_STREAM, *face_id.encode("utf-8", "backslashreplace"))
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
    right, down, wider, taller = map(float, rng.uniform(-jitter, jitter, 4))
    x, y = box.centre[0] + right * box.width, box.centre[1] + down * box.height
    width, height = box.width * (1 + wider), box.height * (1 + taller)
    return Box(x - width / 2, y - height / 2, width, height)
