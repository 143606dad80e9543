"""Measurements of adult heads with their means and standard deviations.

After L. G. Farkas, *Anthropometry of the Head and Face*, 2nd ed., Raven Press, 1994: young North
American adults, both sexes pooled and rounded. A measurement is the distance between two landmarks
by their names in that book. The mean head follows the means, but for the eye fissure, whose iBUG
corners lie inside the canthi that callipers find. The figures were entered from memory of the
published tables and have not been checked against the book.
"""

from dataclasses import dataclass

import numpy as np

from align_eval.datasets.synthetic.heads._assembly import Assembly, Organ
from align_eval.datasets.synthetic.heads._chart import LID_STEPS
from align_eval.datasets.synthetic.heads._sphere import Array

# The distance between the midpoints of the eye fissures, (en-en + ex-ex) / 2: our unit.
MILLIMETRES = 61.0


@dataclass(frozen=True)
class Measurement:
    """A distance between two of Farkas' landmarks.

    Parameters
    ----------
    name : str
        In words.
    ends : tuple of str
        The landmarks; the same name twice means the left and the right one.
    mean, deviation : float
        Millimetres.
    """

    name: str
    ends: tuple[str, str]
    mean: float
    deviation: float


MEASUREMENTS = (
    Measurement("head width", ("eu", "eu"), 148.0, 6.0),
    Measurement("head length", ("g", "op"), 192.0, 7.5),
    Measurement("forehead width", ("ft", "ft"), 114.0, 5.0),
    Measurement("face width", ("zy", "zy"), 135.0, 5.5),
    Measurement("mandible width", ("go", "go"), 100.0, 6.0),
    Measurement("mandible height", ("sto", "gn"), 47.0, 4.0),
    Measurement("nose height", ("n", "sn"), 52.5, 3.5),
    Measurement("nose width", ("al", "al"), 33.0, 2.5),
    Measurement("nasal tip protrusion", ("sn", "prn"), 19.5, 2.0),
    Measurement("upper lip height", ("sn", "sto"), 21.0, 2.0),
    Measurement("upper vermilion height", ("ls", "sto"), 8.5, 1.4),
    Measurement("lower vermilion height", ("sto", "li"), 10.0, 1.5),
    Measurement("mouth width", ("ch", "ch"), 52.0, 3.5),
    Measurement("intercanthal width", ("en", "en"), 32.5, 2.5),
    Measurement("eye fissure length", ("en", "ex"), 31.0, 1.2),
    Measurement("eye fissure height", ("ps", "pi"), 11.0, 1.1),
    Measurement("ear length", ("sa", "sba"), 60.5, 4.0),
)

_PLACES = {
    "eu": (1.215, -0.7, 1.51),
    "g": (0.0, -0.36, -0.2),
    "op": (0.0, -0.25, 2.8),
    "ft": (0.93, -0.42, 0.29),
    "zy": (1.1, 0.3, 0.66),
    "go": (0.87, 1.33, 0.9),
    "n": (0.0, -0.1, -0.175),
    "sn": (0.0, 0.69, -0.357),
    "prn": (0.0, 0.49, -0.615),
    "al": (0.268, 0.56, -0.335),
}
_IBUG = {"gn": 8, "sto": 62, "ls": 51, "li": 57, "ch": 54, "en": 42, "ex": 45}


def landmark(head: Assembly, name: str) -> int:
    """The vertex of one of Farkas' landmarks, the image's right one of two."""
    if name in _IBUG:
        return int(head.landmarks[_IBUG[name]])
    if name in ("ps", "pi"):
        return int(head.chart.lids[0, LID_STEPS // 4 if name == "ps" else 3 * LID_STEPS // 4])
    if name in ("sa", "sba"):
        ear = np.flatnonzero((head.organs == Organ.EAR) & (head.places[:, 0] > 0))
        height = head.places[ear, 1]
        return int(ear[height.argmin() if name == "sa" else height.argmax()])
    skin = head.places[: len(head.chart.directions)]
    return int(np.linalg.norm(skin - _PLACES[name], axis=1).argmin())


def _ends(head: Assembly) -> Array:
    """(M, 2) vertices."""
    pairs = []
    for measurement in MEASUREMENTS:
        first, second = (landmark(head, name) for name in measurement.ends)
        pairs.append((first, int(head.mirror[second]) if first == second else second))
    return np.array(pairs)


def measure(head: Assembly, places: Array) -> Array:
    """(…, M) millimetres of each measurement on (…, V, 3) places of the head's vertices."""
    first, second = _ends(head).T
    lengths: Array = np.linalg.norm(places[..., first, :] - places[..., second, :], axis=-1)
    return MILLIMETRES * lengths


def effects(head: Assembly, fields: Array) -> Array:
    """(F, M) change of each measurement, in standard deviations, by (F, V, 3) fields."""
    deviations = np.array([measurement.deviation for measurement in MEASUREMENTS])
    step = 1e-3
    change = measure(head, head.places + step * fields) - measure(head, head.places)
    result: Array = change / step / deviations
    return result
