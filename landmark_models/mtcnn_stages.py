"""The three networks of MTCNN as ONNX files, and boxes as arrays, for the cascade."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box
from align_eval.image import Image
from align_eval.landmarks import FloatArray
from align_eval.onnx_session import first_line, open_session
from landmark_models.card import Card
from landmark_models.packaged import checked_file

SIZES = (12, 24, 48)
"""Sides of the windows of the three stages in pixels."""
_BATCH = 64
_LEAST, _LARGEST = 1.0, 1e6  # pixels: a thinner box, and one farther away, is none


class Found(NamedTuple):
    """Boxes (N, 4) as left, top, right, bottom in pixels of the image, and scores (N,)."""

    boxes: FloatArray
    scores: FloatArray

    def chosen(self, which: NDArray[Any]) -> "Found":
        """Some of them, by position or (N,) bool, in that order."""
        return Found(self.boxes[which], self.scores[which])


class Stage:
    """One ONNX file.

    Parameters
    ----------
    card : Card
        That names it.
    folder : Path
        Where the card is.
    file : str
        Its name.
    side : int
        Of its windows in pixels.
    outputs : sequence of str
        Which of ``face``, ``box`` and ``points`` are wanted.
    threads : int
        Of ONNX Runtime.

    Raises
    ------
    ConfigError
        A file that is missing, or that is no such stage: it is run once on black windows.
    """

    def __init__(
        self, card: Card, folder: Path, file: str, side: int, outputs: Sequence[str], threads: int
    ) -> None:
        path = checked_file(card, folder, file)
        self._session = open_session(path, f"detector 'mtcnn' ({file})", threads=threads)
        self._input, self._outputs = self._session.get_inputs()[0].name, list(outputs)
        known = [output.name for output in self._session.get_outputs()]
        for name in outputs:
            if name not in known:
                raise UnknownNameError(f"output of {file}", name, known)
        self._try_out(file, side)

    def __call__(self, images: Image) -> list[FloatArray]:
        """(N, H, W) gray images → the wanted outputs, (N, …) each."""
        parts = [
            self._session.run(self._outputs, {self._input: _batch(images[k : k + _BATCH])})
            for k in range(0, len(images), _BATCH)
        ]
        return [np.concatenate(values).astype(np.float64) for values in zip(*parts, strict=True)]

    def _try_out(self, file: str, side: int) -> None:
        try:
            made = self(np.zeros((2, side, side), np.uint8))
        except Exception as error:  # onnxruntime's errors have no common base
            raise ConfigError(
                f"{file} does not run on windows of {side} pixels: {first_line(error)}"
            ) from error
        cells = (1, 1) if side == SIZES[0] else ()
        wanted = {"face": (2, *cells), "box": (2, 4, *cells), "points": (2, 5, 2)}
        for name, part in zip(self._outputs, made, strict=True):
            if part.shape != wanted[name]:
                raise ConfigError(
                    f"{file}: output {name!r} of two windows has shape {part.shape}, "
                    f"{wanted[name]} is wanted"
                )


def _batch(images: Image) -> NDArray[np.float32]:
    return np.ascontiguousarray(images[:, None], dtype=np.float32)


def placed(offsets: FloatArray, windows: FloatArray) -> FloatArray:
    """(N, 4) boxes whose edges lie `offsets` sides from those of their square windows."""
    side = windows[:, 2:3] - windows[:, :1]
    placed: FloatArray = windows + offsets * side
    return placed


def sound(found: Found, threshold: float) -> NDArray[np.bool_]:
    """(N,) whether a box is sane and not empty, and its score high enough."""
    with np.errstate(invalid="ignore"):
        extent = (found.boxes[:, 2:] - found.boxes[:, :2]).min(axis=1, initial=np.inf)
        near = (np.abs(found.boxes) <= _LARGEST).all(axis=1)
        sound: NDArray[np.bool_] = near & (extent >= _LEAST) & (found.scores >= threshold)
    return sound


def box_of(edges: FloatArray) -> Box:
    """A row of `Found.boxes` as a box."""
    left, top, right, bottom = edges.tolist()
    return Box(left, top, right - left, bottom - top)
