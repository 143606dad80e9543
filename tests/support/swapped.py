"""Pairs of drawn people on disk, with landmark models and an embedder to swap, for tests."""

import csv
from itertools import combinations, pairwise

import numpy as np
from fakes import Drawn
from worlds import drawing, written

from align_eval.dataset import Dataset
from align_eval.faces import Face, Modality
from align_eval.image import to_rgb
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template

FIVE = scheme_named("five")
POINTS = template("arcface112").landmarks.points
PEOPLE, SHOTS = 6, 3


class Placed:
    """The points where every drawing has them, moved by `sigma` px; none of the shot `without`."""

    scheme, box_policy = FIVE, "ignored"

    def __init__(self, sigma=0.0, without=None, name="placed"):
        self.name, self.sigma, self.without = name, sigma, without

    def locate(self, faces):
        return [self._one(face) for face in faces]

    def _one(self, face):
        if face.id.endswith(f"{self.without}.png"):
            return None
        noise = np.random.default_rng(list(face.id.encode())).normal(0, 1, (5, 2))
        return Landmarks(POINTS + self.sigma * noise, FIVE)


class Grid:
    """Mean colours of a 7 × 7 grid of a crop."""

    name, template, size = "grid", "arcface112", (112, 112)

    def __init__(self, shift=120.0):
        self.shift = shift

    def embed(self, crops):
        grids = (to_rgb(crop).reshape(7, 16, 7, 16, 3) for crop in crops)
        rows = [grid.mean(axis=(1, 3)).ravel() - self.shift for grid in grids]
        return np.array(rows, np.float32).reshape(len(rows), 147)


def unpaired(root):
    """One drawn person without pairs."""
    face = Face("a", "Ann", Modality.VISIBLE, Drawn(0, 0))
    return Dataset("unpaired", (face,))


def image(person, shot):
    return f"person {person}/{shot}.png"


def folder(root):
    """Images of `PEOPLE` with `SHOTS` each below `root`, and a table of their pairs beside it."""
    for person in range(PEOPLE):
        for shot in range(SHOTS):
            written(root / "faces" / image(person, shot), drawing(person, shot))
    rows = [
        (image(person, one), image(person, two), 1)
        for person in range(PEOPLE)
        for one, two in combinations(range(SHOTS), 2)
    ]
    for one, two in pairwise([*range(PEOPLE), 0]):
        rows += [(image(one, shot), image(two, shot), 0) for shot in range(SHOTS)]
    return table(root / "pairs.csv", rows)


def table(path, rows, header=("first", "second", "same")):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
