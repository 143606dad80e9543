"""A data set, landmark models and pipelines that are small, exact and quick, for tests."""

from dataclasses import dataclass

import numpy as np

from align_eval.catalog import Catalog, Entry
from align_eval.dataset import Dataset, GroundTruth, Trials
from align_eval.errors import ImageError
from align_eval.executor import Catalogs
from align_eval.faces import Box, Face, Modality
from align_eval.image import to_rgb
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template

FIVE = scheme_named("five")
POINTS = template("arcface112").landmarks.points


@dataclass(frozen=True)
class Drawn:
    """A 112 × 112 image that is bright where its subject says, and a little where the shot does."""

    subject: int
    shot: int

    def __call__(self):
        rng = np.random.default_rng([self.subject, 1])
        image = np.kron(rng.integers(40, 200, (7, 7, 3)), np.ones((16, 16, 1)))
        noise = np.random.default_rng([self.subject, self.shot]).normal(0, 12, image.shape)
        return np.clip(image + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Unreadable:
    reason: str = "cannot read gone.jpg: no such file"

    def __call__(self):
        raise ImageError(self.reason)


def load(root="", subjects=6, shots=3, seed=0, broken=0, box=True):
    """`subjects` people; the first shot is the gallery; the last `broken` probes are unreadable."""
    faces, truth = [], {}
    for i in range(subjects):
        for j in range(shots):
            face = Face(
                f"s{i}_{j}",
                f"subject {i}",
                Modality.VISIBLE,
                Drawn(i + 100 * seed, j),
                Box(10.0, 20.0, 90.0, 90.0) if box else None,
                {"shot": str(j)},
            )
            faces.append(face)
            truth[face.id] = Landmarks(POINTS, FIVE)
    for k in range(broken):
        old = faces[-1 - k]
        faces[-1 - k] = Face(old.id, old.subject, old.modality, Unreadable(), old.box)
    gallery = {f.id: (f.id,) for f in faces if f.id.endswith("_0")}
    probes = [f.id for f in faces if not f.id.endswith("_0")]
    trials = Trials.cross(gallery, probes, {f.id: f.subject for f in faces})
    return Dataset("fake", tuple(faces), trials, truth)


class Jittered:
    """The truth of `load`, moved by `sigma` pixels and by `bias` eye distances to the right.

    It fails on every `fail`-th face.
    """

    scheme = FIVE
    calls = 0

    def __init__(self, sigma=0.0, fail=0, coincident=False, bias=0.0, name="jittered"):
        self.bias = bias * (POINTS[1] - POINTS[0])
        self.name, self.sigma, self.fail, self.coincident = name, sigma, fail, coincident
        self.provenance = {"weights": "none", "sigma": sigma}

    def locate(self, faces):
        type(self).calls += 1
        return [self._one(face) for face in faces]

    def _one(self, face):
        number = int(face.id[1:].split("_")[0])
        if self.fail and number % self.fail == self.fail - 1:
            return None
        if self.coincident:
            return Landmarks(np.full((5, 2), 30.0), FIVE)
        rng = np.random.default_rng(list(face.id.encode()))
        return Landmarks(POINTS + rng.normal(0, 1, (5, 2)) * self.sigma + self.bias, FIVE)


class Pixels:
    """Mean colours of a 7 × 7 grid, unit length: a symmetric pipeline."""

    calls = 0

    def __init__(self, name="pixels"):
        self.name = name
        self.template = template("arcface112")
        self.closed = False

    def embed(self, crops):
        type(self).calls += 1
        grids = (to_rgb(crop).reshape(7, 16, 7, 16, 3) for crop in crops)
        rows = [grid.mean(axis=(1, 3)).ravel() - 120 for grid in grids]
        rows = np.array(rows, dtype=np.float32).reshape(len(rows), 147)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)

    def pool(self, embeddings, references):
        names = list(dict.fromkeys(references))
        labels = np.array([names.index(r) for r in references], dtype=int)
        rows = np.zeros((len(names), embeddings.shape[1]), dtype=np.float32)
        np.add.at(rows, labels, embeddings)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)

    def enroll(self, crops, references):
        return self.pool(self.embed(crops), references)

    def probe(self, crops):
        return self.embed(crops)

    def close(self):
        self.closed = True


class TwoSided:
    """A pipeline that is not symmetric and has a score of its own: minus the distance."""

    def __init__(self, name="two"):
        self.name, self._inner = name, Pixels()
        self.template = self._inner.template

    def enroll(self, crops, references):
        return self._inner.enroll(crops, references)

    def probe(self, crops):
        return self._inner.probe(crops)

    def score(self, references, probes):
        return -np.linalg.norm(references - probes, axis=1)


def catalogs():
    return Catalogs(
        datasets=Catalog("data set", {"fake": Entry("fakes:load", "drawn")}),
        detectors=Catalog("detector", {}),
        landmark_models=Catalog(
            "landmark model",
            {
                "ground_truth": Entry("align_eval.dataset:GroundTruth", "truth"),
                "jittered": Entry("fakes:Jittered", "truth, moved"),
            },
        ),
        pipelines=Catalog(
            "pipeline",
            {"pixels": Entry("fakes:Pixels", "grid"), "two": Entry("fakes:TwoSided", "distance")},
        ),
    )


__all__ = [
    "Drawn",
    "GroundTruth",
    "Jittered",
    "Pixels",
    "TwoSided",
    "Unreadable",
    "catalogs",
    "load",
]
