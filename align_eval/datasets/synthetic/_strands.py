"""The flow of the hair: along which lines strands lie on a head, and their grain."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic._shell import directions
from align_eval.datasets.synthetic.hairline import FALLS_FROM, HANGING
from align_eval.datasets.synthetic.traits import Hair

Values = NDArray[np.float32]

PARTED = ("side", "bob", "long")
_TILE = 256
_TWIST = {"side": 0.9, "bob": 0.4, "long": 0.3}
_WHORL = np.array([0.0, -0.80, 0.60], np.float32)  # towards the crown, out of a camera's sight
_PER_EYE_DISTANCE = 60.0


def flow(hair: Hair, degrees: Values, canonical: Values) -> tuple[Values, Values]:
    """Coordinates across and along the strands, and the strands' direction.

    Strands radiate from the whorl at the crown, turned aside where the hair is parted; long ones
    then fall.

    Parameters
    ----------
    hair : Hair
        Its style.
    degrees, canonical : (M, 2), (M, 3) float32
        The places, on the chart and on the mean head.

    Returns
    -------
    (M, 2) float32
        Across and along, in pixels of `tile` for strands as fine as an image shows.
    (M, 3) float32
        Unit directions in the mean head's frame.
    """
    towards = directions(degrees)
    whorl = _WHORL / np.linalg.norm(_WHORL)
    ahead = np.cross(np.array([1, 0, 0], np.float32), whorl)
    up = towards @ whorl
    away = np.degrees(np.arccos(np.clip(up, -1, 1)))
    twist = _TWIST.get(hair.style, 0.1) * hair.parting
    across = np.degrees(np.arctan2(towards[:, 0], towards @ ahead)) + twist * away
    lie = whorl - up[:, None] * towards
    lie = lie + np.float32(twist) * np.cross(towards, whorl)
    if hair.style in HANGING:
        falls = (degrees[:, 1] > FALLS_FROM) & (np.abs(degrees[:, 0]) > 45)
        across[falls] = degrees[falls, 0]
        away[falls] = 100 + 0.5 * _PER_EYE_DISTANCE * canonical[falls, 1]
        lie[falls] = (0, 1, 0)
    plane = np.stack([across, away], axis=1) * np.float32(1.5)
    length = np.linalg.norm(lie, axis=1, keepdims=True)
    return plane.astype(np.float32), (lie / np.maximum(length, 1e-6)).astype(np.float32)


def parting_line(hair: Hair) -> float:
    """The x of the parting on top of the head, in eye distances."""
    return (0.75 if hair.style == "side" else 0.2) * hair.parting


def grain(hair: Hair, plane: Values, canonical: Values) -> tuple[Values, Values]:
    """(M,) fine and coarse noise of unit variance, drawn out along the strands, or curled."""
    wave = 3.5 * hair.curl * np.sin(plane[:, 1] * 0.11 + 0.6 * np.sin(plane[:, 0] * 0.05))
    strands = np.stack([plane[:, 0] + wave, plane[:, 1]], axis=1).astype(np.float32)
    fine = chart.lookup(tile(), strands, wrap=True)[:, :3]
    coarse = chart.lookup(tile(), strands * np.float32(0.37) + np.float32(17), wrap=True)[:, 1:]
    curled = np.float32(np.clip((hair.curl - 0.45) / 0.3, 0, 1))
    if curled == 0:
        return fine[:, 0], coarse[:, 0]
    x, y, z = canonical.T * np.float32(_PER_EYE_DISTANCE)
    folds = np.stack([x + 0.7 * z, y + 0.4 * z], axis=1).astype(np.float32)
    curls = chart.lookup(tile(), folds * np.float32(1.2), wrap=True)[:, 2]
    locks = chart.lookup(tile(), folds * np.float32(0.45) + np.float32(9), wrap=True)[:, 2]
    return (
        fine[:, 0] + curled * (curls - fine[:, 0]),
        coarse[:, 0] + curled * (locks - coarse[:, 0]),
    )


@lru_cache(maxsize=1)
def tile() -> Values:
    """(256, 256, 3) noise that repeats: strands downwards, coarser ones, curls; for everybody."""
    rng = np.random.default_rng(31)
    planes = []
    for across, along in ((0.8, 9.0), (1.3, 14.0), (1.5, 1.5)):
        spectrum = np.fft.fft2(rng.standard_normal((_TILE, _TILE)))
        fx, fy = np.meshgrid(np.fft.fftfreq(_TILE), np.fft.fftfreq(_TILE))
        spectrum *= np.exp(-2 * np.pi**2 * ((fx * across) ** 2 + (fy * along) ** 2))
        plane = np.fft.ifft2(spectrum).real
        planes.append(plane / plane.std())
    return np.stack(planes, axis=2).astype(np.float32)
