"""What the loaders of landmark sets gather face by face."""

import numpy as np

from align_eval.dataset import Dataset
from align_eval.datasets._files import image_problems
from align_eval.faces import Face
from align_eval.landmarks import Landmarks


class Marked:
    """Faces, their points, and what is wrong with any of them.

    Parameters
    ----------
    name : str
        The data set's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.faces: list[Face] = []
        self.truth: dict[str, Landmarks] = {}
        self.problems: list[tuple[str, str]] = []

    def add(self, face: Face, landmarks: Landmarks | None, *problems: str) -> None:
        """Add a face, with its points if there are any, and its problems.

        Points that are all NaN are none: that is a problem of its own.
        """
        self.faces.append(face)
        self.problems += [(face.id, problem) for problem in problems if problem]
        if landmarks is None:
            return
        if np.isfinite(landmarks.points).all(axis=1).any():
            self.truth[face.id] = landmarks
        else:
            self.problems.append((face.id, "no point of it has a place"))

    def dataset(self) -> Dataset:
        """All of it, without trials; images that are missing are problems too."""
        faces = tuple(self.faces)
        problems = (*image_problems(faces), *self.problems)
        return Dataset(self.name, faces, None, self.truth, problems=problems)
