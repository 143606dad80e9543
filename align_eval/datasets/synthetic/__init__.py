"""Stylised faces drawn by code, with exact landmarks: a data set that needs no files.

A face is a set of curves in space (`geometry`), made by numbers that depend on the subject
(`identity`), under one lamp (`shading`), and drawn in layers (`draw`). The landmarks are points
of those curves. The faces are made for demonstrations and tests: dlib's detector and predictor
work on them, but what is measured on them says nothing about photographs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset, Trials
from align_eval.datasets.synthetic.draw import draw
from align_eval.datasets.synthetic.geometry import Geometry
from align_eval.datasets.synthetic.identity import identity_of, shot_of
from align_eval.errors import ConfigError
from align_eval.faces import Box, Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

__all__ = ["DrawnFace", "load"]

_LIMITS = {"subjects": (1, 100_000), "images": (2, 10_000), "seed": (0, 2**63), "size": (64, 2048)}


@dataclass(frozen=True, slots=True)
class DrawnFace:
    """One image, drawn when it is called; it depends on its four numbers alone.

    Parameters
    ----------
    seed, subject, image : int
        Who, and which image of them.
    size : int
        Side of the square image in pixels.
    """

    seed: int
    subject: int
    image: int
    size: int

    def __call__(self) -> NDArray[np.uint8]:
        """RGB uint8 (size, size, 3)."""
        return draw(self.geometry, self.size)

    @property
    def geometry(self) -> Geometry:
        """The face in space, posed as in the image."""
        who = identity_of(self.seed, self.subject)
        return Geometry(who, shot_of(self.seed, self.subject, self.image))

    @property
    def landmarks(self) -> Landmarks:
        """The 68 points of iBUG in pixels, without drawing."""
        return Landmarks(self.geometry.landmarks(self.size), scheme_named("ibug68"))


def load(
    root: str = "", subjects: int = 20, images: int = 4, seed: int = 0, size: int = 160
) -> Dataset:
    """Drawn faces; each subject's first image is the gallery, all others are probes.

    Parameters
    ----------
    root : str
        Not used: there are no files.
    subjects, images : int
        How many people, and images of each (at least 2).
    seed : int
        Another seed, other people. More subjects or images leave the others as they are.
    size : int
        Side of the square images in pixels, from 64; eye distances are about a quarter of it.

    Returns
    -------
    Dataset
        Face ids ``"s003_1"``, boxes around the 68 points enlarged by a tenth, and the truth of
        every face in scheme ``ibug68``.

    Raises
    ------
    ConfigError
        A number that is out of range.
    """
    given = {"subjects": subjects, "images": images, "seed": seed, "size": size}
    for name, value in given.items():
        low, high = _LIMITS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(
                f"data set 'synthetic': {name} wants a whole number from {low} to {high}, "
                f"got {value!r}"
            )
    drawn = {
        f"s{s:03d}_{i}": DrawnFace(seed, s, i, size) for s in range(subjects) for i in range(images)
    }
    truth = {name: face.landmarks for name, face in drawn.items()}
    faces = tuple(_face(name, face, truth[name]) for name, face in drawn.items())
    gallery = {face.subject: (face.id,) for face in faces[::images]}
    probes = [face.id for i, face in enumerate(faces) if i % images]
    trials = Trials.cross(gallery, probes, {face.id: face.subject for face in faces})
    return Dataset("synthetic", faces, trials, truth)


def _face(name: str, drawn: DrawnFace, landmarks: Landmarks) -> Face:
    low, high = landmarks.points.min(axis=0), landmarks.points.max(axis=0)
    x, y = (low - 0.1 * (high - low)).tolist()
    width, height = (1.2 * (high - low)).tolist()
    box = Box(x, y, width, height)
    return Face(name, f"s{drawn.subject:03d}", Modality.VISIBLE, drawn, box)
