"""A mean face, so that a template of five points can have any point of the usual schemes.

The exact points of 100 rendered people of the built-in head, neutral and seen from the front
(``synthetic`` with ``first_subject=1000``, ``variations="NN"``, ``spread="still"``), and of their
mirror images, laid over each other by the eyes' centres; a test makes them again from some of
them. The unit is the eye distance, the origin the middle between the eyes.
"""

import numpy as np

from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

_IBUG_68 = (  # (x, y), three decimals
    (-1.068, 0.085),
    (-1.068, 0.361),
    (-1.037, 0.628),
    (-0.987, 0.897),
    (-0.897, 1.171),
    (-0.74, 1.429),
    (-0.523, 1.639),
    (-0.281, 1.769),
    (0, 1.835),
    (0.281, 1.769),
    (0.523, 1.639),
    (0.74, 1.429),
    (0.897, 1.171),
    (0.987, 0.897),
    (1.037, 0.628),
    (1.068, 0.361),
    (1.068, 0.085),
    (-0.92, -0.198),
    (-0.807, -0.342),
    (-0.605, -0.419),
    (-0.387, -0.397),
    (-0.183, -0.337),
    (0.183, -0.337),
    (0.387, -0.397),
    (0.605, -0.419),
    (0.807, -0.342),
    (0.92, -0.198),
    (0, -0.074),
    (0, 0.11),
    (0, 0.292),
    (0, 0.462),
    (-0.204, 0.675),
    (-0.108, 0.714),
    (0, 0.705),
    (0.108, 0.714),
    (0.204, 0.675),
    (-0.702, 0.007),
    (-0.58, -0.085),
    (-0.422, -0.077),
    (-0.283, 0.025),
    (-0.432, 0.066),
    (-0.58, 0.064),
    (0.283, 0.025),
    (0.422, -0.077),
    (0.58, -0.085),
    (0.702, 0.007),
    (0.58, 0.064),
    (0.432, 0.066),
    (-0.396, 1.094),
    (-0.264, 0.989),
    (-0.113, 0.945),
    (0, 0.978),
    (0.113, 0.945),
    (0.264, 0.989),
    (0.396, 1.094),
    (0.253, 1.187),
    (0.114, 1.231),
    (0, 1.244),
    (-0.114, 1.231),
    (-0.253, 1.187),
    (-0.364, 1.089),
    (-0.109, 1.077),
    (0, 1.082),
    (0.109, 1.077),
    (0.364, 1.089),
    (0.109, 1.077),
    (0, 1.082),
    (-0.109, 1.077),
)


def mean_face() -> Landmarks:
    """The mean face in scheme ``ibug68``, in eye distances.

    Examples
    --------
    >>> mean_face().to(scheme_named("five")).points[:2, 0].round(2).tolist()
    [-0.5, 0.5]
    """
    return Landmarks(np.array(_IBUG_68), scheme_named("ibug68"))
