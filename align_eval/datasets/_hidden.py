"""Points that cannot be seen, in sets that say of each point whether it can.

Where the annotators guessed a hidden point's place, the guess is part of the published truth, and
published errors count it. Each face says how many such points it has (the attribute
``hidden_points``), and the option ``hidden="leave_out"`` makes them NaN, which every error
leaves out.
"""

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import UnknownNameError

CHOICES = ("keep", "leave_out")


def check_choice(hidden: str) -> None:
    """Refuse a choice that is none.

    Raises
    ------
    UnknownNameError
        Anything but ``"keep"`` and ``"leave_out"``.
    """
    if hidden not in CHOICES:
        raise UnknownNameError("choice of hidden points", hidden, CHOICES)


def chosen(
    points: NDArray[np.float64], unseen: NDArray[np.bool_], hidden: str
) -> NDArray[np.float64]:
    """The points (N, 2), those that are `unseen` NaN if they are to be left out.

    Examples
    --------
    >>> chosen(np.array([[1.0, 2], [3, 4]]), np.array([False, True]), "leave_out").tolist()
    [[1.0, 2.0], [nan, nan]]
    """
    return points if hidden == "keep" else np.where(unseen[:, None], np.nan, points)
